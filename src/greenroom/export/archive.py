"""Files → a zip archive of them, which is the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_BEFORE = (1980, 1, 1, 0, 0, 0)
"""The first time that an archive can tell."""

_PACKED = (".woff2", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".mp4", ".webm", ".mp3", ".zip")


def archive(folder: str, files: Mapping[str, bytes]) -> bytes:
    """Pack files.

    Args:
        folder: What they are unpacked into.
        files: By their paths in the folder.
    """
    packed = BytesIO()
    with ZipFile(packed, "w") as writer:
        for path in sorted(files):
            info = ZipInfo(f"{folder}/{path}", _BEFORE)
            info.create_system = 3  # wherever it is made
            info.external_attr = 0o100644 << 16
            info.compress_type = ZIP_STORED if path.lower().endswith(_PACKED) else ZIP_DEFLATED
            writer.writestr(info, files[path])
    return packed.getvalue()
