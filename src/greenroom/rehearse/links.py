"""Links and anchors of a built site that lead nowhere, in its pages and in its decks."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode


@dataclass(frozen=True, slots=True)
class Broken:
    """A link that leads nowhere, or may lead nowhere.

    Attributes:
        page: The page it is on.
        slide: The id of the slide it is on, in a deck.
        address: As it is written.
        fact: What is not there.
        certain: Whether that is known; else nobody can tell.
    """

    page: str
    slide: str
    address: str
    fact: str
    certain: bool = True


def broken(pages: Mapping[str, str], files: frozenset[str]) -> Iterator[Broken]:
    """Links that lead nowhere within the site.

    Args:
        pages: The HTML of the pages by their POSIX paths in the site.
        files: The paths of all its files.
    """
    from selectolax.lexbor import LexborHTMLParser

    trees = {path: LexborHTMLParser(html) for path, html in pages.items()}
    anchors = {
        path: frozenset(str(node.attributes.get(name)) for name in ("id", "name") for node in tree.css(f"[{name}]"))
        for path, tree in trees.items()
    }
    for page, tree in trees.items():
        for address, link in _links(tree):
            if fact := _wrong(page, address, files, anchors):
                yield Broken(page, _slide(link), address, fact)


def addresses(pages: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """All links.

    Args:
        pages: The HTML of the pages by their POSIX paths in the site.

    Yields:
        The page, the id of the slide in a deck, and the address as it is written.
    """
    from selectolax.lexbor import LexborHTMLParser

    for page, html in pages.items():
        for address, link in _links(LexborHTMLParser(html)):
            yield page, _slide(link), address


def _links(tree: LexborHTMLParser) -> Iterator[tuple[str, LexborNode]]:
    for link in tree.css("a[href], area[href]"):
        yield str(link.attributes.get("href") or ""), link


def _slide(link: LexborNode) -> str:
    """The id of the slide that a link is on, or ""."""
    node = link.parent
    while node is not None and not (node.tag == "section" and node.attributes.get("id")):
        node = node.parent
    return str(node.attributes["id"]) if node is not None else ""


def _wrong(page: str, address: str, files: frozenset[str], anchors: Mapping[str, frozenset[str]]) -> str:
    """What is not there; "" if all is, or if it is not for us to know."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"`{address}` is no address"
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return ""  # beyond the site
    path, anchor = unquote(parts.path), unquote(parts.fragment)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
    if path.endswith("/") or target == ".":
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in files:
        return f"`{address}` leads to no file" if f"{target}/index.html" not in files else ""
    known = anchors.get(target)
    if known is None or not anchor:
        return ""
    if anchor.startswith("/"):  # a slide: `#/id`, `#/id/2`, `#/3/1`
        name = anchor[1:].partition("/")[0]
        return "" if not name or name.isdecimal() or name in known else f"`{address}` leads to no slide"
    return "" if anchor in known or anchor == "top" else f"`{address}` leads to no place on its page"
