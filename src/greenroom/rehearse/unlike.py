"""Whether two pictures differ to the eye, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageChops, ImageFilter, ImageStat

EYES = ((3, 24), (32, 2))
"""What people notice: in a square of how many px, a difference of more than how many of the 255 parts of a colour.

Much in a few px, which is a letter or a line; or little in an area, which is a colour. Letters that are smoothed
otherwise at their edges are neither.
"""

MARK = (230, 0, 106)


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs.

    Attributes:
        share: Of the picture, from 0 to 1.
        png: The second picture, pale, with what differs marked.
    """

    share: float
    png: bytes = field(repr=False)


def difference(before: bytes, after: bytes) -> Difference | None:
    """What differs between two pictures of the same size; None if nobody would notice."""
    if before == after:
        return None
    one, other = (Image.open(BytesIO(png)).convert("RGB") for png in (before, after))
    mask = Image.new("L", other.size)
    rest = other
    for side, least in EYES:
        red, green, blue = ImageChops.difference(one.reduce(side), rest.reduce(side)).split()
        most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        seen = most.point([255 if value > least else 0 for value in range(256)])
        squares = seen.resize((seen.width * side, seen.height * side), Image.Resampling.NEAREST)
        mask = ImageChops.lighter(mask, squares.crop((0, 0, *mask.size)))
        rest = Image.composite(one, other, mask)  # what is still to be seen
    if mask.getbbox() is None:
        return None
    share = ImageStat.Stat(mask).mean[0] / 255
    grey = other.convert("L")
    pale = Image.blend(grey, Image.new("L", grey.size, round(ImageStat.Stat(grey).mean[0])), 0.65).convert("RGB")
    strong = Image.blend(other, Image.new("RGB", other.size, MARK), 0.6)
    drawn = BytesIO()
    large = mask.filter(ImageFilter.BoxBlur(4)).point([255 if value else 0 for value in range(256)])
    Image.composite(strong, pale, large).save(drawn, "PNG", compress_level=1)
    return Difference(share, drawn.getvalue())
