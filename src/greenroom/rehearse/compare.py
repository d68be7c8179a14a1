"""What looks otherwise than at another time: the slides of two versions of a project, held side by side."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from greenroom import build, output
from greenroom.build import Deck, Project
from greenroom.model import Span
from greenroom.rehearse import cache, shots
from greenroom.rehearse.shots import ALL, Roll, Shot
from greenroom.rehearse.unlike import Difference, difference

KINDS = ("changed", "added", "removed", "moved")


@dataclass(frozen=True, slots=True)
class Pair:
    """A step before and after.

    Attributes:
        step: Its number now, or what it was if it is no more.
        before: The picture; None if there was none.
        after: The picture; None if there is none any more.
        difference: Between them, if there are both.
    """

    step: int
    before: bytes | None
    after: bytes | None
    difference: Difference | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A slide that is no more what it was.

    Attributes:
        kind: One of `KINDS`.
        talk: The title of its talk.
        slide: Its id.
        title: Its title.
        span: Where it is; where it was if it is no more.
        scheme: The colour scheme in which that is seen.
        pairs: Its steps that differ; of one that was added or removed, all; none of one that was only moved.
        places: If it was moved, its place in the talk before and now, from 1.
    """

    kind: str
    talk: str
    slide: str
    title: str
    span: Span
    scheme: str
    pairs: tuple[Pair, ...] = ()
    places: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it.

    Attributes:
        changes: In the order of the talks; where a slide was removed, it comes after the one before it.
        slides: How many slides there are now.
        size: In which they were seen.
    """

    changes: tuple[Change, ...]
    slides: int
    size: str


Follow = Callable[[int, int], None]
"""Told how many slides were seen, of how many."""


def compare(before: Project, after: Project, follow: Follow) -> Comparison:
    """Compare the slides of a project with those of another version of it.

    They are looked at in the first size and scheme that the project rehearses in; in the other schemes, only those that
    look the same there.

    Args:
        before: The project as it was.
        after: The project as it is, which says in what size and schemes.
        follow: Told how far it is.
    """
    size = "x".join(map(str, after.config.sizes[0]))
    then, now = build.decks(before), build.decks(after)
    talks = [_Talk(then.get(name), now.get(name)) for name in dict.fromkeys([*now, *then])]
    with TemporaryDirectory(prefix="greenroom-") as folder:
        for talk in talks:
            talk.write(Path(folder))
        for scheme in after.config.schemes:
            _look(talks, size, scheme, follow)
    changes = tuple(change for talk in talks for change in talk.changes())
    return Comparison(changes, sum(len(talk.after) for talk in talks), size)


def _look(talks: Sequence[_Talk], size: str, scheme: str, follow: Follow) -> None:
    """Take pictures of what may differ, and has not been seen to."""
    rolls = {roll: (talk, side) for talk in talks for side, roll in talk.rolls(size, scheme)}
    total = sum(len(roll.slides) for roll in rolls)
    seen: set[tuple[int, str]] = set()

    def taken(roll: Roll, shot: Shot) -> None:
        talk, side = rolls[roll]
        talk.steps.setdefault((side, scheme, shot.slide), []).append(shot.png)
        seen.add((id(roll), shot.slide))
        follow(len(seen), total)

    if rolls:
        follow(0, total)
        shots.take(list(rolls), 2, taken)


class _Talk:
    """A talk, before and after."""

    def __init__(self, before: Deck | None, after: Deck | None) -> None:
        self._decks = {side: deck for side, deck in (("before", before), ("after", after)) if deck}
        names = {side: [name for stack in deck.stacks for name, _ in stack] for side, deck in self._decks.items()}
        self.before, self.after = names.get("before", []), names.get("after", [])
        equal = _equal(before, after) if before and after else frozenset()
        self._open = {side: [name for name in own if name not in equal] for side, own in names.items()}
        self._pages: dict[str, Path] = {}
        self.steps: dict[tuple[str, str, str], list[bytes]] = {}  # by side, scheme and slide
        self._pairs: dict[tuple[str, str], tuple[Pair, ...]] = {}

    def write(self, folder: Path) -> None:
        """Write the decks of which anything is to be seen."""
        for side, deck in self._decks.items():
            if self._open[side]:
                place = folder / side / deck.talk.name
                output.write(place, {**deck.files, "index.html": deck.page(deck.stacks)})
                self._pages[side] = place / "index.html"

    def rolls(self, size: str, scheme: str) -> Iterator[tuple[str, Roll]]:
        """What is to be seen in a scheme, of both sides: what did not differ in those before."""
        seen = self._seen()
        for side, page in self._pages.items():
            if slides := {name: ALL for name in self._open[side] if name not in seen}:
                yield side, Roll(page, size, scheme, slides, bare=True)

    def _seen(self) -> dict[str, str]:
        """The slides that were seen to differ, each with the scheme in which they do."""
        views = dict.fromkeys((name, scheme) for _, scheme, name in self.steps)
        return {name: scheme for name, scheme in views if self._differs(name, scheme)}

    def _differs(self, name: str, scheme: str) -> tuple[Pair, ...]:
        if (name, scheme) not in self._pairs:
            before, after = (self.steps.get((side, scheme, name), []) for side in ("before", "after"))
            self._pairs[name, scheme] = tuple(_pairs(before, after))
        return self._pairs[name, scheme]

    def changes(self) -> Iterator[Change]:
        """The slides that are no more what they were, in their order."""
        seen = self._seen()
        moved = _moved(self.before, self.after)
        for name in _merged(self.before, self.after):
            places = None
            if name not in self.after:
                kind = "removed"
            elif name not in self.before:
                kind = "added"
            else:
                places = (self.before.index(name) + 1, self.after.index(name) + 1) if name in moved else None
                kind = "changed" if name in seen else "moved"
                if name not in seen and not places:
                    continue
            talk = self._decks["before" if kind == "removed" else "after"].talk
            slides = {slide.id: slide for slide in talk.placed}
            slide = slides.get(name) or slides[name.removesuffix("-output")]
            scheme = seen.get(name, "")
            pairs = self._differs(name, scheme) if scheme else ()
            yield Change(kind, talk.title, name, slide.title or name, slide.span, scheme, pairs, places)


def _equal(before: Deck, after: Deck) -> frozenset[str]:
    """The slides that are made of the same."""
    (shared, then), (now_shared, now) = cache.looks(before), cache.looks(after)
    if shared != now_shared:
        return frozenset()
    return frozenset(name for name, look in now.items() if then.get(name) == look)


def _pairs(before: Sequence[bytes], after: Sequence[bytes]) -> Iterator[Pair]:
    """The steps that differ, those that are the same standing beside each other."""
    same = SequenceMatcher(a=before, b=after, autojunk=False)
    for what, first, last, begin, end in same.get_opcodes():
        if what == "equal":
            continue
        for old, new in zip_longest(range(first, last), range(begin, end)):
            if old is None or new is None:
                step = (new if old is None else old) + 1
                yield Pair(step, None if old is None else before[old], None if new is None else after[new])
            elif found := difference(before[old], after[new]):
                yield Pair(new + 1, before[old], after[new], found)


def _moved(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    """What stands elsewhere among those that there were and are: all but the most that kept their order."""
    place = {name: number for number, name in enumerate(before)}
    common = [name for name in after if name in place]
    ends: list[str] = []  # of the runs of each length that kept their order, the one that ends first
    behind: dict[str, str] = {}
    for name in common:
        length = bisect_left(ends, place[name], key=place.__getitem__)
        behind[name] = ends[length - 1] if length else ""
        ends[length : length + 1] = [name]
    kept = set()
    last = ends[-1] if ends else ""
    while last:
        kept.add(last)
        last = behind[last]
    return frozenset(common) - kept


def _merged(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """All names in the order they have now, each of those that are gone after the one that it came after."""
    gone: dict[str, list[str]] = {}
    last = ""
    for name in before:
        if name in after:
            last = name
        else:
            gone.setdefault(last, []).append(name)
    return [*gone.get("", ()), *(each for name in after for each in (name, *gone.get(name, ())))]


def counts(changes: Sequence[Change]) -> Mapping[str, int]:
    """How many changes there are of each kind."""
    return {kind: count for kind in KINDS if (count := sum(change.kind == kind for change in changes))}
