"""What the author sees while writing: mistakes, outputs that are made again, the slide and step of a change."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from greenroom import assets, build, record

TALK = """\
---
title: A talk
---
# A talk

---
<!-- .slide: id="total" -->
```python snippet="sums:total" steps="first = | second =" output="below"
```

---
<!-- .slide: id="own" -->
```python snippet="sums:own" output="slide"
```
"""
SUMS = """\
# %% total
first = 1
second = 2
print(first + second)

# %% own
print("on a slide of its own")
"""
FILES = {
    "slides/talk.md": TALK,
    "snippets/sums/python.py": SUMS,
    "snippets/slow/python.py": "# %% slow\nprint('slow')\n",
    "slides/other.md": '# Other\n\n---\n```python snippet="slow:slow" output="below"\n```\n',
    "docs/index.md": "# Pages\n" + "\nA line.\n" * 100,
    "mkdocs.yml": """\
site_name: A
theme: {name: material, font: false}
plugins: [greenroom]
nav: [index.md]
validation: {nav: {omitted_files: ignore}}
""",
}


@pytest.fixture(scope="module")
def command(project: Callable[..., Path], present, tmp_path_factory: pytest.TempPathFactory):
    """The server, with an editor that writes down what it was called with."""
    folder = tmp_path_factory.mktemp("editor")
    editor = folder / "code"
    editor.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/opened"\n')
    editor.chmod(0o755)
    environment = {**os.environ, "VISUAL": f"{editor} --wait"}
    root = project(dict(FILES))
    _, modules, _ = build.scan(root)
    record.steps(root, modules.values(), build.steps(root, modules.values()).taken)
    started = present(root, "--port", "0", "--follow", environment=environment)
    started.opened = folder / "opened"
    started.first = shown(started)
    return started


def address(command, talk: str = "talk") -> str:
    return next(line.split()[1] for line in command.said if f"/{talk}/" in line)


def shown(command, talk: str = "talk") -> str:
    """The slides as they are served now."""
    with urlopen(address(command, talk)) as answer:
        return answer.read().decode().partition("</main>")[0]


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    new = chromium.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    new.set_default_timeout(10_000)
    wrong: list[str] = []
    new.on("weberror", lambda error: wrong.append(str(error.error)))
    yield new
    new.close()
    assert wrong == []


@pytest.fixture
def page(command, context: BrowserContext) -> Page:
    """The author's deck, when the server has all as it was, which it has when it has a change that came later."""
    for name in ("slides/talk.md", "snippets/sums/python.py", "snippets/slow/python.py"):
        command.save(name, FILES[name])
    mark = f"Time {time.monotonic_ns()}"
    command.save("slides/other.md", FILES["slides/other.md"].replace("Other", mark))
    end = time.monotonic() + 20
    while mark not in shown(command, "other") or shown(command) != command.first:
        assert time.monotonic() < end
        time.sleep(0.05)
    page = context.new_page()
    page.goto(address(command))
    page.wait_for_function("window.Reveal?.isReady() && localStorage['greenroom.token']")
    expect(page.locator(".greenroom-problems")).not_to_be_visible()
    return page


def at(page: Page) -> str:
    return page.evaluate("location.hash")


def test_a_mistake_shows_in_the_words_of_the_terminal_until_it_is_mended(page, command):
    command.save("slides/talk.md", TALK.replace("sums:total", "sums:totale"))
    panel = page.locator(".greenroom-problems")
    expect(panel).to_be_visible()
    expect(panel.locator(".count")).to_have_text("1 mistake")
    told = command.until("error[") + command.until("hint:")
    assert panel.locator("pre").inner_text() == told.rstrip("\n")
    assert page.locator("#total .output").count() == 1
    command.save("slides/talk.md", TALK)
    expect(panel).to_be_hidden()
    expect(page.locator(".greenroom-problems + .said")).to_have_text("no mistakes any more")


def test_the_panel_is_put_away_and_comes_back_with_other_mistakes(page, command):
    command.save("slides/talk.md", TALK.replace("sums:total", "sums:totale"))
    panel = page.locator(".greenroom-problems")
    text = panel.locator("pre")
    expect(text).to_be_visible()
    text.focus()
    before = at(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert at(page) == before, "keys in the panel turn the slides"
    page.keyboard.press("Escape")
    expect(text).to_be_hidden()
    expect(panel.get_by_role("button", name="Show")).to_have_attribute("aria-expanded", "false")
    panel.get_by_role("button", name="Show").click()
    expect(text).to_be_visible()
    panel.get_by_role("button", name="Put away").click()
    command.save("slides/talk.md", TALK.replace("sums:total", "sums:tot").replace("sums:own", "sums:on"))
    expect(text).to_be_visible()
    expect(panel.locator(".count")).to_have_text("2 mistakes")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_panel_keeps_nobody_out(scheme, page, command):
    page.emulate_media(color_scheme=scheme)
    command.save("slides/talk.md", TALK.replace("sums:total", "sums:totale"))
    expect(page.locator(".greenroom-problems pre")).to_be_visible()
    page.evaluate(assets.AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('.greenroom-problems').then(({ violations }) => violations)")
    assert [each["id"] for each in found] == []


def test_a_page_that_comes_later_is_told_the_mistakes_and_the_site_as_well(page, command, context):
    command.save("slides/talk.md", TALK.replace("sums:total", "sums:totale"))
    expect(page.locator(".greenroom-problems")).to_be_visible()
    for address in (page.url, f"{command.base}/"):
        other = context.new_page()
        other.goto(address)
        expect(other.locator(".greenroom-problems pre")).to_contain_text("error[selector-unknown]")
        other.close()


def test_an_output_of_other_code_is_marked_until_it_is_made_again(page, command):
    output = page.locator("#total .output > pre > code")
    expect(output).to_have_text(re.compile(r"^\s*3\s*$"))
    slow = SUMS.replace("first = 1", "first = 10").replace(
        "\nprint(first", "\n__import__('time').sleep(1)\nprint(first"
    )
    command.save("snippets/sums/python.py", slow)
    listing = page.locator("#total .listing")
    expect(listing).to_have_attribute("data-stale", "running")
    words = listing.locator(".output").evaluate("(output) => getComputedStyle(output, '::after').content")
    assert "running again" in words
    assert "first = 10" in listing.inner_text()
    expect(output).to_have_text(re.compile(r"^\s*3\s*$"))
    expect(output).to_have_text(re.compile(r"^\s*12\s*$"))
    assert page.locator("[data-stale]").count() == 0


def test_the_badge_tells_what_was_recorded_from_what_only_ran_again(page, command):
    page.evaluate("location.hash = '#/total'")
    badge = page.locator("#total .ran > span").first
    expect(badge).to_have_text("recorded")
    # What the slide shows stays as it is; the page goes to the slide of the change.
    command.save("snippets/sums/python.py", SUMS.replace("on a slide", "on another slide"))
    page.wait_for_function("location.hash.startsWith('#/own')")
    page.evaluate("location.hash = '#/total'")
    expect(badge).to_have_text("ran again", timeout=15_000)
    expect(page.locator("#total .ran > .with")).to_have_text(re.compile(r"^ with Python 3\S+, not recorded yet$"))
    command.save("snippets/sums/python.py", SUMS)
    page.wait_for_function("location.hash.startsWith('#/own')")
    page.evaluate("location.hash = '#/total'")
    expect(badge).to_have_text("recorded", timeout=15_000)


def test_a_module_that_fails_is_told_and_its_last_output_said_to_be_of_other_code(page, command):
    command.save("snippets/sums/python.py", SUMS.replace("first = 1", "first = one"))
    expect(page.locator(".greenroom-problems pre")).to_contain_text("error[run-raised]")
    expect(page.locator("#total .listing")).to_have_attribute("data-stale", "old")
    assert "first = one" in page.locator("#total .listing").inner_text()
    command.save("snippets/sums/python.py", SUMS)
    expect(page.locator(".greenroom-problems")).to_be_hidden()
    expect(page.locator("[data-stale]")).to_have_count(0)


def test_an_output_that_is_not_to_be_shown_leaves_the_last_one_marked(page, command):
    command.save("snippets/sums/python.py", SUMS.replace("print(first + second)", "third = 3"))
    expect(page.locator(".greenroom-problems pre")).to_contain_text("error[output-nothing]")
    expect(page.locator("#total .listing")).to_have_attribute("data-stale", "old")
    assert "third = 3" in page.locator("#total .listing").inner_text()


def test_a_step_that_has_moved_is_told_and_seen(page, command):
    command.save("snippets/sums/python.py", SUMS.replace("first = 1", "zero = 0\nfirst = 1.5"))
    expect(page.locator(".greenroom-problems pre")).to_contain_text("error[step-moved]")
    expect(page.locator("#total .line").nth(0)).to_contain_text("zero")


def test_saving_goes_to_the_slide_and_step_of_the_change(page, command):
    command.save("snippets/sums/python.py", SUMS.replace("second = 2", "second = 3"))
    page.wait_for_function("location.hash === '#/total/0'")
    assert "second" in page.locator("#total .line:not(.dim)").inner_text()
    command.save("snippets/sums/python.py", SUMS.replace("first = 1", "first = 5"))
    page.wait_for_function("location.hash === '#/total'")
    command.save("snippets/sums/python.py", SUMS.replace("first = 1", "first = 5").replace("its own", "its very own"))
    page.wait_for_function("location.hash.startsWith('#/own')")


def test_saving_the_talk_goes_to_its_slide(page, command):
    command.save("slides/talk.md", TALK.replace('snippet="sums:own"', 'snippet="sums:own" echo="false"'))
    page.wait_for_function("location.hash.startsWith('#/own')")


def opened(command, count: int) -> list[str]:
    """What the editor was called with, once it was so often."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        lines = command.opened.read_text().splitlines() if command.opened.exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.05)
    return lines


def test_alt_and_a_click_on_a_line_opens_the_editor_there(page, command):
    command.opened.unlink(missing_ok=True)
    page.evaluate("location.hash = '#/total'")
    page.locator("#total .line").nth(2).click(modifiers=["Alt"])
    path = (command.root / "snippets/sums/python.py").resolve()
    assert opened(command, 1) == [f"--goto {path}:4"]
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash === '#/total/0'")
    page.keyboard.press("Alt+Enter")
    assert opened(command, 2)[1:] == [f"--goto {path}:3"]


def test_after_an_edit_on_the_slide_it_opens_where_a_line_came_from(page, command):
    page.evaluate("location.hash = '#/total'")
    expect(page.locator("#total .edit")).to_have_count(1)
    page.keyboard.press("e")
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+Home")
    page.keyboard.type("new = 0\n")
    page.keyboard.press("End")
    page.keyboard.type("\nmore = 1")
    page.keyboard.press("Escape")
    lines = page.locator("#total .line")
    expect(lines).to_have_text(["new = 0", "first = 1", "more = 1", "second = 2", "print(first + second)"])
    command.opened.unlink(missing_ok=True)
    for place in range(5):
        lines.nth(place).click(modifiers=["Alt"])
        opened(command, place + 1)
    assert [line.rpartition(":")[2] for line in opened(command, 5)] == ["2", "2", "2", "3", "4"]
    page.keyboard.press("z")
    expect(lines).to_have_count(3)
    lines.nth(1).click(modifiers=["Alt"])
    assert opened(command, 6)[-1].endswith(":3")


def test_a_page_of_the_site_loads_itself_again_and_stays_where_it_is(command, context):
    command.save("slides/talk.md", TALK)
    command.save("snippets/sums/python.py", SUMS)
    if not (command.root / "site" / "index.html").exists():
        command.until("site:", 40)
    page = context.new_page()
    page.goto(f"{command.base}/")
    page.evaluate("scrollTo(0, 700)")
    command.save("docs/index.md", FILES["docs/index.md"].replace("# Pages", "# Other pages"))
    expect(page.locator("h1")).to_have_text(re.compile("Other pages"), timeout=40_000)
    page.wait_for_function("scrollY === 700")
