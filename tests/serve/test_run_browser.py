"""Running what a slide shows, in a real browser: what is seen, pressed and heard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from greenroom.record import settings
from greenroom.serve import runs as module

FILES = {
    "snippets/pair/tf2.py": "# %% sum\nprint(1 + 2)\n",
    "snippets/pair/pytorch.py": "# %% sum\nprint(3)\n",
    "snippets/one/python.py": """\
# %% slow
import os, time
print("first", flush=True)
while os.path.exists("slow"):
    time.sleep(0.01)
print("last")

# %% moody
import os
if os.path.exists("broken"):
    raise KeyError("its own")
if os.path.exists("dead"):
    os._exit(1)
if os.path.exists("long"):
    print("\\n".join(map(str, range(500))))
print("fine")

# %% quiet
1
""",
    "slides/talk.md": """\
---
patience: 2
---
# A talk

---
<!-- .slide: id="pair" -->
## Two

```python snippet="pair:sum" steps="1"
```

---
<!-- .slide: id="slow" -->
```python snippet="one:slow" output="none"
```

---
<!-- .slide: id="moody" -->
```python snippet="one:moody" output="fragment"
```

---
<!-- .slide: id="plain" -->
```python illustrative="nothing runs"
1
```

---
<!-- .slide: id="only" -->
```python snippet="one:quiet" echo="false"
```
""",
}

HERE = "section.present:not(.stack)"


@pytest.fixture(scope="module")
def light() -> Iterator[None]:
    """Frameworks are not imported: nothing here computes with them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "WARM", dict.fromkeys(settings.WARM, ()))
        yield


@pytest.fixture(scope="module")
def root(project: Callable[..., Path], light: None) -> Path:  # noqa: ARG001
    return project(dict(FILES))


@pytest.fixture(scope="module")
def shown(root: Path, presented: Callable[..., object]) -> object:
    return presented(root)


@pytest.fixture(scope="module")
def tab(shown, chromium: Browser) -> Iterator[Page]:
    """The author's page, over all tests; the tests fail if it complains."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    page = context.new_page()
    page.goto(f"{shown.address}/slides/talk/?token={shown.guard.token}")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    yield page
    context.close()
    assert not wrong


@pytest.fixture
def page(tab: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setattr(module, "WHILE_SECONDS", 0)
    return tab


def go(page: Page, slide: str) -> None:
    page.evaluate(f"location.hash = '#/{slide}'")
    page.wait_for_function(f"Reveal.getCurrentSlide().id === '{slide}'")


@pytest.fixture
def state(root: Path) -> Iterator[Callable[[str], Path]]:
    """Changes how the cells behave, until the end of the test."""
    made: list[Path] = []

    def make(name: str) -> Path:
        made.append(root / name)
        made[-1].touch()
        return made[-1]

    yield make
    for file in made:
        file.unlink(missing_ok=True)


def test_the_key_runs_both_frameworks_and_the_badge_brings_back_what_was_recorded(page):
    go(page, "pair")
    badges = page.locator(f"{HERE} .ran")
    expect(badges).to_have_count(2)
    assert [text.split()[0] for text in badges.all_inner_texts()] == ["recorded", "recorded"]
    before = page.locator(f"{HERE} .panes").bounding_box()
    page.keyboard.press("x")
    live = page.locator(f"{HERE} .output.live")
    expect(live).to_have_count(2)
    expect(badges.first).to_contain_text("live · ")
    expect(badges.last).to_contain_text("live · ")
    assert live.locator("code").all_inner_texts() == ["3", "3"]
    assert page.locator(f"{HERE} .panes").bounding_box() == before
    assert page.locator(f"{HERE} .output:not(.live)").first.is_hidden()
    expect(page.locator(".heard[role=status]").last).to_contain_text("done in")
    badges.first.click()
    expect(live).to_have_count(1)
    assert re.match(r"recorded on \d{4}-\d\d-\d\d with Python 3", badges.first.inner_text())
    assert page.locator(f"{HERE} .panes").bounding_box() == before
    badges.first.click()
    expect(live).to_have_count(2)


def test_a_run_streams_and_is_stopped(page, state):
    go(page, "slow")
    badge = page.locator(f"{HERE} .ran")
    assert badge.is_hidden()
    slow = state("slow")
    button = page.locator(f"{HERE} .run")
    button.focus()
    page.keyboard.press("Enter")
    live = page.locator(f"{HERE} .output.live code")
    expect(live).to_have_text("first\n")
    expect(badge).to_contain_text("running · ")
    assert button.get_attribute("aria-label") == "Stop"
    page.keyboard.press("x")
    expect(badge).to_contain_text("live · stopped after")
    expect(live).to_have_text("first\n")
    slow.unlink()
    page.keyboard.press("x")
    expect(live).to_have_text("first\nlast")
    assert page.evaluate("Reveal.getCurrentSlide().id") == "slow"
    badge.click()
    expect(page.locator(f"{HERE} .output")).to_have_count(0)


def test_where_a_run_takes_too_long_what_was_recorded_stays(page, state):
    go(page, "slow")
    state("slow")
    page.keyboard.press("x")
    badge = page.locator(f"{HERE} .ran")
    expect(badge).to_have_text("recorded · it took longer than 2 s")
    expect(page.locator(f"{HERE} .output")).to_have_count(0)
    expect(page.locator(".heard[role=status]").last).to_have_text("recorded: it took longer than 2 s")


def test_what_fails_leaves_the_recording_and_an_error_of_the_code_is_shown(page, state):
    go(page, "moody")
    badge = page.locator(f"{HERE} .ran")
    recorded = page.locator(f"{HERE} .output:not(.live)")
    dead = state("dead")
    page.keyboard.press("x")
    expect(badge).to_have_text("recorded · it ended its own process")
    assert badge.is_visible()
    page.keyboard.press("ArrowRight")
    expect(recorded).to_be_visible()
    dead.unlink()
    state("broken")
    page.keyboard.press("x")
    live = page.locator(f"{HERE} .output.live.error")
    expect(live).to_contain_text("KeyError: 'its own'")
    assert recorded.is_hidden()
    page.keyboard.press("ArrowLeft")
    expect(live).to_be_visible()


def test_a_long_output_scrolls_and_moves_nothing(page, state):
    go(page, "moody")
    state("long")
    page.keyboard.press("x")
    code = page.locator(f"{HERE} .output.live code")
    expect(code).to_contain_text("499")
    expect(page.locator(f"{HERE} .ran")).to_contain_text("live · ")
    assert code.evaluate("code => code.scrollHeight > code.clientHeight && code.tabIndex === 0")
    box = page.locator(f"{HERE} .output.live").bounding_box()
    assert box["y"] + box["height"] <= 720


def test_a_slide_that_changes_stops_its_run_and_is_shown_anew(page, shown, root, state):
    go(page, "slow")
    state("slow")
    page.keyboard.press("x")
    expect(page.locator(f"{HERE} .output.live code")).to_have_text("first\n")
    talk = root / "slides/talk.md"
    old = talk.read_text()
    try:
        talk.write_text(old.replace('output="none"\n```', 'output="none"\n```\n\nNew.'))
        for name, message in shown.live.update().items():
            shown.hub.tell(message, lambda client, name=name: client.talk == name)
        expect(page.locator(f"{HERE} p")).to_have_text(["New."])
        expect(page.locator(f"{HERE} .output")).to_have_count(0)
        expect(page.locator(f"{HERE} .run")).to_have_count(1)
        page.wait_for_timeout(100)
        assert not shown.runs._going
    finally:
        talk.write_text(old)
        for name, message in shown.live.update().items():
            shown.hub.tell(message, lambda client, name=name: client.talk == name)


def test_an_output_that_stands_alone_has_its_button(page):
    go(page, "only")
    page.locator(f"{HERE} .run").click()
    expect(page.locator(f"{HERE} .output.live code")).to_have_text("1")
    go(page, "plain")
    expect(page.locator(f"{HERE} .run")).to_have_count(0)


def test_the_help_lists_the_key_and_the_controls_have_names(page):
    go(page, "pair")
    page.evaluate("Reveal.toggleHelp()")
    expect(page.get_by_text("Run the code, or stop it")).to_be_visible()
    page.evaluate("Reveal.toggleHelp()")
    names = page.locator(f"{HERE} .run").evaluate_all("all => all.map(({ ariaLabel }) => ariaLabel)")
    assert names == ["TensorFlow: Run the code", "PyTorch: Run the code"]


def test_who_only_looks_and_the_speakers_frames_have_no_buttons(shown, page, chromium):
    context = chromium.new_context()
    reader = context.new_page()
    reader.goto(f"{shown.address}/slides/talk/#/pair")
    reader.wait_for_function("Reveal.isReady()")
    frame = page.context.new_page()
    frame.goto(f"{shown.address}/slides/talk/?receiver#/pair")
    frame.wait_for_function("Reveal.isReady()")
    reader.wait_for_timeout(300)
    for each in (reader, frame):
        assert each.locator(".run, .edit, button.ran").count() == 0
    context.close()
    frame.close()


def test_a_lost_connection_ends_runs_and_brings_back_the_recording(page, shown, state):
    go(page, "slow")
    state("slow")
    page.keyboard.press("x")
    expect(page.locator(f"{HERE} .output.live")).to_be_visible()
    for client in list(shown.hub.clients):
        client.close()
    expect(page.locator(f"{HERE} .ran")).to_have_text("recorded · the connection was lost")
    page.wait_for_function("!document.documentElement.classList.contains('disconnected')")
    page.wait_for_timeout(200)
    assert not shown.runs._going
