"""Measures how soon an edit is seen in Chromium that `greenroom present` keeps up to date.

Usage: present.py [--slides 80] [--rounds 20]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import generate
from playwright.sync_api import Page, sync_playwright

from greenroom.browser import find

SHOWN = 40
"""The slide that is edited; the one after it shows a snippet."""

TARGETS = {80: {"prose": 0.10, "code": 0.15, "a line more": 0.10}}
OTHERWISE = 0.25

Loaded = Callable[[float], tuple[float, float]]
"""Waits for the first loading after a moment; gives when it began and ended."""

PARTS = ("watch", "load", "send", "patch")

# In the page: when messages come, and when what they bring is painted.
CLOCK = """
const Plain = WebSocket;
const now = () => (performance.timeOrigin + performance.now()) / 1000;
window.WebSocket = class extends Plain {
  constructor(...all) {
    super(...all);
    this.addEventListener("message", ({ data }) => data.startsWith('{"type":"slides"') && (window.came = now()));
  }
};
window.painted = (text) => {
  window.came = 0;
  window.seen = new Promise((resolve) => {
    const look = () => {
      if (!Reveal.getCurrentSlide().textContent.includes(text)) return;
      watched.disconnect();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve([window.came, now()]);
        channel.port2.postMessage("");
      });
    };
    const watched = new MutationObserver(look);
    watched.observe(document.querySelector(".slides"), { subtree: true, childList: true, characterData: true });
  });
};
"""


def serve(root: Path) -> None:
    """What runs in the server's process: `greenroom present`, which says when it begins and ends to load."""
    from greenroom import cli
    from greenroom.serve.live import Live

    update = Live.update

    def timed(live: Live) -> dict[str, Any]:
        begun = time.time()
        told = update(live)
        if told:
            print("loaded", json.dumps([begun, time.time()]), flush=True)
        return told  # type: ignore[return-value]

    Live.update = timed  # type: ignore[method-assign,assignment]
    os.chdir(root)
    cli.main(["present", "--no-open", "--port", "0"])


@contextmanager
def presented(root: Path) -> Iterator[tuple[str, Loaded]]:
    """Present a project; gives the deck's address, and what waits for the next loading."""
    command = [sys.executable, __file__, "--serve", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = iter(process.stdout or ())
        try:
            address = next(match[1] for line in lines if (match := re.match(r"deck +(\S+)", line)))

            def loaded(since: float) -> tuple[float, float]:
                told = (json.loads(line.split(maxsplit=1)[1]) for line in lines if line.startswith("loaded"))
                return next((begun, ended) for begun, ended in told if begun > since)

            yield address, loaded
        finally:
            process.terminate()
            for _ in lines:  # what it says to its end
                pass


def edits(root: Path, kind: str) -> Iterator[tuple[str, Path, str]]:
    """Edits of the slide that is shown: the text that comes to be seen, the file, and what it has to say then."""
    code = root / "snippets" / f"layers{(SHOWN + 1) // 80}" / "python.py"
    path = code if kind == "code" else root / "slides" / "talk.md"
    original = path.read_text(encoding="utf-8")
    for number in range(1000, 2000):
        if kind == "code":
            mark = f"{SHOWN + 1}.0 + {number}.5"
            yield mark, path, original.replace(f"{SHOWN + 1}.0 for", f"{mark} for")
        else:
            mark = f"edit {number}"
            text = original.replace(f"weights {SHOWN} ", f"weights {SHOWN} {mark} ")
            more = "\n" * (number % 2) if kind == "a line more" else ""
            yield mark, path, text.replace("### Slide 0:", f"{more}### Slide 0:")


def save(path: Path, text: str) -> None:
    """Write a file as editors do: beside it, and then in its place."""
    beside = path.with_suffix(".tmp~")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def measure(page: Page, root: Path, kind: str, rounds: int, loaded: Loaded) -> list[list[float]]:
    """The seconds of each part, for each round."""
    found = []
    before: dict[Path, str] = {}
    for count, (mark, path, text) in zip(range(rounds + 2), edits(root, kind), strict=False):
        before.setdefault(path, path.read_text(encoding="utf-8"))
        page.evaluate("painted", mark)
        start = time.time()
        save(path, text)
        begun, ended = loaded(start)
        came, seen = page.evaluate("seen")
        if count >= 2:  # the first ones warm up what is measured
            found.append([begun - start, ended - begun, came - ended, seen - came])
        time.sleep(0.3)
    for changed, text in before.items():
        save(changed, text)
    return found


def pace() -> float:
    """The seconds that a fixed piece of work takes after a pause: machines differ, and the same one changes."""
    found = []
    for _ in range(5):
        time.sleep(0.3)
        start = time.perf_counter()
        sum(range(3_000_000))
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure how soon an edit is seen.")
    parser.add_argument("--slides", type=int, action="append", help="how many, a multiple of four; 80 and 4000 without")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    print(f"load of this machine: {os.getloadavg()[0]:.1f}; medians of {arguments.rounds} edits, in ms\n")
    print(f"{'':32} {'seen':>6}  {''.join(part.rjust(7) for part in PARTS)}  {'pace':>6}")
    for slides in arguments.slides or (80, 4000):
        with tempfile.TemporaryDirectory(prefix="greenroom-") as scratch, sync_playwright() as playwright:
            root = Path(scratch)
            for path, text in generate.project(slides, steps=True).items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            record = [sys.executable, "-c", "from greenroom.cli import main; main()", "record"]
            subprocess.run(record, cwd=root, check=True, capture_output=True)
            browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
            with presented(root) as (address, loaded):
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.add_init_script(CLOCK)
                page.goto(address)
                page.wait_for_function("window.Reveal && Reveal.isReady()", timeout=60_000)
                for kind in ("prose", "a line more", "code"):
                    shown = SHOWN + (kind == "code")
                    page.evaluate(f"Reveal.slide({shown // 4}, {shown % 4})")
                    page.wait_for_timeout(1500)
                    rounds = measure(page, root, kind, arguments.rounds, loaded)
                    seen = statistics.median(sum(parts) for parts in rounds)
                    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
                    target = TARGETS.get(slides, {}).get(kind, OTHERWISE)
                    verdict = "met" if seen <= target else "MISSED"
                    cells = "".join(f"{part * 1000:7.0f}" for part in (*medians, pace()))
                    row = f"{f'{slides:,} slides, {kind}':32} {seen * 1000:6.0f}  {cells}"
                    print(f"{row}  at most {target * 1000:.0f}: {verdict}", flush=True)
            browser.close()


if __name__ == "__main__":
    main()
