"""How a rehearsal is told: to people, and to programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from greenroom.rehearse.findings import Told
from greenroom.rehearse.timing import clock

if TYPE_CHECKING:
    from greenroom.rehearse import Rehearsal


def render(rehearsal: Rehearsal) -> str:
    """What people read."""
    accepted = [told for told in rehearsal.told if told.accepted]
    parts = [text(told) for told in (*(told for told in rehearsal.told if not told.accepted), *accepted)]
    for path, times in rehearsal.times.items():
        planned = f", of {clock(times.planned)} planned" if times.planned is not None else ""
        silent = f"; {count(len(times.silent), 'slide')} without notes" if times.silent else ""
        parts.append(f"{path}: {times.words} words of notes, with all steps {clock(times.spoken)}{planned}{silent}")
    seen = f"{count(rehearsal.slides, 'slide')}: {rehearsal.visited} views seen, {rehearsal.kept} as they were"
    counts = Counter(told.finding.severity for told in rehearsal.told if not told.accepted)
    found = [count(counts[kind], kind) for kind in ("error", "note") if counts[kind] or kind == "error"]
    parts.append(f"{seen}; {', '.join([*found, f'{len(accepted)} accepted'])}")
    return "\n".join(parts)


def text(told: Told) -> str:
    """One finding, and where it holds; of one that is accepted, the reason."""
    finding = told.finding
    if told.accepted:
        return f"{finding.span}: accepted[{finding.code}]: {told.accepted}"
    where = place(told)
    lines = [f"{finding.span}: {finding.severity}[{finding.code}]: {finding.fact}"]
    if where:
        lines.append(f"  where: {where}")
    return "\n".join([*lines, f"  hint: {finding.hint}"])


def place(told: Told) -> str:
    """The slide, the steps, the sizes and the schemes where it holds."""
    slide = f"`{told.finding.slide}`" if told.finding.slide else ""
    return "; ".join(filter(None, [", ".join(filter(None, [slide, steps(told)])), views(told)]))


def steps(told: Told) -> str:
    """The steps of the slide where it holds; "" if it is of no slide, or of the whole of it."""
    numbers = sorted({step for _, _, step in told.where if step and told.finding.slide})
    return f"step{'s' if len(numbers) > 1 else ''} {runs(numbers)}" if numbers else ""


def runs(numbers: Iterable[int]) -> str:
    """`1-3, 5` for 1, 2, 3 and 5."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def views(told: Told) -> str:
    """The sizes, each with its schemes; those with the same schemes together."""
    schemes: dict[str, list[str]] = {}
    for size, scheme, _ in told.where:
        if size and scheme not in schemes.setdefault(size, []):
            schemes[size].append(scheme)
    sizes: dict[tuple[str, ...], list[str]] = {}
    for size, named in schemes.items():
        sizes.setdefault(tuple(sorted(named, reverse=True)), []).append(size)
    return "; ".join(f"{' and '.join(own)}, {' and '.join(named)}" for named, own in sizes.items())


def count(number: int, what: str) -> str:
    """A number of things."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def to_json(rehearsal: Rehearsal) -> str:
    """What programs read."""
    findings = [
        {
            "code": told.finding.code,
            "severity": told.finding.severity,
            "path": told.finding.span.path,
            "line": told.finding.span.line,
            "col": told.finding.span.col,
            "talk": told.finding.talk,
            "slide": told.finding.slide,
            "step": told.finding.step,
            "address": told.finding.address if told.finding.slide else "",
            "fact": told.finding.fact,
            "measure": dict(told.finding.measure),
            "hint": told.finding.hint,
            "accepted": told.accepted,
            "where": [{"size": size, "scheme": scheme, "step": step} for size, scheme, step in told.where],
        }
        for told in rehearsal.told
    ]
    talks = {
        path: {"planned": times.planned, "words": times.words, "spoken": round(times.spoken), "silent": times.silent}
        for path, times in rehearsal.times.items()
    }
    counted = {"slides": rehearsal.slides, "visited": rehearsal.visited, "kept": rehearsal.kept}
    return json.dumps({"findings": findings, "talks": talks, **counted}, indent=2, ensure_ascii=False)
