"""Whether there is time for what is to be said: words and steps against what the talk and its slides may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from greenroom import dialect
from greenroom.model import Slide, Span, Talk
from greenroom.rehearse.findings import NOTES, Code, Finding, span_of

WORDS = 150
"""A minute: what listeners follow."""

STEP = 2
"""Seconds that a step takes beside what is said: to press the key, and to let people look."""

SLACK = 1.2
"""How much longer than planned it may take by this count, which is a guess."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long a talk takes.

    Attributes:
        planned: What its front matter says, in seconds; None if it says nothing.
        words: How many its notes have.
        spoken: How long these take, with the steps, in seconds.
        silent: The ids of the slides without notes.
    """

    planned: int | None
    words: int
    spoken: float
    silent: tuple[str, ...]


def words(slide: Slide) -> int:
    """How many words the slide's notes have."""
    tokens = (*slide.notes, *(token for note in slide.step_notes for token in note.tokens))
    return sum(len(dialect.plain(token).split()) for token in tokens if token.type == "inline")


def seconds(slide: Slide) -> float:
    """How long it takes to say the slide's notes, and to walk through its steps."""
    steps = max(len(slide.walk) - 1, 0)
    return words(slide) / WORDS * 60 + steps * STEP


def times(talk: Talk) -> Times:
    """How long the talk takes."""
    silent = tuple(slide.id for slide in talk.slides if not words(slide))
    total = sum(map(words, talk.slides))
    return Times(talk.duration, total, sum(map(seconds, talk.slides)), silent)


def find(talk: Talk, lines: Sequence[str]) -> tuple[Finding, ...]:
    """What takes longer than it may, and slides without notes where most have some.

    Args:
        talk: The talk.
        lines: Its file.
    """
    counted = times(talk)
    found = []

    def tell(code: Code, slide: Slide | None, span: Span, fact: str, measure: float, hint: str) -> None:
        severity = "note" if code in NOTES else "error"
        name = slide.id if slide else ""
        found.append(Finding(span, code, severity, talk.path, name, 0, "", "", "", fact, (("seconds", measure),), hint))

    if counted.planned is not None and counted.spoken > counted.planned * SLACK:
        line = next((number for number, text in enumerate(lines, 1) if text.startswith("duration:")), 1)
        spoken, planned = clock(counted.spoken), clock(counted.planned)
        fact = f"the notes have {counted.words} words, which take {spoken}, and planned is {planned}"
        hint = f"say less, or plan more: people follow {WORDS} words a minute, and a step takes {STEP} s"
        tell(Code.TIME, None, Span(talk.path, line), fact, round(counted.spoken), hint)
    for slide in talk.placed:
        own = dict(slide.attributes).get("data-timing", "")
        if own.isdecimal() and int(own) and seconds(slide) > int(own) * SLACK:
            span = span_of(slide, {"source": "data-timing"}, lines, attribute=True)
            fact = f"what is said on the slide takes {clock(seconds(slide))}, and it has {clock(int(own))}"
            hint = f"say less, or give it more: people follow {WORDS} words a minute, and a step takes {STEP} s"
            tell(Code.TIME, slide, span, fact, round(seconds(slide)), hint)
    if len(counted.silent) <= len(talk.slides) / 2:
        for slide in talk.placed:
            if not words(slide):
                fact = f"`{slide.id}` has no notes, and most slides of the talk have"
                tell(Code.NOTES, slide, slide.span, fact, 0, "say after `Note:` what is said here")
    return tuple(found)


def clock(seconds: float) -> str:
    """Minutes and seconds: `2:05`."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"
