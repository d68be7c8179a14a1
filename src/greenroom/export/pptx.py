"""A talk as a PowerPoint file: a picture a slide, with its title, its text in words, and what the speaker says."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pptx
from PIL import Image

import greenroom
from greenroom.export.pictures import Picture
from greenroom.export.stage import Facts

if TYPE_CHECKING:
    from pptx.presentation import Presentation

HEIGHT = 6_858_000
"""Of a slide, in the units of PowerPoint: 7.5 inches, which is what its own slides have."""

THUMBNAIL = "docProps/thumbnail.jpeg"
APP = "docProps/app.xml"

_APP = """\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">\
<Application>greenroom</Application><Slides>{slides}</Slides></Properties>"""

_BEFORE = (1980, 1, 1, 0, 0, 0)

_TITLE_ONLY = 5
"""Which of the layouts of python-pptx's own template has a title and nothing else."""


def presentation(pictures: Iterable[Picture], size: tuple[int, int], said: Facts) -> tuple[bytes, int]:
    """Put pictures into a file.

    Args:
        pictures: Of the slides, in their order.
        size: Of the pictures, in pixels.
        said: What the document says of itself.

    Returns:
        The file, and how many slides it has.
    """
    made = pptx.Presentation()
    width, height = round(HEIGHT * size[0] / size[1]), HEIGHT
    _widen(made, width, height)
    first = b""
    for picture in pictures:
        first = first or picture.png
        slide = made.slides.add_slide(made.slide_layouts[_TITLE_ONLY])
        step, steps = picture.sheet["step"], picture.sheet["steps"]
        title: Any = slide.shapes.title
        title.text = f"{picture.slide.title} ({step} of {steps})" if steps > 1 else picture.slide.title
        # Above the slide, where PowerPoint itself puts titles that are read and not seen.
        title.left, title.top, title.width, title.height = 0, -height // 8, width, height // 10
        shown = slide.shapes.add_picture(BytesIO(picture.png), 0, 0, width, height)
        shown.name = picture.name
        shown._element.nvPicPr.cNvPr.set("descr", picture.slide.text or picture.slide.title)  # noqa: SLF001
        if notes := picture.notes:
            slide.notes_slide.notes_text_frame.text = notes
    _describe(made, said)
    buffer = BytesIO()
    made.save(buffer)
    return _packed(buffer, _small(first), len(made.slides)), len(made.slides)


def _widen(made: Presentation, width: int, height: int) -> None:
    """Give slides this size, and the template's layouts with them, for those who add slides of their own."""
    across, down = width / made.slide_width, height / made.slide_height  # type: ignore[operator]
    made.slide_width, made.slide_height = width, height  # type: ignore[assignment]
    for page in (made.slide_master, *made.slide_layouts):
        for shape in page.shapes:
            if shape._element.spPr.find("{*}xfrm") is not None:  # noqa: SLF001
                shape.left, shape.width = int(shape.left * across), int(shape.width * across)
                shape.top, shape.height = int(shape.top * down), int(shape.height * down)


def _describe(made: Presentation, said: Facts) -> None:
    properties = made.core_properties
    properties.title, properties.author, properties.subject = said.title, said.author, said.subject
    properties.language = said.language
    properties.comments = f"Each slide is a picture. Made by greenroom {greenroom.__version__}."
    properties.keywords = properties.category = ""
    properties.last_modified_by = said.author
    properties.revision = 1
    if said.date:
        properties.created = properties.modified = said.date.replace(tzinfo=None)


def _small(png: bytes) -> bytes:
    """What file managers show."""
    buffer = BytesIO()
    if png:
        image = Image.open(BytesIO(png)).convert("RGB")
        image.thumbnail((256, 256))
        image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _packed(file: BytesIO, thumbnail: bytes, slides: int) -> bytes:
    """The same archive without what python-pptx's template says of itself, and without the time it was made at."""
    packed = BytesIO()
    own = {THUMBNAIL: thumbnail, APP: _APP.format(slides=slides).encode()}
    with ZipFile(file) as reader, ZipFile(packed, "w") as writer:
        for entry in reader.infolist():
            info = ZipInfo(entry.filename, _BEFORE)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            info.compress_type = ZIP_STORED if entry.filename.endswith((".png", ".jpeg")) else ZIP_DEFLATED
            writer.writestr(info, own.get(entry.filename) or reader.read(entry))
    return packed.getvalue()
