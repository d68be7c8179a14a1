"""A site's pages as one document: all of them, in order, with nothing to click and nothing elsewhere."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from selectolax.lexbor import LexborHTMLParser

from greenroom import assets, site
from greenroom.cli import main
from greenroom.export import handout
from greenroom.export.place import data
from greenroom.site import Book, Page

SHEETS = {"handout.css": b"@page{size:A4}"}
HOME = Page("Home", "index.html", (), "<h1 id='home'>Hello</h1><p><a href='a/one.html#x'>one</a></p>")
ONE = Page("One", "a/one.html", ("The <talk>",), "<h1 id='x'>One</h1><p><img src='../a.png'></p>")
TWO = Page("Two", "a/two.html", ("The <talk>",), "<h1 id='x'>Two</h1>")
FILES = {
    "index.html": b"",
    "a/one.html": b"",
    "a/two.html": b"",
    "a.png": b"png",
    "s/deck.html": b"",
    "a.css": b"p{top:0}",
}


def book(*pages, url="", **more):
    return Book("A & B", "", "", "en", url, (), pages, **more)


def made(*pages, url=""):
    return LexborHTMLParser(handout.document(book(*pages, url=url), FILES, SHEETS))


def page(html, url=""):
    """What becomes of a page with this on it."""
    article = made(Page("One", "a/one.html", (), html), TWO, url=url).css_first("article")
    return (article.inner_html or "").strip()


def test_pages_stand_in_the_order_of_the_navigation_below_their_parts():
    tree = made(HOME, ONE, TWO)
    headings = [(node.tag, node.text().strip()) for node in tree.css("h1, h2, h3, h4")]
    assert headings == [
        ("h1", "A & B"),
        ("h2", "Contents"),
        ("h2", "Hello"),
        ("h2", "The <talk>"),
        ("h3", "One"),
        ("h3", "Two"),
    ]
    entries = [(node.attributes["href"], node.text().strip()) for node in tree.css("nav a")]
    assert entries == [("#index", "Home"), ("#part:1", "The <talk>"), ("#a/one", "One"), ("#a/two", "Two")]
    for target, _ in entries:
        assert len([node for node in tree.css("[id]") if node.id == target[1:]]) == 1


def test_the_cover_says_what_is_known():
    plain = replace(book(HOME), author="Ann & Bob", about="On <all>", url="https://example.org/", language="de")
    tree = LexborHTMLParser(handout.document(plain, FILES, SHEETS))
    assert tree.css_first("html").attributes["lang"] == "de"
    assert tree.css_first("title").text() == "A & B"
    assert [node.text() for node in tree.css(".cover p")] == ["On <all>", "Ann & Bob", "https://example.org/"]
    assert made(HOME).css(".cover p") == []


def test_ids_are_those_of_their_pages_and_links_find_them():
    tree = made(HOME, ONE, TWO)
    assert [node.id for node in tree.css("article [id]")] == ["index:home", "a/one:x", "a/two:x"]
    assert tree.css_first("article a").attributes["href"] == "#a/one:x"


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ('<a href="#x">x</a>', '<a href="#a/one:x">x</a>'),
        ('<a href="two.html">x</a>', '<a href="#a/two">x</a>'),
        ('<a href="../a/two.html?q=1#y">x</a>', '<a href="#a/two:y">x</a>'),
        ('<label for="q">x</label><input id="q">', '<label for="a/one:q">x</label><input id="a/one:q">'),
        (
            '<a href="https://www.example.org/a/">x</a>',
            '<a href="https://www.example.org/a/" data-address="example.org/a">x</a>',
        ),
        ('<a href="https://example.org">example.org</a>', '<a href="https://example.org">example.org</a>'),
        ('<a href="mailto:a@b.c">x</a>', '<a href="mailto:a@b.c">x</a>'),
        ('<a class="lines" href="../s/deck.html#/2">Line 2</a>', '<span class="lines">Line 2</span>'),
        ('<p class="origin">x · <a href="../a.py" download>get</a></p>', '<p class="origin">x</p>'),
        ('<p>Get: <a href="../a.py" download>a</a> · <a href="../b.py" download>b</a></p>', ""),
    ],
)
def test_links_lead_to_what_is_in_the_document_or_is_published(written, becomes):
    assert page(written) == becomes


def test_links_to_what_is_published_lead_there():
    url = "https://example.org/docs/"
    assert page('<a href="../s/deck.html#/2">x</a>', url) == '<a href="https://example.org/docs/s/deck.html#/2">x</a>'
    assert page('<a href="a.py" download>x</a>', url) == '<a href="https://example.org/docs/a/a.py" download="">x</a>'


def test_what_stands_on_tabs_stands_one_after_the_other():
    tabs = (
        '<div class="tabbed-set tabbed-alternate"><input id="t_1" type="radio"><input id="t_2" type="radio">'
        '<div class="tabbed-labels"><label for="t_1">TF</label><label for="t_2">Py<b>T</b></label></div>'
        '<div class="tabbed-content"><div class="tabbed-block"><p>{}</p></div>'
        '<div class="tabbed-block">b</div></div></div>'
    )
    one = '<div class="tabs"><div class="tab"><p class="tab-label">TF</p><p>{}</p></div>'
    two = '<div class="tab"><p class="tab-label">Py<b>T</b></p>b</div></div>'
    assert page(tabs.format("a")) == one.format("a") + two
    assert page(tabs.format(tabs.format("a"))).count('<p class="tab-label">') == 4


def test_what_is_for_screens_is_left_out():
    html = (
        '<h1 id="a">A<a class="headerlink" href="#a">¶</a></h1><p><a class="present" href="x">Present</a></p>'
        '<p><a class="present" id="b" href="x">Present</a></p><p><a class="md-button" href="x">x</a></p>'
        "<script>1</script>"
        "<details><summary>s</summary>t</details>"
    )
    assert page(html) == (
        '<h2 id="a/one:a" data-level="1">A</h2><p><span id="a/one:b"></span></p>'
        '<details open=""><summary>s</summary>t</details>'
    )


def test_pictures_and_sheets_are_in_the_document():
    assert f'src="{data("a.png", b"png")}"' in page('<img src="../a.png">')
    styled = handout.document(replace(book(HOME), sheets=("a.css", "https://example.org/b.css")), FILES, SHEETS)
    assert "p{top:0}" in styled
    assert "example.org" not in styled


def test_code_that_is_too_wide_for_its_marks_is_smaller():
    wide = '<div class="walk"><div class="highlight"><pre><span></span><code>{}</code></pre></div></div>'
    assert "--fit" not in page(wide.format("x" * handout.WIDEST))
    assert 'style="--fit: 0.500"' in page(wide.format("x" * 2 * handout.WIDEST + "\nx"))


TALK = """\
---
title: A short talk
subtitle: About one thing
author: Ann
---
# First

Note: What is said.

---
## Second

* a point
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    files = {
        "mkdocs.yml": "site_name: All of it\nsite_author: Bob\nplugins:\n  - greenroom\nnav:\n  - Start: index.md\n"
        "  - The talk: talks/talk/\n  - Last: ümlaut.md\n",
        "slides/talk.md": TALK,
        "docs/index.md": '# Start\n\nSee [last](ümlaut.md#böse).\n\n=== "A"\n\n    a\n\n=== "B"\n\n    b\n',
        "docs/ümlaut.md": '# Last\n\n## Böse\n\nText, <a href="../index.html">back</a>.\n\n## Long\n\n'
        + "word\n\n" * 120,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def run(project, monkeypatch, *arguments):
    monkeypatch.chdir(project)
    return CliRunner().invoke(main, ["export", "handout", *arguments])


def test_the_sites_pages_are_printed_with_the_numbers_of_their_pages(project, monkeypatch):
    done = run(project, monkeypatch, "--pdf")
    assert (
        done.output == "exports/handout.pdf written: 8 pages, no links to the decks, since mkdocs.yml has no site_url\n"
    )
    printed = (project / "exports" / "handout.pdf").read_bytes()
    reader = PdfReader(BytesIO(printed))
    texts = [" ".join(each.extract_text().split()) for each in reader.pages]
    assert texts[0] == "All of it Bob"
    assert texts[1] == "2 Contents Start 3 The talk 4 A short talk 4 First 4 Second 4 Last 5"
    assert texts[2] == "Start 3 Start See last. A a B b"
    assert "What is said." in texts[3]
    assert "a point" in texts[3]
    assert [each.title for each in reader.outline if not isinstance(each, list)] == ["All of it"]
    assert reader.metadata.title == "All of it"
    assert reader.metadata.author == "Bob"
    with pikepdf.open(BytesIO(printed)) as document:
        assert document.Root.MarkInfo.Marked
        assert document.Root.Lang == "en"
    run(project, monkeypatch, "-o", "again.pdf")
    assert (project / "again.pdf").read_bytes() == printed


def test_the_document_of_a_talk_has_its_name(project, monkeypatch):
    done = run(project, monkeypatch, "--talk", "talk", "-o", "talk.html")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("talk.html written: ")
    tree = LexborHTMLParser((project / "talk.html").read_bytes())
    assert [node.text().strip() for node in tree.css("h1, h2, h3")] == ["A short talk", "Contents", "First", "Second"]
    assert [node.text() for node in tree.css(".cover p")] == ["About one thing", "Ann"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-o", "a.docx"), "a.docx is no name of such a document\n\nhint: write for instance `-o handout.html` or"),
        (
            ("-o", "a.html", "--pdf"),
            "a.html is no name of such a document\n\nhint: write for instance `-o handout.pdf`",
        ),
        (("--talk", "tolk"), "there is no talk `tolk`\n\nhint:"),
    ],
)
def test_wrong_use_is_told(project, monkeypatch, arguments, told):
    done = run(project, monkeypatch, *arguments)
    assert done.exit_code == 2
    assert told in done.output


def test_a_mistake_leaves_the_last_document(project, monkeypatch):
    (project / "exports").mkdir(exist_ok=True)
    (project / "exports" / "handout.html").write_text("last")
    (project / "docs" / "index.md").write_text("# Start\n\n[gone](gone.md)\n")
    done = run(project, monkeypatch)
    assert done.exit_code == 1
    assert "error[mkdocs]" in done.output
    assert (project / "exports" / "handout.html").read_text() == "last"


def test_the_sheet_and_its_fonts_are_in_the_package():
    looks = {name: Path(path).read_bytes() for name, path in assets.handout().items()}
    text = handout.document(book(HOME), FILES, looks)
    assert text.count("data:font/woff2;base64,") >= 8
    assert 'url("./' not in text


def test_pages_are_read_without_what_the_theme_has_around_them(project, tmp_path):
    (project / "docs" / "index.md").write_text("# Start\n")
    read, problems = site.read(project, tmp_path / "site")
    assert problems == ()
    assert [(each.title, each.path, each.sections) for each in read.pages] == [
        ("Start", "index.html", ()),
        ("A short talk", "talks/talk/index.html", ("The talk",)),
        ("First", "talks/talk/first/index.html", ("The talk",)),
        ("Second", "talks/talk/second/index.html", ("The talk",)),
        ("Last", "ümlaut/index.html", ()),
    ]
    assert read.pages[0].html == '<h1 id="start">Start</h1>'
    assert not (project / "site").exists()
