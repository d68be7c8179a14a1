"""Runs snippet modules side by side, each in a process of its own, and says what came of them.

A module has limits. What exceeds them, or ends the process in whatever way, is that module's problem and nobody else's.
That a cell raised an exception is one thing, that it could not be run to its end is another, and each has its code.

On this machine, or on others: given an executor, the engine hands it a `Job` for each module, which `perform` runs in
whatever process the executor has for it, with an engine that this process keeps. What comes back is no more than a
value; nothing is written there that outlasts the job.
"""

from __future__ import annotations

import atexit
import errno
import json
import os
import re
import secrets
import signal
import tempfile
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from greenroom.model import FRAMEWORKS, Attributes, Cell, Figure, Limits, Module, Output, Problem, Raised, Span, Value
from greenroom.problems import Code
from greenroom.record import machines, parity, settings, worker
from greenroom.record.key import Sources, undeclared
from greenroom.record.mask import mask
from greenroom.record.process import CAN_FORK, GRACE_SECONDS, IMPORT_SECONDS, Child, Own, Parent


@dataclass(frozen=True, slots=True)
class Run:
    """What came of running a module.

    Attributes:
        sources: What was run.
        outputs: What its cells produced, up to the one that failed.
        versions: Of Python and of what the module imports.
        problems: Why it is not to be recorded; empty if it is.
        failed: The place among the module's cells of the one in which it ended; None if all of them ran.
        opened: The files below the project's root that it opened for reading, or tried to, by their paths.
        machine: Where it ran; "" if that was here.
    """

    sources: Sources
    outputs: tuple[Output, ...] = ()
    versions: Attributes = ()
    problems: tuple[Problem, ...] = ()
    failed: int | None = None
    opened: tuple[str, ...] = ()
    machine: str = ""

    @property
    def seconds(self) -> float:
        """Wall time, all cells together."""
        return sum(output.seconds for output in self.outputs)


@dataclass(frozen=True, slots=True)
class Job:
    """A module to be run, with all that another machine needs for it but greenroom and the packages it imports.

    Attributes:
        sources: The module, and the content of the project's files that it needs.
        limits: What it may use up.
        warm: What its framework's warm parent imports, if it is this job that has it started.
        greenroom: The greenroom that can read the result.
    """

    sources: Sources
    limits: Limits
    warm: tuple[str, ...]
    greenroom: str


class Follower:
    """Follows a run while it goes on, and may end it. What it is told comes from other threads."""

    def __init__(
        self,
        printed: Callable[[int, bytes], object] = lambda *_: None,
        begun: Callable[[], object] = lambda: None,
    ) -> None:
        """Follow nothing yet.

        Args:
            printed: Called with the place of a cell among those that run, and what it prints, as it comes.
            begun: Called when the first cell begins.
        """
        self.printed = printed
        self.begun = begun
        self._lock = threading.Lock()
        self._child: Child | None = None
        self.ended = False

    def end(self) -> None:
        """End the run, or keep it from beginning."""
        with self._lock:
            self.ended = True
            if self._child:
                self._child.end()

    def follow(self, child: Child | None) -> None:
        """Take the run's process for the one to end; None if there is none any more."""
        with self._lock:
            self._child = child
            if child and self.ended:
                child.end()


def perform(job: Job) -> Run:
    """Run a job that came from another process, in a folder of its own. What it has warmed is kept for the next.

    Raises:
        MachineError: The greenroom of this machine is another one.
    """
    caller = {"greenroom": (job.greenroom, "the machine that asks for the run")}
    machines.agree((("greenroom", machines.GREENROOM),), machines.here(), caller)
    return _kept(os.getpid()).perform(job)


@cache
def _kept(process: int) -> Engine:  # noqa: ARG001, a fork of this process must not use its warm parents
    engine = Engine(Path(tempfile.gettempdir()))
    atexit.register(engine.close)
    return engine


class Engine:
    """Runs modules; a context manager, at whose end every process that it started ends."""

    def __init__(
        self, root: Path, limits: Limits | None = None, *, fork: bool = CAN_FORK, executor: Executor | None = None
    ) -> None:
        """Start nothing yet.

        Args:
            root: The project's root.
            limits: What each module may use up.
            fork: Whether modules run in children of a warm parent, or each in a process that imports for itself.
            executor: Runs the modules of `run`, on other machines perhaps; it is the caller's, who ends it. On this
                machine if None.
        """
        self._root = root.resolve()
        self._limits = limits or Limits()
        self._fork = fork
        self._executor = executor
        self._parents: dict[str, Parent] = {}
        self._lock = threading.Lock()
        self._ended = False
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process that was started."""
        with self._lock:
            self._ended = True
            for parent in self._parents.values():
                parent.close()
        if self._folder:
            self._folder.cleanup()

    def run(self, modules: Sequence[Sources], started: Callable[[Module], object] = lambda _: None) -> Iterator[Run]:
        """Run modules side by side on the cores there are; each result is given as soon as it is there.

        Args:
            modules: What to run, as `key.trace` found it.
            started: Called with each module when its turn comes, from another thread; an executor does not tell.

        Raises:
            MachineError: The executor can run nothing any more, or its machines differ in what they have installed.
        """
        groups = _by_framework(modules)
        alternating = [each for each in chain.from_iterable(zip_longest(*groups.values())) if each is not None]
        if self._executor:
            yield from self._run_elsewhere(self._executor, alternating, groups)
            return

        def turn(sources: Sources) -> Run:
            started(sources.module)
            return self.run_one(sources)

        if self._fork:
            for framework, group in groups.items():
                self._parent(framework, _warm(framework, group))  # so that all are imported at the same time
        executor = ThreadPoolExecutor(os.cpu_count())
        try:
            for future in as_completed([executor.submit(turn, each) for each in alternating]):
                yield future.result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    def _run_elsewhere(
        self, executor: Executor, modules: Sequence[Sources], groups: Mapping[str, Sequence[Sources]]
    ) -> Iterator[Run]:
        warm = {framework: tuple(_warm(framework, group)) for framework, group in groups.items()}
        futures: dict[Future[Run], Sources] = {}
        versions: dict[str, tuple[str, str]] = {}
        try:
            for each in modules:
                job = Job(each, self._limits, warm[each.module.framework], machines.GREENROOM)
                futures[executor.submit(perform, job)] = each
            for future in as_completed(futures):
                run = _brought(futures[future], future)
                machines.agree(run.versions, run.machine, versions)
                # Only here can be told what is a file of the project, and did not travel with the job.
                yield replace(run, problems=(*run.problems, *_undeclared(run.sources, run.opened, self._root)))
        except (BrokenExecutor, CancelledError) as error:
            fact = "there is nothing left that could run the modules: " + (str(error) or "the scheduler is gone")
            raise machines.MachineError(
                fact, "what was done is recorded; once it is back, run the same again"
            ) from error
        finally:
            for future in futures:
                future.cancel()

    def run_one(
        self, sources: Sources, *, last: Cell | None = None, show: Callable[[bytes], object] | None = None
    ) -> Run:
        """Run a module, on this machine.

        Args:
            sources: The module, as `key.trace` found it.
            last: The last cell to run; all of them if None.
            show: Called with what is printed, as it comes, from another thread; values and expected errors, too.
        """
        follower = Follower(lambda _, piece: show(piece)) if show else Follower()
        return self._run_here(sources, self._limits, last, follower, echo=show is not None)

    def warm(self, framework: str, modules: Sequence[Sources]) -> bool:
        """Import what modules of a framework need, so that the next run begins at once; says whether that worked."""
        if not self._fork:
            return True
        try:
            self._parent(framework, _warm(framework, modules)).wait()
        except OSError:  # it ended, or could not be started
            return False
        return True

    def is_warm(self, framework: str) -> bool:
        """Whether a run would begin at once."""
        parent = self._parents.get(framework)
        return parent is not None and parent.warm and parent.process.poll() is None

    def follow(self, sources: Sources, last: Cell, follower: Follower, seconds: float, held: Held | None = None) -> Run:
        """Run a module on this machine for somebody who watches.

        Args:
            sources: The module, as `key.trace` found it.
            last: The last cell to run.
            follower: Who watches.
            seconds: How long it may run, if the module's limit is no shorter.
            held: A run of it that `hold` has begun; it ends with this one.
        """
        limits = replace(self._limits, seconds=min(seconds, self._limits.seconds))
        if held is None:
            return self._run_here(sources, limits, last, follower, echo=False)
        try:
            return held.go(Job(sources, limits, (), machines.GREENROOM), self._root, _upto(sources, last), follower)
        except OSError as error:
            return Run(sources, problems=(_refused(sources.module, str(error.strerror)),))
        finally:
            held.end()

    def hold(self, sources: Sources, first: Cell) -> Held | None:
        """Begin to run a module, up to a cell, and wait there; None where nothing can be held.

        Args:
            sources: The module, as `key.trace` found it.
            first: The first cell not to run.
        """
        if not self._fork:
            return None
        job = Job(sources, self._limits, tuple(_warm(sources.module.framework, [sources])), machines.GREENROOM)
        held = _place(sources, first)
        with suppress(OSError), ExitStack() as failing:  # it is no more than an attempt
            folder = self._new_folder()
            failing.callback(folder.cleanup)
            begun = self._begin(Path(folder.name), self._root, job, sources.cells, lambda *_: None, held=held)
            failing.pop_all()
            return Held(folder, begun)
        return None

    def _run_here(self, sources: Sources, limits: Limits, last: Cell | None, follower: Follower, *, echo: bool) -> Run:
        cells = sources.cells if last is None else _upto(sources, last)
        job = Job(sources, limits, tuple(_warm(sources.module.framework, [sources])), machines.GREENROOM)
        try:
            with self._new_folder() as folder:
                return self._run_in(Path(folder), self._root, job, cells, follower, echo=echo)
        except OSError as error:
            return Run(sources, problems=(_refused(sources.module, str(error.strerror)),))

    def perform(self, job: Job) -> Run:
        """Run a job in a folder that holds nothing but what came with it, and tell where that was."""
        with self._new_folder() as folder, self._new_folder() as project:
            root = Path(project).resolve()
            for path, content in (*job.sources.code.items(), *job.sources.data.items()):
                file = root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            run = self._run_in(Path(folder), root, job, job.sources.cells, Follower())
        return replace(run, machine=machines.here())

    def _new_folder(self) -> tempfile.TemporaryDirectory[str]:
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="greenroom-", ignore_cleanup_errors=True)
        return tempfile.TemporaryDirectory(dir=self._folder.name, ignore_cleanup_errors=True)

    def _run_in(
        self, folder: Path, root: Path, job: Job, cells: Sequence[Cell], follower: Follower, *, echo: bool = False
    ) -> Run:
        try:
            begun = self._begin(folder, root, job, cells, follower.printed, echo=echo)
        except ChildProcessError:
            return Run(job.sources, problems=(_not_imported(job.sources.module),))
        return _end(begun, folder, root, job, cells, follower)

    def _begin(
        self,
        folder: Path,
        root: Path,
        job: Job,
        cells: Sequence[Cell],
        show: Callable[[int, bytes], object],
        *,
        echo: bool = False,
        held: int | None = None,
    ) -> _Begun:
        """Start a job.

        Raises:
            ChildProcessError: There is nothing that could run it.
        """
        module = job.sources.module
        mark = f"\0{secrets.token_hex(16)}\0"
        order = {
            "root": str(root),
            "path": str(root / module.path),
            "mark": mark,
            "memory": job.limits.memory,
            "seed": settings.SEED,
            "echo": echo,
            "imports": packages(job.sources),
            "held": held,
            **_work(module, cells),
        }
        (folder / "job.json").write_text(json.dumps(order), encoding="utf-8")
        if held is not None:
            os.mkfifo(folder / "go")
        child = self._start(module.framework, job.warm, root, folder)
        return _Begun(child, _Printed(child, mark.encode(), job.limits.output, show))

    def _start(self, framework: str, warm: Sequence[str], root: Path, folder: Path) -> Child:
        if self._fork:
            return self._parent(framework, warm).fork(folder)
        return Own(framework, warm, root, folder)

    def _parent(self, framework: str, warm: Sequence[str]) -> Parent:
        """The framework's warm parent; a new one if there is none, or if it was killed."""
        with self._lock:
            if self._ended:
                raise ChildProcessError
            parent = self._parents.get(framework)
            if parent and parent.process.poll() is not None:
                parent.close()
                parent = None
            if parent is None:
                parent = self._parents[framework] = Parent(framework, warm, self._root)
            return parent


@dataclass(frozen=True, slots=True)
class _Begun:
    """A job that a process has begun."""

    child: Child
    printed: _Printed


def _end(begun: _Begun, folder: Path, root: Path, job: Job, cells: Sequence[Cell], follower: Follower) -> Run:
    """Follow a job to its end."""
    child, printed = begun.child, begun.printed
    follower.follow(child)
    printed.wait(1, IMPORT_SECONDS)
    follower.begun()
    status = child.wait(job.limits.seconds)
    if status is None:
        child.stop()
        child.wait(GRACE_SECONDS)
    follower.follow(None)
    child.kill()
    printed.finish()
    return _Report(job.sources, cells, folder, root, printed, status, job.limits).run()


class Held:
    """A run that waits before one of its cells; whoever holds it goes on, or ends it."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str], begun: _Begun) -> None:
        """Hold what was begun in a folder."""
        self._folder = folder
        self._begun = begun
        self._lock = threading.Lock()
        self._has_gone = False
        self._has_ended = False

    def wait(self, sources: Sources, first: Cell, seconds: float) -> bool:
        """Wait until it waits before its cell, or the process has ended; says whether either came about in time."""
        return self._begun.printed.wait(_place(sources, first) + 1, seconds)

    def go(self, job: Job, root: Path, cells: Sequence[Cell], follower: Follower) -> Run:
        """Go on, with the code that the cells have now.

        Raises:
            OSError: If it has ended.
        """
        folder = Path(self._folder.name)
        order = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        rest = _work(job.sources.module, cells)
        rest["cells"] = rest["cells"][order["held"] :]
        (folder / "rest.json").write_text(json.dumps(rest), encoding="utf-8")
        # To read as well: then it is no matter whether the process is there yet, or no more.
        pipe = os.open(folder / "go", os.O_RDWR)
        try:
            with self._lock:
                if self._has_ended:
                    raise InterruptedError(errno.EINTR, "the run was ended")
                self._has_gone = True
            self._begun.printed.show = follower.printed
            os.write(pipe, b"!")
            return _end(self._begun, folder, root, job, cells, follower)
        finally:
            os.close(pipe)

    def drop(self) -> None:
        """End it, if it has not gone on; that ends by itself."""
        if not self._has_gone:
            self.end()

    def end(self) -> None:
        """End it, and leave nothing behind."""
        with self._lock:
            has_ended, self._has_ended = self._has_ended, True
        if has_ended:
            return
        if not self._has_gone:
            self._begun.child.kill()
            self._begun.printed.finish()
        self._folder.cleanup()


def _upto(sources: Sources, last: Cell) -> list[Cell]:
    return [cell for cell in sources.cells if cell.first <= last.first]


def _place(sources: Sources, first: Cell) -> int:
    return sum(cell.first < first.first for cell in sources.cells)


def beginning(sources: Sources, first: Cell) -> Hashable:
    """All that decides what a module's run up to a cell leaves behind."""
    own = sources.module.path
    others = tuple(sorted((*sources.code.items(), *sources.data.items())))
    before = sources.module.lines[: first.first - 1]
    return own, before, _place(sources, first), sources.imports, tuple(each for each in others if each[0] != own)


def _brought(sources: Sources, future: Future[Run]) -> Run:
    """What an executor's future brought: a run, or why there is none, as the module's own problem."""
    try:
        return replace(future.result(), sources=sources)
    except (BrokenExecutor, CancelledError, machines.MachineError):
        raise
    except Exception as error:  # noqa: BLE001, each executor has its own, for a process that was lost again and again
        reason = re.split(r"\n|\. ", str(error))[0]
        fact = f"no machine brought this module to its end: {type(error).__name__}: {reason}"
        hint = "see whether it runs on this machine alone"
        return Run(sources, problems=(Problem(Span(sources.module.path, 1), Code.RUN_LOST, fact, hint),))


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


def _work(module: Module, cells: Sequence[Cell]) -> dict[str, Any]:
    """The code, and what is to be done with it."""
    jobs = [_cell_job(module, index, cell) for index, cell in enumerate(cells)]
    return {"source": "\n".join(module.lines) + "\n", "cells": jobs}


def _cell_job(module: Module, index: int, cell: Cell) -> dict[str, Any]:
    return {
        "first": cell.first,
        "last": cell.last,
        "raises": cell.option("raises"),
        "parity": parity.names(cell),
        "figures": f"{module.framework}-{cell.name or index}-",
    }


class _Printed:
    """Reads what a module prints, cell by cell, and stops the module when a cell, the `too_much`th, prints too much."""

    def __init__(self, child: Child, mark: bytes, limit: int, show: Callable[[int, bytes], object]) -> None:
        self.cells: list[bytes] = []
        self.too_much: int | None = None
        self.show = show
        self._child = child
        self._mark = mark
        self._limit = limit
        self._news = threading.Condition()
        self._has_ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait(self, cells: int, seconds: float) -> bool:
        """Wait until as many cells have begun, or it has ended; says whether either came about in time."""
        with self._news:
            return self._news.wait_for(lambda: self._has_ended or len(self.cells) >= cells, seconds)

    def finish(self) -> None:
        """Wait for the end of the output; a process that has left the group may hold it open for ever."""
        self._thread.join(1)

    def _read(self) -> None:
        rest = b""
        while chunk := os.read(self._child.output, 65_536):
            *done, rest = (rest + chunk).split(self._mark)
            for piece in done:
                self._add(piece)
                with self._news:
                    self.cells.append(b"")
                    self._news.notify_all()
            # What may be the beginning of a mark is kept until the rest of it has come.
            start = rest.rfind(b"\0", -len(self._mark))
            kept = start if start >= 0 and self._mark.startswith(rest[start:]) else len(rest)
            self._add(rest[:kept])
            rest = rest[kept:]
        self._add(rest)
        with self._news:
            self._has_ended = True
            self._news.notify_all()
        os.close(self._child.output)

    def _add(self, piece: bytes) -> None:
        if not self.cells:
            return  # what an import says, before the first cell
        room = self._limit - len(self.cells[-1])
        if piece and self.too_much is None:
            self.cells[-1] += piece[:room]
            self.show(len(self.cells) - 1, piece[:room])
            if len(piece) > room:
                self.too_much = len(self.cells) - 1
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
        elif self.printed.too_much is not None or len(done) < len(self.cells):
            # The module may have come to its end before it could be stopped.
            failed = len(done) if self.printed.too_much is None else min(self.printed.too_much, len(self.cells) - 1)
            problems.append(self._ended(self.cells[failed]))
        opened = tuple(sorted(set(self._opened())))
        problems += _undeclared(self.sources, opened, self.root)
        versions = tuple(sorted(done[-1]["versions"].items())) if done else ()
        return Run(self.sources, outputs, versions, tuple(problems), failed, opened)

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
        if self.printed.too_much is not None:
            fact = f"the cell {name} prints more than {self.limits.output:,} bytes"
            return Problem(span, Code.RUN_OUTPUT, fact, "print less: nobody reads this on a slide")
        if self.status is None:
            fact = f"the module ran for more than {self.limits.seconds:g} s, and was stopped in the cell {name}"
            return Problem(span, Code.RUN_TIME, fact, "make it quicker: fewer steps, less data")
        if self.status == worker.NOT_KEPT:
            return _refused(self.sources.module, "what came of a cell could not be written down")
        if self.status < 0:
            fact = f"the process was killed in the cell {name} ({signal.Signals(-self.status).name})"
            hint = f"`python {path}` shows whether it is the snippet's doing; on a system without memory it may not be"
            return Problem(span, Code.RUN_KILLED, fact, hint)
        fact = f"the cell {name} ended the process, with status {self.status}"
        return Problem(span, Code.RUN_EXIT, fact, "let the module run to its end: cells after this one never ran")

    def _opened(self) -> Iterator[str]:
        for line in self._read("files").split("\n")[:-1]:
            file = Path(json.loads(line)).relative_to(self.root)
            if file.parent.name == "__pycache__":
                file = file.parent.parent / f"{file.name.partition('.')[0]}.py"
            if not any(part.startswith(".") or part == "site-packages" for part in file.parts):
                yield file.as_posix()


def _undeclared(sources: Sources, opened: Sequence[str], root: Path) -> Iterator[Problem]:
    """Files of the project that were read, and that the key knows nothing of."""
    folder = Path(sources.module.path).parent
    for path in undeclared(sources, (path for path in opened if (root / path).is_file())):
        fact = f"the module reads `{path}`, and no cell says so: a change of it would go unseen"
        name = Path(os.path.relpath(path, folder)).as_posix()
        hint = f'add `data="{name}"` to the header of the cell that reads it'
        yield Problem(Span(sources.module.path, 1), Code.DATA_UNDECLARED, fact, hint)


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


def _refused(module: Module, reason: str) -> Problem:
    fact = f"this module could not be run: {reason}"
    hint = "make room where temporary files go, in the folder `TMPDIR`, or mend its rights, and run it again"
    return Problem(Span(module.path, 1), Code.RUN_REFUSED, fact, hint)


def _not_imported(module: Module) -> Problem:
    names = settings.WARM[module.framework]
    fact = f"the process that runs modules of {FRAMEWORKS[module.framework]} ended before this one's turn"
    hint = f"try again; see whether `python -c 'import {', '.join(names or ('sys',))}'` works"
    return Problem(Span(module.path, 1), Code.RUN_KILLED, fact, hint)
