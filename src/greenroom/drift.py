"""Whether a step still stands on the lines for which it was recorded.

Code changes under a walk: lines are inserted above a number, a symbol gets another name and its old one is left in a
comment, a text comes to stand in more lines. So what each step was taken for is recorded, and held against what it is
taken for now. It may differ in nothing that could let the step slide:

- a region or a symbol is the same one, by its full name; its lines may change;
- a text stands in as many lines, and each of them says the same, or is edited where it stands: between the same lines;
- lines given by their numbers say the same. Where lines that say the same stand in the listing twice, those around
  them tell which are meant, and must be the same, too.

How far lines are indented does not count.
"""

from __future__ import annotations

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
    if kind in ("region", "symbol"):
        return Meaning(selector, text, kind, name)
    content = [line.strip() for line in code.split("\n")]
    least = 1 if kind == "text" else 0
    return Meaning(selector, text, kind, name, tuple(_passage(content, *run, least) for run in _runs(lines)))


def moved(old: Meaning, new: Meaning) -> bool:
    """Whether a step no longer means what it was recorded for."""
    if (old.kind, old.name) != (new.kind, new.name):
        return True
    if new.kind == "lines":
        return old.passages != new.passages
    if [line for each in old.passages for line in each.lines] == [line for each in new.passages for line in each.lines]:
        return False
    if len(old.passages) != len(new.passages):
        return True
    return not all(_same_place(*pair) for pair in zip(old.passages, new.passages, strict=True))


def described(old: Meaning, new: Meaning) -> tuple[str, str]:
    """What a step was recorded for, and what it is taken for now, in a line each that tells them apart."""
    if old.kind != new.kind or old.name != new.name:
        return _named(old), _named(new)
    if _lines(old, around=False) != _lines(new, around=False):
        return _lines(old, around=False), _lines(new, around=False)
    return _lines(old, around=True), _lines(new, around=True)


def _runs(lines: Sequence[int]) -> list[tuple[int, int]]:
    """The first and last of the lines that follow each other."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], line)
        else:
            runs.append((line, line))
    return runs


def _passage(content: Sequence[str], first: int, last: int, least: int) -> Passage:
    """The lines, with so many above and below as tell them from all others of the listing, but no fewer than `least`.

    Blank lines around them tell nothing, and are left out.
    """

    def around(start: int, end: int, count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        above = [line for line in content[:start] if line][-count:] if count else []
        below = [line for line in content[end:] if line][:count]
        return tuple(above), tuple(below)

    lines = tuple(content[first - 1 : last])
    twins = [
        (start, start + len(lines))
        for start in range(len(content) - len(lines) + 1)
        if start != first - 1 and tuple(content[start : start + len(lines)]) == lines
    ]
    own = around(first - 1, last, least)
    for count in range(least, len(content) + 1):
        own = around(first - 1, last, count)
        if all(around(*twin, count) != own for twin in twins):
            break
    return Passage(lines, *own)


def _same_place(old: Passage, new: Passage) -> bool:
    if len(old.lines) != len(new.lines):
        return False
    return old.lines == new.lines or (old.above[-1:], old.below[:1]) == (new.above[-1:], new.below[:1])


def _named(meaning: Meaning) -> str:
    if meaning.kind in ("region", "symbol"):
        return f"the {meaning.kind} `{meaning.name}`"
    return f"the {meaning.kind} `{meaning.name}`: {_lines(meaning, around=False)}"


def _lines(meaning: Meaning, *, around: bool) -> str:
    parts = [
        line
        for passage in meaning.passages
        for line in ((*passage.above, *passage.lines, *passage.below) if around else passage.lines)
    ]
    text = " | ".join(parts)
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
