"""The theme in a real browser: its layouts, its two modes, and what of reveal.js has to keep working in it."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from greenroom import assets, deck, resolve, source, talk
from greenroom.model import Figure, Output, Raised, Recording

OTHERS = ("black", "white", "serif")
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="
SQUARE = "data:image/svg+xml," + quote('<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"/>')
DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"><style type="text/css">*{}</style>
<g id="figure_1"><g id="patch_1"><path d="M 0 0 L 400 0 L 400 200 L 0 200 z" style="fill: none"/></g>
<rect width="400" height="200" style="fill: #101010"/></g></svg>"""

TF2 = "# %% one\nx = tf.constant([1, 2, 3])\nprint(x)\n\n# %% two raises=\"ValueError\"\nraise ValueError('no')\n"
PYTORCH = "# %% one\nx = torch.tensor([1])\ny = x + 1\nprint(x)\n\n# %% two\nprint(2)\n"

TALK = f"""\
---
title: The theme
---
# The theme

**For the tests**

---
## A section

----
> A quotation that is long enough for two lines, so that the mark in front of it can be seen to hang beside them.
>
> <cite>Someone</cite>

----
A *statement*.

----
### Points

* one
* two

----
### Picture

![a square]({SQUARE})

----
### Code

Words before it.

```python snippet="lesson/tf2:one" output="below" steps="x = | print(" captions="It is made. | It is shown."
```

----
### Comparison

```python snippet="lesson:one" output="below" steps="x = | print(" captions="It is made. | It is shown to all."
```

----
### Error

```python snippet="lesson/tf2:two" output="below"
```

----
<!-- .slide: id="drawing" -->

```python snippet="lesson/pytorch:two" echo="false"
```

---
<!-- .slide: id="helpers" -->
<h2 class="r-fit-text">FIT</h2>
<div class="r-stack">
<p class="fragment fade-out" data-fragment-index="0">one</p>
<p class="fragment" data-fragment-index="0">two</p>
</div>
<div class="r-hstack"><p>left</p><p>right</p></div>

----
<!-- .slide: id="stretch" -->
### Stretch

<img class="r-stretch" src="{SQUARE}" alt="a square">

After it.

---
<!-- .slide: id="colour" data-background-color="#402060" -->
### A heading

[a link](#/helpers)

----
<!-- .slide: id="pale" data-background-color="#ffffc0" -->
### A heading

----
<!-- .slide: id="image" data-background-image="{DOT}" -->
### A heading

----
<!-- .slide: id="gradient" data-background-gradient="linear-gradient(#123, #000)" data-transition="zoom" -->
### A heading

---
<!-- .slide: id="before" data-auto-animate -->
### <span data-id="word">Moves</span>

----
<!-- .slide: id="after" data-auto-animate -->
### Above

### <span data-id="word">Moves</span>

---
<!-- .slide: id="lightbox" -->
<img data-preview-image src="{SQUARE}" alt="a square" width="200">
"""


OUTPUTS = {
    "tf2": (
        Output("one", stdout="tf.Tensor([1 2 3], shape=(3,), dtype=int32)"),
        Output("two", raised=Raised("ValueError", "no", 6, "Traceback (most recent call last):\nValueError: no")),
    ),
    "pytorch": (Output("one", stdout="tensor([1])"), Output("two", figures=(Figure("two.svg", "black", DRAWING),))),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parsed, problems = talk.parse(TALK, "slides/deck.md")
    assert not problems
    modules, recordings = {}, {}
    for framework, text in (("tf2", TF2), ("pytorch", PYTORCH)):
        path = f"snippets/lesson/{framework}.py"
        modules["lesson", framework], problems = source.scan(text, path, "lesson", framework)
        assert not problems
        recordings[path] = Recording(path, "", (), OUTPUTS[framework])
    resolved, _ = resolve.resolve(parsed, modules, recordings)  # the steps are not recorded
    target = tmp_path_factory.mktemp("deck")
    for theme in ("greenroom", *OTHERS):
        for name, path in assets.files(theme).items():
            (target / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / "assets" / name)
        sheets = ("assets/deck.css", f"assets/themes/{theme}.css", "own.css")
        (target / f"{theme}.html").write_text(deck.render(resolved, sheets=sheets), encoding="utf-8")
    for name, picture in deck.figures(resolved).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(picture)
    own = ".reveal pre > code { background: rgb(1, 2, 3) } #points li { font-size: 17px }"
    (target / "own.css").write_text(own, encoding="utf-8")
    return target


def opened(chromium: Browser, folder: Path, scheme: str, theme: str = "greenroom") -> Page:
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    page.set_default_timeout(10_000)
    page.goto((folder / f"{theme}.html").as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    return page


@pytest.fixture(scope="module")
def light(chromium: Browser, folder: Path) -> Page:
    return opened(chromium, folder, "light")


@pytest.fixture(scope="module")
def dark(chromium: Browser, folder: Path) -> Page:
    return opened(chromium, folder, "dark")


def go(page: Page, name: str, step: int = -1) -> None:
    """Show a slide, and wait until nothing moves any more."""
    page.evaluate(
        """([name, step]) => {
          const { h, v } = Reveal.getIndices(document.getElementById(name));
          Reveal.slide(h, v, step);
        }""",
        [name, step],
    )
    page.wait_for_function(STILL)


STILL = """() => [...document.querySelectorAll(".slides, .backgrounds")].every((element) =>
  element.getAnimations({ subtree: true }).every((animation) => animation.playState !== "running"))"""

LEFT = """(selectors) => selectors.map((selector) => {
  const walker = document.createTreeWalker(Reveal.getCurrentSlide().querySelector(selector), NodeFilter.SHOW_TEXT);
  while (!walker.nextNode().data.trim());
  const range = document.createRange();
  range.selectNodeContents(walker.currentNode);
  return Math.round(range.getBoundingClientRect().left);
})"""

LUMINANCE = """(selector) => {
  const { color } = getComputedStyle(Reveal.getCurrentSlide().querySelector(selector));
  const [r, g, b] = color.match(/[\\d.]+/g).map(Number);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}"""


def pixel(page: Page, selector: str) -> list[int]:
    """The colour in the middle of an element, as it is seen."""
    picture = base64.b64encode(page.locator(selector).screenshot()).decode()
    return page.evaluate(
        """async (picture) => {
          const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
          const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
          canvas.drawImage(image, 0, 0);
          return [...canvas.getImageData(image.width / 2, image.height / 2, 1, 1).data].slice(0, 3);
        }""",
        picture,
    )


# --- layouts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["code", "comparison"])
def test_headings_text_code_captions_and_outputs_begin_at_one_line(light: Page, name: str) -> None:
    go(light, name)
    first = light.evaluate(LEFT, ["h3", "pre > code .line", ".captions > .now", ".output code"])
    assert max(first) - min(first) <= 1


def test_a_comparison_stands_in_rows_under_one_caption(light: Page) -> None:
    go(light, "comparison")
    tops = light.evaluate(
        """[".listing > pre > code", ".captions", ".output"].map((selector) =>
             [...Reveal.getCurrentSlide().querySelectorAll(selector)]
               .map((element) => Math.round(element.getBoundingClientRect().top)))"""
    )
    assert [len(row) for row in tops] == [2, 2, 2]
    assert all(len(set(row)) == 1 for row in tops)
    seen = light.locator("#comparison .captions > li").evaluate_all(
        "all => all.map((li) => li.checkVisibility({visibilityProperty: true}))"
    )
    assert seen == [True, False, False, False]


def test_titles_and_sections_have_a_room_of_their_own(light: Page, dark: Page) -> None:
    for page in (light, dark):
        for name in ("the-theme", "a-section"):
            go(page, name)
            behind = page.evaluate(
                "getComputedStyle(Reveal.getSlideBackground(Reveal.getCurrentSlide())).backgroundColor"
            )
            page_itself = page.evaluate("getComputedStyle(document.querySelector('.reveal-viewport')).backgroundColor")
            assert behind not in (page_itself, "rgba(0, 0, 0, 0)")
            assert page.evaluate(LUMINANCE, ":is(h1, h2)") > 0.8


def test_a_quotation_and_a_statement_are_larger_than_text(light: Page) -> None:
    size = "(e) => parseFloat(getComputedStyle(e).fontSize)"
    text = light.locator("[data-layout=code] > p").first.evaluate(size)
    assert light.locator("[data-layout=quote] blockquote > p").first.evaluate(size) > 1.3 * text
    assert light.locator("[data-layout=statement] > p").evaluate(size) > 1.6 * text


def test_a_drawing_has_all_the_room_and_turns_light_in_the_dark(light: Page, dark: Page) -> None:
    for page, lightest in ((light, False), (dark, True)):
        go(page, "drawing")
        box = page.locator("#drawing img").bounding_box()
        assert box["width"] > 1100
        assert box["height"] > 600
        assert (min(pixel(page, "#drawing img")) > 200) == lightest


def test_an_error_is_told_from_what_is_printed(light: Page) -> None:
    go(light, "error")
    error = light.locator("#error .output").evaluate("e => getComputedStyle(e).borderInlineStartColor")
    go(light, "code")
    assert light.locator("#code .output").evaluate("e => getComputedStyle(e).borderInlineStartColor") != error


# --- what reveal.js has ---------------------------------------------------------------------------------------------


def test_the_layout_helpers_of_reveal_js_lay_out(light: Page) -> None:
    go(light, "helpers")
    boxes = [
        light.locator(f"#helpers {s}").bounding_box()
        for s in (
            ".r-fit-text",
            ".r-stack p:first-child",
            ".r-stack p:last-child",
            ".r-hstack p:first-child",
            ".r-hstack p:last-child",
        )
    ]
    fit, below, above, left, right = boxes
    assert fit["height"] > 250
    assert below == above
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    go(light, "stretch")
    picture, after = (light.locator(f"#stretch {s}").bounding_box() for s in ("img", "p"))
    assert picture["height"] > 400
    assert after["y"] + after["height"] <= 720


def test_a_slide_on_a_background_has_the_colours_for_it(light: Page, dark: Page) -> None:
    for page in (light, dark):
        for name, lightest in (("colour", True), ("image", True), ("gradient", True), ("pale", False)):
            go(page, name)
            luminance = page.evaluate(LUMINANCE, "h3")
            assert (luminance > 0.8) if lightest else (luminance < 0.2), name
        go(page, "colour")
        assert page.evaluate(LUMINANCE, "a") > 0.5


def test_auto_animate_moves_what_stays(light: Page) -> None:
    go(light, "before")
    light.evaluate("Reveal.next()")
    light.wait_for_function("Reveal.getCurrentSlide().dataset.autoAnimate === 'running'")
    word = light.locator("#after [data-id=word]")
    assert "transform" in word.evaluate("e => e.getAnimations().map((animation) => animation.transitionProperty)")
    light.wait_for_function(STILL)
    assert word.evaluate("e => new DOMMatrix(getComputedStyle(e).transform).isIdentity")


def test_a_picture_opens_in_the_lightbox_and_closes(light: Page) -> None:
    go(light, "lightbox")
    light.locator("#lightbox img").click()
    shown = light.locator(".r-overlay img")
    shown.wait_for()
    assert shown.bounding_box()["width"] > 300
    light.keyboard.press("Escape")
    shown.wait_for(state="detached")
    assert light.evaluate("Reveal.getCurrentSlide().id") == "lightbox"


# --- other themes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", OTHERS)
def test_listings_stand_in_any_theme_and_the_project_has_the_last_word(
    chromium: Browser, folder: Path, theme: str
) -> None:
    page = opened(chromium, folder, "light", theme)
    go(page, "comparison")
    boxes = [
        page.locator(f"#comparison {s}").first.bounding_box()
        for s in (".listing:first-of-type", ".listing:nth-of-type(2)")
    ]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert boxes[0]["x"] >= 0
    assert boxes[1]["x"] + boxes[1]["width"] <= 1280
    behind = page.locator("#comparison .listing > pre > code").first.evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    assert behind == "rgb(1, 2, 3)"
    assert page.locator("#points li").first.evaluate("e => getComputedStyle(e).fontSize") == "17px"
    page.close()
