"""Slides whose listings are later versions of those before: which text of the earlier version the later one keeps.

A slide with `data-morph` comes out of the slide that is shown before it. Their listings belong together by framework,
and else in their order. What stays is found as a reader would: first lines that did not change, wherever they moved
and however far they are indented, then lines that resemble each other, and in these their tokens. A token on its own
goes to another line only if it cannot be mistaken for another one, and punctuation never does: so nothing flies across
the listing that only looks the same.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Any

from greenroom import dialect
from greenroom.memo import remembered
from greenroom.memo import same as identical
from greenroom.model import Morph, Problem, Slide, Stack, Talk
from greenroom.problems import Code

ATTRIBUTE = "data-morph"
"""What a slide says that comes out of the one before."""

Run = tuple[int, int, int]
"""Where a text starts in the earlier version, where in the later one, and its length."""


def morph(talk: Talk) -> tuple[Talk, tuple[Problem, ...]]:
    """Find what stays from slide to slide, where slides morph.

    Args:
        talk: Resolved.
    """
    if not any(_morphs(stack.slides) for stack in talk.stacks):
        return talk, ()
    slides: dict[str, Slide] = {}
    faults: dict[str, tuple[str, str]] = {}
    shown = [slide for slide in talk.slides if dict(slide.attributes).get("data-visibility") != "hidden"]
    for before, slide in zip([None, *shown], shown, strict=False):
        if ATTRIBUTE not in dict(slide.attributes):
            continue
        if before is None:
            faults[slide.id] = "there is no slide before this one", "take `data-morph` out"
            continue
        earlier, later, fault = _between(slides.get(before.id, before), slide)
        slides |= {earlier.id: earlier, later.id: later}
        if fault is not None:
            faults[slide.id] = fault
    placed = talk.placed if faults else ()
    problems = tuple(Problem(each.span, Code.MORPH, *faults[each.id]) for each in placed if each.id in faults)
    if slides:
        stacks = (tuple(slides.get(each.id, each) for each in stack.slides) for stack in talk.stacks)
        moved = zip(map(_together, stacks), talk.stacks, strict=True)
        talk = replace(talk, stacks=tuple(Stack(own, stack.firsts) for own, stack in moved))
    return talk, problems


@remembered(lambda slides: identical(slides))
def _morphs(slides: tuple[Slide, ...]) -> bool:
    return any(ATTRIBUTE in dict(slide.attributes) for slide in slides)


@remembered(lambda slides: tuple(map(identical, slides)))
def _together(slides: tuple[Slide, ...]) -> tuple[Slide, ...]:
    """The same tuple as long as the slides are the same."""
    return slides


# --- slides ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """Code that a slide shows: a listing of one of its fences, or a fence's own."""

    fence: int
    listing: int | None
    framework: str
    language: str
    code: str


def _shown(slide: Slide) -> Iterator[_Shown]:
    places = [token.meta["fence"] for token in slide.body if "fence" in token.meta]
    for place in places:
        fence = slide.fences[place]
        if fence.option("snippet") is None:
            yield _Shown(place, None, "", fence.language, fence.code)
        elif fence.option("echo") != "false":
            for index, listing in enumerate(fence.listings):
                yield _Shown(place, index, listing.framework, fence.language or "python", listing.code)


@remembered(lambda earlier, later: (identical(earlier), identical(later)))
def _between(earlier: Slide, later: Slide) -> tuple[Slide, Slide, tuple[str, str] | None]:
    """The two slides, their listings matched; or why they cannot be, and what to do."""
    fences = (*earlier.fences, *later.fences)
    if any(fence.option("snippet") is not None and not fence.listings for fence in fences):
        return earlier, later, None  # what they refer to is wrong, which is told already
    olds, news = list(_shown(earlier)), list(_shown(later))
    pairs = list(_pairs(olds, news))
    morphs = [Morph(n, same(old.code, new.code, old.language, new.language)) for n, (old, new) in enumerate(pairs)]
    if (fault := _fault(earlier, later, olds, news, morphs)) is not None:
        return earlier, later, fault
    for each, (old, new) in zip(morphs, pairs, strict=True):
        earlier = _with(earlier, old, morphs_as=each.pair)
        later = _with(later, new, morph=each)
    return earlier, later, None


def _fault(
    earlier: Slide, later: Slide, olds: Sequence[_Shown], news: Sequence[_Shown], morphs: Iterable[Morph]
) -> tuple[str, str] | None:
    """Why a slide cannot morph, and what to do; None if it can."""
    name = f"the slide before (`{earlier.id}`)"
    hint = "put it right after the slide with the earlier version, or take `data-morph` out"
    if not news:
        return "the slide shows no code", "show the later version of the code before, or take `data-morph` out"
    if any(fence.output == "slide" for fence in earlier.fences):
        return f"the output of {name} stands between", 'place that with `output="below"`, or take `data-morph` out'
    if all("data-auto-animate" in dict(slide.attributes) for slide in (earlier, later)):
        return "`data-auto-animate` moves the same code in another way", "take one of the two attributes out"
    if not olds:
        return f"{name} shows no code", hint
    if not any(each.runs for each in morphs):
        return f"the code has nothing in common with that of {name}", hint
    return None


def _pairs(olds: Sequence[_Shown], news: Sequence[_Shown]) -> Iterator[tuple[_Shown, _Shown]]:
    """The listings that belong together: those of one framework, then what is left, each in order."""
    free = list(olds)
    found: dict[int, _Shown] = {}
    for same_kind in (True, False):
        for index, new in enumerate(news):
            fits = (old for old in free if old.framework == new.framework or not same_kind)
            if index not in found and (old := next(fits, None)):
                free.remove(old)
                found[index] = old
    return ((found[index], news[index]) for index in sorted(found))


def _with(slide: Slide, shown: _Shown, **changes: Any) -> Slide:
    fence = slide.fences[shown.fence]
    if shown.listing is None:
        fence = replace(fence, **changes)
    else:
        listings = [replace(each, **changes) if n == shown.listing else each for n, each in enumerate(fence.listings)]
        fence = replace(fence, listings=tuple(listings))
    fences = (*slide.fences[: shown.fence], fence, *slide.fences[shown.fence + 1 :])
    return replace(slide, fences=fences)


# --- code -----------------------------------------------------------------------------------------------------------

_Token = tuple[str, str]  # what colours it, and its text

_PART = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not blank: its tokens without white space, and where in the code each starts."""

    tokens: tuple[_Token, ...]
    starts: tuple[int, ...]


def _is_word(token: _Token) -> bool:
    return token[1][0].isalnum() or token[1][0] == "_"


def _lines(code: str, language: str) -> list[_Line]:
    lines = []
    start = 0
    for tokens in dialect.tokens(code, language):
        found: list[tuple[_Token, int]] = []
        for kind, text in tokens:
            # Prose changes by the word, and what has no colour is more than one token.
            parts = _PART.findall(text) if kind[:1] in ("", "c", "s") else [text]
            for part in parts:
                if not part.isspace():
                    found.append(((kind, part), start))
                start += len(part)
        if found:
            lines.append(_Line(*zip(*found, strict=True)))
        start += 1
    return lines


@remembered(lambda *texts, **languages: (texts, *sorted(languages.items())))
def same(old: str, new: str, old_language: str = "python", new_language: str = "python") -> tuple[Run, ...]:
    """The runs of text that stay from one version of a listing to the next, in the order of the later one.

    Returns:
        Runs that overlap in neither version, in UTF-16 units; each is as long as it can be, over the ends of lines too.
    """
    olds, news = _lines(old, old_language), _lines(new, new_language)
    lines = _same_lines([line.tokens for line in olds], [line.tokens for line in news])
    places = [
        (olds[i].starts[k], news[j].starts[k], len(text))
        for i, j in lines.items()
        for k, (_, text) in enumerate(olds[i].tokens)
    ]
    rarity = _rarity(olds, news)
    for gap in _gaps(lines, len(olds), len(news)):
        places += _same_tokens([olds[i] for i in gap[0]], [news[j] for j in gap[1]], rarity)
    units = _units(old), _units(new)
    return tuple(
        (units[0][i], units[1][j], units[0][i + length] - units[0][i]) for i, j, length in _joined(places, old, new)
    )


def _units(code: str) -> Sequence[int]:
    """For each character's place, how many UTF-16 units come before it."""
    if code.isascii():
        return range(len(code) + 1)
    return [0, *accumulate(1 + (character > "\uffff") for character in code)]


def _joined(places: Iterable[Run], old: str, new: str) -> Iterator[Run]:
    """What stands side by side in both versions, with the same white space between, is one run."""
    run: Run | None = None
    for place in sorted(places, key=lambda place: place[1]):
        if run:
            ends = run[0] + run[2], run[1] + run[2]
            between = new[ends[1] : place[1]]
            if old[ends[0] : place[0]] == between and ends[0] <= place[0] and not between.strip():
                run = (run[0], run[1], place[1] + place[2] - run[1])
                continue
            yield run
        run = place
    if run:
        yield run


# --- lines ----------------------------------------------------------------------------------------------------------

_Tokens = tuple[_Token, ...]


def _same_lines(olds: Sequence[_Tokens], news: Sequence[_Tokens]) -> dict[int, int]:
    """The lines that did not change: first those that keep their order, then blocks that moved."""
    matcher = SequenceMatcher(None, olds, news, autojunk=False)
    blocks = matcher.get_matching_blocks()
    telling = [block for block in blocks if _words(olds[block.a : block.a + block.size]) > 1]
    edges = [{block.a for block in telling}, {block.a + block.size for block in telling}]
    edges += [{block.b for block in telling}, {block.b + block.size for block in telling}]
    found: dict[int, int] = {}
    for block in blocks:
        i, j, size = block
        # A lone bracket says nothing, unless it goes with what stands beside it.
        if block in telling or i in edges[1] or i + size in edges[0] or j in edges[3] or j + size in edges[2]:
            found |= {i + k: j + k for k in range(size)}

    taken = set(found.values())
    left = [None if i in found else line for i, line in enumerate(olds)]
    other = [None if j in taken else line for j, line in enumerate(news)]
    for i, j, size in _moved(left, other, lambda lines, only: _words(lines) >= MOVES and (only or len(lines) > 1)):
        found |= {i + k: j + k for k in range(size)}
    return found


MOVES = 3
"""How many words lines have at least that are looked for elsewhere."""


def _words(lines: Iterable[_Tokens]) -> int:
    return sum(_is_word(token) for line in lines for token in line)


def _moved(olds: Sequence[Any], news: Sequence[Any], telling: Callable[[Sequence[Any], bool], bool]) -> Iterator[Run]:
    """The runs that both sequences have, in whatever order, the longest first.

    Args:
        olds: What is left of the earlier version; None stands for what is taken.
        news: What is left of the later one.
        telling: Whether a run is no accident; it is also told whether something in it occurs but once in both.
    """
    # Nothing equals what is taken.
    left = [("old", i) if each is None else each for i, each in enumerate(olds)]
    other = [("new", j) if each is None else each for j, each in enumerate(news)]
    while True:
        i, j, size = SequenceMatcher(None, left, other, autojunk=False).find_longest_match()
        run = left[i : i + size]
        tells = telling(run, any(left.count(each) == other.count(each) == 1 for each in run))
        if not tells and size < 2:
            return
        if tells:
            yield i, j, size
        for k in range(size):
            left[i + k], other[j + k] = ("old", i + k), ("new", j + k)


def _gaps(same: dict[int, int], olds: int, news: int) -> Iterator[tuple[list[int], list[int]]]:
    """The lines that changed: those of the earlier version between two that did not, and what stands there now."""
    changed = set(range(news)) - set(same.values())
    i = 0
    while i < olds:
        if i in same:
            i += 1
            continue
        first = i
        while i < olds and i not in same:
            i += 1
        now: list[int] = []
        j = same[first - 1] + 1 if first else 0
        while j in changed:
            now.append(j)
            changed.remove(j)
            j += 1
        j = same[i] - 1 if i < olds else news - 1
        while j in changed:
            now.append(j)
            changed.remove(j)
            j -= 1
        yield list(range(first, i)), sorted(now)


# --- tokens ---------------------------------------------------------------------------------------------------------


def _same_tokens(olds: Sequence[_Line], news: Sequence[_Line], rarity: Mapping[_Token, float]) -> Iterator[Run]:
    """The tokens that stay in lines that changed."""
    before = [(token, start) for line in olds for token, start in zip(line.tokens, line.starts, strict=True)]
    after = [(token, start) for line in news for token, start in zip(line.tokens, line.starts, strict=True)]
    left: list[_Token | None] = [token for token, _ in before]
    other: list[_Token | None] = [token for token, _ in after]

    def take(i: int, j: int, size: int) -> Iterator[Run]:
        for k in range(size):
            left[i + k] = other[j + k] = None
            yield before[i + k][1], after[j + k][1], len(before[i + k][0][1])

    firsts = [[0, *accumulate(len(line.tokens) for line in lines)] for lines in (olds, news)]
    for i, j in _pairing(_likeness(olds, news, rarity), len(olds), len(news)):
        matcher = SequenceMatcher(None, olds[i].tokens, news[j].tokens, autojunk=False)
        for k, m, size in matcher.get_matching_blocks():
            yield from take(firsts[0][i] + k, firsts[1][j] + m, size)
    if max(len(olds), len(news)) <= NEAR:
        for i, j, size in list(_moved(left, other, lambda run, only: _names(run) > (0 if only else 1))):
            yield from take(i, j, size)


def _names(tokens: Iterable[_Token]) -> int:
    """How many words there are that are more than a letter."""
    return sum(_is_word(token) and len(token[1]) > 1 for token in tokens)


NEAR = 12
"""Changed lines among which a part of one may go over to another."""


def _rarity(*versions: Sequence[_Line]) -> dict[_Token, float]:
    """What each word says about its line: the more often it occurs, the less."""
    counts = Counter(token for lines in versions for line in lines for token in line.tokens if _is_word(token))
    return {token: 1 / count for token, count in counts.items()}


def _likeness(
    olds: Sequence[_Line], news: Sequence[_Line], rarity: Mapping[_Token, float]
) -> Mapping[tuple[int, int], float]:
    """How much lines have in common, from 0 to 1, by their places."""
    words = [Counter(token for token in line.tokens if token in rarity) for line in (*olds, *news)]
    weights = [sum(rarity[token] * count for token, count in counter.items()) for counter in words]
    having = defaultdict(list)
    for j, counter in enumerate(words[len(olds) :]):
        for token, count in counter.items():
            having[token].append((j, count))
    found: dict[tuple[int, int], float] = defaultdict(float)
    for i, counter in enumerate(words[: len(olds)]):
        for token, count in counter.items():
            for j, other in having[token]:
                both = weights[i] + weights[len(olds) + j]
                found[i, j] += 2 * rarity[token] * min(count, other) / both
    if len(olds) == len(news) == 1:
        return dict.fromkeys(found, 1.0)  # what became of one line is the other, if they share anything
    return found


def _pairing(likeness: Mapping[tuple[int, int], float], olds: int, news: int) -> Iterator[tuple[int, int]]:
    """The best of all ways to pair lines that are alike and keep their order."""
    best = [[0.0] * (news + 1) for _ in range(olds + 1)]
    for i in range(olds - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(news - 1, -1, -1):
            like = likeness.get((i, j), 0.0)
            row[j] = max(below[j], row[j + 1], below[j + 1] + like if like > ALIKE else 0.0)
    i = j = 0
    while i < olds and j < news:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            yield i, j
            i, j = i + 1, j + 1


ALIKE = 0.2
"""Lines that have less in common than this are two lines."""
