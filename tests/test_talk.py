"""A talk is cut into stacks and slides as reveal.js does it, and everything in it knows its place in the file."""

import random

import pytest

from greenroom import talk
from greenroom.problems import Code, report


def parse(text, **options):
    parsed, problems = talk.parse(text, "slides/talk.md", **options)
    assert not problems, report(problems)
    return parsed


def problems(text):
    return [(each.code, each.span.line, each.span.col) for each in talk.parse(text, "slides/talk.md")[1]]


def shape(text, **options):
    """The first line of each slide, stack by stack."""
    parsed = parse(text, **options)
    placed = iter(parsed.placed)
    return [[next(placed).span.line for _ in stack.slides] for stack in parsed.stacks]


# --- stacks and slides ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stacks"),
    [
        ("", [[1]]),
        ("# A\n", [[1]]),
        ("# A\n\n---\n\n# B\n\n----\n\n# C\n", [[1], [5, 9]]),
        ("# A\n---\n# B\n", [[1], [3]]),
        ("# A\n----\n# B\n---\n# C\n", [[1, 3], [5]]),
        ("# A\n---\n", [[1], [3]]),
        ("# A\n---\n---\n# B\n", [[1], [3]]),
        ("# A\n --- \n# B\n-----\n", [[1]]),
        ("\ufeff# A\r\n\r\n---\r\n\r\n# B\r\n", [[1], [5]]),
        ("# A\r---\r# B", [[1], [3]]),
        ("---\ntitle: T\n---\n\n# A\n\n---\n\n# B\n", [[5], [9]]),
        ("---\ntitle: T\n---\n---\n# A\n", [[3], [5]]),
        ("---\n# A slide between two rules\n---\n# B\n", [[1], [4]]),
    ],
)
def test_separators(text, stacks):
    assert shape(text) == stacks


@pytest.mark.parametrize(
    ("front_matter", "text"),
    [
        ("separator: <!--s-->\nverticalSeparator: <!--v-->", "A\n<!--s-->\nB\n---\n<!--v-->\nC\n"),
        ('separator: "\\n\\n\\n"\nverticalSeparator: "\\n\\n"', "A\n\n\nB\n---\n\nC\n"),
        ("separator: ^---$\nverticalSeparator: ^--$", "A\n---\nB\nb\n--\nC"),
    ],
)
def test_the_front_matter_chooses_separators(front_matter, text):
    lines = front_matter.count("\n") + 3
    found = parse(f"---\n{front_matter}\n---\n{text}")
    assert found.placed[0].span.line == lines + 1
    assert [len(stack.slides) for stack in found.stacks] == [1, 2]


def test_an_option_goes_before_the_front_matter():
    text = "---\nseparator: ^\\+\\+\\+$\nnotesSeparator: '^Say:'\n---\nA\n+++\nB\n***\nC\nTell: x\n"
    (first, second) = parse(text, separator=r"^\*\*\*$", notes_separator="^Tell:").placed
    assert (first.span.line, second.span.line) == (4 + 1, 9)
    assert second.notes[1].content == "x"


def test_no_vertical_separator():
    assert shape("A\n\n----\n\nB\n", vertical_separator="") == [[1]]


@pytest.mark.parametrize(
    "block",
    [
        "```\n---\n```",
        "````md\n```\n---\n````",
        "~~~\n```\n---\n~~~",
        "  ```\n---\n  ```",
        "- ```\n  ---\n  ```",
        "<!--\n---\n-->",
        "<!-- a\n```\n---\n-->",
        "```md\n<!--\n```\n\n```\n---\n-->\n```",
    ],
)
def test_nothing_separates_in_fences_and_comments(block):
    assert shape(f"A\n\n{block}\n\n---\n\nB\n", separator=r"^\s*---$") == [[1], [block.count("\n") + 7]]


@pytest.mark.parametrize(
    ("text", "stacks"),
    [
        ("```\nA\n---\nB\n", [[1], [4]]),
        ("<!-- A\n---\nB\n", [[1], [3]]),
        ("```py\nA\n---\nB\n```py\nC\n```\n", [[1], [4]]),
    ],
)
def test_what_is_never_closed_ends_with_its_slide(text, stacks):
    assert shape(text) == stacks


@pytest.mark.parametrize(
    ("text", "body", "notes"),
    [
        ("A\n\nNote: b", "A", "b"),
        ("A\n\nnotes:\n\nb\n", "A", "b"),
        ("Note: b", "", "b"),
        ("A\n\nNote: b\nNote: c", "A", "b\nc"),
        ("A Note: b", "A Note: b", ""),
        (" Note: b", "Note: b", ""),
        ("```\nNote: b\n```", "", ""),
    ],
)
def test_notes(text, body, notes):
    (slide,) = parse(text).slides
    assert "\n".join(token.content for token in slide.body if token.type == "inline") == body
    assert "\n".join(token.content for token in slide.notes if token.type == "inline") == notes


def said(text, **options):
    """The notes of the one slide, and those of its steps by their numbers."""
    (slide,) = parse(text, **options).slides
    assert slide.noted
    notes = "\n".join(token.content for token in slide.notes if token.type == "inline")
    return notes, {
        note.number: "\n".join(token.content for token in note.tokens if token.type == "inline")
        for note in slide.step_notes
    }


@pytest.mark.parametrize(
    ("text", "notes", "of_steps"),
    [
        ("A\n\nNote: b\n\nNote[2]: c", "b", {2: "c"}),
        ("A\n\nNotes[2]: c\nnote[ 1 ]:\n\nd\n\ne", "", {1: "d\ne", 2: "c"}),
        ("Note[1]: c\nNote: b\nd", "b\nd", {1: "c"}),
        ("Note: a\nNote[1]: c\nNote: b", "a\nb", {1: "c"}),
        ("Note: see [1]: b\nand [2] Note[1]: no", "see [1]: b\nand [2] Note[1]: no", {}),
        ("Note:[1] b", "[1] b", {}),
        ("Note[1]:", "", {1: ""}),
        ("Note: a\n\n```\nNote[1]: b\n```\n\n<!--\nNote[2]: c\n-->", "a", {}),
    ],
)
def test_notes_of_steps(text, notes, of_steps):
    assert said(text) == (notes, of_steps)


@pytest.mark.parametrize("marker", ["^Say:", "<!--say-->", "^%% say %%$"])
def test_a_separator_of_ones_own_takes_a_number_too(marker):
    word = marker.strip("^$")
    numbered = word.replace("say", "say[2]").replace("Say", "Say[2]")
    assert said(f"A\n\n{word}\nb\n\n{numbered}\nc\nNote[1]: d", notes_separator=marker) == ("b", {2: "c\nNote[1]: d"})


def test_notes_of_steps_know_their_places():
    (slide,) = parse("# A\n\nNote: b\n\nNote[2]:\n\nc\n\n```sh\nls\n```\nNote: d\n\nNote[1]: e\n").slides
    assert [(note.number, note.span.line, note.tokens[0].map) for note in slide.step_notes] == [
        (1, 14, [13, 14]),
        (2, 5, [6, 7]),
    ]
    assert [token.map for token in slide.notes if token.type == "inline"] == [[2, 3], [11, 12]]
    (fence,) = slide.fences
    assert fence.span.line == 9
    assert slide.step_notes[1].tokens[-1].meta["fence"] == 0


def test_what_is_wrong_in_notes_of_steps():
    assert problems("A\n\nNote[1]: b\nNote[2]: $\\frac{1$\nNote[1]: c") == [
        (Code.MATH, 4, 18),
        (Code.NOTE_STEP, 5, 1),
    ]


# --- what is read of a slide ----------------------------------------------------------------------------------------


def test_attributes_of_a_slide():
    (slide,) = parse('# A\n<!-- .slide: id="a" class="b" data-x -->\n\n- c <!-- .slide: data-y="1" -->\n').slides
    assert slide.id == "a"
    assert slide.attributes == (("class", "b"), ("data-x", ""), ("data-y", "1"))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("# Gradients & Tape", ["gradients--tape"]),
        ("# A\n---\n# A\n---\n# A", ["a", "a-2", "a-3"]),
        ("# A\n---\n# A <!-- .slide: id='no' -->\n<!-- .slide: id=\"a\" -->", ["a-2", "a"]),
        ("# 2024", ["slide-2024"]),
        ("one two three four five six seven", ["one-two-three-four-five-six"]),
        ("```\ncode\n```\n----\n![](a.png)", ["slide-1-1", "slide-1-2"]),
        ("<h2 class='x'>Raw <b>HTML</b></h2>", ["raw-html"]),
        ("## $x^2$ and `y`", ["x2-and-y"]),
        ("## Own {#own}", ["own"]),
    ],
)
def test_ids(text, ids):
    assert [slide.id for slide in parse(text).slides] == ids


def test_titles():
    first, second, third = parse("text\n\n## The *first* `heading`\n\n# Other\n---\ntext\n---\n<h1>Raw</h1>").slides
    assert (first.title, second.title, third.title) == ("The first heading", "", "Raw")
    assert parse("---\ntitle: T\n---\n# A").title == "T"
    assert parse("# A").title == "A"
    assert parse("text").title == "talk"


def test_a_slide_that_starts_indented_is_indented_as_a_whole():
    (slide,) = parse("    # A\n\n    - b\n      - c\n").slides
    assert [token.type for token in slide.body if token.type.endswith("_open")][:2] == [
        "heading_open",
        "bullet_list_open",
    ]


# --- fences ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("info", "language", "steps", "start", "options"),
    [
        ("python", "python", "", "", ()),
        ("js [1|2-3]", "js", "1|2-3", "", ()),
        ("js[1,2]", "js", "1,2", "", ()),
        ("py [712: 1|2]", "py", "1|2", "712", ()),
        ("[1|2]", "", "1|2", "", ()),
        ("js {1,3}", "js", "", "", ()),
        ("{.python .wide}", "", "", "", ()),
        ('python title="a"', "python", "", "", (("title", "a"),)),
        (
            'python snippet="gradients:tape" steps="a[1] | b" output="below"',
            "python",
            "",
            "",
            (("snippet", "gradients:tape"), ("steps", "a[1] | b"), ("output", "below")),
        ),
        ("python [1|2] illustrative='why not'", "python", "1|2", "", (("illustrative", "why not"),)),
    ],
)
def test_info_strings(info, language, steps, start, options):
    (fence,) = parse(f"```{info}\n```\n").slides[0].fences
    assert (fence.language, fence.steps, fence.start, fence.options) == (language, steps, start, options)


def test_fences_know_their_places():
    text = (
        "\ufeff# A\r\n\r\n```py\r\na\r\n```\r\n\r\n- b\r\n  > ~~~~ js\r\n  > c\r\n  > ~~~~\r\n\r\n---\r\n"
        "1. ```\r\n   d\r\n   ```\r\n\r\nNote: e\r\n```\r\nf\r\n```\r\n"
    )
    slides = parse(text).placed
    places = [
        [(at.line, at.col, fence.code) for fence in slide.fences for at in [slide.place(fence.span)]]
        for slide in slides
    ]
    assert places == [[(3, 1, "a"), (8, 5, "c")], [(13, 4, "d"), (18, 1, "f")]]
    assert [token.meta["fence"] for token in slides[1].notes if token.type == "fence"] == [1]


def test_tabs_stay_in_code():
    (fence,) = parse("```\n\tif a:\n\t\tb\tc\n```\n").slides[0].fences
    assert fence.code == "\tif a:\n\t\tb\tc"


# --- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line", "col"),
    [
        ("---\ntitle: a: b\n---\n", Code.FRONT_MATTER, 2, 9),
        ("---\ntitle: [a]\n---\n", Code.FRONT_MATTER, 2, 8),
        ("---\ncss: 1\n---\n", Code.FRONT_MATTER, 2, 6),
        ("---\na: b\nrevealOptions: none\n---\n", Code.FRONT_MATTER, 3, 16),
        ("---\nrevealOptions: {a: .nan}\n---\n", Code.FRONT_MATTER, 2, 16),
        ("---\ndate: 2020-13-45\n---\n", Code.FRONT_MATTER, 1, 1),
        ("---\nseparator: '('\n---\n", Code.FRONT_MATTER, 2, 12),
        ("---\nduration: soon\n---\n", Code.FRONT_MATTER, 2, 11),
        ("---\nduration: 20:00\n---\n", Code.FRONT_MATTER, 2, 11),
        ("---\nduration: 0\n---\n", Code.FRONT_MATTER, 2, 11),
        ("---\nduration: [1]\n---\n", Code.FRONT_MATTER, 2, 11),
        ("---\npatience: long\n---\n", Code.FRONT_MATTER, 2, 11),
        ("---\npatience: 0\n---\n", Code.FRONT_MATTER, 2, 11),
        ("---\npatience: true\n---\n", Code.FRONT_MATTER, 2, 11),
        ("---\npatience: .nan\n---\n", Code.FRONT_MATTER, 2, 11),
        ("---\npatience: .inf\n---\n", Code.FRONT_MATTER, 2, 11),
        ('---\nduration: 1\n---\n<!-- .slide: data-timing="61" -->\n', Code.FRONT_MATTER, 2, 1),
        ('# A\n\n<!-- .slide: id="a" data-timing="2m" -->\n', Code.OPTION_VALUE, 3, 21),
        ("# A\n\nso $\\bad$\n", Code.MATH, 3, 5),
        ("# A\r\n\r\n- $x$ and\r\n  $x$, $x \\bad$\r\n", Code.MATH, 4, 11),
        ("> $$\n> a\n> \\bad\n> $$\n", Code.MATH, 3, 3),
        ("A\n\nNote: $\\bad$\n", Code.MATH, 3, 8),
        ('- ```py snippet="a" step="b"\n  ```\n', Code.OPTION_UNKNOWN, 1, 21),
        ('```py snippet="a" output="under"\n```\n', Code.OPTION_VALUE, 1, 19),
        ('```py snippet="a" snippet="b"\n```\n', Code.OPTION_TWICE, 1, 19),
        ('```py illustrative=""\n```\n', Code.OPTION_VALUE, 1, 7),
        ("```py snippet=a:b\n```\n", Code.OPTION_UNKNOWN, 1, 7),
    ],
)
def test_mistakes_are_told_with_their_places(text, code, line, col):
    assert problems(text) == [(code, line, col)]


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("20", 1200),
        ("12.5", 750),
        ("20 min", 1200),
        ("'20 min'", 1200),
        ("1 h", 3600),
        ("1 h 30 min", 5400),
        ("1:30:00", 5400),
        ("'1:30:00'", 5400),
        ("0:20:30", 1230),
        ("", None),
    ],
)
def test_durations(duration, seconds):
    assert parse(f"---\nduration: {duration}\n---\n# A").duration == seconds


def test_odd_front_matter():
    assert parse("---\n1: a\non: b\ntitle: 2020-01-01\n---\n# A").title == "2020-01-01"


def test_the_options_of_other_tools_are_left_alone():
    assert problems('```js {1,3} title="a.js" steps="x" output="y"\n```\n') == []


LINES = ("---", "---", "----", "```", "```yaml", "~~~~", "<!--", "-->", "- ```", "  ```", "> ```", "Note: a", "# B", "")


def test_a_talk_that_is_read_in_parts_is_read_as_a_whole():
    """Fences and comments reach over what looks like a separator, and where they have no end do not."""
    chance = random.Random(1)
    for _ in range(1500):
        text = "\n".join(chance.choices(LINES, k=chance.randrange(2, 28)))
        in_parts, wrong = talk.parse(text, "slides/talk.md")
        whole, wrong_too = talk.parse(text, "slides/talk.md", separator=r"\n---\n")
        assert in_parts == whole, text
        assert wrong == wrong_too, text
