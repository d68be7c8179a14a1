"""A deck in one file: everything that the folder has is in it, once, and nothing of it is lost on the way."""

import json
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from greenroom.export import html
from greenroom.export.place import data

PNG = b"\x89PNG\r\n\x1a\n"
TAIL = '<script type="application/json" id="reveal-options">{}</script><script src="assets/deck.js"></script>'


def made(body="", head="", **files):
    """The one file of a deck with this body, and these other files by their paths, with `/` for `__`."""
    page = f"<!doctype html><html><head><title>T</title>{head}</head><body>{body}{TAIL}</body></html>"
    others = {name.replace("__", "/").replace("_", "."): content for name, content in files.items()}
    return html.page({"index.html": page.encode(), "assets/deck.js": b"deck()", **others})


def table(text):
    return json.loads(LexborHTMLParser(text).css_first("#greenroom-files").text())


def attributes(text, selector):
    return LexborHTMLParser(text).css_first(selector).attributes


def test_what_is_named_once_stands_in_its_place_and_ends_with_its_name():
    text = made('<img src="a.png"><script src="b.js" defer></script>', a_png=PNG, b_js=b"own()")
    assert attributes(text, "img")["src"] == data("a.png", PNG) + "#a.png"
    assert attributes(text, "script[defer]")["src"] == data("b.js", b"own()") + "#b.js"
    assert table(text)["data"] == {}


def test_what_is_named_more_than_once_is_in_the_file_once():
    text = made('<img src="a.png"><section data-background-image="./a.png"></section>', a_png=PNG)
    assert text.count(data("a.png", PNG)) == 1
    assert json.loads(attributes(text, "img")["data-held"]) == {"src": "greenroom-data:0#a.png"}
    assert json.loads(attributes(text, "section")["data-held"]) == {"data-background-image": "greenroom-data:0#a.png"}


def test_an_element_that_names_two_files_names_each_once():
    text = made(
        '<video data-x poster="a.png"></video><img data-src="b.png" style="background: url(c.png)">',
        a_png=PNG,
        b_png=PNG,
        c_png=PNG,
    )
    assert table(text)["data"] == {}
    assert attributes(text, "img")["style"] == f'background: url("{data("c.png", PNG)}")'


@pytest.mark.parametrize(
    "body",
    [
        '<video src="a.mp4"></video>',
        '<audio><source data-src="a.mp4"></audio>',
        '<section data-background-video="a.mp4"></section>',
        '<a data-preview-video="a.mp4">see</a>',
    ],
)
def test_what_is_played_has_an_address_that_browsers_can_ask_in_parts(body):
    text = made(body, a_mp4=b"film")
    assert "greenroom-blob:0#a.mp4" in text
    assert table(text)["data"] == {"0": data("a.mp4", b"film")}


def test_lists_name_several_files():
    text = made(
        '<section data-background-image="a.png, b.png"></section><img srcset="a.png 1x, b.png 2x, c.png 3x">',
        a_png=PNG,
        b_png=PNG + b"b",
    )
    held = json.loads(attributes(text, "section")["data-held"])
    assert held == {"data-background-image": "greenroom-blob:0#a.png, greenroom-blob:1#b.png"}
    held = json.loads(attributes(text, "img")["data-held"])
    assert held == {"srcset": "greenroom-blob:0#a.png 1x, greenroom-blob:1#b.png 2x, c.png 3x"}


def test_sheets_stand_in_the_place_of_their_links_with_what_they_import():
    css = b'@charset "utf-8";@import "more/b.css" layer(b) supports(display: grid) print;p{background:url(a.png)}'
    more = b"@import url('../c.css');q{background:url(  \"../a.png#x\" )}"
    text = made(
        head='<link rel="stylesheet" href="own/../a.css" media="screen">',
        a_css=css,
        more__b_css=more,
        c_css=b'i{content:"url(a.png)"}/* url(a.png) */',
        a_png=PNG,
    )
    style = LexborHTMLParser(text).css_first("style")
    assert style.attributes == {"data-file": "a.css", "media": "not all", "data-media": "screen", "data-held": ""}
    assert " ".join(style.text().split()) == (
        "@media print { @supports (display: grid) { @layer b {"
        ' i{content:"url(a.png)"}/* url(a.png) */q{background:url("greenroom-data:1#x")} } } }'
        'p{background:url("greenroom-data:1")}'
    )
    assert "<link" not in text


def test_a_font_of_two_sheets_is_in_the_file_once():
    face = b"@font-face{font-family:A;src:url(a.woff2)}"
    links = '<link rel="stylesheet" href="a.css"><link rel="stylesheet" href="b.css">'
    text = made(head=links, a_css=face, b_css=face.replace(b"A", b"B"), a_woff2=b"font")
    assert text.count(data("a.woff2", b"font")) == 1


def test_sheets_that_import_each_other_come_to_an_end():
    text = made(
        head='<link rel="stylesheet" href="a.css">', a_css=b'@import "b.css";', b_css=b'@import "a.css";p{top:0}'
    )
    assert LexborHTMLParser(text).css_first("style").text().strip() == "p{top:0}"


def test_other_pages_open_in_the_place_of_the_deck():
    page = (
        '<!doctype html><html lang="de" class="x"><head><title>A &amp; B</title><link rel="stylesheet" href="../b.css">'
        '<script src="../c.js"></script></head><body class="y"><a href="../index.html#/2">back</a><a href="#L3">3</a>'
        '<img src="../a.png"></body></html>'
    )
    text = made(
        '<a href="p/a.html?lines=3#L3">page</a><iframe data-src="p/a.html"></iframe><img src="a.png">',
        p__a_html=page.encode(),
        b_css=b"b{}",
        c_js=b"c()",
        a_png=PNG,
    )
    assert attributes(text, "a")["href"] == "?page=p/a.html&lines=3#L3"
    assert attributes(text, "iframe")["data-src"] == "?page=p/a.html"
    assert table(text)["pages"]["p/a.html"] == {
        "root": {"lang": "de", "class": "x"},
        "title": "A & B",
        "sheets": ["b.css"],
        "text": '<body class="y"><script src="greenroom-data:2#c.js"></script>'
        '<a href="?#/2">back</a><a href="#L3">3</a><img src="greenroom-data:0#a.png">',
    }
    assert attributes(text, "style[data-file='b.css']") == {"data-file": "b.css", "media": "not all"}


def test_files_that_are_no_pages_are_saved():
    text = made('<a href="a.csv">table</a><a href="a.csv" download="b.csv">table</a><a href="#/2">2</a>', a_csv=b"1,2")
    first, second, third = LexborHTMLParser(text).css("a")
    assert first.attributes["download"] == "a.csv"
    assert second.attributes["download"] == "b.csv"
    assert third.attributes == {"href": "#/2"}


def test_what_scripts_load_late_is_kept_for_them():
    text = made(assets__marks_js=b"marks()</script>", assets__marks_css=b"m{}")
    assert table(text)["late"] == {"assets/marks.css": "m{}", "assets/marks.js": "marks()</script>"}


def test_parts_of_drawings_are_drawn_in_the_page():
    drawing = b'<?xml version="1.0"?><svg xmlns="x"><g id="a" fill="url(#b)"/><g id="b" stroke="#bbb"/></svg>'
    text = made('<svg><use href="i.svg#a"></use></svg><svg><use xlink:href="i.svg#b"></use></svg>', i_svg=drawing)
    assert re.findall(r'<use (?:xlink:)?href="([^"]*)"', text) == ["#greenroom-0-a", "#greenroom-0-b"]
    assert text.count('<g id="greenroom-0-a" fill="url(#greenroom-0-b)">') == 1
    assert 'stroke="#bbb"' in text


def test_nothing_in_a_file_ends_what_it_is_in():
    css = b'p{background:url("data:image/svg+xml,<svg><style></style></svg>")}'
    page = b"<!doctype html><title>x</title><p>&lt;!-- <script>1</script></p>"
    text = made(head='<link rel="stylesheet" href="a.css">', a_css=css, a_html=page, assets__late_js=b"'<!--<script>'")
    tree = LexborHTMLParser(text)
    assert "\\3c /style></svg>" in tree.css_first("style").text()
    assert table(text)["late"]["assets/late.js"] == "'<!--<script>'"
    assert tree.css_first("#reveal-options") is not None


def test_text_stays_as_it_was():
    body = (
        '<pre>\n\nfirst is empty</pre><pre>x\n</pre><code>src="a.png" url(a.png)</code><p data-x="a.png">&lt;&nbsp;</p>'
    )
    text = made(body, a_png=PNG)
    assert body.replace(" ", " ") in text
    assert text.endswith("\n")


def test_addresses_that_lead_nowhere_stay():
    body = (
        '<a href="https://example.org/a.png">x</a><img src="data:,"><a href="mailto:a@b.c">x</a><a href="no.html">x</a>'
    )
    assert body in made(body, a_png=PNG)


def test_licences_go_along():
    text = made(assets__LICENSES__reveal_txt=b"MIT")
    assert json.loads(LexborHTMLParser(text).css_first("#licences").text()) == {"assets/LICENSES/reveal.txt": "MIT"}


def test_the_same_deck_gives_the_same_file():
    files = {"a_png": PNG, "b_png": PNG, "p__a_html": b"<p>a", "p__b_html": b"<p>b"}
    body = '<img src="b.png"><img src="a.png"><img src="a.png">'
    assert made(body, **files) == made(body, **dict(reversed(files.items())))
