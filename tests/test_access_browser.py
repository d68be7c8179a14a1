"""The deck for everyone: by keyboard, by ear, larger, with more contrast, from right to left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from greenroom import assets, build, output, resolve, source, talk

READY = "window.Reveal && Reveal.isReady()"

TF2 = """\
# %% tape
a = tf.Variable(4.0)
b = tf.Variable(3.0)
with tf.GradientTape() as tape:
    c = tf.sqrt(a**2 + b**2)
dc_da = tape.gradient(c, a)
"""

PYTORCH = """\
# %% tape
a = torch.tensor(4.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
c = torch.sqrt(a**2 + b**2)
c.backward()
"""

LONG = "\n".join(f"line_{n} = {n}" for n in range(1, 81))

TALK = f"""\
---
title: A deck
---
# A deck

---
## A list

* one <!-- .element: class="fragment" -->
* two, with [a link](#/long)

----
### Captions

```python snippet="gradients/tf2:tape" steps="1-2 | 3-4" captions="Two variables. | All is recorded."
```

----
### Both

```python snippet="gradients:tape" steps="1-2 | 3"
```

---
### Long

```python
{LONG}
```

---
> Only words.

Note:

## Not heard
"""


Write = Callable[..., str]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Write a deck; its address. What stands in the front matter can be added to."""
    modules = {}
    for framework, text in (("tf2", TF2), ("pytorch", PYTORCH)):
        module, problems = source.scan(text, f"snippets/gradients/{framework}.py", "gradients", framework)
        assert not problems
        modules["gradients", framework] = module

    def written(text: str = TALK, local: Mapping[str, Path] | None = None, **meta: object) -> str:
        added = "".join(f"{key}: {json.dumps(value)}\n" for key, value in meta.items())
        parsed, _ = talk.parse(text.replace("---\n", f"---\n{added}", 1), "slides/deck.md")
        resolved, problems = resolve.resolve(parsed, modules, {})
        assert not problems
        folder = tmp_path_factory.mktemp("deck")
        output.write(folder, build.deck_files(resolved, local or {}))
        return (folder / "index.html").as_uri()

    return written


@pytest.fixture(scope="module")
def url(write: Write) -> str:
    return write()


@pytest.fixture
def show(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address in a page with these traits."""
    pages = []

    def shown(url: str, **traits: object) -> Page:
        page = chromium.new_page(**{"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce", **traits})
        pages.append(page)
        page.set_default_timeout(10_000)
        page.goto(url)
        page.wait_for_function(READY)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return page

    yield shown
    for page in pages:
        page.close()


Show = Callable[..., Page]


def current(page: Page) -> str:
    return page.evaluate("Reveal.getCurrentSlide().id")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent.slice(0, 20)")


# --- keyboard -------------------------------------------------------------------------------------------------------


def test_tab_reaches_every_control_in_sight_and_leaves_again(url: str, show: Show) -> None:
    page = show(f"{url}#/a-list")
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.append(focused(page))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", reached[-1]
        assert page.evaluate("document.activeElement.closest('[inert], section:not(.present)')") is None, reached[-1]
    assert page.evaluate("document.activeElement === document.body")
    assert "a link" in reached
    assert {"previous slide", "next slide", "below slide"} <= set(reached)


def test_a_control_reached_by_keyboard_keeps_space(url: str, show: Show) -> None:
    page = show(f"{url}#/long")
    page.locator(".navigate-left").focus()
    page.keyboard.press("Space")
    assert page.evaluate("Reveal.getIndices().h") == 1


def test_a_button_pressed_with_the_mouse_gives_the_keys_back(url: str, show: Show) -> None:
    page = show(f"{url}#/only-words")
    page.locator(".navigate-left").click()
    assert current(page) == "long"
    page.keyboard.press("Space")
    assert current(page) != "long"
    assert page.evaluate("Reveal.isLastSlide()")


def test_keys_scroll_a_long_listing_and_tab_goes_on(url: str, show: Show) -> None:
    page = show(f"{url}#/long")
    code = page.locator("#long pre > code")
    while not code.evaluate("(code) => code === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('#long pre > code').scrollTop > 0")
    assert current(page) == "long"
    page.keyboard.press("Tab")
    assert not code.evaluate("(code) => code === document.activeElement")


def test_escape_leaves_a_control_the_help_and_the_overview(url: str, show: Show) -> None:
    page = show(f"{url}#/a-list")
    page.keyboard.press("Shift+Slash")
    page.wait_for_selector(".r-overlay")
    page.keyboard.press("Escape")
    page.wait_for_selector(".r-overlay", state="detached")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.evaluate("Reveal.isOverview()")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert not page.evaluate("Reveal.isOverview()")
    assert current(page) == "long"


# --- screen readers -------------------------------------------------------------------------------------------------


def test_a_slide_is_told_once_by_its_name_and_a_fragment_by_its_text(url: str, show: Show) -> None:
    page = show(url)
    page.evaluate(
        """() => {
          window.told = [];
          const live = document.querySelectorAll("[aria-live]:not([hidden])");
          const note = ([{ target }]) => target.textContent && told.push(target.textContent);
          live.forEach((region) => new MutationObserver(note).observe(region, { childList: true }));
        }"""
    )
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("told") == ["A list", "one", "Captions", "Two variables.", "All is recorded."]


def test_a_slide_without_a_heading_is_told_by_its_words(url: str, show: Show) -> None:
    page = show(f"{url}#/long")
    page.keyboard.press("Space")
    assert page.locator(".heard[aria-live]").text_content() == "Only words."


def test_each_slide_is_headed_by_the_level_below_the_talk(write: Write, show: Show) -> None:
    text = "---\ntitle: A\n---\n# A\n## B\n---\n### C\n##### D\n#### E\n### F\n---\nNone\n---\n## G\n"
    levels = "[...document.querySelectorAll('main :is(h1, h2, h3, h4, h5)')].map((h) => h.ariaLevel ?? h.tagName[1])"
    assert show(write(text)).evaluate(levels) == ["1", "1", "2", "2", "3", "3", "2", "2"]


def test_on_a_phone_all_slides_are_there_for_a_screen_reader(url: str, show: Show) -> None:
    page = show(f"{url}#/a-list", viewport={"width": 390, "height": 844})
    covered = "document.querySelectorAll('.slides section[aria-hidden]:not(:empty):has(h1, h2, h3, p)').length"
    page.wait_for_function(f"Reveal.isScrollView() && {covered} === 0")
    page.evaluate("Reveal.slide(0)")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate(covered) == 0
    assert not page.locator(".read-here").is_visible()


def test_in_the_overview_nothing_but_the_slides_is_reached(url: str, show: Show) -> None:
    page = show(f"{url}#/a-list")
    page.keyboard.press("o")
    page.wait_for_function("Reveal.isOverview()")
    page.add_script_tag(path=assets.AXE)
    inside = (
        "[...document.querySelectorAll('.slides :is(a, button, [tabindex])')].filter((one) => !one.closest('[inert]'))"
    )
    assert page.evaluate(f"{inside}.length") == 0
    assert page.evaluate("axe.run({ preload: false }).then(({ violations }) => violations.map(({ id }) => id))") == []
    page.keyboard.press("o")
    assert page.evaluate(f"{inside}.length") > 0


# --- contrast -------------------------------------------------------------------------------------------------------

STANDING_OUT = """() => {
  const [chosen, dim] = [":not(.dim)", ".dim"].map((kind) => document.querySelector(`#captions .line${kind}`));
  return [getComputedStyle(chosen, "::after").borderLeftWidth, getComputedStyle(dim, "::after").borderLeftWidth];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("trait", [{"forced_colors": "active"}, {"contrast": "more"}])
def test_more_contrast_marks_the_lines_of_a_step_with_a_bar(url: str, show: Show, scheme: str, trait: dict) -> None:
    page = show(f"{url}#/captions", color_scheme=scheme, **trait)
    chosen, dim = page.evaluate(STANDING_OUT)
    assert float(chosen.removesuffix("px")) >= 3
    assert float(dim.removesuffix("px")) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_more_contrast_is_seven_to_one(url: str, show: Show, scheme: str) -> None:
    page = show(f"{url}#/captions", color_scheme=scheme, contrast="more")
    page.add_script_tag(path=assets.AXE)
    for name in ("a-deck", "a-list", "captions", "both", "long", "only-words"):
        found = page.evaluate(
            """async (name) => {
              location.hash = `#/${name}`;
              await new Promise((done) => setTimeout(done, 50));
              const runOnly = ["color-contrast-enhanced"];
              const { violations } = await axe.run(Reveal.getCurrentSlide(), { preload: false, runOnly });
              return violations.flatMap(({ nodes }) => nodes.map(({ html }) => html));
            }""",
            name,
        )
        assert found == [], name


def test_in_the_colours_of_the_system_marks_and_arrows_are_drawn(url: str, show: Show) -> None:
    page = show(f"{url}#/both", forced_colors="active")
    for mark in ("#both .framework", ".controls .navigate-right .controls-arrow", "#both pre > .copy"):
        drawn = page.locator(mark).first.evaluate("(e) => getComputedStyle(e, '::before').backgroundColor")
        behind = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert drawn not in (behind, "rgba(0, 0, 0, 0)"), mark


# --- larger ---------------------------------------------------------------------------------------------------------

SIZE = """(selector) => {
  const element = document.querySelector(selector);
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getClientRects()[0].height;
}"""


@pytest.mark.parametrize("text", ["#a-list li", "#captions .line", "#captions h3"])
def test_zoomed_to_twice_its_size_text_is_larger(url: str, show: Show, text: str) -> None:
    name = text.split()[0]
    usual = show(f"{url}{name.replace('#', '#/')}").evaluate(SIZE, text)
    page = show(f"{url}{name.replace('#', '#/')}", viewport={"width": 640, "height": 360}, device_scale_factor=2)
    assert page.evaluate(SIZE, text) * 2 > usual * 1.5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_link_to_a_step_on_a_page_made_larger_leads_to_its_lines(write: Write, show: Show) -> None:
    lines = "\n".join(f"line_{n} = {n}" for n in range(1, 21))
    url = write(f"---\ntitle: A\n---\n## Far\n\n```python [1|18]\n{lines}\n```\n")
    page = show(f"{url}#/far/0", viewport={"width": 640, "height": 360}, device_scale_factor=2)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    box = page.locator("#far .line:not(.dim)").first.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 360


def test_zooming_keeps_the_place(url: str, show: Show) -> None:
    page = show(f"{url}#/both")
    with page.expect_navigation():
        page.set_viewport_size({"width": 640, "height": 360})
    page.wait_for_function(READY)
    assert current(page) == "both"


def test_with_its_own_spacing_of_text_every_slide_keeps_all_of_it(chromium: Browser, url: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => document.head.insertAdjacentHTML("beforeend", `<style>
             * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
             p { margin-bottom: 2em !important; }
           </style>`))"""
    )
    page.goto(url)
    page.wait_for_function(READY)
    lost = """async () => {
      const lost = [];
      for (const slide of Reveal.getSlides()) {
        const { h, v } = Reveal.getIndices(slide);
        Reveal.slide(h, v);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const cut = [...slide.querySelectorAll("pre > code")].filter((code) => code.scrollWidth > code.clientWidth + 1);
        if (slide.getBoundingClientRect().bottom > innerHeight || cut.length) lost.push(slide.id);
      }
      return lost;
    }"""
    assert page.evaluate(lost) == []
    page.close()


# --- motion ---------------------------------------------------------------------------------------------------------

MOVING = """() => [...document.querySelectorAll(".reveal *, .backgrounds *")].filter((element) => {
  const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element);
  return parseFloat(transitionDuration) > 0 || animationName !== "none" || scrollBehavior === "smooth";
}).length"""


def test_nothing_moves_where_the_system_asks_for_that(url: str, show: Show) -> None:
    assert show(url, reduced_motion="no-preference").evaluate(MOVING) > 0
    assert show(url, reduced_motion="reduce").evaluate(MOVING) == 0


def test_a_picture_has_its_room_before_it_is_there(chromium: Browser, write: Write, tmp_path: Path) -> None:
    picture = tmp_path / "late.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"><rect/></svg>', "utf-8")
    url = write("---\ntitle: A\n---\n## Late\n\n![a box](late.svg)\n\nBelow.\n", {"late.svg": picture})
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    held = []
    page.route("**/late.svg", lambda route: held.append(route))
    page.goto(url, wait_until="commit")
    page.wait_for_function(READY)
    words = page.get_by_text("Below.", exact=True)
    before = words.bounding_box()
    held[0].continue_()
    page.wait_for_function("document.querySelector('img').complete && document.querySelector('img').naturalWidth")
    assert words.bounding_box() == before
    page.close()


# --- from right to left ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("meta", [{"lang": "ar"}, {"revealOptions": {"rtl": True}}])
def test_slides_run_from_right_to_left_and_code_does_not(write: Write, show: Show, meta: dict) -> None:
    page = show(f"{write(**meta)}#/a-list")
    direction = "(selector) => getComputedStyle(document.querySelector(selector)).direction"
    assert page.evaluate(direction, "#a-list li") == "rtl"
    assert page.evaluate(direction, "#captions .captions") == "rtl"
    assert page.evaluate(direction, "#captions pre > code") == "ltr"
    first, second = (page.locator("#both .listing").nth(n) for n in (0, 1))
    page.evaluate("location.hash = '#/both'")
    page.wait_for_function("Reveal.getCurrentSlide().id === 'both'")
    assert first.bounding_box()["x"] > second.bounding_box()["x"]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert current(page) == "long"


# --- themes ---------------------------------------------------------------------------------------------------------


def test_listings_and_their_steps_can_be_read_in_every_theme(url: str, show: Show) -> None:
    page = show(f"{url}#/captions")
    page.add_script_tag(path=assets.AXE)
    page.evaluate("document.querySelectorAll('.copy').forEach((copy) => (copy.style.opacity = 1))")
    use = """async (theme) => {
      const old = document.querySelector("link[href*=themes]");
      const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: theme });
      await new Promise((done, failed) => {
        Object.assign(sheet, { onload: done, onerror: failed });
        old.after(sheet);
      });
      old.remove();
    }"""
    contrast = """async (name) => {
      location.hash = `#/${name}`;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const runOnly = ["color-contrast"];
      const listings = [...document.querySelectorAll(`#${name} :is(pre, .captions, .framework)`)];
      const { violations } = await axe.run(listings, { preload: false, runOnly });
      return violations.flatMap(({ nodes }) => nodes.map(({ html, any }) => `${html} ${any[0]?.message}`));
    }"""
    for theme in assets.themes():
        page.evaluate(use, (assets.FOLDER / "themes" / f"{theme}.css").as_uri())
        assert [page.evaluate(contrast, name) for name in ("captions", "both")] == [[], []], theme
