"""A recorded output against a new one, as a careful person would compare them.

Text must be the same, but the numbers in it may differ by a tolerance: another processor adds in another order.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections.abc import Iterator
from difflib import unified_diff
from io import BytesIO

from greenroom.model import Cell, Figure, Output, Problem, Span
from greenroom.problems import Code

RTOL = 1e-4
ATOL = 1e-6
"""The tolerances of numbers in text, unless the cell's header says otherwise."""

_PICTURE_ATOL = 1e-2
"""The tolerance of coordinates, in points: what nobody sees."""

_PIXEL_ATOL = 16
"""The tolerance of a pixel's colour, of 255 in each channel: what nobody sees."""

_MOST_LINES = 20
"""How many lines of a difference are shown."""

_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)(?!\w)")
_PICTURE_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_EMBEDDED = re.compile(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=\s]*")
_PICTURE_ID = re.compile(r"\b(?:[mph]|image|C[0-9a-f]+_[0-9a-f]+_)[0-9a-f]{10}\b")


def compare(path: str, cell: Cell, recorded: Output, new: Output, command: str) -> tuple[Problem, ...]:
    """What of a cell's new output differs from the recorded one; nothing does if its header says `output="any"`.

    Args:
        path: The module's path.
        cell: The cell, whose header may give tolerances.
        recorded: What it produced when it was recorded.
        new: What it has produced now.
        command: What records it anew.
    """
    if cell.option("output") == "any":
        return ()
    hint = f'if this is right, `{command}` records it; if it is random, set the seed, or write `output="any"`'
    span = Span(path, max(cell.header, 1))
    name = f"`{cell.name}`" if cell.name else "the unnamed cell"
    return tuple(
        Problem(span, Code.RECORDING_DIFFERS, f"{name} {difference}", hint)
        for difference in _differences(recorded, new, *tolerances(cell))
    )


def tolerances(cell: Cell, rtol: float = RTOL, atol: float = ATOL) -> tuple[float, float]:
    """The cell's relative and absolute tolerance, those given if its header has none."""
    return float(cell.option("rtol") or rtol), float(cell.option("atol") or atol)


def _differences(recorded: Output, new: Output, rtol: float, atol: float) -> Iterator[str]:
    if not same_text(recorded.stdout, new.stdout, rtol, atol):
        yield f"prints something else than was recorded:\n{diff(recorded.stdout, new.stdout)}"
    if not same_text(recorded.value, new.value, rtol, atol):
        yield f"has another value than was recorded:\n{diff(recorded.value, new.value)}"
    old, now = ((f"{raised.type}: {raised.message}" if raised else "") for raised in (recorded.raised, new.raised))
    if not same_text(old, now, rtol, atol):
        yield f"fails in another way than was recorded:\n{diff(old, now)}"
    if len(recorded.figures) != len(new.figures):
        yield f"draws {len(new.figures)} figures where {len(recorded.figures)} were recorded"
    else:
        for before, after in zip(recorded.figures, new.figures, strict=True):
            if not same_picture(before, after):
                yield f"draws `{after.name}` in another way than was recorded"
    if [(value.name, value.dtype, value.shape) for value in recorded.values] != [
        (value.name, value.dtype, value.shape) for value in new.values
    ]:
        yield "has other names, types or shapes of its parity values than were recorded"
    else:
        for was, value in zip(recorded.values, new.values, strict=True):
            old, now = (" ".join(map(str, each.data)) for each in (was, value))
            if not same_text(old, now, rtol, atol):
                yield f"gives `{value.name}` another value than was recorded:\n{diff(old, now)}"


def same_text(old: str, new: str, rtol: float, atol: float) -> bool:
    """Whether two texts are the same but for numbers that are close to each other.

    Whole numbers are not measured: 3 epochs are not 3.0001 epochs, and a count that is off by one is wrong.
    """
    if old == new:
        return True
    if _words(_NUMBER, old) != _words(_NUMBER, new):
        return False
    return all(
        was == now or (not _whole(was) and not _whole(now) and _close(float(was), float(now), rtol, atol))
        for was, now in zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=True)
    )


def same_picture(old: Figure, new: Figure) -> bool:
    """Whether two pictures are the same; coordinates in an SVG, and colours, may differ by what nobody sees."""
    if old.data == new.data:
        return True
    if old.name.endswith(".png") and new.name.endswith(".png"):
        return same_pixels(old.data, new.data)
    if not (old.name.endswith(".svg") and new.name.endswith(".svg")):
        return False
    # matplotlib's ids are digests of the shapes: they change with the last digit of a coordinate.
    texts = [_PICTURE_ID.sub("id", figure.data.decode(errors="replace")) for figure in (old, new)]
    embedded = [list(map(b64decode, _EMBEDDED.findall(text))) for text in texts]
    if len(embedded[0]) != len(embedded[1]) or not all(map(same_pixels, *embedded)):
        return False
    texts = [_EMBEDDED.sub("", text) for text in texts]
    if _words(_PICTURE_NUMBER, texts[0]) != _words(_PICTURE_NUMBER, texts[1]):
        return False
    return all(
        _close(float(was), float(now), 0, _PICTURE_ATOL)
        for was, now in zip(*map(_PICTURE_NUMBER.findall, texts), strict=True)
    )


def same_pixels(old: bytes, new: bytes) -> bool:
    """Whether two images, or all frames of two animations, have the same size and much the same colours everywhere.

    Those that cannot be read, or not here, where matplotlib and so Pillow may be missing, are the same byte by byte.
    """
    if old == new:
        return True
    try:
        from PIL import Image, ImageChops, ImageSequence

        with Image.open(BytesIO(old)) as was, Image.open(BytesIO(new)) as now:
            frames = [
                [(frame.info.get("duration"), frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]
                for image in (was, now)
            ]
    except (ImportError, OSError):
        return False
    if len(frames[0]) != len(frames[1]):
        return False
    for (time, before), (other_time, after) in zip(*frames, strict=True):
        if time != other_time or before.size != after.size:
            return False
        furthest = ImageChops.difference(before, after).getextrema()
        if any(most > _PIXEL_ATOL for _, most in furthest):  # type: ignore[misc]
            return False
    return True


def diff(old: str, new: str) -> str:
    """The differing lines, indented, `-` before what was recorded and `+` before what is new."""
    lines = list(unified_diff(old.split("\n"), new.split("\n"), n=1, lineterm=""))[2:]
    shown = [f"    {line}" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"    … and {len(lines) - _MOST_LINES} lines more")
    return "\n".join(shown)


def _whole(number: str) -> bool:
    return number.lstrip("+-").isdecimal()


def _words(number: re.Pattern[str], text: str) -> list[str]:
    """What stands between the numbers; the width to which an array's numbers are padded depends on them."""
    return [re.sub(r"[ \t]+", " ", word).strip(" ") for word in number.split(text)]


def _close(old: float, new: float, rtol: float, atol: float) -> bool:
    if math.isfinite(old) and math.isfinite(new):
        return abs(new - old) <= atol + rtol * abs(old)
    return old == new or (math.isnan(old) and math.isnan(new))
