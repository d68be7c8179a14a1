"""A talk as SVG: the pages of its PDF as drawings in which all letters are outlines, so that no font is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

import pymupdf

from greenroom.export import pictures
from greenroom.export.pdf import Printed
from greenroom.export.stage import Staged

_ROOT = re.compile(r"<svg\b[^>]*>")


def drawings(printed: Printed, talk: Staged, size: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """Turn pages into drawings.

    Args:
        printed: The talk's PDF.
        talk: The talk.
        size: Of a slide, in px.

    Yields:
        What each file is called, and the drawing.
    """
    slides = {slide.id: slide for slide in talk.slides}
    with pymupdf.open(stream=printed.document, filetype="pdf") as document:
        for page, sheet in zip(document, printed.sheets, strict=True):
            slide = slides[str(sheet["id"])]
            drawn = page.get_svg_image(text_as_path=True)
            yield pictures.name(sheet), _described(drawn, slide.title, slide.text, size)


def _described(drawing: str, title: str, text: str, size: tuple[int, int]) -> str:
    """The drawing with its title and its text for those who do not see it, in px."""

    def root(match: re.Match[str]) -> str:
        tag = re.sub(r' (width|height)="[^"]*"', "", match[0]).removesuffix(">")
        said = f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(text)}</desc>'
        return f'{tag} width="{size[0]}" height="{size[1]}" role="img" aria-labelledby="title desc">\n{said}'

    return _ROOT.sub(root, drawing, count=1)
