"""The programs behind a deck's listings: which, where they are shown, and that they are the very text."""

import json
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from greenroom import deck, programs, resolve, source, talk
from greenroom.model import Program

CODE = '# %% a\nx = 1  # </script> & "quotes"\n# region b\ny = 2\n# endregion\n\n# %% c\nz = 3\n'


def made(text, lang="en"):
    """A talk that shows two modules, and these."""
    modules = {
        (lesson, name): source.scan(CODE, f"snippets/{lesson}/{name}.py", lesson, name)[0]
        for lesson, name in (("one", "tf2"), ("one", "pytorch"), ("two/three", "python"), ("unseen", "python"))
    }
    parsed, problems = talk.parse(f"---\ntitle: A & B\nlang: {lang}\n---\n{text}", "slides/talk.md")
    resolved, found = resolve.resolve(parsed, modules, {})
    assert not (*problems, *found)
    shown = [Program(modules[name]) for name in programs.shown(resolved)]
    return resolved, programs.files(resolved, shown, ("assets/deck.css", "own.css"))


TALK = (
    '```python snippet="one:a"\n```\n---\n```python snippet="one/tf2:c"\n```\n---\n```python snippet="two/three"\n```\n'
)


def test_each_program_that_is_shown_has_its_page():
    _, files = made(TALK)
    assert list(files) == [
        "assets/snippets/one/pytorch.html",
        "assets/snippets/one/tf2.html",
        "assets/snippets/two/three/python.html",
        "assets/programs.js",
    ]


def test_the_text_to_copy_is_the_modules():
    _, files = made(TALK)
    written = files["assets/programs.js"].removeprefix("window.greenroomPrograms = ").removesuffix(";\n")
    assert json.loads(written) == {
        f"snippets/{name}.py": CODE for name in ("one/pytorch", "one/tf2", "two/three/python")
    }


def test_listings_lead_to_their_lines():
    resolved, files = made(TALK)
    links = LexborHTMLParser(deck.render(resolved)).css("pre > a.source")
    assert [(link.attributes["href"], link.attributes["title"]) for link in links] == [
        ("assets/snippets/one/tf2.html?lines=2,4#L2", "snippets/one/tf2.py"),
        ("assets/snippets/one/pytorch.html?lines=2,4#L2", "snippets/one/pytorch.py"),
        ("assets/snippets/one/tf2.html?lines=8#L8", "snippets/one/tf2.py"),
        ("assets/snippets/two/three/python.html?lines=2,4,6,8#L2", "snippets/two/three/python.py"),
    ]
    for link in links:
        address = urlsplit(link.attributes["href"])
        assert LexborHTMLParser(files[address.path]).css_first(f"#{address.fragment}") is not None


def test_the_page_shows_the_program_and_finds_the_decks_files():
    _, files = made(TALK, lang="de")
    html = LexborHTMLParser(files["assets/snippets/two/three/python.html"])
    assert html.css_first("pre > code").text() == CODE.removesuffix("\n")
    assert html.css_first("h1").text() == html.css_first("title").text() == "snippets/two/three/python.py"
    sheets = [link.attributes["href"] for link in html.css("link[rel=stylesheet]")]
    assert sheets == ["../../../../assets/deck.css", "../../../../own.css", "../../../../assets/source.css"]
    (link,) = html.css("header a")
    assert (link.attributes["href"], link.attributes["lang"], link.text()) == ("../../../../index.html", "de", "A & B")
    assert html.css_first("header p").text() == "Python"
    assert html.css_first("script").attributes["src"] == "../../../../assets/source.js"


def test_the_page_tells_the_versions_and_leads_to_the_docs():
    resolved, _ = made(TALK)
    module, _ = source.scan(CODE, "snippets/one/tf2.py", "one", "tf2")
    program = Program(module, (("python", "3.11.7"), ("tensorflow", "2.21.0")), "../../snippets/one.html#tf2")
    html = LexborHTMLParser(programs.files(resolved, [program], ())["assets/snippets/one/tf2.html"])
    assert html.css_first("header p").text() == "Recorded with Python 3.11.7, TensorFlow 2.21.0"
    assert html.css("header a")[-1].attributes["href"] == "../../../../../snippets/one.html#tf2"


def test_docs_that_are_published_elsewhere_are_found_there():
    resolved, _ = made(TALK)
    module, _ = source.scan(CODE, "snippets/one/tf2.py", "one", "tf2")
    program = Program(module, docs="https://example.org/snippets/one.html#tf2")
    html = LexborHTMLParser(programs.files(resolved, [program], ())["assets/snippets/one/tf2.html"])
    assert html.css("header a")[-1].attributes["href"] == "https://example.org/snippets/one.html#tf2"
