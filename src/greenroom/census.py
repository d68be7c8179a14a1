"""The account of every code fence of talks, docs pages and README: what proves it, or why nothing does.

- verified: a snippet, which ran when it was recorded; or a fence of a page that pytest-codeblocks runs as it stands.
- output: what such a fence printed, compared when the tests run.
- illustrative: it says so, and why, in its info string: `illustrative="a configuration, not a program"`.
- unknown: anything else, which is a mistake.

pytest-codeblocks runs the fences of pages, not of talks, and only those whose whole info string is `python`, `sh` or
`bash`. Marks that skip a fence or let it fail take its proof away.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from greenroom.memo import remembered, same
from greenroom.model import Fence, Problem, Slide, Span, Talk
from greenroom.problems import Code

STATES = ("verified", "output", "illustrative", "unknown")

RUN = ("python", "sh", "bash")
"""The info strings that pytest-codeblocks runs."""

_FENCE = re.compile(
    r"(?P<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*[ \t>]*)"
    r"(?P<run>`{3,}(?=[^`]*$)|~{3,}(?![ \t]*[^\w\s{.]))"  # not the `~~~^^^` of a traceback
    r"[ \t]*(?P<info>.*?)[ \t]*"
)
_OPTION = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_KEYWORD = re.compile(r"<!--[-\s]*pytest-codeblocks:(.*)-->")
_MARK = re.compile(r"<!--[-\s]*pytest\.mark\.(.*)-->")
_SKIPS = ("skip", "xfail", "importorskip", "expect-")


@dataclass(frozen=True, slots=True)
class Entry:
    """One fence.

    Attributes:
        span: Of the opening fence.
        language: The first word of the info string, "" if there is none.
        state: One of `STATES`.
        reason: The reference; what proves the fence; or why it is illustrative.
    """

    span: Span
    language: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Census:
    """All fences.

    Attributes:
        accounts: Entries of fences that count from the same line each, and these lines of their file.
        wrong: The paths and lines of mistakes: what stands there is not verified.
    """

    accounts: tuple[tuple[tuple[tuple[Entry, ...], ...], tuple[int, ...]], ...]
    wrong: frozenset[tuple[str, int]]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The fences, in the order of their places; put there when they are asked for, since a server never asks."""
        accounts = (pair for each in self.accounts for pair in zip(*each, strict=True))
        placed = (replace(entry, span=entry.span.lower(first - 1)) for entries, first in accounts for entry in entries)
        held = (
            replace(entry, state="unknown", reason="") if (entry.span.path, entry.span.line) in self.wrong else entry
            for entry in placed
        )
        return tuple(sorted(held, key=lambda entry: entry.span))

    def counts(self) -> dict[str, int]:
        """How many fences are in each state."""
        return _counts(self.entries)


def _counts(entries: Iterable[Entry]) -> dict[str, int]:
    found = Counter(entry.state for entry in entries)
    return {state: found[state] for state in STATES}


def census(
    talks: Iterable[Talk], pages: Mapping[str, str], problems: Iterable[Problem] = (), plain: Collection[str] = ()
) -> tuple[Census, tuple[Problem, ...]]:
    """Account for every fence.

    Args:
        talks: Resolved.
        pages: The text of the docs pages and the README, by path.
        problems: What is wrong already: a snippet that has a problem is not verified.
        plain: The paths of those pages in which nobody expands snippets, so that they would show nothing.
    """
    accounts: list[tuple[tuple[tuple[Entry, ...], ...], tuple[int, ...]]] = []
    unproven: list[Problem] = []
    for stack in (stack for talk in talks for stack in talk.stacks):
        in_slides, wrong = _in_slides(stack.slides)
        accounts.append((in_slides, stack.firsts))
        unproven += (problem.lower(stack.firsts[n] - 1) for n, problem in wrong)
    for path, text in pages.items():
        run = _run(text)
        for fence in fences(text, path):
            entry, found = _in_page(fence, run.get(fence.span.line, ""), path in plain)
            accounts.append((((entry,),), (1,)))
            unproven += found
    places = frozenset((problem.span.path, problem.span.line) for problem in problems)
    return Census(tuple(accounts), places), tuple(unproven)


def render(account: Census) -> str:
    """The census as a table: a line a file, then what is illustrative and what is unknown, with the places."""
    entries = account.entries
    files = groupby(entries, key=lambda entry: entry.span.path)
    counted = [*((path, _counts(own)) for path, own in files), ("all fences", _counts(entries))]
    rows = [["", *STATES], *([name, *map(str, counts.values())] for name, counts in counted)]
    width = max(len(row[0]) for row in rows)
    table = [row[0].ljust(width) + "".join(cell.rjust(14) for cell in row[1:]) for row in rows]
    for state in ("illustrative", "unknown"):
        found = [entry for entry in entries if entry.state == state]
        table += ["", f"{state}:"] if found else []
        table += [
            f"  {entry.span.path}:{entry.span.line}  {entry.language or 'text'}  {entry.reason}" for entry in found
        ]
    return "\n".join(line.rstrip() for line in table)


def summary(account: Census) -> str:
    """The census in a line: `40 code fences: 3 illustrative, 37 unknown`."""
    counts = {state: count for state, count in account.counts().items() if count}
    told = ", ".join(f"{count} {state}" for state, count in counts.items())
    return f"{sum(counts.values())} code fences: {told}" if counts else "no code fences"


def to_json(account: Census) -> str:
    """The census as JSON: `counts` by state, and `fences` with path, line, language, state and reason."""
    entries = account.entries
    found = [
        {
            "path": entry.span.path,
            "line": entry.span.line,
            "language": entry.language,
            "state": entry.state,
            "reason": entry.reason,
        }
        for entry in entries
    ]
    return json.dumps({"counts": _counts(entries), "fences": found}, ensure_ascii=False, indent=2)


@remembered(lambda slides: same(slides))
def _in_slides(slides: tuple[Slide, ...]) -> tuple[tuple[tuple[Entry, ...], ...], tuple[tuple[int, Problem], ...]]:
    """The entries of each slide of a stack; and those fences that nothing proves, with the number of their slide."""
    found = [[_in_slide(fence) for fence in slide.fences] for slide in slides]
    wrong = tuple((n, problem) for n, own in enumerate(found) for _, problems in own for problem in problems)
    return tuple(tuple(entry for entry, _ in own) for own in found), wrong


def _in_slide(fence: Fence) -> tuple[Entry, tuple[Problem, ...]]:
    reference = fence.option("snippet")
    if reference is None:
        entry, problems = _unproven(fence, 'show a snippet: `snippet="lesson:name"`')
        return entry, tuple(each for each in problems if each.code == Code.FENCE_UNKNOWN)  # parsing told the others
    state = "verified" if fence.listings else "unknown"  # what is wrong with the reference is told already
    return Entry(fence.span, fence.language, state, reference), ()


def _in_page(fence: Fence, run: str, plain: bool) -> tuple[Entry, tuple[Problem, ...]]:
    reference = fence.option("snippet")
    if reference is not None and not plain:
        return Entry(fence.span, fence.language, "verified", reference), ()
    if run:
        reason = "run by the tests" if run == "verified" else "compared by the tests"
        return Entry(fence.span, fence.language, run, reason), ()
    proof = "write `python`, `sh` or `bash` and nothing else, so that the tests run it"
    return _unproven(fence, proof if plain else f"show a snippet, or {proof}")


def _unproven(fence: Fence, proof: str) -> tuple[Entry, tuple[Problem, ...]]:
    """A fence that nothing proves: it says that it is illustrative and why, or it is a mistake."""
    reason = fence.option("illustrative")
    if reason is None:
        fact = f"nothing proves this `{fence.language}` fence" if fence.language else "nothing proves this fence"
        hint = f'{proof}; or say why nothing can prove it: `illustrative="why"`'
        return Entry(fence.span, fence.language, "unknown"), (Problem(fence.span, Code.FENCE_UNKNOWN, fact, hint),)
    if not reason.strip():
        fact, hint = "`illustrative` gives no reason", 'say why nothing can prove it: `illustrative="pseudocode"`'
        problem = Problem(fence.place("illustrative"), Code.OPTION_VALUE, fact, hint)
        return Entry(fence.span, fence.language, "unknown"), (problem,)
    return Entry(fence.span, fence.language, "illustrative", reason.strip()), ()


def fences(text: str, path: str) -> Iterator[Fence]:
    """The fences of a page, at any depth of lists, quotes, admonitions and tabs; a fence in a fence is its text."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rest = iter(enumerate(lines, 1))
    for number, line in rest:
        match = _FENCE.fullmatch(line)
        if match is None:
            continue
        run = match["run"]
        closing = re.compile(rf"[ \t>]*{run[0]}{{{len(run)},}}[ \t]*")
        code: list[str] = []
        for _, inner in rest:
            if closing.fullmatch(inner):
                break
            code.append(inner)
        options = [(each[1], each[2], each.start(2) + 1) for each in _OPTION.finditer(line, match.start("info"))]
        word = re.match(r"[{\s.]*([^\s}]*)", _OPTION.sub("", match["info"]))
        yield Fence(
            Span(path, number, match.start("run") + 1),
            word[1] if word else "",
            "\n".join(code),
            options=tuple((key, value) for key, value, _ in options),
            columns=tuple((key, column) for key, _, column in options),
        )


def _run(text: str) -> dict[int, str]:
    """Read a page as pytest-codeblocks does: the lines of the fences that it runs, and of the outputs it compares.

    It knows backticks alone, wherever they begin a line; `cont` adds a fence to the one before; marks hold for the next
    fence that is not a continuation; a page with a fence that does not end is not run.
    """
    found: dict[int, str] = {}
    marks: list[str] = []
    before = pending = ""
    lines = text.split("\n")
    if lines[0].strip() == "<!--pytest-codeblocks:skipfile-->":
        return {}
    rest = iter(enumerate(lines, 1))
    for number, line in rest:
        content = line.strip()
        if mark := _KEYWORD.match(content) or _MARK.match(content):
            keyword = mark[1].strip("- ")
            if keyword == "cont" or keyword.startswith("expected-output"):
                pending = keyword
            else:
                marks.append(keyword)
        elif content.startswith("```"):
            ticks = len(content) - len(content.lstrip("`"))
            if not any(inner.lstrip().startswith("`" * ticks) for _, inner in rest):
                return {}
            if pending:
                state = "" if not before else "verified" if pending == "cont" else "output"
            else:
                skipped = any(mark.startswith(_SKIPS) for mark in marks)
                state = before = "verified" if content[ticks:] in RUN and not skipped else ""
                marks.clear()
            if state:
                found[number] = state
            pending = ""
    return found
