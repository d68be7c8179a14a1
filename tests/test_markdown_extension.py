"""In hand-written pages, snippets are expanded where they stand, and formulas become MathML."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from markdown import Markdown
from selectolax.lexbor import LexborHTMLParser

from greenroom import markdown_extension
from greenroom.markdown_extension import GreenroomExtension, MistakesError, Sources, expand
from greenroom.model import Cell, Module, Output, Recording
from greenroom.problems import report

PATH = "snippets/sums/python.py"
SOURCES = Sources(
    {("sums", "python"): Module(PATH, "sums", "python", ("# %% add", "print(1 + 1)"), (Cell("add", 2, 2, 1),))},
    {PATH: Recording(PATH, "", (("python", "3.11.7"),), (Output("add", "2\n"),))},
)
EXTENSIONS = ["admonition", "attr_list", "md_in_html", "tables", "pymdownx.superfences", "pymdownx.tabbed"]


def expanded(text: str) -> str:
    shown, problems = expand(text, "docs/page.md", lambda: SOURCES, ".")
    assert not problems
    return shown


def html(text: str, *, preserve_tabs: bool = False) -> LexborHTMLParser:
    settings = {
        "pymdownx.superfences": {"preserve_tabs": preserve_tabs},
        "pymdownx.tabbed": {"alternate_style": True},
    }
    reader = Markdown(extensions=[*EXTENSIONS, GreenroomExtension()], extension_configs=settings)
    return LexborHTMLParser(reader.convert(expanded(text)))


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ('```python snippet="sums:add"\n```\n', "body > div.highlight"),
        ('- one\n\n    ```python snippet="sums:add"\n    ```\n', "li > div.highlight"),
        ('1.  ```python snippet="sums:add"\n    ```\n', "li > div.highlight"),
        ('- one\n    - ```python snippet="sums:add"\n      ```\n', "li > ul > li > div.highlight"),
        ('!!! note\n\n    ```python snippet="sums:add"\n    ```\n', "div.admonition > div.highlight"),
        ('=== "A"\n\n    text\n\n    ```python snippet="sums:add"\n    ```\n', "div.tabbed-block > div.highlight"),
        ('> one\n>\n> ```python snippet="sums:add"\n> ```\n', "blockquote > div.highlight"),
        ('<div markdown>\n\n~~~python snippet="sums:add"\n~~~\n\n</div>\n', "body > div > div.highlight"),
    ],
)
def test_snippet_stands_where_its_fence_stood(text: str, selector: str) -> None:
    code, output = html(text).css(f"{selector} code")
    assert (code.text(), output.text()) == ("print(1 + 1)\n", "2\n")


def test_text_around_a_snippet_stays() -> None:
    text = expanded('before\n\n```python snippet="sums:add"\n```\n\nafter\n\n```\nx\n```\n\n```\n\n```\nend')
    assert re.match(r"before\n\n+```python title=", text)
    assert text.endswith("\n\nafter\n\n```\nx\n```\n\n```\n\n```\nend")


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ('text\n```python snippet="sums:add" steps="all | none"\n```\ntext\n', "body"),
        ('- one\n    ```python snippet="sums:add" steps="all | none"\n    ```\n', "li"),
        ('1.  ```python snippet="sums:add" steps="all | none"\n    ```\n', "li"),
        ('1. one\n   ```python snippet="sums:add" steps="all | none"\n   ```\n2. two\n', "body"),
        ('!!! note\n    ```python snippet="sums:add" steps="all | none"\n    ```\n', "div.admonition"),
        ('=== "A"\n\n    ```python snippet="sums:add" steps="all | none"\n    ```\n', "div.tabbed-block"),
        ('> ```python snippet="sums:add" steps="all | none"\n> ```\n', "blockquote"),
        ('<div markdown>\n```python snippet="sums:add" steps="all | none"\n```\n</div>\n', "body > div"),
    ],
)
def test_steps_stand_where_their_fence_stood(text: str, selector: str) -> None:
    page = html(text)
    [walk] = page.css(f"{selector} > div.walk")
    assert walk.css_first("code").text() == "print(1 + 1)\n"
    assert [item.text() for item in walk.css("ol > li")] == ["All lines", "No line"]
    assert page.css_first(f"{selector} > p.origin")
    assert "!!!" not in page.body.text()


def test_fence_in_a_fence_is_its_text() -> None:
    text = '````markdown illustrative="shows how"\n```python snippet="none:such"\n```\n````\n'
    assert expanded(text) == text.replace(' illustrative="shows how"', "")


def test_reason_of_an_illustrative_fence_is_not_shown() -> None:
    page = html('```python illustrative="needs a printer" title="x.py"\nprint(2)\n```\n')
    assert page.css_first("code").text() == "print(2)\n"
    assert page.css_first("span.filename").text() == "x.py"


@pytest.mark.parametrize("preserve_tabs", [False, True])
def test_formulas(preserve_tabs: bool) -> None:
    page = html(
        "Costs $5, not $6. $a_b * c_d < e$ and `$x$` and \\$y$\n\n$$\n\\frac{a}{b}\n$$\n\n"
        "- one\n\n    $$\n    c\n    $$\n\n"
        "> $$d$$\n\n```\n$$\ne\n$$\n```\n",
        preserve_tabs=preserve_tabs,
    )
    tex = [node.text().strip() for node in page.css("annotation")]
    assert tex == ["a_b * c_d < e", "\\frac{a}{b}", "c", "d"]
    assert [node.parent.tag for node in page.css("div.math")] == ["body", "li", "blockquote"]
    assert page.css_first("p").text(deep=True).startswith("Costs $5, not $6. ")
    assert page.css_first("p code").text() == "$x$"
    assert page.css_first("p").text().endswith("and $y$")
    assert page.css_first("pre").text() == "$$\ne\n$$\n"


def test_formula_that_never_ends_is_text() -> None:
    assert html("$$\na\n\nb\n").css_first("p").text() == "$$\na"


def test_lists_start_where_they_say() -> None:
    assert html("3. three\n4. four\n").css_first("ol").attributes["start"] == "3"


def test_all_mistakes_are_told_with_their_places() -> None:
    text = (
        "# Page\n\n"
        '```python snippet="sum:add"\n```\n\n'
        '- item\n\n    ```python snippet="sums:ad"\n    ```\n\n'
        '```text snippet="sums:add"\n```\n\n'
        "A formula $\\frac{a}$, one in code `$\\frac$`, and\n\n$$\n\\nonsense{x}\n$$\n"
    )
    _, problems = expand(text, "docs/page.md", lambda: SOURCES, ".")
    assert [(str(problem.span), str(problem.code)) for problem in problems] == [
        ("docs/page.md:3:20", "lesson-unknown"),
        ("docs/page.md:8:24", "selector-unknown"),
        ("docs/page.md:11:1", "option-value"),
        ("docs/page.md:14:20", "math"),
        ("docs/page.md:17:1", "math"),
    ]


def project(folder: Path) -> Path:
    (folder / "docs" / "deep").mkdir(parents=True)
    (folder / "snippets" / "sums").mkdir(parents=True)
    (folder / "mkdocs.yml").write_text("site_name: Sums\nplugins: [greenroom]\n")
    (folder / "snippets" / "sums" / "python.py").write_text("# %% add output='any'\nx = 1 + 1\n")
    return folder


def test_plain_python_markdown_finds_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in any host that knows no plugins of MkDocs, started anywhere in the project."""
    body = '# Page\n\n```python snippet="sums:add" output="none"\n```\n'
    (project(tmp_path) / "docs" / "deep" / "page.md").write_text(f"---\ntitle: Page\n---\n{body}")
    monkeypatch.chdir(tmp_path / "docs")
    markdown_extension._sources.cache_clear()
    reader = Markdown(extensions=["greenroom.markdown_extension", "attr_list", "pymdownx.superfences"])
    page = LexborHTMLParser(reader.convert(body))
    assert page.css_first("code").text() == "x = 1 + 1\n"
    assert page.css_first(".origin a").attributes["href"] == "../snippets/sums.md#python"


def test_plain_python_markdown_is_told_of_mistakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = '# Page\n\n```python snippet="sums:ad"\n```\n'
    (project(tmp_path) / "docs" / "deep" / "page.md").write_text(f"---\ntitle: Page\n---\n{body}")
    monkeypatch.chdir(os.sep)
    markdown_extension._sources.cache_clear()
    reader = Markdown(
        extensions=["greenroom.markdown_extension"],
        extension_configs={"greenroom.markdown_extension": {"project": str(tmp_path)}},
    )
    with pytest.raises(MistakesError) as raised:
        reader.convert(body)
    assert str(raised.value).strip() == report(raised.value.problems)
    assert str(raised.value.problems[0].span) == "docs/deep/page.md:6:20"


def test_page_without_snippets_needs_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "<math" in Markdown(extensions=["greenroom.markdown_extension"]).convert("$x$")
