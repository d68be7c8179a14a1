"""Editing listings on the slide and running what was typed, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

SUMS = '''\
import math

# %% data
numbers = [1, 2, 3]

# %% total
class Sums:
    """What sums are of."""

    @staticmethod
    def total(one, *, of=None):
        text = f"{one!r} of {of}"  # in words
        return sum(numbers) * 1.5 if one is True else text


print("the sum", Sums.total(True))
numbers[0]

# %% wide
print("a very long line that is so wide that it goes on below, " + "since no slide is as wide as this one is", numbers)
for number in numbers:
    print(number, "and a very long line that is so wide that it goes on below, a little further in than it begins")

# %% plain
def double(one):
    two = one + one
    return two


double(4)

# %% silent
three = math.sqrt(9)
'''

TALL = "# %% tall\n" + "".join(f"line_{n} = {n}\n" for n in range(1, 61)) + "line_60\n"

FILES = {
    "snippets/sums/python.py": SUMS,
    "snippets/tall/python.py": TALL,
    "snippets/pair/tf2.py": "# %% pair\nname = 'one'\nprint(name)\n",
    "snippets/pair/pytorch.py": "# %% pair\nname = 'two'\nprint(name)\n",
    "slides/talk.md": """\
---
title: Edits
---
<!-- .slide: id="total" -->
# Some words

```python snippet="sums:total"
```

---
<!-- .slide: id="walk" -->
```python snippet="sums:plain" steps="def double | return | all"
```

---
<!-- .slide: id="wide" -->
```python snippet="sums:wide"
```

---
<!-- .slide: id="tall" -->
```python snippet="tall:tall"
```

---
<!-- .slide: id="pair" -->
```python snippet="pair:pair"
```

---
<!-- .slide: id="other" -->
Words

```python
print("no cell")
```
""",
}

LINES = """(selector) => [...document.querySelectorAll(selector)].filter((e) => e.textContent.trim()).map((line) => {
  const range = document.createRange();
  range.selectNodeContents(line);
  const { left, top, width, height } = range.getBoundingClientRect();
  return [left, top, width, height].map(Math.round).join();
})"""

ALL = "for (const e of document.querySelectorAll('.stepping, .dim')) e.classList.remove('stepping', 'dim')"

COLORS = """(selector) => {
  const walker = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const { color, fontWeight, fontStyle } = getComputedStyle(walker.currentNode.parentElement);
    const letters = walker.currentNode.data.replace(/\\s/g, "");
    for (const letter of letters) found.push([letter, color, fontWeight, fontStyle].join(" "));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def server(project: Callable, presented: Callable):
    return presented(project(dict(FILES)))


@pytest.fixture
def open_deck(chromium: Browser, server) -> Iterator[Callable[..., Page]]:
    """Opens the deck as its author; the test fails if a page complained."""
    wrong: list[str] = []
    contexts = []

    def open_deck(slide: str = "total", *, token: bool = True, at=server, **options) -> Page:
        at.runs._begun.clear()
        options = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce", **options}
        context = chromium.new_context(**options)
        context.set_default_timeout(8000)
        contexts.append(context)
        context.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
        context.on("weberror", lambda error: wrong.append(f"error: {error.error}"))
        page = context.new_page()
        secret = f"?token={at.guard.token}" if token else ""
        page.goto(f"{at.address}/slides/talk/{secret}#/{slide}")
        page.wait_for_function("window.Reveal?.isReady()")
        return page

    yield open_deck
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(open_deck) -> Page:
    return open_deck()


def go(page: Page, slide: str) -> None:
    page.evaluate("(id) => Reveal.slide(Reveal.getIndices(document.getElementById(id)).h, 0, -1)", slide)


def edit(page: Page, slide: str = "total", key: str = "e"):
    page.locator(f"#{slide} .edit").first.wait_for(state="attached")
    page.keyboard.press(key)
    editor = page.locator(f"#{slide} .cm-content").first
    expect(editor).to_be_focused()
    return editor


def code(page: Page, slide: str) -> str:
    return page.locator(f"#{slide} .listing > pre > code").first.evaluate("(code) => code.textContent")


def replace_all(page: Page, text: str) -> None:
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def type_in(page: Page, text: str, slide: str = "total") -> None:
    edit(page, slide)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def frames(page: Page, slide: str) -> object:
    boxes = "(id) => [...document.getElementById(id).children].map((child) => child.getBoundingClientRect().toJSON())"
    return page.evaluate(boxes, slide)


@pytest.mark.parametrize("slide", ["total", "walk", "wide", "pair"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_switch_moves_nothing_and_keeps_all_colours(open_deck, slide, scheme):
    page = open_deck(slide, color_scheme=scheme)
    listing = f"#{slide} .listing:first-of-type > pre"
    page.locator(f"#{slide} .run").first.wait_for(state="attached")
    page.evaluate(ALL)
    before, colors = page.evaluate(LINES, f"{listing} > code > .line"), page.evaluate(COLORS, f"{listing} > code")
    around = frames(page, slide)
    edit(page, slide)
    assert page.evaluate(LINES, f"{listing} .cm-line") == before
    assert page.evaluate(COLORS, f"{listing} .cm-content") == colors
    assert frames(page, slide) == around
    page.keyboard.press("Escape")
    page.evaluate(ALL)
    assert page.evaluate(LINES, f"{listing} > code > .line") == before
    assert page.evaluate(COLORS, f"{listing} > code") == colors
    assert frames(page, slide) == around


def test_what_is_typed_runs_and_one_key_restores_the_original(page):
    original = code(page, "total")
    editor = page.locator("#total .editor")
    type_in(page, "print('typed', numbers)")
    page.keyboard.press("Control+Enter")
    live = page.locator("#total .output.live")
    expect(live).to_contain_text("typed [1, 2, 3]")
    expect(editor.locator(".cm-content")).to_be_focused()
    expect(page.locator("#total .changed")).to_be_visible()

    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)
    expect(page.locator("#total .changed")).to_be_visible()
    assert code(page, "total") == "print('typed', numbers)"
    page.keyboard.press("x")
    expect(page.locator("#total .ran.now")).to_be_visible()
    expect(live).to_contain_text("typed [1, 2, 3]")

    page.keyboard.press("z")
    expect(page.locator("#total .changed")).to_be_hidden()
    assert code(page, "total") == original
    expect(live).to_have_count(0)
    expect(page.locator("#total .output").first).to_contain_text("the sum 9.0")
    page.keyboard.press("x")
    expect(live).to_contain_text("the sum 9.0")


def test_one_key_restores_the_original_while_typing(page):
    original = code(page, "total")
    type_in(page, "1 / 0")
    page.keyboard.press("Control+Shift+Backspace")
    expect(page.locator("#total .changed")).to_be_hidden()
    expect(page.locator("#total .cm-content")).to_be_focused()
    assert code(page, "total") == original
    page.keyboard.press("Control+z")
    assert code(page, "total") == "1 / 0"


def test_an_error_of_what_was_typed_is_marked_at_its_line(page):
    type_in(page, "print(1)\n\nprint(2 +\n")
    page.keyboard.press("Control+Enter")
    error = page.locator("#total .output.live.error")
    expect(error.locator("strong")).to_contain_text("SyntaxError")
    expect(page.locator("#total .cm-line.raised")).to_have_text("print(2 +")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("print(1)\n1 / 0\n" + "\n" * 4)
    expect(page.locator("#total .cm-line.raised")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(error.locator("strong")).to_contain_text("ZeroDivisionError")
    expect(error.locator("strong")).to_be_in_viewport(ratio=0.9)
    expect(page.locator("#total .cm-line.raised")).to_have_text("1 / 0")
    page.keyboard.press("Escape")
    expect(page.locator("#total .line.raised")).to_have_text("1 / 0")
    page.keyboard.press("z")
    expect(page.locator("#total .raised")).to_have_count(0)


def test_keys_of_the_deck_do_nothing_while_typing(page):
    type_in(page, "")
    page.keyboard.type("x = 'bsoefcztqw n' # ?")
    for key in ("ArrowRight", "ArrowDown", "End", "PageDown", "Space", "Home", "F1", "Alt+ArrowRight"):
        page.keyboard.press(key)
    assert code(page, "total").strip() == "x = 'bsoefcztqw n' # ?"
    state = page.evaluate("[Reveal.getIndices().h, Reveal.isPaused(), Reveal.isOverview(), Reveal.isOverlayOpen()]")
    assert state == [0, False, False, False]


def test_keys_of_the_pen_do_nothing_while_typing(page):
    page.locator("#total .edit").wait_for(state="attached")
    page.keyboard.press("d")
    page.locator("#total .edit").evaluate("(button) => button.click()")
    expect(page.locator("#total .cm-content")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("ez12")
    page.keyboard.press("Backspace")
    assert code(page, "total") == "ez1"


def test_focus_is_seen_and_not_trapped(page):
    editor = edit(page)
    outline = "(e) => getComputedStyle(e.closest('.editor')).outlineStyle"
    assert editor.evaluate(outline) == "solid"
    assert editor.get_attribute("aria-label").startswith("Python listing, editor.")
    assert editor.get_attribute("role") == "textbox"
    before = code(page, "total")
    page.keyboard.press("Tab")
    assert code(page, "total") != before
    page.keyboard.press("Shift+Tab")
    assert code(page, "total") == before
    page.keyboard.press("Escape")
    button = page.locator("#total .edit")
    expect(button).to_be_focused()
    assert button.evaluate("(e) => getComputedStyle(e).opacity") == "1"
    page.keyboard.press("Tab")
    expect(button).not_to_be_focused()
    page.locator("#total pre").first.hover()
    button.click()
    expect(page.locator("#total .cm-content")).to_be_focused()
    expect(page.locator(".editor")).to_have_count(1)


def test_steps_are_off_while_editing_and_follow_their_lines_afterwards(page):
    go(page, "walk")
    lit = "[...document.querySelectorAll('#walk code > .line:not(.dim)')].map((line) => line.textContent)"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(lit) == ["    return two"]
    edit(page, "walk")
    expect(page.locator("#walk .cm-line")).to_have_count(6)
    assert page.locator("#walk .listing .dim:visible").count() == 0
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text("import math\n\n")
    page.keyboard.press("Escape")
    assert page.evaluate(lit) == ["    return two"]
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(lit) == ["def double(one):"]
    page.keyboard.press("z")
    assert page.evaluate(lit) == ["def double(one):"]
    assert page.locator("#walk code[data-line-numbers]").get_attribute("data-line-numbers") == "1|3|"


def test_the_listing_grows_as_far_as_the_slide_has_room_and_then_scrolls(page):
    type_in(page, "one = 1")
    low = page.locator("#total .editor").bounding_box()["height"]
    page.keyboard.insert_text("\none = 2" * 3)
    assert page.locator("#total .editor").bounding_box()["height"] > low
    page.keyboard.insert_text("\none = 3" * 60)
    page.wait_for_timeout(50)
    box, scroller = page.locator("#total .editor").bounding_box(), page.locator("#total .cm-scroller")
    assert box["y"] + box["height"] < 720
    assert scroller.evaluate("(e) => e.scrollHeight > e.clientHeight && e.scrollTop > 0")
    page.keyboard.insert_text(" + " + "1234 + " * 60)
    assert scroller.evaluate("(e) => e.scrollWidth > e.clientWidth && e.scrollLeft > 0")
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('#total').scrollHeight") <= 656


def test_the_editor_stays_where_its_listing_is(page):
    lines = ".cm-line", "#total .listing > pre > code > .line"
    type_in(page, "print(1)\nif numbers:\n    print(2)")
    assert page.evaluate(LINES, lines[0]) == page.evaluate(LINES, lines[1])
    page.keyboard.insert_text("\n" + "    print('x')  # " + "wide " * 18)
    before = page.evaluate(LINES, lines[0])
    page.evaluate("Reveal.sync()")
    page.wait_for_timeout(100)
    assert page.evaluate(LINES, lines[0]) == page.evaluate(LINES, lines[1]) != before
    expect(page.locator("#total .cm-content")).to_be_focused()


def test_a_tall_listing_scrolls_to_where_it_was(page):
    go(page, "tall")
    place = page.locator("#tall .listing > pre > code").first
    place.evaluate("(code) => (code.scrollTop = 150)")
    edit(page, "tall")
    page.wait_for_function("Math.abs(document.querySelector('#tall .cm-scroller').scrollTop - 150) < 2")
    page.keyboard.press("Escape")
    assert place.evaluate("(code) => code.scrollTop") == pytest.approx(150, abs=2)


def test_panes_are_edited_each_for_itself_and_run_together(page):
    go(page, "pair")
    edit(page, "pair")
    editors = page.locator("#pair .cm-content")
    expect(editors).to_have_count(2)
    editors.nth(0).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("print('first', 1)")
    editors.nth(1).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("print('second', 2)")
    page.keyboard.press("Control+Enter")
    live = page.locator("#pair .output.live")
    expect(live).to_have_count(2)
    expect(live.nth(0)).to_contain_text("first 1")
    expect(live.nth(1)).to_contain_text("second 2")
    page.keyboard.press("Escape")
    expect(page.locator("#pair .editor")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator("#pair .changed:visible")).to_have_count(0)

    page.locator("#pair pre").nth(1).hover()
    page.locator("#pair .listing").nth(1).locator(".edit").click()
    expect(editors).to_have_count(1)
    page.keyboard.press("Control+Enter")
    expect(live).to_have_count(1)
    expect(live).to_contain_text("two")


def test_what_was_typed_stays_when_the_slide_is_left(page):
    type_in(page, "print('kept')")
    page.evaluate("Reveal.slide(1)")
    expect(page.locator(".editor")).to_have_count(0)
    page.evaluate("Reveal.slide(0)")
    assert code(page, "total") == "print('kept')"
    expect(page.locator("#total .changed")).to_be_visible()
    editor = edit(page)
    expect(editor).to_have_text("print('kept')")
    page.keyboard.press("Control+z")
    assert "the sum" in code(page, "total")


ORIGINAL = """(id) => {
  const listing = document.querySelector(`#${id} .listing`).cloneNode(true);
  for (const control of listing.querySelectorAll("button")) control.remove();
  window.originals = { [id]: listing.innerHTML };
}"""

PATCH = """([id, find, put]) => {
  const slide = document.getElementById(id).cloneNode(true);
  const listing = slide.querySelector(".listing");
  listing.innerHTML = window.originals[id].replace(find, put);
  const live = document.getElementById(id);
  live.replaceChildren(...slide.childNodes);
  Reveal.syncSlide(live);
}"""


def test_a_slide_that_is_patched_keeps_what_was_typed_unless_its_listing_is_another(page):
    page.evaluate(ORIGINAL, "total")
    type_in(page, "print('kept')")
    page.evaluate(PATCH, ["total", "§", ""])
    editor = page.locator("#total .cm-content")
    expect(editor).to_be_focused()
    page.keyboard.type("!")
    expect(editor).to_have_text("print('kept')!")
    expect(page.locator("#total .changed")).to_have_count(1)
    page.keyboard.press("Escape")
    page.evaluate(PATCH, ["total", "§", ""])
    assert code(page, "total") == "print('kept')!"
    expect(page.locator("#total .changed")).to_be_visible()
    page.evaluate(PATCH, ["total", "Sums", "Addings"])
    assert "class Addings" in code(page, "total")
    expect(page.locator("#total .changed")).to_be_hidden()


def test_only_the_author_can_edit(open_deck):
    page = open_deck(token=False)
    page.wait_for_timeout(600)
    page.keyboard.press("e")
    page.wait_for_timeout(300)
    assert page.locator(".edit, .editor").count() == 0
    assert page.locator("script[src*='editor']").count() == 0


def test_nothing_is_edited_where_running_is_off(open_deck, server, presented):
    page = open_deck(at=presented(server.root, allowed=False))
    page.wait_for_timeout(600)
    page.keyboard.press("e")
    page.wait_for_timeout(300)
    assert page.locator(".edit, .editor").count() == 0


def test_the_editor_is_loaded_when_one_edits_and_is_part_of_no_deck(page, server):
    page.locator("#total .edit").wait_for(state="attached")
    scripts = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('editor')).map(String)"
    assert page.evaluate(scripts) == []
    edit(page)
    assert len(page.evaluate(scripts)) == 1
    go(page, "other")
    assert page.locator("#other .edit").count() == 0
    files = server.live.decks["talk"].deck.files
    assert [name for name in files if "editor" in name or "codemirror" in name or "serve" in name] == []
