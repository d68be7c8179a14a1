"""Where addresses lead in a folder of files, and what stands for a file in a page that has it inside."""

from __future__ import annotations

import posixpath
import re
from base64 import b64encode
from collections.abc import Container
from mimetypes import MimeTypes
from urllib.parse import unquote, urlsplit

_NO_FILE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#|$")
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


def found(address: str, base: str, files: Container[str]) -> tuple[str, str] | None:
    """The file that an address means, and what follows its path: `?lines=3#L3`; None if it is none of the files.

    Args:
        address: As it is written.
        base: The path of the file that it is written in.
        files: The paths of the files.
    """
    address = address.strip()
    if _NO_FILE.match(address):
        return None
    split = urlsplit(address)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(split.path))) if split.path else base
    if path not in files and split.path.endswith("/"):
        path = posixpath.normpath(f"{path}/index.html")
    tail = (
        address[address.find("?") if "?" in address else address.find("#") :] if split.query or split.fragment else ""
    )
    return (path, tail) if path in files else None


def media_type(path: str) -> str:
    """The media type of a file, by its name."""
    ending = posixpath.splitext(path)[1].lower()
    return _TYPES.get(ending) or _KNOWN.guess_type(f"x{ending}")[0] or "application/octet-stream"


def data(path: str, content: bytes) -> str:
    """A file as an address."""
    kind = media_type(path)
    text = ";charset=utf-8" if kind.startswith("text/") else ""
    return f"data:{kind}{text};base64,{b64encode(content).decode()}"
