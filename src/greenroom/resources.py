"""The files that a talk shows: pictures, backgrounds, videos, style sheets; and the local files it links to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from greenroom import styles
from greenroom.memo import remembered, same
from greenroom.model import Slide, Span, Talk

if TYPE_CHECKING:
    from markdown_it.token import Token

_MEDIA = "assets/media/"
_NO_FILE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|#|\?|$")
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_BACKGROUND = re.compile(r"\.(?:svg|png|jpe?g|gif|bmp|webp|avif)(?:[?#\s]|$)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?!\s*\.element).*?-->", re.DOTALL)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?P<name>src|href|poster|data-src|data-background(?:-image|-video)?|data-preview-(?:image|video))"
    r"\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A file, as the author names it.

    Attributes:
        address: As it stands in the HTML of the deck.
        span: Where the author wrote it.
        shown: Whether the deck shows it; if not, it only links to it, and what is not a file is another page.
        sheet: The address of the style sheet that names it; "" if the talk itself does.
    """

    address: str
    span: Span
    shown: bool
    sheet: str = ""

    @property
    def remote(self) -> bool:
        """Whether it lies on another host."""
        return _REMOTE.match(self.address) is not None

    @property
    def path(self) -> str:
        """The file's path, relative to the talk's folder; with `/` at the start, to the project's."""
        return unquote(urlsplit(self.address).path)


def resources(talk: Talk, text: str) -> Iterator[Resource]:
    """Find the files of a talk; of those on other hosts, only what is shown.

    Args:
        talk: The talk.
        text: Its file's text, to tell the places.
    """
    lines = cache(partial(lines_of, text))
    for key in ("css", "theme"):
        for address in _listed(talk.meta.get(key)):
            if address.partition("?")[0].endswith(".css"):
                yield from _resource(address, True, talk.path, lines, 0)
    for stack in talk.stacks:
        for n, address, shown, line in _of_slides(stack.slides):
            yield from _resource(address, shown, talk.path, lines, stack.firsts[n] - 1 + line)


def of_sheet(sheet: Resource, path: str, text: str) -> Iterator[Resource]:
    """Find the files that a style sheet of a talk names, as the talk would name them.

    Args:
        sheet: The sheet.
        path: Of its file, for messages.
        text: Its text.
    """
    for address, start in styles.named(text):
        remote = _REMOTE.match(address)
        if remote or not _NO_FILE.match(address):
            span = Span(path, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
            inside = posixpath.join(posixpath.dirname(sheet.path), unquote(urlsplit(address).path))
            yield Resource(address if remote else posixpath.normpath(inside), span, True, sheet.address)


def lines_of(text: str) -> list[str]:
    """The lines of a file as the parser counts them."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


@remembered(lambda slides: same(slides))
def _of_slides(slides: tuple[Slide, ...]) -> tuple[tuple[int, str, bool, int], ...]:
    """The addresses in a stack: on which slide they are, and what `_of_slide` says of them."""
    return tuple((n, *found) for n, slide in enumerate(slides) for found in _of_slide(slide))


@remembered(lambda slide: same(slide))
def _of_slide(slide: Slide) -> tuple[tuple[str, bool, int], ...]:
    """The addresses on a slide: whether they are shown, and the line of it, from 0, from which on they are written."""
    own = slide.span.line - 1
    found = [(address, True, own) for name, value in slide.attributes for address in _addresses(name, value)]
    for token in (*slide.body, *slide.notes, *(token for note in slide.step_notes for token in note.tokens)):
        for part in (token, *(token.children or ())):
            if part.type in _NAMING:
                line = token.map[0] if token.map else own
                found += [(address, shown, line) for address, shown in _of_token(part)]
    return tuple(found)


def is_moved(place: str) -> bool:
    """Whether the file lies elsewhere in the deck's folder than the author's address says."""
    return place.startswith(_MEDIA)


def place(address: str) -> str:
    """Where a file goes in the deck's folder: where the author's own address finds it, if that is inside."""
    path = posixpath.normpath(unquote(urlsplit(address).path))
    if path.startswith(("../", "/")):
        return f"{_MEDIA}{blake2b(path.encode(), digest_size=4).hexdigest()}-{posixpath.basename(path)}"
    return path


_NAMING = {"image", "link_open", "html_block", "html_inline"}
"""The tokens that may name files."""


def _of_token(token: Token) -> Iterator[tuple[str, bool]]:
    if token.type == "image":
        yield str(token.attrs["src"]), True
    elif token.type == "link_open":
        yield str(token.attrs["href"]), False
    else:
        yield from _of_html(token.content)


@lru_cache(1024)
def _of_html(html: str) -> tuple[tuple[str, bool], ...]:
    html = _COMMENT.sub("", html)
    found = [
        (address, match["name"] != "href")
        for match in _ATTRIBUTE.finditer(html)
        for address in _addresses(match["name"], match["double"] or match["single"] or "")
    ]
    return (*found, *((address, True) for address in styles.named_in_html(html)))


def _addresses(name: str, value: str) -> list[str]:
    if name == "data-background":
        return [value] if _BACKGROUND.search(value) else []
    if name == "style":
        return [address for address, _ in styles.named(value)]
    if name in ("data-background-image", "data-background-video"):
        return [each.strip() for each in value.split(",")]
    return [value] if name in ("src", "href", "poster", "data-src", "data-preview-image", "data-preview-video") else []


def _listed(value: object) -> list[str]:
    if isinstance(value, str):
        return [each.strip() for each in value.split(",")]
    return [str(each) for each in value] if isinstance(value, list) else []


def _resource(
    address: str, shown: bool, path: str, lines: Callable[[], Sequence[str]], line: int
) -> Iterator[Resource]:
    if not shown if _REMOTE.match(address) else _NO_FILE.match(address):
        return
    for number in range(line, len(lines())):
        for written in (address, unquote(address)):
            if (col := lines()[number].find(written)) >= 0:
                yield Resource(address, Span(path, number + 1, col + 1), shown)
                return
    yield Resource(address, Span(path, line + 1), shown)
