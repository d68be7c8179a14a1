"""A slide and its section on the site show the same, in the same order, as deeply nested."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from markdown import Markdown
from mkdocs.utils.yaml import yaml_load
from selectolax.lexbor import LexborHTMLParser, LexborNode

from greenroom import build, deck, pages, talk
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
    Repository,
    Slide,
    Span,
    Stack,
    Step,
    Talk,
)

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
    "step-note",
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

    def numbered(self, node: LexborNode | None) -> bool:
        """Whether this is the table that sets the numbers of lines beside code."""
        while node is not None and node.tag != "table":
            node = node.parent
        return node is not None and "highlighttable" in (node.attributes.get("class") or "")

    def element(self, node: LexborNode) -> None:
        tag = node.tag or ""
        classes = set((node.attributes.get("class") or "").split())
        if tag in SKIPPED or classes & SKIPPED_CLASSES or is_steps(node):
            return
        if tag == "pre":
            self.flush()
            code = node.css_first("pre > code") or node  # beside it stands what the deck does with code
            self.found.append(("/".join([*self.path, "pre"]), code.text(strip=False).strip("\n")))
        elif tag == "img":
            self.flush()
            self.found.append(("/".join(self.path), f"![{' '.join((node.attributes.get('alt') or '').split())}]"))
        elif tag in INLINE or tag.startswith("m"):  # MathML
            self.visit(node)
        else:
            self.flush()
            outer = self.path
            if tag in CONTAINERS and not self.numbered(node):
                self.path = (*outer, tag)
            self.visit(node)
            self.flush()
            self.path = outer


def is_steps(node: LexborNode) -> bool:
    """Whether this is the list of steps below a listing."""
    return node.tag == "ol" and node.parent is not None and "walk" in (node.parent.attributes.get("class") or "")


def outline(html: str) -> list[tuple[str, str]]:
    root = LexborHTMLParser(f"<main>{html}</main>").css_first("main")
    assert root is not None
    return Outline(root).found


def reader() -> Markdown:
    """Python-Markdown as the project's own `mkdocs.yml` sets it up."""
    extensions = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["markdown_extensions"]
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


def step_notes_of_deck(one: Talk) -> list[list[tuple[str, str]]]:
    """The notes of steps that the deck has for the speaker."""
    return [outline(node.inner_html or "") for node in LexborHTMLParser(deck.render(one)).css(".step-note")]


def step_notes_of_pages(one: Talk) -> list[list[tuple[str, str]]]:
    """The notes of steps on the pages: what follows the caption."""
    items = [
        item for text in pages.render(one).values() for item in LexborHTMLParser(read(text)).css(".walk > ol > li")
    ]
    return [note for item in items if (note := outline(item.inner_html or "")[1:])]


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
    "escapes": (
        "# A\n\n"
        "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) 1\\. f \\<g> &lt;h> &amp;amp; \\$5$ \\# \\\\ "
        "![no] :smile: ==m== ++k++ ^^u^^\n"
    ),
    "starts of lines": "# A\n\ntext\n\\- a\n\\# b\n\\> c\n1\\) d\n\\+ e\n: f\n=== g\n!!!\n--8<-- j\n[^1]: k\n",
    "paragraphs that look like blocks": '# A\n\n1\\. a\n\n\\- b\n\n\\!!! c\n\n\\=== "d"\n\n\\*[e]: f\n\n/// g\n',
    "prices": "# A\n\nIt costs $5 and $6, or US$7; set $HOME/$USER and $PATH.\n",
    "formulas": "# A\n\n$a_b$ and $x*y*z$, $\\{1\\}$, $n$th\n\n$$\n\\frac{a}{b}\n= c\n$$\n\n$$x$$\n",
    "formula in a list": "# A\n\n- one\n\n  $$\n  x < y\n  $$\n- two $z$\n",
    "formula in a heading": "# A $\\mathbf{W}$\n\ntext\n",
    "links": (
        '# A\n\n[a *b*](https://x.org/a_b_(c)?d=1&e=2 "t \\"q\\"") <https://y.org> https://z.org/a_b_c [r]\n\n[r]: /s\n'
    ),
    "picture": '# A\n\n![a [b] *c*](https://x.org/p.png "t"){width=300}\n',
    "heading with attributes": "# A {#own .red}\n\n## B # C #\n\n### `d` *e*\n",
    "setext headings": "A\n===\n\nB\n-\n\ntext\n",
    "headings with gaps": "# A\n\n#### B\n\n## C\n\n##### D\n",
    "no heading": "just *text*\n",
    "heading in the middle": "text\n\n## A\n\nmore\n",
    "definitions": "# A\n\nTerm\n: one\n\n  - two\n\nOther\n: three\n: four\n",
    "tasks": "# A\n\n- [x] one\n- [ ] two\n  - [x] three\n",
    "rule": "# A\n\none\n\n***\n\ntwo\n",
    "element comments": (
        '# A\n\n- one <!-- .element: class="fragment" -->\n- two\n<!-- .element: class="x" -->\n\n'
        "text <!-- note to self -->\n"
    ),
    "container": '# A\n\n<div class="r-hstack">\n\n- one\n- **two**\n\n</div>\n\nafter\n',
    "nested containers": (
        '# A\n\n<div class="a">\n<div class="b">\n\n- one\n\n</div>\n<div class="b">\n\n```py\nx = 1\n```\n'
        "\n</div>\n</div>\n\nafter\n"
    ),
    "centred paragraph": '# A\n\n<p align="center">\n\n  <b>one</b> *two*\n</p>\n\nafter\n',
    "html left open": "# A\n\n<div>\n\none **two**\n\n- three\n",
    "html closed too often": "# A\n\none\n\n</div>\n\n</section>\n\ntwo\n",
    "html with blank lines": "# A\n\n<table>\n<tr><td>one</td>\n\n<td>*two*</td></tr>\n</table>\n\nafter\n",
    "html in a list": "# A\n\n- one\n\n  <div>two</div>\n\n- three\n",
    "text after html in a list": "# A\n\n- one\n\n  <div>\n\n  two *three*\n\n  </div>\n\n  four\n\n- five\n\nsix\n",
    "code in html in a list": (
        "# A\n\n- one\n\n  <details><summary>two</summary>\n\n  ```js\n  if (a) {\n  \t`$b`\n  }\n  ```\n\n"
        "  </details>\n"
    ),
    "block in a link": (
        '# A\n\n<div>\n<a href="https://x.org">\n    <div>\n    one *two*\n    </div>\n    </a>\n'
        "    <b>three</b>\n</div>\n\nfour\n"
    ),
    "html within a line": (
        '# A\n\nPress <kbd>Ctrl</kbd>+<kbd>C</kbd>, H<sub>2</sub>O, <span style="color: red">red *x*</span>\n'
    ),
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


@pytest.mark.parametrize("path", sorted((ROOT / "tests/cases/dialect").glob("*.md")), ids=lambda path: path.stem)
def test_slide_and_page_agree_in_all_of_the_dialect(path: Path) -> None:
    one = parsed(path.read_text(encoding="utf-8"))
    assert of_pages(one) == of_deck(one)


# --- the talk -------------------------------------------------------------------------------------------------------


def test_the_whole_talk_agrees() -> None:
    """Slide by slide: text, nesting, code and recorded outputs."""
    project = build.load(ROOT)
    assert project.talks
    for one in project.talks:
        assert of_pages(one) == of_deck(one)


def test_every_slide_has_its_section() -> None:
    for one in build.load(ROOT).talks:
        urls = [url for stack in pages.urls(one) for url in stack]
        assert [url.rpartition("#")[2] for url in urls] == [slide.id for slide in one.slides]
        for path, text in pages.render(one).items():
            if path.endswith("/index.md"):
                continue
            ids = {node.attributes.get("id") for node in LexborHTMLParser(read(text)).css("[id]")}
            address = "../../" + path.replace(".md", ".html")
            assert {url.rpartition("#")[2] for url in urls if url.rpartition("#")[0] == address} <= ids


# --- pages ----------------------------------------------------------------------------------------------------------


def levels(page: str) -> list[int]:
    return [int(node.tag[1]) for node in LexborHTMLParser(read(page)).css("h1, h2, h3, h4, h5, h6")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n\n----\n#### B\n\n----\n## C\n", [1, 2, 2]),
        ("# A\n\n### B\n\n# C\n", [1, 2, 2]),
        ("#### A\n\n##### B\n\n###### C\n\n##### D\n", [1, 2, 3, 2]),
        ("text\n\n----\n## A\n\n##### B\n\n### C\n\n#### D\n", [1, 2, 3, 3, 4]),
        ("text\n\n----\ntext\n", [1]),
        ("# A\n\nNote:\n\n### B\n", [1, 2]),
    ],
)
def test_levels_of_headings_have_no_gaps(text: str, expected: list[int]) -> None:
    page = pages.render(parsed(text))
    assert levels(list(page.values())[1]) == expected


def test_pages_are_named_after_their_first_slides() -> None:
    text = '# A\n\n---\n# Index\n\n---\n# A\n\n---\n<!-- .slide: id="b/c d" -->\n\n---\n# Ä ß\n'
    assert list(pages.render(parsed(text))) == [
        f"talks/one/{name}.md" for name in ("index", "a", "index-2", "a-2", "b-c-d", "ä-ß")
    ]


def test_odd_ids_are_linked() -> None:
    one = parsed('<!-- .slide: id="b/c (d" -->\n\ntext\n\n---\n[there](#/b/c%20(d)\n')
    page = LexborHTMLParser(read(pages.render(one)["talks/one/b-c-d.md"]))
    present = page.css_first("a.present").attributes
    assert (present["href"], present["id"]) == ("../../slides/one/index.html#/b/c (d", "b/c (d")


def test_urls_lead_from_the_deck_to_the_sections() -> None:
    one = parsed("# A\n\n----\n## B\n\n---\n# C\n")
    assert pages.urls(one) == (
        ("../../talks/one/a.html#a", "../../talks/one/a.html#b"),
        ("../../talks/one/c.html#c",),
    )
    assert pages.urls(one, directories=True)[0][1] == "../../talks/one/a/#b"


def test_links_of_the_talk_lead_where_they_lead_on_the_deck() -> None:
    text = "# A\n\n[b](#/b) [third](#/2/1) ![p](img/p.png) [x](https://x.org) [mail](mailto:a@b.org)\n\n---\n# B\n"
    text += '\n<video src="img/p.png"></video> and <img data-src="img/p.png">\n'
    page = pages.render(parsed(text), {"img/p.png": "assets/files/p.png"})["talks/one/a.md"]
    assert "[b](<b.md#b>) [third](<../../slides/one/index.html#/2/1>)" in page
    assert "![p](<../../slides/one/assets/files/p.png>)" in page
    assert "[x](<https://x.org>) [mail](<mailto:a@b.org>)" in page
    html = pages.render(parsed(text), {"img/p.png": "assets/files/p.png"})["talks/one/b.md"]
    assert html.count(' src="../../slides/one/assets/files/p.png"') == 2


def test_formula_in_a_heading_reads_well_in_the_contents() -> None:
    reader_ = reader()
    page = pages.render(parsed("# The weight $\\mathbf{W}$\n"))["talks/one/the-weight-w.md"]
    reader_.convert(page.split("---\n", 2)[2])
    assert reader_.toc_tokens[0]["name"] == "The weight W"


def test_a_mark_in_a_title_means_nothing() -> None:
    one = parsed("---\ntitle: 'A \"*b*\" <c> [d](e): #f'\n---\n# One\n")
    contents = pages.render(one)["talks/one/index.md"]
    assert yaml.safe_load(contents.split("---\n")[1]) == {"title": one.title}
    assert LexborHTMLParser(read(contents)).css_first("h1").text() == f"{one.title}¶"


# --- listings -------------------------------------------------------------------------------------------------------


def shown(*listings: Listing, output: str = "below", **options: str) -> LexborHTMLParser:
    fence = Fence(Span("x.md", 1), "python", "", options=tuple(options.items()), listings=listings, output=output)
    return LexborHTMLParser(reader().convert(pages.listing(fence, "../..")))


def a_listing(framework: str = "tf2", *outputs: Output, steps: tuple[Step, ...] = ()) -> Listing:
    path = f"snippets/deep/sums/{framework}.py"
    reference = Reference("deep/sums", None, "add")
    versions = (("python", "3.11.7"), ("tensorflow", "2.21.0"))
    return Listing(reference, path, framework, (3, 4, 5), "x = 1\n\nx + 1", steps, outputs, versions)


def test_frameworks_stand_in_tabs() -> None:
    page = shown(a_listing("tf2", Output("add", "2\n")), a_listing("pytorch", Output("add", "3\n")))
    assert [node.text() for node in page.css(".tabbed-labels label")] == ["TensorFlow", "PyTorch"]
    code = "x = 1\n\nx + 1\n"
    assert [node.text() for node in page.css(".tabbed-block pre")] == [code, "2\n", code, "3\n"]


def test_one_framework_needs_no_tabs() -> None:
    page = shown(a_listing())
    assert page.css_first(".tabbed-set") is None
    assert page.css_first(".filename").text() == "snippets/deep/sums/tf2.py"
    origin = page.css_first(".origin")
    assert origin.css_first("a").attributes["href"] == "../../snippets/deep/sums.md#tf2"
    assert origin.text() == (
        "snippets/deep/sums/tf2.py · python snippets/deep/sums/tf2.py · Python 3.11.7, TensorFlow 2.21.0 · Notebook"
    )


def test_errors_and_figures_are_outputs() -> None:
    raised = Raised("ValueError", "no", 3, "Traceback (most recent call last):\nValueError: no")
    figure = Figure("tf2-add-1.svg", 'A "line" [1]', b"<svg/>")
    page = shown(a_listing("tf2", Output("add", "a\n", raised=raised), Output("draw", figures=(figure,))))
    error = page.css_first(".error")
    assert error.css_first(".filename").text() == "ValueError"
    assert error.css_first("code").text() == "a\nTraceback (most recent call last):\nValueError: no\n"
    picture = page.css_first("img").attributes
    assert picture["src"] == "../../snippets/figures/deep-sums-tf2-add-1.svg"
    assert picture["alt"] == figure.alt


def test_a_figure_that_plays_stands_still_for_those_who_wish_so() -> None:
    def chunk(kind: bytes, data: bytes = b"") -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + bytes(4)

    still = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"IDAT", b"1") + chunk(b"IEND")
    playing = still.replace(chunk(b"IDAT", b"1"), chunk(b"acTL", bytes(8)) + chunk(b"IDAT", b"1"))
    figures = (Figure("tf2-add-1.png", "moves", playing), Figure("tf2-add-2.png", "stands", still))
    listing = a_listing("tf2", Output("draw", figures=figures))
    page = shown(listing)
    moves, stands = page.css("img")
    assert moves.attributes["src"] == "../../snippets/figures/deep-sums-tf2-add-1.png"
    assert moves.parent.tag == "picture"
    source = moves.parent.css_first("source").attributes
    assert source["media"] == "(prefers-reduced-motion: reduce), print"
    assert source["srcset"] == "../../snippets/figures/deep-sums-tf2-add-1-still.png"
    assert stands.parent.tag == "p"
    module = Module("snippets/deep/sums/tf2.py", "deep/sums", "tf2", (), ())
    recording = Recording(module.path, "", (), (Output("draw", figures=figures),))
    found = pages.figures([module], {module.path: recording})
    assert found["snippets/figures/deep-sums-tf2-add-1-still.png"] == still
    assert len(found) == 3


def test_drawings_are_told_from_pictures() -> None:
    """Only what stands on no paper can turn light in the dark."""
    drawn = b'<svg><g id="patch_1">\n<path d="M 0 0" style="fill: none"/></g></svg>'
    figures = (Figure("a.svg", "a", drawn), Figure("b.svg", "b", drawn.replace(b"none", b"#ffffff")))
    page = shown(a_listing("tf2", Output("draw", figures=figures)))
    assert [image.attributes["class"] for image in page.css("img")] == ["figure drawing", "figure"]


def test_output_that_looks_like_a_fence_stays_whole() -> None:
    text = '```\n- a\n````\n=== "b"\n'
    assert shown(a_listing("tf2", Output("add", text))).css_first(".output code").text() == text


def test_listing_may_show_only_its_output_or_only_its_code() -> None:
    with_output = a_listing("tf2", Output("add", "2\n"))
    assert [node.text() for node in shown(with_output, echo="false").css("code") if node.parent.tag == "pre"] == ["2\n"]
    assert len(shown(with_output, output="none").css("pre")) == 1


WALK = (Step((), "All *of* it."), Step((1, 2), "Some."), Step((3,), ""), Step((1, 3), "Two."), Step((), "", True))


def test_steps_are_marks_beside_the_lines_and_a_list() -> None:
    page = shown(a_listing(steps=WALK))
    assert page.css_first(".walk > .highlight code").text() == "x = 1\n\nx + 1\n"
    items = page.css(".walk > ol > li")
    assert [item.text() for item in items] == [
        "All *of* it. All lines",
        "Some. Lines 1 to 2",
        "Line 3",
        "Two. Lines 1, 3",
        "No line",
    ]
    marked = [[mark.attributes["style"] for mark in item.css(".mark")] for item in items]
    assert marked == [
        [],
        ["--from: 1; --to: 2; --lane: 0"],
        ["--from: 3; --to: 3; --lane: 0"],
        ["--from: 1; --to: 1; --lane: 1", "--from: 3; --to: 3; --lane: 1"],
        [],
    ]
    assert all(mark.attributes["aria-hidden"] == "true" and not mark.text() for mark in page.css(".mark"))
    assert "lanes-2" in page.css_first(".walk").attributes["class"]


def test_marks_never_leave_the_room_that_there_is_for_them() -> None:
    page = shown(a_listing(steps=(Step((1, 2)),) * 6))
    assert "lanes-4" in page.css_first(".walk").attributes["class"]
    lanes = [mark.attributes["style"].rpartition(" ")[2] for mark in page.css(".mark")]
    assert lanes == ["3", "3", "3", "2", "1", "0"]


def test_lone_step_without_words_is_marked_in_the_code() -> None:
    page = shown(a_listing(steps=(Step((1, 3)),)))
    assert page.css_first(".walk") is None
    assert [line.text() for line in page.css(".hll")] == ["x = 1\n", "x + 1\n"]
    assert [item.text() for item in shown(a_listing(steps=(Step((1,), "One."),))).css("li")] == ["One. Line 1"]
    for step in (Step(()), Step((), nothing=True)):
        assert not shown(a_listing(steps=(step,))).css(".walk, .hll")


def walked(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(read(pages.render(parsed(text))["talks/one/a.md"]))


FENCE = '```python [1|2-3|9] illustrative="for a test"\nx = 1\ny = 2\nz = 3\n```\n'


def test_own_steps_of_reveal_are_marked_too() -> None:
    page = walked(f"# A\n\n{FENCE}")
    assert [item.text() for item in page.css(".walk > ol > li")] == ["Line 1", "Lines 2 to 3", "No line"]


FENCE_IN_LIST = re.sub("(?m)^(?=.)", "  ", FENCE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FENCE, ["", "/0", "/1"]),
        (FENCE + FENCE, ["", "/0", "/1", "", "/2", "/3"]),
        (f'{FENCE}* one <!-- .element: class="fragment" -->\n', ["", "", ""]),
        (f"{FENCE}The word fragment\n", ["", "/0", "/1"]),
    ],
)
def test_steps_lead_to_the_deck(text: str, expected: list[str]) -> None:
    links = [link.attributes["href"] for link in walked(f"# A\n\n{text}").css(".walk a.lines")]
    assert links == [f"../../slides/one/index.html#/a{end}" for end in expected]


def test_outputs_that_appear_come_before_the_steps_of_the_next_listing() -> None:
    one = parsed(f"# A\n\n{FENCE}{FENCE}")
    slide = one.slides[0]
    first = replace(
        slide.fences[0],
        listings=(
            a_listing("tf2", Output("a", "1\n"), Output("b"), steps=WALK[:2]),
            a_listing("pytorch", Output("a", "1\n"), steps=WALK[:2]),
        ),
        output="fragment",
    )
    stack = Stack((replace(slide, fences=(first, slide.fences[1])),), (1,))
    page = LexborHTMLParser(read(pages.render(replace(one, stacks=(stack,)))["talks/one/a.md"]))
    links = [link.attributes["href"].partition("#")[2] for link in page.css(".walk a.lines")]
    assert links == ["/a", "/a/0"] * 2 + ["/a", "/a/2", "/a/3"]


NOTES = {
    "text and code": "Two *words*\n\n- more\n  - below\n\n### Head\n\n```python\nx = 1\n\ny = 2\n```\n",
    "formula": "One $x_1$\n\n$$\ny\n$$\n",
    "table and quote": "| a | b |\n|---|---|\n| c | d |\n\n> quoted\n",
    "html": "<div>\n\none **two**\n\n</div>\n\n<details><summary>three</summary>\n\nfour\n</details>\n",
    "footnote": "Two[^1]\n\n[^1]: The *note*.\n",
    "begins with code": "```\nx\n```\n\nafter\n",
    "begins with a list": "1. one\n2. two\n\nafter\n",
}


@pytest.mark.parametrize("name", NOTES)
def test_notes_of_steps_agree_between_slide_and_page(name: str) -> None:
    one = parsed(f"# A\n\n{FENCE}\nNote[2]: {NOTES[name]}\nNote[3]: Short.\n")
    assert len(step_notes_of_deck(one)) == 2
    assert step_notes_of_pages(one) == step_notes_of_deck(one)


def test_notes_of_steps_of_the_talk_agree() -> None:
    """Frameworks stand in tabs, each with the note."""
    for one in build.load(ROOT).talks:
        notes = step_notes_of_pages(one)
        assert [note for place, note in enumerate(notes) if note not in notes[:place]] == step_notes_of_deck(one)


def test_footnotes_of_a_slide_and_of_its_notes_are_not_taken_for_each_other() -> None:
    page = walked(
        f"# A\n\none[^1]\n\n[^1]: Of the slide.\n\n{FENCE}\n"
        "Note[2]: two[^1]\n\n[^1]: Of a step.\n\nNote: three[^1]\n\n[^1]: Of the notes.\n"
    )
    said = {node.text().partition("\xa0")[0].strip() for node in page.css(".footnote li")}
    assert said == {"Of the slide.", "Of a step.", "Of the notes."}


def test_note_without_a_place_for_it_stands_with_the_others() -> None:
    details = f"  <details><summary>two</summary>\n\n{FENCE_IN_LIST}\n  </details>\n"
    page = walked(f"# A\n\n- one\n\n{details}\nNote[2]: Two.\n\nNote: All.\n")
    assert not page.css(".walk")
    assert [node.text() for node in page.css("body > p")] == ["Two.", "All."]


def test_note_of_a_step_stands_with_it() -> None:
    page = walked(
        f"# A\n\n{FENCE}\nNote[2]: Two *words*\n\n- more\n\n### Head\n\n```\nx\n```\n\nNote: All.\n\nNote[1]: One.\n"
    )
    first, second, third = page.css(".walk > ol > li")
    assert [node.text() for node in first.css("p")] == ["Line 1", "One."]
    assert [node.tag for node in second.iter()] == ["p", "p", "ul", "h2", "div"]
    assert third.text().split() == ["No", "line"]
    assert [node.text() for node in page.css("body > p")] == ["All."]


def test_agreement_is_said_once() -> None:
    checks = tuple(
        Parity(name, ("tf2", "pytorch"), difference, 1e-5, 0) for name, difference in (("a", 0), ("b", 2e-7))
    )
    page = shown(*(a_listing(name, Output("add", "2\n", parity=checks)) for name in ("tf2", "pytorch")))
    [line] = page.css(".parity")
    assert line.text() == "a and b agree to 2e-07 between TensorFlow and PyTorch"


# --- lessons --------------------------------------------------------------------------------------------------------


def test_lessons() -> None:
    path = "snippets/deep/sums/tf2.py"
    module = Module(path, "deep/sums", "tf2", ("# %% add", "```", "print(2)"), (Cell("add", 2, 3, 1),))
    recording = Recording(path, "", (("tensorflow", "2.21.0"),), (Output("add", "2\n"),))
    one = parsed("# Adding\n")
    slide = one.slides[0]
    fence = Fence(Span("x.md", 1), "python", "", listings=(a_listing(),))
    showing = Talk(one.path, one.name, one.title, {}, (Stack((_with(slide, fence),), (1,)),))
    found = pages.lessons({("deep/sums", "tf2"): module}, {path: recording}, [showing])
    assert list(found) == ["snippets/index.md", "snippets/deep/sums.md"]
    page = LexborHTMLParser(read(found["snippets/deep/sums.md"]))
    assert [node.attributes["href"] for node in page.css("p a")] == [
        "../../talks/one/adding.md#adding",
        "../../notebooks/snippets/deep/sums-tf2.ipynb",
    ]
    assert page.css_first("h2").attributes["id"] == "tf2"
    command, source, output = (node.text() for node in page.css("pre code"))
    assert (command, output) == (f"python {path}\n", "2\n")
    assert source == "# %% add\n```\nprint(2)\n"
    assert page.css_first(".origin").text() == "Recorded with TensorFlow 2.21.0 · Notebook"


HERE = Repository("octocat/talk", "gh-pages")


def test_notebooks_are_offered_where_the_code_is_shown() -> None:
    """Services open them from the repository; without one, they can be had here only."""
    fence = Fence(Span("x.md", 1), "python", "", listings=(a_listing(),))
    for repository in (None, HERE):
        links = LexborHTMLParser(reader().convert(pages.listing(fence, "..", repository=repository))).css(".origin a")
        found = {link.text(): link.attributes for link in links[1:]}
        assert found["Notebook"]["href"] == "../notebooks/snippets/deep/sums-tf2.ipynb"
        assert found["Notebook"]["download"] == "sums-tf2.ipynb"
        assert list(found) == (["Notebook", "Colab", "Binder"] if repository else ["Notebook"])
    path = "notebooks/snippets/deep/sums-tf2.ipynb"
    assert found["Colab"]["href"] == f"https://colab.research.google.com/github/octocat/talk/blob/gh-pages/{path}"
    address = "https://mybinder.org/v2/gh/octocat/talk/gh-pages?labpath=notebooks%2Fsnippets%2Fdeep%2Fsums-tf2.ipynb"
    assert found["Binder"]["href"] == address


def test_a_talk_offers_a_notebook_for_each_framework() -> None:
    one = parsed("# Adding\n")
    assert ".ipynb" not in pages.render(one)["talks/one/index.md"]
    listings = [replace(a_listing(), framework=name) for name in ("python", "pytorch", "tf2")]
    for shown, names in ((listings, ["tf2", "pytorch"]), (listings[:1], ["python"])):
        fence = Fence(Span("x.md", 1), "python", "", listings=tuple(shown))
        showing = replace(one, stacks=(Stack((_with(one.slides[0], fence),), (1,)),))
        page = LexborHTMLParser(read(pages.render(showing, repository=HERE)["talks/one/index.md"]))
        links = [link.attributes["href"] for link in page.css("a") if "ipynb" in (link.attributes["href"] or "")]
        assert links[::3] == [f"../../notebooks/talks/one-{name}.ipynb" for name in names]
        assert len(links) == 3 * len(names)


def _with(slide: Slide, fence: Fence) -> Slide:
    return Slide(slide.span, slide.id, slide.title, (), slide.body, (), (fence,))
