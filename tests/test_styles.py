"""Style sheets: what they name, where it lies, and that nothing else in them is taken for an address."""

import pytest

from greenroom import styles

SHEET = """\
@import "b.css" screen;
/* url(no.png) */
@font-face { src: url(fonts/a.woff2?v=1#x) format("woff2"), url( 'c d.woff' ) }
p { background: image-set("e.png" 1x, "f.png" 2x); content: "url(no.png)" }
q { background: url(g\\)h.png) }
"""


def test_all_that_a_sheet_names_is_found():
    found = [(address, SHEET.count("\n", 0, start) + 1) for address, start in styles.named(SHEET)]
    assert found == [
        ("b.css", 1),
        ("fonts/a.woff2?v=1#x", 3),
        ("c d.woff", 3),
        ("e.png", 4),
        ("f.png", 4),
        ("g)h.png", 5),
    ]


def test_addresses_are_renamed_and_nothing_else():
    renamed = styles.renamed(SHEET, lambda address: None if address.startswith("g") else f"x/{address}")
    assert renamed == SHEET.replace('"b.css"', 'url("x/b.css")').replace(
        "url(fonts/a.woff2?v=1#x)", 'url("x/fonts/a.woff2?v=1#x")'
    ).replace("url( 'c d.woff' )", 'url("x/c d.woff")').replace('"e.png"', 'url("x/e.png")').replace(
        '"f.png"', 'url("x/f.png")'
    )
    assert styles.renamed(SHEET, lambda _: None) == SHEET


@pytest.mark.parametrize(
    ("address", "base", "place"),
    [
        ("a.png", "x.html", ("a.png", "")),
        ("../a.png?b#c", "d/x.css", ("a.png", "?b#c")),
        ("e%20f.png#c", "x.html", ("e f.png", "#c")),
        ("d/", "x.html", ("d/index.html", "")),
        ("?b", "a.png", ("a.png", "?b")),
        ("a.png", "d/x.html", None),
        ("#a", "a.png", None),
        ("https://example.org/a.png", "x.html", None),
        ("//example.org/a.png", "x.html", None),
        ("data:,a.png", "x.html", None),
    ],
)
def test_an_address_means_a_file_beside_its_own(address, base, place):
    assert styles.found(address, base, {"a.png", "e f.png", "d/index.html"}) == place
