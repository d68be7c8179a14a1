"""How slides fit in a real browser: sizes known from the build, what gives way and what scrolls; nothing jumps."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from greenroom import assets, build, deck, output, talk
from greenroom.model import Figure, Listing, Output, Reference

READY = "window.Reveal && Reveal.isReady()"

LONG = "\n".join(f"line_{n} = {n}" for n in range(1, 31))
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480"/></svg>'


def listing(framework: str, code: str, **output: object) -> Listing:
    outputs = (Output("cell", **output),) if output else ()  # type: ignore[arg-type]
    reference = Reference("lesson", framework, "cell")
    numbers = tuple(range(1, code.count("\n") + 2))
    return Listing(reference, f"snippets/lesson/{framework}.py", framework, numbers, code, outputs=outputs)


def of(width: int) -> str:
    return "x" * width


SLIDES = {
    "short": (listing("tf2", of(20)),),
    "middle": (listing("tf2", of(80)),),
    "widest": (listing("tf2", of(98)),),
    "pair": (listing("tf2", of(40)), listing("pytorch", of(30))),
    "uneven": (listing("tf2", of(80)), listing("pytorch", of(5))),
    "three": (listing("tf2", of(30)), listing("pytorch", of(28)), listing("python", of(20))),
    "printed": (listing("tf2", of(10), stdout=of(60)), listing("pytorch", of(10), stdout="0.6")),
    "long": (listing("tf2", LONG),),
    "beside": (listing("tf2", of(56), stdout=of(30)),),
    "log": (listing("tf2", "fit()\nevaluate()", stdout=LONG),),
    "picture": (listing("tf2", "\n".join(LONG.split("\n")[:6]), figures=(Figure("tf2-1.svg", "A box", PICTURE),)),),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    slides = "\n---\n".join(
        f'<!-- .slide: id="{name}" -->\n### A\n\n```python snippet="lesson:cell"\n```' for name in SLIDES
    )
    parsed, problems = talk.parse(f"---\ntitle: A\n---\n{slides}\n", "slides/deck.md")
    assert not problems
    stacks = []
    for stack, listings in zip(parsed.stacks, SLIDES.values(), strict=True):
        (slide,) = stack.slides
        fence = replace(slide.fences[0], listings=listings, output="column" if slide.id == "beside" else "below")
        stacks.append(replace(stack, slides=(replace(slide, fences=(fence,)),)))
    whole = replace(parsed, stacks=tuple(stacks))
    folder = tmp_path_factory.mktemp("deck")
    for name, path in assets.files().items():
        (folder / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / "assets" / name)
    for name, content in deck.figures(whole).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    page = deck.render(whole, sheets=("assets/deck.css", "assets/themes/greenroom.css"))
    (folder / "index.html").write_text(page, encoding="utf-8")
    return (folder / "index.html").as_uri()


@pytest.fixture(scope="module")
def page(chromium: Browser, url: str) -> Page:
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.goto(url)
    page.wait_for_function(READY)
    return page


def go(page: Page, slide: str) -> None:
    page.evaluate("slide => { location.hash = `#/${slide}` }", slide)
    page.wait_for_function("slide => Reveal.getCurrentSlide().id === slide", arg=slide)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


SIZES = """(slide) => [...slide.querySelectorAll(".listing > pre > code")].map((code) => {
  const { fontSize, paddingInlineStart } = getComputedStyle(code);
  const widest = Math.max(...code.textContent.split("\\n").map((line) => line.length));
  const most = (code.clientWidth - parseFloat(paddingInlineStart) * 1.5) / (widest * 0.6);
  return [parseFloat(fontSize), Math.floor(Math.min(28, most)), code.style.getPropertyValue("--size")];
})"""


@pytest.mark.parametrize("slide", ["short", "middle", "widest", "pair", "uneven", "three", "printed", "beside"])
def test_the_size_that_was_counted_is_the_largest_that_fits(page: Page, slide: str) -> None:
    go(page, slide)
    section = page.locator(f"#{slide}")
    counted = int(section.evaluate("slide => slide.style.getPropertyValue('--code-size')"))
    for size, _, own in section.evaluate(SIZES):
        assert own == ""  # the page had nothing to change
        assert size == pytest.approx(counted)
        assert counted >= 20
    assert counted == max(20, min(largest for _, largest, _ in section.evaluate(SIZES)))


def test_another_theme_counts_for_itself(chromium: Browser, url: str, tmp_path: Path) -> None:
    folder = Path(url.removeprefix("file://")).parent
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    for name, path in assets.files("white").items():
        (tmp_path / "assets" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, tmp_path / "assets" / name)
    index = tmp_path / "index.html"
    index.write_text(index.read_text("utf-8").replace("themes/greenroom.css", "themes/white.css"), "utf-8")
    other = chromium.new_page(viewport={"width": 1280, "height": 720})
    other.goto(f"{index.as_uri()}#/middle")
    other.wait_for_function(READY)
    ((size, largest, _),) = other.locator("#middle").evaluate(SIZES)
    assert size == max(20, largest)
    other.close()


def test_what_is_too_high_scrolls_by_whole_lines_and_says_so(page: Page) -> None:
    go(page, "long")
    pre, code = page.locator("#long pre"), page.locator("#long pre > code")

    def edges() -> list[str]:
        return [name for name in ("more-above", "more-below") if name in str(pre.get_attribute("class"))]

    cut = code.evaluate(
        """code => {
          const bottom = code.getBoundingClientRect().bottom;
          return [...code.querySelectorAll(".line")].map((line) => line.getBoundingClientRect())
            .filter((line) => line.top < bottom - 1 && line.bottom > bottom + 1).length;
        }"""
    )
    assert cut == 0
    assert edges() == ["more-below"]
    assert pre.evaluate("pre => getComputedStyle(pre, '::after').height") == "14px"
    code.evaluate("code => code.scrollTo(0, 60)")
    page.wait_for_function("document.querySelector('#long pre').matches('.more-above')")
    assert edges() == ["more-above", "more-below"]
    code.evaluate("code => code.scrollTo(0, 9999)")
    page.wait_for_function("!document.querySelector('#long pre').matches('.more-below')")
    assert edges() == ["more-above"]


def test_a_long_output_scrolls_and_leaves_its_code_alone(page: Page) -> None:
    go(page, "log")
    code, output = page.locator("#log .listing > pre > code"), page.locator("#log .output code")
    assert code.evaluate("code => code.scrollHeight <= code.clientHeight")
    assert output.evaluate("code => code.matches('.scrolls') && code.tabIndex === 0")
    assert page.locator("#log").evaluate("slide => slide.scrollHeight <= Reveal.getConfig().height")
    heading = page.locator("#log h3")
    assert heading.evaluate("h => parseFloat(getComputedStyle(h).fontSize)") > 30


def test_the_outputs_of_a_comparison_share_one_size(page: Page) -> None:
    go(page, "printed")
    sizes = page.locator("#printed .output code").evaluate_all(
        "all => all.map((code) => parseFloat(getComputedStyle(code).fontSize))"
    )
    assert len(sizes) == 2
    assert len(set(sizes)) == 1
    assert sizes[0] < 28


def test_a_picture_makes_room_for_code(page: Page) -> None:
    go(page, "picture")
    slide = page.locator("#picture")
    assert slide.evaluate("slide => slide.scrollHeight <= Reveal.getConfig().height")
    ((size, *_),) = slide.evaluate(SIZES)
    assert size >= 24
    width, height = page.locator("#picture img").evaluate("img => [img.clientWidth, img.clientHeight]")
    assert 200 <= height < 480
    assert width / height == pytest.approx(640 / 480, abs=0.01)


def test_nothing_is_cut_off_on_a_phone(chromium: Browser, url: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page.goto(url)
    page.wait_for_function(READY)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    for slide in SLIDES:
        boxes = page.locator(f"#{slide} :is(h3, pre, img, [role=tab])").evaluate_all(
            """all => all.map((each) => each.getBoundingClientRect()).filter(({ width }) => width)
                 .map(({ left, right }) => [left, right])"""
        )
        assert boxes
        assert all(0 <= left < right <= 390 for left, right in boxes), slide
        assert page.locator(f"#{slide} pre > code").evaluate_all(
            "all => all.every((code) => code.scrollWidth <= code.clientWidth)"
        )
    page.close()


def test_where_fingers_find_buttons_in_a_listing_its_lines_stay_whole(chromium: Browser, url: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(url)
    page.wait_for_function(READY)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert page.locator("pre > .copy").count()
    wrapped = "code => code.matches('.wrapped')"
    assert not page.locator("#short .listing > pre > code").evaluate(wrapped)
    assert page.locator("#widest .listing > pre > code").evaluate(wrapped)
    page.close()


def test_a_tab_in_the_scroll_view_fits_the_slides_near_and_the_others_before_they_are_seen(
    chromium: Browser, url: str
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 400}, reduced_motion="reduce")
    page.goto(f"{url}?view=scroll")
    page.wait_for_function(READY)
    frame = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))"
    page.evaluate(frame)
    far = page.locator("#printed .listing:not([hidden]) > pre > code")
    size = "code => code.style.getPropertyValue('--size')"
    page.evaluate("document.querySelector('.reveal-viewport').scrollTop = 0")
    page.evaluate(frame)
    page.evaluate("document.querySelector('#pair [role=tab]:nth-child(2)').click()")
    assert far.evaluate(size) == ""
    page.locator("#printed").evaluate("slide => slide.scrollIntoView({ block: 'center', behavior: 'instant' })")
    page.wait_for_function("document.querySelector('#printed .listing:not([hidden]) > pre > code').style.cssText")
    page.close()


SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    shifts.push([shift.value, ...shift.sources.map(({ node }) => node?.parentNode?.className ?? "")]);
  }
}).observe({ type: "layout-shift", buffered: true });"""


def test_nothing_jumps_at_load_from_slide_to_slide_or_by_a_choice(chromium: Browser, url: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.add_init_script(SHIFTS)
    page.add_init_script(
        """window.places = new Set();
           const look = () => {
             const line = document.querySelector("#pair .line");
             const seen = line && getComputedStyle(line).visibility === "visible" && line.getBoundingClientRect();
             if (seen?.width) places.add([seen.x, seen.y, getComputedStyle(line).fontSize].join(" "));
             requestAnimationFrame(look);
           };
           look();"""
    )
    page.goto(f"{url}#/pair")
    page.wait_for_function(READY)
    page.evaluate("document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 200)))")
    assert len(page.evaluate("[...places]")) == 1
    for slide in SLIDES:
        go(page, slide)
        page.wait_for_timeout(40)
    assert page.evaluate("shifts") == []
    page.close()


def test_slides_fit_alike_whether_things_move_or_not(chromium: Browser, tmp_path: Path) -> None:
    items = "\n".join(f'* item {n} <!-- .element: class="fragment" -->' for n in range(4))
    code = "\n".join(LONG.split("\n")[:12])
    slide = f"## A\n\n{items}\n\n```python\n{code}\n```\n"
    parsed, _ = talk.parse("---\ntitle: A\n---\n" + "\n---\n".join([slide] * 5), "slides/deck.md")
    output.write(tmp_path, build.deck_files(parsed, {}))
    heights = []
    for motion in ("reduce", "no-preference"):
        page = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion=motion)
        page.goto((tmp_path / "index.html").as_uri())
        page.wait_for_function(READY)
        for number in range(1, 5):  # one after the other, as slides come into reach
            page.evaluate("number => Reveal.slide(number)", number)
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        code_boxes = page.locator("pre > code")
        heights.append(code_boxes.evaluate_all("codes => codes.map((code) => code.offsetHeight)"))
        page.close()
    assert heights[0] == heights[1]
    assert heights[0][4] > 100  # it is seen
