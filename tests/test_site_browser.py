"""The site in a real browser: it works, asks nobody else for anything, and leads to the deck and back."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from selectolax.lexbor import LexborHTMLParser

from greenroom import assets

ROOT = Path(__file__).parents[1]
READY = "document.querySelector('[data-md-component=container]') && document.readyState === 'complete'"
STEPPED = "talks/tf2-pytorch/gradients-in-pytorch.html"
PAGES = ("index.html", "write.html", "draft.html", "snippets/index.html", "snippets/gradients.html")

CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const paint = (colors) => {
    const key = colors.join();
    if (!known.has(key)) known.set(key, painted(colors));
    return known.get(key);
  };
  const painted = (colors) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = {};
  for (const node of document.querySelectorAll(".md-content :is(.highlight *, p, li, a, td, .filename)")) {
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!text || !node.checkVisibility() || node.matches(".headerlink")) continue;
    const grounds = [];
    for (let up = node; up; up = up.parentElement) grounds.unshift(getComputedStyle(up).backgroundColor);
    const below = light(paint(["white", ...grounds]));
    const above = light(paint(["white", ...grounds, getComputedStyle(node).color]));
    const ratio = (Math.max(above, below) + 0.05) / (Math.min(above, below) + 0.05);
    if (ratio < 4.5) found[`${node.tagName}.${node.className}`] = Math.round(ratio * 100) / 100;
  }
  return found;
}"""

OFF = """() => {
  const worst = { count: 0, off: 0 };
  for (const walk of document.querySelectorAll(".walk")) {
    if (!walk.checkVisibility()) continue;
    const texts = document.createTreeWalker(walk.querySelector("td.code pre > code, .highlight > pre > code"), 4);
    const middles = new Map();
    for (let line = 1, text; (text = texts.nextNode()); ) {
      [...text.data].forEach((char, i) => {
        if (char === "\\n") line++;
        else if (char.trim() && !middles.has(line)) {
          const range = document.createRange();
          range.setStart(text, i);
          range.setEnd(text, i + 1);
          const { top, bottom } = range.getBoundingClientRect();
          middles.set(line, (top + bottom) / 2);
        }
      });
    }
    for (const mark of walk.querySelectorAll(".mark")) {
      const [from, to] = ["--from", "--to"].map((name) => Number(mark.style.getPropertyValue(name)));
      const { top, bottom } = mark.getBoundingClientRect();
      const height = (bottom - top) / (to - from + 1);
      const off = [top + height / 2 - middles.get(from), bottom - height / 2 - middles.get(to)].map(Math.abs);
      worst.off = Math.max(worst.off, ...off.filter((each) => !Number.isNaN(each)));
      worst.count++;
    }
  }
  return worst;
}"""
"""How many marks the page has beside lines, and how many pixels the worst stands from the middle of its line."""

ASTRAY = """async (steps) => {
  const astray = [];
  for (const [href, said] of steps) {
    const hash = new URL(href, location).hash;
    if (location.hash !== hash) {
      const changed = new Promise((done) => addEventListener("hashchange", () => setTimeout(done), { once: true }));
      location.hash = hash;
      await changed;
    }
    const slide = Reveal.getCurrentSlide();
    const { step, caption } = Reveal.getPlugin("steps").state(slide);
    if (hash.split("/")[1] !== slide.id || !step || !said.startsWith(caption)) astray.push([hash, said, step, caption]);
  }
  return astray;
}"""
"""The steps, as their addresses and what pages say about them, whose address leads the deck elsewhere."""

AXE = """() => axe.run(
  { include: ".md-content", exclude: ".md-code__nav" },
  { preload: false, resultTypes: ["violations"] },
).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))"""
"""What axe-core finds in what stands on a page; the frame around it is the theme's."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own site."""
    folder = tmp_path_factory.mktemp("own") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path, served: Callable[[Path], str]) -> str:
    return f"{served(site)}/"


class Watched:
    """A page, and everything about it that went wrong."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        page.on("console", lambda message: self.note(message.type in ("error", "warning"), message.text))
        page.on("pageerror", lambda error: self.note(True, str(error)))
        page.on("requestfailed", lambda request: self.note("ERR_ABORTED" not in str(request.failure), request.url))
        page.on("response", lambda response: self.note(response.status >= 400, response.url))
        page.on(
            "request", lambda request: self.note(not request.url.startswith((address, "data:", "blob:")), request.url)
        )

    def note(self, wrong: bool, what: str) -> None:
        if wrong:
            self.wrong.append(what)

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        self.page.wait_for_function(READY)
        return self.page


@pytest.fixture
def watched(chromium: Browser, address: str) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    watched = Watched(context.new_page(), address)
    yield watched
    context.close()
    assert watched.wrong == []


def own_pages(site: Path) -> list[str]:
    return [*PAGES, *sorted(path.relative_to(site).as_posix() for path in site.glob("talks/*/*.html"))]


def test_every_other_page_loads_without_a_fault(site: Path, watched: Watched) -> None:
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {*own_pages(site)}
    assert len(pages) > 20
    for path in sorted(pages):
        watched.page.goto(watched.address + path)
        assert watched.wrong == [], path


def test_every_page_works_and_asks_nobody_else(site: Path, watched: Watched) -> None:
    """On every screen each page fits, and the marks of its steps stand beside their lines."""
    marked = 0
    for path in own_pages(site):
        page = watched.go(path)
        assert page.locator("h1").count() == 1, path
        levels = page.evaluate(
            "[...document.querySelectorAll('.md-content :is(h1,h2,h3,h4,h5,h6)')].map((node) => +node.tagName[1])"
        )
        assert all(after <= before + 1 for before, after in pairwise(levels)), (path, levels)
        ids = page.evaluate("[...document.querySelectorAll('.md-content [id]')].map((node) => node.id)")
        assert len(ids) == len(set(ids)), path
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{path} is wider than a phone"
        narrow = page.evaluate(OFF)
        assert narrow["off"] < 1.5, path
        marked += narrow["count"]
        page.set_viewport_size({"width": 1280, "height": 800})
        assert page.evaluate(OFF)["off"] < 1.5, path
    assert marked >= 30


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pages_are_for_everyone(watched: Watched, mode: str) -> None:
    watched.page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    for path in (
        "index.html",
        "draft.html",
        "write.html",
        "snippets/gradients.html",
        "talks/tf2-pytorch/index.html",
        "talks/tf2-pytorch/gradients.html",
        STEPPED,
    ):
        page = watched.go(path)
        assert page.locator("body").get_attribute("data-md-color-scheme") == ("slate" if mode == "dark" else "default")
        assert page.evaluate(CONTRAST) == {}, path
        if mode == "light":  # nothing but colours is another in the dark
            page.add_script_tag(path=assets.AXE)
            assert page.evaluate(AXE) == [], path


def test_choice_of_framework_holds_for_the_whole_site(watched: Watched) -> None:
    page = watched.go("talks/tf2-pytorch/gradients.html")
    page.locator(".tabbed-labels label", has_text="PyTorch").first.click()
    shown = page.locator(".tabbed-block:visible .filename", has_text=".py").all_text_contents()
    assert shown
    assert all(name.endswith("/pytorch.py") for name in shown)
    page = watched.go("talks/tf2-pytorch/variables.html")
    page.locator(".tabbed-block:visible .filename", has_text="pytorch.py").first.wait_for()


def test_search_finds_code(watched: Watched) -> None:
    page = watched.go("index.html")
    page.locator("input.md-search__input").click()
    page.locator(".md-search-result__meta", has_text="Type to start searching").wait_for()
    page.keyboard.type("GradientTape")
    page.locator(".md-search-result__link[href*='gradients']:visible").first.wait_for()


def test_section_leads_to_its_slide_and_back(watched: Watched) -> None:
    page = watched.go("talks/tf2-pytorch/gradients.html")
    page.locator("a.present[href$='#/tape']").click()
    page.wait_for_function("window.Reveal && Reveal.isReady() && Reveal.getCurrentSlide().id === 'tape'")
    href = page.evaluate("Reveal.getCurrentSlide().querySelector('a.read').href")
    page.goto(href)
    page.wait_for_function(READY)
    assert href.endswith("/talks/tf2-pytorch/gradients.html#tape")
    assert page.locator("#tape").count() == 1
    page.wait_for_function("document.querySelector('#tape').getBoundingClientRect().top < innerHeight")


def test_step_and_its_lines_are_hovered_and_focused_as_one(watched: Watched) -> None:
    page = watched.go(STEPPED)
    item = page.locator(".walk > ol > li").nth(1)
    mark = item.locator(".mark")
    lit = "(node) => getComputedStyle(node).backgroundColor !== 'rgba(0, 0, 0, 0)'"
    assert not mark.evaluate(lit)
    item.hover()
    assert mark.evaluate(lit)
    box = mark.bounding_box()
    assert box is not None
    page.mouse.move(0, 0)
    assert not item.evaluate(lit)
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    assert item.evaluate(lit)
    page.mouse.move(0, 0)
    item.locator("a.lines").focus()
    assert mark.evaluate(lit)


def test_marks_are_not_in_the_code(watched: Watched) -> None:
    """Neither the copy button nor a selection takes the numbers along; on paper they stand beside their lines, too."""
    page = watched.go(STEPPED)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = page.locator(".walk pre > code").first
    text = code.evaluate("(code) => code.textContent")
    page.locator(".walk [data-md-type=copy]").first.click()
    page.wait_for_function(
        "(text) => navigator.clipboard.readText().then((copied) => copied === text)", arg=text.strip()
    )
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.walk'))")
    selected = page.evaluate("getSelection().toString()")
    assert text.strip() in selected
    assert not re.search(r"(?m)^\s*\d+\s*$", selected)
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 718, "height": 1000})
    assert page.evaluate(OFF)["off"] < 1.5
    assert page.evaluate("getComputedStyle(document.querySelector('.output.highlight')).backgroundColor") == (
        "rgb(255, 255, 255)"
    )


def test_every_step_leads_to_the_deck_at_this_step(site: Path, watched: Watched) -> None:
    steps = {
        item.css_first("a.lines").attributes["href"] or "": item.text().strip()
        for path in sorted(site.glob("talks/*/*.html"))
        for item in LexborHTMLParser(path.read_text(encoding="utf-8")).css(".walk > ol > li:has(a.lines)")
    }
    assert len(steps) > 30
    page = watched.page
    page.goto(watched.address + next(iter(steps)).removeprefix("../../"))
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    assert page.evaluate(ASTRAY, list(steps.items())) == []


def test_pages_open_from_disk(chromium: Browser, site: Path) -> None:
    page = chromium.new_page()
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="Read", exact=True).first.click()
    page.locator(".md-content").get_by_role("link", name="Present", exact=True).first.click()
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.close()
