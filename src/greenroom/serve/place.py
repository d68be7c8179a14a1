"""Where a deck shows what the author has just changed: the slide, and the step of its walk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from greenroom.build import Project
from greenroom.model import Fence, Listing, Module, Slide, Talk


def changed(old: Project, new: Project) -> dict[str, frozenset[int]]:
    """The lines of modules that are new or others than before, or stand where some are gone; by the module's path."""
    before = {module.path: module for module in old.modules.values()}
    found = {}
    for module in new.modules.values():
        known = before.get(module.path)
        if known and known is not module and known.lines != module.lines:
            found[module.path] = frozenset(_changed(known, module))
    return found


def _changed(old: Module, new: Module) -> Iterator[int]:
    matcher = SequenceMatcher(None, old.lines, new.lines, autojunk=False)
    for kind, _, _, first, last in matcher.get_opcodes():
        if kind != "equal":
            yield from range(first + 1, max(last, first + 1) + 1)


def places(talk: Talk, lines: Mapping[str, frozenset[int]]) -> list[tuple[str, int]]:
    """Where a talk shows lines of modules.

    Args:
        talk: The talk, resolved.
        lines: The lines, by the module's path.

    Returns:
        The slides in the talk's order, by their ids, each with the step of the slide, from 1, that shows them first.
    """
    found = []
    for slide in talk.slides:
        steps = [step for place, fence in _shown(slide) for step in _steps(slide, place, fence, lines)]
        if steps:
            found.append((slide.id, min(steps)))
    return found


def _shown(slide: Slide) -> Iterator[tuple[int, Fence]]:
    for token in slide.body:
        if "fence" in token.meta:
            yield token.meta["fence"], slide.fences[token.meta["fence"]]


def _steps(slide: Slide, place: int, fence: Fence, lines: Mapping[str, frozenset[int]]) -> Iterator[int]:
    """The steps of a slide at which a fence's listings show the lines, one for each listing that has some of them."""
    walk = slide.walk
    for listing in fence.listings:
        wanted = lines.get(listing.path, frozenset())
        inside = {number for number, line in enumerate(listing.numbers, 1) if line in wanted}
        if inside:
            step = _best(listing, inside) if fence.step_count else 0
            yield walk.index((place, step)) + 1 if (place, step) in walk else 1


def _best(listing: Listing, inside: set[int]) -> int:
    """The step whose lines are most of these, and few others; the first that shows all if none stands out for them."""

    def fits(number: int) -> tuple[int, int]:
        own = set(listing.steps[number].lines)
        return len(own & inside), -len(own)

    best = max(range(len(listing.steps)), key=fits)
    if fits(best)[0]:
        return best
    whole = (number for number, step in enumerate(listing.steps) if not step.lines and not step.nothing)
    return next(whole, 0)
