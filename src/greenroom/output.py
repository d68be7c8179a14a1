"""An output folder: written whole or not at all, and known to be current."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import greenroom

STAMP = ".greenroom.json"

LEFTOVER_SECONDS = 3600
"""How old an unfinished output must be to count as left behind: a younger one may be another build's at work."""


class ForeignFilesError(Exception):
    """The folder holds files that greenroom did not put there, and which replacing it would remove."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        super().__init__(f"{folder} has files that greenroom did not make: {', '.join(names[:3])}")


def own(folder: Path) -> None:
    """Make sure that the folder may be replaced: it is new, empty, or holds nothing but what was stamped.

    Raises:
        ForeignFilesError: If it may not.
    """
    held = set(_files(folder))
    try:
        stamped = set(json.loads((folder / STAMP).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        stamped = set()
    if foreign := sorted(held - stamped):
        raise ForeignFilesError(folder, foreign)


def fresh(folder: Path) -> Path:
    """A new, empty folder beside `folder`, on the same file system, so that it can take its place by renaming."""
    recover(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}-new-", dir=folder.parent))


def swap(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`, which is removed. A cut between the two renames is mended by `recover`."""
    new.chmod(0o755)  # mkdtemp's 0o700 would keep a web server's user out
    old = _aside(folder)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def recover(folder: Path) -> None:
    """Bring the last good output back where a swap was cut, and remove what a killed build left behind."""
    old = _aside(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    for leftover in folder.parent.glob(f".{folder.name}-new-*"):
        if leftover.stat().st_mtime < time.time() - LEFTOVER_SECONDS:
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A fresh folder to write to, which takes the place of `folder` if the block ends without an exception."""
    new = fresh(folder)
    try:
        yield new
        swap(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """A file to write to, which takes the place of `path` if the block ends without an exception."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-new-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    new = Path(name)
    try:
        yield new
        new.chmod(0o644)  # mkstemp's 0o600 would keep a web server's user out
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def write(folder: Path, files: Mapping[str, Path | str | bytes]) -> None:
    """Write files by their POSIX paths in the folder: text, bytes, or a copy of a file."""
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, target)
        else:
            target.write_bytes(content.encode() if isinstance(content, str) else content)


def digest(parts: Iterable[object]) -> str:
    """One digest of what decides an output: options, and files by their content. greenroom itself always counts."""
    hasher = blake2b(digest_size=16)
    for part in (_contents(Path(greenroom.__file__).parent), *parts):
        if isinstance(part, Path):
            hasher.update(part.read_bytes() if part.is_file() else b"none")
        else:
            hasher.update(repr(part).encode())
        hasher.update(b"\0")
    return hasher.hexdigest()


def stamp(folder: Path, facts: Mapping[str, object]) -> None:
    """Note in `folder` what it was made from, and what it holds, for `current`."""
    text = json.dumps({**facts, "files": _contents(folder)}, sort_keys=True)
    (folder / STAMP).write_text(text, encoding="utf-8")


def read_stamp(folder: Path) -> dict[str, Any] | None:
    """What `stamp` noted, or None if nobody did, or if the folder's files are not those that were stamped."""
    try:
        facts = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    held = facts.pop("files", None) if isinstance(facts, dict) else None
    return facts if held == _contents(folder) else None


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-old")


def _contents(folder: Path) -> dict[str, str]:
    """A digest of each file, by its name; the same on every machine and at every time, as what is published must be."""
    return {
        name: blake2b(path.read_bytes(), digest_size=16).hexdigest() for name, path in sorted(_files(folder).items())
    }


def _files(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.suffix != ".pyc" and path.name != STAMP and path.is_file()
    }
