"""Running snippet modules, and the record of what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.model import Module, Output, Problem, Recording, Span
from greenroom.problems import Code, nearest
from greenroom.record import compare, key, parity, store

if TYPE_CHECKING:
    from greenroom.record.engine import Engine, Run

Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` did; modules and files are named by their paths.

    Attributes:
        ran: The modules that ran to their end.
        kept: The modules whose recording holds, so that they did not run.
        failed: The modules that could not be recorded; an older recording of theirs stays.
        written: Those of `ran` whose recording changed.
        removed: Files that belonged to no module, and are gone.
        problems: Why modules failed, and where the frameworks disagree.
    """

    ran: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    problems: Problems = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Whom to tell how far it is. Both are called once a module, `started` from another thread.

    Attributes:
        started: Its turn has come.
        ended: What came of it.
    """

    started: Callable[[Module], object] = lambda _: None
    ended: Callable[[Run], object] = lambda _: None


def choose(modules: Iterable[Module], references: Sequence[str]) -> tuple[Module, ...]:
    """The modules that references name: `gradients`, `gradients/tf2`, `gradients:tape`; all if there are none.

    A folder of lessons names all of them.

    Raises:
        ValueError: A reference names no module; says which are meant, perhaps.
    """
    names: dict[str, list[Module]] = {}
    for module in modules:
        parts = f"{module.lesson}/{module.framework}".split("/")
        for count in range(1, len(parts) + 1):
            names.setdefault("/".join(parts[:count]), []).append(module)
    chosen: dict[str, Module] = {}
    for reference in references or names:
        name = reference.partition(":")[0]
        if name not in names:
            raise ValueError(f"there is no module `{name}`; {nearest(name, names)}")
        chosen.update((module.path, module) for module in names[name])
    return tuple(chosen.values())


def load(root: Path, snippets: str, modules: Sequence[Module]) -> tuple[dict[str, Recording], Problems]:
    """Read the recordings, and hold them against their modules, and the frameworks against each other.

    Runs nothing, and imports no framework.

    Args:
        root: The project's root.
        snippets: The folder of the lessons, relative to the root.
        modules: All modules there are.

    Returns:
        The recordings by their modules' paths, also those that no longer fit, and the problems.
    """
    recordings, unreadable = _read(root, modules)
    problems = [*unreadable.values()]
    for module in modules:
        if module.path not in unreadable:
            problems += _stale(root, module, recordings.get(module.path))
    for file in store.orphans(root, snippets, modules, recordings):
        fact = "this file is part of no module's recording"
        hint = "`greenroom record` removes it"
        problems.append(Problem(Span(file.relative_to(root).as_posix(), 1), Code.RECORDING_ORPHAN, fact, hint))
    held, disagreements = parity.hold(modules, recordings)
    return held, (*problems, *disagreements)


def outdated(root: Path, modules: Iterable[Module]) -> tuple[Module, ...]:
    """The modules that have to be run: their recording is missing, cannot be used, or was made from other code."""
    return tuple(module for module in modules if _stale(root, module, store.read(root, module)[0]))


def record(
    engine: Engine,
    root: Path,
    snippets: str,
    modules: Sequence[Module],
    chosen: Sequence[Module],
    progress: Progress | None = None,
) -> Recorded:
    """Run modules and write their recordings.

    Args:
        engine: Runs them.
        root: The project's root.
        snippets: The folder of the lessons, relative to the root.
        modules: All modules there are.
        chosen: Those to run, all or those that are `outdated`.
        progress: Told how far it is.
    """
    progress = progress or Progress()
    recordings, _ = _read(root, modules)
    problems: list[Problem] = []
    ran, written = [], []
    for run in runs(engine, root, chosen, progress.started):
        progress.ended(run)
        problems += run.problems
        if not run.problems:
            path = run.sources.module.path
            merged = _merged(run.sources, recordings.get(path), _recording(run))
            try:
                changed = store.write(root, merged)
            except OSError as error:
                problems.append(_unwritten(run.sources.module, error))
                continue
            recordings[path] = merged
            ran.append(path)
            if changed:
                written.append(path)
    if next(store.orphans(root, snippets, modules, recordings), None):
        recordings, _ = _read(root, modules)  # another recorder may have written what is none
    orphans = list(store.orphans(root, snippets, modules, recordings))
    store.remove(orphans)
    lessons = {module.lesson for module in chosen}
    _, disagreements = parity.hold([module for module in modules if module.lesson in lessons], recordings)
    paths = {module.path for module in chosen}
    return Recorded(
        ran=tuple(sorted(ran)),
        kept=tuple(sorted(module.path for module in modules if module.path not in paths)),
        failed=tuple(sorted(paths - set(ran))),
        written=tuple(sorted(written)),
        removed=tuple(file.relative_to(root).as_posix() for file in orphans),
        problems=(*problems, *disagreements),
    )


def check(
    engine: Engine, root: Path, modules: Sequence[Module], chosen: Sequence[Module], progress: Progress | None = None
) -> Problems:
    """Run modules again and compare what comes of it with their recordings. Writes nothing.

    Args:
        engine: Runs them.
        root: The project's root.
        modules: All modules there are.
        chosen: Those to run.
        progress: Told how far it is.
    """
    progress = progress or Progress()
    problems: list[Problem] = []
    fresh, _ = _read(root, modules)
    for run in runs(engine, root, chosen, progress.started):
        progress.ended(run)
        problems += run.problems
        if not run.problems:
            module = run.sources.module
            fresh[module.path] = _recording(run)
            recording, unfit = recorded(root, module)
            problems += unfit
            if recording and not unfit:
                problems += _differences(run.sources, recording, fresh[module.path])
    lessons = {module.lesson for module in chosen}
    _, disagreements = parity.hold([module for module in modules if module.lesson in lessons], fresh)
    return (*problems, *disagreements)


def run(engine: Engine, root: Path, module: Module, cell: str, show: Callable[[bytes], object]) -> Run:
    """Run a module for a person, up to and with a cell, and show what it prints as it comes.

    Args:
        engine: Runs it.
        root: The project's root.
        module: The module.
        cell: The name of the last cell to run; "" runs all of them.
        show: Called with what is printed, from another thread.

    Raises:
        ValueError: The module has no such cell; says which is meant, perhaps.
    """
    last = next((each for each in module.cells if each.name == cell), None) if cell else None
    if cell and last is None:
        names = [each.name for each in module.cells if each.name]
        raise ValueError(f"`{module.path}` has no cell `{cell}`; {nearest(cell, names)}")
    sources, _ = trace(root, module)
    return engine.run_one(sources, last=last, show=show)


def runs(
    engine: Engine, root: Path, modules: Iterable[Module], started: Callable[[Module], object] = lambda _: None
) -> Generator[Run, None, None]:
    """Run modules side by side; each result is given as soon as it is there. Writes nothing.

    Args:
        engine: Runs them.
        root: The project's root.
        modules: The modules; those that are not valid Python, or are empty, are left out.
        started: Called with each module when its turn comes, from another thread.
    """
    from greenroom.record.engine import Run

    runnable: list[key.Sources] = []
    for module in modules:
        if module.parsed and module.cells:
            sources, problems = trace(root, module)
            if problems:
                yield Run(sources, problems=problems)
            else:
                runnable.append(sources)
    for run in engine.run(runnable, started):
        yield replace(run, problems=run.problems or _changed(root, run))


def trace(root: Path, module: Module) -> tuple[key.Sources, Problems]:
    """Find the files that a module's run depends on, and the cells of it that run."""
    return key.trace(module, _reader(root))


def recorded(root: Path, module: Module) -> tuple[Recording | None, Problems]:
    """Read a module's recording, and find out why nothing can be held against it, if nothing can."""
    recording, problem = store.read(root, module)
    return recording, (problem,) if problem else tuple(_stale(root, module, recording))


def _reader(root: Path) -> key.Read:
    real_root = root.resolve()

    def read(path: str) -> bytes | None:
        try:
            content = (root / path).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        # A link that leads out of the project is as good as none.
        return content if (root / path).resolve().is_relative_to(real_root) else None

    return read


def _read(root: Path, modules: Sequence[Module]) -> tuple[dict[str, Recording], dict[str, Problem]]:
    """The recordings, and the problems of those that cannot be read, each by the module's path."""
    recordings, unreadable = {}, {}
    for module in modules:
        recording, problem = store.read(root, module)
        if recording:
            recordings[module.path] = recording
        if problem:
            unreadable[module.path] = problem
    return recordings, unreadable


def _stale(root: Path, module: Module, recording: Recording | None) -> list[Problem]:
    """Why a module has to be run: it has no recording, or one of other code."""
    if not module.parsed or not module.cells:
        return []
    hint = f"`{store.command(module)}` runs it and records what comes of it"
    span = Span(module.path, 1)
    if recording is None:
        return [Problem(span, Code.RECORDING_MISSING, "this module has no recording", hint)]
    if key.unchanged(recording, _reader(root)):
        return []
    sources, problems = trace(root, module)
    if problems or key.key(sources, lines=recording.lines) == recording.key:
        return list(problems)
    changed = sorted(dict(set(recording.sources) ^ set(sources.digests())))
    files = ", ".join(f"`{path}`" for path in changed)
    return [Problem(span, Code.RECORDING_STALE, f"this module was recorded with another state of {files}", hint)]


def _changed(root: Path, run: Run) -> Problems:
    """The problem of a module whose files are no longer those that ran."""
    sources = run.sources
    if key.same(sources.digests(), _reader(root)):
        return ()
    fact = "this module, or a file that it reads, was changed or removed while it ran"
    return (Problem(Span(sources.module.path, 1), Code.RUN_CHANGED, fact, "run it again"),)


def _unwritten(module: Module, error: OSError) -> Problem:
    fact = f"the recording cannot be written: {error.strerror}"
    hint = f"make room, or mend the folder's rights, then `{store.command(module)}`"
    return Problem(Span(store.place(module.path), 1), Code.RECORDING_UNWRITTEN, fact, hint)


def _recording(run: Run) -> Recording:
    sources = run.sources
    lines = any(_shows_lines(output, sources) for output in run.outputs)
    return Recording(
        sources.module.path,
        key.key(sources, lines=lines),
        run.versions,
        run.outputs,
        lines,
        sources.digests(),
        sources.imports,
    )


def _shows_lines(output: Output, sources: key.Sources) -> bool:
    """Whether an output names lines of the module, or of what it imports, as errors and warnings do."""
    files = "|".join(map(re.escape, sources.code))
    return output.raised is not None or re.search(rf'(?:{files})(?:", line |:)\d', output.text) is not None


def _differences(sources: key.Sources, recorded: Recording, new: Recording) -> list[Problem]:
    path = sources.module.path
    cells = zip(sources.cells, recorded.outputs, new.outputs, strict=True)
    command = store.command(sources.module)
    return [problem for cell, old, now in cells for problem in compare.compare(path, cell, old, now, command)]


def _merged(sources: key.Sources, old: Recording | None, new: Recording) -> Recording:
    """The new recording, with the old outputs where they are no others, so that files do not change for nothing.

    Runs of the same code are held to the tolerances, as a check would; what other code produced must be the same.
    """
    if old is None or len(old.outputs) != len(new.outputs):
        return new
    outputs = []
    for cell, before, after in zip(sources.cells, old.outputs, new.outputs, strict=True):
        same_cell = before == replace(after, seconds=before.seconds)
        same_code = old.key == new.key and not compare.compare(sources.module.path, cell, before, after, "")
        outputs.append(before if same_cell or same_code else after)
    return replace(new, outputs=tuple(outputs))
