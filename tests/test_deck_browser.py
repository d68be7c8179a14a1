"""The deck in a real browser: reached, stepped through, read and presented, from disk and from a server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from pygments.token import STANDARD_TYPES

from greenroom import assets, build, deck, resolve, source, talk

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

CAPTIONS = ("Two variables.", "All is recorded.", "It plays back.")

TALK = f"""\
---
title: A deck
---
# A deck

**For the tests**

Note: Say hello.

---
## A list

* one <!-- .element: class="fragment" -->
* two <!-- .element: class="fragment" -->

$$\\hat{{x}} = \\sum_{{i=1}}^n \\mathbf{{W}}x_i$$

----
### Steps

```python [1|3-4|]
first = 1

def third():
    return "fourth"
```

* after the code <!-- .element: class="fragment" -->

Note: Mind the steps.

----
### Captions

```python snippet="gradients/tf2:tape" steps="1-2 | 3-4 | 5" captions="{" | ".join(CAPTIONS)}"
```

----
### Both

```python snippet="gradients:tape" steps="1-2 | 3"
```

---
### Long

```python [1|78-80]
{LONG}
```

----
### Wide

```python
{"wide = " + " + ".join(f"number_{n}" for n in range(20))}
```

---
<!-- .slide: data-background-color="#102030" -->
> The end.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parsed, problems = talk.parse(TALK, "slides/deck.md")
    assert not problems
    modules = {}
    for framework, text in (("tf2", TF2), ("pytorch", PYTORCH)):
        module, problems = source.scan(text, f"snippets/gradients/{framework}.py", "gradients", framework)
        assert not problems
        modules["gradients", framework] = module
    resolved, problems = resolve.resolve(parsed, modules, {})
    assert not problems
    target = tmp_path_factory.mktemp("deck")
    for name, path in assets.files().items():
        (target / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / "assets" / name)
    page = deck.render(resolved, sheets=("assets/deck.css", "assets/themes/greenroom.css"))
    (target / "index.html").write_text(page, encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def server(folder: Path, served: Callable[[Path], str]) -> str:
    return f"{served(folder)}/index.html"


@pytest.fixture
def disk(folder: Path) -> str:
    return (folder / "index.html").as_uri()


@pytest.fixture(params=["disk", "server"])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(request.param)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh profile; the test fails if one of its pages complained, missed a file, or asked another host."""
    new = chromium.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    wrong: list[str] = []
    new.on("console", lambda message: wrong.append(f"console: {message.type}: {message.text}"))
    new.on("weberror", lambda error: wrong.append(f"error: {error.error}"))
    new.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    new.on("response", lambda answer: wrong.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    new.on("request", lambda request: wrong.append(f"outside: {request.url}") if _outside(request.url) else None)
    yield new
    new.close()
    assert not wrong


def _outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("file", "data", "about") and parts.hostname != "127.0.0.1"


def opened(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(READY)
    return page


def chosen(page: Page, slides: str = ".present:not(.stack)") -> list[list[int]]:
    """The lines, from 1, that stand out in each listing of the current slide, or of others."""
    return page.evaluate(
        """(slides) => [...document.querySelectorAll(`${slides} code`)].map((code) =>
             [...code.querySelectorAll(".line")].flatMap((line, i) => (line.matches(".dim") ? [] : [i + 1])))""",
        slides,
    )


def captions(page: Page) -> list[str]:
    """What of the captions is seen."""
    return page.evaluate(
        """[...Reveal.getCurrentSlide().querySelectorAll(".captions > li")]
             .filter((li) => getComputedStyle(li).visibility === "visible").map((li) => li.textContent)"""
    )


def test_keyboard_reaches_every_slide_and_comes_back(context: BrowserContext, url: str) -> None:
    page = opened(context, url)
    ids = page.evaluate("Reveal.getSlides().map((slide) => slide.id)")
    assert len(ids) == 8
    assert len(set(ids)) == 8
    there = [page.evaluate("Reveal.getCurrentSlide().id")]
    while not page.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
        page.keyboard.press("Space")
        there.append(page.evaluate("Reveal.getCurrentSlide().id"))
        assert len(there) < 40
    assert list(dict.fromkeys(there)) == ids
    while not page.evaluate("Reveal.isFirstSlide()"):
        page.keyboard.press("Shift+Space")
        there.append(page.evaluate("Reveal.getCurrentSlide().id"))
        assert len(there) < 80
    assert there == there[::-1]


def test_steps_follow_the_fragments_forward_and_back(context: BrowserContext, url: str) -> None:
    page = opened(context, f"{url}#/steps")
    steps = [[[1]], [[3, 4]], [[1, 2, 3, 4]]]
    for step in steps:
        assert chosen(page) == step
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.querySelector('#steps li').classList.contains('visible')")
    for step in [steps[2], *reversed(steps)]:
        assert chosen(page) == step
        page.keyboard.press("ArrowLeft")


def test_a_link_opens_the_step(context: BrowserContext, disk: str) -> None:
    page = opened(context, f"{disk}#/captions/0")
    assert chosen(page) == [[3, 4]]
    assert captions(page) == [CAPTIONS[1]]


def test_each_step_shows_and_announces_its_caption(context: BrowserContext, disk: str) -> None:
    page = opened(context, f"{disk}#/captions")
    for caption in CAPTIONS:
        assert captions(page) == [caption]
        assert page.locator("[aria-live].captions-status").text_content() == caption
        page.keyboard.press("ArrowRight")


def test_nothing_moves_from_step_to_step(context: BrowserContext, disk: str) -> None:
    page = opened(context, f"{disk}#/captions")
    box = page.locator("#captions pre").first.bounding_box()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        assert page.locator("#captions pre").first.bounding_box() == box


def test_nothing_moves_while_the_deck_loads(context: BrowserContext, server: str) -> None:
    page = context.new_page()
    page.add_init_script(
        """window.shifts = [];
           new PerformanceObserver((list) => shifts.push(...list.getEntries().map((shift) => shift.value)))
             .observe({ type: "layout-shift", buffered: true });"""
    )
    page.goto(f"{server}#/both")
    page.wait_for_function(READY)
    page.wait_for_timeout(300)
    assert page.evaluate("shifts") == []


def test_the_frameworks_of_a_comparison_step_together(context: BrowserContext, disk: str) -> None:
    page = opened(context, f"{disk}#/both")
    assert chosen(page) == [[1, 2], [1, 2]]
    page.keyboard.press("ArrowRight")
    assert chosen(page) == [[3], [3]]
    left, right = (pane.bounding_box() for pane in page.locator("#both .listing").all())
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert page.locator("#both .framework").all_text_contents() == ["TensorFlow", "PyTorch"]


def test_a_long_listing_scrolls_to_its_step(context: BrowserContext, disk: str) -> None:
    page = opened(context, f"{disk}#/long")
    assert page.evaluate("document.querySelector('#long code').scrollTop") == 0
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    view = page.locator("#long code").bounding_box()
    line = page.locator("#long .line").nth(78).bounding_box()
    assert view["y"] <= line["y"]
    assert line["y"] + line["height"] <= view["y"] + view["height"]


FITS = """(slide) => {
  const codes = [...slide.querySelectorAll("pre > code")];
  return {
    over: Math.max(0, slide.scrollHeight - Reveal.getConfig().height),
    wide: codes.filter((code) => code.scrollWidth > code.clientWidth).length,
    small: codes.filter((code) => parseFloat(getComputedStyle(code).fontSize) < 20).length,
  };
}"""


def test_slides_fit_and_code_is_legible(context: BrowserContext, disk: str) -> None:
    page = opened(context, disk)
    for name in page.evaluate("Reveal.getSlides().map((slide) => slide.id)"):
        page.evaluate("name => { location.hash = `#/${name}` }", name)
        page.wait_for_function("name => Reveal.getCurrentSlide().id === name", arg=name)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert page.locator(f"#{name}").evaluate(FITS) == {"over": 0, "wide": 0, "small": 0}, name


@pytest.fixture(scope="module")
def flagship(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The deck of this repository's own talk."""
    project = build.load(Path(__file__).parents[1])
    target = tmp_path_factory.mktemp("talk")
    for name, content in build.deck_files(project.talks[0], project.resources[project.talks[0].path]).items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(
            content
            if isinstance(content, bytes)
            else content.encode()
            if isinstance(content, str)
            else content.read_bytes()
        )
    return (target / "index.html").as_uri()


def test_every_slide_of_the_talk_fits_and_shows_its_pictures(context: BrowserContext, flagship: str) -> None:
    page = opened(context, flagship)
    page.wait_for_load_state("load")
    told = page.evaluate(f"""async () => {{
      const found = [];
      for (const slide of Reveal.getSlides()) {{
        const {{ h, v }} = Reveal.getIndices(slide);
        Reveal.slide(h, v);
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        const drawn = [...slide.querySelectorAll("img")].every((img) => img.naturalWidth > 0);
        found.push([slide.id, {{ ...({FITS})(slide), drawn }}]);
      }}
      return found;
    }}""")
    assert len(told) > 40
    assert [each for each in told if each[1] != {"over": 0, "wide": 0, "small": 0, "drawn": True}] == []


def test_print_shows_each_step_on_a_page_of_its_own(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    page.goto(f"{url}?print-pdf")
    page.wait_for_function("document.querySelectorAll('.pdf-page').length")
    assert chosen(page, ".pdf-page > #captions") == [[1, 2], [3, 4], [5]]
    for slide in page.locator(".pdf-page > section").all():
        found = slide.evaluate(FITS)
        assert (found["over"], found["wide"]) == (0, 0)  # letters become smaller on paper, where nothing scrolls


def test_the_overview_shows_slides_that_fit(context: BrowserContext, disk: str) -> None:
    page = opened(context, f"{disk}#/a-list")
    page.keyboard.press("o")
    page.wait_for_function("Reveal.isOverview()")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    for slide in page.locator("section:not(.stack)").all():
        assert slide.evaluate(FITS) == {"over": 0, "wide": 0, "small": 0}
    page.keyboard.press("o")
    page.wait_for_function("!Reveal.isOverview()")
    assert chosen(page, "#steps") == [[1]]


def test_formulas_are_set_in_the_font_of_the_deck(context: BrowserContext, disk: str) -> None:
    page = opened(context, f"{disk}#/a-list")
    page.wait_for_function("document.fonts.status === 'loaded'")
    loaded = page.evaluate("[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)")
    assert any("STIX Two Math" in family for family in loaded)


def test_screen_readers_meet_a_document(context: BrowserContext, disk: str) -> None:
    page = opened(context, f"{disk}#/steps")
    assert page.locator("[role=application]").count() == 0
    assert page.locator("main").count() == 1
    assert page.evaluate("[...document.querySelectorAll('section:not(.stack)')].filter((s) => !s.inert).length") == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("theme", sorted(assets.themes()))
def test_no_theme_needs_the_network(context: BrowserContext, folder: Path, tmp_path: Path, theme: str) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    for name, path in assets.files(theme).items():
        (tmp_path / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, tmp_path / "assets" / name)
    index = tmp_path / "index.html"
    index.write_text(index.read_text(encoding="utf-8").replace("themes/greenroom.css", f"themes/{theme}.css"), "utf-8")
    page = opened(context, f"{index.as_uri()}#/steps")
    page.wait_for_function("document.fonts.status === 'loaded'")
    assert chosen(page) == [[1]]


CONTRAST = """([outer, classes]) => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const { backgroundColor } = getComputedStyle(e);
      if (!/, 0\\)$/.test(backgroundColor)) return backgroundColor;
    }
  };
  const place = document.querySelector(outer);
  return classes.map((name) => {
    const span = Object.assign(document.createElement("span"), { className: name, textContent: "x" });
    place.append(span);
    const [a, b] = [luminance(getComputedStyle(span).color), luminance(behind(span))].sort((a, b) => b - a);
    span.remove();
    return [name, (a + 0.05) / (b + 0.05)];
  }).filter(([, ratio]) => !(ratio >= 4.5));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("outer", "classes"),
    [
        ("#wide pre > code", sorted(STANDARD_TYPES.values())),
        ("#steps .line:not(.dim)", sorted(STANDARD_TYPES.values())),
        ("#steps .line.dim", sorted(STANDARD_TYPES.values())),
        ("#a-list li", ["", "read-here"]),
        ("#captions .captions", [""]),
        ("#both .framework", [""]),
        ("#both .listing:last-child > .framework", [""]),
    ],
)
def test_every_colour_can_be_read(chromium: Browser, server: str, scheme: str, outer: str, classes: list[str]) -> None:
    context = chromium.new_context(color_scheme=scheme)
    page = opened(context, f"{server}#/a-list")
    assert page.evaluate(CONTRAST, [outer, classes]) == []
    context.close()
