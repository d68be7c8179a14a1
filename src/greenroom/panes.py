"""A comparison → the widths of its panes: as wide as their code needs, as far as that is known without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from greenroom.model import FRAMEWORKS

if TYPE_CHECKING:
    from greenroom.model import Fence, Listing

ROOM = 1200  # px of a slide of the default theme; of another, the widths have the same proportions
GAP = 24
PADDING = 40  # of a pane, left and right
LARGEST, SMALLEST = 28, 20  # px, of code
ADVANCE = 0.6  # em, of a character of the code's font


def columns(fence: Fence, code: bool, mark: int) -> str:
    """The panes' columns, as CSS has them.

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
    both = zip(_least_widths(fence, mark), widths, strict=True)
    return " ".join(f"minmax({least:.0f}px, {width:.0f}fr)" for least, width in both)


def seams(fence: Fence) -> Iterator[int]:
    """The seams, counted from 1, between neighbours whose values were compared."""
    compared = fence.parity[0].frameworks if fence.parity else ()
    for n, pair in enumerate(zip(fence.listings, fence.listings[1:], strict=False), 1):
        if all(listing.framework in compared for listing in pair):
            yield n


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
