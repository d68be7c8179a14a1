"""Keeps the pages of the site up to date: they are built in the background, as `greenroom build` does it.

MkDocs takes seconds, and the talk must not wait for it. So the site follows once nothing has been saved for a moment,
in a process of its own that lets all others go first, and only if there is no mistake.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from greenroom import site
from greenroom.config import FILE
from greenroom.model import Problem, Span
from greenroom.problems import Code
from greenroom.serve.live import FORGIVEN, PATIENT, Live

QUIET_SECONDS = 1.0
"""How long nothing must have been saved."""

BESIDE = ("search/", "sitemap", "slides/")
"""What belongs to no page."""


@dataclass(slots=True)
class Pages:
    """The site's pages.

    Attributes:
        live: The project.
        done: Called after a build with the pages that have changed, all addresses if what they share has, and what it
            took.
        problems: What MkDocs found in the last build.
    """

    live: Live
    done: Callable[[frozenset[str], float], Awaitable[object]]
    problems: tuple[Problem, ...] = ()
    _woken: anyio.Event = field(default_factory=anyio.Event)

    def wake(self) -> None:
        """Have the site built, soon."""
        self._woken.set()

    async def serve(self) -> None:
        """Build whenever there is a reason to, for ever."""
        while True:
            await self._woken.wait()
            while self._woken.is_set():
                self._woken = anyio.Event()
                await anyio.sleep(QUIET_SECONDS)
            if self.live.project.problems:
                continue
            began = time.perf_counter()
            changed, problems = await _built(self.live.root)
            # What is shown may have run just now, and be recorded nowhere: then the pages stay what they are.
            self.problems = tuple(each for each in problems if each.code not in PATIENT | FORGIVEN)
            await self.done(changed, time.perf_counter() - began)


async def _built(root: Path) -> tuple[frozenset[str], tuple[Problem, ...]]:
    """Build the site in a process of its own; gives what `build` says."""
    # A new one each time: MkDocs loads the author's hooks once in a process.
    words = [sys.executable, "-c", "from greenroom.serve.pages import main; main()", str(root)]
    done = await anyio.run_process(words, check=False, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        return frozenset(), (_failed(f"its process ended with status {done.returncode}"),)
    problems = (Problem(Span(*span), code, fact, hint) for span, code, fact, hint in told["problems"])
    return frozenset(told["changed"]), tuple(problems)


def main() -> None:
    """Build the site of the project that the command line names, and write down what came of it."""
    answer, sys.stdout = sys.stdout, sys.stderr  # whatever hooks print
    if hasattr(os, "nice"):
        os.nice(10)
    try:
        changed, problems = build(Path(sys.argv[1]))
    except Exception as error:  # noqa: BLE001, a hook of the site's raises what it likes
        changed, problems = frozenset(), (_failed(f"{type(error).__name__}: {error}"),)
    told = [((each.span.path, each.span.line, each.span.col), each.code, each.fact, each.hint) for each in problems]
    answer.write(json.dumps({"changed": sorted(changed), "problems": told}))


def build(root: Path) -> tuple[frozenset[str], tuple[Problem, ...]]:
    """Build the site; gives the paths of pages that have changed, "*" for all if what they share has; and mistakes."""
    folder = site.folder(root)
    before = _digests(folder)
    built = site.build(root)
    if built.current or built.problems:
        return frozenset(), built.problems
    after = _digests(folder)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    shared = any(not path.endswith(".html") for path in changed)
    return frozenset({"*"} if shared else changed), ()


def _failed(reason: str) -> Problem:
    hint = "`mkdocs build` shows where that happens"
    return Problem(Span(FILE, 1), Code.MKDOCS, f"the site cannot be built: {reason}", hint)


def _digests(folder: Path) -> dict[str, bytes]:
    """What tells whether a file of the site is the same, by its path."""
    files = ((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    return {
        name: hashlib.blake2b(path.read_bytes()).digest() for name, path in files if not name.startswith((*BESIDE, "."))
    }
