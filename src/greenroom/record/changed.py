"""What has changed since a module was recorded, in words: why it runs again, or that there is no reason to."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from importlib import metadata

from greenroom.model import Attributes, Cell, Recording
from greenroom.record import key


def since(recording: Recording, sources: key.Sources) -> tuple[str, ...]:
    """What bears on the recording and is another now; nothing if the recording holds.

    Args:
        recording: The module's recording.
        sources: The module and its files as they are now.
    """
    if key.key(sources, key.shown(recording.outputs, sources.code)) == recording.key:
        return ()
    now = dict(key.settings_of(sources.module.framework))
    before = dict(recording.settings)
    if before["format"] != now["format"]:
        # A key of another format cannot be made any more: whether the rest changed as well is not known.
        return (
            f"recordings had the format {before['format']}, and have {now['format']} now",
            *_files(recording, sources),
        )
    found = [*_cells(recording, sources), *_files(recording, sources, sources.module.path)]
    if before["seed"] != now["seed"]:
        found.append(f"the seed is {now['seed']}, and was {before['seed']}")
    found += _variables(before["environment"], now["environment"])
    return tuple(found) or ("lines that its output shows have moved, or read otherwise",)


def versions(recording: Recording) -> tuple[str, ...]:
    """What was recorded under other versions than are installed now."""
    return tuple(
        f"{name} is {now}, and was {version}"
        for name, version in recording.versions
        if (now := installed(name)) is not None and now != version
    )


def installed(name: str) -> str | None:
    """The version of Python, or of a package, that a module would run with here; None if that is not known."""
    if name == "python":
        return platform.python_version()
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return None


def _variables(before: str, now: str) -> Iterator[str]:
    """The environment variables, given as `NAME=value NAME=value`, that are others now."""
    old, new = (dict(each.partition("=")[::2] for each in text.split(" ")) for text in (before, now))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"modules run with {name}={new.get(name, '')}, and ran with {name}={old.get(name, '')}"


def _cells(recording: Recording, sources: key.Sources) -> Iterator[str]:
    before, now = _numbered(recording.cells), _numbered(key.cells(sources))
    places = dict(zip(now, sources.cells, strict=True))
    for each, cell in places.items():
        if each not in before:
            yield f"{_called(cell, sources)} is new"
        elif before[each] != now[each]:
            yield f"{_called(cell, sources)} has other code, or asks for something else in its header"
    yield from (
        f"the cell `{name}` is gone" if name else "a cell without a name is gone"
        for name, n in before.keys() - now.keys()
    )
    kept = [each for each in before if each in now]
    if kept != [each for each in now if each in before]:
        yield "the cells stand in another order"


def _numbered(cells: Attributes) -> Mapping[tuple[str, int], str]:
    """The digests by the name and, for cells that share one, or have none, the how many-th it is."""
    found: dict[tuple[str, int], str] = {}
    for name, content in cells:
        found[name, sum(1 for each, _ in found if each == name)] = content
    return found


def _called(cell: Cell, sources: key.Sources) -> str:
    name = f"the cell `{cell.name}`" if cell.name else "the cell without a name"
    return f"{name} ({sources.module.path}:{max(cell.header, 1)})"


def _files(recording: Recording, sources: key.Sources, but: str = "") -> Iterator[str]:
    before, now = dict(recording.sources), dict(sources.digests())
    for path in sorted(before.keys() | now.keys()):
        what = "imports" if path in sources.code else "reads"
        if path == but or before.get(path) == now.get(path):
            continue
        if path not in before:
            yield f"`{path}`, which it {what}, is new"
        elif path not in now:
            yield f"`{path}` is gone, or not imported or read any more"
        else:
            yield f"`{path}`{'' if path == sources.module.path else f', which it {what},'} has changed"
