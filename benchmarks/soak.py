"""Edits a project at random while `greenroom present` shows it, and holds the page against a fresh build afterwards.

Usage: soak.py [--edits 1000] [--rate 20] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from greenroom import build
from greenroom.browser import find
from greenroom.problems import Code

COMMAND = [sys.executable, "-c", "from greenroom.cli import main; main()"]

CODE = """\
# %% first
a = 1
b = a + 1
print(b)

# %% second
c = b * 2
print("c is", c)
"""

SLIDE = """\
## {title}

{words}

* one <!-- .element: class="fragment" -->
* two

{more}
"""

MORE = (
    '```python snippet="numbers:first" steps="1 | 2-3"\n```\n',
    '```python snippet="numbers:second"\n```\n',
    "![A figure](figure.svg)\n",
    "$\\sqrt{x}$\n\nNote: Say so.\n",
)

# What reveal.js, our plugins and the presenter's scripts add to a slide, and what they change on it: all that is left
# out of the comparison.
PLAIN = r"""
window.plain = (section) => {
  const copy = section.cloneNode(true);
  copy.querySelectorAll("button, .tabs").forEach((element) => element.remove());
  const noted = ["hidden", "aria-hidden", "inert", "tabindex", "style", "aria-level", "data-index-h", "data-index-v",
    "data-previous-indexv", "data-fragment", "data-fragment-index", "data-prevent-swipe", "data-stale"];
  const classes = ["present", "past", "future", "stack", "center", "scrolls", "wrapped", "visible", "current-fragment",
    "has-dark-background", "has-light-background", "stepping", "dim", "now", "more-above", "more-below", "morphing"];
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    noted.forEach((name) => element.removeAttribute(name));
    element.classList.remove(...classes);
    if (!element.classList.length) element.removeAttribute("class");
    for (const name of ["src", "data-src"]) {
      if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replace(/\?\d+$/, ""));
    }
    for (const { name, value } of [...element.attributes].sort((one, other) => (one.name < other.name ? -1 : 1))) {
      element.removeAttribute(name);
      element.setAttribute(name, value);
    }
  }
  return copy.outerHTML;
};
window.shown = () =>
  [...document.querySelectorAll(".slides > section")].map((section) =>
    section.matches(":has(> section)") ? [...section.querySelectorAll("section")].map(plain) : [plain(section)]);
window.built = (stacks) =>
  stacks.map((stack) => stack.map((html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return plain(template.content.firstElementChild);
  }));
const Plain = WebSocket;
window.sockets = [];
window.WebSocket = class extends Plain {
  constructor(...all) {
    super(...all);
    sockets.push(this);
  }
};
"""


@dataclass
class Soak:
    """A project that is edited at random; at each moment it knows what its files should say in the end."""

    root: Path
    random: random.Random
    slides: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slides = [[self._slide(str(h))] for h in range(8)] + [[self._slide(f"in {v}") for v in range(3)]]
        write(self.root / "mkdocs.yml", "site_name: Soak\nplugins:\n  - greenroom\n")
        write(self.root / "docs" / "index.md", "# Soak\n")
        write(self.module, CODE)
        write(self.figure, self._drawing())
        write(self.talk, self.text())

    @property
    def talk(self) -> Path:
        """The talk's file."""
        return self.root / "slides" / "talk.md"

    @property
    def module(self) -> Path:
        """The snippet module."""
        return self.root / "snippets" / "numbers" / "python.py"

    @property
    def figure(self) -> Path:
        """A picture that the talk shows."""
        return self.root / "slides" / "figure.svg"

    def text(self) -> str:
        """The talk as it should be."""
        stacks = ["\n----\n\n".join(stack) for stack in self.slides]
        return "---\ntitle: Soak\n---\n\n" + "\n---\n\n".join(stacks)

    def _slide(self, title: str) -> str:
        words = " ".join(self.random.choices(["gradients", "are", "*recorded*", "and", "`played`", "back"], k=6))
        return SLIDE.format(title=title, words=words, more=self.random.choice(MORE))

    def _drawing(self) -> str:
        width, height = self.random.randint(50, 400), self.random.randint(50, 300)
        start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        return f'{start}<rect width="90%" height="90%" fill="hsl({width} 50% 50%)"/></svg>'

    # --- edits ---

    def edit(self) -> Callable[[], None]:
        """Any edit."""
        often = [self.words, self.code, self.draw, self.title]
        rarely = [self.insert, self.remove, self.move, self.halve, self.dance, self.empty, self.folder, self.switch]
        return self.random.choice([*often, *often, *rarely, self.broken])

    def _any(self) -> tuple[list[str], int]:
        stack = self.random.choice(self.slides)
        return stack, self.random.randrange(len(stack))

    def words(self) -> None:
        """Another text on a slide."""
        stack, place = self._any()
        title = stack[place].split("\n")[0].removeprefix("## ")
        stack[place] = self._slide(title)
        write(self.talk, self.text())

    def title(self) -> None:
        """Another title, perhaps one that there is already."""
        stack, place = self._any()
        stack[place] = re.sub("^## .*", f"## {self.random.randrange(12)}", stack[place])
        write(self.talk, self.text())

    def insert(self) -> None:
        """A slide more."""
        if sum(map(len, self.slides)) < 30:
            slide = self._slide(f"New {self.random.randrange(10)}")
            if self.random.random() < 0.5:
                self.slides.insert(self.random.randrange(len(self.slides) + 1), [slide])
            else:
                stack, place = self._any()
                stack.insert(place, slide)
        write(self.talk, self.text())

    def remove(self) -> None:
        """A slide less."""
        if sum(map(len, self.slides)) > 5:
            stack, place = self._any()
            del stack[place]
            self.slides = [stack for stack in self.slides if stack]
        write(self.talk, self.text())

    def move(self) -> None:
        """A stack elsewhere."""
        stack = self.slides.pop(self.random.randrange(len(self.slides)))
        self.slides.insert(self.random.randrange(len(self.slides) + 1), stack)
        write(self.talk, self.text())

    def code(self) -> None:
        """Another number in the snippet."""
        write(self.module, CODE.replace("a = 1", f"a = {self.random.randrange(1000)}"))

    def broken(self) -> None:
        """A snippet, or a talk, with a mistake."""
        if self.random.random() < 0.5:
            write(self.module, CODE.replace("a = 1", "a = ("))
        else:
            write(self.talk, self.text() + '\n---\n\n$\\frac{1$\n\n```python snippet="no:such"\n```\n')

    def draw(self) -> None:
        """Another picture, of another size."""
        write(self.figure, self._drawing())

    def halve(self) -> None:
        """A talk that is half written for a moment."""
        text = self.text()
        write(self.talk, text[: len(text) // 2])
        time.sleep(self.random.random() * 0.05)
        write(self.talk, text)

    def empty(self) -> None:
        """A talk that is emptied before it is written."""
        write(self.talk, "")
        time.sleep(self.random.random() * 0.05)
        write(self.talk, self.text())

    def dance(self) -> None:
        """What vim does: the old file goes aside, the new one comes, the old one is removed."""
        stack, place = self._any()
        stack[place] = self._slide(stack[place].split("\n")[0].removeprefix("## "))
        aside = self.talk.with_name("talk.md~")
        self.talk.replace(aside)
        write(self.talk, self.text())
        aside.unlink()

    def folder(self) -> None:
        """A folder that goes, and comes back."""
        place = self.random.choice([self.talk.parent, self.module.parent.parent])
        aside = self.root / "aside"
        shutil.copytree(place, aside)
        shutil.rmtree(place)
        time.sleep(self.random.random() * 0.1)
        shutil.copytree(aside, place)
        shutil.rmtree(aside)

    def switch(self) -> None:
        """Another branch, and back."""
        for _ in range(2):
            git(self.root, "stash", "--quiet")
            git(self.root, "checkout", "--quiet", self.random.choice(["one", "other"]))
            git(self.root, "checkout", "--quiet", "one")
            git(self.root, "stash", "drop", "--quiet")
        write(self.talk, self.text())

    def settle(self) -> None:
        """The end: everything is as it should be."""
        write(self.talk, self.text())
        write(self.module, CODE)


def write(path: Path, text: str) -> None:
    """Write a file, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(root: Path, *arguments: str) -> None:
    """Run Git; that there is nothing to put aside is no mistake."""
    identity = ["-c", "user.name=Soak", "-c", "user.email=soak@localhost", "-c", "gc.auto=0"]
    program = shutil.which("git") or "git"
    subprocess.run([program, *identity, *arguments], cwd=root, check=False, capture_output=True)


def memory(pid: int) -> int:
    """The memory that a process holds, in kB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) if found else 0  # it has ended


def session(leader: int) -> list[int]:
    """The processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(facts[3]) == leader and facts[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@dataclass(frozen=True)
class Found:
    """What came of it.

    Attributes:
        differing: What the page shows otherwise than a fresh build; nothing if all is well.
        before: The server's memory in kB, after the first edits.
        after: The same at the end.
        left: Processes that outlived the server.
    """

    differing: list[str]
    before: int
    after: int
    left: list[int]


def differences(page: Page, root: Path) -> list[str]:
    """What the page shows otherwise than a fresh build."""
    project = build.load(root)
    # What steps mean is recorded when the author does that.
    if wrong := [str(problem) for problem in project.problems if problem.code != Code.STEP_UNRECORDED]:
        return wrong
    deck = build.decks(project)["talk"]
    built = page.evaluate("built", [[html for _, html in stack] for stack in deck.stacks])
    shown = page.evaluate("shown()")
    if [len(stack) for stack in built] != [len(stack) for stack in shown]:
        return [f"stacks of {[len(stack) for stack in shown]} slides, not of {[len(stack) for stack in built]}"]
    pairs = zip((each for stack in shown for each in stack), (each for stack in built for each in stack), strict=True)
    return [f"shown: {one}\nbuilt: {other}" for one, other in pairs if one != other]


def soak(root: Path, edits: int, rate: float, seed: int) -> Found:
    """Edit, and compare."""
    project = Soak(root, random.Random(seed))  # noqa: S311
    git(root, "init", "--quiet", "--initial-branch=one")
    write(root / ".gitignore", ".greenroom\nsite\n")
    subprocess.run([*COMMAND, "record"], cwd=root, check=True, capture_output=True)
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "One")
    git(root, "checkout", "--quiet", "-b", "other")
    write(project.talk, project.text().replace("gradients", "others"))
    git(root, "commit", "--quiet", "-a", "-m", "Other")
    git(root, "checkout", "--quiet", "one")

    command = [*COMMAND, "present", "--no-open", "--port", "0"]
    log = (root.parent / f"{root.name}.log").open("w+", encoding="utf-8")
    server = subprocess.Popen(command, cwd=root, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        address = _address(Path(log.name))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.add_init_script(PLAIN)
            page.goto(address)
            page.wait_for_function("window.Reveal && Reveal.isReady()")
            before = 0
            for count in range(edits):
                project.edit()()
                if count % 50 == 25:
                    _disturb(page, project.random)
                if count == min(100, edits // 2):
                    before = memory(server.pid)
                time.sleep(project.random.random() * 2 / rate)
            project.settle()
            found = _until_same(page, root) if server.poll() is None else ["the server has ended"]
            after = memory(server.pid)
            browser.close()
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()
    time.sleep(0.5)
    return Found(found, before, after, session(server.pid))


def trouble(log: str) -> str:
    """What the server says of mistakes of its own; "" if it made none."""
    found = re.search(r"^.*(Traceback|something went wrong).*", log, re.MULTILINE | re.DOTALL)
    return found[0][:4000] if found else ""


def _address(log: Path) -> str:
    """The deck's address, once the server says it."""
    for _ in range(600):
        if match := re.search(r"^deck +(\S+)", log.read_text(encoding="utf-8"), re.MULTILINE):
            return match[1]
        time.sleep(0.1)
    raise TimeoutError(log.read_text(encoding="utf-8"))


def _disturb(page: Page, chance: random.Random) -> None:
    """Lose the connection, or go elsewhere."""
    try:
        page.evaluate("sockets.forEach((socket) => socket.close())")
        page.evaluate(f"window.Reveal?.isReady() && Reveal.slide({chance.randrange(8)})")
    except Exception as error:
        if "navigation" not in str(error):  # the page is being loaded again
            raise


def _until_same(page: Page, root: Path) -> list[str]:
    """What still differs when there was time for everything to be shown."""
    for _ in range(40):
        time.sleep(0.5)
        try:
            found = differences(page, root)
        except Exception as error:  # noqa: BLE001
            found = [str(error)]
        if not found:
            break
    return found


def main() -> None:
    """Soak, and say what came of it."""
    parser = argparse.ArgumentParser(description="Edit a presented project at random.")
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="greenroom-", ignore_cleanup_errors=True) as scratch:
        found = soak(Path(scratch) / "project", arguments.edits, arguments.rate, arguments.seed)
        log = Path(scratch, "project.log").read_text(encoding="utf-8")
    growth = found.after / found.before - 1 if found.after else 0.0
    print(f"load of this machine: {os.getloadavg()[0]:.1f}")
    print(f"{arguments.edits} edits: the page {'differs from' if found.differing else 'equals'} a fresh build")
    print(f"memory: {found.before // 1000} MB, then {found.after // 1000} MB: {growth:+.0%}, at most +20 %")
    print(f"processes left: {len(found.left)}")
    if found.differing:
        print("\n".join(found.differing[:4]))
    if trouble(log):
        print(trouble(log))
    sys.exit(bool(found.differing or growth > 0.2 or found.left or trouble(log)))


if __name__ == "__main__":
    main()
