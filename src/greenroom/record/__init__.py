"""Running snippet modules, and the record of what came of it.

A recording is written where there is none, and renewed where running the module gives what was recorded, as a careful
person would compare it. What gives something else takes the place of a recording only when the author accepts it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom import drift
from greenroom.model import Cell, Meaning, Module, Output, Problem, Recording, Span
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
        differing: The modules that gave something else than was recorded, which stays until it is accepted.
        written: Those of `ran` whose recording changed.
        removed: Files that belonged to no module, and are gone.
        problems: Why modules failed, what differs, and where the frameworks disagree.
    """

    ran: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
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


def load(
    root: Path, snippets: str, modules: Sequence[Module], fresh: Mapping[str, Recording] | None = None
) -> tuple[dict[str, Recording], Problems]:
    """Read the recordings, and hold them against their modules, and the frameworks against each other.

    Runs nothing, and imports no framework.

    Args:
        root: The project's root.
        snippets: The folder of the lessons, relative to the root.
        modules: All modules there are.
        fresh: What came of modules that ran just now, by their paths; it stands where what is recorded does not fit.

    Returns:
        The recordings by their modules' paths, also those that no longer fit, and the problems.
    """
    store.settle(root)
    recordings, unreadable = _read(root, modules)
    problems = [*unreadable.values()]
    read = _reader(root)
    for module in modules:
        if module.path in unreadable:
            continue
        found = _stale(read, module, recordings.get(module.path))
        new = fresh.get(module.path) if fresh and found else None
        if new and not _stale(read, module, new):
            old = recordings.get(module.path)
            recordings[module.path] = replace(new, steps=old.steps) if old and old.steps != new.steps else new
        else:
            problems += found
    for file in store.orphans(root, snippets, modules, recordings):
        fact = "this file is part of no module's recording"
        hint = "`greenroom record` removes it"
        problems.append(Problem(Span(file.relative_to(root).as_posix(), 1), Code.RECORDING_ORPHAN, fact, hint))
    held, disagreements = parity.hold(modules, recordings)
    return held, (*problems, *disagreements)


def unsettled(root: Path, modules: Iterable[Module]) -> tuple[Module, ...]:
    """The modules that may be `outdated`, which those alone can be told of that were read; these need not have been."""
    store.settle(root)
    read = _reader(root)

    def settled(module: Module) -> bool:
        recording, _ = store.read(root, module)
        return recording is not None and key.unchanged(recording, read, module.framework)

    return tuple(module for module in modules if not settled(module))


def outdated(root: Path, modules: Iterable[Module]) -> tuple[Module, ...]:
    """The modules that have to be run: their recording is missing, cannot be used, or was made from other code."""
    read = _reader(root)
    return tuple(module for module in modules if _stale(read, module, store.read(root, module)[0]))


def record(
    engine: Engine,
    root: Path,
    snippets: str,
    modules: Sequence[Module],
    chosen: Sequence[Module],
    progress: Progress | None = None,
    *,
    accept: bool = False,
) -> Recorded:
    """Run modules and write their recordings.

    Args:
        engine: Runs them.
        root: The project's root.
        snippets: The folder of the lessons, relative to the root.
        modules: All modules there are.
        chosen: Those to run, all or those that are `outdated`.
        progress: Told how far it is.
        accept: Whether what differs from a recording, or finds a damaged one, takes its place.
    """
    progress = progress or Progress()
    problems: list[Problem] = []
    ran: list[str] = []
    written: list[str] = []
    differing: list[str] = []
    for run in runs(engine, root, chosen, progress.started):
        problems += run.problems
        if not run.problems:
            module = run.sources.module
            try:
                with store.alone(root):
                    found, changed = _renew(root, run, accept)
            except OSError as error:
                problems.append(_unwritten(module, error))
            else:
                problems += found
                ran.append(module.path)
                differing += [module.path] if found else []
                written += [module.path] if changed else []
        progress.ended(run)
    removed = tidy(root, snippets, modules)
    lessons = {module.lesson for module in chosen}
    concerned = [module for module in modules if module.lesson in lessons]
    _, disagreements = parity.hold(concerned, _read(root, concerned)[0])
    paths = {module.path for module in chosen}
    return Recorded(
        ran=tuple(sorted(ran)),
        kept=tuple(sorted(module.path for module in modules if module.path not in paths)),
        failed=tuple(sorted(paths - set(ran))),
        differing=tuple(sorted(differing)),
        written=tuple(sorted(written)),
        removed=removed,
        problems=(*problems, *disagreements),
    )


def afresh(root: Path, run: Run) -> tuple[Recording | None, Problems]:
    """What `record` would write of a run, if it is accepted; or why there is nothing to be written. Writes nothing."""
    problems = run.problems or _changed(root, run)
    if problems:
        return None, problems
    return _merged(run.sources, store.read(root, run.sources.module)[0], _recording(run)), ()


def tidy(root: Path, snippets: str, modules: Sequence[Module]) -> tuple[str, ...]:
    """Remove what was recorded of modules, or drawn by cells, that are no more; returns the paths of the files.

    Args:
        root: The project's root.
        snippets: The folder of the lessons, relative to the root.
        modules: All modules there are.
    """
    if next(store.orphans(root, snippets, modules, _read(root, modules)[0]), None) is None:
        return ()
    with store.alone(root):
        # Another recorder may have written what belongs to no recording that was read just now.
        orphans = list(store.orphans(root, snippets, modules, _read(root, modules)[0]))
        store.remove(orphans)
    return tuple(file.relative_to(root).as_posix() for file in orphans)


def read(root: Path, modules: Iterable[Module]) -> dict[str, Recording]:
    """Read the recordings, also those that no longer fit, by their modules' paths; others are left out."""
    return _read(root, modules)[0]


def steps(
    root: Path,
    modules: Iterable[Module],
    taken: Mapping[str, Sequence[Meaning]],
    *,
    accept: bool = False,
    known: bool = True,
) -> tuple[str, ...]:
    """Record what steps are taken for; runs nothing, and leaves modules without a recording alone.

    Args:
        root: The project's root.
        modules: The modules whose recordings are written.
        taken: What the steps of all talks and pages are taken for, by the module's path.
        accept: Whether what a step is taken for takes the place of what it was recorded for, and has moved from.
        known: Whether these are all steps there are, so that others that were recorded are no more.

    Returns:
        The paths of the modules whose recordings changed.
    """
    written = []
    for module in modules:
        if _with_steps(store.read(root, module)[0], taken.get(module.path, ()), accept, known) is None:
            continue
        with store.alone(root):
            # Another recorder may have written what was read just now.
            renewed = _with_steps(store.read(root, module)[0], taken.get(module.path, ()), accept, known)
            if renewed is not None and store.write(root, renewed):
                written.append(module.path)
    return tuple(written)


def _with_steps(recording: Recording | None, taken: Sequence[Meaning], accept: bool, known: bool) -> Recording | None:
    """The recording with what its steps are taken for; None if there is none, or if it stays as it is."""
    if recording is None:
        return None
    old = {(each.selector, each.text): each for each in recording.steps}
    new = {} if known else dict(old)
    for each in taken:
        before = old.get((each.selector, each.text))
        new[each.selector, each.text] = before if before and not accept and drift.moved(before, each) else each
    found = tuple(sorted(new.values()))
    return None if found == recording.steps else replace(recording, steps=found)


def _renew(root: Path, run: Run, accept: bool) -> tuple[Problems, bool]:
    """Write what came of a run, unless it must be accepted first; returns why it must, and whether a file changed."""
    old, problem = store.read(root, run.sources.module)
    new = _recording(run)
    if not accept:
        if problem:
            return (problem,), False
        if differing := differences(run, old):
            return differing, False
    return (), store.write(root, _merged(run.sources, old, new))


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
            if not unfit:
                problems += differences(run, recording)
    lessons = {module.lesson for module in chosen}
    _, disagreements = parity.hold([module for module in modules if module.lesson in lessons], fresh)
    return (*problems, *disagreements)


def why(root: Path, module: Module) -> tuple[str, ...]:
    """What has changed since a module was recorded, or what keeps its recording from being used; nothing if nothing.

    Runs nothing. That other versions are installed is told, too, though it makes nothing run but a check.
    """
    from greenroom.record import changed

    recording, problem = store.read(root, module)
    if problem:
        return (problem.fact,)
    if recording is None:
        return ("it has no recording",)
    sources, problems = trace(root, module)
    return (*(each.fact for each in problems), *changed.since(recording, sources), *changed.versions(recording))


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


def packages(root: Path, modules: Iterable[Module]) -> tuple[str, ...]:
    """The packages from outside the project that modules import."""
    imports = {name for module in modules for name in trace(root, module)[0].imports}
    return tuple(sorted({name.partition(".")[0] for name in imports}))


def seconds(root: Path, modules: Sequence[Module]) -> dict[str, float]:
    """What modules took when they were recorded, all cells together, by their paths; nothing of those that were not."""
    recordings, _ = _read(root, modules)
    return {path: sum(output.seconds for output in recording.outputs) for path, recording in recordings.items()}


def recorded(root: Path, module: Module) -> tuple[Recording | None, Problems]:
    """Read a module's recording, and find out why nothing can be held against it, if nothing can."""
    recording, problem = store.read(root, module)
    return recording, (problem,) if problem else tuple(_stale(_reader(root), module, recording))


def differences(run: Run, recording: Recording | None) -> Problems:
    """What of a run's outputs is other than was recorded; cells that were not recorded differ from nothing.

    Args:
        run: The run, which need not have come to its end.
        recording: The module's recording.
    """
    path, command = run.sources.module.path, store.command(run.sources.module, "--accept")
    problems = [
        problem
        for cell, old, now in _pairs(run.sources, recording, run.outputs)
        if old is not None
        for problem in compare.compare(path, cell, old, now, command)
    ]
    versions = _versions(recording.versions, run.versions) if recording else ""
    return tuple(replace(each, hint=f"{each.hint}; {versions}") if versions else each for each in problems)


def _reader(root: Path) -> key.Read:
    real_root = os.path.realpath(root)

    def read(path: str) -> bytes | None:
        try:
            content = (root / path).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        # A link that leads out of the project is as good as none.
        return content if Path(os.path.realpath(root / path)).is_relative_to(real_root) else None

    return read


def _read(root: Path, modules: Iterable[Module]) -> tuple[dict[str, Recording], dict[str, Problem]]:
    """The recordings, and the problems of those that cannot be read, each by the module's path."""
    recordings, unreadable = {}, {}
    for module in modules:
        recording, problem = store.read(root, module)
        if recording:
            recordings[module.path] = recording
        if problem:
            unreadable[module.path] = problem
    return recordings, unreadable


def _stale(read: key.Read, module: Module, recording: Recording | None) -> list[Problem]:
    """Why a module has to be run: it has no recording, or one of other code."""
    if not module.parsed or not module.cells:
        return []
    span = Span(module.path, 1)
    if recording is None:
        hint = f"`{store.command(module)}` runs it and records what comes of it"
        return [Problem(span, Code.RECORDING_MISSING, "this module has no recording", hint)]
    own = "\n".join(module.lines).encode()
    if key.unchanged(recording, lambda path: own if path == module.path else read(path), module.framework):
        return []
    sources, problems = key.trace(module, read)
    if problems or _key(sources, recording.outputs) == recording.key:
        return list(problems)
    changed = sorted(dict(set(recording.sources) ^ set(sources.digests())))
    states = "another state of " + ", ".join(f"`{path}`" for path in changed) if changed else "other settings"
    hint = (
        f"`{store.command(module)}` runs it, and renews the recording if it gives the same; "
        f"`greenroom why {module.lesson}/{module.framework}` says what changed"
    )
    return [Problem(span, Code.RECORDING_STALE, f"this module was recorded with {states}", hint)]


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
    return Recording(
        sources.module.path,
        _key(sources, run.outputs),
        run.versions,
        run.outputs,
        sources.digests(),
        sources.imports,
        key.cells(sources),
        key.settings_of(sources.module.framework),
    )


def _key(sources: key.Sources, outputs: Iterable[Output]) -> str:
    return key.key(sources, key.shown(outputs, sources.code))


def _versions(recorded: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> str:
    """What was recorded under other versions than those that ran now."""
    now = dict(new)
    others = [
        f"{name} {version}, and {now[name]} ran" for name, version in recorded if now.get(name, version) != version
    ]
    return f"it was recorded with {'; '.join(others)}" if others else ""


def _pairs(
    sources: key.Sources, recorded: Recording | None, outputs: Iterable[Output]
) -> Iterator[tuple[Cell, Output | None, Output]]:
    """Each cell with what was recorded of it, if anything was, and what is new; those without a name by their order."""
    waiting: dict[str, list[Output]] = {}
    for output in recorded.outputs if recorded else ():
        waiting.setdefault(output.cell, []).append(output)
    for cell, output in zip(sources.cells, outputs, strict=False):
        same_name = waiting.get(cell.name)
        yield cell, same_name.pop(0) if same_name else None, output


def _merged(sources: key.Sources, old: Recording | None, new: Recording) -> Recording:
    """The new recording, with the old outputs where they are no others, so that files do not change for nothing.

    Runs of the same code are held to the tolerances, as a check would; what other code produced must be the same.
    """
    same_code = old is not None and old.key == new.key

    def kept(cell: Cell, before: Output, after: Output) -> bool:
        same = before == replace(after, seconds=before.seconds)
        return same or (same_code and not compare.compare(sources.module.path, cell, before, after, ""))

    outputs = (
        before if before is not None and kept(cell, before, after) else after
        for cell, before, after in _pairs(sources, old, new.outputs)
    )
    return replace(new, outputs=tuple(outputs), steps=old.steps if old else ())
