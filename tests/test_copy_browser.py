"""Copying a listing or its program, and the page of a program, in a real browser, from disk and from a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from greenroom import assets, build, output, resolve, source, talk
from greenroom.model import Program

READY = "window.Reveal && Reveal.isReady()"

CODE = """\
\"\"\"A module: "quotes", `ticks`, <tags>, </script>, ä and \\\\ backslashes.\"\"\"

# %% first
a = "one"
b = a + \\
    "<b>"

# %% second
def f(x):
    # region inner
    return x  # &amp;
    # endregion


# %% last
print(f(a))
"""

LONG = "\n".join(f"line_{n} = {n}" for n in range(1, 81))

TALK = f"""\
---
title: A talk
---
# A talk

---
<!-- .slide: id="steps" -->
```python snippet="deep/lesson/python:first" steps="1 | 2-3"
```

---
<!-- .slide: id="panes" -->
```python snippet="pair:second"
```

---
<!-- .slide: id="plain" -->
```python [1|78-80]
{LONG}
```
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parsed, problems = talk.parse(TALK, "slides/talk.md")
    assert not problems
    modules = {
        (lesson, name): source.scan(CODE, f"snippets/{lesson}/{name}.py", lesson, name)[0]
        for lesson, name in (("deep/lesson", "python"), ("pair", "tf2"), ("pair", "pytorch"))
    }
    resolved, problems = resolve.resolve(parsed, modules, {})
    assert not problems
    versions = (("python", "3.11.7"), ("torch", "2.7"))
    programs = [Program(module, versions, f"../../snippets/{module.lesson}.html") for module in modules.values()]
    target = tmp_path_factory.mktemp("deck")
    output.write(target, build.deck_files(resolved, {}, {}, programs))
    return target


@pytest.fixture(scope="module")
def server(folder: Path, served: Callable[[Path], str]) -> str:
    return served(folder)


@pytest.fixture(params=["disk", "server"])
def base(request: pytest.FixtureRequest, folder: Path, server: str) -> str:
    return folder.as_uri() if request.param == "disk" else server


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh profile with a clipboard; the test fails if one of its pages complained, or missed a file."""
    permissions = ["clipboard-read", "clipboard-write"]
    new = chromium.new_context(
        viewport={"width": 1280, "height": 720}, reduced_motion="reduce", permissions=permissions
    )
    new.set_default_timeout(8000)
    wrong: list[str] = []
    new.on("console", lambda message: wrong.append(f"console: {message.type}: {message.text}"))
    new.on("weberror", lambda error: wrong.append(f"error: {error.error}"))
    new.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    new.on("response", lambda answer: wrong.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    yield new
    new.close()
    assert not wrong


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(READY)
    return page


def copied(page: Page, button: Locator, says: str) -> str:
    """What is on the clipboard once the button says so."""
    page.wait_for_function("([button, says]) => button.textContent === says", arg=[button.element_handle(), says])
    return page.evaluate("navigator.clipboard.readText()")


FIRST = 'a = "one"\nb = a + \\\n    "<b>"'
AGAIN = "Copied. Press again for the whole program"


def test_once_copies_the_listing_and_twice_the_program(context: BrowserContext, base: str) -> None:
    page = opened(context, f"{base}/index.html#/steps")
    button = page.locator("#steps .copy")
    status = page.locator(".copy-status")
    for _ in range(2):  # at each step
        button.click()
        assert copied(page, button, AGAIN) == FIRST
        assert status.text_content() == AGAIN
        button.click()
        whole = "Copied the whole program, snippets/deep/lesson/python.py"
        assert copied(page, button, whole) == CODE
        assert status.text_content() == whole
        button.click()
        assert copied(page, button, AGAIN) == FIRST
        page.keyboard.press("ArrowRight")
        page.reload()
        page.wait_for_function(READY)


def test_it_works_by_keyboard_and_in_panes(context: BrowserContext, server: str) -> None:
    page = opened(context, f"{server}/index.html#/panes")
    second = page.locator("#panes .copy").nth(1)
    second.focus()
    page.keyboard.press("Enter")
    assert copied(page, second, AGAIN) == "def f(x):\n    return x  # &amp;"
    page.keyboard.press(" ")
    assert copied(page, second, "Copied the whole program, snippets/pair/pytorch.py") == CODE
    assert page.evaluate("location.hash") == "#/panes"
    assert page.evaluate("document.activeElement") is not None
    assert page.locator("#panes .copy").first.text_content() == "Copy the code"


def test_a_key_copies_the_slides_listing(context: BrowserContext, server: str) -> None:
    page = opened(context, f"{server}/index.html#/panes")
    first = page.locator("#panes .copy").first
    page.keyboard.press("c")
    assert copied(page, first, AGAIN).startswith("def f(x)")
    page.keyboard.press("c")
    assert copied(page, first, "Copied the whole program, snippets/pair/tf2.py") == CODE
    page.keyboard.press("F1")
    page.wait_for_function("Reveal.isOverlayOpen()")
    page.keyboard.press("c")
    assert not page.evaluate("Reveal.isOverlayOpen()")
    page.keyboard.press("Home")
    page.keyboard.press("c")
    assert page.evaluate("Reveal.getCurrentSlide().id") == "a-talk"


def test_a_listing_of_no_snippet_is_copied_alone(context: BrowserContext, server: str) -> None:
    context.clock.install()
    page = opened(context, f"{server}/index.html#/plain")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#plain code').scrollTop > 0")
    button = page.locator("#plain .copy")
    for _ in range(2):
        button.click()
        assert copied(page, button, "Copied") == LONG
    context.clock.fast_forward(6000)
    assert button.text_content() == "Copy the code"
    assert page.locator("#plain .source").count() == 0


@pytest.mark.parametrize("clipboard", ["undefined", "{ writeText: () => Promise.reject(new Error('no')) }"])
def test_it_works_without_a_clipboard(context: BrowserContext, server: str, clipboard: str) -> None:
    page = context.new_page()
    page.add_init_script(
        f"""window.real = navigator.clipboard;
            Object.defineProperty(navigator, "clipboard", {{ get: () => ({clipboard}) }});"""
    )
    page.goto(f"{server}/index.html#/steps")
    page.wait_for_function(READY)
    button = page.locator("#steps .copy")
    for text in (FIRST, CODE):
        button.press("Enter")
        page.wait_for_function("text => window.real.readText().then((found) => found === text)", arg=text)
        assert button.evaluate("button => document.activeElement === button")
    page.evaluate("document.execCommand = () => false")
    button.press("Enter")
    page.wait_for_function("document.querySelector('.copy-status').textContent.includes('does not let')")


def test_programs_are_loaded_when_one_is_asked_for(context: BrowserContext, server: str) -> None:
    loaded: list[str] = []
    context.on("request", lambda request: loaded.append(request.url))
    page = opened(context, f"{server}/index.html#/steps")
    assert not [address for address in loaded if "programs" in address or "source" in address]
    page.locator("#steps .copy").click()
    page.wait_for_function("window.greenroomPrograms")
    assert CODE.encode() not in (page.content().encode())


def test_fingers_find_the_buttons(chromium: Browser, server: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = opened(context, f"{server}/index.html#/steps")
    page.wait_for_function("document.querySelectorAll('#steps .copy').length")
    for name in ("copy", "source"):
        place = page.locator(f"#steps .{name}")
        assert place.evaluate("element => Number(getComputedStyle(element).opacity)") > 0.8
        box = place.bounding_box()
        assert box["width"] >= 24
        line = page.locator("#steps .line").first
        text = line.evaluate(
            """line => {
              const range = document.createRange();
              range.selectNodeContents(line);
              return Math.max(...[...range.getClientRects()].map((rect) => rect.right));
            }"""
        )
        assert text <= box["x"]
    context.close()


def test_paper_and_the_speakers_frames_have_none_of_it(context: BrowserContext, server: str) -> None:
    page = context.new_page()
    page.goto(f"{server}/index.html?print-pdf")
    page.wait_for_function("document.querySelectorAll('.pdf-page').length")
    assert page.locator(".copy:visible, .source:visible").count() == 0
    page = opened(context, f"{server}/index.html#/steps")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    frame = popup.value.wait_for_selector("#current[src]").content_frame()
    frame.wait_for_function(READY)
    frame.wait_for_function("Reveal.getCurrentSlide().id === 'steps'")
    assert frame.locator(".copy:visible, .source:visible").count() == 0


MARKED = "[...document.querySelectorAll('.line')].flatMap((line, i) => (line.matches('.marked') ? [i + 1] : []))"


def test_the_link_opens_the_program_at_the_listing(context: BrowserContext, base: str) -> None:
    page = opened(context, f"{base}/index.html#/panes")
    link = page.locator("#panes .source").first
    assert link.text_content() == "Source"
    link.focus()
    with context.expect_page() as new:
        page.keyboard.press("Enter")
    program = new.value
    program.wait_for_load_state()
    assert program.url == f"{base}/assets/snippets/pair/tf2.html?lines=9,11#L9"
    assert page.evaluate("location.hash") == "#/panes"
    assert program.title() == "snippets/pair/tf2.py"
    assert program.locator("h1").inner_text() == "snippets/pair/tf2.py"
    assert program.evaluate(MARKED) == [9, 11]
    assert "Recorded with Python 3.11.7, PyTorch 2.7" in program.locator("header").inner_text()
    hrefs = program.locator("header a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert hrefs == ["../../../index.html", "../../../../../snippets/pair.html"]
    program.get_by_role("button", name="Copy the program").click()
    program.wait_for_function("document.querySelector('[role=status]').textContent === 'Copied'")
    assert program.evaluate("navigator.clipboard.readText()") == CODE

    program.goto(f"{base}/assets/snippets/deep/lesson/python.html?lines=4-6#L4")
    assert program.evaluate(MARKED) == [4, 5, 6]
    program.evaluate("location.hash = 'L2'")
    program.wait_for_function(f"JSON.stringify({MARKED}) === '[2]'")
    program.get_by_role("link", name="A talk").click()
    program.wait_for_function(READY)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_it(chromium: Browser, server: str, scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{server}/assets/snippets/pair/tf2.html#L9")
    page.add_script_tag(path=assets.FOLDER / "axe.js")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        found = page.evaluate("axe.run().then(({ violations }) => violations)")
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        sizes = page.locator(".line").evaluate_all("lines => lines.map((line) => line.offsetHeight)")
        assert min(sizes) > 15
    context.close()
