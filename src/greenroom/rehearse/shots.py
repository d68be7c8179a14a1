"""Takes pictures of slides, as they are seen at their steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.rehearse.screens import screen, share
from greenroom.rehearse.visit import MEASURE, PATIENCE

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

LAST = 0
"""The step that is a slide's last, however many it has."""

ALL: frozenset[int] = frozenset()
"""All steps of a slide."""

_LINKS = """() => [...Reveal.getCurrentSlide().querySelectorAll("a[href]")].map((link) => {
  const { left, top, width, height } = link.getBoundingClientRect();
  return [link.getAttribute("href"), [left, top, width, height]];
})"""

# Where a slide stands in the deck is not what it looks like.
_BARE = ".reveal .controls, .reveal .progress, .reveal .slide-number { display: none !important }"


@dataclass(frozen=True, slots=True)
class Roll:
    """Slides of a deck to be taken in one size and one scheme.

    Attributes:
        page: The deck's file.
        size: `1280x720`.
        scheme: `light` or `dark`.
        slides: Their ids, with the steps to take of each, from 1.
        bare: Whether to leave out what tells where in the deck a slide stands.
    """

    page: Path
    size: str
    scheme: str
    slides: Mapping[str, frozenset[int]] = field(hash=False)
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a slide.

    Attributes:
        slide: Its id.
        step: Which of its steps, as it was wanted.
        png: The picture.
        links: Where in it links are: left, top, width and height, by the address.
    """

    slide: str
    step: int
    png: bytes = field(repr=False)
    links: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


Taken = Callable[[Roll, Shot], None]


def take(rolls: Sequence[Roll], pages: int, taken: Taken) -> None:
    """Take pictures.

    Args:
        rolls: Of what, in the order in which they are begun.
        pages: How many decks to have open at a time.
        taken: Told of each.

    Raises:
        NoBrowserError: If there is none.
    """
    share(rolls, pages, lambda chromium, roll: _roll(chromium, roll, taken))


async def _roll(chromium: Browser, roll: Roll, taken: Taken) -> None:
    """Take the pictures of a roll; a slide at which the page is lost has none from there on."""
    from playwright.async_api import Error

    left = list(roll.slides)
    while left:
        context = await screen(chromium, roll.size, roll.scheme)
        try:
            page = await _open(context, roll)
            while left:
                name = left.pop(0)
                async with asyncio.timeout(PATIENCE / 1000):
                    await _slide(page, name, roll.slides[name], lambda shot: taken(roll, shot))
        except (Error, TimeoutError):
            continue
        finally:
            await context.close()


async def _open(context: BrowserContext, roll: Roll) -> Page:
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await page.add_init_script(path=MEASURE)
    await page.goto(roll.page.as_uri())
    await page.wait_for_function("window.Reveal && Reveal.isReady()")
    if roll.bare:
        await page.add_style_tag(content=_BARE)
    return page


async def _slide(page: Page, name: str, steps: frozenset[int], taken: Callable[[Shot], None]) -> None:
    async def shoot(step: int) -> None:
        links = {str(address): tuple(place) for address, place in await page.evaluate(_LINKS)}
        taken(Shot(name, step, await page.screenshot(), links))

    await page.evaluate("(id) => greenroom.go(id)", name)
    step = 1
    while True:
        if step in steps or steps is ALL:
            await shoot(step)
        if steps and step >= max(steps) and LAST not in steps:
            return
        if not await page.evaluate("greenroom.forward()"):
            break
        step += 1
    if LAST in steps:
        await shoot(LAST)
