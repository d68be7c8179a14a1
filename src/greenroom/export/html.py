"""A deck's folder → one HTML file that does the same.

What the deck's page names stands in the place of its address, as `data:`. What is named more than once stands in the
page once, in a table that file.js reads. So does what is played, what the deck's scripts load late, and each other page
of the folder: it opens as the same file, with `?page=…` behind its name.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from posixpath import basename
from typing import Any
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from greenroom import styles
from greenroom.export.place import data
from greenroom.styles import found

PAGE = "index.html"

_NAMING = (
    *("src", "data-src", "href", "xlink:href", "poster", "data", "srcset", "imagesrcset", "style"),
    *("data-background", "data-background-image", "data-background-video", "data-background-iframe"),
    *("data-preview-image", "data-preview-video", "data-preview-link"),
)
"""The attributes that name files."""

_SELECTOR = ",".join("[{}]".format(name.replace(":", "\\:")) for name in _NAMING)
_OPENING = {"a", "area", "iframe"}
"""The elements that name pages with `href`, `src` or `data-src`."""

_PLAYING = {"video", "audio", "source"}
_IMAGE = re.compile(r"\.(?:svg|png|jpe?g|gif|bmp|webp|avif)(?:[?#\s]|$)", re.IGNORECASE)
_CANDIDATE = re.compile(r"[^\s,](?:\S*[^\s,])?")
_ENTRY = re.compile(r"[^\s,](?:[^,]*[^\s,])?")
_TOKEN = re.compile(r"greenroom-(data|blob):(\d+)")
_TAG = re.compile(r"<(?=!--|/?script)", re.IGNORECASE)
_LATE = re.compile(r"assets/[^/]+\.(?:js|css)")
_LICENCE = "assets/LICENSES/"


def page(files: Mapping[str, bytes]) -> str:
    """Put a deck into one file.

    Args:
        files: All that lies in the deck's folder, by its path; `index.html` is the deck.
    """
    return _File(files).page()


@dataclass(slots=True)
class _Page:
    """A page of the folder.

    Attributes:
        tree: What is in it.
        sheets: The links to style sheets, by the paths of those.
        changes: What attributes of elements are to be; without a name, what a style's text is to be.
    """

    tree: LexborHTMLParser
    sheets: dict[str, LexborNode] = field(default_factory=dict)
    changes: list[tuple[LexborNode, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _File:
    """The file as it comes into being.

    Until it is known how often each is named, files are written as `greenroom-data:3`; as `greenroom-blob:3` where the
    address must have no comma in it, or where they are asked for in parts.

    Attributes:
        files: The folder's.
        named: Those that are written so, by their numbers.
        sprites: The drawings that others take parts of, by their paths.
    """

    files: Mapping[str, bytes]
    named: list[str] = field(default_factory=list)
    sprites: dict[str, str] = field(default_factory=dict)

    def page(self) -> str:
        deck = self._read(PAGE)
        others = {path: self._read(path) for path in sorted(self.files) if _is_page(path) and path != PAGE}
        apart = sorted({path for each in others.values() for path in each.sheets} - {*deck.sheets})
        texts = {path: styles.sheet(path, self.files, self._in_style) for path in (*deck.sheets, *apart)}
        pages = {path: _opened(each) for path, each in others.items()}

        now = [*(text for _, _, text in deck.changes), *(texts[path] for path in deck.sheets)]
        later = [*(each["text"] for each in pages.values()), *(texts[path] for path in apart)]
        uses = [use for text in now for use in _TOKEN.findall(text)]
        kept = {number for number, count in Counter(number for _, number in uses).items() if count > 1}
        kept |= {number for kind, number in uses if kind == "blob"}
        kept |= {number for text in later for _, number in _TOKEN.findall(text)}

        for node, name, text in deck.changes:
            self._change(node, name, text, () if node.tag == "script" else kept)
        for path, link in deck.sheets.items():
            link.replace_with(_style(self._filled(texts[path], kept), link, path))
        head, options = _existing(deck.tree.head), _existing(deck.tree.css_first("#reveal-options"))
        for path in apart:
            head.insert_child(_style(texts[path], None, path))
        table = {
            "data": {number: self._data(number) for number in sorted(kept, key=int)},
            "late": {path: self.files[path].decode() for path in self._late(texts)},
            "pages": pages,
        }
        head.insert_child(_json("greenroom-files", table))
        head.insert_child(_element("script", Path(__file__).with_name("file.js").read_text(encoding="utf-8")))
        for sprite in self.sprites.values():
            options.insert_before(_node(sprite))
        options.insert_before(_element("script", "greenroomFill()"))
        licences = {path: self.files[path].decode() for path in sorted(self.files) if path.startswith(_LICENCE)}
        _existing(deck.tree.body).insert_child(_json("licences", licences))
        return f"{deck.tree.html}\n"

    # --- what is named ------------------------------------------------------------------------------------------------

    def _read(self, path: str) -> _Page:
        made = _Page(LexborHTMLParser(self.files[path].decode("utf-8", "replace")))
        for node in made.tree.css("pre, textarea, listing"):
            first = node.first_child
            if first is not None and first.is_text_node and (first.text_content or "").startswith("\n"):
                first.insert_before("\n")  # of two newlines at the start, those who read the file leave out one
        for node in made.tree.css("link[rel~=stylesheet][href]"):
            if place := found(node.attributes["href"] or "", path, self.files):
                made.sheets[place[0]] = node
        for node in made.tree.css("style"):
            text = styles.style(node.text(), path, self.files, self._in_style)
            if text != node.text():
                made.changes.append((node, "", text))
        # A node comes once for each attribute that is asked for.
        for node in {node.mem_id: node for node in made.tree.css(_SELECTOR)}.values():
            if node.tag != "link" or node not in made.sheets.values():
                made.changes += self._changes(node, path)
        return made

    def _changes(self, node: LexborNode, base: str) -> Iterator[tuple[LexborNode, str, str]]:
        for name, value in node.attributes.items():
            text = self._renamed(node, name, value, base) if name in _NAMING and value else value
            if text and text != value:
                yield node, name, text
                if node.tag in ("a", "area") and _TOKEN.match(text):
                    yield node, "download", node.attributes.get("download") or text.partition("#")[2]

    def _renamed(self, node: LexborNode, name: str, value: str, base: str) -> str:
        """What an attribute is to be: as it is, if it names no file of the folder."""
        if name == "style":
            return styles.style(value, base, self.files, self._in_style)
        if name in ("srcset", "imagesrcset"):
            # Of several, Chromium takes the largest that is `data:`, whatever the screen.
            return self._each(_CANDIDATE, value, base, self._blob_of if "," in value else self._data_of)
        if name == "data-background-video" or (name == "data-background-image" and "," in value):
            return self._each(_ENTRY, value, base, self._blob_of)
        place = found(value, base, self.files)
        if place is None or (name == "data-background" and not _IMAGE.search(value)):
            return value
        if node.tag == "use":
            return self._sprite(*place)
        opens = (node.tag in _OPENING and name in ("href", "src", "data-src")) or name.endswith(("-link", "-iframe"))
        if opens and _is_page(place[0]):
            return _address(*place)
        plays = (node.tag in _PLAYING and name != "poster") or name == "data-preview-video"
        return self._blob_of(*place) if plays else self._data_of(*place)

    def _each(self, pattern: re.Pattern[str], value: str, base: str, address: styles.Address) -> str:
        """A list, with what stands for each file in it."""

        def renamed(match: re.Match[str]) -> str:
            place = found(match[0], base, self.files)
            return address(*place) if place else match[0]

        return pattern.sub(renamed, value)

    def _number(self, path: str) -> int:
        if path not in self.named:
            self.named.append(path)
        return self.named.index(path)

    def _in_style(self, path: str, tail: str) -> str:
        return f"greenroom-data:{self._number(path)}{_fragment(tail)}"

    def _data_of(self, path: str, tail: str) -> str:
        # The name comes last, since sheets and scripts look at how addresses end.
        return f"greenroom-data:{self._number(path)}{_fragment(tail) or f'#{quote(basename(path))}'}"

    def _blob_of(self, path: str, tail: str) -> str:
        return self._data_of(path, tail).replace("-data:", "-blob:", 1)

    def _sprite(self, path: str, tail: str) -> str:
        """What stands for an element of another drawing, which is put into the page: none is taken out of `data:`."""
        prefix = f"greenroom-{self._number(path)}-"
        text = self.files[path].decode("utf-8", "replace")
        text = text[max(text.find("<svg"), 0) :]
        ids = set(re.findall(r"""\sid=["']([^"']+)""", text))
        text = re.sub(r"""(\sid=["'])""", rf"\g<1>{prefix}", text)
        text = re.sub(r"#([^\s\"')]+)", lambda match: f"#{prefix}{match[1]}" if match[1] in ids else match[0], text)
        style = "position: absolute; width: 0; height: 0; overflow: hidden"
        self.sprites[path] = f'<div aria-hidden="true" style="{style}">{text}</div>'
        return f"#{prefix}{_fragment(tail)[1:]}"

    def _late(self, shown: Collection[str]) -> list[str]:
        """What the deck's scripts load late: the scripts and sheets beside them that no page names."""
        return sorted(path for path in self.files if _LATE.fullmatch(path) and path not in {*shown, *self.named})

    # --- what is written ----------------------------------------------------------------------------------------------

    def _data(self, number: str) -> str:
        path = self.named[int(number)]
        return data(path, self.files[path])

    def _filled(self, text: str, kept: Collection[str]) -> str:
        """The text with files in the place of their addresses, but for those that are kept in the table."""
        return _TOKEN.sub(lambda match: match[0] if match[2] in kept else self._data(match[2]), text)

    def _change(self, node: LexborNode, name: str, text: str, kept: Collection[str]) -> None:
        text = self._filled(text, kept)
        if not name:
            node.replace_with(_style(text, node))
        elif _TOKEN.search(text):
            held = json.loads(node.attributes.get("data-held") or "{}")
            node.attrs["data-held"] = json.dumps({**held, name.removeprefix("xlink:"): text})
            del node.attrs[name]
        else:
            node.attrs[name] = text


def _is_page(path: str) -> bool:
    return path.endswith((".html", ".htm"))


def _fragment(tail: str) -> str:
    return tail[tail.find("#") :] if "#" in tail else ""


def _address(path: str, tail: str) -> str:
    """How a page of the folder is opened."""
    asked = tail.partition("#")[0].removeprefix("?")
    parts = [] if path == PAGE else [f"page={quote(path)}"]
    return f"?{'&'.join([*parts, *filter(None, [asked])])}{_fragment(tail)}"


def _opened(page: _Page) -> dict[str, Any]:
    """What is to be known of a page that takes the deck's place: all but what every page has."""
    for node, name, text in page.changes:
        if name:
            node.attrs[name] = text
        else:
            node.replace_with(_styled(text, node.attributes))
    root, head, body = _existing(page.tree.root), _existing(page.tree.head), _existing(page.tree.body)
    title = "".join(node.text() for node in head.css("title"))
    for node in head.css("meta, title, link[rel=icon], link[rel~=stylesheet]"):
        node.decompose()
    inside = "".join(node.html or "" for node in head.iter())
    attributes = "".join(f' {name}="{escape(value or "")}"' for name, value in body.attributes.items())
    return {
        "root": {name: value or "" for name, value in root.attributes.items()},
        "title": title,
        "sheets": [*page.sheets],
        "text": f"<body{attributes}>{inside}{body.inner_html}",
    }


def _style(text: str, like: LexborNode | None, path: str = "") -> LexborNode:
    """A style with this text; in the deck it waits, if there is something in it that is kept in the table.

    Args:
        text: The text.
        like: What stood in its place; None if it is only for pages other than the deck.
        path: Of the sheet.
    """
    given = like.attributes if like else {}
    attributes = {name: value or "" for name, value in given.items() if name not in ("rel", "href", "type", "media")}
    media = given.get("media")
    if path:
        attributes["data-file"] = path
    if like is None or _TOKEN.search(text):
        waiting = {"media": "not all", "data-media": media, "data-held": "" if like else None}
        attributes |= {name: value for name, value in waiting.items() if value is not None}
    elif media:
        attributes["media"] = media
    return _styled(text, attributes)


def _styled(text: str, attributes: Mapping[str, str | None]) -> LexborNode:
    return _element("style", re.sub(r"<(?=/style)", r"\\3c ", text, flags=re.IGNORECASE), attributes)


def _json(name: str, value: object) -> LexborNode:
    text = json.dumps(value, ensure_ascii=False, indent=0)
    return _element("script", _TAG.sub(r"\\u003c", text), {"type": "application/json", "id": name})


def _element(tag: str, text: str, attributes: Mapping[str, str | None] | None = None) -> LexborNode:
    written = "".join(f' {name}="{escape(value or "")}"' for name, value in (attributes or {}).items())
    return _node(f"<{tag}{written}>\n{text}\n</{tag}>")


def _node(html: str) -> LexborNode:
    return _existing(LexborHTMLParser(html, is_fragment=True).root)


def _existing(node: LexborNode | None) -> LexborNode:
    if node is None:
        raise ValueError("not the page of a deck")
    return node
