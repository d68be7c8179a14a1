"""reveal.js is told of the same slides as the browser would find."""

import pytest

DECK = """\
# One <!-- .element: class="stack" -->

---
## Two

----
<!-- .slide: data-visibility="uncounted" -->
## Three

> A quote

----
## Four

---
## Five
"""

SELECTORS = (
    ".slides section",
    ".slides>section",
    ".slides > section",
    ".slides>section.present",
    ".slides>section.present>section",
    ".slides>section.stack>section.future",
    ".slides>section>section",
    ".slides>section.stack",
    ".slides>section.future",
    '.slides section:not(.stack):not([data-visibility="uncounted"])',
    ".slides section h2",
    "section",
    "h2",
)

SAME = """(selectors) => selectors.filter((selector) => {
  const reveal = Reveal.getRevealElement();
  const [told, there] = [reveal.querySelectorAll(selector), Element.prototype.querySelectorAll.call(reveal, selector)];
  return told.length !== there.length || [...there].some((element, i) => told[i] !== element);
})"""

CHANGES = (
    "second.dataset.visibility = 'uncounted'",
    "first.append(document.createElement('h2'))",
    "delete second.dataset.visibility",
    "first.append(document.createElement('section'))",
    "first.lastChild.remove()",
    "second.after(first)",
    "second.remove()",
    "first.closest('.slides').insertAdjacentHTML('beforeend', '<section><section></section></section>')",
)


@pytest.mark.parametrize("view", ["", "?view=scroll", "?view=print"])
def test_reveal_finds_the_slides_that_there_are(chromium, served, tmp_path, view):
    from greenroom import build

    (tmp_path / "talk.md").write_text(DECK, encoding="utf-8")
    assert not build.build_deck(tmp_path / "talk.md", tmp_path / "deck", None, None, None).problems
    page = chromium.new_page()
    page.goto(f"{served(tmp_path / 'deck')}/index.html{view}")
    page.wait_for_function("window.Reveal?.isReady()")
    # For print the slides go into pages, a moment after the deck is ready.
    page.wait_for_function("document.querySelectorAll('.slides section').length === 6")
    assert page.evaluate(SAME, SELECTORS) == []
    if not view:
        page.evaluate("Reveal.slide(1, 2)")
        assert page.evaluate(SAME, SELECTORS) == []
        assert page.evaluate("Reveal.getTotalSlides()") == 4
    for change in CHANGES:
        page.evaluate(f"(([first, second]) => {change})([...document.querySelectorAll('.slides section[id]')])")
        assert page.evaluate(SAME, SELECTORS) == [], change
    page.close()


FILLED = """\
## {n}

<p class="r-stretch">The rest of the slide</p>

A line below
"""


def test_what_fills_the_rest_of_a_slide_does_so_when_the_slide_is_shown(chromium, served, tmp_path):
    from greenroom import build

    (tmp_path / "talk.md").write_text("\n---\n".join(FILLED.format(n=n) for n in range(20)), encoding="utf-8")
    assert not build.build_deck(tmp_path / "talk.md", tmp_path / "deck", None, None, None).problems
    page = chromium.new_page()
    page.goto(f"{served(tmp_path / 'deck')}/index.html")
    page.wait_for_function("window.Reveal?.isReady()")
    height = "Reveal.getCurrentSlide().querySelector('.r-stretch').offsetHeight"
    first = page.evaluate(height)
    assert 0 < first < page.evaluate("Reveal.getComputedSlideSize().height")
    page.evaluate("Reveal.slide(15)")
    assert page.evaluate(height) == first
    page.evaluate("Reveal.toggleOverview(true)")
    heights = "[...new Set([...document.querySelectorAll('.r-stretch')].map((e) => e.offsetHeight).filter(Boolean))]"
    assert page.evaluate(heights) == [first]
    page.close()
