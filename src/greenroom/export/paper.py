"""A document of many pages as a PDF: printed by a browser, twice, since its table of contents tells page numbers."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import unquote

from greenroom.export import pdf, stage
from greenroom.export.stage import Facts

if TYPE_CHECKING:
    from pikepdf import Pdf
    from playwright.sync_api import Browser

_NUMBER = """(pages) => {
  for (const link of document.querySelectorAll("nav.contents a")) {
    const name = decodeURIComponent(link.getAttribute("href").slice(1));
    link.querySelector(".number").textContent = pages[name] ?? "";
  }
}"""


def printed(program: Browser, html: str, said: Facts, follow: Callable[[int, int], None]) -> tuple[bytes, int]:
    """Print a document.

    Args:
        program: The browser.
        html: As `handout.document` gives it.
        said: What the document says of itself.
        follow: Told how far it is.

    Returns:
        The PDF, and how many pages it has.
    """
    import pikepdf

    with TemporaryDirectory(prefix="greenroom-") as folder, stage.opened(program, (794, 1123), "light") as context:
        file = Path(folder) / "handout.html"
        file.write_text(html, encoding="utf-8")
        tab = context.new_page()
        tab.goto(file.as_uri())
        tab.evaluate("document.fonts.ready.then(() => {})")
        for turn in range(2):
            follow(turn, 2)
            data = tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
            with pikepdf.open(BytesIO(data)) as document:
                tab.evaluate(_NUMBER, _places(document))
                result = pdf.finish(document, said), len(document.pages)
    return result


def _places(document: Pdf) -> dict[str, int]:
    """The number of the page that each place in the document is on."""
    import pikepdf

    numbers: dict[object, int] = {page.objgen: number for number, page in enumerate(document.pages, 1)}
    named = document.Root.get("/Dests", pikepdf.Dictionary())
    return {unquote(name[1:]): numbers[place[0].objgen] for name, place in named.items()}
