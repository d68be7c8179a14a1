"""Runs snippet modules side by side, each in a process of its own, and says what came of them.

A module has limits. What exceeds them, or ends the process in whatever way, is that module's problem and nobody else's.
That a cell raised an exception is one thing, that it could not be run to its end is another, and each has its code.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from greenroom.model import FRAMEWORKS, Attributes, Cell, Figure, Module, Output, Problem, Raised, Span, Value
from greenroom.problems import Code
from greenroom.record import parity, settings
from greenroom.record.key import Sources, undeclared
from greenroom.record.mask import mask
from greenroom.record.process import CAN_FORK, GRACE_SECONDS, IMPORT_SECONDS, Child, Own, Parent


@dataclass(frozen=True, slots=True)
class Limits:
    """What a module may use up.

    Attributes:
        seconds: Wall time, without importing the framework.
        output: Bytes that a cell may print.
        memory: Bytes that it may take on top of its framework; heeded on Linux alone.
    """

    seconds: float = 60.0
    output: int = 65_536
    memory: int = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Run:
    """What came of running a module.

    Attributes:
        sources: What was run.
        outputs: What its cells produced, up to the one that failed.
        versions: Of Python and of what the module imports.
        problems: Why it is not to be recorded; empty if it is.
        failed: The place among the module's cells of the one in which it ended; None if all of them ran.
    """

    sources: Sources
    outputs: tuple[Output, ...] = ()
    versions: Attributes = ()
    problems: tuple[Problem, ...] = ()
    failed: int | None = None

    @property
    def seconds(self) -> float:
        """Wall time, all cells together."""
        return sum(output.seconds for output in self.outputs)


class Engine:
    """Runs modules; a context manager, at whose end every process that it started ends."""

    def __init__(self, root: Path, limits: Limits | None = None, *, fork: bool = CAN_FORK) -> None:
        """Start nothing yet.

        Args:
            root: The project's root.
            limits: What each module may use up.
            fork: Whether modules run in children of a warm parent, or each in a process that imports for itself.
        """
        self._root = root.resolve()
        self._limits = limits or Limits()
        self._fork = fork
        self._parents: dict[str, Parent] = {}
        self._lock = threading.Lock()
        self._ended = False
        self._folder = tempfile.TemporaryDirectory(prefix="greenroom-", ignore_cleanup_errors=True)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._ended = True
            for parent in self._parents.values():
                parent.close()
        self._folder.cleanup()

    def run(self, modules: Sequence[Sources], started: Callable[[Module], object] = lambda _: None) -> Iterator[Run]:
        """Run modules side by side on the cores there are; each result is given as soon as it is there.

        Args:
            modules: What to run, as `key.trace` found it.
            started: Called with each module when its turn comes, from another thread.
        """

        def turn(sources: Sources) -> Run:
            started(sources.module)
            return self.run_one(sources)

        groups = _by_framework(modules)
        if self._fork:
            for framework, group in groups.items():
                self._parent(framework, group)  # so that all frameworks are imported at the same time
        executor = ThreadPoolExecutor(os.cpu_count())
        try:
            alternating = chain.from_iterable(zip_longest(*groups.values()))
            for future in as_completed([executor.submit(turn, each) for each in alternating if each is not None]):
                yield future.result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    def run_one(
        self, sources: Sources, *, last: Cell | None = None, show: Callable[[bytes], object] | None = None
    ) -> Run:
        """Run a module.

        Args:
            sources: The module, as `key.trace` found it.
            last: The last cell to run; all of them if None.
            show: Called with what is printed, as it comes, from another thread; values and expected errors, too.
        """
        module = sources.module
        cells = [cell for cell in sources.cells if last is None or cell.first <= last.first]
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        mark = f"\0{secrets.token_hex(16)}\0"
        job = {
            "root": str(self._root),
            "path": str(self._root / module.path),
            "source": "\n".join(module.lines) + "\n",
            "mark": mark,
            "memory": self._limits.memory,
            "echo": show is not None,
            "imports": packages(sources),
            "cells": [_cell_job(module, index, cell) for index, cell in enumerate(cells)],
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        try:
            child = self._start(sources, folder)
        except ChildProcessError:
            return Run(sources, problems=(_not_imported(module),))
        printed = _Printed(child, mark.encode(), self._limits.output, show or (lambda _: None))
        printed.begun.wait(IMPORT_SECONDS)
        status = child.wait(self._limits.seconds)
        if status is None:
            child.stop()
            child.wait(GRACE_SECONDS)
        child.kill()
        printed.finish()
        return _Report(sources, cells, folder, self._root, printed, status, self._limits).run()

    def _start(self, sources: Sources, folder: Path) -> Child:
        framework = sources.module.framework
        if self._fork:
            return self._parent(framework, [sources]).fork(folder)
        return Own(framework, _warm(framework, [sources]), self._root, folder)

    def _parent(self, framework: str, group: Sequence[Sources]) -> Parent:
        """The framework's warm parent; a new one if there is none, or if it was killed."""
        with self._lock:
            if self._ended:
                raise ChildProcessError
            parent = self._parents.get(framework)
            if parent and parent.process.poll() is not None:
                parent.close()
                parent = None
            if parent is None:
                parent = self._parents[framework] = Parent(framework, _warm(framework, group), self._root)
            return parent


def packages(sources: Sources) -> list[str]:
    """The packages that the module imports from outside the project, by the names of which they tell their version."""
    return sorted({name.partition(".")[0] for name in sources.imports})


def _by_framework(modules: Sequence[Sources]) -> dict[str, list[Sources]]:
    groups: dict[str, list[Sources]] = {}
    for sources in modules:
        groups.setdefault(sources.module.framework, []).append(sources)
    return groups


def _warm(framework: str, group: Sequence[Sources]) -> list[str]:
    """What to import before any of the modules runs."""
    texts = b"\0".join(content for sources in group for content in sources.code.values())
    extra = chain.from_iterable(names for text, names in settings.WARM_IF.items() if text.encode() in texts)
    return list(dict.fromkeys([*settings.WARM[framework], *extra]))


def _cell_job(module: Module, index: int, cell: Cell) -> dict[str, Any]:
    return {
        "first": cell.first,
        "last": cell.last,
        "raises": cell.option("raises"),
        "parity": parity.names(cell),
        "figures": f"{module.framework}-{cell.name or index}-",
    }


class _Printed:
    """Reads what a module prints, cell by cell, and stops the module when a cell prints too much."""

    def __init__(self, child: Child, mark: bytes, limit: int, show: Callable[[bytes], object]) -> None:
        self.cells: list[bytes] = []
        self.begun = threading.Event()
        self.too_much = False
        self._child = child
        self._mark = mark
        self._limit = limit
        self._show = show
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for the end of the output; a process that has left the group may hold it open for ever."""
        self._thread.join(1)

    def _read(self) -> None:
        rest = b""
        while chunk := os.read(self._child.output, 65_536):
            *done, rest = (rest + chunk).split(self._mark)
            for piece in done:
                self._add(piece)
                self.cells.append(b"")
                self.begun.set()
            # What may be the beginning of a mark is kept until the rest of it has come.
            start = rest.rfind(b"\0", -len(self._mark))
            kept = start if start >= 0 and self._mark.startswith(rest[start:]) else len(rest)
            self._add(rest[:kept])
            rest = rest[kept:]
        self._add(rest)
        self.begun.set()
        os.close(self._child.output)

    def _add(self, piece: bytes) -> None:
        if not self.cells:
            return  # what an import says, before the first cell
        room = self._limit - len(self.cells[-1])
        if piece and not self.too_much:
            self.cells[-1] += piece[:room]
            self._show(piece[:room])
            if len(piece) > room:
                self.too_much = True
                self._child.stop()  # and read on, so that it is not held up by a full pipe


@dataclass(frozen=True, slots=True)
class _Report:
    """What is left of a run, once its process has ended."""

    sources: Sources
    cells: Sequence[Cell]
    folder: Path
    root: Path
    printed: _Printed
    status: int | None
    limits: Limits

    def run(self) -> Run:
        # The last line is cut short if the process was killed while it wrote it.
        done = [json.loads(line) for line in self._read("cells").split("\n")[:-1]]
        outputs = tuple(map(self._output, self.cells, self.printed.cells, done))
        problems = list(chain.from_iterable(map(self._cell_problems, self.cells, outputs, done)))
        failed = None
        if done and done[-1].get("failed"):
            failed = len(done) - 1
        elif len(done) < len(self.cells):
            failed = len(done)
            problems.append(self._ended(self.cells[failed]))
        problems += self._undeclared()
        versions = tuple(sorted(done[-1]["versions"].items())) if done else ()
        return Run(self.sources, outputs, versions, tuple(problems), failed)

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def _mask(self, text: str) -> str:
        return mask(text, self.root)

    def _output(self, cell: Cell, printed: bytes, done: Mapping[str, Any]) -> Output:
        raised = done.get("raised")
        names = done.get("figures", ())
        values = {name: value for name, value in done.get("parity", {}).items() if value and "data" in value}
        return Output(
            cell=cell.name,
            stdout=self._mask(printed.decode("utf-8", "backslashreplace")),
            value=self._mask(done["value"]),
            figures=tuple(Figure(name, cell.option("alt") or "", (self.folder / name).read_bytes()) for name in names),
            raised=raised
            and Raised(raised["type"], self._mask(raised["message"]), raised["line"], self._mask(raised["traceback"])),
            seconds=round(done["seconds"], 3),
            values=tuple(
                Value(name, value["dtype"], tuple(value["shape"]), tuple(value["data"]))
                for name, value in sorted(values.items())
            ),
        )

    def _cell_problems(self, cell: Cell, output: Output, done: Mapping[str, Any]) -> Iterator[Problem]:
        path = self.sources.module.path
        header = Span(path, max(cell.header, 1))
        expected = cell.option("raises")
        if output.raised and done["failed"]:
            yield _raised(Span(path, output.raised.line), cell, output.raised)
        elif expected and not output.raised:
            fact = f"the cell {_quoted(cell)} should raise `{expected}`, and raises nothing"
            yield Problem(header, Code.RUN_NOT_RAISED, fact, "take `raises` out of its header, or mend the cell")
        for name, value in done.get("parity", {}).items():
            if value is None:
                fact = f"`{name}` is not defined at the end of the cell {_quoted(cell)}"
                yield Problem(header, Code.PARITY_VALUE, fact, "name a variable that the cell sets")
            elif "refused" in value:
                fact = f"`{name}` {value['refused']}"
                hint = "name a number or an array of numbers; of a large one, a part, a sum or a norm"
                yield Problem(header, Code.PARITY_VALUE, fact, hint)

    def _ended(self, cell: Cell) -> Problem:
        """Why the process ended in the middle of a cell."""
        path = self.sources.module.path
        place = re.search(rf'File "{re.escape(str(self.root / path))}", line (\d+)', self._read("fault"))
        span = Span(path, int(place[1]) if place else max(cell.header, 1))
        name = _quoted(cell)
        if self.printed.too_much:
            fact = f"the cell {name} prints more than {self.limits.output:,} bytes"
            return Problem(span, Code.RUN_OUTPUT, fact, "print less: nobody reads this on a slide")
        if self.status is None:
            fact = f"the module ran for more than {self.limits.seconds:g} s, and was stopped in the cell {name}"
            return Problem(span, Code.RUN_TIME, fact, "make it quicker: fewer steps, less data")
        if self.status < 0:
            fact = f"the process was killed in the cell {name} ({signal.Signals(-self.status).name})"
            hint = f"`python {path}` shows whether it is the snippet's doing; on a system without memory it may not be"
            return Problem(span, Code.RUN_KILLED, fact, hint)
        fact = f"the cell {name} ended the process, with status {self.status}"
        return Problem(span, Code.RUN_EXIT, fact, "let the module run to its end: cells after this one never ran")

    def _undeclared(self) -> Iterator[Problem]:
        """Files of the project that were read, and that the key knows nothing of."""
        read = set()
        for line in self._read("files").split("\n")[:-1]:
            file = Path(json.loads(line)).relative_to(self.root)
            if file.parent.name == "__pycache__":
                file = file.parent.parent / f"{file.name.partition('.')[0]}.py"
            hidden = any(part.startswith(".") or part == "site-packages" for part in file.parts)
            if not hidden and (self.root / file).is_file():
                read.add(file.as_posix())
        folder = Path(self.sources.module.path).parent
        for path in undeclared(self.sources, read):
            fact = f"the module reads `{path}`, and no cell says so: a change of it would go unseen"
            name = Path(os.path.relpath(path, folder)).as_posix()
            hint = f'add `data="{name}"` to the header of the cell that reads it'
            yield Problem(Span(self.sources.module.path, 1), Code.DATA_UNDECLARED, fact, hint)


def _quoted(cell: Cell) -> str:
    return f"`{cell.name}`" if cell.name else f"in lines {cell.first} to {cell.last}"


def _raised(span: Span, cell: Cell, raised: Raised) -> Problem:
    """The problem of an exception that is not the one that the cell's header declares, if it declares any."""
    name = _quoted(cell)
    trace = "\n".join(f"    {line}" for line in raised.traceback.split("\n"))
    if raised.type == "SystemExit":
        fact = f"the cell {name} leaves the module: SystemExit: {raised.message}"
        return Problem(span, Code.RUN_EXIT, fact, "let the module run to its end: cells after this one never ran")
    if raised.type == "MemoryError":
        fact = f"the cell {name} takes more memory than it may:\n{trace}"
        return Problem(span, Code.RUN_MEMORY, fact, "take less: smaller data, or a part of it at a time")
    if raised.type == "EOFError" and "reading a line" in raised.message:
        fact = f"the cell {name} waits for input, and there is nobody to give it"
        return Problem(span, Code.RUN_INPUT, fact, "write the value into the code")
    expected = cell.option("raises")
    if expected:
        fact = f"the cell {name} should raise `{expected}`, and raises `{raised.type}`:\n{trace}"
        return Problem(span, Code.RUN_RAISED, fact, "mend the cell, or its header")
    fact = f"the cell {name} raises `{raised.type}`:\n{trace}"
    if raised.type == "ModuleNotFoundError":
        hint = '`pip install "greenroom[tf2]"` or `"greenroom[pytorch]"` installs what a framework\'s modules need'
        return Problem(span, Code.RUN_IMPORT, fact, hint)
    hint = f'mend it; if it is meant to fail, write `raises="{raised.type.rpartition(".")[2]}"` in the cell\'s header'
    return Problem(span, Code.RUN_RAISED, fact, hint)


def _not_imported(module: Module) -> Problem:
    names = settings.WARM[module.framework]
    fact = f"the process that runs modules of {FRAMEWORKS[module.framework]} ended before this one's turn"
    hint = f"try again; see whether `python -c 'import {', '.join(names or ('sys',))}'` works"
    return Problem(Span(module.path, 1), Code.RUN_KILLED, fact, hint)
