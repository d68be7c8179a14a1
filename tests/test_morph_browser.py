"""Listings that become their later versions, in a real browser: every moment of it, and what may come between."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from greenroom import assets, deck, morph, resolve, source, talk

READY = "window.Reveal && Reveal.isReady()"

LOOP = """\
for epoch in range(10):
    with tf.GradientTape() as tape:
        loss = mse(model(x), y)
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
print(loss)"""

TRACED = """\
@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        prediction = model(x)
        loss = mse(prediction, y)  # 😀
    grads = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    return loss

for epoch in range(10):
    loss = step(x, y)
print(loss)"""

LONG = [f"line_{n} = function_{n}({n}, inputs)" for n in range(60)]
WIDE = "wide = " + " + ".join(f"number_{n}" for n in range(20)) + "\n\u200b"  # a line that shows nothing

CELLS = {
    "tf2": "# %% one\na = tf.Variable(4.0)\n\n# %% two\nb = 1.0\na = tf.Variable(4.0 + b)\n",
    "pytorch": "# %% one\na = torch.tensor(4.0)\n\n# %% two\nb = 1.0\na = torch.tensor(4.0 + b)\n",
}

TALK = f"""\
---
title: A deck
---
<!-- .slide: id="loop" -->
## The loop

```python [3|4-5]
{LOOP}
```

* In the same words

----
<!-- .slide: data-morph id="traced" -->
## The loop

```python [1-2|8|]
{TRACED}
```

----
<!-- .slide: id="other" -->
## Something else

---
<!-- .slide: id="one" -->
## One

```python snippet="lesson:one"
```

---
<!-- .slide: data-morph id="two" -->
## Two

```python snippet="lesson:two"
```

---
<!-- .slide: id="long" -->
## Long

```python [1|58-60]
{chr(10).join(LONG)}
```

----
<!-- .slide: data-morph id="longer" -->
## Longer

```python
{chr(10).join(["first = 0", *LONG[:30], "middle = 0", *LONG[40:]])}
```

---
<!-- .slide: id="wide" -->
## Wide

```python
{WIDE}
```

----
<!-- .slide: data-morph id="wider" -->
## Wide

```python
start = 0
more_{WIDE} + start
```

---
<!-- .slide: id="large" -->
## Large

```python
print(mean)
```

----
<!-- .slide: data-morph id="small" -->
## Small

```python
mean = sum(values) / len(values) if values else float("nan")  # of none there is none
print(mean)
```

---
<!-- .slide: data-auto-animate id="animated" -->
## Moves

```python
a = 1
```

----
<!-- .slide: data-auto-animate id="animated-too" -->
## Moves

```python
a = 2
```
"""

HOLD = """
const animate = Element.prototype.animate;
Element.prototype.animate = function (...how) {
  const animation = animate.apply(this, how);
  if (window.held) animation.pause();
  return animation;
};
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parsed, problems = talk.parse(TALK, "slides/deck.md")
    assert not problems
    modules = {}
    for framework, text in CELLS.items():
        module, problems = source.scan(text, f"snippets/lesson/{framework}.py", "lesson", framework)
        assert not problems
        modules["lesson", framework] = module
    resolved, problems = resolve.resolve(parsed, modules, {})
    assert not problems
    morphed, problems = morph.morph(resolved)
    assert not problems
    target = tmp_path_factory.mktemp("deck")
    for name, path in assets.files().items():
        (target / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target / "assets" / name)
    page = deck.render(morphed, sheets=("assets/deck.css", "assets/themes/greenroom.css"))
    (target / "index.html").write_text(page, encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def shared(chromium: Browser, folder: Path) -> Iterator[Page]:
    """A page that moves, unless it is held."""
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="no-preference")
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.add_init_script(HOLD)
    page.goto((folder / "index.html").as_uri())
    page.wait_for_function(READY)
    yield page
    page.close()
    assert not wrong


@pytest.fixture
def page(shared: Page) -> Iterator[Page]:
    """The page, where nothing moves yet; it must come to its end in whatever way."""
    yield shared
    shared.evaluate("window.held = false")
    shared.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    shared.wait_for_function(f"!({BUSY})")


BUSY = "document.querySelector('.morph, .morphs, .morphing, .dissolving') !== null"


def at(page: Page, slide: str, fragment: int = -1) -> None:
    """Be at a slide and a step, and let it come to rest."""
    page.evaluate(
        """([id, fragment]) => {
             const { h, v } = Reveal.getIndices(document.getElementById(id));
             Reveal.slide(h, v, fragment);
           }""",
        [slide, fragment],
    )
    rested(page)
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    page.wait_for_function(f"!({BUSY})")


def rested(page: Page) -> None:
    """Wait until what follows a change of slides is done."""
    page.evaluate("new Promise((go) => requestAnimationFrame(() => setTimeout(go)))")


def held(page: Page, key: str) -> None:
    """Press a key, and stop at the first moment of what it starts."""
    page.evaluate("window.held = true")
    page.keyboard.press(key)
    page.wait_for_selector(".morph", state="attached", timeout=5000)


def seek(page: Page, part: float) -> None:
    """Go to a moment of the animation, from 0 to 1."""
    page.evaluate(
        """(part) => {
             for (const animation of document.getAnimations()) {
               if (!(animation instanceof CSSTransition)) {
                 animation.currentTime = animation.effect.getComputedTiming().duration * part;
               }
             }
           }""",
        part,
    )


def places(page: Page, root: str, words: list[str]) -> Any:
    """Where the first character of each text stands, and how large it is; None if it is not there."""
    return page.evaluate(
        """([root, words]) => {
             const range = document.createRange();
             const whole = [...document.querySelectorAll(root)];
             return words.map((word) => {
               for (const element of whole) {
                 const place = element.textContent.indexOf(word);
                 if (place < 0) continue;
                 const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
                 let start = 0;
                 while (walker.nextNode() && start + walker.currentNode.length <= place) {
                   start += walker.currentNode.length;
                 }
                 range.setStart(walker.currentNode, place - start);
                 range.setEnd(walker.currentNode, place - start + 1);
                 const { x, y, width, height } = range.getBoundingClientRect();
                 return [x, y + height / 2, width];
               }
               return null;
             });
           }""",
        [root, words],
    )


def near(one: Any, other: Any) -> bool:
    """Whether places are the same, but for the pixel on which text comes to stand."""
    return all(abs(a - b) < 1 for first, last in zip(one, other, strict=True) for a, b in zip(first, last, strict=True))


STAYS = ["epoch in range", "with tf", "mse", "model(x)", "grads = tape", "optimizer", "print"]


@pytest.mark.parametrize(
    ("first", "step", "key", "second"),
    [("loop", 0, "ArrowDown", "traced"), ("traced", -1, "ArrowUp", "loop")],
    ids=["forward", "back"],
)
def test_what_stays_goes_from_its_old_place_to_its_new_one(
    page: Page, first: str, step: int, key: str, second: str
) -> None:
    at(page, first, step)
    old = places(page, f"#{first} code", STAYS)
    held(page, key)
    new = places(page, f"#{second} code", STAYS)
    assert not near(old, new)
    seek(page, 0)
    assert near(places(page, ".morph :is(.stays, .dims) > span", STAYS), old)
    assert near(places(page, ".morph :is(.stays, .lights) > span", STAYS), old)
    seek(page, 1)
    assert near(places(page, ".morph :is(.stays, .dims) > span", STAYS), new)
    assert near(places(page, ".morph :is(.stays, .lights) > span", STAYS), new)


@pytest.mark.parametrize(("first", "step", "key"), [("loop", 0, "ArrowDown"), ("traced", -1, "ArrowUp")])
def test_it_ends_as_the_slide_looks(page: Page, first: str, step: int, key: str) -> None:
    box: Any = {"x": 0, "y": 0, "width": 1200, "height": 640}
    at(page, first, step)
    held(page, key)
    seek(page, 0.5)
    middle = page.screenshot(clip=box)
    seek(page, 1)
    end = page.screenshot(clip=box)
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    page.wait_for_function(f"!({BUSY})")
    assert page.screenshot(clip=box) == end
    assert middle != end


def test_what_is_on_both_slides_does_not_blink(page: Page) -> None:
    at(page, "loop", 0)
    held(page, "ArrowDown")
    style = """['loop', 'traced'].map((id) => {
        const { opacity, mixBlendMode } = getComputedStyle(document.getElementById(id));
        return [Number(opacity), mixBlendMode];
    })"""
    for part in (0, 0.2, 0.35, 0.5, 1):
        seek(page, part)
        # Added up, the colours of what is the same are what they were.
        (old, below), (new, above) = page.evaluate(style)
        assert old + new == pytest.approx(1)
        assert (below, above) == ("normal", "plus-lighter")


def test_only_transform_and_opacity_change_all_for_the_same_time(page: Page) -> None:
    at(page, "loop", 0)
    held(page, "ArrowDown")
    found = page.evaluate(
        """document.querySelector(".slides").getAnimations({ subtree: true }).map((animation) => [
             [...new Set(animation.effect.getKeyframes().flatMap(Object.keys))].sort(),
             animation.effect.getComputedTiming().endTime,
             animation.effect.getComputedTiming().delay,
           ])"""
    )
    own = ["composite", "computedOffset", "easing", "offset"]
    assert {tuple(names) for names, _, _ in found} == {tuple(sorted([*own, name])) for name in ("opacity", "transform")}
    assert len({time for _, time, _ in found}) == 1
    assert {delay for _, _, delay in found} == {0}
    assert len(found) < 60


def test_nothing_is_laid_out_or_styled_on_the_way(page: Page) -> None:
    at(page, "loop", 0)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")

    def done() -> dict[str, float]:
        metrics = client.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in metrics if each["name"] in ("LayoutCount", "RecalcStyleCount")}

    page.evaluate(
        """new Promise((go) => {
             let frames = 10;
             const tick = () => {
               // Slower, so that there is time to count.
               if (frames === 8) document.getAnimations().forEach((animation) => animation.updatePlaybackRate(0.05));
               if (frames--) requestAnimationFrame(tick);
               else go();
             };
             Reveal.next();
             tick();
           })"""
    )
    counts = [done()]
    for _ in range(3):
        page.wait_for_timeout(150)
        counts.append(done())
    assert page.evaluate(BUSY)
    # What came before may end in one of the times, and once a second reveal.js asks where the page is scrolled to; what
    # is done for each frame is done in all of them.
    for name in ("LayoutCount", "RecalcStyleCount"):
        assert min(after[name] - before[name] for before, after in pairwise(counts)) == 0, counts
    client.detach()


def test_the_slide_sets_the_pace(page: Page) -> None:
    duration = "document.querySelector('.morph > div > div').getAnimations()[0].effect.getComputedTiming().duration"
    at(page, "loop", 0)
    held(page, "ArrowDown")
    usual = page.evaluate(duration)
    page.evaluate("window.held = false")
    for speed, factor in (("slow", 1.5), ("fast", 0.5)):
        page.evaluate("(speed) => (document.getElementById('traced').dataset.transitionSpeed = speed)", speed)
        at(page, "loop", 0)
        held(page, "ArrowDown")
        page.evaluate("delete document.getElementById('traced').dataset.transitionSpeed")
        assert page.evaluate(duration) == factor * usual
        page.evaluate("window.held = false")
    assert 500 < usual < 800


def test_it_leaves_nothing_behind(page: Page, chromium: Browser, folder: Path) -> None:
    other = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    other.goto((folder / "index.html").as_uri())
    other.wait_for_function(READY)
    for each in (page, other):
        at(each, "loop", 0)
    other.keyboard.press("ArrowDown")
    rested(other)
    assert not other.evaluate(BUSY)
    held(page, "ArrowDown")
    page.evaluate("document.getAnimations().forEach((animation) => animation.play())")
    page.wait_for_function(f"!({BUSY})")
    html = "document.getElementById('{}').outerHTML"
    for slide in ("loop", "traced"):
        assert page.evaluate(html.format(slide)) == other.evaluate(html.format(slide))
    assert page.evaluate("document.querySelector('.slides').className") == other.evaluate(
        "document.querySelector('.slides').className"
    )
    assert page.evaluate("getComputedStyle(document.getElementById('loop')).opacity") == "0"
    other.close()


def test_the_pieces_are_for_the_eyes_alone(page: Page) -> None:
    at(page, "loop", 0)
    held(page, "ArrowDown")
    assert page.evaluate(
        """(() => {
             const layers = document.querySelector(".morph");
             const { userSelect } = getComputedStyle(layers);
             return [layers.ariaHidden, layers.inert, userSelect, layers.querySelectorAll("[id]").length];
           })()"""
    ) == ["true", True, "none", 0]
    assert (
        page.evaluate("getSelection().selectAllChildren(document.body), getSelection().toString()").count("prediction")
        <= 2
    )


def test_the_next_key_ends_it_at_once(page: Page) -> None:
    at(page, "loop", 0)
    held(page, "ArrowDown")
    seek(page, 0.3)
    page.keyboard.press("Space")  # a step
    assert not page.evaluate(BUSY)
    assert page.evaluate("getComputedStyle(document.getElementById('loop')).opacity") == "0"
    assert page.evaluate("Reveal.getIndices().f") == 0

    at(page, "loop", 0)
    held(page, "ArrowDown")
    page.keyboard.press("Alt+ArrowDown")
    assert not page.evaluate(BUSY)
    assert page.evaluate("Reveal.getCurrentSlide().id") == "other"

    at(page, "loop", 0)
    held(page, "ArrowDown")
    page.keyboard.press("o")
    assert not page.evaluate(BUSY)
    page.keyboard.press("o")

    at(page, "one")
    held(page, "ArrowRight")
    page.keyboard.press("t")  # shows one framework
    assert not page.evaluate(BUSY)
    page.keyboard.press("t")
    page.keyboard.press("t")


def test_however_fast_somebody_goes_to_and_fro_it_comes_to_rest(page: Page) -> None:
    at(page, "loop", 0)
    for _ in range(4):
        for key in ("Alt+ArrowDown", "Alt+ArrowUp"):
            page.keyboard.press(key)
    page.keyboard.press("Alt+ArrowDown")
    rested(page)
    page.wait_for_function(f"!({BUSY})")
    opacity = "['loop', 'traced'].map((id) => getComputedStyle(document.getElementById(id)).opacity)"
    assert page.evaluate(opacity) == ["0", "1"]


def test_other_ways_to_a_slide_are_as_ever(page: Page) -> None:
    page.evaluate("Reveal.configure({ viewDistance: 9 })")  # all are laid out
    for first, second in (("loop", "other"), ("other", "traced"), ("loop", "two"), ("two", "loop")):
        at(page, first)
        at_once = """(id) => { const { h, v } = Reveal.getIndices(document.getElementById(id)); Reveal.slide(h, v); }"""
        page.evaluate(at_once, second)
        rested(page)
        assert not page.evaluate(BUSY), (first, second)
    page.evaluate("Reveal.configure({ viewDistance: 2 })")
    at(page, "loop", 0)
    page.keyboard.press("o")
    page.keyboard.press("ArrowDown")
    rested(page)
    assert not page.evaluate(BUSY)
    page.keyboard.press("o")


def test_auto_animate_is_as_ever(page: Page) -> None:
    at(page, "animated")
    page.keyboard.press("ArrowDown")
    rested(page)
    assert not page.evaluate(BUSY)
    assert page.evaluate("document.getElementById('animated-too').dataset.autoAnimate") in ("pending", "running")


@pytest.mark.parametrize(
    ("query", "settings"),
    [
        ("", {"reduced_motion": "reduce"}),
        ("", {"forced_colors": "active"}),
        ("?receiver", {}),
        ("?view=scroll", {}),
        ("?view=print", {}),
    ],
)
def test_where_nothing_should_move_nothing_moves(
    chromium: Browser, folder: Path, query: str, settings: dict[str, Any]
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, **settings)
    page.goto((folder / "index.html").as_uri() + query)
    page.wait_for_function(READY)
    page.evaluate("Reveal.slide(0, 0, 0)")
    page.evaluate("Reveal.slide(0, 1)")
    rested(page)
    assert not page.evaluate(BUSY)
    page.close()


def test_panes_morph_side_by_side_and_from_stack_to_stack(page: Page) -> None:
    at(page, "one")
    words = [["a = tf.Variable(4.0"], ["a = torch.tensor(4.0"]]
    old = [places(page, "#one code", each) for each in words]
    held(page, "ArrowRight")
    new = [places(page, "#two code", each) for each in words]
    assert page.evaluate("document.querySelectorAll('.morph > div').length") == 2
    assert page.evaluate("['one', 'two'].map((id) => getComputedStyle(document.getElementById(id)).visibility)") == [
        "visible",
        "visible",
    ]
    for n, each in enumerate(words):
        root = f".morph > div:nth-child({n + 1}) :is(.stays, .lights) > span"
        seek(page, 0)
        assert near(places(page, root, each), old[n])
        seek(page, 1)
        assert near(places(page, root, each), new[n])


def test_a_pane_that_is_not_shown_takes_no_part(page: Page) -> None:
    at(page, "one")
    hide = "(css) => document.querySelectorAll('[data-framework=tf2]').forEach((pane) => (pane.style.display = css))"
    page.evaluate(hide, "none")
    held(page, "ArrowRight")
    assert page.evaluate("document.querySelectorAll('.morph > div').length") == 1
    page.evaluate("document.querySelectorAll('.listing').forEach((pane) => (pane.style.display = 'none'))")
    at(page, "one")
    page.keyboard.press("ArrowRight")
    rested(page)
    assert not page.evaluate(BUSY)
    page.evaluate("document.querySelectorAll('.listing').forEach((pane) => (pane.style.display = ''))")


def test_in_a_long_listing_only_what_is_seen_moves(page: Page) -> None:
    at(page, "long", 0)  # scrolled to its end
    old = places(page, "#long code", ["line_55 ="])
    held(page, "ArrowDown")
    new = places(page, "#longer code", ["line_3 ="])
    root = ".morph > div > div > span"
    seek(page, 0)
    assert near(places(page, root, ["line_55 ="]), old)
    seek(page, 1)
    assert near(places(page, root, ["line_3 ="]), new)
    # The first of these is on both slides, and the second only on one.
    assert places(page, root, ["line_25 =", "line_35 ="]) == [None, None]
    stage, code = (page.locator(each).bounding_box() for each in (".morph > div", "#longer code"))
    assert stage
    assert code
    assert stage["height"] <= code["height"] + 3
    assert page.evaluate("getComputedStyle(document.querySelector('.morph > div')).overflow") == "hidden"


def test_code_that_has_to_be_smaller_becomes_smaller(page: Page) -> None:
    at(page, "large")
    old = places(page, "#large code", ["print"])
    held(page, "ArrowDown")
    new = places(page, "#small code", ["print"])
    assert old[0][2] > 1.1 * new[0][2]
    seek(page, 0)
    assert near(places(page, ".morph .stays > span", ["print"]), old)
    seek(page, 1)
    assert near(places(page, ".morph .stays > span", ["print"]), new)


def test_wrapped_lines_keep_their_rows(page: Page) -> None:
    at(page, "wide")
    words = [f"number_{n} " for n in (0, 5, 12, 18)]
    old = places(page, "#wide code", words)
    held(page, "ArrowDown")
    new = places(page, "#wider code", words)
    root = ".morph :is(.stays, .lights) > span"
    seek(page, 0)
    assert near(places(page, root, words), old)
    seek(page, 1)
    assert near(places(page, root, words), new)
