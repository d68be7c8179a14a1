"""Recordings on disk: `recordings/<framework>.json` in the lesson's folder, and the figures beside it.

The files are committed, so they are made to be read in a diff: one line a line, sorted, byte for byte the same when
nothing changed. A digest of the content shows whether somebody has edited it, or a merge has mixed it up.
"""

from __future__ import annotations

import json
import math
import os
import posixpath
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from greenroom.memo import remembered
from greenroom.model import (
    FRAMEWORKS,
    Figure,
    Meaning,
    Module,
    Output,
    Passage,
    Problem,
    Raised,
    Recording,
    Span,
    Value,
)
from greenroom.problems import Code
from greenroom.record import key, settings

FOLDER = "recordings"
"""The folder of a lesson's recordings."""

SPARE = ".greenroom"
"""The folder of the project for what is not finished."""

_UNFINISHED, _READY, _PLACES = "unfinished-", "ready-", "places"
"""How a folder of new files begins its name before and after it is whole, and the name of the list of their places."""

_MEANT, _AROUND = "> ", "  "
"""How the lines begin that a step means, and those around them."""

_NAME = re.compile(rf"(?:{'|'.join(FRAMEWORKS)})(?:\.json|-.+\.(?:svg|png))")
"""The names of the files that are written here."""


def place(module_path: str) -> str:
    """The path of a module's recording."""
    folder, name = posixpath.split(module_path)
    return f"{folder}/{FOLDER}/{name.removesuffix('.py')}.json"


def command(module: Module, option: str = "") -> str:
    """The command that records a module."""
    return f"greenroom record {option}{' ' if option else ''}{module.lesson}/{module.framework}"


def read(root: Path, module: Module) -> tuple[Recording | None, Problem | None]:
    """Read a module's recording; None if there is none, or if it cannot be used, and the problem is why.

    The alternative texts of its figures are those that the module's cells have now.
    """
    path = place(module.path)
    try:
        content = (root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    hint = (
        "recordings are not edited by hand: take the one of before from version control, or look at what "
        f"`{command(module, '--accept')}` makes"
    )
    try:
        data = _data(content)
        if not settings.OLDEST_FORMAT <= data["format"] <= settings.FORMAT:
            fact = "this recording was made by a greenroom that wrote it, or ran the module, in another way"
            hint = f"`{command(module, '--accept')}` makes it again"
            return None, Problem(Span(path, 1), Code.RECORDING_STALE, fact, hint)
        if not _is_whole(content):
            fact = "this recording is not as it was written"
            return None, Problem(Span(path, 1), Code.RECORDING_DAMAGED, fact, hint)
        names = [figure["name"] for output in data["outputs"] for figure in output.get("figures", ())]
        figures = tuple((name, (root / path).with_name(Path(name).name).read_bytes()) for name in names)
        alts = tuple((cell.name, cell.option("alt") or "") for cell in module.cells)
        return _recording(content, module.path, alts, figures), None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        fact = f"this recording cannot be read: {type(error).__name__}: {error}"
        return None, Problem(Span(path, 1), Code.RECORDING_DAMAGED, fact, hint)


def write(root: Path, recording: Recording) -> bool:
    """Write a recording and its figures, as far as they differ from what is there; returns whether any did.

    They come into their places together: what a process that is killed has left ready, the next one puts there.
    """
    path = place(recording.path)
    data = _to_json(recording)
    for part in _parts(data):
        part["digest"] = _digest(part)
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    figures = [figure for output in recording.outputs for figure in output.figures]
    files = {path: text.encode()} | {f"{posixpath.dirname(path)}/{each.name}": each.data for each in figures}
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    changed = {file: content for file, content in files.items() if not _holds(root / file, content)}
    if changed:
        _put(root, _staged(_spare(root), changed))
    return bool(changed)


def settle(root: Path) -> None:
    """Bring to its end what a recorder that was killed has left ready."""
    if next((root / SPARE).glob(f"{_READY}*"), None):
        with alone(root):
            pass


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other recorders from writing until the block ends; waits for one that is writing now.

    What one that was killed has left is put into its place, or away, first.
    """
    with (_spare(root) / "lock").open("ab") as file:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, also by a process that is killed
        else:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        for folder in sorted(_spare(root).glob(f"{_READY}*")):
            _put(root, folder)
        for folder in _spare(root).glob(f"{_UNFINISHED}*"):
            shutil.rmtree(folder)
        yield


def orphans(
    root: Path, snippets: str, modules: Iterable[Module], recordings: Mapping[str, Recording]
) -> Iterator[Path]:
    """The recordings and figures that belong to no module; files that were not named by us are left alone.

    Args:
        root: The project's root.
        snippets: The folder of the lessons, relative to the root.
        modules: All modules there are.
        recordings: Those that can be read, by their modules' paths. Which figures belong to one that cannot is not
            known, so it keeps all that may be its.
    """
    known: set[str] = set()
    beginnings: list[str] = []
    for module in modules:
        path = place(module.path)
        known.add(path)
        if module.path in recordings:
            outputs = recordings[module.path].outputs
            known |= {f"{posixpath.dirname(path)}/{figure.name}" for output in outputs for figure in output.figures}
        else:
            beginnings.append(f"{path.removesuffix('.json')}-")
    for folder, below, names in os.walk(root / snippets):
        below.sort()
        for name in sorted(names) if Path(folder).name == FOLDER else ():
            path = Path(folder, name).relative_to(root).as_posix()
            if _NAME.fullmatch(name) and path not in known and not path.startswith(tuple(beginnings)):
                yield root / path


def remove(files: Iterable[Path]) -> None:
    """Remove files, and folders that are empty then."""
    for file in files:
        file.unlink(missing_ok=True)
        if not any(file.parent.iterdir()):
            file.parent.rmdir()


def _spare(root: Path) -> Path:
    """The folder for what is not finished: beside the recordings, another recorder would take it for an orphan."""
    folder = root / SPARE
    folder.mkdir(exist_ok=True)
    return folder


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False


def _staged(spare: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with new files and the list of their places; once it has its name, they are as good as written."""
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=spare))
    try:
        numbered = {str(number): content for number, content in enumerate(files.values())}
        for name, content in (*numbered.items(), (_PLACES, json.dumps(list(files)).encode())):
            with (folder / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        return folder.rename(folder.with_name(folder.name.replace(_UNFINISHED, _READY, 1)))
    except BaseException:
        shutil.rmtree(folder)
        raise


def _put(root: Path, staged: Path) -> None:
    """Put staged files into their places; those that have gone there already are left out."""
    for number, path in enumerate(json.loads((staged / _PLACES).read_text(encoding="utf-8"))):
        with suppress(FileNotFoundError):
            (staged / str(number)).replace(root / path)
    shutil.rmtree(staged)


def _parts(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What has a digest of its own, so that versions of the file that differ in one of them can be merged."""
    return (part for part in (data, data["times"], data.get("steps")) if part)


@remembered(lambda content: content)
def _data(content: bytes) -> dict[str, Any]:
    """What a recording's file says; nobody changes it."""
    data: dict[str, Any] = json.loads(content)
    return data


@remembered(lambda content: content)
def _is_whole(content: bytes) -> bool:
    """Whether a recording's file is as it was written."""
    return all(part["digest"] == _digest(part) for part in _parts(_data(content)))


def _digest(data: Mapping[str, Any]) -> str:
    content = {name: value for name, value in data.items() if name not in ("digest", "times", "steps")}
    return key.digest(json.dumps(content, sort_keys=True).encode())


# --- the form -------------------------------------------------------------------------------------------------------


def _to_json(recording: Recording) -> dict[str, Any]:
    # apart from the rest: steps and times change while the outputs, and the digest of all else, are the same
    steps = {"steps": {"walked": [_meaning_to_json(each) for each in recording.steps]}} if recording.steps else {}
    return {
        "format": settings.FORMAT,
        "module": recording.path,
        "key": recording.key,
        "cells": [f"{name} {content}" for name, content in recording.cells],
        "environment": dict(recording.settings)["environment"],
        "seed": int(dict(recording.settings)["seed"]),
        "sources": dict(recording.sources),
        "imports": list(recording.imports),
        "versions": dict(recording.versions),
        "outputs": [_output_to_json(output) for output in recording.outputs],
        "times": {"seconds": [output.seconds for output in recording.outputs]},
        **steps,
    }


def _output_to_json(output: Output) -> dict[str, Any]:
    data: dict[str, Any] = {"cell": output.cell}
    if output.stdout:
        data["stdout"] = output.stdout.split("\n")
    if output.value:
        data["value"] = output.value.split("\n")
    if output.figures:
        data["figures"] = [{"name": figure.name, "digest": key.digest(figure.data)} for figure in output.figures]
    if output.raised:
        data["raised"] = {
            "type": output.raised.type,
            "message": output.raised.message,
            "line": output.raised.line,
            "traceback": output.raised.traceback.split("\n"),
        }
    if output.values:
        data["values"] = {
            value.name: {
                "dtype": value.dtype,
                "shape": _joined(value.shape),
                "data": _joined(value.data),
            }
            for value in output.values
        }
    return data


def _meaning_to_json(meaning: Meaning) -> dict[str, Any]:
    data: dict[str, Any] = {"of": meaning.selector, "step": meaning.text, "is": meaning.kind}
    if meaning.name != meaning.text:
        data["name"] = meaning.name
    data["passages"] = [
        [_AROUND + line for line in each.above]
        + [_MEANT + line for line in each.lines]
        + [_AROUND + line for line in each.below]
        for each in meaning.passages
    ]
    return data


def _joined(numbers: Iterable[object]) -> str:
    """The numbers with spaces between them: one line in the file, where a list would be a line a number."""
    return " ".join(map(str, numbers))


def _number(text: str, dtype: str) -> float | str:
    if dtype.startswith("complex"):
        return text
    if dtype == "bool":
        return text == "True"
    return float(text) if dtype.startswith("float") else int(text)


@remembered(lambda *arguments: arguments)
def _recording(
    content: bytes, path: str, alts: tuple[tuple[str, str], ...], figures: tuple[tuple[str, bytes], ...]
) -> Recording:
    """Make a recording of its file.

    Args:
        content: The file's content.
        path: The module's path.
        alts: The alternative texts of the module's cells, by their names.
        figures: What the files of the figures hold, by their names.
    """
    data = _data(content)
    if data["module"] != path:
        raise ValueError(f"it is of `{data['module']}`")
    outputs = [
        replace(_output_from_json(output, dict(figures), dict(alts)), seconds=_seconds(seconds))
        for output, seconds in zip(data["outputs"], data["times"]["seconds"], strict=True)
    ]
    return Recording(
        path,
        data["key"],
        tuple(data["versions"].items()),
        tuple(outputs),
        tuple(data["sources"].items()),
        tuple(data["imports"]),
        tuple((name, content) for name, _, content in (cell.partition(" ") for cell in data["cells"])),
        (("environment", data["environment"]), ("format", str(data["format"])), ("seed", str(data["seed"]))),
        tuple(_meaning_from_json(each) for each in data.get("steps", {}).get("walked", ())),
    )


def _meaning_from_json(data: Mapping[str, Any]) -> Meaning:
    passages = tuple(map(_passage_from_json, data["passages"]))
    return Meaning(data["of"], data["step"], data["is"], data.get("name", data["step"]), passages)


def _passage_from_json(lines: Sequence[str]) -> Passage:
    meant = [place for place, line in enumerate(lines) if line.startswith(_MEANT)]
    texts = tuple(line[len(_MEANT) :] for line in lines)
    first, end = meant[0], meant[-1] + 1
    return Passage(texts[first:end], texts[:first], texts[end:])


def _seconds(seconds: float) -> float:
    if not math.isfinite(seconds):
        raise ValueError(f"{seconds} is no number of seconds")
    return float(seconds)


def _figure_from_json(data: Mapping[str, Any], content: bytes, alt: str) -> Figure:
    if key.digest(content) != data["digest"]:
        raise ValueError(f"`{data['name']}` is not as it was written")
    return Figure(data["name"], alt, content)


def _output_from_json(data: Mapping[str, Any], figures: Mapping[str, bytes], alts: Mapping[str, str]) -> Output:
    raised = data.get("raised")
    return Output(
        cell=data["cell"],
        stdout="\n".join(data.get("stdout", ())),
        value="\n".join(data.get("value", ())),
        figures=tuple(
            _figure_from_json(figure, figures[figure["name"]], alts.get(data["cell"], ""))
            for figure in data.get("figures", ())
        ),
        raised=raised and Raised(raised["type"], raised["message"], raised["line"], "\n".join(raised["traceback"])),
        values=tuple(
            Value(
                name,
                value["dtype"],
                tuple(map(int, value["shape"].split())),
                tuple(_number(number, value["dtype"]) for number in value["data"].split()),
            )
            for name, value in data.get("values", {}).items()
        ),
    )
