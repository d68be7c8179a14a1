"""Measures how smoothly one listing of 60 lines becomes another: what the browser does while it goes on.

Usage: morph.py [LINES]
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from greenroom.browser import find
from greenroom.build import build_deck

FUNCTION = """\
def layer_{n}(inputs, units={units}):
    weights = variable("weights_{n}", (inputs.shape[-1], units))
    bias = variable("bias_{n}", (units,))
    return relu(inputs @ weights + bias)

"""

STARTED = """() => new Promise((go) => {
  let frames = 10;
  const tick = () => {
    // Slower, so that there is time to count.
    if (frames === 8) document.getAnimations().forEach((animation) => animation.updatePlaybackRate(0.2));
    if (frames--) requestAnimationFrame(tick);
    else go();
  };
  Reveal.next();
  tick();
})"""

FRAMES = """() => new Promise((done) => {
  const times = [];
  const tick = (time) => {
    times.push(time);
    document.querySelector(".morph") ? requestAnimationFrame(tick) : done(times);
  };
  Reveal.next();
  requestAnimationFrame(() => requestAnimationFrame(tick));
})"""


def talk(lines: int) -> str:
    """Two slides with so many lines of code; the second has a decorator, other names and another order."""
    functions = [FUNCTION.format(n=n, units=8 * n) for n in range(lines // 5)]
    changed = [
        text.replace("relu(", "tf.nn.gelu(") if n % 3 else f"@tf.function\n{text}" for n, text in enumerate(functions)
    ]
    changed.insert(0, changed.pop())
    fences = ["```python\n" + "".join(each).rstrip() + "\n```\n" for each in (functions, changed)]
    high = "---\nrevealOptions:\n  height: 2000  # so that no line is out of sight\n---\n"
    return f"{high}# Before\n\n{fences[0]}\n----\n<!-- .slide: data-morph -->\n# After\n\n{fences[1]}"


def counts(client: CDPSession) -> dict[str, float]:
    """What the page has done so far: layouts, style recalculations, and processor seconds of its main thread."""
    metrics = {metric["name"]: metric["value"] for metric in client.send("Performance.getMetrics")["metrics"]}
    return {name: metrics[name] for name in ("LayoutCount", "RecalcStyleCount", "TaskDuration")}


def measure(page: Page) -> dict[str, float]:
    """Go to the second slide twice: once counting, once timing frames."""
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = counts(client)
    page.evaluate(STARTED)
    started = counts(client)
    layers, pieces = (page.locator(f".morph > div > div{below}").count() for below in ("", " > span"))
    page.wait_for_timeout(300)
    later = counts(client)
    page.wait_for_selector(".morph", state="detached")
    page.evaluate("Reveal.slide(0, 0)")
    page.wait_for_selector(".morph", state="detached")
    times = page.evaluate(FRAMES)
    deltas = [later - earlier for earlier, later in pairwise(times)]
    return {
        "layers": layers,
        "pieces of text": pieces,
        "start, ms of the main thread's processor time": round(
            1000 * (started["TaskDuration"] - before["TaskDuration"]), 1
        ),
        "layouts while it goes on": later["LayoutCount"] - started["LayoutCount"],
        "style recalculations while it goes on": later["RecalcStyleCount"] - started["RecalcStyleCount"],
        "the same in 300 ms while it goes on": round(1000 * (later["TaskDuration"] - started["TaskDuration"]), 1),
        "frames": len(times),
        "frame, ms, median": round(statistics.median(deltas), 1),
        "frame, ms, longest": round(max(deltas), 1),
    }


def main(lines: int) -> dict[str, float]:
    """Build the deck and measure it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        source = Path(folder) / "talk.md"
        source.write_text(talk(lines), encoding="utf-8")
        built = build_deck(source, Path(folder) / "deck", None, None, None)
        assert not built.problems, built.problems
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto((built.folder / "index.html").as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady()")
        page.wait_for_timeout(500)
        result = measure(page)
        browser.close()
    return result


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60), indent=2))
