"""A module with what was typed on a slide in the place of a listing's lines; it is in memory alone."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from greenroom import source
from greenroom.model import Listing, Module, Output, Problem, Raised

LARGEST = 32 * 1024
"""How many bytes of code may be typed into a listing."""


def altered(module: Module, listing: Listing, code: str) -> tuple[Module, Listing, tuple[Problem, ...]]:
    """Put typed code in the place of a listing's lines.

    The lines that the listing leaves out stay where they are: after the line that they came after. What is shown
    less far in than it stands in the module is put back to where that is.

    Args:
        module: The listing's module.
        listing: The listing.
        code: What was typed, as a whole.

    Returns:
        The module and the listing as they are now, and what is wrong with them.
    """
    code = code.replace("\r\n", "\n").replace("\r", "\n")
    shown = dict(zip(listing.numbers, _replacements(module, listing, code), strict=True))
    lines: list[str] = []
    numbers: list[int] = []
    for number, line in enumerate(module.lines, 1):
        typed = shown.get(number)
        if typed is None:
            lines.append(line)
        else:
            numbers += range(len(lines) + 1, len(lines) + len(typed) + 1)
            lines += typed
    new, problems = source.scan("\n".join(lines) + "\n", module.path, module.lesson, module.framework)
    return new, replace(listing, numbers=tuple(numbers), code=code, steps=()), problems


def _replacements(module: Module, listing: Listing, code: str) -> list[list[str]]:
    """For each line of the listing, the module's lines that are there now."""
    before, after = listing.code.split("\n"), code.split("\n")
    originals = [module.lines[number - 1] for number in listing.numbers]
    removed = [line[: len(line) - len(shown)] for line, shown in zip(originals, before, strict=True)]
    code_lines = (place for place, number in enumerate(listing.numbers) if number not in module.inside)
    margin = next((removed[place] for place in code_lines if before[place].strip()), "")
    found: list[list[str]] = [[] for _ in before]
    for new, old in _pairs(before, after):
        if after[new] == before[old]:
            line = originals[old]
        else:
            own = removed[old] if listing.numbers[old] in module.inside else margin
            line = own + after[new] if after[new].strip() else after[new]
        found[old].append(line)
    return found


def _pairs(before: list[str], after: list[str]) -> Iterator[tuple[int, int]]:
    """The lines that were typed, in order, each with the original line that it replaces, or after which it came."""
    for _, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        last = max(i_end - 1, 0)
        for new in range(j, j_end):
            yield new, min(i + new - j, last)


def mistake(module: Module) -> Output | None:
    """What Python says of a module that it cannot read, as what the cell at that line raises; None if it can."""
    text = "\n".join(module.lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is told when it runs
            compile(text, module.path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = "".join(traceback.format_exception_only(error)).rstrip("\n")
        line = min(getattr(error, "lineno", None) or 1, len(module.lines))
        return Output("", raised=Raised(type(error).__name__, str(error), line, said))
    return None
