"""Those who look on see what the room sees of a run: followers, and the deck's pictures in the speaker's window."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

FILES = {
    "mkdocs.yml": "site_name: A\nplugins: [greenroom]\n",
    "snippets/one/python.py": """\
# %% slow
import os, time
print("first", flush=True)
while os.path.exists("slow"):
    time.sleep(0.01)
print("last")

# %% other
6 * 7
""",
    "slides/talk.md": """\
# A talk

---
<!-- .slide: id="slow" -->
```python snippet="one:slow" output="below" steps="1|2-3"
```

---
<!-- .slide: id="other" -->
```python snippet="one:other" output="below"
```

Note: hush
""",
}
LIVE = ".output.live"


@pytest.fixture(scope="module")
def command(project: Callable[..., Path], present):
    started = present(project(dict(FILES)), "--port", "0", "--follow-along")
    started.until("follow")
    return started


@pytest.fixture(scope="module")
def open_page(chromium: Browser) -> Iterator[Callable[[str], Page]]:
    contexts = []

    def opened(address: str) -> Page:
        contexts.append(chromium.new_context(viewport={"width": 1280, "height": 720}))
        page = contexts[-1].new_page()
        page.goto(address)
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def deck(open_page, command) -> Page:
    return open_page(command.deck)


@pytest.fixture(scope="module")
def door(command) -> str:
    return next(line.split()[1] for line in command.said if line.startswith("follow"))


@pytest.fixture(scope="module")
def follower(open_page, door: str) -> Page:
    return open_page(door)


@pytest.fixture(scope="module")
def speaker(deck: Page) -> Frame:
    """The picture of the current slide in the speaker's window."""
    with deck.expect_popup() as popup:
        deck.keyboard.press("s")
    frame = popup.value.wait_for_selector("#current[src]").content_frame()
    assert frame
    frame.wait_for_function("window.Reveal && Reveal.isReady()")
    return frame


def at(deck: Page, slide: str) -> None:
    deck.evaluate("(id) => Reveal.slide(...Object.values(Reveal.getIndices(document.getElementById(id))))", slide)
    expect(deck.locator(f"#{slide} .run")).to_have_count(1)


def test_a_run_is_seen_as_it_goes_on(command, deck, follower, speaker):
    slow = command.root / "slow"
    slow.touch()
    at(deck, "slow")
    deck.keyboard.press("x")
    for each in (follower, speaker):
        expect(each.locator(f"#slow {LIVE}")).to_have_text(re.compile("^first\n?running · "))
    assert follower.locator(".run, .edit, button.ran").count() == 0
    slow.unlink()
    for each in (deck, follower, speaker):
        expect(each.locator(f"#slow {LIVE} code")).to_have_text("first\nlast")
        expect(each.locator("#slow .ran > span").first).to_have_text(re.compile("^live · "))
    assert follower.locator("#slow .output:not(.live)").is_hidden()


def test_who_comes_late_sees_it_as_well(deck, open_page, door):
    late = open_page(door)
    expect(late.locator(f"#slow {LIVE} code")).to_have_text("first\nlast")
    box = "(box) => [box.offsetLeft, box.offsetTop, box.offsetWidth, box.offsetHeight]"
    assert late.locator(LIVE).evaluate(box) == deck.locator(LIVE).evaluate(box)
    late.context.close()


def test_what_was_recorded_comes_back_with_the_deck(deck, follower, speaker):
    deck.locator("#slow .ran").click()
    for each in (follower, speaker):
        expect(each.locator(LIVE)).to_have_count(0)
        expect(each.locator("#slow .output")).to_be_visible()
        expect(each.locator("#slow .ran")).to_have_count(0)
    deck.locator("#slow .ran").click()
    for each in (follower, speaker):
        expect(each.locator(f"#slow {LIVE} code")).to_have_text("first\nlast")


def test_code_that_was_typed_is_seen_with_what_came_of_it(deck, follower, speaker):
    at(deck, "other")
    deck.keyboard.press("e")
    deck.locator(".cm-content").fill("1 + 1\n\n5 / 0")
    deck.keyboard.press("Control+Enter")
    for each in (follower, speaker):
        expect(each.locator("#other pre > code").first).to_have_text("1 + 1\n\n5 / 0")
        expect(each.locator(f"#other {LIVE}.error")).to_contain_text("ZeroDivisionError")
        expect(each.locator("#other .line.raised")).to_have_text("5 / 0")
    deck.keyboard.press("Control+Shift+Backspace")
    deck.keyboard.press("Escape")
    for each in (follower, speaker):
        expect(each.locator("#other pre > code").first).to_have_text("6 * 7")
        expect(each.locator(f"#other {LIVE}")).to_have_count(0)


def test_what_runs_while_a_follower_looks_elsewhere_is_there_when_they_come_back(deck, follower):
    follower.keyboard.press("Home")
    expect(follower.locator(".greenroom-back")).to_be_visible()
    deck.keyboard.press("x")
    expect(deck.locator(f"#other {LIVE} code")).to_have_text("42")
    follower.locator(".greenroom-back").click()
    expect(follower.locator(f"#other {LIVE} code")).to_have_text("42")


def test_it_outlives_a_save_and_goes_with_the_deck(command, deck, follower):
    command.save("slides/talk.md", FILES["slides/talk.md"] + "\n---\n# More\n")
    expect(follower.locator(".slides > section")).to_have_count(4)
    expect(follower.locator(f"#other {LIVE} code")).to_have_text("42")
    deck.reload()
    deck.wait_for_function("window.Reveal && Reveal.isReady()")
    expect(follower.locator(LIVE)).to_have_count(0, timeout=20_000)
