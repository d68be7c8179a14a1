"""Each slide is known for what it shows."""

from dataclasses import replace

import pytest

from greenroom import talk
from greenroom.layout import LAYOUTS, layout
from greenroom.model import Figure, Listing, Output, Reference

SNIPPET = '```python snippet="a:b"{}\n```'
PYTHON = "```python\nx = 1\n```"


def slide(text: str, *frameworks: str, figure: bool = False):
    (only,) = talk.parse(text, "slides/talk.md")[0].slides
    outputs = (Output("b", figures=(Figure("a.svg", "", b""),)),) if figure else ()
    listings = tuple(
        Listing(Reference("a", name, "b"), f"a/{name}.py", name, (1,), "x = 1", outputs=outputs) for name in frameworks
    )
    return replace(only, fences=tuple(replace(fence, listings=listings, output="below") for fence in only.fences))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# A", "title"),
        ("# A\n\n**For B**\n\nC", "title"),
        ("# A\n\n* b", "points"),
        ("## A", "section"),
        ("## A\n\n<!-- a comment -->", "section"),
        ("## A\n\nb", ""),
        ("> A\n>\n> <cite>B</cite>", "quote"),
        ("### A\n\n> B\n\nC", "quote"),
        ("A\n\n> B", ""),
        ("A *b*", "statement"),
        ("A\n\n* b", ""),
        ("* a", "points"),
        ("## A\n\n1. b\n2. c", "points"),
        ("![a](a.png)", "picture"),
        ("## A\n\n![a](a.png)\n\nb", "picture"),
        ('<p align="center">\n<img src="a.png">\n</p>', "picture"),
        ("![a](a.png)\n\n![b](b.png)", ""),
        ("a ![a](a.png)", ""),
        (PYTHON, "code"),
        ("## A\n\n* b\n\n" + PYTHON, "code"),
        ("* a\n\n<!-- b -->\n\n    x = 1", "code"),
        ("| a |\n| - |\n| b |", ""),
        ('<div class="r-hstack">A</div>', ""),
        ("", ""),
    ],
)
def test_what_a_slide_shows(text: str, name: str) -> None:
    assert layout(slide(text)) == name
    assert name in ("", *LAYOUTS)


def test_listings_of_several_frameworks_are_a_comparison() -> None:
    assert layout(slide("## A\n\n" + SNIPPET.format(""), "tf2")) == "code"
    assert layout(slide("## A\n\n" + SNIPPET.format(""), "tf2", "pytorch")) == "comparison"


def test_a_figure_without_its_code_is_a_picture() -> None:
    alone = SNIPPET.format(' echo="false"')
    assert layout(slide(alone, "tf2", figure=True)) == "picture"
    assert layout(slide(alone, "tf2")) == ""
    assert layout(slide(alone, "tf2", "pytorch", figure=True)) == ""
    assert layout(slide(f"{PYTHON}\n\n{alone}", "tf2", figure=True)) == "code"
    assert layout(slide(SNIPPET.format(""), "tf2", figure=True)) == "code"
