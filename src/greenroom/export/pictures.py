"""A talk as pictures: one a slide, or one a step, the same each time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from greenroom.export import sheets
from greenroom.export.sheets import Look, Sheet
from greenroom.export.stage import Slide, Staged

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MADE_FOR = 720
"""The height of the screen that decks are made for, in px; on higher ones they are as large as there is room."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a slide.

    Attributes:
        slide: The slide.
        sheet: Which of its steps it shows.
        png: The picture.
    """

    slide: Slide
    sheet: Sheet
    png: bytes

    @property
    def name(self) -> str:
        """What its file is called."""
        return name(self.sheet)

    @property
    def notes(self) -> str:
        """What the speaker says while it is shown: of a step its own note, and at the first one what is said of all."""
        own = self.slide.step_notes
        if self.sheet["steps"] == 1:
            return "\n".join([self.slide.notes, *(f"Step {step}: {note}" for step, note in own)]).strip()
        steps = [note for step, note in own if step == self.sheet["walk"] and self.sheet["begins"]]
        return "\n".join([self.slide.notes * (self.sheet["step"] == 1), *steps]).strip()


def name(sheet: Sheet) -> str:
    """The slide's id as files may have it, with the number of the step if there are several."""
    slide = re.sub(r"[^\w.-]+", "-", str(sheet["id"]))
    return f"{slide}-{sheet['step']}" if sheet["steps"] > 1 else slide


def take(program: Browser, talk: Staged, look: Look, follow: Callable[[int, int], None]) -> Iterator[Picture]:
    """Take pictures of a talk.

    Args:
        program: The browser.
        talk: The talk.
        look: How its slides look; `size` is that of the pictures, in pixels.
        follow: Told how many are done, of how many.

    Raises:
        ExportError: If the deck does not show its slides.
    """
    slides = {slide.id: slide for slide in talk.slides}
    with sheets.laid(program, talk, _scaled(look)) as (tab, laid):
        for number, sheet in enumerate(laid):
            follow(number, len(laid))
            tab.evaluate("(number) => greenroomSheets.only(number)", number)
            png = tab.screenshot(animations="disabled", caret="hide")
            yield Picture(slides[str(sheet["id"])], sheet, png)


def _scaled(look: Look) -> Look:
    """As many pixels to a px as make a picture of the size, where whole numbers of px do."""
    width, height = look.size
    scale = height / MADE_FOR
    px = round(width / scale)
    fits = (round(px * scale), round(MADE_FOR * scale)) == look.size and abs(px * scale - width) < 1e-6
    return replace(look, size=(px, MADE_FOR), scale=scale) if scale > 1 and fits else look
