"""markdown-it's tokens → Markdown that Python-Markdown reads as the same structure.

Python-Markdown is no CommonMark: it nests by four spaces, merges neighbouring lists and quotes, keeps a list open over
blank lines, knows other escapes and ends raw HTML elsewhere. So everything is written in the one form that both read
alike: four spaces a level, a blank line between blocks, a comment between blocks that would grow together, entities
where there is no escape, and HTML elements that are closed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from markdown_it.tree import SyntaxTreeNode

from greenroom import styles

if TYPE_CHECKING:
    from markdown_it.token import Token

Node = SyntaxTreeNode

SEPARATOR = "<!-- -->"
"""Keeps apart what Python-Markdown would join, and stands where it wants text: it shows nothing."""

GROWS = {"bullet_list", "ordered_list", "blockquote", "dl"}
"""Blocks that Python-Markdown continues with the next block of the same kind, or with an indented one."""

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BLOCKS = {"blockquote", "details", "dl", "figure", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "table", "ul"}
BLOCKS |= {"article", "aside", "center", "div", "footer", "header", "main", "nav", "section"}
CONTAINERS = {"article", "aside", "div", "figure", "section"}
"""Elements that can be left to `md_in_html`, where a slide has Markdown between their tags."""

BACKSLASHED = re.compile(r"[\\`*_{}\[\]|]|!$")
"""What means something within a line, and may have a backslash before it in Python-Markdown."""

NAMED = re.compile(r"[$~^]|(?<==)=|(?<=\+)\+|:(?=[\w+-]+:)")
"""What means something to our extension or to pymdown's, and may not."""

LINE_START = re.compile(r"(?m)^(\d*)([#>+\-=:?/.)]|!(?!\[))")
"""What may begin a block at the start of a line: a heading, list, quote, rule, definition, admonition or tab."""

URL = re.compile(r"""(?P<before>\s(?:src|href|poster)\s*=\s*)(?P<quote>["']?)(?P<url>[^"'\s>]+)(?P=quote)""")


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes tokens as Markdown; what depends on the page is asked from functions.

    Attributes:
        heading: The level that a heading has on the page, and its attributes: `#tape`, or "".
        fence: A code fence's Markdown.
        url: An address as the page must say it.
        html: The HTML of tokens, elements closed; for raw HTML that can't be left to Python-Markdown.
        label: Put before the labels of footnotes, which are one name space a page.
    """

    heading: Callable[[Node], tuple[int, str]]
    fence: Callable[[Node], str]
    url: Callable[[str], str]
    html: Callable[[Sequence[Token]], str]
    label: str = ""

    def write(self, tokens: Sequence[Token], *, top: bool = True) -> str:
        """The Markdown of a sequence of block tokens, no newline at the end; `top` if it is not to be indented."""
        return self._blocks(SyntaxTreeNode(tokens).children, top=top)

    def _blocks(self, nodes: Sequence[Node], *, top: bool = False) -> str:
        written: list[str] = []
        before = ""
        rest = list(nodes)
        while rest:
            node = rest[0]
            if node.type == "html_block":
                size = _element(rest)
                text = self._html(rest[:size], top=top)
                del rest[:size]
            else:
                text = self._block(node)
                del rest[0]
            if not text:
                continue
            if before in GROWS and node.type in GROWS:
                written.append(SEPARATOR)
            written.append(text)
            before = node.type
        return "\n\n".join(written)

    def _block(self, node: Node) -> str:  # noqa: C901  one case a kind of token
        match node.type:
            case "paragraph":
                return self._paragraph(node)
            case "heading":
                level, attributes = self.heading(node)
                text = self._inline(node.children).replace("\n", " ")
                return f"{'#' * level} {text} {{ {attributes} }}" if attributes else f"{'#' * level} {text}"
            case "fence" | "code_block":
                return self.fence(node)
            case "bullet_list":
                return self._list(node, lambda _: "-")
            case "ordered_list":
                first = int(node.attrs.get("start", 1))
                return self._list(node, lambda place: f"{first + place}.")
            case "blockquote":
                return "\n".join(f"> {line}".rstrip() for line in self._blocks(node.children).split("\n"))
            case "hr":
                return "* * *"
            case "table":
                return self._table(node)
            case "dl":
                return self._definitions(node)
            case "footnote_block":
                return "\n\n".join(self._footnote(note) for note in node.children)
            case "math_block" | "math_block_label" | "amsmath":
                tex = "\n".join(line for line in node.content.strip().split("\n") if line.strip())
                return f"$$\n{tex}\n$$"
            case "admonition" | "admonition_mkdocs" | "content_tab_mkdocs":
                title, *blocks = node.children
                return f"{_opening(node, self._inline(title.children))}\n\n{_indent(self._blocks(blocks))}"
            case _:
                return self._html([node], top=False)

    # --- blocks -----------------------------------------------------------------------------------------------------

    def _paragraph(self, node: Node) -> str:
        text = self._inline(node.children)
        if not text.strip() or text.strip() == SEPARATOR:
            return ""
        return _safe("\n".join(line.lstrip() for line in text.split("\n")))

    def _list(self, node: Node, marker: Callable[[int], str]) -> str:
        tight = all(_is_tight(item) for item in node.children)
        items = []
        for place, item in enumerate(node.children):
            items.append(f"{marker(place)} ".ljust(4) + _indent(self._item(item)).lstrip())
        return ("\n" if tight else "\n\n").join(items)

    def _item(self, item: Node) -> str:
        children = item.children
        if not children:
            return SEPARATOR
        box = ("[x] " if item.meta["checked"] else "[ ] ") if "checked" in item.meta else ""
        if _is_tight(item):
            return box + "\n".join(self._block(child) or SEPARATOR for child in children)
        text = box + self._blocks(children)
        return text if children[0].type == "paragraph" else f"{SEPARATOR}\n\n{text}"

    def _table(self, node: Node) -> str:
        head, *body = [row for part in node.children for row in part.children]
        rules = {"left": ":---", "right": "---:", "center": ":---:"}
        alignment = [str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in head.children]
        lines = [self._row(head), "| " + " | ".join(rules.get(side, "---") for side in alignment) + " |"]
        return "\n".join([*lines, *map(self._row, body)])

    def _row(self, row: Node) -> str:
        cells = (self._inline(cell.children).replace("\n", " ").strip() for cell in row.children)
        return "| " + " | ".join(cells) + " |"

    def _definitions(self, node: Node) -> str:
        groups: list[str] = []
        before = ""
        for child in node.children:
            if child.type == "dt":
                text = self._inline(child.children)
                groups.append(("\n" if before == "dt" else "\n\n") + _safe(text))
            else:
                text = self._blocks(child.children) or SEPARATOR
                groups.append(("\n" if before == "dt" else "\n\n") + ":   " + _indent(text).lstrip())
            before = child.type
        return "".join(groups).lstrip("\n")

    def _footnote(self, node: Node) -> str:
        return f"[^{self._label(node)}]: " + _indent(self._blocks(node.children)).lstrip()

    def _label(self, node: Node) -> str:
        return f"{self.label}{node.meta.get('label', 'inline-{id}'.format(**node.meta))}"

    def _html(self, nodes: Sequence[Node], *, top: bool) -> str:
        """Raw HTML, with the blocks between its tags.

        Where that is a plain container at the top of a page, Python-Markdown's `md_in_html` reads the blocks. Anything
        else becomes one closed element that Python-Markdown leaves alone.
        """
        if all(node.type == "html_block" and is_silent(node.content) for node in nodes):
            return ""
        if top and len(nodes) > 1 and _are_containers(nodes):
            parts = []
            for node in nodes:
                if node.type == "html_block":
                    parts.append(re.sub(r"<(\w+)", r"<\1 markdown", self._relink(node.content.strip())))
                else:
                    parts.append(self._block(node))
            return "\n\n".join(part for part in parts if part)
        html = self.html([token for node in nodes for token in node.to_tokens()])
        html = self._relink(re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->", "", html)).strip()
        if not html:
            return ""
        if top and not _tags([html]).crossed:
            return f"<div>{html}</div>"
        literal = _TAG_OR_TEXT.sub(lambda part: part[0] if part[1] else _literal(part[0]), _one_line(html))
        return f"<span>{literal}</span>"

    def _relink(self, html: str) -> str:
        def relinked(match: re.Match[str]) -> str:
            return f'{match["before"]}"{escape(self.url(unescape(match["url"])))}"'

        linked = URL.sub(relinked, re.sub(r"\sdata-src(?=\s*=)", " src", html))
        return styles.renamed_in_html(linked, self.url)

    # --- within a line ----------------------------------------------------------------------------------------------

    def _inline(self, nodes: Sequence[Node]) -> str:
        return "".join(self._span(node) for node in nodes)

    def _span(self, node: Node) -> str:  # noqa: C901  one case a kind of token
        match node.type:
            case "inline":
                return self._inline(node.children)
            case "text":
                return _text(node.content)
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "<br>\n"
            case "code_inline":
                return _code(node.content)
            case "em" | "strong" | "s":
                return self._mark(node)
            case "link":
                return self._link(node)
            case "image":
                texts = (child.content if child.type == "text" else " " for child in node.walk() if not child.children)
                alt = " ".join("".join(texts).split())
                return f"![{_text(alt)}]({self._target(node, 'src')}){_attributes(node, 'src', 'alt', 'title')}"
            case "math_inline" | "math_inline_double" | "math_single":
                tex = node.content.strip()
                return f"${_barless(tex) if _in_table(node) else tex}$"
            case "footnote_ref":
                return f"[^{self._label(node)}]"
            case "html_inline":
                if node.content.startswith("<!--"):
                    return ""
                return self._relink(node.content)
            case "span":
                inner = self._inline(node.children)
                return f"<span{_html_attributes(node)}>{inner}</span>"
            case _:
                return ""

    def _mark(self, node: Node) -> str:
        """Emphasis: with asterisks where they can't be misread, else with tags."""
        text = self._inline(node.children)
        marks = {"em": "*", "strong": "**", "s": ""}
        plain = not re.search(r"\*|<|^\s|\s$", text)
        if marks[node.type] and plain and not _touches(node):
            return f"{marks[node.type]}{text}{marks[node.type]}"
        return f"<{node.tag}>{text}</{node.tag}>"

    def _link(self, node: Node) -> str:
        href = str(node.attrs.get("href", ""))
        text = self._inline(node.children)
        if node.markup in ("autolink", "linkify") and re.match(r"https?://", href):
            return f'<a href="{escape(href)}">{text}</a>'
        return f"[{text}]({self._target(node, 'href')}){_attributes(node, 'href', 'title')}"

    def _target(self, node: Node, key: str) -> str:
        title = str(node.attrs.get("title", "")).replace('"', "'").replace("\n", " ")
        return f"<{self.url(str(node.attrs.get(key, '')))}>" + (f' "{title}"' if title else "")


def _text(text: str) -> str:
    """Plain text, with everything in it that means something within a line made literal."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = BACKSLASHED.sub(lambda found: f"\\{found[0]}", text)
    return NAMED.sub(lambda found: _entity(found[0]), text)


_PREFORMATTED = re.compile(r"(?is)<pre\b.*?</pre>")
_TAG_OR_TEXT = re.compile(r"(<[^>]*>)|[^<]+")


def _one_line(html: str) -> str:
    """HTML in which white space means nothing to Markdown."""

    def kept(pre: re.Match[str]) -> str:
        return _TAG_OR_TEXT.sub(lambda part: part[1] or re.sub(r"\s", lambda found: _entity(found[0]), part[0]), pre[0])

    return " ".join(_PREFORMATTED.sub(kept, html).split())


def _literal(text: str) -> str:
    """Text of HTML, in which nothing means anything to Markdown."""
    return re.sub(r"[\\`*_{}\[\]|$~^]", lambda found: _entity(found[0]), text)


def _safe(text: str) -> str:
    """Lines, none of which begins a block."""
    return LINE_START.sub(lambda start: start[1] + _entity(start[2]), text)


def _entity(char: str) -> str:
    return f"&#{ord(char)};"


def _code(code: str) -> str:
    """Code within a line; as an element where Python-Markdown's backticks would change it."""
    if code != code.strip() or re.search(r"[`\\]", code):
        return f"<code>{re.sub(r'[^a-zA-Z0-9 ]', lambda found: _entity(found[0]), code)}</code>"
    return f"`{code}`"


def _barless(tex: str) -> str:
    """A formula without bars, for a table, where a bar ends the cell."""
    return tex.replace(r"\|", r"\Vert{}").replace("|", r"\vert{}")


def _in_table(node: Node) -> bool:
    return node.type == "tr" or (node.parent is not None and _in_table(node.parent))


def _attributes(node: Node, *but: str) -> str:
    """An element's attributes as `attr_list` reads them."""
    rest = {key: escape(str(value)) for key, value in node.attrs.items() if key not in but}
    return "{ " + " ".join(f'{key}="{value}"' for key, value in rest.items()) + " }" if rest else ""


def _html_attributes(node: Node) -> str:
    return "".join(f' {key}="{escape(str(value))}"' for key, value in node.attrs.items())


def _opening(node: Node, title: str) -> str:
    """The line that opens an admonition or a content tab."""
    title = '"' + title.replace('"', "'") + '"'
    if node.type == "content_tab_mkdocs":
        return f"=== {title}"
    kinds = [kind for kind in str(node.attrs.get("class", "")).split() if kind != "admonition"]
    return f"{node.markup or '!!!'} {' '.join(kinds)} {title}"


def _touches(node: Node) -> bool:
    """Whether emphasis stands against a letter or another mark, where Python-Markdown's rules differ."""
    previous, following = node.previous_sibling, node.next_sibling
    before = previous.content[-1:] if previous and previous.type == "text" else ""
    after = following.content[:1] if following and following.type == "text" else ""
    neighbours = {each.type for each in (previous, following) if each}
    return before.isalnum() or after.isalnum() or bool(neighbours & {"em", "strong"})


def _is_tight(item: Node) -> bool:
    """Whether a list item is one line of text, and perhaps lists below it."""
    if not item.children:
        return True
    first, *lists = item.children
    return (
        first.type == "paragraph"
        and first.hidden
        and all(each.type in ("bullet_list", "ordered_list") for each in lists)
        and len(lists) <= 1
        and all(_is_tight(inner) for each in lists for inner in each.children)
    )


def _indent(text: str) -> str:
    return re.sub(r"(?m)^(?=.)", "    ", text)


# --- raw HTML -------------------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """What some HTML is made of.

    Attributes:
        open: The elements that are open at its end.
        names: All elements.
        stray: Whether an end tag closed what it did not open.
        crossed: Whether a block stands in an element of a line, which `md_in_html` takes apart.
        content: Whether there is anything but tags.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.stray = False
        self.crossed = False
        self.content = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.names.add(tag)
        self.crossed = self.crossed or (tag in BLOCKS and bool(self.open) and self.open[-1] not in BLOCKS)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                self.stray = True
        else:
            self.stray = True

    def handle_data(self, data: str) -> None:
        self.content = self.content or bool(data.strip())


def _element(nodes: Sequence[Node]) -> int:
    """How many of the nodes the element takes that the first one opens: up to its end tag, or all if it has none."""
    tags = _Tags()
    for count, node in enumerate(nodes, 1):
        if node.type == "html_block":
            tags.feed(node.content)
            if not tags.open:
                return count
    return len(nodes)


def _are_containers(nodes: Sequence[Node]) -> bool:
    tags = _tags(node.content for node in nodes if node.type == "html_block")
    return not (tags.open or tags.stray or tags.content) and tags.names <= CONTAINERS


def _tags(parts: Iterable[str]) -> _Tags:
    tags = _Tags()
    for part in parts:
        tags.feed(part)
    return tags


def is_silent(html: str) -> bool:
    """Whether HTML is only comments."""
    return not re.sub(r"(?s)<!--.*?-->", "", html).strip()
