"""Whether the frameworks of a lesson agree: the values that cells of the same name call by the same name.

Everything is computed from the recordings, so one framework can be recorded without the other, and a build without
any framework finds a disagreement, too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from greenroom.memo import remembered, same
from greenroom.model import FRAMEWORKS, Cell, Module, Parity, Problem, Recording, Span, Value
from greenroom.problems import Code

RTOL = 1e-5
ATOL = 1e-7
"""The tolerances, unless a header says otherwise: what a few operations in single precision may differ by."""

_MOST_NUMBERS = 8
"""How many numbers of each side a problem shows."""


@dataclass(frozen=True, slots=True)
class _Side:
    """A value that a module's cell names for comparison."""

    module: Module
    cell: Cell
    name: str

    @property
    def span(self) -> Span:
        return Span(self.module.path, self.cell.header)


def names(cell: Cell) -> tuple[str, ...]:
    """The values that the cell's header names."""
    return tuple(re.findall(r"\w+", cell.option("parity") or ""))


def hold(
    modules: Sequence[Module], recordings: Mapping[str, Recording]
) -> tuple[dict[str, Recording], tuple[Problem, ...]]:
    """Hold the frameworks of each lesson against each other.

    Args:
        modules: All modules.
        recordings: By the modules' paths; those that are missing are somebody else's problem.

    Returns:
        The recordings, with what the comparisons gave in their outputs, and the problems.
    """
    lessons: dict[str, list[Module]] = {}
    for module in modules:
        lessons.setdefault(module.lesson, []).append(module)
    held = dict(recordings)
    problems: list[Problem] = []
    for _, own in sorted(lessons.items()):
        found, wrong = _hold(tuple(own), tuple(recordings.get(module.path) for module in own))
        held.update(found)
        problems += wrong
    return held, tuple(problems)


@remembered(lambda modules, found: (*map(same, modules), *map(same, found)))
def _hold(
    modules: Sequence[Module], found: Sequence[Recording | None]
) -> tuple[dict[str, Recording], tuple[Problem, ...]]:
    """Hold the frameworks of a lesson, and their recordings, against each other."""
    recordings = {recording.path: recording for recording in found if recording}
    problems: list[Problem] = []
    results: dict[tuple[str, str], list[Parity]] = {}
    for sides in _sides(modules).values():
        if len(sides) == 1:
            problems.append(_alone(sides[0], modules))
            continue
        values = [_value(recordings, side) for side in sides]
        known = [value for value in values if value is not None]
        if len(known) == len(sides):
            parity, wrong = _compare(sides, known)
            problems += wrong
            for side in sides:
                results.setdefault((side.module.path, side.cell.name), []).append(parity)
    held = {
        path: replace(
            recording,
            outputs=tuple(
                replace(output, parity=tuple(results.get((path, output.cell), ()))) for output in recording.outputs
            ),
        )
        for path, recording in recordings.items()
    }
    return held, tuple(problems)


def _sides(modules: Sequence[Module]) -> dict[tuple[str, str, str], list[_Side]]:
    """The values to be compared, by lesson, cell and name; frameworks in the order they are shown."""
    order = list(FRAMEWORKS)
    sides: dict[tuple[str, str, str], list[_Side]] = {}
    for module in sorted(modules, key=lambda module: (module.lesson, order.index(module.framework))):
        for cell in module.cells:
            for name in names(cell):
                sides.setdefault((module.lesson, cell.name, name), []).append(_Side(module, cell, name))
    return sides


def _alone(side: _Side, modules: Sequence[Module]) -> Problem:
    """The problem of a value that no other framework names."""
    name = side.cell.name
    others = [
        module.path
        for module in modules
        if module.lesson == side.module.lesson and module is not side.module
        if any(cell.name == name for cell in module.cells)
    ]
    if others:
        fact = f"`{side.name}` is to agree between the frameworks; the cell `{name}` of `{others[0]}` does not name it"
        hint = f'add `{side.name}` to `parity="…"` there'
    else:
        fact = f"`{side.name}` is to agree between the frameworks; no other one of the lesson has a cell `{name}`"
        hint = f"write the cell `# %% {name}` of another framework, or take `parity` out"
    return Problem(side.span, Code.PARITY_ALONE, fact, hint)


def _value(recordings: Mapping[str, Recording], side: _Side) -> Value | None:
    recording = recordings.get(side.module.path)
    output = recording.output(side.cell.name) if recording else None
    return next((value for value in output.values if value.name == side.name), None) if output else None


def _compare(sides: Sequence[_Side], values: Sequence[Value]) -> tuple[Parity, list[Problem]]:
    """Compare the first framework's value with each other's."""
    first = values[0]
    whole = _kind(first) in ("int", "bool")  # a count that is off by one is wrong, however large it is
    rtol = max((float(text) for side in sides if (text := side.cell.option("rtol"))), default=0 if whole else RTOL)
    atol = max((float(text) for side in sides if (text := side.cell.option("atol"))), default=0 if whole else ATOL)
    largest = 0.0
    problems = []
    for side, value in zip(sides[1:], values[1:], strict=True):
        labels = [FRAMEWORKS[each.module.framework] for each in (sides[0], side)]
        if _kind(first) != _kind(value) or first.shape != value.shape:
            fact = (
                f"`{side.name}` is {first.dtype} of shape {first.shape} in {labels[0]}, "
                f"and {value.dtype} of shape {value.shape} in {labels[1]}"
            )
            problems.append(Problem(side.span, Code.PARITY_SHAPE, fact, "make shape and kind of number the same"))
            continue
        pairs = list(zip(map(_number, first.data), map(_number, value.data), strict=True))
        differences = [_difference(a, b) for a, b in pairs]
        largest = max([largest, *differences])
        wrong = [
            index
            for index, ((a, b), difference) in enumerate(zip(pairs, differences, strict=True))
            if difference and not (math.isfinite(difference) and difference <= atol + rtol * max(abs(a), abs(b)))
        ]
        if wrong:
            fact = _disagreement(side.name, labels, first, value, wrong)
            hint = (
                f"the largest difference is {max(differences):.3g}, allowed is {atol:g} + {rtol:g} of the value: "
                "mend the code, or give both headers an `rtol` or `atol` that you can defend"
            )
            problems.append(Problem(side.span, Code.PARITY_DIFFERS, fact, hint))
    return Parity(sides[0].name, tuple(side.module.framework for side in sides), largest, rtol, atol), problems


def _kind(value: Value) -> str:
    """The kind of number, whatever its size: `int32` and `uint8` are `int`."""
    return value.dtype.rstrip("0123456789").removeprefix("u")


def _number(number: float | str) -> complex | float:
    return complex(number) if isinstance(number, str) else number


def _difference(a: complex, b: complex) -> float:
    """The absolute difference; none between equal infinities, nor between two values that are no number."""
    if a == b or (a != a and b != b):  # NaN alone differs from itself
        return 0.0
    difference = abs(a - b)
    return math.inf if math.isnan(difference) else difference


def _disagreement(name: str, labels: Sequence[str], first: Value, value: Value, wrong: Sequence[int]) -> str:
    index = wrong[0]
    width = max(map(len, labels))
    # the first differing number stands in the middle of those that are shown
    start = max(0, min(index - _MOST_NUMBERS // 2, len(first.data) - _MOST_NUMBERS))
    shown = slice(start, start + _MOST_NUMBERS)
    rows = "".join(
        f"\n    {label:{width}}  {'… ' if start else ''}{'  '.join(map(str, each.data[shown]))}"
        f"{' …' if shown.stop < len(each.data) else ''}"
        for label, each in zip(labels, (first, value), strict=True)
    )
    place = f"first at {_position(index, first.shape)}" if first.shape else "as a number"
    return f"`{name}` disagrees, {place}, in {len(wrong)} of {len(first.data)} numbers:{rows}"


def _position(index: int, shape: tuple[int, ...]) -> str:
    """The place of a number of row-major order: `[1, 0]`."""
    position: list[int] = []
    for size in reversed(shape):
        index, place = divmod(index, size)
        position.insert(0, place)
    return str(position)
