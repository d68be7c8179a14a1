"""Comparisons in a real browser: side by side, as tabs, or one framework for the rest of the talk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from greenroom import assets, deck, resolve, source, talk
from greenroom.model import Output, Parity

READY = "window.Reveal && Reveal.isReady()"

SOURCES = {
    "tf2": """\
# %% tape
class Norm(keras.layers.Layer):
    def call(self, a, b):
        return tf.abs(a - b)

# %% short
loss = loss_fn(y_true, y_pred, sample_weight=weights)

# %% pair
x = tf.ones((2, 1))
""",
    "pytorch": """\
# %% tape
class Norm(nn.Module):
    def extra(self):
        return ""
    def forward(self, a, b):
        return (a - b).abs()

# %% short
loss = f(p)

# %% pair
x = torch.ones((2, 1))
""",
    "python": """\
# %% tape
def forward(a, b):
    return abs(a - b)
""",
}

TALK = """\
---
title: Comparisons
---
### Two

```python snippet="norm:pair" output="below"
```

---
### Steps

```python snippet="norm:tape" steps="Norm || forward | call || forward"
```

---
### Short

```python snippet="norm:short" output="fragment"
```

---
### One

```python snippet="norm/tf2:pair"
```

---
### Column

```python snippet="norm:pair" output="column"
```
"""


def compared(*frameworks: str) -> tuple[Parity, ...]:
    return tuple(Parity(name, frameworks, 3e-8, 1e-5, 1e-8) for name in ("dc_da", "dc_db"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parsed, problems = talk.parse(TALK, "slides/deck.md")
    assert not problems
    modules = {}
    for framework, text in SOURCES.items():
        modules["norm", framework], problems = source.scan(text, f"snippets/norm/{framework}.py", "norm", framework)
        assert not problems
    resolved, problems = resolve.resolve(parsed, modules, {})
    assert not problems
    stacks = []
    for stack in resolved.stacks:
        (slide,) = stack.slides
        (fence,) = slide.fences
        frameworks = [listing.framework for listing in fence.listings]
        frameworks += ["pytorch"] if frameworks == ["tf2"] else []
        outputs = (Output("cell", stdout="tensor([0.6, 0.8])", parity=compared(*frameworks)),)
        listings = tuple(replace(listing, outputs=outputs) for listing in fence.listings)
        fence = replace(fence, listings=listings, output=fence.option("output") or "none")
        stacks.append(replace(stack, slides=(replace(slide, fences=(fence,)),)))
    target = tmp_path_factory.mktemp("deck")
    for name, path in assets.files().items():
        (target / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / "assets" / name)
    page = deck.render(
        replace(resolved, stacks=tuple(stacks)), sheets=("assets/deck.css", "assets/themes/greenroom.css")
    )
    (target / "index.html").write_text(page, encoding="utf-8")
    return target


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh profile, in which nothing was chosen; the test fails if one of its pages complained."""
    new = chromium.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    wrong: list[str] = []
    new.on("console", lambda message: wrong.append(message.text))
    new.on("weberror", lambda error: wrong.append(str(error.error)))
    yield new
    new.close()
    assert not wrong


def opened(context: BrowserContext, folder: Path, after: str = "", *, size: tuple[int, int] = (1280, 720)) -> Page:
    page = context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{(folder / 'index.html').as_uri()}{after}")
    page.wait_for_function(READY)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page


def go(page: Page, slide: str) -> None:
    page.evaluate("slide => { location.hash = `#/${slide}` }", slide)
    page.wait_for_function("slide => Reveal.getCurrentSlide().id === slide", arg=slide)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def shown(page: Page, slide: str) -> list[str]:
    """The frameworks that the slide shows, left to right."""
    names = page.locator(f"#{slide} .listing").evaluate_all(
        "all => all.filter((l) => l.offsetWidth).map((l) => l.dataset.framework)"
    )
    return list(names)


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return {**found, "right": found["x"] + found["width"], "bottom": found["y"] + found["height"]}


def size(page: Page, slide: str) -> float:
    """The size of the slide's code."""
    sizes = page.locator(f"#{slide} .listing:not([hidden]) > pre > code").evaluate_all(
        "all => all.map((code) => parseFloat(getComputedStyle(code).fontSize))"
    )
    assert len(set(sizes)) == 1
    return float(sizes[0])


# --- side by side ---------------------------------------------------------------------------------------------------


def test_panes_are_as_wide_as_their_code_needs(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "#/two")
    assert shown(page, "two") == ["tf2", "pytorch"]
    for slide, frameworks in {"two": 2, "short": 2, "steps": 3}.items():
        go(page, slide)
        codes = page.locator(f"#{slide} .listing > pre > code")
        assert codes.count() == frameworks
        assert codes.evaluate_all("all => all.every((code) => code.scrollWidth <= code.clientWidth)")
        assert not codes.evaluate_all("all => all.some((code) => code.matches('.wrapped'))")
        assert size(page, slide) >= 20
    go(page, "short")
    left, right = (box(page, f"#short .listing:nth-child({n})") for n in (1, 2))
    assert left["width"] > 1.8 * right["width"]


def test_frameworks_are_told_by_name_shape_and_colour(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "#/steps")
    names = page.locator("#steps .framework")
    assert names.all_text_contents() == ["TensorFlow", "PyTorch", "Python"]
    looks = names.evaluate_all(
        "all => all.map((name) => [getComputedStyle(name).color, getComputedStyle(name, '::before').clipPath])"
    )
    assert len({colour for colour, _ in looks}) == len({shape for _, shape in looks}) == 3


@pytest.mark.parametrize("slide", ["two", "short", "column"])
def test_the_mark_stands_on_the_seam_and_covers_nothing(context: BrowserContext, folder: Path, slide: str) -> None:
    page = opened(context, folder, f"#/{slide}")
    mark = box(page, f"#{slide} .parity")
    left, right = (box(page, f"#{slide} .listing:nth-child({n})") for n in (1, 2))
    assert abs((mark["x"] + mark["right"]) / 2 - (left["right"] + right["x"]) / 2) < 2
    names = [box(page, f"#{slide} .listing:nth-child({n}) > .framework") for n in (1, 2)]
    words = page.locator(f"#{slide} .framework").evaluate_all(
        """all => all.map((name) => {
             const range = document.createRange();
             range.selectNodeContents(name);
             const { left, right } = range.getBoundingClientRect();
             return [left, right];
           })"""
    )
    assert words[0][1] < mark["x"] < mark["right"] < words[1][0] - 20  # the shape stands before the name
    assert mark["bottom"] <= min(box(page, f"#{slide} .listing:nth-child({n}) > pre")["y"] for n in (1, 2))
    assert mark["y"] >= names[0]["y"] - 1
    told = page.locator(f"#{slide} .parity").text_content()
    assert told == "TensorFlow and PyTorch: dc_da and dc_db agree to 3e-08"


def test_an_output_stands_below_the_code_of_its_pane_wherever_it_was_asked_for(
    context: BrowserContext, folder: Path
) -> None:
    page = opened(context, folder, "#/column")
    for n in (1, 2):
        pane, pre, output = (
            box(page, f"#column .listing:nth-child({n}){part}") for part in ("", " > pre", " > .output")
        )
        assert output["y"] >= pre["bottom"] - 1
        assert pre["width"] > pane["width"] - 2
    page.keyboard.press("t")
    pre, output = (box(page, f"#column .listing:nth-child(1) > {part}") for part in ("pre", ".output"))
    assert output["x"] > pre["right"]


def test_of_three_each_seam_has_a_sign_and_the_words_stand_below(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "#/steps")
    panes = [box(page, f"#steps .listing:nth-child({n})") for n in (1, 2, 3)]
    for n, sign in enumerate(page.locator("#steps .seam").all()):
        assert sign.get_attribute("aria-hidden") == "true"
        found = sign.bounding_box()
        assert found is not None
        seam = (panes[n]["right"] + panes[n + 1]["x"]) / 2
        assert abs(found["x"] + found["width"] / 2 - seam) < 2
    words = page.locator("#steps .parity:not(.seam)")
    assert words.text_content() == "TensorFlow, PyTorch and Python: dc_da and dc_db agree to 3e-08"
    assert box(page, "#steps .parity:not(.seam)")["y"] >= max(pane["bottom"] for pane in panes)


def test_steps_run_in_all_panes_aligned_by_name(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "#/steps")

    def chosen() -> list[str]:
        lines = page.locator("#steps .listing > pre > code").evaluate_all(
            """all => all.map((code) => [...code.querySelectorAll(".line:not(.dim)")]
                 .map((line) => line.textContent.trim()).join(" / "))"""
        )
        return list(lines)

    first, second = chosen(), (page.keyboard.press("ArrowRight"), chosen())[1]
    assert [lines.split("(")[0] for lines in first] == ["class Norm", "class Norm", "def forward"]
    assert [lines.split("(")[0] for lines in second] == ["def call", "def forward", "def forward"]
    assert second[0] == "def call(self, a, b): / return tf.abs(a - b)"


# --- one framework --------------------------------------------------------------------------------------------------


def test_one_key_shows_one_framework_for_the_rest_of_the_talk(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "#/two")
    status = page.locator(".choice[role=status]")
    assert status.text_content() == ""
    seen = []
    for _ in range(4):
        page.keyboard.press("t")
        seen.append((status.text_content(), shown(page, "two")))
        assert status.is_visible()
    assert seen == [
        ("Only TensorFlow", ["tf2"]),
        ("Only PyTorch", ["pytorch"]),
        ("Only Python", ["tf2", "pytorch"]),  # the slide does not have it
        ("All frameworks", ["tf2", "pytorch"]),
    ]
    go(page, "steps")
    together = size(page, "steps")
    page.keyboard.press("t")
    assert shown(page, "steps") == ["tf2"]
    assert size(page, "steps") > together
    assert box(page, "#steps .listing:not([hidden])")["width"] > 1100
    go(page, "one")
    assert shown(page, "one") == ["tf2"]
    page.keyboard.press("t")
    assert shown(page, "one") == ["tf2"]
    go(page, "two")
    assert shown(page, "two") == ["pytorch"]
    page.reload()
    page.wait_for_function(READY)
    assert shown(page, "two") == ["pytorch"]
    assert status.text_content() == "Only PyTorch"


def test_the_key_is_in_the_help(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder)
    page.keyboard.press("Shift+?")
    page.wait_for_selector(".r-overlay")
    assert "Show one framework only" in str(page.locator(".r-overlay").inner_text())


def test_another_window_follows_the_choice(context: BrowserContext, folder: Path) -> None:
    page, other = (opened(context, folder, "#/two") for _ in range(2))
    page.evaluate("Reveal.getPlugin('panes').choose('tf2')")
    assert shown(page, "two") == ["tf2"]
    other.wait_for_function("document.querySelectorAll('#two .listing[hidden]').length === 1")
    assert shown(other, "two") == ["tf2"]
    assert page.evaluate("localStorage.getItem('greenroom.framework')") == "tf2"
    other.evaluate("Reveal.getPlugin('panes').choose('')")
    page.wait_for_function("document.querySelectorAll('#two .listing[hidden]').length === 0")


def test_outputs_that_come_with_a_step_come_together(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "#/short")
    outputs = page.locator("#short .output")
    assert [output.is_visible() for output in outputs.all()] == [False, False]
    page.keyboard.press("ArrowRight")
    assert [output.is_visible() for output in outputs.all()] == [True, True]
    page.keyboard.press("ArrowLeft")
    page.evaluate("Reveal.getPlugin('panes').choose('pytorch')")
    assert [output.is_visible() for output in outputs.all()] == [False, False]
    page.keyboard.press("ArrowRight")
    assert [output.is_visible() for output in outputs.all()] == [False, True]


def test_paper_shows_all_frameworks(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder)
    page.evaluate("localStorage.setItem('greenroom.framework', 'tf2')")
    page.goto(f"{(folder / 'index.html').as_uri()}?print-pdf")
    page.wait_for_function("document.querySelectorAll('.pdf-page').length")
    assert shown(page, "two") == ["tf2", "pytorch"]


# --- tabs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "size"), [("", (390, 844)), ("?view=scroll", (1280, 720))])
def test_panes_become_tabs_that_remember(
    context: BrowserContext, folder: Path, after: str, size: tuple[int, int]
) -> None:
    page = opened(context, folder, after, size=size)
    assert page.evaluate("Reveal.isScrollView()")
    tabs = page.locator("#two [role=tablist] > [role=tab]")
    assert tabs.all_text_contents() == ["TensorFlow", "PyTorch"]
    for tab in tabs.all():
        found = tab.bounding_box()
        assert found is not None
        assert min(found["width"], found["height"]) >= 44
        panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
        assert panel.get_attribute("role") == "tabpanel"
        assert panel.get_attribute("aria-labelledby") == tab.get_attribute("id")
    assert shown(page, "two") == ["tf2"]
    tabs.nth(1).click()
    assert shown(page, "two") == shown(page, "column") == ["pytorch"]
    assert tabs.evaluate_all("all => all.map((tab) => [tab.ariaSelected, tab.tabIndex])") == [
        ["false", -1],
        ["true", 0],
    ]
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => element.id)")
    assert len(ids) == len(set(ids))
    page.reload()
    page.wait_for_function(READY)
    assert shown(page, "two") == shown(page, "steps") == ["pytorch"]
    assert page.evaluate("localStorage.getItem('greenroom.framework')") is None  # a reader's tab is no speaker's choice


def test_keys_move_between_tabs_and_turn_no_slide(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "#/two", size=(680, 900))
    page.locator("#two [aria-selected=true]").focus()
    fronts = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End", "ArrowDown", " ", "Enter"):
        page.keyboard.press(key)
        fronts.append(shown(page, "two"))
        assert page.evaluate("Reveal.getCurrentSlide().id") == "two"
        assert page.evaluate("document.activeElement.ariaSelected") == "true"
    assert [front for (front,) in fronts] == ["pytorch", "tf2", "pytorch", "tf2", *["pytorch"] * 4]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_choice_for_the_talk_goes_before_the_tab(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "?view=scroll")
    page.keyboard.press("t")
    page.keyboard.press("t")
    assert shown(page, "two") == ["pytorch"]
    page.locator("#two [role=tab]").first.click()
    assert shown(page, "two") == shown(page, "column") == ["tf2"]
    assert page.evaluate("localStorage.getItem('greenroom.framework')") == "tf2"


def test_a_wider_window_puts_the_panes_side_by_side_again(context: BrowserContext, folder: Path) -> None:
    page = opened(context, folder, "#/two", size=(390, 844))
    page.locator("#two [role=tab]").nth(1).click()
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_function(f"{READY} && !Reveal.isScrollView() && !document.querySelector('.tabs')")
    assert shown(page, "two") == ["tf2", "pytorch"]
