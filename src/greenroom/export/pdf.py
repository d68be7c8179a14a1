"""A talk as a PDF: a page a slide, or a page a step, or sheets with the speaker's notes below the slides.

Chromium prints; what it does not say of a document is said afterwards, and that no page is missing is made sure of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import greenroom
from greenroom import build
from greenroom.build import Project
from greenroom.export import stage
from greenroom.export.stage import ExportError, Facts, Slide

if TYPE_CHECKING:
    from pikepdf import Pdf
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent

SCRIPTS = '<script src="assets/deck.js"></script>'
"""Where in the page of a deck sheets.js is put."""


@dataclass(frozen=True, slots=True)
class Paper:
    """How a talk is printed.

    Attributes:
        size: Of a slide, in px: it looks as on a screen of this size.
        scheme: `light` or `dark`.
        steps: Whether each step of a slide has a page of its own.
        notes: Whether the speaker's notes stand below the slide, on sheets of A4.
    """

    size: tuple[int, int] = (1280, 720)
    scheme: str = "light"
    steps: bool = False
    notes: bool = False


Sheet = Mapping[str, Any]
"""What sheets.js says of a sheet: `id`, `step`, `steps` and `part`."""


def export(
    program: Browser, project: Project, pages: Mapping[str, Path], paper: Paper, follow: Callable[[int, int], None]
) -> Iterator[tuple[str, bytes, int]]:
    """Print decks.

    Args:
        program: The browser.
        project: The project that they belong to.
        pages: The page of each, by the name of the talk, as `staged` gives it.
        paper: How they are printed.
        follow: Told how many are done, of how many.

    Yields:
        The name of the talk, the document, and how many pages it has.

    Raises:
        ExportError: If pages are missing or too many.
    """
    decks = build.decks(project)
    written = stage.date(project.root)
    for done, (name, page) in enumerate(pages.items()):
        follow(done, len(pages))
        deck = decks[name]
        base = f"{project.config.site_url}slides/{name}/" if project.config.site_url else ""
        yield name, *render(program, page, stage.slides(deck), stage.facts(deck.talk, written), paper, base)


def render(
    program: Browser, page: Path, slides: Sequence[Slide], said: Facts, paper: Paper, base: str
) -> tuple[bytes, int]:
    """Print a deck.

    Args:
        program: The browser.
        page: The page of the deck, as `staged` gives it.
        slides: Its slides.
        said: What the document says of itself.
        paper: How it is printed.
        base: Where the deck is published, which is what its links to other pages are relative to; "" if it is not.

    Returns:
        The document, and how many pages it has.

    Raises:
        ExportError: If pages are missing or too many.
    """
    printed = page.with_name("print.html")
    printed.write_text(_prepared(page.read_text(encoding="utf-8"), whole=not paper.steps), encoding="utf-8")
    with stage.opened(program, paper.size, paper.scheme) as context:
        tab = context.new_page()
        steps = "true" if paper.steps else "false"
        options = f"view=print&pdfSeparateFragments={steps}&pdfMaxPagesPerSlide=1&showNotes=false&slideNumber=false"
        tab.goto(f"{printed.as_uri()}?{options}")
        sheets = _laid(tab, said, paper, base)
        data = tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
    return _finished(data, sheets, slides, said), len(sheets)


def _prepared(html: str, *, whole: bool) -> str:
    """The page of a deck with what makes sheets of it."""
    style = (HERE / "sheets.css").read_text(encoding="utf-8")
    script = (HERE / "sheets.js").read_text(encoding="utf-8")
    ours = f"<script{' data-whole' * whole}>{script}</script>\n"
    return html.replace("</head>", f"<style>{style}</style>\n</head>", 1).replace(SCRIPTS, ours + SCRIPTS, 1)


def _laid(tab: Page, said: Facts, paper: Paper, base: str) -> list[Sheet]:
    """Make sheets of the deck, and wait until all that is on them is there."""
    tab.evaluate("greenroomSheets.ready")
    tab.emulate_media(media="print")  # not before: until it is ready, a deck is printed without sheets
    for frame in tab.frames:
        frame.wait_for_load_state()
    tab.evaluate("greenroomSheets.media()")
    width, height = paper.size
    options = {"width": width, "height": height, "scheme": paper.scheme, "steps": paper.steps, "notes": paper.notes}
    lay = "(options) => greenroomSheets.lay(options)"
    sheets: list[Sheet] = tab.evaluate(lay, {**options, "base": base, "title": said.title})
    for frame in tab.frames:
        frame.wait_for_load_state()
    tab.evaluate("document.fonts.ready.then(() => {})")
    return sheets


# --- what Chromium does not do ----------------------------------------------------------------------------------------


def _finished(data: bytes, sheets: Sequence[Sheet], slides: Sequence[Slide], said: Facts) -> bytes:
    """The document with its outline, its labels and what it says of itself.

    Raises:
        ExportError: If its pages are not the slides.
    """
    import pikepdf

    with pikepdf.open(BytesIO(data)) as document:
        check(sheets, [slide.id for slide in slides], len(document.pages))
        first = {str(sheet["id"]): number for number, sheet in reversed(list(enumerate(sheets)))}
        _outline(document, slides, first)
        document.Root.PageLabels = document.make_indirect(pikepdf.Dictionary(Nums=_labels(sheets)))
        return finish(document, said)


def check(sheets: Sequence[Sheet], slides: Sequence[str], pages: int) -> None:
    """Make sure that each slide has its pages, that each step has one, and that nothing else does.

    Raises:
        ExportError: If not.
    """
    shown = [str(sheet["id"]) for sheet in sheets if sheet["step"] == 1 and sheet["part"] == 1]
    if shown != list(slides):
        missing = [name for name in slides if name not in shown]
        other = [name for name in shown if name not in slides or shown.count(name) > 1]
        wrong = [f"no page for {', '.join(missing[:5])}"] * bool(missing) + [f"{', '.join(other[:5])}"] * bool(other)
        raise ExportError(f"the pages are not the slides: {'; '.join(wrong) or 'they are in another order'}")
    if pages != len(sheets):
        raise ExportError(f"the browser printed {pages} pages where there are {len(sheets)}")


def _labels(sheets: Sequence[Sheet]) -> list[Any]:
    """What pages are called: by the number of their slide, and that of the step where there are several."""
    from pikepdf import Dictionary, String

    labels: list[Any] = []
    number = 0
    for index, sheet in enumerate(sheets):
        number += sheet["step"] == 1 and sheet["part"] == 1
        step = f".{sheet['step']}" if sheet["steps"] > 1 else ""
        part = f" ({sheet['part']})" if sheet["part"] > 1 else ""
        labels += [index, Dictionary(P=String(f"{number}{step}{part}"))]
    return labels


def _outline(document: Pdf, slides: Sequence[Slide], pages: Mapping[str, int]) -> None:
    from pikepdf import OutlineItem

    with document.open_outline() as outline:
        for slide in slides:
            item = OutlineItem(slide.title, pages[slide.id], "Fit")
            if slide.below and outline.root:
                outline.root[-1].children.append(item)
            else:
                outline.root.append(item)


def finish(document: Pdf, said: Facts) -> bytes:
    """What a document says of itself, and its bytes, which are the same each time."""
    import pikepdf

    root = document.Root
    root.Lang = pikepdf.String(said.language)
    root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    root.PageMode = pikepdf.Name("/UseOutlines" if "/Outlines" in root else "/UseNone")
    producer = str(document.docinfo.get("/Producer", ""))
    for key in list(document.docinfo.keys()):
        del document.docinfo[key]
    given = {"Title": said.title, "Author": said.author, "Subject": said.subject}
    given |= {"Creator": f"greenroom {greenroom.__version__}", "Producer": producer}
    if said.date:
        stamp = said.date.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
        given |= {"CreationDate": stamp, "ModDate": stamp}
    for key, value in given.items():
        if value:
            document.docinfo[f"/{key}"] = pikepdf.String(value)
    root.Metadata = document.make_stream(
        _xmp(said, producer).encode(), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
    )
    buffer = BytesIO()
    document.save(buffer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()


def _xmp(said: Facts, producer: str) -> str:
    """The same in the form that libraries and search engines read."""

    def text(name: str, value: str) -> str:
        return f'<dc:{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(value)}</rdf:li></rdf:Alt></dc:{name}>'

    parts = [text("title", said.title)]
    if said.author:
        parts.append(f"<dc:creator><rdf:Seq><rdf:li>{escape(said.author)}</rdf:li></rdf:Seq></dc:creator>")
    if said.subject:
        parts.append(text("description", said.subject))
    parts.append(f"<dc:language><rdf:Bag><rdf:li>{escape(said.language)}</rdf:li></rdf:Bag></dc:language>")
    parts.append(f"<xmp:CreatorTool>greenroom {greenroom.__version__}</xmp:CreatorTool>")
    parts.append(f"<pdf:Producer>{escape(producer)}</pdf:Producer>")
    if said.date:
        stamp = said.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        parts.append(f"<xmp:CreateDate>{stamp}</xmp:CreateDate><xmp:ModifyDate>{stamp}</xmp:ModifyDate>")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
        f"{''.join(parts)}</rdf:Description></rdf:RDF></x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    )
