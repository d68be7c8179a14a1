"""The lines of listings → the columns of panes, and the largest size that fits: what needs no browser to be known.

Only heights need one: a page begins with the size that is known here, and makes smaller what is too high.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from greenroom.model import FRAMEWORKS

if TYPE_CHECKING:
    from greenroom.model import Fence, Listing

ROOM, GAP, PADDING = 1212, 24, 32  # px of the default theme: a slide, between its columns, left and right in a card
LARGEST, SMALLEST = 28, 20  # px, of code
ADVANCE = 0.6  # em, of a character of the code's font
GUTTER = 3.6  # characters that line numbers take


def columns(fence: Fence, code: bool, mark: int) -> tuple[tuple[float, float], ...]:
    """For each pane the least width, in px, and its share of the room.

    Code counts at the largest size at which all of it fits. What is left goes to the outputs that need more at the
    smallest. No pane is too narrow for its name and half of the mark.

    Args:
        fence: One with several listings.
        code: Whether their code is shown.
        mark: How many characters say what they agree on; 0 if nothing does.
    """
    room = ROOM - GAP * (len(fence.listings) - 1)
    codes = [_width(listing.code) if code else 0.0 for listing in fence.listings]
    size = min(LARGEST, (room - PADDING * len(codes)) / (sum(codes) or room))
    widths = [own * size + PADDING for own in codes]
    if not code or fence.output not in ("none", "slide"):
        needed = (_output_width(listing, room / len(codes)) for listing in fence.listings)
        lacking = [max(0.0, need - width) for need, width in zip(needed, widths, strict=True)]
        part = min(1.0, (room - sum(widths)) / (sum(lacking) or room))
        widths = [width + lack * part for width, lack in zip(widths, lacking, strict=True)]
    return tuple(zip(_least_widths(fence, mark), widths, strict=True))


def size(fence: Fence, mark: int = 0) -> int:
    """The largest size at which the widest line of the fence's code fits, in px of the default theme."""
    if len(fence.listings) > 1:
        rooms = _laid_out(columns(fence, True, mark), ROOM - GAP * (len(fence.listings) - 1))
    else:
        rooms = [(ROOM - GAP) * 0.6 if fence.output in ("column", "column-fragment") else ROOM]
    codes = [_width(listing.code) for listing in fence.listings] or [_width(fence.code) + GUTTER * ADVANCE]
    # A line may reach half into the padding behind it.
    sizes = ((room - 0.75 * PADDING) / (code or 1) for room, code in zip(rooms, codes, strict=True))
    return max(SMALLEST, int(min(LARGEST, *sizes)))


def seams(fence: Fence) -> Iterator[int]:
    """The seams, counted from 1, between neighbours whose values were compared."""
    compared = fence.parity[0].frameworks if fence.parity else ()
    for n, pair in enumerate(zip(fence.listings, fence.listings[1:], strict=False), 1):
        if all(listing.framework in compared for listing in pair):
            yield n


def _laid_out(columns: tuple[tuple[float, float], ...], room: float) -> list[float]:
    """The widths that CSS gives to `minmax(least, share)`: who has less than the least takes it from the others."""
    fixed: dict[int, float] = {}
    while True:
        rest = [n for n in range(len(columns)) if n not in fixed]
        part = (room - sum(fixed.values())) / (sum(columns[n][1] for n in rest) or 1)
        short = {n: columns[n][0] for n in rest if columns[n][1] * part < columns[n][0]}
        if not short:
            return [fixed.get(n, share * part) for n, (_, share) in enumerate(columns)]
        fixed |= short


def _least_widths(fence: Fence, mark: int) -> Iterator[float]:
    """What the panes' names need, and beside them half a mark: its words on the seam of two, a sign on more.

    A name between two seams stands in the middle.
    """
    last, marked = len(fence.listings), {*seams(fence)}
    half = 4.9 * mark + 26 if last == 2 else 26
    for n, listing in enumerate(fence.listings, 1):
        beside = (half if marked & {n - 1, n} else 0) * (2 if 1 < n < last else 1)
        yield 13 * len(FRAMEWORKS[listing.framework]) + 60 + beside


def _output_width(listing: Listing, share: float) -> float:
    """What the widest output needs; a picture has its share."""
    texts = (SMALLEST * _width(output.text) + PADDING for output in listing.outputs)
    return max(share if any(output.figures for output in listing.outputs) else 0.0, *texts, 0.0)


def _width(text: str) -> float:
    """In em."""
    return max(map(len, text.expandtabs(4).split("\n"))) * ADVANCE
