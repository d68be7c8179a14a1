"""The browser: shows the slides of decks, each at every step, and gathers what measure.js says of them.

Pages are offline. What they ask of another host is written down, and refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenroom import assets
from greenroom.rehearse.findings import NOWHERE, Mark
from greenroom.rehearse.screens import screen, share

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

MEASURE = Path(__file__).with_name("measure.js")

PATIENCE = 60_000
"""Milliseconds that a page may take to open."""

HANGS = 60
"""Seconds after which a slide is given up."""

STEP = "greenroom: step "
"""What measure.js says to the console, with the number, when a slide goes on."""

States = list[tuple[int, list[Mark]]]
"""What was found on a slide: its steps, from 1, with the marks of each."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Some slides of a deck, to be seen in one size and one scheme.

    Attributes:
        page: The deck's file.
        root: The folder that it is published with: what lies in it is within reach.
        sections: The HTML of all slides of the deck, by their ids.
        slides: The ids of those to see.
        size: `1280x720`.
        scheme: `light` or `dark`.
        access: Whether axe-core looks, too. It always does where a slide is a page that one scrolls.
        moves: Whether to watch what moves; otherwise nothing does.
    """

    page: Path
    root: Path
    sections: dict[str, str] = field(repr=False)
    slides: tuple[str, ...]
    size: str
    scheme: str
    access: bool = False
    moves: bool = False


Seen = Callable[[Visit, str, States], None]
"""Told of each slide that was seen; of the deck as a whole under the id ""."""


def see(visits: Sequence[Visit], pages: int, seen: Seen) -> None:
    """Go through slides in a browser.

    Args:
        visits: Which ones, in the order in which they are begun.
        pages: How many to see at a time.
        seen: Told of each.

    Raises:
        NoBrowserError: If there is none.
    """

    async def walk(chromium: Browser, visit: Visit) -> None:
        states = await _Walk(visit, chromium).through()
        for name in ("", *visit.slides):
            seen(visit, name, states[name])

    share(visits, pages, walk)


@dataclass(slots=True)
class _Walk:
    """One visit, as it goes on."""

    visit: Visit
    chromium: Browser
    states: dict[str, States] = field(default_factory=dict)
    slide: str = ""
    step: int = 0

    async def through(self) -> dict[str, States]:
        from playwright.async_api import Error

        self.states = {name: [] for name in ("", *self.visit.slides)}
        left = list(self.visit.slides)
        while left:
            try:
                await self._page(left)
            except (Error, TimeoutError) as error:
                hangs = isinstance(error, TimeoutError)
                text = f"it has hung for {HANGS} s" if hangs else _line(str(error))
                self._mark("console", {"text": text})
                if not self.slide:
                    break  # it does not even start
                left = left[left.index(self.slide) + 1 :]
        return self.states

    async def _page(self, left: list[str]) -> None:
        """A fresh page with all that is left; it ends early where the page is lost."""
        context = await screen(self.chromium, self.visit.size, self.visit.scheme, moves=self.visit.moves)
        try:
            page = await context.new_page()
            page.set_default_timeout(PATIENCE)
            await self._open(page)
            for name in tuple(left):
                await self._see(page, name)
            left.clear()
        finally:
            await context.close()

    async def _open(self, page: Page) -> None:
        self.slide = ""
        inside = (self.visit.root.as_uri(), "data:", "blob:", "about:")
        asked: set[str] = set()

        def request(url: str) -> None:
            if not url.startswith(inside):
                asked.add(url)
                self._mark("request", {"url": url}, source=url)

        def failed(url: str, why: str | None) -> None:
            if url not in asked and why != "net::ERR_ABORTED":  # the page was left
                name = url.removeprefix(self.visit.page.parent.as_uri() + "/")
                self._mark("request-failed", {"url": name}, source=name)

        def told(kind: str, text: str, where: dict[str, Any]) -> None:
            if kind == "debug" and text.startswith(STEP):
                self.step = int(text.removeprefix(STEP))
            # What was not loaded is told above.
            if kind == "error" and not text.startswith(("Failed to load resource", "WebSocket connection")):
                self._mark("console", {"text": _line(text)}, line=self._line_at(where))

        page.on("request", lambda each: request(each.url))
        page.on("websocket", lambda each: request(each.url))
        page.on("requestfailed", lambda each: failed(each.url, each.failure))
        page.on("console", lambda each: told(each.type, each.text, dict(each.location)))
        page.on("pageerror", lambda each: told("error", str(each), _place(each.stack or "")))
        await page.add_init_script(path=MEASURE)
        await page.goto(self.visit.page.as_uri())
        await page.wait_for_function("window.Reveal && Reveal.isReady()")
        if not self.visit.moves and (self.visit.access or await page.evaluate("Reveal.isScrollView()")):
            await page.evaluate(assets.AXE.read_text(encoding="utf-8"))
        await page.evaluate("greenroom.settle()")

    async def _see(self, page: Page, name: str) -> None:
        self.slide, self.step = name, 1
        act = "(id) => greenroom.watch(id)" if self.visit.moves else "(id) => greenroom.walk(id)"
        found = await asyncio.wait_for(page.evaluate(act, name), HANGS)
        for step, marks in enumerate(found, 1):
            for mark in marks:
                self._add(name, mark, step)

    def _mark(self, code: str, more: dict[str, Any], *, source: str = "", line: str = "") -> None:
        """Something that happened: of the slide that has it in its source, or else of the one that is shown."""
        name, sections = self.slide, self.visit.sections
        clue = source or line
        if clue and not _has(sections.get(name, ""), clue):
            owner = next((each for each, html in sections.items() if _has(html, clue)), "")
            more = more if owner else {**more, "deck": True}
            name = owner or name
        where = {**NOWHERE, "source": clue}
        step = self.step if name == self.slide and name else min(1, len(name))
        self._add(name, {"code": code, "element": clue or more.get("text", ""), "clue": where, **more}, step)

    def _add(self, name: str, mark: Mark, step: int) -> None:
        if name not in self.states:
            return  # another visit sees that slide
        states = self.states[name]
        if not states or states[-1][0] != step:
            states.append((step, []))
        states[-1][1].append(mark)

    def _line_at(self, where: dict[str, Any]) -> str:
        """The line of the deck's page where a script complains, as it is written."""
        if where.get("url", "").partition("#")[0] != self.visit.page.as_uri():
            return ""
        lines = self.visit.page.read_text(encoding="utf-8").splitlines()
        number = int(where.get("lineNumber", -1))
        return lines[number].strip() if 0 <= number < len(lines) else ""


def _has(html: str, text: str) -> bool:
    return text in html or escape(text) in html


def _line(text: str) -> str:
    """The first line of a message."""
    return text.strip().partition("\n")[0][:200]


def _place(stack: str) -> dict[str, Any]:
    """Where an error comes from, from its stack."""
    for line in stack.splitlines():
        url, _, rest = line.rpartition(".html")
        number = rest.rpartition(":")[0].rpartition(":")[2] if rest.count(":") > 1 else ""
        if number.isdecimal():
            return {"url": url[url.find("file:") :] + ".html", "lineNumber": int(number) - 1}
    return {}
