"""Measures how soon a listing that is run on the slide shows something of its own.

Usage: first_run.py PROJECT [--rounds 5] [--wait 3]

It goes through the talk as a speaker does: to each slide whose code can be run, and after a moment presses the key.
What counts is the time from there to the begin of the listing's own cells; how soon they print something is their own
affair.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets import Origin
from websockets.sync.client import ClientConnection, connect

TARGET = 0.2
COMMAND = [sys.executable, "-c", "from greenroom.cli import main; main()"]


@contextmanager
def presented(root: Path) -> Iterator[tuple[ClientConnection, str]]:
    """Present a project; gives a connection as the author's page has it, and the talk's name."""
    command = [*COMMAND, "present", "--no-open", "--port", "0"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = (server.stdout or sys.stdin).readline()
            base, talk, token = re.findall(r"^deck +(http://[^/]+)/slides/([^/]+)/\?token=(\S+)", line)[0]
            with connect(f"ws{base[4:]}/_greenroom/live", origin=Origin(base), max_size=None, proxy=None) as page:
                hello = {"token": token, "talk": talk, "kind": "deck", "version": 1, "session": ""}
                page.send(json.dumps(hello))
                yield page, talk
        finally:
            server.terminate()


def ask(page: ClientConnection, message: dict[str, Any], *kinds: str) -> dict[str, Any]:
    """Send a message, and wait for the first of some types or events that comes."""
    page.send(json.dumps(message))
    while True:
        told: dict[str, Any] = json.loads(page.recv(timeout=120))
        if told["type"] in kinds or (told["type"] == "run" and told["event"] in kinds):
            return told


def run(page: ClientConnection, talk: str, place: dict[str, Any]) -> tuple[float, float, str]:
    """The seconds until the listing's own cells begin, and until something is seen of them, and how it ended."""
    name = str(time.monotonic())
    message = {"type": "run", "id": name, "talk": talk, **place}
    start = time.monotonic()
    told = ask(page, message, "out", "done", "failed", "late")
    seen = time.monotonic() - start
    while told["event"] not in ("done", "failed", "late"):
        told = ask(page, {"type": "ping"}, "done", "failed", "late")
    return time.monotonic() - start - told.get("seconds", 0), seen, told["event"]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure how soon a run shows something.")
    parser.add_argument("project", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--wait", type=float, default=3.0, help="seconds on a slide before its code is run")
    parser.add_argument("--only", default="", help="frameworks whose listings are run; all without")
    parser.add_argument("--most", type=int, default=12, help="listings")
    arguments = parser.parse_args()
    with presented(arguments.project) as (page, talk):
        text = next((arguments.project / "slides").glob(f"{talk}.md")).read_text(encoding="utf-8")
        slides = re.findall(r'id="([\w-]+)"', text)
        offered = ask(page, {"type": "runs", "slides": slides}, "runs")["listings"]
        places = [{name: each[name] for name in ("slide", "fence", "framework")} for each in offered]
        places = [each for each in places if not arguments.only or each["framework"] == arguments.only]
        places = places[:: max(1, len(places) // arguments.most)][: arguments.most]
        for framework in {each["framework"] for each in places}:  # so that all is imported
            run(page, talk, next(each for each in places if each["framework"] == framework))
        print(f"load of this machine: {os.getloadavg()[0]:.1f}; medians of {arguments.rounds} runs, in ms\n")
        print(f"{'':56} begins   seen")
        for place in places:
            found = []
            for _ in range(arguments.rounds):
                ask(page, {"type": "runs", "slides": [place["slide"]]}, "runs")
                time.sleep(arguments.wait)
                *seconds, ended = run(page, talk, place)
                found.append(seconds)
            begins, seen = (statistics.median(column) * 1000 for column in zip(*found, strict=True))
            row = f"{place['slide'][:40]:40} {place['framework']:8} {ended:6} {begins:6.0f} {seen:6.0f}"
            print(f"{row}  at most {TARGET * 1000:.0f}: {'met' if begins <= TARGET * 1000 else 'MISSED'}", flush=True)


if __name__ == "__main__":
    main()
