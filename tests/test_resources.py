"""The files a talk shows are found, each with the place where the author wrote it."""

import pytest

from greenroom import resources, talk


def found(text):
    parsed, problems = talk.parse(text, "slides/talk.md")
    assert not problems
    return [(each.address, each.span.line, each.span.col, each.shown) for each in resources.resources(parsed, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n\nSee ![a cat](img/cat.png).\n", [("img/cat.png", 3, 14, True)]),
        ('# A\n\n<img src="cat.png" alt="a cat">\n', [("cat.png", 3, 11, True)]),
        ("# A\n\n<video poster='a.jpg' src='b.mp4'></video>\n", [("a.jpg", 3, 16, True), ("b.mp4", 3, 28, True)]),
        ('<!-- .slide: data-background-image="bg.jpg" -->\n# A\n', [("bg.jpg", 1, 37, True)]),
        ('<!-- .slide: data-background="bg.jpg" -->\n# A\n', [("bg.jpg", 1, 31, True)]),
        ('<!-- .slide: data-background="#fff" -->\n# A\n', []),
        ("[paper](paper.pdf)\n", [("paper.pdf", 1, 9, False)]),
        ("[there](https://example.org/) [here](#/2) [mail](mailto:a@example.org)\n", []),
        ("![far](https://example.org/cat.png)\n", [("https://example.org/cat.png", 1, 8, True)]),
        ("![data](data:image/png;base64,AAAA)\n", []),
        ("A\n\nNote: ![a cat](cat.png)\n", [("cat.png", 3, 16, True)]),
        ("# A\n\n<!-- <img src='cat.png'> -->\n", []),
        ('# A <!-- .element: data-src="cat.png" -->\n', [("cat.png", 1, 30, True)]),
        ("```html\n<img src='cat.png'>\n```\n", []),
        ("---\ncss: a.css\n---\n# A\n", [("a.css", 2, 6, True)]),
        ('# A\n\n<p style="background: url(a.png)">\n', [("a.png", 3, 27, True)]),
        ("# A\n\n<p style='background: url(&quot;a.png&quot;)'>\n", [("a.png", 3, 33, True)]),
        ("# A\n\n<style>\np { background: url(a.png), url('#b') }\n</style>\n", [("a.png", 4, 21, True)]),
        ('# A\n\n<p style="background: url(//a.org/a.png)">\n', [("//a.org/a.png", 3, 27, True)]),
        ('<!-- .slide: style="background: url(a.png)" -->\n# A\n', [("a.png", 1, 37, True)]),
        ('# A <!-- .element: style="background: url(a.png)" -->\n', [("a.png", 1, 43, True)]),
    ],
)
def test_files_are_found_with_their_places(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("img/cat.png", "img/cat.png"),
        ("./img/a%20cat.png?v=2", "img/a cat.png"),
        ("img/../cat.png", "cat.png"),
    ],
)
def test_a_file_inside_keeps_its_place(address, place):
    assert resources.place(address) == place


@pytest.mark.parametrize("address", ["../cat.png", "/img/cat.png", "img/../../cat.png"])
def test_a_file_outside_is_brought_in(address):
    assert resources.place(address).startswith("assets/media/")
    assert resources.place(address).endswith("-cat.png")


def test_files_of_one_name_have_places_of_their_own():
    assert resources.place("../a/cat.png") != resources.place("../b/cat.png")
