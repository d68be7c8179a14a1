"""The repository's talk in a real browser: what each slide and each step shows, there and back, and to everyone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from greenroom import assets, build, dialect, output
from greenroom.model import Listing, Slide, Talk

ROOT = Path(__file__).parents[1]

State = dict[str, Any]
"""What the page shows between two presses of a key."""


@pytest.fixture(scope="module")
def project() -> build.Project:
    return build.load(ROOT)


@pytest.fixture(scope="module")
def talk(project: build.Project) -> Talk:
    return project.talks[0]


@pytest.fixture(scope="module")
def folder(project: build.Project, talk: Talk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("talk")
    output.write(target, build.deck_files(talk, project.resources[talk.path]))
    return target


def opened(chromium: Browser, folder: Path, scheme: str, *, complaints: list[str] | None = None) -> Page:
    """The deck at its first slide, with `walk(look)`: all that `look(slide)` gives from here to the deck's end."""
    size = {"width": 1280, "height": 720}
    page = chromium.new_page(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    if complaints is not None:
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error.stack}"))
        page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        page.on("request", lambda request: _is_inside(request.url, folder) or complaints.append(request.url))
    page.add_init_script(SHIFTS)
    page.goto((folder / "index.html").as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate(WALK)
    page.evaluate("settled()")
    return page


def _is_inside(url: str, folder: Path) -> bool:
    return url.startswith((folder.as_uri(), "data:"))


SHIFTS = """
window.shifts = [];
const place = (node) => node && (node.closest ? node : node.parentElement).closest("section, body");
const told = ({ node }) => `${place(node)?.id ?? ""} ${node?.className || node?.nodeName}`;
const note = (list) => shifts.push(...list.filter((shift) => shift.value && !shift.hadRecentInput)
  .map((shift) => `${shift.value.toFixed(4)} ${shift.sources.map(told)}`));
window.shifted = new PerformanceObserver((list) => note(list.getEntries()));
shifted.observe({ type: "layout-shift", buffered: true });
window.shiftsTillNow = () => (note(shifted.takeRecords()), shifts);
"""

WALK = """() => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  // What is new in a slide is measured in one frame and painted in the next.
  window.settled = () => frame().then(frame);
  // Classes are a set: neither their order nor an attribute without any tells something.
  window.written = (element) => {
    const copy = element.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("[class]")]) {
      const classes = [...one.classList].sort().join(" ");
      classes ? one.setAttribute("class", classes) : one.removeAttribute("class");
    }
    return copy.outerHTML;
  };
  window.walk = async (look, forward = true) => {
    const states = [];
    for (;;) {
      await settled();
      states.push(await look(Reveal.getCurrentSlide()));
      const { f, h, v } = Reveal.getIndices();
      forward ? Reveal.next() : Reveal.prev();
      const now = Reveal.getIndices();
      if (now.f === f && now.h === h && now.v === v) return states;
    }
  };
}"""

LOOK = """(slide) => {
  const isSeen = (element) => getComputedStyle(element).visibility === "visible" && element.checkVisibility();
  const colour = (element) => getComputedStyle(element).color;
  return {
    slide: slide.id,
    fragment: Reveal.getIndices().f ?? -1,
    listings: [...slide.querySelectorAll(".listing > pre > code")].map((code) =>
      [...code.querySelectorAll(".line")].flatMap((line, i) => (colour(line) === colour(code) ? [i + 1] : []))),
    captions: [...slide.querySelectorAll(".captions > li")].filter(isSeen).map((li) => li.textContent).filter(Boolean),
    told: document.querySelector(".captions-status").textContent,
    walk: Reveal.getPlugin("steps").state(slide),
    scrolled: [...slide.querySelectorAll("pre > code")].map((code) => [code.scrollLeft, code.scrollTop]),
    twice: [...document.querySelectorAll("[id]")].map(({ id }) => id).filter((id, i, all) => all.indexOf(id) !== i),
    html: written(slide),
  };
}"""


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    """What the browser said, asked of another place, or missed while the talk was walked through."""
    return []


@pytest.fixture(scope="module")
def walked(chromium: Browser, folder: Path, complaints: list[str]) -> Iterator[Page]:
    """The page after a walk to the last slide and back: what it saw is in `there` and `back`.

    The deck `before` and `after` that is of slides that were all seen once, since what is seen is then prepared.
    """
    page = opened(chromium, folder, "light", complaints=complaints)
    page.evaluate(
        f"""async () => {{
          const deck = Reveal.getSlidesElement();
          for (const slide of Reveal.getSlides().reverse()) {{
            const {{ h, v }} = Reveal.getIndices(slide);
            Reveal.slide(h, v, -1);
            await settled();
          }}
          window.before = written(deck);
          window.there = await walk({LOOK});
          window.back = (await walk({LOOK}, false)).reverse();
          window.after = written(deck);
        }}"""
    )
    yield page
    page.close()


@pytest.fixture(scope="module")
def there(walked: Page) -> list[State]:
    return walked.evaluate("there")


@pytest.fixture(scope="module")
def back(walked: Page) -> list[State]:
    return walked.evaluate("back")


# --- what is shown --------------------------------------------------------------------------------------------------


def lines(listing: Listing, step: int) -> list[int]:
    """The lines that stand out in a step, from 0; all of them if the listing has no steps."""
    chosen = listing.steps[min(step, len(listing.steps) - 1)].lines if listing.steps else ()
    return list(chosen or range(1, len(listing.numbers) + 1))


def expected(slide: Slide, number: int) -> State:
    """What the slide shows at one of its steps, from 1, as the talk says it."""
    at = dict.fromkeys(range(len(slide.fences)), 0) | dict(slide.walk[:number])
    walking = {place for place, _ in (slide.walk[number - 1 : number] if number > 1 else slide.walk)}
    told = [slide.fences[place].listings[0].steps[at[place]].caption for place in sorted(walking)]
    notes = [note for note in slide.step_notes if note.number == number]
    return {
        "listings": [
            lines(listing, at[place])
            for place, fence in enumerate(slide.fences)
            for listing in fence.listings
            if fence.option("echo") != "false"
        ],
        "walk": {
            "step": number if slide.walk else 0,
            "steps": len(slide.walk),
            "caption": " ".join(filter(None, told)),
            "note": words(" ".join(dialect.plain(token) for note in notes for token in note.tokens)),
        },
    }


def words(text: str) -> str:
    return " ".join(re.sub("<[^>]*>", "", unescape(text)).split())


def once(values: Iterable[Any]) -> list[Any]:
    """The values without those that equal the one before."""
    return [value for value, _ in groupby(values)]


def of(states: list[State], slide: Slide) -> list[State]:
    return [state for state in states if state["slide"] == slide.id]


def test_every_slide_is_shown_in_its_order(talk: Talk, there: list[State]) -> None:
    shown = once(state["slide"] for state in there)
    own = [slide.id for slide in talk.slides]
    assert [name for name in shown if name in own or name.removesuffix("-output") not in own] == own


def test_each_step_shows_the_lines_caption_and_note_that_the_talk_gives_it(talk: Talk, there: list[State]) -> None:
    assert any(slide.walk for slide in talk.slides)
    assert any(slide.step_notes for slide in talk.slides)
    wrong = {}
    for slide in talk.slides:
        numbers = once(max(state["walk"]["step"], 1) for state in of(there, slide))
        if numbers != list(range(1, max(len(slide.walk), 1) + 1)):
            wrong[slide.id] = {"steps shown": numbers, "steps of the talk": len(slide.walk)}
        for state in of(there, slide):
            walk = {**state["walk"], "note": words(state["walk"]["note"])}
            shown = {"listings": state["listings"], "walk": walk}
            if shown != (right := expected(slide, max(walk["step"], 1))):
                wrong[place(state)] = {"shown": shown, "expected": right}
    assert wrong == {}


def test_the_caption_that_is_told_is_the_one_that_is_seen(there: list[State]) -> None:
    assert any(state["captions"] for state in there)
    assert [place(state) for state in there if state["told"] != " ".join(state["captions"])] == []


# --- there and back -------------------------------------------------------------------------------------------------


def test_the_way_back_shows_what_the_way_there_showed(there: list[State], back: list[State]) -> None:
    assert [place(state) for state in back] == [place(state) for state in there]
    changed = {}
    for one, other in zip(there, back, strict=True):
        if one != other:
            keys = [key for key in one if one[key] != other[key]]
            changed[place(one)] = [difference(str(one[key]), str(other[key])) for key in keys]
    assert changed == {}


def test_the_whole_deck_is_as_it_was(walked: Page) -> None:
    before, after = walked.evaluate("[before, after]")
    assert before == after, difference(before, after)


def difference(one: str, other: str) -> tuple[str, str]:
    """Both texts around the first place where they differ."""
    first = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[max(0, first - 60) : first + 60], other[max(0, first - 60) : first + 60]


def test_no_id_is_used_twice(there: list[State], back: list[State]) -> None:
    assert {place(state): state["twice"] for state in (*there, *back) if state["twice"]} == {}


def test_nothing_moves_but_what_is_new(walked: Page) -> None:
    assert walked.evaluate("shiftsTillNow()") == []


def test_the_browser_has_nothing_to_complain_of(walked: Page, complaints: list[str]) -> None:  # noqa: ARG001
    assert complaints == []


def place(state: State) -> tuple[str, int]:
    return state["slide"], state["fragment"]


# --- for everyone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_around_the_slides(chromium: Browser, folder: Path, scheme: str) -> None:
    page = opened(chromium, folder, scheme)
    page.add_script_tag(path=assets.AXE)
    assert page.evaluate("axe.run({ preload: false }).then(({ violations }) => violations.map(({ id }) => id))") == []
    page.close()
