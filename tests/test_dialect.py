"""The dialect, situation by situation: each `tests/cases/dialect/NAME.md` and the slides that are made of it."""

import html
import re
from pathlib import Path

import pytest

from greenroom import deck, dialect, talk

CASES = Path(__file__).parent / "cases" / "dialect"


@pytest.mark.parametrize("case", sorted(CASES.glob("*.md")), ids=lambda case: case.stem)
def test_a_talk_becomes_slides(case, golden):
    page = deck.render(talk.parse(case.read_text("utf-8"), "talk.md")[0])
    slides = page.partition('<div class="slides">\n')[2].partition("\n</div>\n</main>")[0]
    golden(case.with_suffix(".html"), f"{slides}\n")


def test_every_golden_page_has_its_case():
    assert {path.stem for path in CASES.glob("*.html")} == {path.stem for path in CASES.glob("*.md")}


def rendered(text):
    return dialect.render(dialect.parse(text), lambda token, _: f"<pre>{token.content}</pre>")[0].strip()


@pytest.mark.parametrize(
    ("text", "math"),
    [
        ("$x$", ["x"]),
        ("$n$th, $k$-means, ($a_1$)", ["n", "k", "a_1"]),
        ("$a$ and $$b$$", ["a", "b"]),
        ("from $5 to $10", []),
        ("$5, or 10$", []),
        ("$HOME and $USER", []),
        ("$HOME/bin:$PATH", []),
        ("${a} is not ${b}", []),
        ("$(ls) > $(pwd)", []),
        ("$ pip install $ x", []),
        (r"\$x\$", []),
        ("`$x$`", []),
        ("US$5 a$b$", []),
    ],
)
def test_dollars_are_formulas_only_where_they_look_like_it(text, math):
    (_, inline, _) = dialect.parse(text)
    assert [child.content for child in inline.children if child.type.startswith("math")] == math


def test_a_formula_keeps_its_source():
    html, wrong = dialect.math(r"\frac{a}{b}", display=False)
    assert wrong is None
    assert html.startswith("<math>")
    assert r'<annotation encoding="application/x-tex">\frac{a}{b}</annotation>' in html


def test_a_wrong_formula_is_shown_as_it_stands_and_says_where():
    assert dialect.math(r"a < \bad{x}", display=False) == (
        r'<code class="tex">$a &lt; \bad{x}$</code>',
        (4, r'Unknown command "\bad".'),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.org/x_y.", '<a href="https://a.org/x_y">https://a.org/x_y</a>.'),
        ('"https://a.org"', '&quot;<a href="https://a.org">https://a.org</a>&quot;'),
        ("(www.a.org/b_(c))", '(<a href="http://www.a.org/b_(c)">www.a.org/b_(c)</a>)'),
        ("https://a.org/?b=1&amp;c=2", '<a href="https://a.org/?b=1&amp;c=2">https://a.org/?b=1&amp;c=2</a>'),
        ("[https://a.org](/b)", '<a href="/b">https://a.org</a>'),
        ("<a href='/b'>https://a.org</a>", '<a href="/b">https://a.org</a>'),
        ("<b>a@b.org</b>", '<b><a href="mailto:a@b.org">a@b.org</a></b>'),
        ("https://a.org/é", '<a href="https://a.org/%C3%A9">https://a.org/é</a>'),
    ],
)
def test_bare_addresses_are_links(text, expected):
    assert rendered(text) == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- <!-- a --> one\ntwo", "<ul><li> one\ntwo</li>\n</ul>"),
        ("- one\n</div>\n*two*", "<ul><li>one</li>\n</ul>\n\n*two*"),
        ("- one\n</div>\n*\ttwo", "<ul><li>one</li>\n</ul>\n\n\n<ul><li>two</li>\n</ul>"),
        ("- one\n--\ntwo", "<ul><li><h2>one</h2>\ntwo</li>\n</ul>"),
        ("- <!-- a --> one\n#two", "<ul><li> one\n</li>\n</ul>\n<p>#two</p>"),
    ],
)
def test_what_stands_right_below_a_block_in_a_list(text, expected):
    assert rendered(text) == expected


@pytest.mark.parametrize(
    ("comment", "meaning"),
    [
        (' .element: class="a b" id="c" ', ("element", (("class", "a b"), ("id", "c")))),
        ('.element class="a"', ("element", (("class", "a"),))),
        (' .slide: data-auto-animate data-x="1" ', ("slide", (("data-auto-animate", ""), ("data-x", "1")))),
        (' .slide: class="a" class="b" ', ("slide", (("class", "b"),))),
        ("\n.element: class='a'\n", ("element", ())),
        ('\n.slide: class="a"\n.element: class="b"\n', ("slide", (("class", "a"),))),
        (" a remark ", None),
        (" element: class='a' ", None),
        ('\ntext\n<!-- .slide: class="a" ', None),
        (' <!-- .slide: class="a" ', None),
        ('\nfirst a line\n.element: class="a"\n', None),
    ],
)
def test_comments_mean_what_they_mean_to_reveal(comment, meaning):
    assert dialect.directive(comment) == meaning


@pytest.mark.parametrize("language", ["python", "js", "html", "unheard-of", ""])
@pytest.mark.parametrize(
    "code", ["", "\n", "a\n\n", "\n\tif a < b & c:\n\t\treturn '>'", 'x = """\n\n"""\n"""open', "é"]
)
def test_highlighted_code_is_exactly_the_source(code, language):
    lines = dialect.highlight(code, language)
    assert html.unescape("\n".join(re.sub(r"<[^>]*>", "", line) for line in lines)) == code


def test_python_is_highlighted_line_by_line_as_in_one_piece():
    source = Path(re.__file__).read_text("utf-8").rstrip("\n")
    assert dialect.highlight(source, "python") == dialect._colored(source, "python")


def test_maps_count_lines_of_the_file():
    tokens = dialect.parse("# A\n\n- b\n- c\n", first_line=11)
    assert [token.map for token in tokens if token.type in ("heading_open", "list_item_open")] == [
        [10, 11],
        [12, 13],
        [13, 14],
    ]


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Gradients & Tape", "gradients--tape"), ("`GradientTape`!", "gradienttape"), ("Über uns", "über-uns")],
)
def test_slugs_are_those_of_github(text, slug):
    assert dialect.slug(text) == slug


def test_nothing_is_lost_in_the_depth():
    text = "".join(f"{'  ' * depth}- item\n" for depth in range(40))
    assert rendered(text).count("item") == 40
