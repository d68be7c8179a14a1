"""A deck in a real browser becomes what was saved, and stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

CODE = "# %% first\na = 1\nb = a + 1\nprint(b)\n"

TALK = """\
# One

text

---
## Walk

```python snippet="numbers:first" steps="1 | 2 | 3" captions="Begin | Go on | Print"
```

* after <!-- .element: class="fragment" -->

Note: Say so.

----
## Below

* a <!-- .element: class="fragment" -->
* b <!-- .element: class="fragment" -->

---
## Long

```python illustrative="long"
{lines}
```

---
## Last

![A](a.svg)
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20"><rect width="{0}" height="20"/></svg>'


@pytest.fixture(scope="module")
def root(project: Callable[..., Path]) -> Path:
    text = TALK.format(lines="\n".join(f"line_{n} = {n}" for n in range(80)))
    files = {"slides/talk.md": text, "slides/a.svg": SVG.format(40), "snippets/numbers/python.py": CODE}
    return project(files)


@pytest.fixture(scope="module")
def command(root: Path, present):
    return present(root, "--port", "0")


@pytest.fixture(scope="module")
def deck(command, chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.goto(command.deck)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.wait_for_timeout(500)
    yield page
    page.close()


@pytest.fixture
def edit(root: Path, deck: Page) -> Iterator[Callable[..., None]]:
    """Changes the talk, and waits until the deck shows it; afterwards the talk is as it was, and so is the deck."""
    talk = root / "slides" / "talk.md"
    before = talk.read_text()
    deck.evaluate("window.stayed = true")

    def change(*changes: tuple[str, str], until: str) -> None:
        text = talk.read_text()
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        talk.with_suffix(".tmp").write_text(text)
        talk.with_suffix(".tmp").replace(talk)
        deck.wait_for_function(until, timeout=10_000)
        deck.wait_for_timeout(100)

    yield change
    talk.write_text(before)
    ids = "['one', 'walk', 'below', 'long', 'last']"
    deck.wait_for_function(f"JSON.stringify(Reveal.getSlides().map(({{ id }}) => id)) === JSON.stringify({ids})")
    deck.wait_for_timeout(300)
    assert deck.evaluate("window.stayed")


def where(deck: Page) -> list[object]:
    return deck.evaluate("[Reveal.getCurrentSlide().id, Reveal.getIndices().f ?? -1]")


def go(deck: Page, name: str, fragment: int = -1) -> None:
    deck.evaluate(
        "([id, f]) => { const { h, v } = Reveal.getIndices(document.getElementById(id)); Reveal.slide(h, v, f); }",
        [name, fragment],
    )


def test_a_slide_changes_and_its_step_stays(deck, edit):
    go(deck, "walk", 1)
    edit(("* after", "* afterwards"), until="document.getElementById('walk').textContent.includes('afterwards')")
    assert where(deck) == ["walk", 1]
    assert deck.locator("#walk .captions .now").inner_text() == "Print"
    assert deck.evaluate("Reveal.getPlugin('steps').state(Reveal.getCurrentSlide())")["step"] == 3
    assert deck.locator("#walk .copy").count() >= 1
    deck.evaluate("Reveal.next()")
    assert where(deck) == ["walk", 2]


def test_other_slides_are_not_touched(deck, edit):
    go(deck, "one")
    deck.evaluate(
        """() => {
          window.touched = new Set();
          const seen = (changes) => changes.forEach(({ target }) => touched.add(target.closest("section")?.id));
          const options = { subtree: true, childList: true, attributes: true, characterData: true };
          (window.watching = new MutationObserver(seen)).observe(Reveal.getSlidesElement(), options);
        }"""
    )
    edit(("text", "other"), until="document.getElementById('one').innerText.includes('other')")
    assert deck.evaluate("watching.disconnect(); [...touched].filter((id) => id !== 'one')") in ([], [None])


def test_a_passed_slide_shows_all_its_fragments(deck, edit):
    go(deck, "last")
    edit(("* after", "* later"), until="document.getElementById('walk').textContent.includes('later')")
    deck.evaluate("Reveal.prev(); Reveal.prev(); Reveal.prev(); Reveal.prev()")
    assert deck.evaluate("Reveal.getCurrentSlide().id") == "below"
    assert deck.evaluate("document.querySelectorAll('#walk .fragment:not(.visible)').length") == 0


def test_a_box_stays_where_it_is_scrolled_to(deck, edit):
    go(deck, "long")
    deck.wait_for_timeout(200)
    deck.evaluate("document.querySelector('#long pre > code').scrollTop = 300")
    edit(("line_3 =", "line_three ="), until="document.getElementById('long').textContent.includes('line_three')")
    assert deck.evaluate("document.querySelector('#long pre > code').scrollTop") == 300


def test_a_slide_in_front_moves_nobody(deck, edit):
    go(deck, "below", 0)
    edit(("---\n## Walk", "---\n## New\n\n---\n## Walk"), until="document.getElementById('new')")
    assert where(deck) == ["below", 0]
    assert deck.evaluate("Reveal.getIndices()") == {"h": 2, "v": 1, "f": 0}
    deck.wait_for_function("location.hash === '#/below/0'")
    deck.evaluate("Reveal.slide(1)")
    assert deck.evaluate("getComputedStyle(Reveal.getCurrentSlide()).display") != "none"
    assert deck.evaluate("Reveal.getCurrentSlide().id") == "new"


def test_a_slide_keeps_its_place_under_another_title(deck, edit):
    go(deck, "below", 1)
    edit(("## Below", "## Beneath"), until="document.getElementById('beneath')")
    assert where(deck) == ["beneath", 1]
    deck.wait_for_function("location.hash === '#/beneath/1'")


def test_when_the_slide_is_deleted_the_next_one_is_shown(deck, edit):
    go(deck, "below", 1)
    edit(
        ('\n----\n## Below\n\n* a <!-- .element: class="fragment" -->\n* b <!-- .element: class="fragment" -->\n', ""),
        until="!document.getElementById('below')",
    )
    assert where(deck)[0] == "long"
    assert deck.evaluate("getComputedStyle(Reveal.getCurrentSlide()).visibility") == "visible"


def test_the_overview_stays(deck, edit):
    go(deck, "one")
    deck.evaluate("Reveal.toggleOverview(true)")
    edit(("text", "new text"), until="document.getElementById('one').textContent.includes('new text')")
    assert deck.evaluate("Reveal.isOverview()")
    edit(("---\n## Walk", "---\n## New\n\n---\n## Walk"), until="document.getElementById('new')")
    assert deck.evaluate("Reveal.isOverview()")
    deck.evaluate("Reveal.toggleOverview(false)")


def test_a_picture_is_loaded_anew(root, deck):
    go(deck, "last")
    (root / "slides" / "a.svg").write_text(SVG.format(90))
    deck.wait_for_function("document.querySelector('#last img').naturalWidth === 90")
    (root / "slides" / "a.svg").write_text(SVG.format(40))
    deck.wait_for_function("document.querySelector('#last img').naturalWidth === 40")


def test_a_page_that_was_away_comes_back_to_its_step(deck, edit):
    go(deck, "walk", 1)
    deck.evaluate("window.stayed = true")
    deck.context.set_offline(True)
    deck.context.set_offline(False)
    edit(("text", "more text"), until="document.getElementById('one').textContent.includes('more text')")
    assert where(deck) == ["walk", 1]


def test_code_is_shown_before_it_has_run(root, deck):
    go(deck, "walk")
    module = root / "snippets" / "numbers" / "python.py"
    module.write_text(CODE.replace("a = 1", "a = 41"))
    deck.wait_for_function("document.querySelector('#walk code').textContent.includes('a = 41')")
    module.write_text(CODE)
    deck.wait_for_function("document.querySelector('#walk code').textContent.includes('a = 1\\n')")
