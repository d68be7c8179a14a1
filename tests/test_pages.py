"""A slide and its section on the site show the same, in the same order, as deeply nested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser, LexborNode

from greenroom import build, deck, pages, resolve, talk
from greenroom.model import (
    Cell,
    Fence,
    Figure,
    Listing,
    Module,
    Output,
    Parity,
    Raised,
    Recording,
    Reference,
    Slide,
    Span,
    Step,
    Talk,
)
from greenroom.python_markdown import Writer

ROOT = Path(__file__).parents[1]

CONTAINERS = {"ul", "ol", "li", "blockquote", "table", "tr", "th", "td", "dl", "dt", "dd", "pre"}
INLINE = {"code", "em", "strong", "s", "del", "a", "span", "b", "i", "kbd", "small", "sub", "sup", "mark", "u", "label"}
SKIPPED = {"aside", "annotation", "script", "style", "nav", "input"}
SKIPPED_CLASSES = {
    "captions",
    "content-tab-title",
    "filename",
    "footnote",
    "footnote-backref",
    "footnote-ref",
    "footnotes",
    "footnotes-sep",
    "framework",
    "headerlink",
    "linenos",
    "origin",
    "parity",
    "present",
    "read",
    "tabbed-labels",
}


class Outline:
    """The runs of text in some HTML, each with the containers around it; pictures, and code to the letter."""

    def __init__(self, root: LexborNode) -> None:
        self.found: list[tuple[str, str]] = []
        self.run: list[str] = []
        self.path: tuple[str, ...] = ()
        self.visit(root)
        self.flush()

    def flush(self) -> None:
        text = " ".join("".join(self.run).split())
        if text:
            self.found.append(("/".join(self.path), text))
        self.run = []

    def visit(self, node: LexborNode) -> None:
        for child in node.iter(include_text=True):
            if child.is_text_node:
                self.run.append(child.text_content or "")
            elif child.is_element_node:
                self.element(child)

    def element(self, node: LexborNode) -> None:
        tag = node.tag or ""
        classes = set((node.attributes.get("class") or "").split())
        if tag in SKIPPED or classes & SKIPPED_CLASSES:
            return
        if tag == "pre":
            self.flush()
            self.found.append(("/".join([*self.path, "pre"]), (node.text(strip=False)).strip("\n")))
        elif tag == "img":
            self.flush()
            self.found.append(("/".join(self.path), f"![{' '.join((node.attributes.get('alt') or '').split())}]"))
        elif tag in INLINE or tag == "math" or node.parent is None:
            self.visit(node)
        elif tag.startswith("m") and tag not in ("main", "menu"):
            self.visit(node)
        else:
            self.flush()
            outer = self.path
            if tag in CONTAINERS:
                self.path = (*outer, tag)
            self.visit(node)
            self.flush()
            self.path = outer


def outline(html: str) -> list[tuple[str, str]]:
    root = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert root is not None
    return Outline(root).found


def reader() -> Markdown:
    """Python-Markdown as the project's own `mkdocs.yml` sets it up."""
    extensions = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["markdown_extensions"]
    names = [each if isinstance(each, str) else next(iter(each)) for each in extensions]
    settings = {key: value for each in extensions if isinstance(each, dict) for key, value in each.items()}
    return Markdown(extensions=names, extension_configs=settings)


def read(page: str) -> str:
    return reader().convert(page.split("---\n", 2)[2])


def of_deck(one: Talk) -> list[tuple[str, str]]:
    """What the deck shows, notes after the rest of each slide, as pages have it."""
    found = []
    tree = LexborHTMLParser(deck.render(one))
    for slide in one.slides:
        section = tree.css_first(f'section[id="{slide.id}"]')
        assert section is not None, slide.id
        found += outline(section.inner_html or "")
        output = tree.css_first(f'section[id="{slide.id}-output"]')
        found += outline(output.inner_html or "") if output is not None else []
        notes = section.css_first("aside.notes")
        found += outline(notes.inner_html or "") if notes is not None else []
    return found


def of_pages(one: Talk) -> list[tuple[str, str]]:
    """What the pages of stacks show; a title that was made for a page is left out, no slide shows it."""
    found = []
    for path, text in pages.render(one).items():
        if not path.endswith("/index.md"):
            found += outline(read(re.sub(r"\A(---\n.*\n---\n\n)# (?!.* \{ #).*", r"\1", text)))
    return found


def parsed(text: str) -> Talk:
    one, problems = talk.parse(text, "slides/one.md")
    assert not problems
    return one


SLIDES = {
    "list after a paragraph": "# A\n\ntext\n* one\n* two\n",
    "numbered list after a paragraph": "# A\n\ntext\n1. one\n2. two\n",
    "two-space nesting": "# A\n\n- one\n  - two\n    - three\n- four\n",
    "three-space children": "# A\n\n1. one\n   - two\n   - three\n2. four\n",
    "parentheses after numbers": "# A\n\n1) one\n2) two\n",
    "start of a list": "# A\n\n7. seven\n8. eight\n",
    "lists side by side": "# A\n\n- one\n\n1. two\n\n* three\n",
    "nested lists side by side": "# A\n\n- one\n\n  1. two\n\n  - three\n",
    "loose list": "# A\n\n- one\n\n  more\n\n- two\n",
    "item without text": "# A\n\n- one\n-\n- three\n",
    "item that begins with code": "# A\n\n- ```py\n  x = 1\n  ```\n- two\n",
    "item that begins with a list": "# A\n\n- - one\n  - two\n",
    "item that begins with a quote": "# A\n\n- > one\n- two\n",
    "code in a list": "# A\n\n1. one\n\n   ```python\n   if x:\n\n       y\n   ```\n\n2. two\n",
    "code in a tight list": "# A\n\n- one\n  ```python\n  x = 1\n  ```\n- two\n",
    "code with tabs": "# A\n\n```make\nall:\n\techo\t$@\n  \t x\n```\n",
    "code with fences": "# A\n\n````md\n```python\nx\n```\n````\n",
    "code with blank lines around": "# A\n\n```py\n\n\nx = 1\n\n```\n",
    "code that looks like lists": "# A\n\n- one\n\n  ```\n  - a\n    1. b\n  ```\n",
    "indented code": "# A\n\n    x = 1\n\n    y = 2\n",
    "unknown language": "# A\n\n```{.odd thing=1}\nx\n```\n",
    "quote": "# A\n\n> one\n> two\n>\n> - three\n\n> four\n",
    "code in a quote": "# A\n\n> one\n>\n> ```py\n> x\n>\n> y\n> ```\n",
    "quote in a list": "# A\n\n- one\n\n  > two\n  > three\n",
    "table": "# A\n\ntext\n| a | b |\n|:--|--:|\n| `x\\|y` | $|v|$ and \\| |\n| **c** |  |\n",
    "line breaks": "# A\n\none\\\ntwo  \nthree\nfour\n",
    "emphasis": "# A\n\n**a**b *c*d **e *f* g** ***h** i* __j__ _k_ 2*3*4 snake_case_name ~~l~~\n",
    "code spans": "# A\n\n`` a`b `` ` ` `\\` `<b>` `$x$` `&amp;` `{#x}` `**`\n",
    "escapes": "# A\n\n\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) 1\\. f \\<g> &lt;h> &amp;amp; \\$5$ \\# \\\\ ![no] :smile: ==m== ++k++ ^^u^^\n",
    "starts of lines": "# A\n\ntext\n\\- a\n\\# b\n\\> c\n1\\) d\n\\+ e\n: f\n=== g\n!!!\n--8<-- j\n[^1]: k\n",
    "paragraphs that look like blocks": "# A\n\n1\\. a\n\n\\- b\n\n\\!!! c\n\n\\=== \"d\"\n\n\\*[e]: f\n\n/// g\n",
    "prices": "# A\n\nIt costs $5 and $6, or US$7; set $HOME/$USER and $PATH.\n",
    "formulas": "# A\n\n$a_b$ and $x*y*z$, $\\{1\\}$, $n$th\n\n$$\n\\frac{a}{b}\n= c\n$$\n\n$$x$$\n",
    "formula in a list": "# A\n\n- one\n\n  $$\n  x < y\n  $$\n- two $z$\n",
    "formula in a heading": "# A $\\mathbf{W}$\n\ntext\n",
    "links": "# A\n\n[a *b*](https://x.org/a_b_(c)?d=1&e=2 \"t \\\"q\\\"\") <https://y.org> https://z.org/a_b_c [r]\n\n[r]: /s\n",
    "picture": '# A\n\n![a [b] *c*](https://x.org/p.png "t"){width=300}\n',
    "heading with attributes": "# A {#own .red}\n\n## B # C #\n\n### `d` *e*\n",
    "setext headings": "A\n===\n\nB\n-\n\ntext\n",
    "headings with gaps": "# A\n\n#### B\n\n## C\n\n##### D\n",
    "no heading": "just *text*\n",
    "heading in the middle": "text\n\n## A\n\nmore\n",
    "definitions": "# A\n\nTerm\n: one\n\n  - two\n\nOther\n: three\n: four\n",
    "tasks": "# A\n\n- [x] one\n- [ ] two\n  - [x] three\n",
    "rule": "# A\n\none\n\n***\n\ntwo\n",
    "element comments": '# A\n\n- one <!-- .element: class="fragment" -->\n- two\n<!-- .element: class="x" -->\n\ntext <!-- note to self -->\n',
    "container": '# A\n\n<div class="r-hstack">\n\n- one\n- **two**\n\n</div>\n\nafter\n',
    "nested containers": '# A\n\n<div class="a">\n<div class="b">\n\n- one\n\n</div>\n<div class="b">\n\n```py\nx = 1\n```\n\n</div>\n</div>\n\nafter\n',
    "centred paragraph": '# A\n\n<p align="center">\n\n  <b>one</b> *two*\n</p>\n\nafter\n',
    "html left open": "# A\n\n<div>\n\none **two**\n\n- three\n",
    "html closed too often": "# A\n\none\n\n</div>\n\n</section>\n\ntwo\n",
    "html with blank lines": "# A\n\n<table>\n<tr><td>one</td>\n\n<td>*two*</td></tr>\n</table>\n\nafter\n",
    "html in a list": "# A\n\n- one\n\n  <div>two</div>\n\n- three\n",
    "code in html in a list": "# A\n\n- one\n\n  <details><summary>two</summary>\n\n  ```js\n  if (a) {\n  \t`$b`\n  }\n  ```\n\n  </details>\n",
    "block in a link": '# A\n\n<div>\n<a href="https://x.org">\n    <div>\n    one *two*\n    </div>\n    </a>\n    <b>three</b>\n</div>\n\nfour\n',
    "html within a line": "# A\n\nPress <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O, <span style=\"color: red\">red *x*</span>\n",
    "entities": "# A\n\n&copy; &nbsp; &#42;x&#42; &lt;b&gt; a&b AT&T\n",
    "footnote": "# A\n\none[^1] two\n\n[^1]: The *note*.\n",
    "admonition": '# A\n\n!!! note "A *title*"\n    one\n\n    - two\n',
    "tabs": '# A\n\n=== "One"\n\n    one\n\n=== "Two"\n\n    - two\n',
    "notes": "# A\n\none\n\nNote: Two *three*\n\n- four\n\n```python\nx = 1\n```\n",
    "notes with a heading": "# A\n\none\n\nNote:\n\n## B\n\nfour\n",
    "umlauts": "# Größe 数\n\nÜber „Größe“ — 数据 🙂\n",
}


@pytest.mark.parametrize("name", SLIDES)
def test_slide_and_page_agree(name: str) -> None:
    one = parsed(SLIDES[name])
    assert of_pages(one) == of_deck(one)
