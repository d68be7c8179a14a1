"""What was seen is kept by the content of slides, so that a rehearsal visits what changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from html import escape
from pathlib import Path

from greenroom import assets, output
from greenroom.build import Deck
from greenroom.rehearse.visit import States

FILE = ".greenroom/rehearsal.json"


def digest(*parts: object) -> str:
    """One digest of all that decides what is seen."""
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def contents(files: Mapping[str, Path | str | bytes], names: Iterable[str]) -> str:
    """A digest of files, by their names."""
    hasher = blake2b(digest_size=16)
    for name in sorted(names):
        content = files[name]
        data = content.read_bytes() if isinstance(content, Path) else content
        hasher.update(name.encode() + b"\0" + (data.encode() if isinstance(data, str) else data) + b"\0")
    return hasher.hexdigest()


def looks(deck: Deck) -> tuple[str, dict[str, str]]:
    """What decides how a deck looks.

    Args:
        deck: The deck.

    Returns:
        A digest of what all slides share, and for each slide, by its id, of its HTML and the files that it shows.
    """
    files = deck.files
    own = {name for name in files if not name.startswith(("assets/snippets/", "assets/programs.js"))}
    sections = dict(slide for stack in deck.stacks for slide in stack)
    shown = {
        each: sorted(name for name in own if not name.startswith("assets/deck") and escape(name) in html)
        for each, html in sections.items()
    }
    common = own - {name for names in shown.values() for name in names}
    slides = {each: digest(html, contents(files, shown[each])) for each, html in sections.items()}
    return digest(deck.page([]), contents(files, common)), slides


def program() -> str:
    """A digest of what looks."""
    own = sorted(path for path in Path(__file__).parent.iterdir() if path.suffix in (".py", ".js"))
    return contents({path.name: path for path in (*own, assets.AXE)}, [path.name for path in (*own, assets.AXE)])


def read(root: Path) -> dict[str, States]:
    """What is kept; nothing if that cannot be read."""
    try:
        kept = json.loads((root / FILE).read_text(encoding="utf-8"))
        return {key: [(step, marks) for step, marks in states] for key, states in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def write(root: Path, kept: Mapping[str, States]) -> None:
    """Keep this, and nothing else."""
    with output.replacing_file(root / FILE) as new:
        new.write_text(json.dumps(kept, separators=(",", ":")), encoding="utf-8")
