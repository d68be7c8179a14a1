"""The speaker's window in a real browser: it and the deck keep in step, from disk and from a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from greenroom import assets, build, output, resolve, source, talk

READY = "window.Reveal && Reveal.isReady()"

PAIR = ("tf2", "pytorch")

CODE = """\
# %% tape
a = 1
b = 2
c = 3
"""

TALK = """\
---
title: A talk of ten minutes
{front_matter}
---
# One

Note: Say *hello*, and [go on](#/walk).

---
<!-- .slide: id="walk" -->
## Two

```python snippet="lesson/python:tape" steps="1 | 2 | 3" captions="This is a | This is b | This is c"
```

Note: For all steps.

Note[2]: For b alone.

Note[3]: For c.

---
<!-- .slide: id="fragments" -->
## Three

<div>
<div class="fragment">first<aside class="notes">The first's.</aside></div>
<div class="fragment" data-notes="The
second's.">second</div>
<div class="fragment">third</div>
</div>

Note: The slide's.

---
<!-- .slide: id="attribute" data-notes="An attribute." data-timing="60" -->
## Four

---
<!-- .slide: id="last" -->
## Five $x_1$

```python snippet="pair:tape"
```
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two decks: `planned`, which has a duration, and `free`."""
    target = tmp_path_factory.mktemp("decks")
    modules = {
        (lesson, name): source.scan(CODE, f"snippets/{lesson}/{name}.py", lesson, name)[0]
        for lesson, names in (("lesson", ("python",)), ("pair", PAIR))
        for name in names
    }
    for name, front_matter in (("planned", "duration: 10 min"), ("free", "lang: en")):
        parsed, problems = talk.parse(TALK.replace("{front_matter}", front_matter), f"slides/{name}.md")
        assert not problems
        resolved, problems = resolve.resolve(parsed, modules, {})
        assert not problems
        output.write(target / name, build.deck_files(resolved, {}))
    return target


@pytest.fixture(scope="module")
def server(folder: Path, served: Callable[[Path], str]) -> str:
    return served(folder)


@pytest.fixture(params=["disk", "server"])
def base(request: pytest.FixtureRequest, folder: Path, server: str) -> str:
    return folder.as_uri() if request.param == "disk" else server


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh profile; the test fails if one of its pages complained, or asked for what isn't there."""
    new = chromium.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    new.set_default_timeout(8000)
    wrong: list[str] = []
    new.on("console", lambda message: wrong.append(f"console: {message.type}: {message.text}"))
    new.on("weberror", lambda error: wrong.append(f"error: {error.error}"))
    new.on("response", lambda answer: wrong.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    yield new
    new.close()
    assert not wrong


def opened(context: BrowserContext, url: str) -> tuple[Page, Page]:
    """The deck, and its speaker's window."""
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(READY)
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    settled(popup.value)
    return page, popup.value


def settled(speaker: Page) -> None:
    """Wait until the window knows the deck, and its frames show it."""
    speaker.wait_for_function("document.getElementById('number')?.textContent")
    for name in ("current", "upcoming"):
        speaker.wait_for_function("name => document.getElementById(name)?.src", arg=name)
        frame(speaker, name).wait_for_function(READY)


def frame(speaker: Page, name: str):
    return speaker.query_selector(f"#{name}").content_frame()


def says(speaker: Page, name: str, text: str) -> None:
    speaker.wait_for_function("([id, text]) => document.getElementById(id).innerText.trim() === text", arg=[name, text])


PLACE = "[Reveal.getCurrentSlide().id, Reveal.getIndices().f ?? null]"


def stands(where, slide: str, fragment: int | None = None) -> None:
    """Wait until a deck, or a frame, shows the slide and its fragment."""
    wanted = [slide, fragment]
    where.wait_for_function(f"wanted => JSON.stringify({PLACE}) === JSON.stringify(wanted)", arg=wanted)


def test_window_and_deck_keep_in_step(context: BrowserContext, base: str) -> None:
    page, speaker = opened(context, f"{base}/planned/index.html#/walk")
    assert speaker.title() == "Speaker: A talk of ten minutes"
    says(speaker, "number", "2 of 5")
    says(speaker, "title", "Two")
    stands(frame(speaker, "current"), "walk", -1)
    stands(frame(speaker, "upcoming"), "walk", 0)

    page.keyboard.press("ArrowRight")
    says(speaker, "walk", "Step 2 of 3 This is b")
    stands(frame(speaker, "current"), "walk", 0)
    stands(frame(speaker, "upcoming"), "walk", 1)
    assert speaker.locator("#notes .step-note.now").inner_text().splitlines()[-1] == "For b alone."

    for _ in range(2):
        speaker.keyboard.press("Space")
    stands(page, "fragments", -1)
    speaker.get_by_role("button", name="Back").click()
    stands(page, "walk", 1)
    says(speaker, "walk", "Step 3 of 3 This is c")
    assert speaker.locator("#notes .now").inner_text().splitlines()[-1] == "For c."
    speaker.keyboard.press("Home")
    stands(page, "one")
    assert speaker.locator("#walk").is_hidden()


def test_what_the_speaker_does_in_the_frame_the_deck_does(context: BrowserContext, base: str) -> None:
    page, speaker = opened(context, f"{base}/planned/index.html#/walk")
    speaker.locator("#current").click()
    speaker.keyboard.press("End")
    stands(page, "last")
    stands(frame(speaker, "current"), "last")
    says(speaker, "next-title", "Next: the end")
    assert speaker.locator("#title").text_content() == "Five x1"
    speaker.keyboard.press("Home")
    stands(page, "one")
    speaker.get_by_role("link", name="go on").click()
    stands(page, "walk", -1)
    stands(frame(speaker, "current"), "walk", -1)


def test_the_notes_of_fragments_go_before_the_slides(context: BrowserContext, folder: Path) -> None:
    page, speaker = opened(context, f"{folder.as_uri()}/planned/index.html#/fragments")
    for notes in ("The slide's.", "The first's.", "The\nsecond's.", "The slide's.", "An attribute.", "No notes."):
        says(speaker, "notes", notes)
        page.keyboard.press("PageDown")


def test_dark_and_overview_are_shown_too(context: BrowserContext, folder: Path) -> None:
    page, speaker = opened(context, f"{folder.as_uri()}/planned/index.html#/walk")
    speaker.keyboard.press("b")
    page.wait_for_function("Reveal.isPaused()")
    frame(speaker, "current").wait_for_function("Reveal.isPaused()")
    speaker.wait_for_function("document.getElementById('status').textContent.includes('dark')")
    assert not frame(speaker, "upcoming").evaluate("Reveal.isPaused()")
    speaker.keyboard.press("b")
    says(speaker, "status", "")
    page.keyboard.press("o")
    frame(speaker, "current").wait_for_function("Reveal.isOverview()")
    page.keyboard.press("o")
    frame(speaker, "current").wait_for_function("!Reveal.isOverview()")


def test_one_framework_is_one_in_the_frames_too(context: BrowserContext, base: str) -> None:
    page, speaker = opened(context, f"{base}/planned/index.html#/attribute")
    panes = "[...document.querySelectorAll('#last .listing')].map((listing) => !listing.hidden).join()"
    for shown in ("true,false", "false,true", "true,true"):
        speaker.keyboard.press("t")
        for each in (page, frame(speaker, "current"), frame(speaker, "upcoming")):
            each.wait_for_function(f"{panes} === '{shown}'")


def test_windows_that_are_loaded_again_find_each_other(context: BrowserContext, base: str) -> None:
    page, speaker = opened(context, f"{base}/planned/index.html#/walk")
    speaker.get_by_role("button", name="Start").click()
    page.reload()
    page.wait_for_function(READY)
    page.keyboard.press("ArrowRight")
    says(speaker, "walk", "Step 2 of 3 This is b")
    stands(frame(speaker, "current"), "walk", 0)

    speaker.reload()
    settled(speaker)
    stands(frame(speaker, "current"), "walk", 0)
    says(speaker, "run", "Pause")
    speaker.keyboard.press("ArrowRight")
    stands(page, "walk", 1)
    with_one_window = len(context.pages)
    page.keyboard.press("s")
    page.keyboard.press("ArrowRight")
    says(speaker, "title", "Three")
    assert len(context.pages) == with_one_window

    page.close()
    speaker.wait_for_function("document.getElementById('status').textContent.includes('closed')")


def test_the_time_and_the_pace(context: BrowserContext, folder: Path) -> None:
    context.clock.install()
    page, speaker = opened(context, f"{folder.as_uri()}/planned/index.html")
    says(speaker, "elapsed", "0:00")
    says(speaker, "total", "of 10:00")
    assert speaker.locator("#plan").is_hidden()

    page.keyboard.press("ArrowRight")  # four slides share the nine minutes that one of a minute leaves
    says(speaker, "run", "Pause")
    says(speaker, "until", "this slide until 4:30")
    context.clock.fast_forward(31_000)
    says(speaker, "elapsed", "0:31")
    says(speaker, "pace", "1:44 ahead")
    context.clock.fast_forward(3 * 60_000)
    says(speaker, "pace", "on time")
    context.clock.fast_forward(2 * 60_000)
    says(speaker, "pace", "1:01 behind")
    assert speaker.locator("#pace").get_attribute("class") == "behind"
    speaker.get_by_role("button", name="Pause").click()
    for _ in range(12):  # longer than what a window that was away may be, but it was here
        context.clock.fast_forward(60_000)
    says(speaker, "elapsed", "5:31")

    speaker.reload()
    settled(speaker)
    says(speaker, "elapsed", "5:31")
    says(speaker, "run", "Go on")
    page.keyboard.press("ArrowRight")
    says(speaker, "title", "Two")
    says(speaker, "elapsed", "5:31")
    speaker.get_by_role("button", name="Reset").click()
    says(speaker, "elapsed", "0:00")
    says(speaker, "run", "Start")

    speaker.get_by_role("button", name="Start").click()
    speaker.close()
    context.clock.fast_forward(11 * 60_000)
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    settled(popup.value)
    says(popup.value, "elapsed", "0:00")
    says(popup.value, "run", "Start")


def test_a_slide_that_is_not_counted_has_no_time(context: BrowserContext, folder: Path) -> None:
    page, speaker = opened(context, f"{folder.as_uri()}/planned/index.html")
    page.evaluate("document.getElementById('last').dataset.visibility = 'uncounted'")
    page.keyboard.press("End")
    says(speaker, "number", "Not counted")
    says(speaker, "until", "this slide until 10:00")


def test_without_a_duration_there_is_no_pace(context: BrowserContext, folder: Path) -> None:
    page, speaker = opened(context, f"{folder.as_uri()}/free/index.html")
    page.keyboard.press("ArrowRight")
    says(speaker, "run", "Pause")
    assert speaker.locator("#plan").is_hidden()
    says(speaker, "total", "")


def test_the_note_of_the_step_is_in_view(context: BrowserContext, folder: Path) -> None:
    page, speaker = opened(context, f"{folder.as_uri()}/planned/index.html#/walk")
    for _ in range(6):
        speaker.keyboard.press("+")
    speaker.set_viewport_size({"width": 1000, "height": 320})
    seen = """() => {
      const box = document.getElementById("notes").getBoundingClientRect();
      const note = document.querySelector(".step-note.now")?.getBoundingClientRect();
      return note && note.top >= box.top && note.top + 20 < box.bottom;
    }"""
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        speaker.wait_for_function(seen)


def test_the_size_of_the_notes_is_remembered(context: BrowserContext, folder: Path) -> None:
    _, speaker = opened(context, f"{folder.as_uri()}/free/index.html")
    size = "parseFloat(getComputedStyle(document.getElementById('notes')).fontSize)"
    first = speaker.evaluate(size)
    speaker.keyboard.press("+")
    speaker.get_by_role("button", name="Larger").click()
    larger = speaker.evaluate(size)
    assert larger > first * 1.2
    speaker.reload()
    settled(speaker)
    assert speaker.evaluate(size) == larger
    speaker.keyboard.press("-")
    assert first < speaker.evaluate(size) < larger


def test_a_window_that_is_held_back_is_told_of(context: BrowserContext, folder: Path) -> None:
    page = context.new_page()
    page.add_init_script("window.realOpen = window.open; window.open = () => null;")
    page.goto(f"{folder.as_uri()}/free/index.html?notes")
    told = page.get_by_role("alert")
    told.wait_for()
    assert "Allow pop-ups" in told.inner_text()
    page.evaluate("() => { window.open = window.realOpen; }")
    with page.expect_popup() as popup:
        told.get_by_role("button", name="Open it now").press("Enter")
    settled(popup.value)
    assert told.count() == 0
    stands(page, "one")


def test_an_address_can_ask_for_the_window(context: BrowserContext, server: str) -> None:
    page = context.new_page()
    with page.expect_popup() as popup:
        page.goto(f"{server}/free/index.html?notes")
    settled(popup.value)
    says(popup.value, "title", "One")


def test_the_deck_heeds_nobody_else(context: BrowserContext, server: str) -> None:
    page, speaker = opened(context, f"{server}/planned/index.html")
    page.evaluate(
        """for (const speaker of [undefined, "", "guess"]) {
             const key = { key: "End", keyCode: 35 };
             postMessage({ speaker, state: { indexh: 2, indexv: 0 }, go: "#/last", key }, "*");
           }"""
    )
    speaker.evaluate("postMessage({ deck: 'state', title: 'Another' }, '*')")
    page.keyboard.press("ArrowRight")
    says(speaker, "title", "Two")
    stands(page, "walk", -1)


def test_nothing_of_it_is_loaded_before_it_is_asked_for(context: BrowserContext, server: str) -> None:
    loaded: list[str] = []
    context.on("request", lambda request: loaded.append(request.url))
    page = context.new_page()
    page.goto(f"{server}/free/index.html")
    page.wait_for_function(READY)
    assert loaded
    assert not [address for address in loaded if "speaker" in address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_use_it(chromium: Browser, server: str, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    page, speaker = opened(context, f"{server}/planned/index.html#/walk")
    page.keyboard.press("ArrowRight")
    says(speaker, "walk", "Step 2 of 3 This is b")
    speaker.add_script_tag(path=assets.FOLDER / "axe.js")
    for width, height in ((1280, 720), (768, 1024), (420, 800)):
        speaker.set_viewport_size({"width": width, "height": height})
        found = speaker.evaluate("axe.run(document, { iframes: false }).then(({ violations }) => violations)")
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        assert speaker.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert speaker.locator("#notes").bounding_box()["height"] > 150
    context.close()
