"""A talk as a PDF: a page a slide, or a page a step, or sheets with the speaker's notes below the slides.

Chromium prints; what it does not say of a document is said afterwards, and that no page is missing is made sure of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf

import greenroom
from greenroom.export import sheets
from greenroom.export.sheets import Look, Sheet
from greenroom.export.stage import ExportError, Facts, Slide, Staged

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@dataclass(frozen=True, slots=True)
class Printed:
    """A talk that was printed.

    Attributes:
        document: The PDF.
        sheets: What its pages are.
    """

    document: bytes
    sheets: tuple[Sheet, ...]


def export(program: Browser, talk: Staged, look: Look) -> Printed:
    """Print a talk.

    Args:
        program: The browser.
        talk: The talk.
        look: How it is printed.

    Raises:
        ExportError: If pages are missing or too many.
    """
    with sheets.laid(program, talk, look) as (tab, laid):
        data = tab.pdf(prefer_css_page_size=True, print_background=True, tagged=True)
    return Printed(finished(data, laid, talk.slides, talk.facts), laid)


# --- what Chromium does not do ----------------------------------------------------------------------------------------


def finished(data: bytes, laid: Sequence[Sheet], slides: Sequence[Slide], said: Facts) -> bytes:
    """The document with its outline, its labels and what it says of itself.

    Raises:
        ExportError: If its pages are not the slides.
    """
    with pikepdf.open(BytesIO(data)) as document:
        if len(document.pages) != len(laid):
            raise ExportError(f"the browser printed {len(document.pages)} pages where there are {len(laid)}")
        first = {str(sheet["id"]): number for number, sheet in reversed(list(enumerate(laid)))}
        _outline(document, slides, first)
        document.Root.PageLabels = document.make_indirect(pikepdf.Dictionary(Nums=_labels(laid)))
        return finish(document, said)


def _labels(laid: Sequence[Sheet]) -> list[Any]:
    """What pages are called: by the number of their slide, and that of the step where there are several."""
    labels: list[Any] = []
    number = 0
    for index, sheet in enumerate(laid):
        number += sheet["step"] == 1 and sheet["part"] == 1
        step = f".{sheet['step']}" if sheet["steps"] > 1 else ""
        part = f" ({sheet['part']})" if sheet["part"] > 1 else ""
        labels += [index, pikepdf.Dictionary(P=pikepdf.String(f"{number}{step}{part}"))]
    return labels


def _outline(document: pikepdf.Pdf, slides: Sequence[Slide], pages: Mapping[str, int]) -> None:
    with document.open_outline() as outline:
        for slide in slides:
            item = pikepdf.OutlineItem(slide.title, pages[slide.id], "Fit")
            if slide.below and outline.root:
                outline.root[-1].children.append(item)
            else:
                outline.root.append(item)


def finish(document: pikepdf.Pdf, said: Facts) -> bytes:
    """What a document says of itself, and its bytes, which are the same each time."""
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
    _number(document)
    buffer = BytesIO()
    document.save(buffer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()


def _number(document: pikepdf.Pdf) -> None:
    """Name the cells that others are headed by by their order: the browser's names depend on what it did before."""
    if "/StructTreeRoot" not in document.Root or "/IDTree" not in document.Root.StructTreeRoot:
        return
    found = [each for each in document.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") is not None]
    named = sorted((each for each in found if "/ID" in each), key=lambda each: str(each.ID))
    names = {str(each.ID): pikepdf.String(f"cell{number:08}") for number, each in enumerate(named, 1)}
    for each in found:
        kept: Any = each.get("/A", [])
        for attributes in kept if isinstance(kept, pikepdf.Array) else []:
            if "/Headers" in attributes:
                attributes.Headers = pikepdf.Array(names.get(str(name), name) for name in attributes.Headers)
    for each in named:
        each.ID = names[str(each.ID)]
    tree = pikepdf.Dictionary(Names=[part for each in named for part in (each.ID, each)])
    document.Root.StructTreeRoot.IDTree = document.make_indirect(tree)


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
