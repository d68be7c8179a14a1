"""The pages that show a rehearsal: each is one file, which asks nobody for anything."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from string import Template

_TEMPLATE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
<style>
$style</style>
</head>
<body>
<a class="skip" href="#found">Skip to what was found</a>
<header class="head">
<p class="of">$of</p>
<h1>$title</h1>
<p>$lead</p>
</header>
$bar
<div class="body">
$slides
<main id="found" tabindex="-1">
$main
</main>
</div>
<dialog aria-label="The picture, as large as can be"></dialog>
<script type="module">
$script</script>
</body>
</html>
""")

_DONE = """\
<section class="nothing">
<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" aria-hidden="true">
<circle cx="24" cy="24" r="21"/><path d="m15 25 6.5 6.5L34 18" stroke-linejoin="round"/></svg>
<h2>{title}</h2>
<p>{text}</p>
</section>"""


def page(
    title: str, of: str, lead: str, main: str, slides: Mapping[str, Iterable[str]], kinds: Mapping[str, tuple[str, int]]
) -> str:
    """A page.

    Args:
        title: What came of it, in a few words.
        of: What it is about.
        lead: How it was done, as HTML.
        main: What was found, as HTML.
        slides: The entries of the table of contents, as HTML, by their headings.
        kinds: What there is, with its name and how often; what is chosen is shown.
    """
    folder = Path(__file__).parent
    return _TEMPLATE.substitute(
        title=escape(title),
        of=escape(of),
        lead=lead,
        bar=_bar(kinds),
        slides=_contents(slides),
        main=main,
        style=(folder / "page.css").read_text(encoding="utf-8"),
        script=(folder / "page.js").read_text(encoding="utf-8"),
    )


def nothing(title: str, text: str) -> str:
    """The part of a page that has nothing to show."""
    return _DONE.format(title=escape(title), text=escape(text))


NONE_CHOSEN = f'<div class="none-chosen" hidden>{nothing("Nothing of this kind", "Choose others above.")}</div>'


def _bar(kinds: Mapping[str, tuple[str, int]]) -> str:
    if not kinds:
        return ""
    boxes = "\n".join(
        f'<label class="{kind}"><input type="checkbox" value="{kind}" checked> {escape(name)} <b>{count}</b></label>'
        for kind, (name, count) in kinds.items()
    )
    return (
        f'<form class="bar" aria-label="What to show"><fieldset><legend>What to show</legend>\n{boxes}\n'
        '<span class="chosen" role="status"></span></fieldset></form>'
    )


def _contents(slides: Mapping[str, Iterable[str]]) -> str:
    lines: list[str] = []
    for name, entries in slides.items():
        lines += [f"<h2>{escape(name)}</h2>", "<ul>", *entries, "</ul>"]
    return "\n".join(['<nav class="slides" aria-label="Slides">', *lines, "</nav>"]) if lines else ""


def said(text: str) -> str:
    """A sentence as HTML, what is in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def anchor(*names: str) -> str:
    """The id of a part of the page."""
    return re.sub(r"[^\w-]+", "-", "-".join(filter(None, names)))


def address(file: Path, folder: Path, rest: str = "") -> str:
    """Where a file is, from a page in a folder.

    Args:
        file: The file.
        folder: The page's.
        rest: What follows in the address: `#/plan/2`.
    """
    from urllib.parse import quote

    try:
        path = quote(Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix())
    except ValueError:  # it is on another drive
        path = file.resolve().as_uri()
    return escape(path + rest)


def picture(png: bytes, alt: str, outlines: str = "") -> str:
    """A picture that can be shown larger.

    Args:
        png: The picture.
        alt: What it shows, in words.
        outlines: What stands upon it, as HTML.
    """
    from PIL import Image

    with Image.open(BytesIO(png)) as image:
        width, height = image.size
        small = BytesIO()
        image.convert("RGB").save(small, "WEBP", quality=75, method=2)
    data = b64encode(small.getvalue()).decode()
    return (
        f'<button type="button" class="picture" style="--wide: {width / height:.4f}">'
        f'<img src="data:image/webp;base64,{data}" alt="{escape(alt)}" width="{width}" height="{height}"'
        f' loading="lazy" decoding="async">{outlines}</button>'
    )


def outline(number: int, kind: str, place: tuple[float, ...], size: tuple[int, int]) -> str:
    """The outline of what is at a place of a picture; "" if that is nowhere in it."""
    if not place:
        return ""
    left, top, width, height = place
    right, bottom = min(left + width + 4, size[0]), min(top + height + 4, size[1])
    left, top = max(left - 4, 0), max(top - 4, 0)
    if right <= left or bottom <= top:
        return ""
    sides = {
        "left": left / size[0],
        "top": top / size[1],
        "width": (right - left) / size[0],
        "height": (bottom - top) / size[1],
    }
    style = "; ".join(f"{side}: {part:.2%}" for side, part in sides.items())
    beside = " beside" if left > size[0] / 40 or top < size[1] / 15 else ""
    return (
        f'<span class="outline{beside}" data-number="{number}" data-kind="{kind}" style="{style}" aria-hidden="true">'
        f"<i>{number}</i></span>"
    )
