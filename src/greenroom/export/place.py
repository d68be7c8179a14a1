"""What stands for a file in a page that has it inside."""

from __future__ import annotations

import posixpath
from base64 import b64encode
from mimetypes import MimeTypes

_TYPES = {
    ".avif": "image/avif",
    ".csv": "text/csv",
    ".ipynb": "application/x-ipynb+json",
    ".js": "text/javascript",
    ".md": "text/markdown",
    ".ogg": "audio/ogg",
    ".otf": "font/otf",
    ".ttf": "font/ttf",
    ".vtt": "text/vtt",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_KNOWN = MimeTypes(())
"""Python's own table, which is the same on every machine."""


def media_type(path: str) -> str:
    """The media type of a file, by its name."""
    ending = posixpath.splitext(path)[1].lower()
    return _TYPES.get(ending) or _KNOWN.guess_type(f"x{ending}")[0] or "application/octet-stream"


def data(path: str, content: bytes) -> str:
    """A file as an address."""
    kind = media_type(path)
    text = ";charset=utf-8" if kind.startswith("text/") else ""
    return f"data:{kind}{text};base64,{b64encode(content).decode()}"
