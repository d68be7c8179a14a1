"""The page of a rehearsal: what was found, with pictures, in a real browser; and that formats change nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from greenroom import assets, build
from greenroom.rehearse import Rehearsal, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TALK = """\
---
title: A talk
---
<!-- .slide: id="fine" -->
# Fine

---
<!-- .slide: id="late" -->
## Late

* one
* two <!-- .element: class="fragment" -->
* <span style="position: absolute; left: 300px; top: 400px; font-size: 9px; width: 200px">tiny</span>
  <!-- .element: class="fragment" -->

[gone](#/nobody)

---
<!-- .slide: id="taste" data-accept="small-text: it's the <licence>" -->
## Taste

<p style="font-size: 9px">a licence</p>
"""

VIEWS = "{sizes: [1280x720], schemes: [light]}"


def run(root: Path, *options: str, status: int, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from greenroom.cli import main; main()"
    command = [sys.executable, "-c", code, "rehearse", *options]
    env = {**os.environ, **environment}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def write(root: Path, talk: str) -> Path:
    for name, text in {
        "mkdocs.yml": f"site_name: A talk\nplugins:\n  - greenroom:\n      rehearse: {VIEWS}\n",
        "docs/index.md": '# A talk\n\n<a href="nowhere.html">nowhere</a>\n',
        "slides/talk.md": talk,
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was rehearsed once, without a page."""
    made = write(tmp_path_factory.mktemp("report"), TALK)
    (made / "plain.txt").write_text(run(made, status=1).stdout)
    return made


@pytest.fixture(scope="module")
def report(root: Path) -> Path:
    """The page of a rehearsal that visits nothing: all that was found comes from before."""
    formats = ["--report", "out", "--junit", "out/junit.xml"]
    done = run(root, *formats, status=1, GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(root.parent))
    (root / "formats.txt").write_text(done.stdout)
    (root / "commands.txt").write_text(done.stderr)
    return root / "out" / "index.html"


@pytest.fixture(scope="module")
def page(chromium: Browser, report: Path) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(report.as_uri())
    yield page
    assert [each for each in asked if not each.startswith(("data:", report.as_uri()))] == []
    context.close()


@pytest.mark.usefixtures("report")
def test_formats_change_neither_what_is_told_nor_the_status(root: Path) -> None:
    plain, formats = ((root / name).read_text().splitlines() for name in ("plain.txt", "formats.txt"))
    assert plain[:-1] == formats[:-1]
    assert "3 views seen, 0 as they were" in plain[-1]
    assert "0 views seen, 3 as they were" in formats[-1]
    commands = (root / "commands.txt").read_text().splitlines()
    assert [line.split(",")[0] for line in commands] == [
        f"::error file={root.name}/docs/index.md",
        f"::error file={root.name}/slides/talk.md",
        f"::error file={root.name}/slides/talk.md",
    ]
    cases = {case.attrib["name"]: case for case in ElementTree.parse(root / "out" / "junit.xml").iter("testcase")}
    assert {name for name, case in cases.items() if case.find("failure") is not None} == {"late", "docs/index.md"}


def test_findings_are_told_by_slides_with_their_places(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("3 errors, 1 accepted")
    assert page.locator(".slide h3").all_inner_texts() == ["Late", "Taste", "docs/index.md"]
    late = page.locator("#slides-talk-md-late")
    expect(late.locator(".findings > li")).to_have_count(2)
    expect(late).to_contain_text("“tiny” has 9.0 px")
    expect(late).to_contain_text("slides/talk.md:13:")
    expect(late).to_contain_text("step 3; 1280x720, light")
    expect(page.locator("#slides-talk-md-taste")).to_contain_text("it's the <licence>")


def test_the_picture_shows_the_slide_at_its_step_with_the_thing_outlined(page: Page) -> None:
    found = page.locator("#slides-talk-md-late .view", has_text="has 9.0 px")
    picture = found.get_by_role("img")
    assert picture.get_attribute("alt") == "“Late” at step 3, 1280x720, light; 1 place outlined"
    assert picture.evaluate("(img) => img.decode().then(() => [img.naturalWidth, img.naturalHeight])") == [1280, 720]
    # Where the outline is, there are dark letters on light paper.
    dark = """(outline) => {
      const [image, canvas] = [outline.parentElement.querySelector("img"), document.createElement("canvas")];
      const [width, height] = [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const part = (side) => parseFloat(outline.style[side]) / 100;
      const [left, top, wide, high] = ["left", "top", "width", "height"].map(part);
      const { data } = context.getImageData(left * width, top * height, wide * width, high * height);
      return data.filter((value, i) => i % 4 === 0 && value < 128).length;
    }"""
    assert found.locator(".outline").evaluate(dark) > 20
    gone = page.locator("#slides-talk-md-late .view", has_text="leads to no slide")
    expect(gone.locator(".outline")).to_have_count(1)
    expect(gone.locator("figcaption")).to_contain_text("Its last step")


def test_a_link_leads_to_the_slide_at_the_step(page: Page, chromium: Browser) -> None:
    found = page.locator("#slides-talk-md-late .view", has_text="has 9.0 px")
    address = found.get_by_role("link", name="Step 3").evaluate("(link) => link.href")
    deck = chromium.new_page()
    deck.goto(address)
    expect(deck.get_by_text("tiny", exact=True)).to_be_visible()
    deck.close()


def test_kinds_are_left_out_with_all_that_is_only_theirs(page: Page) -> None:
    errors, accepted = (page.get_by_role("checkbox", name=name) for name in ("Errors", "Accepted"))
    links = page.get_by_role("navigation").get_by_role("link")
    errors.focus()
    page.keyboard.press("Space")
    expect(page.locator(".slide h3").filter(visible=True)).to_have_text(["Taste"])
    expect(links.filter(visible=True)).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 shown")
    accepted.uncheck()
    expect(page.get_by_role("heading", name="Nothing of this kind")).to_be_visible()
    errors.check()
    accepted.check()
    expect(links.filter(visible=True)).to_have_count(3)


def test_a_picture_is_shown_large_and_put_away_by_keys(page: Page) -> None:
    picture = page.locator("#slides-talk-md-late .picture").first
    picture.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button")).to_be_focused()
    expect(dialog).to_contain_text("Step 3; 1280x720, light")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(picture).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_and_nothing_reaches_out(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.evaluate(assets.AXE.read_text(encoding="utf-8"))
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_where_nothing_is_found_the_page_says_what_was_seen(tmp_path: Path, page: Page) -> None:
    project = build.load(write(tmp_path, '<!-- .slide: id="one" -->\n# One\n'))
    clean = Rehearsal((), 1, 1, 0, {}, {"slides/talk.md": ("one",)}, ("docs/index.md",))
    file = tmp_path / "page.html"
    file.write_text(shown.report(clean, project, tmp_path / "site", tmp_path, lambda *_: None))
    other = page.context.new_page()
    other.goto(file.as_uri())
    expect(other.get_by_role("heading", level=1)).to_have_text("Nothing found")
    expect(other.get_by_role("banner")).to_contain_text("1 slide, each at every step, in 1280x720, light")
    expect(other.get_by_role("main")).to_contain_text("Ready for the stage")
    other.evaluate(assets.AXE.read_text(encoding="utf-8"))
    assert other.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []
    other.close()
