"""The decks as the site would have them, in a folder of their own, for whatever format they go into."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unicodedata import normalize

from greenroom import browser, build, output
from greenroom.build import Deck, Project

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext
    from selectolax.lexbor import LexborNode

    from greenroom.model import Talk

PATIENCE = 120_000
"""Milliseconds that a page may take for anything: a deck may have a thousand slides."""

ENOUGH_SECONDS = 5.0
"""How long git may take to say something."""

WORDS = 8
"""How many words stand for the title of a slide that has none."""


HIDDEN = "aside.notes, a.read, a.source, style, script, .panes > .listing ~ .listing > .captions"
"""What nobody sees of a slide, or sees elsewhere on it."""


class ExportError(Exception):
    """A talk could not be exported; what it was before is as it was."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A talk whose deck can be opened.

    Attributes:
        name: The talk's.
        page: The page of the deck; what it needs lies beside it.
        slides: Its slides.
        facts: What a document of it says of itself.
        base: Where the deck is published, which is what its links to other pages are relative to; "" if it is not.
    """

    name: str
    page: Path
    slides: tuple[Slide, ...]
    facts: Facts
    base: str


@contextmanager
def staged(project: Project, names: Collection[str]) -> Iterator[tuple[Staged, ...]]:
    """Write decks into a temporary folder.

    Args:
        project: The project, without mistakes.
        names: Of the talks.
    """
    written = date(project.root)
    site = project.config.site_url
    with TemporaryDirectory(prefix="greenroom-") as root:
        found = []
        for name, deck in build.decks(project).items():
            if name in names:
                folder = Path(root) / "slides" / name
                output.write(folder, {**deck.files, "index.html": deck.page(deck.stacks)})
                base = f"{site}slides/{name}/" if site else ""
                found.append(Staged(name, folder / "index.html", slides(deck), facts(deck.talk, written), base))
        yield tuple(found)


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide as readers of an export know it.

    Attributes:
        id: Its id in the deck.
        title: What it is called: its heading, or else how its text begins.
        below: Whether it stands below the first slide of its stack.
        text: All that it says, for those who do not see it: a line a block.
        notes: What the speaker says, likewise.
        step_notes: What is said at a step of its listings, by the number of the step.
    """

    id: str
    title: str
    below: bool
    text: str
    notes: str
    step_notes: tuple[tuple[int, str], ...]


def slides(deck: Deck) -> tuple[Slide, ...]:
    """The slides that are shown, in their order."""
    from selectolax.lexbor import LexborHTMLParser

    found: list[Slide] = []
    for stack in deck.stacks:
        shown = 0
        for name, html in stack:
            section = LexborHTMLParser(html, is_fragment=True).css_first("section")
            if section is None or section.attributes.get("data-visibility") == "hidden":
                continue
            aside = section.css_first("aside.notes")
            steps = []
            for note in section.css("aside.notes > .step-note"):
                steps.append((int(note.attributes["data-step"] or 0), _text(note)))
                note.decompose()
            notes = _text(aside) if aside else ""
            for hidden in section.css(HIDDEN):
                hidden.decompose()
            text = _text(section)
            heading = section.css_first("h1, h2, h3, h4, h5, h6")
            own = " ".join(_text(heading).split()) if heading else ""
            before = next((each.title for each in found if f"{each.id}-output" == name), "")
            title = own or (f"{before}: output" if before else "") or _beginning(text) or name
            found.append(Slide(name, title, shown > 0, text, notes, tuple(steps)))
            shown += 1
    return tuple(found)


_BLOCK = re.compile(
    "address|article|aside|audio|blockquote|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|iframe|li|"
    "main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul|video"
)


def _text(node: LexborNode) -> str:
    """What an element says, pictures in words: a line for each block, lines of code as they are."""
    parts: list[str] = []

    def walk(each: LexborNode, is_code: bool) -> None:
        for child in each.iter(include_text=True):
            if child.tag == "-text":
                said = child.text_content or ""
                parts.append(said if is_code else " ".join(f".{said}.".split())[1:-1])
            elif child.tag == "img":
                parts.append(child.attributes.get("alt") or "")
            elif child.tag == "br":
                parts.append("\n")
            elif child.tag == "math":
                parts.append(_formula(child))
            elif _BLOCK.fullmatch(child.tag or ""):
                parts.append("\n")
                walk(child, is_code or child.tag == "pre")
                parts.append("\n")
            else:
                walk(child, is_code)

    walk(node, node.tag == "pre")
    return "\n".join(line.rstrip() for line in "".join(parts).split("\n") if line.strip())


def _formula(math: LexborNode) -> str:
    """A formula as its author writes it, or, in a line of text, its letters alone."""
    written = math.css_first("annotation")
    if written and math.attributes.get("display") == "block":
        return f"\n{written.text(strip=True)}\n"
    if written:
        written.decompose()
    return _MATH_LETTERS.sub(lambda match: normalize("NFKC", match[0]), math.text(strip=True))


_MATH_LETTERS = re.compile("[\U0001d400-\U0001d7ff]")


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:WORDS]) + ("…" if len(words) > WORDS else "")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, for as long as the block takes.

    Raises:
        NoBrowserError: If there is none.
        ExportError: If it fails at what the block asks of it.
    """
    from playwright.sync_api import Error, sync_playwright

    program = browser.find()
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=program)
            yield launched
            launched.close()
        except Error as error:
            raise ExportError(f"the browser fails: {error.message.strip().partition(chr(10))[0]}") from error


def date(root: Path) -> datetime | None:
    """The time that documents have: `SOURCE_DATE_EPOCH`, or when the project was committed last; or none."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not seconds:
        with suppress(OSError, subprocess.SubprocessError):
            command = ["git", "log", "-1", "--format=%ct"]
            done = subprocess.run(command, cwd=root, capture_output=True, timeout=ENOUGH_SECONDS, check=True)  # noqa: S603
            seconds = done.stdout.decode().strip()
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document says of itself.

    Attributes:
        title: Its title.
        author: Who wrote it, or "".
        subject: What it is about, or "".
        language: Its language, as in `en` or `pt-BR`.
        date: When it was last changed; None if it does not say.
    """

    title: str
    author: str = ""
    subject: str = ""
    language: str = "en"
    date: datetime | None = None


def facts(talk: Talk, written: datetime | None) -> Facts:
    """What the document of a talk says of itself.

    Args:
        talk: The talk.
        written: When it was last changed, if that is known.
    """
    author = talk.meta.get("author") or ""
    names = ", ".join(map(str, author)) if isinstance(author, list | tuple) else str(author)
    subject = str(talk.meta.get("subtitle") or talk.meta.get("description") or "")
    language = str(talk.meta.get("lang") or "en").replace("_", "-")
    return Facts(talk.title, names, subject, language, written)


@contextmanager
def opened(program: Browser, size: tuple[int, int], scheme: str, scale: float = 1) -> Iterator[BrowserContext]:
    """A screen on which nothing moves and no other host can be reached.

    Args:
        program: The browser.
        size: Of the screen, in px.
        scheme: `light` or `dark`.
        scale: How many pixels of a picture one px of it is.
    """
    width, height = size
    context = program.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=scale,
        reduced_motion="reduce",
        offline=True,
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        context.close()
