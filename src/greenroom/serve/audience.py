"""What followers see of a deck: all that is on the slides, and nothing of what the speaker has beside them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

Message = Mapping[str, Any]

FOR_FOLLOWERS = frozenset({"reload", "slides", "stage", "at", "marks", "seen", "ran", "gone"})
"""The types of the messages that concern followers; they are told no other, whoever it is meant for."""

_SUSPECT = re.compile(r'\bnotes\b|class="[^"]*\bread\b|<!--', re.IGNORECASE)


def public(message: Message) -> Message | None:
    """What followers are told of a message; None if nothing."""
    if message["type"] not in FOR_FOLLOWERS:
        return None
    if message["type"] != "slides":
        return message
    slides = {name: without_notes(html) for name, html in message["slides"].items()}
    return {**message, "slides": slides}


Stack = Sequence[tuple[str, str]]


def stacks(whole: Iterable[Stack]) -> tuple[Stack, ...]:
    """A deck's sections without notes."""
    return tuple(tuple((name, without_notes(html)) for name, html in stack) for stack in whole)


@lru_cache(maxsize=20_000)
def without_notes(html: str) -> str:
    """A section without what reveal.js takes for notes, comments, and the way to the docs, which have the notes too."""
    if not _SUSPECT.search(html):
        return html
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(f"<!doctype html><html><body>{html}</body></html>")
    for node in page.css("aside.notes, .step-note, a.read"):
        node.decompose()
    for node in page.css("[data-notes]"):
        del node.attrs["data-notes"]
    body = page.body
    inner = body.inner_html if body else None
    return re.sub(r"<!--.*?-->", "", inner or "", flags=re.DOTALL)
