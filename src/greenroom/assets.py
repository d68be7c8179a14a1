"""The files that every deck loads: reveal.js with our plugins, the theme, the fonts, and their licences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

FOLDER = Path(__file__).with_name("assets") / "vendor"
"""Where building or installing the package puts them."""

DEFAULT_THEME = "greenroom"

_MODES = {"greenroom-light": "light", "greenroom-dark": "dark"}


def themes() -> tuple[str, ...]:
    """The names that `theme:` in front matter may have, sorted."""
    return tuple(sorted([*_MODES, *(path.stem for path in (FOLDER / "themes").glob("*.css"))]))


def stylesheet(theme: str) -> tuple[str, str]:
    """The theme's file below the deck's `assets/`, and its mode: "light", "dark", or "" for what the system prefers."""
    name = DEFAULT_THEME if theme in _MODES else theme
    return f"themes/{name}.css", _MODES.get(theme, "")


def files(theme: str = DEFAULT_THEME) -> Mapping[str, Path]:
    """What a deck of the theme loads.

    Args:
        theme: One of `themes()`.

    Returns:
        The file to copy for each POSIX path below the deck's `assets/`.
    """
    sheets = ("deck.css", stylesheet(theme)[0])
    fonts = {font for sheet in sheets for font in _fonts(sheet)}
    licences = {path.relative_to(FOLDER).as_posix() for path in (FOLDER / "LICENSES").iterdir()}
    return {name: FOLDER / name for name in sorted({"deck.js", "notes.js", *sheets, *fonts, *licences})}


def _fonts(sheet: str) -> list[str]:
    text = (FOLDER / sheet).read_text(encoding="utf-8")
    names = re.findall(r"url\(\"?(?:\.\./|\./)?(fonts/[^\")]+)", text)
    return [str(PurePosixPath(name)) for name in names]
