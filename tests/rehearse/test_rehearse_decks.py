"""Large decks in a real browser: one on which nothing is wrong, and one whose slides are all too full."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from greenroom import browser
from greenroom.cli import main
from greenroom.rehearse import visit

CASE = Path(__file__).parents[1] / "cases" / "rehearse" / "clean"
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FRAGMENT = ' <!-- .element: class="fragment" -->'


def rehearse(root: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> list[dict[str, Any]]:
    monkeypatch.chdir(root)
    result = CliRunner().invoke(main, ["rehearse", "--json"])
    assert result.exit_code == status, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return found


def test_a_clean_deck_of_a_hundred_slides_has_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "project"
    shutil.copytree(CASE, root)
    file = root / "slides" / "clean.md"
    front, _, kinds = file.read_text(encoding="utf-8").partition("\n<")
    slides = [kind.replace('id="', f'id="{turn}-') for turn in range(8) for kind in f"<{kinds}".split("\n---\n")][:100]
    stacks = ["\n----\n".join(slides[first : first + 4]) for first in range(0, 100, 4)]
    file.write_text(f"{front}\n" + "\n---\n".join(stacks).replace("#/table", "#/0-table"), encoding="utf-8")
    assert rehearse(root, monkeypatch, 0) == []


def test_on_an_old_projector_and_on_a_phone_only_what_is_wrong_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "project"
    shutil.copytree(CASE, root)
    options = root / "mkdocs.yml"
    options.write_text(options.read_text(encoding="utf-8").replace("1280x720", "1024x768, 390x844"), encoding="utf-8")
    with (root / "slides" / "clean.md").open("a", encoding="utf-8") as file:
        file.write(
            '\n---\n<!-- .slide: id="tiny" -->\n## A slide\n\n<p style="font-size: 6px">tiny</p>\n\nNote: Words.\n'
        )
        wide = "a_long_name = another_long_name + a_third_name"
        file.write(f'\n---\n## A slide\n\n```python illustrative="wide"\n{wide}\n```\n\nNote: Words.\n')
    found = rehearse(root, monkeypatch, 1)
    assert [(each["slide"], each["code"]) for each in found] == [("tiny", "small-text")]
    assert [(place["size"], place["step"]) for place in found[0]["where"]] == [("390x844", 1), ("1024x768", 1)]


MEASURE = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const found = [];
    for (const slide of Reveal.getSlides()) {
        const { h, v } = Reveal.getIndices(slide);
        Reveal.slide(h, v, 99);
        for (let i = 0; i < 3; i++) await frame();
        const code = slide.querySelector("pre > code");
        const room = Reveal.getComputedSlideSize().height;
        const percent = (has, room) => (has - room) / room * 100;
        found.push([slide.id, {
            overflow: percent(slide.scrollHeight + slide.offsetTop, room),
            "code-cut": percent(code.scrollHeight, code.clientHeight),
        }]);
    }
    return found;
}"""


def measured(page: Path) -> dict[str, dict[str, float]]:
    """By how many per cent the slides of a deck, and their listings, are too high, as the browser alone says."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox"])
        shown = chromium.new_page(viewport={"width": 1280, "height": 720})
        shown.goto(page.as_uri())
        shown.wait_for_function("window.Reveal && Reveal.isReady()")
        found = dict(shown.evaluate(MEASURE))
        chromium.close()
    return found


def test_of_eighty_slides_that_are_too_full_each_is_told_as_the_browser_measures_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    import generate

    stacks = generate.talk(80).replace("```python\n", '```python illustrative="generated"\n').split("\n---\n")
    front, *stacks = stacks
    # The first slide of each stack goes step by step; half of them have a theme that reveal.js brings along.
    stacks = [
        first + "\n----\n" + rest.replace(FRAGMENT, "") for first, _, rest in (s.partition("\n----\n") for s in stacks)
    ]
    options = "plugins:\n  - greenroom:\n      rehearse: {sizes: [1280x720], schemes: [light]}\n"
    for name, text in {
        "mkdocs.yml": f"site_name: Full\nuse_directory_urls: false\n{options}",
        "docs/index.md": "# Full\n",
        "slides/fits.md": "\n---\n".join([front, *stacks[:10]]),
        "slides/black.md": "\n---\n".join([f"{front}\ntheme: black", *stacks[10:]]),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = rehearse(tmp_path, monkeypatch, 1)
    slides: set[str] = set()
    for talk in ("fits", "black"):
        for slide, expected in measured(tmp_path / "site" / "slides" / talk / "index.html").items():
            told = {each["code"]: each["measure"]["percent"] for each in found if each["slide"] == slide}
            too_high = {code: percent for code, percent in expected.items() if percent > 1}
            assert told == pytest.approx(too_high, abs=2), slide
            assert told, slide
            slides.add(slide)
    assert len(slides) == 80
    assert {each["code"] for each in found} == {"overflow", "code-cut"}


HANGING = """\
---
title: Hanging
---
## One

---
<!-- .slide: id="hangs" -->
## Two

* a <!-- .element: class="fragment" -->

<script>document.addEventListener("DOMContentLoaded", () => Reveal.on("fragmentshown", () => { for (;;); }))</script>

---
<!-- .slide: id="three" -->
## Three

<p style="font-size: 9px">tiny</p>
"""


def test_a_slide_that_hangs_is_told_and_those_after_it_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = "plugins:\n  - greenroom:\n      rehearse: {sizes: [1280x720], schemes: [light]}\n"
    for name, text in {
        "mkdocs.yml": f"site_name: Hanging\n{options}",
        "docs/index.md": "# Hanging\n",
        "slides/hanging.md": HANGING,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(visit, "HANGS", 5)
    found = [(each["slide"], each["code"], each["step"]) for each in rehearse(tmp_path, monkeypatch, 1)]
    assert found == [("hangs", "console", 2), ("three", "small-text", 1)]
