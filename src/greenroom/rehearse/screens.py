"""A browser whose screens work side by side through what there is to see."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from greenroom import browser

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext

Thing = TypeVar("Thing")


def share(things: Sequence[Thing], pages: int, do: Callable[[Browser, Thing], Awaitable[None]]) -> None:
    """Do something with each thing in a browser.

    Args:
        things: In the order in which they are begun.
        pages: With how many at a time.
        do: What is done.

    Raises:
        NoBrowserError: If there is none.
    """
    asyncio.run(_share(browser.find(), things, pages, do))


async def _share(
    program: str, things: Sequence[Thing], pages: int, do: Callable[[Browser, Thing], Awaitable[None]]
) -> None:
    from playwright.async_api import async_playwright

    waiting = list(reversed(things))
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=program)

        async def work() -> None:
            while waiting:
                await do(chromium, waiting.pop())

        await asyncio.gather(*(work() for _ in range(min(pages, len(things)))))
        await chromium.close()


async def screen(chromium: Browser, size: str, scheme: str, *, moves: bool = False) -> BrowserContext:
    """A screen without a network.

    Args:
        chromium: The browser.
        size: `1280x720`.
        scheme: `light` or `dark`.
        moves: Whether things may move on it.
    """
    width, height = size.split("x")
    return await chromium.new_context(
        viewport={"width": int(width), "height": int(height)},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="no-preference" if moves else "reduce",
        offline=True,
    )
