"""Measures greenroom against its rivals and against doing nothing, and prints a table. See README.md beside this file.

python benchmarks/run.py                        all measurements of greenroom alone
python benchmarks/run.py deck record --rivals   some of them, with the rivals, which are installed first
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import generate

ROOT = Path(__file__).resolve().parents[1]
RIVALS = ROOT / ".greenroom" / "rivals"
GREENROOM = shutil.which("greenroom", path=str(Path(sys.executable).parent)) or "greenroom"
PROJECT = ("mkdocs.yml", "README.md", "docs", "slides", "snippets")
FRAMEWORKS = {"pytorch": "torch", "tf2": "tensorflow"}
LESSONS = 20

MODULES = {
    "pytorch": """\
# %% eager
import torch

a = torch.arange(6.0).reshape(2, 3) + {n}
b = a @ a.T
print(b.sum())
b.mean()
""",
    "tf2": """\
# %% eager
import tensorflow as tf

a = tf.reshape(tf.range(6.0), (2, 3)) + {n}
b = a @ tf.transpose(a)
print(tf.reduce_sum(b))
tf.reduce_mean(b)
""",
}

Prepare = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        what: What was measured.
        value: The median.
        unit: Of the value and the target.
        against: What it is compared with, and that thing's value; None for what others are compared with.
        target: What the value, or the ratio if `by_ratio`, may be at most; None for rivals and floors.
    """

    what: str
    value: float
    unit: str = "CPU s"
    against: tuple[str, float] | None = None
    target: float | None = None
    by_ratio: bool = False

    def line(self) -> str:
        """The row of the table."""
        ratio = self.value / self.against[1] if self.against else None
        held = ratio if self.by_ratio else self.value
        number = f"{self.value:.2f}" if self.value < 100 else f"{self.value:.0f}"
        compared = f"{ratio:6.2f} of {self.against[0]}" if ratio is not None and self.against else ""
        sign = "of it" if self.by_ratio else self.unit
        target = "" if self.target is None else f"at most {self.target:g} {sign}: {verdict(held, self.target)}"
        return f"{self.what:44} {number:>7} {self.unit:5}  {compared:32} {target}".rstrip()


def verdict(value: float | None, target: float) -> str:
    """Whether a target is met."""
    return "met" if value is not None and value <= target else "MISSED"


def cpu(command: list[str | Path], cwd: Path, prepare: Prepare = lambda: None, rounds: int = 5) -> float:
    """The median of the CPU seconds, user and system, that a command and all its children take.

    Raises:
        subprocess.CalledProcessError: The command failed.
    """
    import resource

    taken = []
    for _ in range(rounds):
        prepare()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([str(part) for part in command], cwd=cwd, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken)


def wall(command: list[str | Path], cwd: Path, prepare: Prepare = lambda: None, rounds: int = 3) -> float:
    """The median of the seconds that a command takes, for those whose processes outlive what started them: browsers.

    Raises:
        subprocess.CalledProcessError: The command failed.
    """
    taken = []
    for _ in range(rounds):
        prepare()
        begun = time.perf_counter()
        subprocess.run([str(part) for part in command], cwd=cwd, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def remove(*folders: Path) -> Prepare:
    """What makes the next run a cold one."""
    return lambda: [shutil.rmtree(folder, ignore_errors=True) for folder in folders]


# --- decks ----------------------------------------------------------------------------------------------------------


def deck(scratch: Path, rivals: dict[str, Path]) -> Iterator[Row]:
    """The decks of generated talks, against rivals and an empty Python program."""
    nothing = ("python -c pass", cpu([sys.executable, "-c", "pass"], scratch, rounds=9))
    yield Row(nothing[0], nothing[1])
    out = scratch / "deck"
    ours: dict[int, float] = {}
    for slides in (80, 1000, 2000, 4000):
        talk = scratch / f"{slides}.md"
        talk.write_text(generate.talk(slides), encoding="utf-8")
        command: list[str | Path] = [GREENROOM, "deck", talk, "-o", out]
        ours[slides] = cpu(command, scratch, remove(out), rounds=9 if slides == 80 else 3)
        target = {80: 0.35, 4000: 4.0}.get(slides)
        yield Row(f"greenroom deck, {slides:,} slides, cold", ours[slides], against=nothing, target=target)
        if slides == 80:
            unchanged = cpu(command, scratch, rounds=9)
            yield Row("greenroom deck, 80 slides, unchanged", unchanged, against=nothing, target=0.15)
    growth = (ours[4000] - ours[80]) / (ours[1000] - ours[80])
    yield Row("4,000 slides for 1,000", growth, "times", ("the slides", 3920 / 920), 1.15, by_ratio=True)
    for name, program in rivals.items():
        for slides in (80, 4000):
            if name == "reveal-md" and slides > 80:
                continue  # it writes the Markdown into the page, and leaves the work to the browser
            source = scratch / f"{name}-{slides}"
            source.mkdir(exist_ok=True)
            shutil.copy2(scratch / f"{slides}.md", source / "talk.md")
            command = {
                "reveal-md": ["node", program, source / "talk.md", "--static", out],
                "mkslides": [program, "build", source, "-d", out],
                "pandoc": [program, "-t", "revealjs", "-s", "--mathml", source / "talk.md", "-o", scratch / "out.html"],
            }[name]
            taken = cpu(command, source, remove(out), rounds=5 if slides == 80 else 2)
            yield Row(f"{name}, {slides:,} slides, cold", taken, against=("greenroom", ours[slides]))


# --- recordings -----------------------------------------------------------------------------------------------------


def record(scratch: Path, rivals: dict[str, Path]) -> Iterator[Row]:
    """Running snippets, against importing the frameworks."""
    floors = {
        framework: cpu([sys.executable, "-c", f"import {name}"], scratch, rounds=3)
        for framework, name in FRAMEWORKS.items()
    }
    for framework, name in FRAMEWORKS.items():
        yield Row(f"import {name}", floors[framework])
    imports = ("importing each once", sum(floors.values()))

    root = scratch / "modules"
    recordings = [root / "snippets" / f"lesson{n}" / "recordings" for n in range(LESSONS)]
    for n in range(LESSONS):
        for framework, text in MODULES.items():
            write(root / "snippets" / f"lesson{n}" / f"{framework}.py", text.format(n=n))
    write(root / "mkdocs.yml", "site_name: Modules\nplugins:\n  - greenroom\n")
    command: list[str | Path] = [GREENROOM, "record"]
    cold = cpu(command, root, remove(*recordings), rounds=3)
    yield Row(f"greenroom record, {LESSONS} + {LESSONS} modules, cold", cold, "CPU s", imports, 1.6, by_ratio=True)
    yield Row("greenroom record, nothing changed", cpu(command, root), "CPU s", imports, 0.2)
    for framework, name in FRAMEWORKS.items():
        module, edits = root / "snippets" / "lesson7" / f"{framework}.py", iter(range(100, 200))

        def edit(module: Path = module, edits: Iterator[int] = edits, framework: str = framework) -> None:
            write(module, MODULES[framework].format(n=next(edits)))

        one = cpu([*command, "--accept"], root, edit, rounds=3)
        yield Row(
            f"greenroom record, one {name} module edited",
            one,
            "CPU s",
            (f"import {name}", floors[framework]),
            1.1,
            True,
        )

    talk = copied(scratch / "talk")
    modules = [
        path for path in sorted((talk / "snippets").glob("**/*.py")) if path.stem in ("tf2", "pytorch", "python")
    ]
    kept = list((talk / "snippets").glob("**/recordings"))
    whole = cpu(command, talk, remove(*kept), rounds=1)
    yield Row(f"greenroom record, the talk's {len(modules)} modules", whole, "CPU s", imports, 25)
    if rivals:
        each = sum(cpu([sys.executable, module], talk, rounds=1) for module in modules if module.parts[-3] != "draft")
        yield Row("the same, a process each (without the draft's)", each, "CPU s", ("greenroom", whole))


# --- the site, the browser ------------------------------------------------------------------------------------------


def site(scratch: Path, _: dict[str, Path]) -> Iterator[Row]:
    """The talk's site, against an empty one."""
    empty = scratch / "empty"
    write(empty / "mkdocs.yml", "site_name: Empty\ntheme:\n  name: material\n  font: false\n")
    write(empty / "docs" / "index.md", "# Nothing\n")
    nothing = "mkdocs build, an empty site", cpu([sys.executable, "-m", "mkdocs", "build", "-q"], empty, rounds=3)
    yield Row(*nothing)
    talk = copied(scratch / "talk")
    cold = cpu([GREENROOM, "build"], talk, remove(talk / "site"), rounds=3)
    yield Row("greenroom build, the talk and its site, cold", cold, against=nothing)
    yield Row("greenroom build, nothing changed", cpu([GREENROOM, "build"], talk), against=nothing)


def browser(scratch: Path, rivals: dict[str, Path]) -> Iterator[Row]:
    """What the deck of 80 slides costs a browser."""
    from browser import measure

    talk = scratch / "talk.md"
    write(talk, generate.talk(80))
    subprocess.run([GREENROOM, "deck", talk, "-o", scratch / "ours"], check=True, capture_output=True)
    found = measure(scratch / "ours" / "index.html")
    yield Row("80 slides in Chromium: ready", found["ready"], "ms", target=500)
    yield Row("80 slides in Chromium: main thread", found["main_thread"], "ms", target=300)
    yield Row("80 slides in Chromium: loaded", found["bytes"] / 1000, "kB", target=600)
    yield Row("80 slides in Chromium: requests elsewhere", found["outside"], "", target=0)
    if program := rivals.get("reveal-md"):
        command = ["node", program, talk, "--static", scratch / "theirs"]
        subprocess.run(command, check=True, capture_output=True)
        other = measure(scratch / "theirs" / "index.html")
        yield Row("reveal-md's: ready", other["ready"], "ms", ("greenroom", found["ready"]))
        yield Row("reveal-md's: main thread", other["main_thread"], "ms", ("greenroom", found["main_thread"]))
        yield Row("reveal-md's: loaded", other["bytes"] / 1000, "kB", ("greenroom", found["bytes"] / 1000))


def rehearse(scratch: Path, _: dict[str, Path]) -> Iterator[Row]:
    """The talk in two sizes and two schemes, against loading its deck once."""
    from browser import measure

    talk = copied(scratch / "talk")
    subprocess.run([GREENROOM, "build"], cwd=talk, check=True, capture_output=True)
    ready = measure(talk / "site" / "slides" / "tf2-pytorch" / "index.html", rounds=3)["ready"] / 1000
    yield Row("the talk's deck in Chromium: ready", ready, "s")
    loads = ("loading it", ready)
    command: list[str | Path] = [GREENROOM, "rehearse"]
    cold = wall(command, talk, lambda: (talk / ".greenroom" / "rehearsal.json").unlink(missing_ok=True), rounds=1)
    yield Row("greenroom rehearse, the talk, cold", cold, "s", loads, target=60)
    source, edits = talk / "slides" / "tf2-pytorch.md", iter(range(100))

    def edit() -> None:
        text = source.read_text(encoding="utf-8").replace("### User 1", f"### User 1 {next(edits)}", 1)
        source.write_text(text, encoding="utf-8")

    yield Row("greenroom rehearse, one slide edited", wall(command, talk, edit), "s", loads)
    yield Row("greenroom rehearse, nothing changed", wall(command, talk), "s", loads, target=3)


def steps(scratch: Path, rivals: dict[str, Path]) -> Iterator[Row]:
    """What walks through 40 listings, with captions, add to a deck of 80 slides in Chromium."""
    from browser import compare, measure

    decks = []
    for walked in (False, True):
        root = scratch / ("walked" if walked else "plain")
        for path, text in generate.project(80, steps=walked).items():
            write(root / path, text)
        for name in ("record", "build"):
            subprocess.run([GREENROOM, name], cwd=root, check=True, capture_output=True)
        decks.append(root / "site" / "slides" / "talk" / "index.html")
    plain, ours = compare(*decks, rounds=11)
    for key, what, unit, size in (("bytes", "loaded", "kB", 1000), ("main_thread", "main thread", "ms", 1)):
        without = ("it without steps", plain[key] / size)
        yield Row(f"80 slides, 40 stepped: {what}", ours[key] / size, unit, without, 1.1, by_ratio=True)
    if program := rivals.get("reveal-md"):
        talk = scratch / "walks" / "talk.md"
        write(talk, generate.walks(80))
        command = ["node", program, talk, "--static", scratch / "theirs"]
        subprocess.run(command, check=True, capture_output=True)
        other = measure(scratch / "theirs" / "index.html")
        yield Row("reveal-md's: loaded", other["bytes"] / 1000, "kB", ("greenroom", ours["bytes"] / 1000))
        yield Row("reveal-md's: main thread", other["main_thread"], "ms", ("greenroom", ours["main_thread"]))


# --- rivals ---------------------------------------------------------------------------------------------------------


def install() -> dict[str, Path]:
    """Install the rivals that can be had here, each in its newest version, and say which those are."""
    RIVALS.mkdir(parents=True, exist_ok=True)
    if not (RIVALS / "venv").exists():
        subprocess.run([newest_python(), "-m", "venv", RIVALS / "venv"], check=True)
    for package in ("mkslides", "pypandoc_binary"):
        subprocess.run([RIVALS / "venv" / "bin" / "pip", "install", "-q", package], check=False, capture_output=True)
    if npm := shutil.which("npm"):
        subprocess.run([npm, "install", "--prefix", RIVALS, "reveal-md"], check=False, capture_output=True)
    return installed()


def newest_python() -> str:
    """A Python that mkslides supports, if there is one."""
    homes = sorted(Path.home().glob(".pyenv/versions/3.1[23].*/bin/python"), reverse=True)
    for python in ("python3.13", "python3.12", *map(str, homes)):
        found = shutil.which(python)
        if found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0:
            return found
    return sys.executable


def installed() -> dict[str, Path]:
    """The rivals that are there."""
    places = {
        "reveal-md": "node_modules/reveal-md/bin/reveal-md.js",
        "mkslides": "venv/bin/mkslides",
        "pandoc": "venv/lib/python*/site-packages/pypandoc/files/pandoc",
    }
    return {name: found for name, place in places.items() if (found := next(RIVALS.glob(place), None))}


def write(path: Path, text: str) -> None:
    """Write a file, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def copied(folder: Path) -> Path:
    """The project in another place."""
    for name in PROJECT:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored, dirs_exist_ok=True)
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


MEASUREMENTS = {
    "deck": deck, "record": record, "site": site, "browser": browser, "steps": steps, "rehearse": rehearse
}  # fmt: skip


def main() -> None:
    """Measure what is asked for, and print it."""
    parser = argparse.ArgumentParser(description="Measure greenroom, and print a table.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(MEASUREMENTS)}; all without any")
    parser.add_argument("--rivals", action="store_true", help=f"measure the rivals too; they go to {RIVALS}")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(MEASUREMENTS):
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    rivals = install() if arguments.rivals else {}
    missing = {"reveal-md", "mkslides", "pandoc"} - set(rivals)
    print(f"left out: {', '.join(sorted(missing))}" if missing else "all rivals are there", end="\n\n")
    print(f"load of this machine: {os.getloadavg()[0]:.1f}; a median of several runs each\n")
    with tempfile.TemporaryDirectory(prefix="greenroom-") as scratch:
        for name in arguments.names or MEASUREMENTS:
            print(f"{name}: {(MEASUREMENTS[name].__doc__ or '').rstrip('.')}")
            for row in MEASUREMENTS[name](Path(scratch), rivals):
                print(f"  {row.line()}", flush=True)
            print()


if __name__ == "__main__":
    main()
