"""The sizes of pictures, of every kind that decks show."""

import struct
import zlib
from pathlib import Path

import pytest

from greenroom import pictures


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


HEAD = (b"IHDR", struct.pack(">IIBBBBB", 640, 480, 8, 2, 0, 0, 0))
PNG = png(HEAD, (b"IEND", b""))
GIF = b"GIF89a" + struct.pack("<HH", 30, 20) + b"\0\0\0;"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="720pt" height="331.2pt"></svg>'


@pytest.mark.parametrize(("picture", "size"), [(PNG, (640, 480)), (GIF, (30, 20)), (SVG, (960, 442))])
def test_a_picture_tells_its_size(picture: bytes, size: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(picture)
    assert pictures.size(picture) == pictures.size(file) == size


@pytest.mark.parametrize("other", [b"", b"text", PNG[:12], b'<svg viewBox="0 0 1 1"/>'])
def test_what_has_no_size_is_left_alone(other: bytes) -> None:
    assert pictures.size(other) is None


def test_a_picture_that_plays_stands_still_in_its_first_frame() -> None:
    frame, other = (b"IDAT", b"first"), (b"fdAT", b"\0\0\0\1other")
    playing = png(HEAD, (b"acTL", b"\0\0\0\2\0\0\0\0"), (b"fcTL", b"1"), frame, (b"fcTL", b"2"), other, (b"IEND", b""))
    assert pictures.still(playing) == png(HEAD, frame, (b"IEND", b""))


@pytest.mark.parametrize("other", [PNG, GIF, SVG, b""])
def test_what_does_not_play_has_no_still(other: bytes) -> None:
    assert pictures.still(other) is None
