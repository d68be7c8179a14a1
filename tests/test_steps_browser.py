"""Steps in a real browser: however a step is reached, the lines, the caption and the note are those of the talk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from greenroom import assets, deck, resolve, source, talk
from greenroom.model import Listing, Slide, Step, Talk

READY = "window.Reveal && Reveal.isReady()"

SOURCES = {
    ("gradients", "tf2"): """\
# %% tape
a = tf.Variable(4.0)
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    # region root
    c = tf.sqrt(a**2 + b**2)
    # endregion
dc_da = tape.gradient(c, a)

# %% layer
class Linear(keras.Layer):
    def __init__(self):
        super().__init__()

    def call(self, x):
        return x
""",
    ("gradients", "pytorch"): """\
# %% tape
a = torch.tensor(4.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
# region root
c = torch.sqrt(a**2 + b**2)
# endregion
c.backward()

# %% layer
class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = 1

    def forward(self, x):
        return x
""",
    ("long", "python"): "# %% lines\n" + "".join(f"line_{number} = {number}\n" for number in range(1, 91)),
}

TALK = """\
# Steps

----
<!-- .slide: id="tape" -->
### The tape

```python snippet="gradients:tape" steps="all | 1-2 | root | gradient( || backward | none" captions="Both at once. | Two
 variables. |  | It plays *back*. | Any questions?"
```

Note: For the whole slide.

Note[2]: Two of *them*.

Note[4]: Back, with $x^2$:

```python [1|2] illustrative="in a note"
first
second
```

----
<!-- .slide: id="layer" -->
### Layers

```python snippet="gradients:layer" steps="__init__ | call || forward"
```

Note[1]: Only a note for the first step.

---
<!-- .slide: id="two" -->
### Two walks

* before <!-- .element: class="fragment" -->

```python snippet="gradients/tf2:tape" steps="1 | 2" captions="One. | Two."
```

```python snippet="gradients/pytorch:tape" steps="1 | 2 | 3" captions="Un. | Deux. | Trois."
```

* after <!-- .element: class="fragment" -->

Note[4]: The last of them.

----
<!-- .slide: id="mixed" -->
### Mixed with others

* with the first <!-- .element: class="fragment" data-fragment-index="1" -->
* with the second <!-- .element: class="fragment" data-fragment-index="2" -->

```python snippet="gradients/tf2:tape" steps="1 | 2 | 3"
```
<!-- .element: data-fragment-index="1" -->

* after all <!-- .element: class="fragment" data-fragment-index="3" -->

----
<!-- .slide: id="appears" -->
### A fragment itself

* first <!-- .element: class="fragment" data-fragment-index="1" -->

```python snippet="gradients:tape" steps="1 | 2"
```
<!-- .element: class="fragment fade-up" data-fragment-index="2" -->

```python [1|2] illustrative="a plain fence"
first
second
```
<!-- .element: class="fragment" data-fragment-index="4" -->

---
<!-- .slide: id="long" -->
### Long

```python snippet="long:lines" steps="1-2 | line_70 | none | all | 80-90"
```

----
<!-- .slide: id="stretch" -->
### Stretched

```python [1-2|88-90|0||1] illustrative="a plain fence"
LINES
```
<!-- .element: class="r-stretch" -->

---
<!-- .slide: id="auto" data-autoslide="120" -->
### By itself

```python snippet="gradients/tf2:tape" steps="1 | 2 | 3" captions="One. | Two. | Three."
```

---
<!-- .slide: id="end" -->
# The end
""".replace("Two\n variables", "Two variables").replace("LINES", "\n".join(f"line {number}" for number in range(1, 91)))

STRETCHED = [range(1, 3), range(88, 91), (), range(1, 91), range(1, 2)]
"""The lines of the plain fence `[1-2|88-90|0||1]`."""


@pytest.fixture(scope="module")
def resolved() -> Talk:
    parsed, problems = talk.parse(TALK, "slides/steps.md")
    assert not problems
    modules = {}
    for (lesson, framework), text in SOURCES.items():
        path = f"snippets/{lesson}/{framework}.py"
        modules[lesson, framework], problems = source.scan(text, path, lesson, framework)
        assert not problems
    walked, problems = resolve.resolve(parsed, modules, {})
    assert not problems
    return walked


@pytest.fixture(scope="module")
def slides(resolved: Talk) -> dict[str, Slide]:
    return {slide.id: slide for slide in resolved.slides}


@pytest.fixture(scope="module")
def url(resolved: Talk, tmp_path_factory: pytest.TempPathFactory) -> str:
    target = tmp_path_factory.mktemp("steps")
    for name, path in assets.files().items():
        (target / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / "assets" / name)
    page = deck.render(resolved, sheets=("assets/deck.css", "assets/themes/greenroom.css"))
    (target / "index.html").write_text(page, encoding="utf-8")
    return Path(target / "index.html").as_uri()


@pytest.fixture(scope="module")
def shared(chromium: Browser) -> Iterator[Page]:
    """One page for all tests; it fails if anything complained."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    wrong: list[str] = []
    context.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    yield context.new_page()
    context.close()
    assert not wrong


class Presented:
    """The deck, loaded anew, and what is seen of it."""

    def __init__(self, page: Page, url: str, slides: dict[str, Slide]) -> None:
        self.page = page
        self.url = url
        self.slides = slides

    def open(self, address: str = "", query: str = "") -> Presented:
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}{query}{address}")
        self.page.wait_for_function(READY)
        return self

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def run(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def settle(self) -> None:
        """Until what has to wait for a frame is done."""
        self.run("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))")

    @property
    def slide(self) -> str:
        return self.run("Reveal.getCurrentSlide().id")

    def state(self, name: str = "") -> dict[str, Any]:
        return self.run(
            "(id) => Reveal.getPlugin('steps').state(id ? document.getElementById(id) : SLIDE)".replace(
                "SLIDE", "Reveal.getCurrentSlide()"
            ),
            name,
        )

    def standing(self, selector: str) -> list[list[int]]:
        """The lines that are not dimmed, in each listing of what the selector finds."""
        return self.run(
            """(selector) => [...document.querySelectorAll(selector)].flatMap((slide) =>
                 [...slide.querySelectorAll("pre:not(.output *, aside *) > code")].map((code) =>
                   [...code.querySelectorAll(".line")].flatMap((line, i) => (line.matches(".dim") ? [] : [i + 1]))))""",
            selector,
        )

    def captions(self, selector: str) -> set[str]:
        """The captions that are seen."""
        return set(
            self.run(
                """(selector) => [...document.querySelectorAll(`${selector} .captions > li`)]
                     .filter((li) => getComputedStyle(li).visibility === "visible" && li.textContent)
                     .map((li) => li.textContent)""",
                selector,
            )
        )

    def check(self, name: str, step: int) -> None:
        """Hold what is seen of a slide at a step, from 1, against the talk."""
        slide = self.slides[name]
        assert self.standing(f"[id='{name}']") == standing(slide, step), (name, step)
        state = self.state(name)
        assert (state["step"], state["steps"]) == (step, len(slide.walk)), (name, step)
        notes = {note.number: note.tokens for note in slide.step_notes}
        inline = next((token for token in notes.get(step, ()) if token.type == "inline"), None)
        assert bool(state["note"]) == bool(inline)
        if inline and inline.children:
            assert inline.children[0].content in state["note"]


def at(slide: Slide, step: int) -> dict[int, int]:
    """Which step of its own each fence is at, by the fence's place."""
    return dict(slide.walk[:step])


def of_step(listing: Listing, step: Step) -> list[int]:
    if step.nothing:
        return []
    return list(step.lines) or list(range(1, len(listing.numbers) + 1))


def standing(slide: Slide, step: int) -> list[list[int]]:
    """The lines of each listing that should stand out."""
    own = at(slide, step)
    shown = [token.meta["fence"] for token in slide.body if token.type == "fence"]
    if slide.id == "stretch":
        return [list(STRETCHED[step - 1])]
    return [
        of_step(listing, listing.steps[own.get(place, 0)])
        for place in shown
        for listing in slide.fences[place].listings
    ]


@pytest.fixture
def presented(shared: Page, url: str, slides: dict[str, Slide]) -> Presented:
    return Presented(shared, url, slides)


SNAPSHOT = """[...document.querySelectorAll(".slides :is(section, .fragment, code, .line, .captions > li)")].map(
  (each) => ["past", "present", "future", "visible", "current-fragment", "stepping", "dim", "now"]
    .filter((name) => each.classList.contains(name)).join(" "))"""


def test_forward_and_back_each_step_is_the_talks_and_the_end_is_the_beginning(presented: Presented) -> None:
    presented.open()
    before = presented.run(SNAPSHOT)
    walked: dict[str, list[int]] = {}
    simple = {"tape", "layer", "long", "stretch"}

    def see() -> None:
        name = presented.slide
        if presented.slides[name].walk and name not in ("mixed", "appears"):
            walked.setdefault(name, []).append(presented.state()["step"])
            presented.check(name, walked[name][-1])

    # The slide that goes on by itself is not waited for.
    presented.run("Reveal.configure({ autoSlide: false })")
    see()
    while not presented.run("Reveal.isLastSlide()"):
        presented.press("Space")
        see()
    forward, walked = walked, {}
    see()
    while not presented.run("Reveal.isFirstSlide()"):
        presented.press("Shift+Space")
        see()
    for name, steps in forward.items():
        if name in simple:
            assert steps == list(range(1, len(presented.slides[name].walk) + 1))
        assert walked[name] == steps[::-1]
    assert set(forward) == simple | {"two", "auto"}
    assert presented.run(SNAPSHOT) == before


def test_each_listing_is_once_in_the_page_and_so_is_each_id(presented: Presented) -> None:
    presented.open("#/tape/3")
    ids = presented.run("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids))
    assert presented.run("document.querySelectorAll('#tape pre > code:not(aside *)').length") == 2


def test_captions_and_notes_go_with_the_step(presented: Presented) -> None:
    presented.open("#/tape")
    captions = ["Both at once.", "Two variables.", "", "It plays *back*.", "Any questions?"]
    notes = ["", "Two of <em>them</em>.", "", "Back, with ", ""]
    for step, (caption, note) in enumerate(zip(captions, notes, strict=True), 1):
        presented.check("tape", step)
        assert presented.captions("#tape") == ({caption} if caption else set())
        assert presented.state()["caption"] == caption
        assert presented.page.locator(".captions-status").text_content() == caption
        assert note in presented.state()["note"]
        presented.press("ArrowRight")
    presented.run("Reveal.slide(0, 3)")
    assert presented.slide != "tape"
    assert presented.state("end") == {"step": 0, "steps": 0, "caption": "", "note": ""}


def test_a_fence_in_a_note_is_no_walk(presented: Presented) -> None:
    presented.open("#/tape/2")
    note = presented.state()["note"]
    assert "<math" in note
    assert "second" in note
    assert "dim" not in note
    assert presented.run("document.querySelectorAll('aside .fragment').length") == 0


def test_notes_of_steps_say_so_where_all_notes_are_shown(presented: Presented) -> None:
    presented.open("#/tape", "?showNotes=true")
    assert presented.run(
        """[...document.querySelectorAll(".speaker-notes .step-note")]
             .map((note) => getComputedStyle(note, "::before").content)"""
    ) == ['"Step 2"', '"Step 4"']


def test_each_caption_is_announced_once(presented: Presented) -> None:
    presented.open("#/tape")
    presented.run(
        """() => {
          window.said = [];
          const status = document.querySelector(".captions-status[aria-live='polite']");
          new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true, subtree: true });
        }"""
    )
    for _ in range(5):
        presented.press("Space")
        presented.run("Reveal.sync(), Reveal.layout()")
        presented.settle()
    assert presented.run("said") == ["Two variables.", "", "It plays *back*.", "Any questions?", ""]
    # Another fragment is no step.
    presented.run("Reveal.slide(1, 0), said.splice(0)")
    presented.settle()
    presented.run("said.splice(0)")
    presented.press("Space")
    presented.settle()
    assert shown(presented, "two")[1] == ["before"]
    assert presented.run("said") == []


def test_two_walks_on_a_slide_go_one_after_the_other(presented: Presented) -> None:
    presented.open("#/two")
    slide = presented.slides["two"]
    assert slide.walk == ((0, 0), (0, 1), (1, 1), (1, 2))
    said = ["One. Un.", "Two.", "Deux.", "Trois."]
    presses = [("before", 1), ("", 2), ("", 3), ("", 4), ("after", 4)]
    presented.check("two", 1)
    assert presented.state()["caption"] == said[0]
    for item, step in presses:
        presented.press("ArrowRight")
        presented.check("two", step)
        assert presented.state()["caption"] == said[step - 1]
        if item:
            assert presented.page.locator("#two li.current-fragment").text_content().strip() == item
    assert presented.captions("#two") == {"Two.", "Trois."}


def shown(presented: Presented, name: str) -> tuple[list[list[int]], list[str]]:
    """The lines that stand out, and the words of the fragments that are to be seen."""
    words = presented.run(
        """(id) => [...document.querySelectorAll(`#${id} .fragment.visible:not(.step)`)]
             .map((element) => element.matches("li") ? element.textContent.trim() : element.className.split(" ")[0])""",
        name,
    )
    return presented.standing(f"#{name}"), words


def test_steps_mix_with_other_fragments_by_their_index(presented: Presented) -> None:
    presented.open("#/mixed")
    expected = [
        ([[1]], []),
        ([[2]], ["with the first"]),
        ([[3]], ["with the first", "with the second"]),
        ([[3]], ["with the first", "with the second", "after all"]),
    ]
    for lines, words in expected:
        assert shown(presented, "mixed") == (lines, words)
        presented.press("Space")
    assert presented.slide == "appears"
    presented.press("Shift+Space")
    for lines, words in expected[::-1]:
        assert shown(presented, "mixed") == (lines, words)
        presented.press("Shift+Space")


def test_a_listing_that_is_a_fragment_comes_before_its_steps(presented: Presented) -> None:
    presented.open("#/appears")
    one, two = [[1], [1], [1]], [[2], [2], [1]]
    for lines, words in [
        (one, []),
        (one, ["first"]),
        (one, ["first", "panes"]),
        (two, ["first", "panes"]),
        (two, ["first", "panes", "fragment"]),
        ([[2], [2], [2]], ["first", "panes", "fragment"]),
    ]:
        assert shown(presented, "appears") == (lines, words)
        presented.press("Space")
    assert presented.slide == "long"


def test_a_link_opens_each_step_and_a_reload_stays_there(presented: Presented) -> None:
    for name in ("tape", "stretch"):
        count = len(presented.slides[name].walk)
        presented.open(f"#/{name}/{count + 7}")
        presented.check(name, count)
        for fragment in (1, 0):
            presented.open(f"#/{name}/{fragment}")
            presented.check(name, fragment + 2)
        presented.page.reload()
        presented.page.wait_for_function(READY)
        presented.check(name, 2)
        presented.press("Space")
        presented.page.wait_for_url(f"**#/{name}/1")
        presented.page.reload()
        presented.page.wait_for_function(READY)
        presented.check(name, 3)


def test_links_within_the_deck_lead_to_steps(presented: Presented) -> None:
    presented.open()
    for name in ("layer", "tape", "long", "tape", "stretch"):
        for fragment in (*range(len(presented.slides[name].walk) - 1), -1):
            address = f"#/{name}/{fragment}" if fragment >= 0 else f"#/{name}"
            presented.page.goto(f"{presented.url}{address}")
            presented.page.wait_for_function("(id) => Reveal.getCurrentSlide().id === id", arg=name)
            presented.settle()
            presented.check(name, fragment + 2)


def test_a_deck_that_is_laid_out_anew_for_another_screen_stays_at_its_step(presented: Presented) -> None:
    presented.open("#/tape/1")
    presented.press("Space")
    with presented.page.expect_navigation():
        presented.page.set_viewport_size({"width": 640, "height": 360})
    presented.page.wait_for_function(READY)
    presented.check("tape", 4)
    with presented.page.expect_navigation():
        presented.page.set_viewport_size({"width": 1280, "height": 720})
    presented.page.wait_for_function(READY)
    presented.check("tape", 4)


def test_going_back_in_the_browser_goes_back_in_the_walk(presented: Presented) -> None:
    presented.open("#/tape", "?history=true")
    for _ in range(2):
        presented.press("Space")
    presented.check("tape", 3)
    for step, address in [(2, "#/tape/0"), (1, "#/tape")]:
        presented.run("history.back()")
        presented.page.wait_for_function(f"location.hash === '{address}'")
        presented.settle()
        presented.check("tape", step)
    presented.run("location.hash = '#/layer/0'")
    presented.settle()
    presented.check("layer", 2)
    presented.run("history.back()")
    presented.page.wait_for_function("location.hash === '#/tape'")
    presented.settle()
    presented.check("tape", 1)


def test_jumps_within_a_walk_and_what_redraws_the_deck(presented: Presented) -> None:
    presented.open("#/tape")
    for fragment in (3, 0, 2, -1, 1):
        presented.run("(f) => Reveal.navigateFragment(f)", fragment)
        presented.check("tape", fragment + 2)
    for again in ("Reveal.sync()", "Reveal.layout()", "Reveal.syncFragments()", "Reveal.toggleOverview()"):
        presented.run(again)
        presented.settle()
        presented.check("tape", 3)
    presented.run("Reveal.toggleOverview()")
    presented.settle()
    presented.check("tape", 3)


def test_the_overview_shows_every_slide_where_its_fragments_are(presented: Presented) -> None:
    presented.open("#/layer/0")
    presented.press("o")
    presented.page.wait_for_function("Reveal.isOverview()")
    last = {name: len(slide.walk) for name, slide in presented.slides.items()}
    presented.check("tape", last["tape"])
    presented.check("layer", 2)
    presented.check("two", 1)
    presented.run("Reveal.slide(2, 1)")
    for name in ("layer", "two", "long"):
        presented.check(name, last[name])
    presented.check("stretch", 1)
    presented.run("Reveal.slide(0, 0)")
    for name in ("tape", "layer", "two", "long", "stretch"):
        presented.check(name, 1)
    presented.page.locator("#two").click()
    presented.page.wait_for_function("!Reveal.isOverview()")
    assert presented.slide == "two"
    presented.check("two", 1)


def test_a_jump_by_number_arrives_at_a_step_that_is_shown(presented: Presented) -> None:
    def jump(number: str) -> None:
        presented.press("g")
        presented.page.wait_for_selector(".jump-to-slide-input:focus")
        presented.page.keyboard.type(number)
        presented.press("Enter")
        presented.page.wait_for_selector(".jump-to-slide", state="detached")

    presented.open("#/tape/1")
    for number, name in (("stretch", "stretch"), ("2", "two"), ("1/2", "tape"), ("long", "long"), ("tape", "tape")):
        jump(number)
        presented.page.wait_for_function("(id) => Reveal.getCurrentSlide().id === id", arg=name)
        # What lies before the slide that one comes from was shown whole.
        presented.check(name, len(presented.slides[name].walk) if name in ("two", "tape") else 1)
    jump("long/2")
    presented.page.wait_for_function("Reveal.getCurrentSlide().id === 'long'")
    presented.check("long", 4)


@pytest.mark.parametrize(
    ("all_slides", "name", "wait"), [(100, "two", 100), (0, "auto", 120)], ids=["the deck", "a slide"]
)
def test_a_deck_that_goes_by_itself_shows_each_step_for_its_time(
    presented: Presented, all_slides: int, name: str, wait: int
) -> None:
    seen = presented.open().run(
        """([all, id]) => new Promise((done) => {
          const seen = [];
          const see = () => {
            const slide = Reveal.getCurrentSlide();
            seen.push([performance.now(), slide.id === id ? Reveal.getPlugin("steps").state(slide).step : 0]);
            if (slide.id !== id) done(seen);
          };
          Reveal.configure({ autoSlide: all });
          Reveal.on("fragmentshown", see);
          Reveal.on("slidechanged", see);
          location.hash = `#/${id}`;
        })""",
        [all_slides, name],
    )
    steps = [step for _, step in seen]
    assert list(dict.fromkeys(steps)) == [*range(1, len(presented.slides[name].walk) + 1), 0]
    assert all(later - earlier >= wait - 25 for (earlier, _), (later, _) in pairwise(seen[1:]))


def test_print_has_a_page_for_each_step(presented: Presented) -> None:
    presented.page.goto(f"{presented.url}?print-pdf")
    presented.page.wait_for_function("document.querySelectorAll('.pdf-page').length && Reveal.isReady()")
    presented.settle()
    for name in ("tape", "layer", "long", "stretch"):
        slide = presented.slides[name]
        pages = [lines for step in range(1, len(slide.walk) + 1) for lines in standing(slide, step)]
        assert presented.standing(f".pdf-page > #{name}") == pages
    assert presented.run(
        "[...document.querySelectorAll('.pdf-page > #tape')].map((page) => page.querySelector('.now').textContent)"
    ) == ["Both at once.", "Two variables.", "", "It plays *back*.", "Any questions?"]


def test_print_without_separate_steps_shows_where_the_walk_ends(presented: Presented) -> None:
    presented.page.goto(f"{presented.url}?print-pdf&pdfSeparateFragments=false")
    presented.page.wait_for_function("document.querySelectorAll('.pdf-page').length && Reveal.isReady()")
    presented.settle()
    for name in ("tape", "layer", "two", "long", "stretch", "auto"):
        assert presented.run(f"document.querySelectorAll('#{name}').length") == 1
        presented.check(name, len(presented.slides[name].walk))


def test_printed_as_it_is_a_deck_shows_listings_whole_with_all_captions(presented: Presented) -> None:
    presented.open("#/tape/0")
    presented.page.emulate_media(media="print")
    presented.run("dispatchEvent(new Event('beforeprint'))")
    assert not presented.run("document.querySelectorAll('code.stepping').length")
    assert presented.captions("#tape") == {"Both at once.", "Two variables.", "It plays *back*.", "Any questions?"}
    assert (
        presented.run(
            """() => [...document.querySelectorAll(".listing > pre > code, #stretch code")].filter(
             (code) => code.scrollHeight > code.clientHeight + 1 && getComputedStyle(code).overflowY !== "visible"
           ).length"""
        )
        == 0
    )
    presented.page.emulate_media(media="screen")
    presented.run("dispatchEvent(new Event('afterprint'))")
    presented.check("tape", 2)


def test_a_caption_crosses_the_seam_without_a_notch(presented: Presented) -> None:
    presented.open("#/tape")
    radius = "(captions, corner) => getComputedStyle(captions)[corner]"
    captions = presented.page.locator("#tape .captions")
    assert captions.first.evaluate(radius, "borderBottomRightRadius") == "0px"
    assert captions.last.evaluate(radius, "borderBottomLeftRadius") == "0px"
    assert captions.first.evaluate(radius, "borderBottomLeftRadius") != "0px"
    assert captions.last.evaluate(radius, "borderBottomRightRadius") != "0px"


def test_the_scroll_view_walks_as_one_scrolls(presented: Presented) -> None:
    presented.open(query="?view=scroll")
    seen: dict[str, list[int]] = {}
    for _ in range(60):
        name = presented.slide
        if presented.slides[name].walk and name not in ("mixed", "appears"):
            step = presented.state()["step"]
            presented.check(name, step)
            seen.setdefault(name, []).append(step)
        before = presented.run("document.querySelector('.reveal-viewport').scrollTop")
        presented.press("Space")
        presented.settle()
        if presented.run("document.querySelector('.reveal-viewport').scrollTop") == before:
            break
    for name in ("tape", "layer", "two", "long", "stretch"):
        assert list(dict.fromkeys(seen[name])) == list(range(1, len(presented.slides[name].walk) + 1)), name


def test_a_link_opens_a_step_on_a_phone(chromium: Browser, url: str, slides: dict[str, Slide]) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    presented = Presented(page, url, slides).open("#/tape/2")
    presented.page.wait_for_function("Reveal.getPlugin('steps').state(Reveal.getCurrentSlide()).step === 4")
    assert presented.run("Reveal.isScrollView()")
    presented.check("tape", 4)
    page.close()


def test_the_copy_in_the_speakers_window_follows(presented: Presented) -> None:
    presented.open(query="?receiver")
    for step in (1, 4, 2, 5):
        state = json.dumps({"method": "setState", "args": [{"indexh": 0, "indexv": 1, "indexf": step - 2}]})
        presented.run("(message) => window.postMessage(message, '*')", state)
        presented.settle()
        presented.check("tape", step)


VIEW = """(id) => {
  const code = document.querySelector(`#${id} pre > code`);
  const view = code.getBoundingClientRect();
  const lines = [...code.querySelectorAll(".line:not(.dim)")].map((line) => line.getBoundingClientRect());
  return { top: code.scrollTop, over: code.scrollHeight > code.clientHeight,
           seen: lines.every((line) => line.top >= view.top && line.bottom <= view.bottom + 1) };
}"""


@pytest.mark.parametrize(("name", "fragment"), [("long", 0), ("long", 3), ("stretch", 0)])
def test_a_long_listing_is_at_its_lines(presented: Presented, name: str, fragment: int) -> None:
    presented.open(f"#/{name}/{fragment}")
    presented.settle()
    linked = presented.run(VIEW, name)
    assert linked["over"]
    assert linked["seen"]
    presented.run("(f) => Reveal.navigateFragment(f)", -1)
    presented.settle()
    assert presented.run(VIEW, name)["top"] == 0
    for _ in range(fragment + 1):
        presented.press("Space")
    presented.settle()
    assert presented.run(VIEW, name) == linked
    # Slides that are not near are not laid out, and lose where they were.
    presented.run("Reveal.slide(0, 0)")
    presented.settle()
    presented.run("([v, f]) => Reveal.slide(2, v, f)", [("long", "stretch").index(name), fragment])
    presented.settle()
    assert presented.run(VIEW, name) == linked


def test_a_long_listing_that_was_passed_over_is_at_its_lines(presented: Presented) -> None:
    presented.open("#/end")
    presented.run("Reveal.slide(2, 0)")
    presented.settle()
    presented.check("long", 5)
    assert presented.run(VIEW, "long")["seen"]
    presented.run("Reveal.slide(0, 0)")
    presented.settle()
    presented.run("Reveal.slide(4, 0)")
    presented.run("Reveal.slide(2, 0)")
    presented.settle()
    assert presented.run(VIEW, "long")["seen"]


def test_a_long_listing_scrolls_smoothly_for_those_who_want_it(
    chromium: Browser, url: str, slides: dict[str, Slide]
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="no-preference")
    presented = Presented(page, url, slides).open("#/long")
    presented.settle()
    tops = presented.run(
        """() => new Promise((done) => {
          const code = document.querySelector("#long code");
          const tops = [];
          code.addEventListener("scroll", () => tops.push(code.scrollTop));
          code.addEventListener("scrollend", () => done(tops));
          Reveal.next();
        })"""
    )
    assert presented.run(VIEW, "long")["seen"]
    assert len(set(tops)) > 2
    assert tops == sorted(tops)
    page.close()


def test_steps_from_right_to_left(presented: Presented) -> None:
    presented.open("#/tape", "?rtl=true")
    for step in range(2, 6):
        presented.press("Space")
        presented.check("tape", step)
    presented.press("Shift+Space")
    presented.check("tape", 4)
    assert presented.captions("#tape") == {"It plays *back*."}
