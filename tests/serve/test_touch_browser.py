"""What fingers press on slides is there without a mouse, large enough, and hides neither code nor each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

FILES = {
    "snippets/one/python.py": """\
# %% long
a = "the first line is as long as this"
b = "and so is the second one of it"
b
""",
    "slides/talk.md": """\
# A talk

---
<!-- .slide: id="long" -->
## Long

```python snippet="one:long" output="below"
```
""",
}

# The pairs of what can be pressed and what it covers: another of these, or a line's text.
COVERED = """() => {
  const controls = [...document.querySelectorAll("#long :is(.run, .edit, .copy, .source, .ran)")]
    .filter((each) => each.checkVisibility() && Number(getComputedStyle(each).opacity));
  const texts = [...document.querySelectorAll("#long .line")].flatMap((line) => {
    const range = document.createRange();
    range.selectNodeContents(line);
    return [...range.getClientRects()].map((box) => [line.textContent, box]);
  });
  const boxes = controls.map((each) => [each.className, each.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return boxes.flatMap(([name, box], i) =>
    [...boxes.slice(i + 1), ...texts].filter(([, other]) => meet(box, other)).map(([other]) => [name, other]));
}"""
SIZES = """() => [...document.querySelectorAll("#long :is(.run, .edit, .copy, .source)")]
  .map((each) => each.getBoundingClientRect()).map(({ width, height }) => Math.min(width, height))"""


@pytest.fixture(scope="module")
def shown(project: Callable[..., Path], presented):
    return presented(project(dict(FILES)))


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844), (844, 390)])
def test_fingers_find_what_they_press(width, height, shown, chromium: Browser):
    context = chromium.new_context(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{shown.address}/slides/talk/?token={shown.guard.token}#/long")
    slide = page.locator("#long")
    expect(slide.locator(".run")).to_have_count(1)
    slide.scroll_into_view_if_needed()
    expect(slide.locator(".ran").first).to_be_visible()
    page.wait_for_timeout(300)  # it slides in
    assert page.evaluate("matchMedia('(hover: none)').matches")
    assert page.evaluate(COVERED) == []
    assert min(page.evaluate(SIZES)) >= (36 if width == 1280 else 16)
    slide.locator(".run").tap()
    expect(slide.locator(".output.live")).to_contain_text("and so is")
    expect(slide.locator(".ran.now")).to_be_visible()
    assert page.evaluate(COVERED) == []
    slide.locator(".ran").tap()
    expect(slide.locator(".output.live")).to_have_count(0)
    slide.locator(".edit").tap()
    expect(slide.locator(".cm-content")).to_be_visible()
    context.close()
