"""The size of a picture, so that it has its room on the page before it is there."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path


def size(picture: bytes | Path) -> tuple[int, int] | None:
    """The width and height of a picture in pixels of the page; None if it has none, or if it is no picture."""
    import imagesize  # type: ignore[import-untyped]

    width, height = imagesize.get(BytesIO(picture) if isinstance(picture, bytes) else picture)
    return (round(width), round(height)) if width > 0 and height > 0 else None
