"""Decks laid out on sheets, as large as paper or a picture: all slides of a deck, each once or at each of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenroom.export import stage
from greenroom.export.stage import ExportError, Staged

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent

SCRIPTS = '<script src="assets/deck.js"></script>'
"""Where in the page of a deck sheets.js is put."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the slides of a talk look.

    Attributes:
        size: As on a screen of this size, in px.
        scheme: `light` or `dark`.
        steps: Whether each step of a slide has a sheet of its own.
        notes: Whether the speaker's notes stand below the slide, on sheets of A4.
        scale: How many pixels of a picture a px is.
    """

    size: tuple[int, int] = (1280, 720)
    scheme: str = "light"
    steps: bool = False
    notes: bool = False
    scale: float = 1


Sheet = Mapping[str, Any]
"""What sheets.js says of a sheet: `id`, `step`, `steps`, `walk`, `begins` and `part`."""


@contextmanager
def laid(program: Browser, talk: Staged, look: Look) -> Iterator[tuple[Page, tuple[Sheet, ...]]]:
    """Lay a deck out on sheets.

    Args:
        program: The browser.
        talk: The deck's talk.
        look: How the slides look.

    Yields:
        The page with the sheets on it, one below the other, and what they are.

    Raises:
        ExportError: If they are not the slides.
    """
    printed = talk.page.with_name("sheets.html")
    printed.write_text(_prepared(talk.page.read_text(encoding="utf-8"), whole=not look.steps), encoding="utf-8")
    with stage.opened(program, look.size, look.scheme, look.scale) as context:
        tab = context.new_page()
        steps = "true" if look.steps else "false"
        tab.goto(f"{printed.as_uri()}?view=print&pdfSeparateFragments={steps}&pdfMaxPagesPerSlide=1&showNotes=false")
        tab.wait_for_function("greenroomSheets.ready")
        tab.emulate_media(media="print")  # not before: until it is ready, a deck is printed without sheets
        _wait(tab)
        tab.evaluate("greenroomSheets.media()")
        width, height = look.size
        options = {"width": width, "height": height, "scheme": look.scheme, "steps": look.steps, "notes": look.notes}
        lay = "(options) => greenroomSheets.lay(options)"
        sheets = tuple(tab.evaluate(lay, {**options, "base": talk.base, "title": talk.facts.title}))
        check(sheets, [slide.id for slide in talk.slides])
        _wait(tab)
        yield tab, sheets


def _prepared(html: str, *, whole: bool) -> str:
    """The page of a deck with what makes sheets of it."""
    style = (HERE / "sheets.css").read_text(encoding="utf-8")
    script = (HERE / "sheets.js").read_text(encoding="utf-8")
    ours = f"<script{' data-whole' * whole}>{script}</script>\n"
    return html.replace("</head>", f"<style>{style}</style>\n</head>", 1).replace(SCRIPTS, ours + SCRIPTS, 1)


def _wait(tab: Page) -> None:
    """Wait until pages in the page, and fonts, are there."""
    for frame in tab.frames:
        frame.wait_for_load_state()
    tab.evaluate("document.fonts.ready.then(() => {})")


def check(laid: Sequence[Sheet], slides: Sequence[str]) -> None:
    """Make sure that each slide has its sheets, and that nothing else does.

    Args:
        laid: The sheets.
        slides: The ids of the slides.

    Raises:
        ExportError: If not.
    """
    shown = [str(sheet["id"]) for sheet in laid if sheet["step"] == 1 and sheet["part"] == 1]
    if shown == list(slides):
        return
    missing = [f"no sheet for `{name}`" for name in slides if name not in shown]
    other = [f"a sheet for `{name}`" for name in shown if name not in slides]
    twice = [f"{shown.count(name)} sheets for `{name}`" for name in dict.fromkeys(shown) if shown.count(name) > 1]
    wrong = [*missing, *other, *twice] or ["they are in another order"]
    raise ExportError(f"the sheets are not the slides: {'; '.join(wrong[:5])}")
