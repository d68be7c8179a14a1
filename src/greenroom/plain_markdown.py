"""markdown-it's tokens → the plain Markdown that notebooks show: CommonMark with GFM's tables, and TeX between dollars.

mdformat writes it. What talks have besides, and notebooks do not, becomes what is nearest to it: an admonition a quote,
a tab a bold line, a definition list a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from types import SimpleNamespace
from typing import TYPE_CHECKING

from greenroom.python_markdown import URL

if TYPE_CHECKING:
    from markdown_it.token import Token
    from mdformat.renderer import RenderContext, RenderTreeNode

Url = Callable[[str], str]
"""Gives an address as the notebook must say it; "" if it leads nowhere from there."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes tokens as plain Markdown; what depends on the notebook is asked from functions.

    Attributes:
        level: The level that a heading gets in the notebook, for its own one.
        fence: The code of a fence, and its language.
        link: Where a link leads.
        picture: The address of a picture.
        inline: The same in raw HTML.
    """

    level: Callable[[int], int]
    fence: Callable[[Token], tuple[str, str]]
    link: Url
    picture: Url
    inline: Url

    def write(self, tokens: Sequence[Token]) -> str:
        """The Markdown of a sequence of block tokens, no newline at the end."""
        from mdformat.renderer import MDRenderer

        plugin = SimpleNamespace(RENDERERS=self._renderers(), POSTPROCESSORS={"text": _text, "inline": _trimmed})
        options: Mapping[str, object] = {"parser_extension": [plugin], "mdformat": {"number": True}}
        return MDRenderer().render(tokens, options, {}, finalize=False).strip("\n")

    def _renderers(self) -> dict[str, Callable[[RenderTreeNode, RenderContext], str]]:
        return {
            "heading": self._heading,
            "fence": self._fence,
            "code_block": self._fence,
            "link": self._link,
            "image": self._image,
            "html_block": self._html,
            "html_inline": self._html,
            "hr": lambda *_: "---",
            "s": lambda node, context: f"~~{_children(node, context)}~~",
            "span": _children,
            "list_item": _item,
            "table": _table,
            "dl": lambda node, context: _children(node, context, "\n"),
            "dt": lambda node, context: f"- **{_children(node, context)}**",
            "dd": lambda node, context: "  - " + _indented(_children(node, context, "\n\n"), "    ").lstrip(),
            "footnote_ref": lambda node, _: f"<sup>{_number(node)}</sup>",
            "footnote_block": lambda node, context: _children(node, context, "\n\n"),
            "footnote": lambda node, context: f"<sup>{_number(node)}</sup> " + _children(node, context, "\n\n"),
            "footnote_anchor": lambda *_: "",
            **dict.fromkeys(("math_inline", "math_single"), lambda node, _: f"${node.content.strip()}$"),
            "math_inline_double": lambda node, _: f"$${node.content.strip()}$$",
            **dict.fromkeys(("math_block", "math_block_label", "amsmath"), _formula),
            **dict.fromkeys(("admonition", "admonition_mkdocs", "content_tab_mkdocs"), _titled),
        }

    def _heading(self, node: RenderTreeNode, context: RenderContext) -> str:
        text = _children(node, context).replace("\n", " ")
        return f"{'#' * self.level(int(node.tag[1:]))} {text}"

    def _fence(self, node: RenderTreeNode, _: RenderContext) -> str:
        code, language = self.fence(node.to_tokens()[0])
        return fenced(code, language)

    def _link(self, node: RenderTreeNode, context: RenderContext) -> str:
        text = _children(node, context)
        address = self.link(str(node.attrs.get("href", "")))
        if address and text == escaped(address):
            return f"<{address}>"
        return f"[{text}](<{address}>)" if address else text

    def _image(self, node: RenderTreeNode, _: RenderContext) -> str:
        texts = (child.content if child.type == "text" else " " for child in node.walk() if not child.children)
        alt = " ".join("".join(texts).split())
        address = self.picture(str(node.attrs.get("src", "")))
        return f"![{escaped(alt)}](<{address}>)" if address else alt

    def _html(self, node: RenderTreeNode, _: RenderContext) -> str:
        def relinked(match: re.Match[str]) -> str:
            return f'{match["before"]}"{escape(self.inline(unescape(match["url"])))}"'

        html = re.sub(r"(?s)<!--.*?-->", "", node.content).strip("\n")
        return URL.sub(relinked, re.sub(r"\sdata-src(?=\s*=)", " src", html)) if html.strip() else ""


def fenced(code: str, language: str) -> str:
    """A fence that the code can't close."""
    ticks = "`" * max(3, 1 + max(map(len, re.findall(r"`+", code)), default=0))
    return "\n".join([f"{ticks}{language}", code.removesuffix("\n"), ticks])


def escaped(text: str) -> str:
    """A text that means what it says, within a line."""
    return re.sub(r"([\\`*_\[\]<>$~|])", r"\\\1", " ".join(text.split()))


def _text(text: str, _: RenderTreeNode, __: RenderContext) -> str:
    """A dollar that is just a dollar, and a tilde: here they would begin something."""
    return re.sub(r"[$~]", r"\\\g<0>", text)


def _trimmed(text: str, _: RenderTreeNode, __: RenderContext) -> str:
    return text.strip()


def _children(node: RenderTreeNode, context: RenderContext, separator: str = "") -> str:
    return separator.join(filter(None, (child.render(context) for child in node.children)))


def _item(node: RenderTreeNode, context: RenderContext) -> str:
    hidden = all(child.hidden for child in node.children if child.type == "paragraph")
    box = ("[x] " if node.meta["checked"] else "[ ] ") if "checked" in node.meta else ""
    return box + _children(node, context, "\n" if hidden else "\n\n")


def _table(node: RenderTreeNode, context: RenderContext) -> str:
    head, *body = (row for part in node.children for row in part.children)
    rules = {"left": ":--", "right": "--:", "center": ":-:"}
    sides = [str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in head.children]
    rows = [
        [_children(cell, context).replace("\n", " ").replace("|", r"\|") for cell in row.children]
        for row in (head, *body)
    ]
    rows.insert(1, [rules.get(side, "---") for side in sides])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _titled(node: RenderTreeNode, context: RenderContext) -> str:
    """An admonition, or a tab: its title in bold, then what is in it."""
    title, *blocks = node.children
    heading = _children(title, context)
    parts = [f"**{heading}**" if heading else "", *(block.render(context) for block in blocks)]
    text = "\n\n".join(filter(None, parts))
    return text if node.type == "content_tab_mkdocs" else re.sub(r"(?m)^", "> ", text).replace("> \n", ">\n")


def _formula(node: RenderTreeNode, _: RenderContext) -> str:
    tex = "\n".join(line for line in node.content.strip().split("\n") if line.strip())
    return f"$$\n{tex}\n$$"


def _number(node: RenderTreeNode) -> int:
    return int(node.meta.get("id", 0)) + 1


def _indented(text: str, by: str) -> str:
    return re.sub(r"(?m)^(?=.)", by, text)
