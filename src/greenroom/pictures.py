"""What a page must know of a picture: its size, so that it has its room before it is there, and how it stands still."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_PLAYS = (b"acTL", b"fcTL", b"fdAT")  # chunks without which the first frame is all there is


def size(picture: bytes | Path) -> tuple[int, int] | None:
    """The width and height of a picture in pixels of the page; None if it has none, or if it is no picture."""
    import imagesize  # type: ignore[import-untyped]

    width, height = imagesize.get(BytesIO(picture) if isinstance(picture, bytes) else picture)
    return (round(width), round(height)) if width > 0 and height > 0 else None


def still(picture: bytes) -> bytes | None:
    """The first frame of a PNG that plays; None if the picture doesn't."""
    if not picture.startswith(_PNG):
        return None
    kept, at = [_PNG], len(_PNG)
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        end = at + 12 + length
        if picture[at + 4 : at + 8] not in _PLAYS:
            kept.append(picture[at:end])
        at = end
    shown = b"".join(kept)
    return shown if len(shown) < len(picture) else None
