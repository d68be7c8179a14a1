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
    ".slides>section.present>section",
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


@pytest.mark.parametrize("view", ["", "?view=scroll", "?view=print"])
def test_reveal_finds_the_slides_that_there_are(chromium, served, tmp_path, view):
    from greenroom import build

    (tmp_path / "talk.md").write_text(DECK, encoding="utf-8")
    assert not build.build_deck(tmp_path / "talk.md", tmp_path / "deck", None, None, None).problems
    page = chromium.new_page()
    page.goto(f"{served(tmp_path / 'deck')}/index.html{view}")
    page.wait_for_function("window.Reveal?.isReady()")
    assert page.evaluate("document.querySelectorAll('.slides section').length") == 6
    assert page.evaluate(SAME, SELECTORS) == []
    if not view:
        page.evaluate("Reveal.slide(1, 2)")
        assert page.evaluate(SAME, SELECTORS) == []
        assert page.evaluate("Reveal.getTotalSlides()") == 4
    page.close()
