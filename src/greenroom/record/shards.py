"""Parts of the modules, for machines that run one each and know nothing of each other, as those of a CI matrix.

The parts depend on nothing but the modules and the seconds that were recorded, so that all machines divide alike.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping

from greenroom.model import FRAMEWORKS, Module

IMPORT = {"tf2": 6000, "pytorch": 3000, "python": 100}
"""About how many milliseconds it takes to import each framework: to run its modules in two parts takes this twice."""

START = 100
"""About how many milliseconds a module takes besides its cells."""


def parse(text: str) -> tuple[int, int]:
    """The part and their number: `2/5` is the second of five.

    Raises:
        ValueError: It is not a part.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", text)
    if not found or int(found[1]) > int(found[2]):
        raise ValueError(f"`{text}` names no part")
    return int(found[1]), int(found[2])


def shard(modules: Iterable[Module], seconds: Mapping[str, float], part: int, parts: int) -> tuple[Module, ...]:
    """One part of the modules; each module is in exactly one.

    The modules stand in a row, framework by framework, and are cut so that the part that takes longest takes as short
    as it can: most parts import one framework.

    Args:
        modules: The modules to divide.
        seconds: What they took when they were recorded, by path; of the others, the mean is assumed.
        part: Which part, from 1.
        parts: How many there are.
    """
    row = sorted(modules, key=lambda module: (list(FRAMEWORKS).index(module.framework), module.path))
    usual = sum(seconds.values()) / len(seconds) if seconds else 1.0
    costs = {module.path: START + round(1000 * seconds.get(module.path, usual)) for module in row}
    longest = sum(costs.values()) + sum(IMPORT.values())
    limit = bisect_left(range(longest), True, key=lambda most: len(_cut(row, costs, most)) <= parts)
    found = _cut(row, costs, limit)
    return tuple(found[part - 1]) if part <= len(found) else ()


def _cut(row: Iterable[Module], costs: Mapping[str, int], most: int) -> list[list[Module]]:
    """The fewest parts of the row that take `most` milliseconds each, or have one module."""
    found: list[list[Module]] = []
    taken = 0
    for module in row:
        same = bool(found) and found[-1][-1].framework == module.framework
        cost = costs[module.path] + (0 if same else IMPORT[module.framework])
        if found and taken + cost <= most:
            found[-1].append(module)
            taken += cost
        else:
            found.append([module])
            taken = costs[module.path] + IMPORT[module.framework]
    return found
