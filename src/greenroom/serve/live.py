"""The project in memory, brought up to date after each change, and what its decks have to be told of it.

Nothing is worked out about what depends on what: everything is loaded again, and the pure stages remember what they
made of the same content before. So what is shown after a change is what a fresh build would show.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greenroom import build, memo, record
from greenroom.build import Deck, Project
from greenroom.config import FILE
from greenroom.model import Module, Problem, Recording, Talk
from greenroom.problems import Code

Message = Mapping[str, Any]

LOOKS = 5
LOOK_AGAIN_SECONDS = 0.02
"""How often, and how soon, is looked again where a folder goes while it is read: it is on its way to somewhere."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A deck as it is shown.

    Attributes:
        deck: The deck.
        frame: Its page without the slides.
        states: What tells whether its files have changed, by their paths in the deck's folder.
        version: Counts what has been shown of the talk.
    """

    deck: Deck
    frame: str
    states: Mapping[str, object]
    version: int

    @property
    def html(self) -> str:
        """The whole page."""
        return self.deck.page(self.deck.stacks)


PATIENT = frozenset({Code.RECORDING_MISSING, Code.RECORDING_STALE})
"""What is mended by running a module again, which happens while the last outputs are shown."""

FORGIVEN = frozenset({Code.STEP_UNRECORDED, Code.RECORDING_ORPHAN})
"""What only matters once the author records and builds."""

SEEN = frozenset({Code.STEP_MOVED})
"""What the author is told, and sees best on the slide: which lines a step means now."""

FROM_OUTPUTS = frozenset(
    {Code.OUTPUT_NOTHING, Code.FIGURE_ALT, Code.PARITY_VALUE, Code.PARITY_SHAPE, Code.PARITY_DIFFERS}
)
"""What cannot be known while outputs are of other code."""


@dataclass(slots=True)
class Live:
    """The project as it stands.

    Attributes:
        root: The folder of `mkdocs.yml`.
        fresh: What came of modules that ran because their recordings do not fit, by their paths.
        failed: Why there is nothing of others, by their paths.
        project: As it was loaded last, with or without mistakes.
        good: As it was loaded last without mistakes, or first with them: what the decks show.
        decks: The last good ones, by the talk's name; those that have never been good, as far as they can be shown.
            That of a talk that is gone stays: files come back, and a page that is loaded meanwhile must hear of it.
        unrecorded: The modules, by their paths, of which the decks show what is recorded nowhere.
    """

    root: Path
    fresh: dict[str, Recording] = field(default_factory=dict)
    failed: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    project: Project = field(init=False)
    good: Project = field(init=False)
    decks: dict[str, Shown] = field(default_factory=dict)
    unrecorded: frozenset[str] = frozenset()
    _poor: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        memo.turn()
        self.update()
        self.good = self.project

    @property
    def waiting(self) -> tuple[Module, ...]:
        """The modules whose recordings do not fit."""
        return _unfit(self.project)

    @property
    def outdated(self) -> tuple[Module, ...]:
        """The modules of which the decks show what other code gave."""
        return _unfit(self.good)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the author has to mend."""
        seen = (problem for problem in self.project.problems if problem.code in SEEN)
        failed = (problem for module in self.waiting for problem in self.failed.get(module.path, ()))
        return (*self._obstacles(), *seen, *failed)

    def _obstacles(self) -> tuple[Problem, ...]:
        """What keeps a newer state from being shown."""
        passed = PATIENT | FORGIVEN | SEEN | (FROM_OUTPUTS if self.waiting else frozenset())
        return tuple(problem for problem in self.project.problems if problem.code not in passed)

    def places(self) -> Iterator[Path]:
        """What has to be watched: folders, and files outside of them."""
        config = self.project.config
        folders = (config.docs, config.slides, config.snippets)
        for name in (FILE, "README.md", *folders, *config.beside, *self.project.others):
            yield self.root / name

    def update(self) -> dict[str, Message]:
        """Load the project again.

        Returns:
            What each talk's deck has to be told, by the talk's name; nothing for those that stay as they are.
        """
        self.project = self._loaded()
        obstacles = self._obstacles()
        if not obstacles:
            self.good = self.project
        self.unrecorded = frozenset(self._unrecorded())
        told: dict[str, Message] = {}
        shown: dict[str, Shown] = {}
        for name, deck in build.decks(self.project).items():
            old = self.decks.get(name)
            if obstacles and old and name not in self._poor:
                continue
            states = {path: _state(content) for path, content in deck.files.items()}
            new = Shown(deck, deck.page(()), states, old.version if old else 1)
            message = difference(old, new) if old else None
            if message:
                new = Shown(deck, new.frame, states, new.version + 1)
                told[name] = {**message, "version": new.version}
            shown[name] = new
        self._poor = (self._poor | (shown.keys() - self.decks.keys())) if obstacles else set()
        self.decks |= shown
        return told

    def rest(self) -> None:
        """Forget what the last update did not need; that takes a while, so that it waits until everybody is told."""
        memo.turn()
        gc.collect(1)  # what is new only: the server's threshold, made for thousands of slides, lets megabytes wait

    def _unrecorded(self) -> Iterator[str]:
        if not self.fresh:
            return
        modules = [module for module in self.good.modules.values() if module.path in self.fresh]
        recorded = record.read(self.root, modules)
        for path in (module.path for module in modules):
            used, stored = self.good.recordings.get(path), recorded.get(path)
            if used and used.key == self.fresh[path].key and (stored is None or stored.key != used.key):
                yield path

    def _loaded(self) -> Project:
        for _ in range(LOOKS):
            with suppress(FileNotFoundError, NotADirectoryError):
                return build.load(self.root, self.fresh)
            time.sleep(LOOK_AGAIN_SECONDS)
        return build.load(self.root, self.fresh)


def _unfit(project: Project) -> tuple[Module, ...]:
    paths = {problem.span.path for problem in project.problems if problem.code in PATIENT}
    return tuple(module for module in project.modules.values() if module.path in paths)


def difference(old: Shown, new: Shown) -> Message | None:
    """What turns the one deck into the other in a page that shows it; None if they are the same."""
    if old.frame != new.frame:
        return {"type": "reload"}
    files = sorted(path for path, state in new.states.items() if old.states.get(path) != state)
    before, after = old.deck.stacks, new.deck.stacks
    if len(before) == len(after):  # most stacks are the very same, and need no look
        changed = [(was, now) for was, now in zip(before, after, strict=True) if was is not now]
        before, after = tuple(was for was, _ in changed), tuple(now for _, now in changed)
    known = dict(section for stack in before for section in stack)
    slides = {name: html for stack in after for name, html in stack if known.get(name) != html}
    if _order(before) == _order(after):
        same = not slides and not files
        return None if same else {"type": "slides", "slides": slides, "order": None, "names": {}, "files": files}
    names = _renamed(old.deck.talk, new.deck.talk)
    renamed = set(names.values())
    slides |= {name: html for stack in new.deck.stacks for name, html in stack if name in renamed}
    return {"type": "slides", "slides": slides, "order": _order(new.deck.stacks), "names": names, "files": files}


def _order(stacks: Iterable[Sequence[tuple[str, str]]]) -> list[list[str]]:
    """The ids of the slides, stack by stack."""
    return [[name for name, _ in stack] for stack in stacks]


def _renamed(old: Talk, new: Talk) -> dict[str, str]:
    """The ids of slides that say the same under another id, since one of their title came or went; with that."""
    known: dict[int, list[str]] = {}
    for slide in old.slides:
        known.setdefault(id(slide.body), []).append(slide.id)
    pairs = [(known.get(id(slide.body), []), slide.id) for slide in new.slides]
    return {before[0]: after for before, after in pairs if len(before) == 1 and before[0] != after}


def _state(content: Path | str | bytes) -> object:
    """What tells whether a file is the same; its content, or of one on the disk, when it was changed last."""
    if not isinstance(content, Path):
        return content
    try:
        facts = content.stat()
    except OSError:  # it has gone since the project was loaded, which the next look will find
        return None
    return facts.st_mtime_ns, facts.st_size
