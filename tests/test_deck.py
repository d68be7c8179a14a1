"""The page of a deck: its frame, its listings and outputs, and its independence of anything but the talk."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from greenroom import deck, dialect, pictures, talk
from greenroom.model import Figure, Listing, Output, Parity, Raised, Reference, Step


def parse(text):
    return talk.parse(text, "slides/talk.md")[0]


def page(text, **options):
    return LexborHTMLParser(deck.render(parse(text), **options))


CODE = "def f(a):\n    return a < 1\n\nf(2)"


def listing(framework="python", **changes):
    reference = Reference("deep/lesson", framework, "cell")
    made = Listing(reference, f"snippets/deep/lesson/{framework}.py", framework, (3, 4, 5, 6), CODE)
    return replace(made, **changes)


def resolved(*listings, output="none", info='python snippet="deep/lesson:cell"', after=""):
    """The page of a talk with one slide, its fence resolved to the listings."""
    (stack,) = parse(f"# A\n\n```{info}\n```\n{after}").stacks
    (slide,) = stack.slides
    (fence,) = slide.fences
    slide = replace(slide, fences=(replace(fence, listings=listings, output=output),))
    whole = replace(parse("# A"), stacks=(replace(stack, slides=(slide,)),))
    return LexborHTMLParser(deck.render(whole)), deck.figures(whole)


def classes(node):
    return (node.attributes["class"] or "").split()


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_frame():
    html = page('---\ntitle: A < B\nlang: de\ncss: own.css\nrevealOptions:\n  loop: true\n  1: "</script>"\n---\n# C')
    assert html.css_first("title").text() == "A < B"
    assert html.css_first("html").attributes["lang"] == "de"
    assert html.css_first("meta[name=viewport]") is not None
    assert [link.attributes["href"] for link in html.css("link[rel=stylesheet]")] == ["assets/deck.css", "own.css"]
    assert json.loads(html.css_first("#reveal-options").text()) == {"loop": True, "1": "</script>"}
    assert [script.attributes.get("src") for script in html.css("script")] == [None, "assets/deck.js"]


def test_a_slide_has_the_layout_that_fits_or_the_one_it_names():
    html = page('# A\n---\n## B\n---\n* c\n---\n<!-- .slide: data-layout="statement" -->\n* d\n---\ne\n\n* f')
    assert [slide.attributes.get("data-layout") for slide in html.css(".slides > section")] == [
        "title",
        "section",
        "points",
        "statement",
        None,
    ]


def test_a_title_and_a_section_have_the_background_of_the_theme_or_their_own():
    html = page('# A\n---\n## B\n---\n<!-- .slide: data-background="#123" -->\n## C\n---\nD')
    assert [slide.attributes.get("data-background-color") for slide in html.css(".slides > section")] == [
        "var(--title-background)",
        "var(--section-background)",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("front", "direction"),
    [
        ("title: A", "ltr"),
        ("lang: de", "ltr"),
        ("lang: klingon-x", "ltr"),
        ("lang: he", "rtl"),
        ("lang: ar-EG", "rtl"),
        ("lang: az_Arab", "rtl"),
        ("revealOptions: {rtl: true}", "rtl"),
        ("lang: ar\nrevealOptions: {rtl: false}", "ltr"),
    ],
)
def test_slides_run_as_their_language_does(front, direction):
    assert page(f"---\n{front}\n---\n# A").css_first("html").attributes["dir"] == direction


def test_stacks_are_sections_of_sections():
    html = page("# A\n---\n# B\n----\n# C")
    first, second = html.css(".slides > section")
    assert first.attributes["id"] == "a"
    assert second.attributes == {}
    assert [each.attributes["id"] for each in second.css("section > section")] == ["b", "c"]


def test_notes_are_for_the_speaker():
    (notes,) = page("# A\n\nNote: *b*").css("section > aside.notes")
    assert notes.inner_html == "<p><em>b</em></p>\n"


def test_what_an_author_leaves_open_ends_with_the_slide():
    html = page("<div><b>a\n---\n# B\n\n</div></section></main>\n---\n# C")
    assert [each.attributes["id"] for each in html.css(".slides > section")] == ["a", "b", "c"]


def test_addresses_are_mapped_where_they_are_addresses():
    text = (
        '<!-- .slide: data-background-image="a.png" -->\n![](a.png) `src="a.png"` <img src="b.png">\n\nNote: ![](a.png)'
    )
    html = page(text, urls={"a.png": "media/a.png"})
    assert html.css_first("section").attributes["data-background-image"] == "media/a.png"
    assert [image.attributes["src"] for image in html.css("img")] == ["media/a.png", "b.png", "media/a.png"]
    assert html.css_first("code").text() == 'src="a.png"'


def test_pictures_have_their_room_unless_the_author_gives_them_another():
    text = '![](a.png) <img src="a.png" width="10"> <img class="r-stretch" src="a.png">\n\n![](b.png) ![](c%20d.png)'
    html = page(text, sizes={"a.png": (640, 480), "c%20d.png": (3, 2)}, urls={"a.png": "media/a.png"})
    shown = [(image.attributes.get("width"), image.attributes.get("height")) for image in html.css("img")]
    assert shown == [("640", "480"), ("10", None), (None, None), (None, None), ("3", "2")]
    assert html.css_first("img").attributes["src"] == "media/a.png"


def test_a_picture_of_which_nothing_is_said_does_not_pass_for_decoration():
    html = page('![A line](a.png) ![](a.png) ![](a.png){role="presentation"} <img src="a.png" alt="">')
    said = [(image.attributes.get("alt", "none"), image.attributes.get("role")) for image in html.css("img")]
    assert said == [("A line", None), ("none", None), ("none", "presentation"), ("", None)]


def test_slides_lead_to_their_docs():
    html = page("# A\n---\n# B", read=[("",), ("../../b/#b",)])
    (link,) = html.css("section > a.read")
    assert (link.parent.attributes["id"], link.attributes["href"]) == ("b", "../../b/#b")


@pytest.mark.parametrize(
    ("info", "attributes"),
    [
        ("", {"class": None}),
        ("js [1|2]", {"class": "js stepping", "data-line-numbers": "1|2"}),
        (
            "js [5: 1]",
            {
                "class": "js stepping",
                "data-line-numbers": "1",
                "data-ln-start-from": "5",
            },
        ),
        ("[]", {"class": None, "data-line-numbers": None}),
        ("js {1,3} x", {"class": "js {1,3} x"}),
        ('js title="a"', {"class": "js title=", 'a""': ""}),
        ('python [1|2] illustrative="why"', {"class": "python stepping", "data-line-numbers": "1|2"}),
    ],
)
def test_fences_have_the_attributes_of_reveal(info, attributes):
    code = page(f"```{info}\na\nb\n```").css_first("pre > code")
    assert {name: value or None for name, value in code.attributes.items()} == {
        name: value or None for name, value in attributes.items()
    }
    assert code.text() == "a\nb"
    assert [line.text() for line in code.css(".line")] == ["a", "b"]


@pytest.mark.parametrize(
    ("info", "numbers"),
    [
        ("js", [None, None]),
        ("js [1|2]", ["1", "2"]),
        ("js [99: 1]", ["99", "100"]),
        ("[]", ["1", "2"]),
        ('python [2] illustrative="why"', ["1", "2"]),
    ],
)
def test_lines_of_numbered_fences_say_their_numbers(info, numbers):
    code = page(f"```{info}\na\nb\n```").css_first("pre > code")
    assert [line.attributes.get("data-number") for line in code.css(".line")] == numbers
    assert code.attributes.get("style") == ("--digits: 3" if "100" in numbers else None)


def test_code_and_output_tell_what_they_are():
    html, _ = resolved(listing("tf2", outputs=(Output("a", stdout="1"),)), listing("pytorch"), output="below")
    assert [node.attributes["aria-label"] for node in html.css("[role=group]")] == [
        "TensorFlow listing",
        "Output",
        "PyTorch listing",
    ]
    assert [pre.attributes["aria-label"] for pre in page("```sh\nls\n```\n\n    x").css("pre")] == [
        "sh listing",
        "listing",
    ]


def test_two_runs_are_equal_to_the_byte():
    script = (
        "from greenroom import deck, dialect, talk\n"
        'text = \'# A {.x}\\n\\n- $a$ <!-- .element: class="b" id="c" -->\\n\\n```python [1|2]\\nf(1)\\n```\\n\'\n'
        "print(deck.render(talk.parse('---\\nrevealOptions: {b: 1, a: 2}\\n---\\n' + text, 'a.md')[0]))"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(pages) == 1


def test_time_grows_with_the_slides_and_no_faster():
    """Counted in our lines that run, not in seconds, so that it holds on any machine."""

    def lines(first, last):
        numbers = range(first, last)
        text = "\n---\n".join(f"# Same\n\n- a <!-- .element: id='b' -->\n\n```py\nf({n})\n```\n" for n in numbers)
        count = 0

        def counted(frame, event, _):
            nonlocal count
            count += event == "line"
            return counted if frame.f_code.co_filename in ours else None

        sys.settrace(counted)
        try:
            deck.render(talk.parse(text, "a.md")[0])
        finally:
            sys.settrace(None)
        return count

    ours = {module.__file__ for module in (talk, dialect, deck)}
    lines(0, 1)  # what is loaded once
    assert lines(1000, 1400) < 2.1 * lines(2000, 2200)


# --- listings -------------------------------------------------------------------------------------------------------


def test_a_listing_shows_the_source():
    html, _ = resolved(listing())
    (box,) = html.css("section > div.listing")
    assert box.attributes["data-framework"] == "python"
    assert box.attributes["data-lines"] == "3 4 5 6"
    assert box.css_first("pre > code.python").text() == CODE
    assert not box.css(".framework, .output, .captions")


def test_frameworks_stand_side_by_side():
    html, _ = resolved(listing("tf2"), listing("pytorch"))
    assert [pane.css_first(".framework").text() for pane in html.css("section > .panes > .listing")] == [
        "TensorFlow",
        "PyTorch",
    ]


@pytest.mark.parametrize(
    ("frameworks", "difference", "mark"),
    [
        (("tf2", "pytorch"), 2.4e-7, "TensorFlow and PyTorch: a and b agree to 2e-07"),
        (("tf2", "pytorch"), 0.0, "TensorFlow and PyTorch: a and b agree exactly"),
        (("tf2",), 0.0, "a and b agree with PyTorch exactly"),
    ],
)
def test_agreement_between_frameworks_is_marked_once(frameworks, difference, mark):
    checks = tuple(Parity(name, ("tf2", "pytorch"), each, 1e-5, 0) for name, each in (("a", 0.0), ("b", difference)))
    outputs = (Output("cell", "1\n", parity=checks),)
    shown, _ = resolved(*(listing(name, outputs=outputs) for name in frameworks), output="below")
    [line] = shown.css(".parity")
    assert line.text().strip() == mark


def test_steps_and_captions():
    steps = (Step((1, 2), "first"), Step((4,)), Step((), "all of it"), Step((1, 3, 4)))
    html, _ = resolved(listing(steps=steps))
    assert html.css_first("pre > code").attributes["data-line-numbers"] == "1-2|4||1,3-4"
    assert [item.text() for item in html.css("ol.captions > li")] == ["first", "", "all of it", ""]
    assert [item.text() for item in html.css("ol.captions > .now")] == ["first"]


@pytest.mark.parametrize(
    ("steps", "dimmed", "markers"),
    [
        ((), [], 0),
        ((Step(()),), [], 0),
        ((Step((), nothing=True), Step(())), [1, 2, 3, 4], 1),
        ((Step((1, 3, 4)), Step((2,)), Step(())), [2], 2),
    ],
)
def test_a_listing_comes_at_its_first_step_with_a_fragment_for_each_further_one(steps, dimmed, markers):
    html, _ = resolved(listing(steps=steps))
    lines = [line.attributes["class"] for line in html.css("pre > code > span")]
    assert lines == ["line dim" if number in dimmed else "line" for number in range(1, 5)]
    assert len(html.css("pre > code + .fragment.step[hidden], pre > .step + .step")) == markers


def test_the_first_listing_of_a_comparison_leads_the_others():
    steps = (Step((1,)), Step((2,)))
    html, _ = resolved(listing("tf2", steps=steps), listing("pytorch", steps=steps))
    assert [len(each.css(".step")) for each in html.css(".panes > .listing")] == [1, 0]


@pytest.mark.parametrize("steps", ["0|1", "1", "2,4-9|", " 1 - 2 | 3", "-", "1-99999999999999999999"])
def test_reveals_own_steps_too(steps):
    html = page(f"```js [{steps}]\na\nb\nc\nd\n```")
    standing = {"0|1": "0000", "1": "1000", "2,4-9|": "0101", " 1 - 2 | 3": "1100"}.get(steps, "1111")
    assert "".join("01"[line.attributes["class"] == "line"] for line in html.css(".line")) == standing


@pytest.mark.parametrize(
    ("frameworks", "box"),
    [(("tf2",), "section > .listing:first-of-type"), (("tf2", "pytorch"), "section > .panes:first-of-type")],
)
def test_attributes_after_a_snippet_are_those_of_its_listing(frameworks, box):
    outputs = (Output("cell", "1\n", parity=(Parity("a", ("tf2", "pytorch"), 0.0, 1e-5, 0),)),)
    listings = [listing(name, outputs=outputs) for name in frameworks]
    after = '\n<!-- .element: class="fragment" data-fragment-index="1" -->'
    html, _ = resolved(*listings, after=after)
    assert html.css_first(box).attributes["class"].split()[1:] == ["fragment"]
    assert html.css_first(box).attributes["data-fragment-index"] == "1"
    assert "fragment" not in classes(html.css_first(".parity"))


def test_notes_of_steps_follow_the_notes_and_nothing_walks_in_them():
    html = page("```js [1|2]\na\nb\n```\n\nNote: c\n\nNote[2]: *d*\n\n```js [1|2]\na\nb\n```\n\nNote[1]:")
    (notes,) = html.css("section > aside.notes")
    assert [(note.attributes["data-step"], note.css_first("em") is None) for note in notes.css(".step-note")] == [
        ("1", True),
        ("2", False),
    ]
    assert notes.text().startswith("c")
    assert len(notes.css(".line")) == 2
    assert not notes.css(".step, .dim")


PRINTED = Output("cell", stdout="1 < 2\n", value="3")
FAILED = Output("cell", raised=Raised("ValueError", "no", 4, "Traceback\nValueError: no"))
DRAWN = Output("cell", figures=(Figure("python-cell-1.svg", 'a "line"', b"<svg/>"),))


@pytest.mark.parametrize(
    ("placed", "box", "output"),
    [
        ("below", ["listing"], ["output"]),
        ("column", ["listing", "columns"], ["output"]),
        ("fragment", ["listing"], ["output", "fragment"]),
        ("column-fragment", ["listing", "columns"], ["output", "fragment"]),
    ],
)
def test_outputs_stand_where_they_are_put(placed, box, output):
    html, _ = resolved(listing(outputs=(PRINTED,)), output=placed)
    (shown,) = html.css(".listing > .output")
    assert (classes(shown.parent), classes(shown)) == (box, output)
    assert shown.css_first("pre > code").text() == "1 < 2\n3"


def test_no_output():
    html, pictures = resolved(listing(outputs=(PRINTED, DRAWN)))
    assert not html.css(".output, img")
    assert pictures == {}


def test_an_output_on_a_slide_of_its_own():
    html, _ = resolved(listing(outputs=(PRINTED,)), output="slide")
    first, second = html.css(".slides > section")
    assert (first.attributes["id"], second.attributes["id"]) == ("a", "a-output")
    assert first.css_first("pre") is not None
    assert not first.css(".output")
    assert [code.text() for code in second.css("pre > code")] == ["1 < 2\n3"]


def test_an_error_is_shown_as_it_was_raised():
    html, _ = resolved(listing(outputs=(FAILED,)), output="below")
    assert html.css_first(".output.error").text().strip() == "Traceback\nValueError: no"
    assert [told.text() for told in html.css(".output.error strong")] == ["ValueError: no"]


def test_a_figure_that_plays_stands_still_where_nothing_is_to_move():
    playing = b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + kind + data + b"\0\0\0\0"
        for kind, data in (
            (b"IHDR", bytes(13)),
            (b"acTL", bytes(8)),
            (b"IDAT", b""),
            (b"fdAT", bytes(4)),
            (b"IEND", b""),
        )
    )
    shown, files = resolved(
        listing(outputs=(Output("cell", figures=(Figure("python-cell-1.png", "a dot", playing),)),)), output="below"
    )
    source, image = shown.css_first("picture > source"), shown.css_first("picture > img")
    assert source.attributes["media"] == "(prefers-reduced-motion: reduce), print"
    assert image.attributes["alt"] == "a dot"
    assert files[image.attributes["src"]] == playing
    assert files[source.attributes["srcset"]] == pictures.still(playing)


def test_figures():
    html, pictures = resolved(listing(outputs=(DRAWN,)), output="below")
    assert pictures == {"assets/figures/deep-lesson-python-cell-1.svg": b"<svg/>"}
    image = html.css_first("figure > img")
    assert image.attributes["src"] in pictures
    assert image.attributes["alt"] == 'a "line"'


def test_a_drawing_without_paper_turns_light_in_the_dark():
    svg = b'<svg><style type="text/css">*{}</style><g id="patch_1"><path d="" style="fill: %s"/></g>%s</svg>'
    for paper, pixels, drawing in (b"none", b"", True), (b"#fff", b"", False), (b"none", b"<image/>", False):
        figure = Figure("python-cell-1.svg", "", svg % (paper, pixels))
        html, pictures = resolved(listing(outputs=(Output("cell", figures=(figure,)),)), output="below")
        (data,) = pictures.values()
        assert (data != figure.data, b"prefers-color-scheme: dark" in data) == (drawing, drawing)
        assert (html.css_first("img.drawing") is not None) == drawing


def test_only_the_output():
    info = 'python snippet="deep/lesson:cell" echo="false"'
    html, _ = resolved(listing(outputs=(DRAWN,)), output="below", info=info)
    assert not html.css("pre")
    assert html.css_first(".listing > .output img") is not None


def test_an_output_without_anything_is_not_there():
    html, _ = resolved(listing(outputs=(Output("cell"),)), output="below")
    assert not html.css(".output")


def test_code_goes_through_untouched():
    (code,) = re.findall(
        r"<pre[^>]*><code.*?</code></pre>", deck.render(parse("<b>x\n\n```html\n<b>&amp;</b>\n```")), re.S
    )
    assert LexborHTMLParser(code).css_first("code").text() == "<b>&amp;</b>"
