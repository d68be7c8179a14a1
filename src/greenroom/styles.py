"""Style sheets: the addresses in them, what these mean, and the sheets that they import."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Container, Iterator, Mapping
from html import escape, unescape
from urllib.parse import unquote, urlsplit

Address = Callable[[str, str], str]
"""Told the path of a file and what follows it in the address, such as `#icon`; gives what to write in its place."""

_TOKEN = re.compile(
    r"""
    /\*.*?\*/
    | @import\s+(?P<imported>url\([^)]*\)|"[^"]*"|'[^']*')(?P<conditions>[^;]*);?
    | url\(\s*(?P<url>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^)\\"'\s])*)\s*\)
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')(?P<density>\s+[\d.]+(?:x|dppx)\b)?  # as in image-set("a.png" 2x)
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_CONDITIONS = re.compile(
    r"\s*(?:(?P<layer>layer)(?:\((?P<name>[^)]*)\))?(?![\w-]))?\s*"
    r"(?:supports\((?P<supports>(?:[^()]|\([^()]*\))*)\))?\s*(?P<media>.*?)\s*",
    re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_NO_FILE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#|$")
_CHARSET = re.compile(r'\ufeff?(?:@charset "[^"]*";)?')


def found(address: str, base: str, files: Container[str]) -> tuple[str, str] | None:
    """The file that an address means, and what follows its path: `?lines=3#L3`; None if it is none of the files.

    Args:
        address: As it is written.
        base: The path of the file that it is written in.
        files: The paths of the files.
    """
    address = address.strip()
    if _NO_FILE.match(address):
        return None
    split = urlsplit(address)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(split.path))) if split.path else base
    if path not in files and split.path.endswith("/"):
        path = posixpath.normpath(f"{path}/index.html")
    tail = address[min(address.find(mark) % (len(address) + 1) for mark in "?#") :]
    return (path, tail) if path in files else None


def named(text: str) -> Iterator[tuple[str, int]]:
    """The addresses in a sheet, as they are meant, and where each is written."""
    for match in _TOKEN.finditer(text):
        if written := _written(match):
            yield _plain(written), match.start()


def renamed(text: str, address: Callable[[str], str | None]) -> str:
    """A sheet with other addresses.

    Args:
        text: The sheet.
        address: Told an address; gives the other, or None if it is to stay.
    """

    def written(match: re.Match[str]) -> str:
        other = address(_plain(_written(match))) if _written(match) else None
        if other is None:
            return match[0]
        rest = f"{match['conditions']};" if match["imported"] else match["density"] or ""
        return f'{"@import " if match["imported"] else ""}url("{other}"){rest}'

    return _TOKEN.sub(written, text)


_OF_HTML = re.compile(
    r"(?P<before>(?<![\w-])style\s*=\s*)(?P<quote>[\"'])(?P<attribute>.*?)(?P=quote)"
    r"|(?P<opening><style\b[^>]*>)(?P<element>.*?)(?=</style\s*>)",
    re.DOTALL | re.IGNORECASE,
)


def named_in_html(html: str) -> Iterator[str]:
    """The addresses in the styles of elements, and in those that stand in HTML by themselves."""
    for match in _OF_HTML.finditer(html):
        text = match["element"] if match["opening"] else unescape(match["attribute"])
        yield from (address for address, _ in named(text))


def renamed_in_html(html: str, address: Callable[[str], str | None]) -> str:
    """HTML with other addresses there, as in `renamed`."""

    def written(match: re.Match[str]) -> str:
        if match["opening"]:
            return f"{match['opening']}{renamed(match['element'], address)}"
        before = unescape(match["attribute"])
        after = renamed(before, address)
        return match[0] if before == after else f'{match["before"]}"{escape(after)}"'

    return _OF_HTML.sub(written, html)


def sheet(path: str, files: Mapping[str, bytes], address: Address, above: tuple[str, ...] = ()) -> str:
    """A style sheet with those that it imports in it.

    Args:
        path: Where it lies among the files.
        files: By their paths.
        address: What stands for the other files.
        above: The sheets that import this one.
    """
    text = files[path].decode("utf-8", "replace")
    return style(text[_CHARSET.match(text).end() :], path, files, address, (*above, path))  # type: ignore[union-attr]


def style(text: str, path: str, files: Mapping[str, bytes], address: Address, above: tuple[str, ...] = ()) -> str:
    """The same for the text of a sheet, or for a style that stands in a page at this path."""

    def written(match: re.Match[str]) -> str:
        if match["imported"]:
            place = found(_plain(match["imported"]), path, files)
            if place is None:
                return match[0]
            return _under(match["conditions"], "" if place[0] in above else sheet(place[0], files, address, above))
        place = found(_plain(_written(match)), path, files) if _written(match) else None
        return f'url("{address(*place)}"){match["density"] or ""}' if place else match[0]

    return _TOKEN.sub(written, text)


def _written(match: re.Match[str]) -> str:
    """The address in what was found, or ""."""
    return match["imported"] or match["url"] or (match["string"] if match["density"] else "") or ""


def _plain(written: str) -> str:
    """The address behind quotes, `url(…)` and escapes."""
    inner = re.sub(r"^url\(\s*|\s*\)$", "", written, flags=re.IGNORECASE)
    inner = inner[1:-1] if inner[:1] in ('"', "'") else inner
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], inner)


def _under(conditions: str, text: str) -> str:
    """What an import says of when its sheet counts, as rules around it."""
    match = _CONDITIONS.fullmatch(conditions)
    if match is None:
        return text
    for rule, said in (("layer", match["name"] or ""), ("supports", match["supports"]), ("media", match["media"])):
        if match[rule]:
            text = f"@{rule} {f'({said})' if rule == 'supports' else said} {{\n{text}\n}}"
    return text
