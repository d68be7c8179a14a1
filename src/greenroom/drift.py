"""Whether a step still stands on the lines for which it was recorded.

Code changes under a walk: lines are inserted above a number, a symbol gets another name and its old one is left in a
comment, a text comes to stand in more lines. So what each step was taken for is recorded, and held against what it is
taken for now. It may differ in nothing that could let the step slide:

- a region or a symbol is the same one, by its full name. Its lines may change, but none may now stand outside of it;
- a text stands in as many lines, and each of them says the same, or is edited where it stands: between the same lines;
- lines given by their numbers say the same. Where lines that say the same stand in the listing twice, those around
  them tell which are meant, and must be the same, too.

How far lines are indented does not count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from greenroom.model import Meaning, Passage

_MOST_LETTERS = 100
"""How much of the lines is shown in a message."""


def meaning(selector: str, text: str, kind: str, name: str, code: str, lines: Sequence[int]) -> Meaning:
    """What a step is taken for.

    Args:
        selector: The listing's.
        text: The step, as it is written.
        kind: `region`, `symbol`, `lines` or `text`.
        name: The region's or symbol's, or the alternative of the step that was taken.
        code: The listing's.
        lines: The lines of the listing, from 1.
    """
    content = [line.strip() for line in code.split("\n")]
    if kind in ("region", "symbol"):
        own = tuple(content[line - 1] for line in lines)
        rest = tuple(each for line, each in enumerate(content, 1) if line not in lines)
        return Meaning(selector, text, kind, name, (Passage(own),), rest)
    passages = (_passage(content, *run, edited=kind == "text") for run in _runs(lines))
    return Meaning(selector, text, kind, name, tuple(passages))


def moved(old: Meaning, new: Meaning) -> bool:
    """Whether a step no longer means what it was recorded for."""
    if (old.kind, old.name) != (new.kind, new.name):
        return True
    if new.kind in ("region", "symbol"):
        return bool(_left(old, new))
    if new.kind == "lines":
        return old.passages != new.passages
    if sorted(_lines(old)) == sorted(_lines(new)):
        return False
    if len(old.passages) != len(new.passages):
        return True
    return not all(_same_place(*pair) for pair in zip(old.passages, new.passages, strict=True))


def described(old: Meaning, new: Meaning) -> tuple[str, str]:
    """What a step was recorded for, and what it is taken for now, in a line each that tells them apart."""
    if (old.kind, old.name) != (new.kind, new.name):
        return _whole(old), _whole(new)
    if left := _left(old, new):
        return f"{_whole(old)}, with: {_line(left)}", f"{_whole(new)}, without: {_line(left)}"
    then, now = _lines(old), _lines(new)
    if len(then) < len(now):
        return _count(then), f"{_count(now)}; new: {_line(_without(now, then))}"
    if len(then) > len(now):
        return f"{_count(then)}; gone: {_line(_without(then, now))}", _count(now)
    differing = [pair for pair in zip(then, now, strict=True) if pair[0] != pair[1]]
    if differing:
        return _line([was for was, _ in differing]), _line([line for _, line in differing])
    return _line(_lines(old, around=True)), _line(_lines(new, around=True))


def _runs(lines: Sequence[int]) -> list[tuple[int, int]]:
    """The first and last of the lines that follow each other."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return runs


def _passage(content: Sequence[str], first: int, last: int, *, edited: bool) -> Passage:
    """Lines with so many above and below as tell where in the listing they stand, also once they are `edited`.

    Blank lines around them tell nothing, and are left out.
    """

    def around(start: int, count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        above = [line for line in content[:start] if line]
        below = [line for line in content[start + size :] if line]
        return tuple(above[max(len(above) - count, 0) :]), tuple(below[:count])

    size = last - first + 1
    lines = tuple(content[first - 1 : last])
    others = [
        start
        for start in range(len(content) - size + 1)
        if start != first - 1 and (edited or tuple(content[start : start + size]) == lines)
    ]
    counts = range(1 if edited else 0, len(content))
    enough = (count for count in counts if around(first - 1, count) not in {around(start, count) for start in others})
    return Passage(lines, *around(first - 1, next(enough, len(content))))


def _same_place(old: Passage, new: Passage) -> bool:
    if len(old.lines) != len(new.lines):
        return False
    return old.lines == new.lines or (old.above, old.below) == (new.above, new.below)


def _left(old: Meaning, new: Meaning) -> list[str]:
    """The lines that a region or symbol had, and that stand outside of it now."""
    return [line for line in _without(_lines(old), _lines(new)) if line in new.rest and re.search(r"\w", line)]


def _whole(meaning: Meaning) -> str:
    lines = "" if meaning.kind in ("region", "symbol") else f": {_line(_lines(meaning))}"
    return f"the {meaning.kind} `{meaning.name}`{lines}"


def _lines(meaning: Meaning, *, around: bool = False) -> list[str]:
    parts = ((*each.above, *each.lines, *each.below) if around else each.lines for each in meaning.passages)
    return [line for part in parts for line in part]


def _without(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    """The lines that are not among the others, or not as often."""
    left = Counter(lines) - Counter(others)
    return [line for line in dict.fromkeys(lines) if left[line]]


def _count(lines: Sequence[str]) -> str:
    return f"{len(lines)} line{'' if len(lines) == 1 else 's'}"


def _line(lines: Sequence[str]) -> str:
    text = " | ".join(filter(None, lines)) or "a blank line"
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
