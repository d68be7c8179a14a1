"""The one Markdown of talks: GFM as reveal.js reads it, and our few additions. Text → tokens → HTML.

What reveal.js does at run time is done here: its comments set attributes, and tags that an author left open are closed
where the slide ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from html import escape, unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.common.html_re import HTML_OPEN_CLOSE_TAG_STR
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, heading, html_block, lheading, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.attrs.parse import ParseError
from mdit_py_plugins.attrs.parse import parse as parse_attributes
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_inline_dollar
from mdit_py_plugins.footnote import footnote_plugin

from greenroom.model import Attributes

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from selectolax.lexbor import LexborNode

Hold = Callable[[str], str]
"""Puts finished HTML aside and gives the text that stands for it until the slide is done."""

# --- text → tokens --------------------------------------------------------------------------------------------------


def parse(text: str, first_line: int = 1) -> list[Token]:
    """Parse the Markdown of one slide, or of its notes.

    Args:
        text: Markdown with `\\n` line ends.
        first_line: The line of the file that the text starts on, from 1.

    Returns:
        markdown-it's tokens; `map` counts lines of the file, from 0, the end excluded.
    """
    text = text.replace(_HOLD, "\ufffd")
    tokens = _markdown(bool(_MKDOCS_BLOCK.search(text))).parse(text, {})
    lines = text.split("\n")
    for token in tokens:
        if token.map is not None:
            first, end = token.map
            if token.type == "html_block" and first:
                # marked takes white space at the end of a list for a blank line.
                before = lines[first - 1]
                token.meta["apart"] = before[-1:] in (" ", "\t") or not before.strip(" \t>")
            if token.type == "html_block":
                blank = next((line for line in range(end, len(lines)) if lines[line].strip()), end) - end
                token.content += "\n" * blank
            token.map = [first + first_line - 1, end + first_line - 1]
    return tokens


@lru_cache(1 << 14)
def slug(text: str) -> str:
    """An id made of a text the way GitHub makes the anchors of headings."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def plain(token: Token) -> str:
    """The text of an inline token as it is read: no markup, and formulas without their commands."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type.startswith("math"):
            parts.append(re.sub(r"\\[a-zA-Z]+|[\\{}^_]", "", child.content))
    return " ".join("".join(parts).split())


_MKDOCS_BLOCK = re.compile(r'^ *(?:(?:!!!|\?\?\?\+?) +\w|===[!+]? +")', re.MULTILINE)


class _Markdown(MarkdownIt):
    """markdown-it that writes addresses as browsers do, and trusts the author with all of them."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return _encode(url)

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802
        return True


@cache
def _markdown(mkdocs_blocks: bool) -> MarkdownIt:
    """The parser; the admonitions and content tabs of MkDocs are slow to load, and only there when asked for."""
    markdown = _Markdown("commonmark", {"xhtmlOut": False, "maxNesting": 100}, renderer_cls=_Renderer)
    markdown.options["tasklists"] = True
    markdown.options["strikethrough_single_tilde"] = True
    markdown.enable(["table", "strikethrough"])
    markdown.use(dollarmath_plugin, allow_labels=False, allow_blank_lines=False)
    markdown.inline.ruler.at("math_inline", _math_inline)
    markdown.use(attrs_plugin, spans=True)
    markdown.use(deflist_plugin)
    markdown.use(footnote_plugin, inline=False)
    markdown.block.ruler.at("heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]})
    markdown.block.ruler.at("lheading", _underlined_heading)
    markdown.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    markdown.block.ruler.at("html_block", _html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    markdown.block.ruler.before("html_block", "ends_list", _ends_list, {"alt": ["paragraph"]})
    markdown.core.ruler.before("inline", "heading_attributes", _heading_attributes)
    markdown.core.ruler.after("text_join", "autolinks", _autolinks)
    markdown.core.ruler.after("text_join", "code_formulas", _code_formulas)
    if mkdocs_blocks:
        from mdformat_mkdocs.mdit_plugins import material_admon_plugin, material_content_tabs_plugin, pymd_admon_plugin

        markdown.use(material_admon_plugin).use(pymd_admon_plugin).use(material_content_tabs_plugin)
    for kind in ("math_inline", "math_inline_double", "math_block"):
        markdown.add_render_rule(kind, _render_math)
    return markdown


def _encode(url: str) -> str:
    """JavaScript's encodeURI, which leaves what is encoded already."""
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace")), url)


_UNSAFE = re.compile(r"[^A-Za-z0-9;,/?:@&=+$\-_.!~*'()#%]+")

_dollars = math_inline_dollar(allow_space=False, allow_digits=False, allow_double=True)
_AFTER_MATH = re.compile(r"(?!(?:th|st|nd|rd|s)\b)[\w{(]")
_PRICE = re.compile(r"\$\d[\d.,]*\s*[,;]?\s+[a-z]{2}")


def _math_inline(state: StateInline, silent: bool) -> bool:
    """`$…$` as pandoc has it, save that no word may touch it: `$HOME/$USER` is none, `$n$th` is; nor is a price."""
    start = state.pos
    if state.src[start] != "$" or (start and (state.src[start - 1].isalnum() or state.src[start - 1] == "$")):
        return False
    if _PRICE.match(state.src, start) or not _dollars(state, True):
        return False
    end = state.pos
    state.pos = start
    if _AFTER_MATH.match(state.src, end):
        return False
    return _dollars(state, silent)


def formula(text: str, start: int) -> tuple[str, bool, int] | None:
    """The formula that begins with the dollar at `start`, for those who read Markdown otherwise.

    Returns:
        Its TeX, whether it is displayed, and where it ends; or None if the dollar is just a dollar.
    """
    state = StateInline(text, _markdown(False), {}, [])
    state.pos = start
    if not _math_inline(state, False):
        return None
    token = state.tokens[-1]
    return token.content, token.type == "math_inline_double", state.pos


_WIDE_SPACE = re.compile(r"#{1,6}[^\S \t\n]")


def _heading(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A heading, also where another space than the common one follows the `#`, as some keyboards type it."""
    start = state.bMarks[line] + state.tShift[line]
    if state.src.startswith("#", start) and (match := _WIDE_SPACE.match(state.src, start, state.eMarks[line])):
        state.src = f"{state.src[: match.end() - 1]} {state.src[match.end() :]}"
    return heading(state, line, end, silent)


_HEADING_ATTRIBUTES = re.compile(r"[ \t]+(\{[ \t]*[.#][^{}]*\})[ \t]*$")


def _heading_attributes(state: StateCore) -> None:
    """`## Title {#id .class}`."""
    for opening, inline in pairwise(state.tokens):
        if opening.type == "heading_open" and (match := _HEADING_ATTRIBUTES.search(inline.content)):
            try:
                _, attributes = parse_attributes(match[1])
            except ParseError:
                continue
            opening.attrs.update(attributes)
            inline.content = inline.content[: match.start()]


_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$", re.MULTILINE)
_NO_HEADING = re.compile(r"[*+-] |\d{1,9}[.)] |`{3}|~{3}|>|#|<[^\n>]+>$", re.MULTILINE)


def _underlined_heading(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A heading with a line of `=` or `-` below it, as marked has it.

    None of its lines may look like another block; and what underlines a list item need not be indented.
    """
    for below in range(line, end):
        start = state.bMarks[below] + state.tShift[below]
        if state.isEmpty(below):
            break
        if below > line and (underline := _UNDERLINE.match(state.src, start)):
            if 0 <= state.sCount[below] < state.blkIndent and (underline[0][0] == "=" or underline[0].rstrip() == "--"):
                state.sCount[below] = state.blkIndent
            break
        if _NO_HEADING.match(state.src, start):
            return False
    found = lheading(state, line, end, silent)
    if found:
        _keep_in_item(state, end)
    return found


_NO_ITEM = re.compile(r"(?:[*+-]|\d{1,9}[.)])[ \t]$", re.MULTILINE)


def _list(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A list; marked begins none with an item that is but a marker and a space, and in an item one with any number."""
    if _NO_ITEM.match(state.src, state.bMarks[line] + state.tShift[line]):
        return silent
    parent = state.parentType
    if silent and state.listIndent >= 0:
        state.parentType = "list"
    found = list_block(state, line, end, silent)
    state.parentType = parent
    return found


_RAW_END = re.compile(r"</(?:pre|script|style|textarea)\b", re.IGNORECASE)
_LONE_TAG = re.compile(rf"{HTML_OPEN_CLOSE_TAG_STR}[ \t]*$")
_BLOCK = re.compile(
    r"#|`{3}|~{3}|>|(?:[*+-]|\d{1,9}[.)])(?:[ \t]|$)|([-*_])(?:[ \t]*\1){2}|<(?:[a-z].*>|!--)",
    re.IGNORECASE | re.MULTILINE,
)


def _html_block(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A block of HTML, as marked has it.

    Outside of lists no indented tag ends a paragraph; in an item any tag alone on its line does, and what stands right
    below goes on with the item. `</pre>` and its like begin no block. Other blocks end what closes right after a list.
    """
    start = state.bMarks[line] + state.tShift[line]
    if not state.src.startswith("<", start) or _RAW_END.match(state.src, start):
        return False
    inside = state.listIndent >= 0
    if silent:
        indent = state.sCount[line] - state.blkIndent
        lone = inside and 0 <= indent < 4 and _LONE_TAG.match(state.src[start : state.eMarks[line]])
        return bool(lone) or ((inside or indent <= 0) and html_block(state, line, end, silent))

    after_list = bool(state.tokens) and state.tokens[-1].type.endswith("list_close") and not state.isEmpty(line - 1)
    if after_list and state.src.startswith("</", start):
        end = next((below for below in range(line + 1, end) if not _goes_on(state, below)), end)
    found = html_block(state, line, end, silent)
    if found:
        _keep_in_item(state, end)
    return found


def _keep_in_item(state: StateBlock, end: int) -> None:
    """Indent the line below a block of a list item as the item is, where it goes on with it."""
    line = state.line
    if state.listIndent >= 0 and line < end and state.sCount[line] < state.blkIndent and _goes_on(state, line):
        state.sCount[line] = state.blkIndent


def _goes_on(state: StateBlock, line: int) -> bool:
    return not state.isEmpty(line) and not _BLOCK.match(state.src, state.bMarks[line] + state.tShift[line])


_ENDS_LIST = re.compile(r"#|<(?:[a-z].*>|!--)", re.IGNORECASE)


def _ends_list(state: StateBlock, line: int, _end: int, silent: bool) -> bool:
    """A line that starts with a tag or `#` and is not indented ends the list before it, even without a blank line."""
    if not silent or state.sCount[line] >= min(state.blkIndent, state.listIndent + 4):
        return False
    return _ENDS_LIST.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]) is not None


_ADDRESS = re.compile(
    r"(?:((?:[hH][tT][tT][pP][sS]?|[fF][tT][pP])://|www\.)(?:[a-zA-Z0-9\-]+\.?)+[^\s<]*)"
    r"|[A-Za-z0-9._+-]+@[a-zA-Z0-9\-_]+(?:\.[a-zA-Z0-9\-_]*[a-zA-Z0-9])+(?![-_])"
)
_ADDRESS_END = re.compile(r"(?:[^?!.,:;*_'\"~()&]+|\([^)]*\)|&(?![a-zA-Z0-9]+;$)|[?!.,:;*_'\"~)]+(?!$))+", re.DOTALL)


def _autolinks(state: StateCore) -> None:
    """Bare addresses become links, by the rules of marked, which reveal.js uses."""
    for block in state.tokens:
        content = block.content
        if block.children and ("://" in content or "www." in content or "@" in content):
            block.children = list(_linked(block.children))


def _code_formulas(state: StateCore) -> None:
    """`` `$$ x_1 $$` `` is a formula, too: reveal.js tells authors to keep Markdown out of their TeX so."""
    for block in state.tokens:
        if "`$$" in block.content:
            for child in block.children or ():
                if child.type == "code_inline" and (match := _CODE_FORMULA.fullmatch(child.content)):
                    child.type, child.tag, child.markup, child.content = "math_inline_double", "math", "$$", match[1]


_CODE_FORMULA = re.compile(r"\$\$([^$]*[^$\s][^$]*)\$\$")


def _linked(children: Sequence[Token]) -> Iterator[Token]:
    inside = 0
    for token in children:
        if token.type == "link_open" or (token.type == "html_inline" and re.match(r"<a\s", token.content, re.I)):
            inside += 1
        elif token.type == "link_close" or (token.type == "html_inline" and re.match(r"</a\s*>", token.content, re.I)):
            inside -= 1
        if token.type != "text" or inside > 0:
            yield token
            continue
        text, done = token.content, 0
        for match in _ADDRESS.finditer(text):
            if match.start() < done:
                continue
            found = match[0]
            if match[1]:
                while (end := _ADDRESS_END.match(found)) and end[0] != found:
                    found = end[0]
                address = f"http://{found}" if match[1] == "www." else found
            else:
                address = f"mailto:{found}"
            yield Token("text", "", 0, content=text[done : match.start()], level=token.level)
            yield Token("link_open", "a", 1, attrs={"href": _encode(address)}, markup="linkify", info="auto")
            yield Token("text", "", 0, content=found, level=token.level + 1)
            yield Token("link_close", "a", -1, markup="linkify", info="auto")
            done = match.start() + len(found)
        yield Token("text", "", 0, content=text[done:], level=token.level) if done else token


# --- tokens → HTML --------------------------------------------------------------------------------------------------


def render(
    tokens: Sequence[Token], code: Callable[[Token, Hold], str], name: str = "", raw: bool = False
) -> tuple[str, Attributes]:
    """Render a slide's body, or its notes.

    Args:
        tokens: What `parse` gave.
        code: Renders a code block; what goes through its second argument is left untouched by all that follows.
        name: Makes the ids of footnotes unique in the page.
        raw: Leave comments and open tags as they stand.

    Returns:
        The HTML, its tags closed; and the attributes that `.element` comments give to the slide itself.
    """
    env: dict[str, Any] = {"docId": name, "code": code, "held": [], "raw": False}
    markdown = _markdown(False)
    html = markdown.renderer.render(tokens, markdown.options, env)
    attributes: Attributes = ()
    if env["raw"] and not raw:
        html, attributes = _settle(html)
    held = env["held"]
    return (_HELD.sub(lambda match: held[int(match[1])], html) if held else html), attributes


# Non-characters pass through an HTML parser, and mean nothing to an author.
_HOLD = "\ufdd0"
_HELD = re.compile(f"{_HOLD}(\\d+){_HOLD}")


def _hold(env: dict[str, Any]) -> Hold:
    held: list[str] = env["held"]

    def hold(html: str) -> str:
        held.append(html)
        return f"{_HOLD}{len(held) - 1}{_HOLD}"

    return hold


class _Renderer(RendererHTML):
    """markdown-it's renderer, brought to what marked writes."""

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        rendered: str = env["code"](tokens[idx], _hold(env))
        token, following = tokens[idx], tokens[idx + 1].map if idx + 1 < len(tokens) else None
        apart = token.type == "fence" and following and token.map and following[0] > token.map[1]
        return f"{rendered}\n" if apart else rendered

    fence = code_block

    def html_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        env["raw"] = True
        token = tokens[idx]
        # A blank line before a comment matters: see _settle.
        return f"\n{token.content}" if token.meta.get("apart") else token.content

    def html_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        env["raw"] = True
        return tokens[idx].content

    def hardbreak(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        return "<br>"

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        if token.content:
            return super().image(tokens, idx, options, env)
        token.attrs.pop("alt", None)  # an empty one would say that it is decoration, and nobody did
        return self.renderToken(tokens, idx, options, env)

    def list_item_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        box = _checkbox(tokens[idx])
        loose = idx + 1 < len(tokens) and tokens[idx + 1].type == "paragraph_open" and not tokens[idx + 1].hidden
        return f"<li>{box}" if not loose else "<li>"

    def paragraph_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        opening = self.renderToken(tokens, idx, options, env)
        item = idx and not tokens[idx].hidden and tokens[idx - 1]
        return f"{opening}{_checkbox(item)}" if item and item.type == "list_item_open" else opening

    def bullet_list_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        start = tokens[idx].attrs.get("start")
        return f"\n<{tokens[idx].tag}>" if start is None else f'\n<ol start="{start}">'

    ordered_list_open = bullet_list_open

    def s_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        return "<del>"

    def s_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        return "</del>"

    def th_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        token = tokens[idx]
        align = str(token.attrs.get("style", "")).removeprefix("text-align:")
        return f'<{token.tag} align="{align}">' if align else f"<{token.tag}>"

    td_open = th_open


def _checkbox(item: Token) -> str:
    if "checked" not in item.meta:
        return ""
    return f'<input {"checked=" + chr(34) * 2 + " " if item.meta["checked"] else ""}disabled="" type="checkbox"> '


def _render_math(_: RendererHTML, tokens: Sequence[Token], idx: int, __: Any, env: dict[str, Any]) -> str:
    token = tokens[idx]
    html, _error = math(token.content, token.type != "math_inline")
    held = _hold(env)(html)
    return f"<p>{held}</p>\n" if token.type == "math_block" else held


@lru_cache(1 << 16)  # a formula is set when its talk is parsed, and again when its deck is rendered
def math(tex: str, display: bool) -> tuple[str, tuple[int, str] | None]:
    """Set a formula.

    Returns:
        MathML that keeps the TeX as its annotation; and None, or where in the TeX (from 0) it is wrong, and how.
        A wrong formula's HTML is its source.
    """
    from math_core import LatexError

    wrong: list[str] = []
    # Others set what Markdown leaves of a formula: for them authors write `\\begin` and `\_`.
    for source in (tex, _ESCAPED.sub(r"\1", tex)):
        try:
            return _math_core().convert_with_local_state(source, displaystyle=display), None
        except LatexError as error:
            wrong.append(str(error))
    offset, _, message = wrong[0].partition(": ")
    dollars = "$$" if display else "$"
    html = f'<code class="tex">{dollars}{escape(tex, quote=False)}{dollars}</code>'
    return html, (int(offset), message) if offset.isdigit() else (0, wrong[0])


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@cache
def _math_core() -> Any:
    from math_core import LatexToMathML

    return LatexToMathML(annotation=True, fancy_error=False)


# --- what reveal.js does with the HTML ------------------------------------------------------------------------------

_ELEMENT = re.compile(r"\.element\s*?(.+?)$", re.MULTILINE)
_SLIDE = re.compile(r"\.slide:\s*?(\S.+?)$", re.MULTILINE)
_ATTRIBUTE = re.compile(r'([^"= ]+?)="([^"]+?)"|(data-[^"= ]+?)(?=[" ])')
_NAME = re.compile(r"[A-Za-z_:@][^\s\"'<>/=]*")


@lru_cache(1024)
def directive(comment: str) -> tuple[str, Attributes] | None:
    """What a comment means: `("element", attributes)`, `("slide", attributes)`, or None if it is just a comment.

    Only the first line with words in it can say it: a block that was commented out means nothing.
    """
    if "." not in comment:
        return None
    for kind, pattern in (("element", _ELEMENT), ("slide", _SLIDE)):
        match = pattern.search(comment)
        if match and "<!--" not in (before := comment[: match.start()]) and "\n" not in before.lstrip():
            attributes = {name or flag: value for name, value, flag in _ATTRIBUTE.findall(match[1])}
            return kind, tuple((name, value) for name, value in attributes.items() if _NAME.fullmatch(name))
    return None


def _settle(html: str) -> tuple[str, Attributes]:
    """Close what is open, and give the attributes of `.element` comments to their elements.

    A comment's element is the nearest one before it below the same parent, line breaks left out, or else the parent.
    Straight after a list it is the last item; a blank line between makes it the list.
    """
    from selectolax.lexbor import LexborHTMLParser

    fragment = LexborHTMLParser(html, is_fragment=True)
    root = fragment.root
    own: dict[str, str] = {}
    comments = [node for node in root.traverse(include_text=True) if node.is_comment_node] if root else []
    for comment in comments:
        meaning = directive((comment.html or "")[4:-3])
        if meaning is None or meaning[0] != "element":
            continue
        before = comment.prev
        apart = before is not None and before.is_text_node and _BLANK.search(before.text_content or "")
        while before is not None and (not before.is_element_node or before.tag == "br" or "parity" in _classes(before)):
            before = before.prev
        target = before or comment.parent
        if target is not None and target.tag in ("ul", "ol") and not apart:
            last = target.last_child
            while last is not None and not last.is_element_node:
                last = last.prev
            target = last or target
        if target is None or not target.is_element_node:
            own.update(meaning[1])
        else:
            for name, value in meaning[1]:
                # What shows a snippet is known by its classes.
                kept = _classes(target) if name == "class" and _BUILT & set(_classes(target)) else []
                target.attrs[name] = " ".join([*kept, value])
    for comment in comments:
        comment.decompose()
    return _LEADING_NEWLINE.sub(r"\g<0>\n", fragment.html or ""), tuple(own.items())


def _classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


_BUILT = {"listing", "panes"}
_BLANK = re.compile(r"\n[ \t]*\n")
# The browser drops the line end that follows these tags, as the parser just did.
_LEADING_NEWLINE = re.compile(r"<(?:pre|textarea|listing)(?:\s[^>]*)?>(?=\n)")

# --- code -----------------------------------------------------------------------------------------------------------

_STEPS = re.compile(r"\[\s*((\d*):)?\s*([\s\d,|-]*)\]")


def steps(info: str) -> tuple[str | None, str | None, str]:
    """Read reveal.js's steps: `js [712: 1|3-5]` is `("712", "1|3-5", "js")`; None for what is not there."""
    match = _STEPS.search(info)
    if match is None:
        return None, None, info.strip()
    return match[2] or None, match[3].strip(), (info[: match.start()] + info[match.end() :]).strip()


@lru_cache(1024)
def highlight(code: str, language: str) -> tuple[str, ...]:
    """Highlight code with Pygments.

    Returns:
        One HTML string a line, whose text is the line; a language that Pygments does not know stays plain.
    """
    if _lexer(language) is None:
        return tuple(escape(line, quote=False) for line in code.split("\n"))
    if language not in ("python", "py", "python3"):
        return _colored(code, language)
    return tuple(line for part in _PYTHON_LINE.findall(f"{code}\n") for line in _colored(part, language))


def tokens(code: str, language: str) -> Iterator[list[tuple[str, str]]]:
    """The tokens of each line as `highlight` shows them: the class that colours it, and the text."""
    for line in highlight(code, language):
        yield [(kind, unescape(colored or rest)) for kind, colored, rest in _TOKEN.findall(line)]


_TOKEN = re.compile(r'<span class="([^"]*)">([^<]*)</span>|([^<]+)')

# In Python only a string in triple quotes reaches over the end of a line. The other lines look the same wherever they
# stand, and as slides repeat each other's lines, most are done already.
_PYTHON_LINE = re.compile(
    r"""((?:[^\n"']|"(?!"")|'(?!'')|\"{3}(?:.|\n)*?(?:\"{3}|(?=\n\Z))|'{3}(?:.|\n)*?(?:'{3}|(?=\n\Z)))*)\n"""
)


@lru_cache(8192)
def _colored(code: str, language: str) -> tuple[str, ...]:
    lexer = _lexer(language)
    assert lexer is not None
    lines: list[str] = []
    parts: list[str] = []
    for _, kind, value in lexer.get_tokens_unprocessed(f"{code}\n"):
        style = _style(kind)
        text = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if "\n" not in value:
            parts.append(f'<span class="{style}">{text}</span>' if style else text)
            continue
        for index, piece in enumerate(text.split("\n")):
            if index:
                lines.append("".join(parts))
                parts.clear()
            if piece:
                parts.append(f'<span class="{style}">{piece}</span>' if style else piece)
    return tuple(lines[: code.count("\n") + 1])


@cache
def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


@cache
def _style(kind: Any) -> str:
    """Pygments' short class of a kind of token; "" for those that look like plain text."""
    from pygments.token import STANDARD_TYPES, Name, Operator, Punctuation, Text

    if kind in (Name, Operator, Punctuation) or kind in Text:
        return ""
    while kind not in STANDARD_TYPES:
        kind = kind.parent
    return STANDARD_TYPES[kind]
