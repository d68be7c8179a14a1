"""Takes a picture of every slide of a talk, and makes a page with all of them, for a look at the whole talk at once.

python benchmarks/contact_sheet.py                              the project's talks, each slide in its last step
python benchmarks/contact_sheet.py tf2-pytorch --dark --steps   one of them, in the dark, each slide in every step
python benchmarks/contact_sheet.py --size 390x844               as on a phone
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from browser import OFFLINE, READY, served
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.progress import track

from greenroom import build, output
from greenroom.browser import find
from greenroom.problems import report

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".greenroom" / "contact"

STILL = "Reveal.configure({ transition: 'none', backgroundTransition: 'none', autoSlide: 0 })"
IDS = """(Reveal.isScrollView()
  ? [...document.querySelectorAll(".scroll-page")].map((page) => page.querySelector("section"))
  : Reveal.getSlides()
).map((slide) => slide.id)"""
GO = """(id) => {
  const slide = document.getElementById(id);
  const page = slide.closest(".scroll-page"); // of the scroll view, whose end is the slide's last step
  if (page) return page.scrollIntoView({ block: "end", behavior: "instant" });
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v, -1);
}"""
NEXT = "!Reveal.isScrollView() && Reveal.availableFragments().next && Reveal.nextFragment()"
FRAGMENT = "Reveal.isScrollView() ? -1 : (Reveal.getIndices().f ?? -1)"
SHOWN = """async () => {
  const images = document.querySelectorAll("section.present img");
  await Promise.all([...images].map((image) => image.decode().catch(() => 0)));
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
}"""

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }}
  body {{ margin: 1.5rem; display: grid; gap: 1.5rem; }}
  body {{ grid-template-columns: repeat(auto-fill, minmax({column}px, 1fr)); }}
  h1, figure {{ margin: 0; }}
  h1 {{ grid-column: 1 / -1; font-size: 1.25rem; }}
  img {{ display: block; width: 100%; height: auto; outline: 1px solid #8888; }}
  a {{ color: inherit; }}
</style>
<h1>{title}</h1>
{figures}
</html>
"""

FIGURE = """\
<figure id="{name}">
<a href="{url}"><img src="{name}.png" width="{width}" height="{height}" alt="" loading="lazy"></a>
<figcaption><a href="{url}">{caption}</a></figcaption>
</figure>
"""


@dataclass(frozen=True)
class Picture:
    """A picture of a slide.

    Attributes:
        name: The file's, without its ending.
        caption: The slide's id, and which of its pictures it is, if there are several.
        address: What follows the deck's address: `#/tape/2`.
    """

    name: str
    caption: str
    address: str


def take(page: Page, folder: Path, *, steps: bool) -> Iterator[Picture]:
    """Take pictures of the slides that the page has, each in its last step or in every one."""
    for number, slide in enumerate(track(page.evaluate(IDS), folder.name, console=Console(stderr=True)), 1):
        page.evaluate(GO, slide)
        step = 1
        while True:
            fragment = page.evaluate(FRAGMENT)
            address = f"#/{slide}/{fragment}" if fragment >= 0 else f"#/{slide}"
            name = f"{number:03}-{step:02}" if steps else f"{number:03}"
            picture = Picture(name, f"{slide} {step}" if step > 1 and steps else slide, address)
            if steps:
                shoot(page, folder / f"{name}.png")
                yield picture
            if not page.evaluate(NEXT):
                break
            step += 1
        if not steps:
            shoot(page, folder / f"{name}.png")
            yield picture


def shoot(page: Page, file: Path) -> None:
    """Take a picture once all is there and nothing moves."""
    page.evaluate(SHOWN)
    page.screenshot(path=file, animations="disabled")


def sheet(deck: Path, folder: Path, size: tuple[int, int], *, dark: bool, steps: bool) -> Path:
    """Take the pictures of a deck, and write the page that shows them; returns its path."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    width, height = size
    with sync_playwright() as playwright, served(deck) as address:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", OFFLINE])
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        page.goto(f"{address}/index.html")
        page.wait_for_function(READY)
        page.evaluate(STILL)
        pictures = list(take(page, folder, steps=steps))
        browser.close()
    figures = (
        FIGURE.format(
            name=picture.name,
            url=escape(f"../deck/index.html{picture.address}"),
            caption=escape(picture.caption),
            width=width,
            height=height,
        )
        for picture in pictures
    )
    title = f"{folder.parent.name}: {len(pictures)} pictures, {folder.name}"
    file = folder / "index.html"
    text = PAGE.format(title=escape(title), figures="".join(figures), column=min(width, 400))
    file.write_text(text, encoding="utf-8")
    return file


def measures(text: str) -> tuple[int, int]:
    """The width and height that `1280x720` means."""
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"`{text}` is no size: write `1280x720`")
    return int(found[1]), int(found[2])


def main() -> None:
    """Make the sheets that are asked for, and say where they are."""
    parser = argparse.ArgumentParser(description="Take a picture of every slide of a talk, and show them on a page.")
    parser.add_argument("talk", nargs="?", help="the name of a file in the slides folder; all of them without it")
    parser.add_argument("--size", type=measures, default=(1280, 720), metavar="WxH", help="1280x720 without it")
    parser.add_argument("--dark", action="store_true", help="as on a system that is dark")
    parser.add_argument("--steps", action="store_true", help="every step of each slide; a phone's scroll view has one")
    arguments = parser.parse_args()
    project = build.load(ROOT)
    if project.problems:
        print(f"{report(project.problems)}\nthe pictures show what can be shown", file=sys.stderr)
    talks = [talk for talk in project.talks if arguments.talk in (None, talk.name)]
    if not talks:
        parser.error(f"there is no talk {arguments.talk}; there are: {', '.join(talk.name for talk in project.talks)}")
    width, height = arguments.size
    name = f"{width}x{height}{'-dark' if arguments.dark else ''}{'-steps' if arguments.steps else ''}"
    for talk in talks:
        deck = FOLDER / talk.name / "deck"
        shutil.rmtree(deck, ignore_errors=True)
        output.write(deck, build.deck_files(talk, project.resources[talk.path]))
        folder = FOLDER / talk.name / name
        print(sheet(deck, folder, arguments.size, dark=arguments.dark, steps=arguments.steps))


if __name__ == "__main__":
    main()
