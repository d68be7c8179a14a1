"""A deck in one file, opened from disk with no network, shows and does what the deck's folder does."""

import shutil
import struct
import wave
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from greenroom import build
from greenroom.cli import main
from greenroom.export import alone, html
from greenroom.export.archive import archive

ROOT = Path(__file__).parents[2]


def picture(red, green, blue):
    """A PNG of 64 by 64 pixels."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = (b"\0" + bytes((red, green, blue)) * 64) * 64
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def sound():
    """Two seconds of silence."""
    held = BytesIO()
    with wave.open(held, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(1)
        writer.setframerate(8000)
        writer.writeframes(b"\x80" * 16000)
    return held.getvalue()


DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><defs><linearGradient id="fade">'
    '<stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient></defs>'
    '<rect id="all" width="64" height="64" fill="url(#fade)"/></svg>'
)

TALK = """\
---
title: Everything & more
css: own.css
---
# All of it

![a](red.png) ![again](red.png) ![drawn](drawn.svg)

---
<!-- .slide: data-background="red.png" -->
behind

---
<!-- .slide: data-background-image="green.png, red.png" data-background-size="64px, 128px" -->
two behind

---
<!-- .slide: data-background-video="quiet.wav" data-background-video-muted -->
plays behind

---
<img srcset="red.png 1x, green.png 2x" src="red.png" width="64" alt="one of two">
<img data-src="green.png" alt="late">
<span style="display: inline-block; width: 64px; height: 64px; background: url('green.png')"></span>

---
<audio controls><source src="quiet.wav"></audio>
<audio controls data-src="quiet.wav"></audio>

---
[a table](table.csv), [a page](page.html?x=1#here)

<iframe src="page.html?x=2" width="300" height="100"></iframe>

---
<style>#last p { border: 8px solid; border-image: url(green.png) 1 }</style>
<!-- .slide: id="last" -->
last

Note: ![noted](red.png)
"""

PAGE = """\
<!doctype html><html lang="de"><head><title>A page</title><style>p { color: rgb(1, 2, 3) }</style></head>
<body class="own"><p id="here">asked</p><img src="red.png"><script>
document.querySelector("p").textContent += new URLSearchParams(location.search).get("x");
</script></body></html>
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with a talk that shows all kinds of files, exported."""
    root = tmp_path_factory.mktemp("project")
    (root / "slides").mkdir()
    files = {
        "red.png": picture(200, 30, 30),
        "green.png": picture(30, 160, 60),
        "drawn.svg": DRAWING.encode(),
        "quiet.wav": sound(),
        "table.csv": b"a,b\n1,2\n",
        "page.html": PAGE.encode(),
        "own.css": b"@import 'sheets/more.css'; .reveal h1 { letter-spacing: 0.1em; background: url(green.png) }",
        "sheets/more.css": b".reveal h1 { padding: 64px; border-image: url('../red.png') 1 }",
        "talk.md": TALK.encode(),
    }
    for name, content in files.items():
        (root / "slides" / name).parent.mkdir(exist_ok=True)
        (root / "slides" / name).write_bytes(content)
    (root / "mkdocs.yml").write_text("site_name: x\nplugins:\n  - greenroom\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for kind in ("html", "zip"):
            done = CliRunner().invoke(main, ["export", kind])
            assert done.exit_code == 0, done.output
            assert done.output.startswith(f"exports/talk.{kind} written: 0.")
            assert done.output.endswith("MB, no links to the docs, since mkdocs.yml has no site_url\n")
    with ZipFile(root / "exports" / "talk.zip") as packed:
        packed.extractall(root / "unpacked")
    shutil.rmtree(root / "slides")
    return root


@pytest.fixture(scope="module")
def flagship(tmp_path_factory):
    """The project's own talk, as a folder and as a file."""
    root = tmp_path_factory.mktemp("flagship")
    files = alone.files(build.load(ROOT), "tf2-pytorch")
    for path, content in files.items():
        (root / "folder" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "folder" / path).write_bytes(content)
    (root / "file.html").write_text(html.page(files), encoding="utf-8")
    return root


class Window:
    """A browser without a network, and what it asked for and complained of."""

    def __init__(self, chromium, scheme="light"):
        self.context = chromium.new_context(
            viewport={"width": 1280, "height": 720}, color_scheme=scheme, reduced_motion="reduce", accept_downloads=True
        )
        self.context.set_offline(True)
        self.asked = set()
        self.told = []
        self.context.on("request", lambda each: self.asked.add(each.url.partition("?")[0].partition("#")[0]))
        self.context.on("requestfailed", lambda each: self.told.append(f"{each.url[:200]} failed"))
        self.context.on("console", lambda each: self.told.append(each.text))
        self.context.on("weberror", lambda each: self.told.append(str(each.error)))

    def open(self, path, tail=""):
        page = self.context.new_page()
        page.goto(f"{path.as_uri()}{tail}")
        page.wait_for_function("window.Reveal?.isReady()")
        page.add_style_tag(content="* { transition: none !important; animation: none !important }")
        return page


def slides(page, at):
    """Pictures of slides, at their last step."""
    shown = []
    for number in at:
        page.evaluate(
            "(n) => { const { h, v } = Reveal.getIndices(Reveal.getSlides()[n]); Reveal.slide(h, v, 99) }", number
        )
        page.wait_for_function("[...document.images].every((each) => each.complete)")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        shown.append(still(page))
    return shown


def still(page):
    """A picture of the page, once nothing moves any more."""
    before, now = None, page.screenshot()
    while before != now:
        before, now = now, page.screenshot()
    return now


def same(chromium, folder, file, at, scheme="light"):
    """Whether the folder's page and the file show the same, and ask for nothing else."""
    pictures = []
    for path in (folder / "index.html", file):
        window = Window(chromium, scheme)
        pictures.append(slides(window.open(path), at))
        assert window.told == []
        inside = (
            {path.as_uri()} if path == file else {each for each in window.asked if each.startswith(folder.as_uri())}
        )
        assert {each for each in window.asked if each.startswith(("file:", "http"))} == inside
        window.context.close()
    return [number for number, one, other in zip(at, *pictures, strict=True) if one != other]


def test_the_file_shows_what_the_folder_shows(chromium, folder):
    assert same(chromium, folder / "unpacked" / "talk", folder / "exports" / "talk.html", [0, 1, 2, 4, 6, 7]) == []


def test_the_flagship_talk_looks_the_same_in_one_file(chromium, flagship):
    assert same(chromium, flagship / "folder", flagship / "file.html", [0, 3, 9, 17, 27, 38, 77, 101], "dark") == []


def test_what_is_played_plays(chromium, folder):
    window = Window(chromium)
    page = window.open(folder / "exports" / "talk.html", "#/3")
    page.wait_for_function("document.querySelector('.backgrounds video')?.duration === 2")
    page.evaluate("Reveal.slide(5)")
    page.wait_for_function("[...document.querySelectorAll('.slides audio')].every((each) => each.duration === 2)")
    assert window.told == []
    window.context.close()


def test_other_pages_and_files_are_at_hand(chromium, folder):
    window = Window(chromium)
    page = window.open(folder / "exports" / "talk.html", "#/6")
    with page.expect_download() as saved:
        page.get_by_role("link", name="a table").click()
    assert saved.value.suggested_filename == "table.csv"
    assert Path(saved.value.path()).read_bytes() == b"a,b\n1,2\n"
    expect(page.frame_locator("iframe").locator("p")).to_have_text("asked2")
    page.get_by_role("link", name="a page").click()
    expect(page.locator("body.own > p")).to_have_text("asked1")
    expect(page.locator("p")).to_have_css("color", "rgb(1, 2, 3)")
    expect(page).to_have_title("A page")
    assert page.evaluate("document.images[0].naturalWidth") == 64
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("section").count() == 0
    assert window.told == []
    window.context.close()


def test_the_speakers_window_programs_and_pen_work_in_one_file(chromium, flagship):
    window = Window(chromium)
    page = window.open(flagship / "file.html", "#/tape")
    with window.context.expect_page() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    expect(speaker.locator("#title")).to_have_text("With a Tape, or without")
    expect(speaker).to_have_title("Speaker: TF2.X and PyTorch")
    expect(speaker.frame_locator("#current").locator("#tape.present")).to_be_visible()
    speaker.get_by_text("Forward").click()
    expect(page).to_have_url(f"{(flagship / 'file.html').as_uri()}#/tape/0")

    page.bring_to_front()
    page.keyboard.press("c")
    expect(page.locator(".copy-status")).to_have_text("Copied. Press again for the whole program")
    page.keyboard.press("c")
    expect(page.locator(".copy-status")).to_have_text("Copied the whole program, snippets/gradients/tf2.py")
    page.keyboard.press("d")
    expect(page.locator("svg.marks")).to_have_css("position", "absolute")
    page.keyboard.press("Escape")

    source = page.locator("#tape a.source").first.get_attribute("href")
    page.goto(f"{(flagship / 'file.html').as_uri()}{source}")
    expect(page.locator("h1")).to_have_text("snippets/gradients/tf2.py")
    assert page.locator(".line.marked").count() == 12
    expect(page.locator("body")).to_have_class("reveal program")
    page.get_by_role("link", name="TF2.X and PyTorch").click()
    page.wait_for_function("window.Reveal?.isReady()")
    assert window.told == []
    assert window.asked == {(flagship / "file.html").as_uri()}
    window.context.close()


def test_links_to_the_docs_lead_to_where_they_are_published(folder, tmp_path):
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides" / "talk.md").write_text("# One\n")
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: x\nsite_url: https://example.org/a\nuse_directory_urls: false\nplugins:\n  - greenroom\n"
    )
    page = html.page(alone.files(build.load(tmp_path), "talk"))
    assert 'href="https://example.org/a/talks/talk/one.html#one">Read this</a>' in page
    assert "Read this" not in (folder / "unpacked" / "talk" / "index.html").read_text()


def test_the_same_project_gives_the_same_files(folder):
    assert (folder / "exports" / "talk.html").stat().st_mode & 0o777 == 0o644
    files = {
        path.relative_to(folder / "unpacked" / "talk").as_posix(): path.read_bytes()
        for path in sorted((folder / "unpacked" / "talk").rglob("*"), reverse=True)
        if path.is_file()
    }
    assert archive("talk", files) == (folder / "exports" / "talk.zip").read_bytes()
    assert html.page(files).encode() == (folder / "exports" / "talk.html").read_bytes()
