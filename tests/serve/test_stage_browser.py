"""The show in real browsers: the deck, the phone in the speaker's hand, and people who follow."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright

from greenroom import assets, browser, build, output, resolve, talk

TALK = """\
---
title: A talk
duration: 10 min
---
<!-- .slide: id="one" -->
# One

Note: SAID at first.

---
<!-- .slide: id="two" data-notes="SAID too" -->
## Two

```python [1|2|3] illustrative="how it goes"
a = 1
b = 2
c = 3
```

Note: SAID for all steps.

Note[2]: SAID for b alone.

---
<!-- .slide: id="three" -->
## Three

The end.
"""

INK = "document.querySelectorAll('.marks .ink').length"
LASER = "document.querySelector('.marks .laser')?.getAttribute('cx')"


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox"])
    yield launched
    launched.close()


class Server:
    """`greenroom present` in a process of its own, which can be killed and started again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        program = Path(sys.executable).with_name("greenroom")
        command = [program, "present", "--no-open", "--remote", "--follow-along", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=self.root, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        assert self.process.stdout
        told = ""
        while "remote  " not in told:
            line = self.process.stdout.readline()
            assert line, told
            told += line
        self.deck, self.follow, self.remote = (
            re.findall(rf"^{name}  (\S+)", told, re.MULTILINE)[0] for name in ("deck", "follow", "remote")
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("project")
    files = {"mkdocs.yml": "site_name: A\nplugins: [greenroom]\n", "docs/index.md": "# A\n", "slides/talk.md": TALK}
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    started = Server(root)
    yield started
    started.kill()


Open = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    """Opens pages, each in a browser of its own; what goes wrong in them fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(address: str, width: int = 1280, height: int = 720, **options: object) -> Page:
        contexts.append(chromium.new_context(viewport={"width": width, "height": height}, **options))  # type: ignore[arg-type]
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        if "/remote/" in address:
            expect(page.locator("#status")).not_to_have_text("Connecting…")
        else:
            page.wait_for_function("window.Reveal && Reveal.isReady()")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def is_at(page: Page, place: str) -> None:
    page.wait_for_function(f"location.hash === '#/{place}'")


def at_start(server: Server, opened: Open) -> Page:
    """The author's deck at its first slide, which has told the server so."""
    deck = opened(f"{server.deck}#/three")
    deck.wait_for_timeout(300)
    deck.keyboard.press("Home")
    is_at(deck, "one")
    deck.wait_for_timeout(100)
    return deck


def test_a_phone_moves_the_talk_and_shows_what_to_say(server: Server, opened: Open) -> None:
    deck = at_start(server, opened)
    phone = opened(server.remote, 390, 844, color_scheme="dark")
    expect(phone.locator("#title")).to_have_text("One")
    expect(phone.locator("#status")).to_be_empty()  # not even that the screen may go dark
    expect(phone.locator("#notes")).to_have_text("SAID at first.")
    assert phone.inner_text("#total") == "of 10:00"
    phone.click("#next")
    phone.click("#next")
    is_at(deck, "two/0")
    expect(phone.locator("#title")).to_have_text("Two")
    expect(phone.locator("#step")).to_have_text("Step 2 of 3")
    expect(phone.locator(".step-note.now")).to_have_text("SAID for b alone.")
    expect(phone.locator("#run")).to_have_text("Pause")
    phone.click("#prev")
    is_at(deck, "two")
    phone.click("#pause")
    deck.wait_for_function("Reveal.isPaused()")
    expect(phone.locator("#pause")).to_have_attribute("aria-pressed", "true")
    phone.keyboard.press("b")
    deck.wait_for_function("!Reveal.isPaused()")
    phone.click("#run")
    expect(phone.locator("#run")).to_have_text("Go on")
    phone.click("#reset")
    expect(phone.locator("#elapsed")).to_have_text("0:00")
    for button in phone.locator("nav button").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 60
        assert box["y"] > 844 / 2
    phone.evaluate(assets.AXE.read_text(encoding="utf-8"))
    for scheme in ("dark", "light"):
        phone.emulate_media(color_scheme=scheme)
        assert phone.evaluate("axe.run().then(({violations}) => violations.map(each => each.id))") == []

    deck.close()
    expect(phone.locator("#status")).to_have_text(re.compile("No deck is open"))
    expect(phone.locator("#next")).to_be_disabled()


def test_followers_see_no_notes_and_stay_with_the_speaker_until_they_look_around(server: Server, opened: Open) -> None:
    deck = at_start(server, opened)
    sent: list[str] = []
    follower = opened(server.follow, 1000, 700)
    follower.on("websocket", lambda socket: socket.on("framereceived", lambda text: sent.append(str(text))))
    follower.reload()
    follower.wait_for_function("window.Reveal && Reveal.isReady()")
    assert "SAID" not in follower.content()
    assert follower.locator("aside.notes, .run, .edit, [data-notes], a.read").count() == 0
    back = follower.locator(".greenroom-back")

    deck.keyboard.press("PageDown")
    deck.keyboard.press("PageDown")
    is_at(follower, "two/0")
    expect(back).to_be_hidden()
    follower.keyboard.press("PageDown")
    expect(back).to_be_visible()
    deck.keyboard.press("PageDown")
    expect(back).to_be_hidden()  # the speaker has come to where the follower is
    follower.keyboard.press("End")
    is_at(follower, "three")
    deck.keyboard.press("Home")
    is_at(deck, "one")
    expect(back).to_be_visible()
    assert follower.evaluate("location.hash") == "#/three"
    assert deck.evaluate("location.hash") == "#/one"
    back.click()
    is_at(follower, "one")
    follower.keyboard.press("End")
    expect(back).to_be_visible()
    follower.keyboard.press("w")
    is_at(follower, "one")

    deck.keyboard.press("b")
    follower.wait_for_function("Reveal.isPaused()")
    deck.keyboard.press("b")
    follower.wait_for_function("!Reveal.isPaused()")

    talk_file = server.root / "slides/talk.md"
    talk_file.write_text(TALK.replace("# One", "# Uno").replace("at first", "anew"), encoding="utf-8")
    expect(follower.locator("#one h1")).to_have_text("Uno")
    talk_file.write_text(TALK, encoding="utf-8")
    expect(follower.locator("#one h1")).to_have_text("One")
    assert "SAID" not in follower.content()
    assert sent
    assert [text for text in sent if "SAID" in text] == []

    late = opened(f"{server.follow}", 390, 844)
    late.wait_for_function("Reveal.getCurrentSlide().id === 'one'")
    deck.keyboard.press("PageDown")
    deck.keyboard.press("PageDown")
    is_at(late, "two/0")
    assert late.locator("#two .line:not(.dim)").inner_text().strip() == "b = 2"
    deck.keyboard.press("End")
    late.wait_for_function("Reveal.getCurrentSlide().id === 'three'")
    late.evaluate(assets.AXE.read_text(encoding="utf-8"))
    assert late.evaluate("axe.run().then(({violations}) => violations.map(each => each.id))") == []


def test_what_is_behind_a_secret_is_behind_no_other(server: Server, chromium: Browser) -> None:
    base = server.deck.split("/slides/")[0]
    secret = server.follow.rstrip("/").rpartition("/")[2]
    context = chromium.new_context()
    refused = ("/follow/wrong/talk/", f"/remote/{secret}/", "/remote/wrong/")
    assert [context.request.get(f"{base}{path}").status for path in refused] == [403, 403, 403]
    assert context.request.get(f"{server.follow}talk/").status == 200
    context.close()


def test_codes_are_shown_one_after_the_other_and_leave_by_escape(server: Server, opened: Open) -> None:
    deck = at_start(server, opened)
    code = deck.locator(".greenroom-code")
    deck.wait_for_timeout(300)
    deck.keyboard.press("q")
    expect(code.locator(".address")).to_have_text(server.follow)
    deck.evaluate(assets.AXE.read_text(encoding="utf-8"))
    assert deck.evaluate("axe.run('.greenroom-code').then(({violations}) => violations.map(each => each.id))") == []
    deck.keyboard.press("q")
    expect(code.locator(".address")).to_have_text(server.remote)
    deck.keyboard.press("Escape")
    expect(code).to_have_count(0)
    assert not deck.evaluate("Reveal.isOverview()")


def test_what_is_pointed_at_and_drawn_is_seen_by_followers_and_in_the_speakers_window(
    server: Server, opened: Open
) -> None:
    deck = at_start(server, opened)
    follower = opened(server.follow, 1000, 700)
    with deck.expect_popup() as popup:
        deck.keyboard.press("s")
    speaker = popup.value
    speaker.wait_for_function("document.getElementById('title').textContent === 'One'")
    frame = speaker.frame_locator("#current").locator(":root")
    deck.bring_to_front()
    deck.keyboard.press("i")
    deck.wait_for_function("document.documentElement.matches('.pointing')")
    deck.mouse.move(640, 360)
    for _ in range(3):
        deck.keyboard.press("Shift+ArrowRight")
    at = deck.evaluate(LASER)
    follower.wait_for_function(f"{LASER} === '{at}'")
    expect(frame.locator(".marks .laser")).to_have_attribute("cx", at)
    speaker.reload()
    expect(frame.locator(".marks .laser")).to_have_attribute("cx", at)
    deck.keyboard.press("i")
    follower.wait_for_function("document.querySelector('.marks .laser').style.display === 'none'")

    deck.keyboard.press("d")
    deck.wait_for_selector(".marks-tools")
    deck.mouse.move(300, 500)
    deck.mouse.down()
    deck.mouse.move(500, 550, steps=10)
    deck.mouse.up()
    deck.keyboard.press("2")
    deck.keyboard.press("Shift+ArrowRight")
    deck.keyboard.press("Enter")
    for _ in range(4):
        deck.keyboard.press("Shift+ArrowDown")
    deck.keyboard.press("Enter")
    assert deck.evaluate(INK) == 2
    follower.wait_for_function(f"{INK} === 2")
    expect(frame.locator(".marks .ink")).to_have_count(2)
    drawn = "[...document.querySelectorAll('.marks .ink')].map(each => each.getAttribute('d'))"
    follower.wait_for_function(f"lines => {drawn}.join() === lines", arg=",".join(deck.evaluate(drawn)))
    deck.evaluate(assets.AXE.read_text(encoding="utf-8"))
    assert deck.evaluate("axe.run('.marks-tools').then(({violations}) => violations.map(each => each.id))") == []

    late = opened(server.follow, 1000, 700)
    late.wait_for_function(f"{INK} === 2")
    deck.keyboard.press("PageDown")  # keys that mean nothing here do what they always do
    is_at(deck, "two")
    assert deck.evaluate(INK) == 0
    deck.keyboard.press("PageUp")
    deck.wait_for_function(f"{INK} === 2")
    deck.keyboard.press("z")
    follower.wait_for_function(f"{INK} === 1")
    deck.keyboard.press("e")
    deck.mouse.move(300, 500)
    deck.mouse.down()
    deck.mouse.up()
    follower.wait_for_function(f"{INK} === 0")
    deck.keyboard.press("Escape")
    expect(deck.locator(".marks-catcher, .marks-tools")).to_have_count(0)
    assert not deck.evaluate("Reveal.isOverview()")

    speaker.bring_to_front()
    speaker.keyboard.press("d")
    expect(frame.locator(".marks-catcher")).to_have_count(1)
    box = speaker.locator("#current").bounding_box()
    assert box
    speaker.mouse.move(box["x"] + 100, box["y"] + 150)
    speaker.mouse.down()
    speaker.mouse.move(box["x"] + 180, box["y"] + 170, steps=5)
    speaker.mouse.up()
    deck.wait_for_function(f"{INK} === 1")
    follower.wait_for_function(f"{INK} === 1")
    speaker.keyboard.press("Delete")
    follower.wait_for_function(f"{INK} === 0")


def test_a_server_that_was_killed_finds_everybody_where_they_were(server: Server, opened: Open) -> None:
    deck = at_start(server, opened)
    phone = opened(server.remote, 390, 844)
    follower = opened(server.follow)
    deck.keyboard.press("PageDown")
    deck.keyboard.press("PageDown")
    expect(phone.locator("#run")).to_have_text("Pause")
    deck.wait_for_timeout(1100)
    before = phone.inner_text("#elapsed")
    server.kill()
    expect(phone.locator("#status")).to_have_text(re.compile("connection is gone"))
    server.start()
    expect(phone.locator("#status")).not_to_have_text(re.compile("connection is gone"), timeout=10_000)
    deck.wait_for_function("!document.documentElement.matches('.disconnected')")
    deck.wait_for_timeout(300)
    deck.keyboard.press("PageDown")
    is_at(follower, "two/1")
    assert phone.inner_text("#elapsed") >= before

    deck.close()
    again = opened(server.deck)
    is_at(again, "two/1")
    expect(phone.locator("#step")).to_have_text("Step 3 of 3")
    assert phone.inner_text("#run") == "Pause"
    with again.expect_popup() as popup:
        again.keyboard.press("s")
    popup.value.wait_for_function("document.getElementById('run').textContent === 'Pause'")
    assert popup.value.inner_text("#elapsed") >= before


# --- without a server -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the deck on the disk."""
    folder = tmp_path_factory.mktemp("deck")
    parsed, problems = talk.parse(TALK, "slides/talk.md")
    assert not problems
    output.write(folder, build.deck_files(resolve.resolve(parsed, {}, {})[0], {}))
    return (folder / "index.html").as_uri()


def test_a_deck_that_was_closed_begins_anew(built: str, opened: Open) -> None:
    deck = opened(built)
    deck.wait_for_timeout(300)
    deck.keyboard.press("PageDown")
    is_at(deck, "two")
    deck.wait_for_timeout(200)
    deck.goto("about:blank")
    deck.goto(built)
    deck.wait_for_function("window.Reveal && Reveal.isReady()")
    deck.wait_for_timeout(300)
    assert deck.evaluate("location.hash") == "#/one"


def test_a_built_deck_points_and_draws_and_keeps_it_while_the_session_lasts(built: str, opened: Open) -> None:
    deck = opened(built)
    assert deck.locator(".marks").count() == 0
    assert deck.evaluate("performance.getEntriesByType('resource').some(({name}) => name.includes('marks'))") is False
    deck.keyboard.press("F1")
    for words in ("Draw on the slide", "Laser pointer", "Pause"):
        assert words in deck.inner_text(".r-overlay")
    deck.keyboard.press("Escape")
    deck.keyboard.press("d")
    deck.wait_for_selector(".marks-tools")
    deck.keyboard.press("Enter")
    deck.keyboard.press("Shift+ArrowDown")
    deck.keyboard.press("Enter")
    deck.keyboard.press("Escape")
    assert deck.evaluate(INK) == 1
    deck.reload()
    deck.wait_for_function(f"{INK} === 1")
    deck.keyboard.down("i")
    deck.wait_for_function("document.documentElement.matches('.pointing')")
    deck.wait_for_timeout(500)
    deck.keyboard.up("i")
    deck.wait_for_function("!document.documentElement.matches('.pointing')")


def test_who_has_gone_on_before_the_server_answers_is_not_taken_back(
    server: Server, opened: Open, chromium: Browser
) -> None:
    phone = opened(server.remote, 390, 844)
    deck = at_start(server, opened)
    deck.keyboard.press("ArrowRight")
    expect(phone.locator("#title")).to_have_text("Two")
    with chromium.new_context() as context:
        again = context.new_page()
        again.add_init_script("""addEventListener("DOMContentLoaded", () =>
          Reveal.on("ready", () => setTimeout(() => Reveal.slide(2))))""")
        answers: list[str] = []
        again.on("websocket", lambda socket: socket.on("framereceived", lambda text: answers.append(str(text))))
        again.goto(server.deck)
        for _ in range(50):
            again.wait_for_timeout(100)
            if any('"stage"' in answer for answer in answers):
                break
        assert again.evaluate("Reveal.getCurrentSlide().id") == "three"


def test_a_browser_that_dies_comes_back_to_the_slide_and_the_step(
    built: str, playwright: Playwright, tmp_path: Path
) -> None:
    def run(act: Callable[[Page], None]) -> None:
        """Open the deck in a browser, which is killed in the end."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = ["--no-sandbox", "--headless=new", f"--remote-debugging-port={port}", f"--user-data-dir={tmp_path}"]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([browser.find(), *options, "about:blank"], start_new_session=True, **silent)
        try:
            page = connected(playwright, port).contexts[0].pages[0]
            page.goto(built)
            page.wait_for_function("window.Reveal && Reveal.isReady()")
            act(page)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def walk(page: Page) -> None:
        page.wait_for_timeout(300)
        page.keyboard.press("PageDown")
        page.keyboard.press("PageDown")
        is_at(page, "two/0")
        # Usually within a second; a busy machine takes longer until the browser has written it down.
        deadline = time.monotonic() + 10
        while not is_kept() and time.monotonic() < deadline:
            page.wait_for_timeout(50)

    def is_kept() -> bool:
        return any(b"two/0" in file.read_bytes() for file in tmp_path.glob("Default/IndexedDB/*/*.log"))

    run(walk)
    run(lambda page: is_at(page, "two/0"))


def connected(playwright: Playwright, port: int) -> Browser:
    """The browser at a port, once it is there."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        except Error:
            assert time.monotonic() < deadline
            time.sleep(0.1)
