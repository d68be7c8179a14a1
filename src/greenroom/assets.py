"""The files that every deck loads: reveal.js with our plugins, the theme, the fonts, and their licences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).with_name("assets") / "vendor"
"""Where building or installing the package puts them."""

AXE = FOLDER / "axe.js"
"""axe-core, which finds what keeps people out of a page; no deck loads it."""

DEFAULT_THEME = "greenroom"


def themes() -> tuple[str, ...]:
    """The names of the themes that ship with the package."""
    return tuple(sorted(path.stem for path in (FOLDER / "themes").glob("*.css")))


def files(theme: str = DEFAULT_THEME) -> Mapping[str, Path]:
    """What a deck loads.

    Args:
        theme: One of ours or of reveal.js's; any other is the author's own, and none of these files.

    Returns:
        The file to copy for each POSIX path below the deck's `assets/`.
    """
    sheets = [name for name in ("deck.css", f"themes/{theme}.css") if (FOLDER / name).is_file()]
    speaker = ("speaker.html", "speaker.js", "speaker.css")
    return _with_fonts("deck.js", "marks.js", "marks.css", *speaker, "source.js", "source.css", *sheets)


def math() -> Mapping[str, Path]:
    """What a page with formulas loads, as in `files`: `math.css` and the fonts it names."""
    return _with_fonts("math.css")


def handout() -> Mapping[str, Path]:
    """What a document of a site's pages loads, as in `files`: `handout.css` and the fonts it names."""
    return _with_fonts("handout.css")


def _with_fonts(*names: str) -> Mapping[str, Path]:
    sheets = [(FOLDER / name).read_text(encoding="utf-8") for name in names if name.endswith(".css")]
    fonts = {font for sheet in sheets for font in re.findall(r"fonts/[\w-]+\.woff2", sheet)}
    licences = {path.name for path in (FOLDER / "LICENSES").glob("*.txt") if not path.name.startswith("axe-core")}
    return {name: FOLDER / name for name in sorted({*names, *fonts, *(f"LICENSES/{name}" for name in licences)})}
