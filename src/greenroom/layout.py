"""What a slide shows → its layout: the name by which a theme gives it its size and place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from greenroom.model import Fence, Slide

LAYOUTS = ("title", "section", "quote", "statement", "points", "picture", "code", "comparison")


def layout(slide: Slide) -> str:
    """Name the layout that fits what the slide shows, or "" where none is made for it.

    * title: a heading of the first level, with a few words;
    * section: headings alone;
    * quote: a quotation, with or without words about it;
    * statement: a few words;
    * points: a list;
    * picture: one picture, with or without a heading and words;
    * code, comparison: a listing, or those of several frameworks, whatever else there is.
    """
    kinds = list(_kinds(slide))
    headings = {kind for kind in kinds if kind.startswith("h")}
    rest = [kind for kind in kinds if kind not in headings]
    if kinds[:1] == ["h1"] and set(rest) <= {"text"}:
        return "title"
    if headings and not rest:
        return "section"
    for name in ("comparison", "code"):
        if name in rest:
            return name
    if rest[:1] == ["quote"] and set(rest) <= {"quote", "text"}:
        return "quote"
    if rest and not headings and set(rest) <= {"text"}:
        return "statement"
    if rest and set(rest) <= {"points"}:
        return "points"
    if rest.count("picture") == 1 and set(rest) <= {"picture", "text"}:
        return "picture"
    return ""


_OF_TOKENS = {
    "blockquote_open": "quote",
    "bullet_list_open": "points",
    "ordered_list_open": "points",
    "code_block": "code",
}
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PICTURE = re.compile(r"<(?:img|picture|figure|svg|video)\b", re.IGNORECASE)


def _kinds(slide: Slide) -> Iterator[str]:
    """What each block of the slide is."""
    for place, token in enumerate(slide.body):
        if token.level or token.nesting < 0:
            continue
        if token.type == "heading_open":
            yield token.tag
        elif token.type == "paragraph_open":
            yield _of_paragraph(slide.body[place + 1])
        elif token.type == "fence":
            at = token.meta.get("fence")
            yield "code" if at is None else _of_fence(slide.fences[at])
        elif token.type == "html_block":
            html = _COMMENT.sub("", token.content).strip()
            if html:
                yield "picture" if _PICTURE.search(html) else "other"
        else:
            yield _OF_TOKENS.get(token.type, "other")


def _of_paragraph(inline: Token) -> str:
    children = [child for child in inline.children or () if child.content.strip() or child.type == "image"]
    pictures = [child for child in children if child.type == "image" or _PICTURE.search(child.content)]
    if not pictures:
        return "text"
    return "picture" if len(children) == len(pictures) == 1 else "other"


def _of_fence(fence: Fence) -> str:
    if fence.option("echo") == "false":
        drawn = [figure for listing in fence.listings for output in listing.outputs for figure in output.figures]
        return "picture" if len(drawn) == 1 and fence.output not in ("none", "slide") else "other"
    return "comparison" if len(fence.listings) > 1 else "code"
