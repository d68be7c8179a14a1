"""Notebooks say what slides say, in the Markdown that notebooks know."""

from __future__ import annotations

from textwrap import dedent

import pytest
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from greenroom import dialect
from greenroom.plain_markdown import Writer, fenced

PLAIN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def written(text: str) -> str:
    writer = Writer(
        level=lambda own: own + 1,
        fence=lambda token: (token.content, token.info.split(" ")[0]),
        link=lambda address: "" if address.startswith("#") else address,
        picture=lambda address: f"attachment:{address}",
        inline=lambda address: f"data:{address}",
    )
    return writer.write(dialect.parse(dedent(text)))


@pytest.mark.parametrize(
    ("slide", "notebook"),
    [
        ("# A *title*", "## A *title*"),
        ("* one <!-- .element: class='fragment' -->\n* two", "- one\n- two"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("- [x] done\n- [ ] not yet", "- [x] done\n- [ ] not yet"),
        ("Costs $5 or ~5 `a$b`", "Costs \\$5 or \\~5 `a$b`"),
        ("$a_1 * b$ and $$c$$", "$a_1 * b$ and $$c$$"),
        ("$$\na\n\nb\n$$", "\\$\\$\na\n\nb\n\\$\\$"),
        ("$$\na\n= b\n$$", "$$\na\n= b\n$$"),
        ("[here](#/id), [there](x.html)", "here, [there](<x.html>)"),
        ("https://x.org/a", "<https://x.org/a>"),
        ("![a [dot]](d.png)", "![a \\[dot\\]](<attachment:d.png>)"),
        ("[*wide*]{.big} ~~gone~~", "*wide* ~~gone~~"),
        ("<b>x</b> <!-- no -->y", "<b>x</b> y"),
        ('<img data-src="a.png">', '<img src="data:a.png">'),
        ("<!-- only a comment -->\n\nx", "x"),
        ("Term\n:   means this\n\nx", "- **Term**\n  - means this\n\nx"),
        ("a[^1]\n\n[^1]: why", "a<sup>1</sup>\n\n<sup>1</sup> why"),
        ('!!! note "Mind *this*"\n    It is\n\n    so', "> **Mind *this***\n>\n> It is\n>\n> so"),
        ('=== "One"\n    first', "**One**\n\nfirst"),
        ("| a | b |\n|:--|--:|\n| `x` | y |", "| a | b |\n| :-- | --: |\n| `x` | y |"),
        ("````sh x\n```\n````", "````sh\n```\n````"),
        ("x\n\n    code", "x\n\n```\ncode\n```"),
        ("> quoted\n>\n> * * *", "> quoted\n>\n> ---"),
    ],
)
def test_what_slides_have_becomes_what_notebooks_have(slide, notebook):
    assert written(slide) == notebook


@pytest.mark.parametrize(
    "text",
    [
        "1\\. no list\n\n\\# no heading\n\n\\> no quote",
        "a\\_b\\_c and 2 \\* 3 \\* 4",
        "x &lt;b&gt; &amp;amp; \\<i>",
        "*a*b **c** _d_ ***e***",
        "line\\\nbreak and `` a`b ``",
        "- a\n\n  - b\n\n    c\n- d",
        "1. a\n   ```py\n   x = 1\n   ```\n2. b",
    ],
)
def test_what_both_know_stays_as_it_is(text):
    """Read as plain Markdown, both give the same words in the same elements."""
    before, after = (LexborHTMLParser(PLAIN.render(each)).body for each in (text, written(text)))
    assert shape(before) == shape(after)


def shape(node):
    return [(each.tag, (each.text(deep=False) or "").strip()) for each in node.traverse(include_text=False)]


def test_no_code_closes_its_fence():
    assert fenced("```\n````", "md") == "`````md\n```\n````\n`````"
