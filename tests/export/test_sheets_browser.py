"""A talk that has everything, as PDF, pictures, drawings and PowerPoint: nothing is missing, cut off or there twice."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pptx
import pytest
from click.testing import CliRunner
from PIL import Image
from pypdf import PdfReader

from greenroom import build
from greenroom.cli import main
from greenroom.export import pdf, pictures, sheets, stage, svg
from greenroom.export import pptx as powerpoint
from greenroom.export.sheets import Look, check
from greenroom.export.stage import ExportError

CASE = Path(__file__).parents[1] / "cases" / "export"
TITLES = [
    "Everything & more",
    "A list",
    "A walk",
    "Links",
    "A long listing",
    "What scrolls",
    "Math",
    "What comes and goes",
    "A film",
    "A page in a page",
    "On a dark background",
    "Only a drawing",
    "Too wide",
    "Much to say",
]


def words(text):
    return re.findall(r"\w+", text)


NOT_TEXT = {
    "comes": ["Below", "the", "other"],  # stands where another does
    "math": ["int_0", "infty", "e", "x", "2", "dx", "frac", "sqrt", "pi"],  # its letters are, among them another 2
    "dark": ["A", "drawing"],
    "picture": ["Only", "a", "drawing"],
}


@pytest.fixture(scope="module")
def project():
    found = build.load(CASE)
    assert found.problems == ()
    return found


@pytest.fixture(scope="module")
def staged(project):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        with stage.staged(project, ["everything"]) as (talk,):
            yield talk


@pytest.fixture(scope="module")
def program():
    with stage.chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def plain(program, staged):
    return pdf.export(program, staged, Look())


@pytest.fixture(scope="module")
def document(plain):
    return PdfReader(BytesIO(plain.document))


@pytest.fixture(scope="module")
def texts(document):
    return [page.extract_text() for page in document.pages]


@pytest.fixture(scope="module")
def spoken(program, staged):
    printed = pdf.export(program, staged, Look(steps=True, notes=True, scheme="dark"))
    return PdfReader(BytesIO(printed.document))


@pytest.fixture(scope="module")
def taken(program, staged):
    look = Look((1920, 1080), scheme="dark", steps=True)
    return list(pictures.take(program, staged, look, lambda *_: None))


@pytest.fixture
def run(program, monkeypatch):
    """Runs the command in a folder, with the browser that is there."""

    def command(arguments, folder):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(stage, "chromium", lambda: nullcontext(program))
        return CliRunner().invoke(main, ["export", *arguments])

    return command


def elements(document):
    """The structure of a document: its elements' kinds, with their alternative texts."""
    waiting, found = [document.trailer["/Root"]["/StructTreeRoot"]], []
    while waiting:
        element = waiting.pop().get_object()
        if isinstance(element, list):
            waiting += element
        elif isinstance(element, dict):
            if "/S" in element:
                found.append((element["/S"], element.get("/Alt")))
            if "/K" in element:
                waiting.append(element["/K"])
    return found


# --- pdf --------------------------------------------------------------------------------------------------------------


def test_each_slide_has_its_page_with_all_its_text(texts, staged):
    assert [slide.title for slide in staged.slides] == TITLES
    assert len(texts) == len(TITLES)
    for slide, text in zip(staged.slides, texts, strict=True):
        missing = Counter(words(slide.text)) - Counter(words(text))
        assert missing == Counter(NOT_TEXT.get(slide.id, [])), slide.id
    assert "Never shown" not in "".join(texts)
    assert "Inside the frame" in texts[9]


def test_pages_are_as_large_as_the_screen(document):
    assert {tuple(map(float, page.mediabox)) for page in document.pages} == {(0, 0, 960, 540)}


OUTSIDE = """[...document.querySelectorAll(".sheet")].flatMap((sheet) => {
  const { left, right, top, bottom } = sheet.getBoundingClientRect();
  const walker = document.createTreeWalker(sheet, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.data.trim() || text.parentElement.closest(".notes, .who")) continue;
    range.selectNodeContents(text);
    for (let box = text.parentElement; box !== sheet; box = box.parentElement) {
      if (box.clientHeight && getComputedStyle(box).overflowY === "auto" && box.scrollHeight > box.clientHeight + 1) {
        found.push(`scrolls: ${text.data}`);
      }
    }
    for (const rect of range.getClientRects()) {
      const inside = left <= rect.left && rect.right <= right && top <= rect.top && rect.bottom <= bottom;
      if (!inside) found.push(text.data);
    }
  }
  return found;
})"""


@pytest.mark.parametrize("look", [Look(), Look((1024, 768), steps=True)])
def test_nothing_is_cut_off_or_has_to_be_scrolled(program, staged, look):
    with sheets.laid(program, staged, look) as (tab, _):
        assert tab.evaluate(OUTSIDE) == []


def test_a_listing_is_whole_with_what_is_said_of_each_step(texts):
    walk = texts[2]
    for line in ("square = a**2 + b**2", "square = a * a + b * b", "Two triangles", "Squares first", "Then the root"):
        assert walk.count(line) == 1
    assert all(f"# line {number} of many" in texts[4] for number in range(1, 71))


def test_readers_and_programs_learn_what_the_document_is(document):
    root = document.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    told = document.metadata
    assert (told.title, told.author, told.subject) == ("Everything & more", "Ada, Grace", "All that can be printed")
    assert told.modification_date == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert document.xmp_metadata.dc_creator == ["Ada, Grace"]
    kinds = Counter(kind for kind, _ in elements(document))
    assert kinds["/H1"] == 1
    assert kinds["/H2"] == len(TITLES) - 2  # one is the talk's title, one has a picture instead
    assert {"/L", "/LI", "/Table", "/TH", "/Link", "/Code"} <= kinds.keys()
    alternatives = {alternative for kind, alternative in elements(document) if kind == "/Figure"}
    assert {"A drawing", "Only a drawing", "Video: A square that turns"} <= alternatives


def test_the_outline_leads_to_the_slides(document):
    found = []

    def walk(items, depth):
        for item in items:
            if isinstance(item, list):
                walk(item, depth + 1)
            else:
                found.append((depth, item.title, document.get_destination_page_number(item)))

    walk(document.outline, 0)
    below = {"A walk", "Links"}
    assert found == [(int(title in below), title, number) for number, title in enumerate(TITLES)]


def test_links_lead_to_pages_and_to_where_the_talk_is_published(document):
    links = [link.get_object() for page in document.pages for link in page.get("/Annots", [])]
    addresses = [link["/A"]["/URI"] for link in links if "/A" in link]
    assert addresses == [
        "https://example.com/there",
        "https://example.org/talks/index.html",
        "https://example.org/talks/slides/everything/data.txt",
    ]
    named = document.named_destinations
    pages = [document.get_destination_page_number(named[link["/Dest"]]) for link in links if "/Dest" in link]
    assert pages == [2, 2, 0]


def test_all_fonts_are_in_the_document(document):
    fonts = [font.get_object() for page in document.pages for font in page["/Resources"].get("/Font", {}).values()]
    assert fonts
    for font in fonts:
        described = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        drawn = font["/Subtype"] == "/Type3"
        assert drawn or {"/FontFile", "/FontFile2", "/FontFile3"} & described["/FontDescriptor"].keys()
        assert "/ToUnicode" in font


def test_it_is_the_same_each_time(plain, tmp_path):
    place = tmp_path / "a" / "talk.pdf"
    command = [sys.executable, "-c", "from greenroom.cli import main; main()", "export", "pdf", "-o", str(place)]
    done = subprocess.run(command, cwd=CASE, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == (f"{place} written: 14 pages\n", "", 0)
    assert place.read_bytes() == plain.document
    assert [path.name for path in place.parent.iterdir()] == ["talk.pdf"]


def test_steps_have_pages_and_notes_stand_below_them(spoken):
    steps = ["1", "2.1", "2.2", "2.3", "3.1", "3.2", "3.3", "4", "5", "6", "7", "8.1", "8.2", "8.3", "8.4", "8.5"]
    rest = ["9", "10", "11", "12", "13", "14", "14 (2)", "14 (3)", "14 (4)"]
    assert spoken.page_labels == [*steps, *rest]
    texts = dict(zip(spoken.page_labels, (page.extract_text() for page in spoken.pages), strict=True))
    assert "Welcome." in texts["1"]
    assert ["First this." in texts[f"2.{step}"] for step in (1, 2, 3)] == [True, False, False]
    notes = ("Look at both.", "What is squared here?", "And the root.")
    assert [[note in texts[f"3.{step}"] for note in notes] for step in (1, 2, 3)] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]
    said = " ".join(" ".join(texts[label].split()) for label in ("14", "14 (2)", "14 (3)", "14 (4)"))
    for number in range(1, 61):
        assert len(re.findall(rf"Sentence {number} of what", said)) == 2
    assert all([round(float(length)) for length in page.mediabox] == [0, 0, 595, 842] for page in spoken.pages)


def test_dark_slides_stand_on_white_paper(spoken):
    page = spoken.pages[1]
    paper = page.get_contents().get_data()
    drawn = [form.get_object() for form in page["/Resources"]["/XObject"].values()]
    slide = b"".join(form.get_data() for form in drawn if form["/Subtype"] == "/Form")
    assert re.findall(rb"RG ([\d. ]+) rg\b", paper)[1] == b"1 1 1"  # what comes first is beneath it
    assert b".0667 .0863 .0784 rg" in slide
    assert b"1 0 1 rg" in slide  # its heading, as the author's sheet has it in the dark


@pytest.mark.parametrize(
    ("ids", "fact"),
    [
        (["a", "c"], "no sheet for `b`; a sheet for `c`"),
        (["a"], "no sheet for `b`"),
        (["a", "b", "b"], "2 sheets for `b`"),
        (["b", "a"], "they are in another order"),
    ],
)
def test_sheets_that_are_not_the_slides_are_told(ids, fact):
    laid = [{"id": name, "step": 1, "steps": 1, "part": 1} for name in ids]
    with pytest.raises(ExportError, match=re.escape(f"the sheets are not the slides: {fact}")):
        check(laid, ["a", "b"])


def test_pages_that_are_not_the_sheets_are_told(plain, staged):
    with pytest.raises(ExportError, match="the browser printed 14 pages where there are 13"):
        pdf.finished(plain.document, plain.sheets[1:], staged.slides, staged.facts)


# --- pictures, drawings, PowerPoint -----------------------------------------------------------------------------------


def test_each_step_has_a_picture_in_the_chosen_size_and_scheme(taken):
    names = ["title", "list-1", "list-2", "list-3", "walk-1", "walk-2", "walk-3", "links", "long", "scrolls", "math"]
    names += [*(f"comes-{step}" for step in range(1, 6)), "film", "frame", "dark", "picture", "wide", "said"]
    assert [picture.name for picture in taken] == names
    for picture in taken:
        image = Image.open(BytesIO(picture.png))
        assert image.size == (1920, 1080)
        assert max(image.convert("RGB").getpixel((1900, 540))) < 70


def test_pictures_are_the_same_each_time(taken, tmp_path, run):
    done = run(["png", "--steps", "--scheme", "dark", "-o", str(tmp_path / "png")], CASE)
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'png'} written: 22 pictures\n")
    written = {path.name: path.read_bytes() for path in (tmp_path / "png").glob("*.png")}
    assert written == {f"{number:03}-{picture.name}.png": picture.png for number, picture in enumerate(taken, 1)}
    (tmp_path / "png" / "mine.txt").touch()
    again = run(["png", "-o", str(tmp_path / "png")], CASE)
    assert again.exit_code == 2
    assert "has files that greenroom did not make: mine.txt" in again.output
    assert len(list((tmp_path / "png").glob("*.png"))) == 22


def test_powerpoint_has_a_picture_with_title_words_and_notes(taken, staged):
    made, count = powerpoint.presentation(taken, (1920, 1080), staged.facts)
    assert made == powerpoint.presentation(taken, (1920, 1080), staged.facts)[0]
    deck = pptx.Presentation(BytesIO(made))
    assert count == len(deck.slides) == 22
    assert (deck.slide_width, deck.slide_height) == (12_192_000, 6_858_000)
    shown = deck.slides[5]
    assert shown.shapes.title.text == "A walk (2 of 3)"
    assert shown.shapes.title.top + shown.shapes.title.height <= 0
    (picture,) = (shape for shape in shown.shapes if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE)
    assert picture.image.blob == taken[5].png
    assert (picture.left, picture.top, picture.width, picture.height) == (0, 0, 12_192_000, 6_858_000)
    described = picture._element.nvPicPr.cNvPr.get("descr")
    assert "square = a**2 + b**2" in described
    assert described.count("Squares first") == 1
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide]
    assert notes[:5] == [
        "Welcome.",
        "First this.\nA point\nAnother point",
        "Look at both.",
        "What is squared here?",
        "And the root.",
    ]
    told = deck.core_properties
    assert (told.title, told.author, told.language) == ("Everything & more", "Ada, Grace", "en-GB")
    assert "Each slide is a picture." in told.comments


def test_drawings_need_no_font_and_say_what_they_show(plain, staged):
    drawn = dict(svg.drawings(plain, staged, (1280, 720)))
    assert list(drawn) == [slide.id for slide in staged.slides]
    space = "{http://www.w3.org/2000/svg}"
    for drawing in drawn.values():
        tree = ET.fromstring(drawing)
        assert (tree.get("width"), tree.get("height")) == ("1280", "720")
        assert not tree.findall(f".//{space}text")
        linked = re.findall(r'href="([^"]*)"', drawing)
        assert all(address.startswith(("#", "data:")) for address in linked)
    walk = ET.fromstring(drawn["walk"])
    assert walk.find(f"{space}title").text == "A walk"
    assert "Squares first" in walk.find(f"{space}desc").text


# --- what can go wrong ------------------------------------------------------------------------------------------------


def test_a_mistake_leaves_the_last_export_as_it_is(tmp_path, run):
    shutil.copytree(CASE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "exports").mkdir()
    old = tmp_path / "exports" / "everything.pdf"
    old.write_text("the last good one")
    talk = tmp_path / "slides" / "everything.md"
    talk.write_text(talk.read_text().replace("pair:root", "pair:rot"))
    done = run(["pdf"], tmp_path)
    assert done.exit_code == 1
    assert "did you mean `root`?" in done.output
    assert old.read_text() == "the last good one"


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (["pdf", "--talk", "everythin"], "there is no talk `everythin`\n\nhint: did you mean `everything`?"),
        (["pdf", "--size", "big"], "`big` is no size\n\nhint: width and height in px, as in `1920x1080`"),
        (["png", "--scheme", "pink"], "'pink' is not one of 'light', 'dark'"),
    ],
)
def test_wrong_usage_is_told(arguments, fact, run):
    done = run(arguments, CASE)
    assert done.exit_code == 2
    assert fact in done.output


@pytest.mark.parametrize(
    ("kind", "module", "extra"), [("pdf", "pikepdf", "export"), ("pptx", "pptx", "export"), ("svg", "pymupdf", "svg")]
)
def test_what_is_not_installed_is_told(kind, module, extra, tmp_path, run, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, f"greenroom.export.{kind}")
    monkeypatch.delattr(f"greenroom.export.{kind}", raising=False)
    done = run([kind, "-o", str(tmp_path / "out")], CASE)
    assert done.exit_code == 1
    assert f'hint: `pip install "greenroom[{extra}]"`' in done.output
    assert list(tmp_path.iterdir()) == []
