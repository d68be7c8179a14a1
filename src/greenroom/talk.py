"""The Markdown of a talk → its stacks and slides, fences and notes, each with its place in the file."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from math import inf
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from greenroom import dialect
from greenroom.memo import remembered, same
from greenroom.model import PATIENCE, Attributes, Fence, Problem, Slide, Span, Stack, StepNote, Talk
from greenroom.problems import Code, nearest

if TYPE_CHECKING:
    from markdown_it.token import Token

SEPARATOR = r"\r?\n---\r?\n"
VERTICAL_SEPARATOR = r"\r?\n----\r?\n"
NOTES_SEPARATOR = r"^s*notes?:"
"""reveal.js's own, which means `\\s*` and says `s*`: the word stands at the start of its line."""

FENCE_OPTIONS = ("snippet", "steps", "captions", "output", "echo")
OPTION_VALUES: Mapping[str, tuple[str, ...]] = {
    "output": ("below", "column", "fragment", "slide", "column-fragment", "none"),
    "echo": ("true", "false"),
}


@remembered(lambda *texts, **separators: (*texts, *sorted(separators.items())))
def parse(
    text: str,
    path: str,
    *,
    separator: str | None = None,
    vertical_separator: str | None = None,
    notes_separator: str | None = None,
) -> tuple[Talk, tuple[Problem, ...]]:
    """Parse a talk.

    Args:
        text: The file's text; any line ends, with or without a byte order mark.
        path: The file's POSIX path, relative to the project's root.
        separator: Regular expression between stacks; it goes before the front matter's, and that before reveal-md's.
        vertical_separator: The same between the slides of a stack; "" for none.
        notes_separator: The same before the notes of a slide.
    """
    file = _File(path, text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    meta, start = _front_matter(file)
    given = (
        separator if separator is not None else meta.get("separator"),
        vertical_separator if vertical_separator is not None else meta.get("verticalSeparator"),
        notes_separator if notes_separator is not None else meta.get("notesSeparator"),
    )
    defaults = (SEPARATOR, VERTICAL_SEPARATOR, NOTES_SEPARATOR)
    between, below, notes = (default if one is None else str(one) for one, default in zip(given, defaults, strict=True))
    reading = _Reading(path, between or SEPARATOR, below, notes or NOTES_SEPARATOR)
    by = file.text.count("\n", 0, start)
    parts = []
    for part in _parts(file.text[start:], reading):
        file.problems += [problem.lower(by) for problem in part.problems]
        parts.append((part, by))
        by += part.lines
    stacks = _with_ids(parts)
    title = str(meta.get("title") or stacks[0].slides[0].title or PurePosixPath(path).stem)
    duration = _seconds(meta["duration"]) if "duration" in meta else None
    patience = float(meta.get("patience", PATIENCE))
    talk = Talk(path, PurePosixPath(path).stem, title, meta, stacks, duration, patience)
    _check_times(file, talk)
    return talk, tuple(file.problems)


@dataclass(slots=True)
class _File:
    """The text, and what is wrong with it."""

    path: str
    text: str
    problems: list[Problem] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """The lines; a deck has many, of which few are asked for."""
        return self.text.split("\n")

    def find(self, text: str, line: int, col: int) -> tuple[int, int]:
        """The line and column, both from 0, where a text stands next; where it was looked for, if it stands nowhere."""
        lines = self.lines
        for index in range(line, len(lines)):
            found = lines[index].find(text, col if index == line else 0)
            if found >= 0:
                return index, found
        return line, col

    def span(self, line: int, col: int = 1) -> Span:
        return Span(self.path, line, col)

    def wrong(self, span: Span, code: Code, fact: str, hint: str) -> None:
        self.problems.append(Problem(span, code, fact, hint))


# --- front matter ---------------------------------------------------------------------------------------------------

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)(?:\n|(?<=\n))---[ \t]*(?=\n|\Z)", re.DOTALL)
_TEXT = ("title", "separator", "verticalSeparator", "notesSeparator", "theme", "lang")
_PATTERNS = ("separator", "verticalSeparator", "notesSeparator")


def _front_matter(file: _File) -> tuple[Mapping[str, Any], int]:
    """The front matter, and where in the text the slides start."""
    match = _FRONT_MATTER.match(file.text)
    if match is None:
        return {}, 0
    import yaml

    try:
        node = yaml.compose(match[1], Loader=yaml.SafeLoader)
        meta = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError) as error:  # a date that is none is a ValueError
        mark = getattr(error, "problem_mark", None)
        span = file.span(mark.line + 2, mark.column + 1) if mark else file.span(1)
        fact = f"the front matter is not valid YAML: {getattr(error, 'problem', None) or error}"
        file.wrong(span, Code.FRONT_MATTER, fact, "put quotes around values with a colon, a quote or a hash in them")
        return {}, match.end()
    if not match[1].strip():
        return {}, match.end()
    if meta is None or not isinstance(node, yaml.MappingNode):
        return {}, 0  # a slide between two rules
    places = {key.value: file.span(value.start_mark.line + 2, value.start_mark.column + 1) for key, value in node.value}
    written = {key.value: value.value for key, value in node.value}
    good = {}
    for key, value in meta.items():
        if value is None:
            continue
        if key == "duration" and isinstance(value, int | float):
            value = written.get(key, value)  # YAML takes `1:30:00` for a number, 5400
        if (fault := _fault(key, value)) is not None:
            file.wrong(places.get(key, file.span(2)), Code.FRONT_MATTER, *fault)
        else:
            good[key] = value
    return good, match.end()


def _fault(key: str, value: object) -> tuple[str, str] | None:
    """What is wrong with an option of the front matter, and what to do; None for nothing, and for others' options."""
    if key in _TEXT and isinstance(value, list | dict):
        return f"`{key}` must be text", f'write `{key}: "…"`'
    if key in _PATTERNS:
        try:
            re.compile(str(value))
        except re.error as error:
            return (
                f"`{key}` is not a regular expression: {error}",
                "reveal-md's own are in single quotes: '\\r?\\n---\\r?\\n'",
            )
    if key == "css" and not (isinstance(value, str) or _is_texts(value)):
        return "`css` must be the path of a file, or a list of them", "write `css: style.css`"
    if key == "revealOptions" and not (isinstance(value, dict) and _is_json(value)):
        return "`revealOptions` must be a mapping", "write one indented `key: value` a line below it"
    if key == "duration" and not _seconds(value):
        return f"`duration` cannot be `{value}`", "write minutes, `20`, or `1 h 30 min`, or `1:30:00`"
    if key == "patience" and not _is_positive(value):
        return f"`patience` cannot be `{value}`", "write how many seconds a run may take during the talk: `10`"
    return None


_DURATION = re.compile(
    r"(?:(?P<hours>\d+(?:\.\d+)?) *h)? *(?:(?P<minutes>\d+(?:\.\d+)?)(?: *min)?)?"
    r"|(?P<h>\d+):(?P<m>[0-5]\d):(?P<s>[0-5]\d)"
)


def _seconds(duration: object) -> int:
    """The seconds of a duration, 0 if it is none. `20:00` is none: who reads it cannot know whether of minutes."""
    match = _DURATION.fullmatch(duration.strip()) if isinstance(duration, str) else None
    if match is None:
        return 0
    times = ((match["hours"], 3600), (match["minutes"], 60), (match["h"], 3600), (match["m"], 60), (match["s"], 1))
    return round(sum(float(number or 0) * unit for number, unit in times))


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < inf


def _check_times(file: _File, talk: Talk) -> None:
    """Hold the slides' own times to be numbers, and no longer than the talk in all."""
    if "data-timing" not in file.text:
        return
    total = 0
    for slide, first in zip(talk.slides, talk.firsts, strict=True):
        timing = dict(slide.attributes).get("data-timing", "0")
        if timing.isdecimal():
            total += int(timing)
        else:
            line, col = file.find("data-timing", first - 1, 0)
            fact = f"`data-timing` cannot be `{timing}`"
            file.wrong(file.span(line + 1, col + 1), Code.OPTION_VALUE, fact, "write how many seconds the slide takes")
    if talk.duration is not None and total > talk.duration:
        line, col = file.find("duration", 0, 0)
        fact = f"the slides with a `data-timing` take {total} seconds, and the whole talk {talk.duration}"
        file.wrong(file.span(line + 1, col + 1), Code.FRONT_MATTER, fact, "give them less time, or the talk more")


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, skipkeys=True, default=str, allow_nan=False)
    except ValueError:  # not a number, or a mapping that contains itself
        return False
    return True


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


# --- stacks and slides ----------------------------------------------------------------------------------------------

# A fence may stand in a quote or a list item, after their markers. A pattern that begins with a line feed is searched
# for much faster than one that begins with a line.
_MARK = re.compile(
    r"\n(?P<before>(?:[ \t>]|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))*)(?:(?P<run>`{3,}(?=[^`\n]*$)|~{3,})|<!--)",
    re.MULTILINE,
)
_RULE = re.compile(r"\n-{3,}\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Hidden:
    """The fences and HTML comments of a text, in order: between `starts[i]` and `ends[i]`, nothing separates.

    Attributes:
        is_whole: Whether all that begin in the text end in it.
    """

    starts: list[int]
    ends: list[int]
    is_whole: bool = True

    def covers(self, place: int) -> bool:
        index = bisect_left(self.starts, place) - 1
        return index >= 0 and place < self.ends[index]

    def between(self, first: int, last: int) -> tuple[tuple[int, int], ...]:
        """Those that reach into a part of the text, counted from its start."""
        begin = max(bisect_left(self.starts, first) - 1, 0)
        end = bisect_left(self.starts, last, begin)
        inside = zip(self.starts[begin:end], self.ends[begin:end], strict=True)
        return tuple((start - first, stop - first) for start, stop in inside if stop > first)


def _hidden(text: str) -> _Hidden:
    """Find what hides separators and notes.

    A fence or comment without an end hides nothing: as in reveal.js it ends with its slide. So does a fence in which,
    after a separator, another one opens.
    """
    starts: list[int] = []
    ends: list[int] = []
    endless: set[str] = set()
    text, start = f"\n{text}", 0
    while (mark := _MARK.search(text, start)) is not None:
        start = mark.end()
        opening = mark["run"] or "<!--"
        if opening in endless:
            continue
        end = _fence_end(text, mark) if mark["run"] else text.find("-->", start)
        if end is None or end < 0:
            endless.add(opening)
        elif end > start:
            starts.append(mark.start())
            ends.append(end - 1)
            start = end
    return _Hidden(starts, ends, is_whole=not endless)


def _fence_end(text: str, mark: re.Match[str]) -> int | None:
    """Where the fence's closing line ends, or the quote or list item that it stands in; 0 if it was left open.

    Returns:
        None if nothing in the rest of the text closes such a fence.
    """
    before, sign, width = mark["before"], mark["run"][0], len(mark["run"])
    closed = _closing(len(before) + 3, sign, width).search(text, mark.end())
    if closed is None:
        return None
    if before.strip():
        inside = "[ \t]*>" if ">" in before else rf"[ \t]{{{len(before)}}}"
        left = re.compile(rf"^(?!{inside})[ \t]*\S", re.MULTILINE).search(text, mark.end(), closed.start())
        if left is not None:
            return left.start() - 1
    rule = _RULE.search(text, mark.end(), closed.start())
    if rule is None:
        return closed.end()
    opening = re.compile(rf"^ {{0,3}}{sign}{{{width},}}[ \t]*\w", re.MULTILINE)
    return 0 if opening.search(text, rule.end(), closed.start()) else closed.end()


@lru_cache(256)
def _closing(indent: int, sign: str, width: int) -> re.Pattern[str]:
    return re.compile(rf"\n[ \t>]{{0,{indent}}}{sign}{{{width},}}[ \t]*$", re.MULTILINE)


def _matches(pattern: re.Pattern[str], text: str, start: int, end: int, hidden: _Hidden) -> Iterator[re.Match[str]]:
    while (match := pattern.search(text, start, end)) is not None:
        if hidden.covers(match.start()):
            start = match.start() + 1
        else:
            yield match
            start = max(match.end(), match.start() + 1)


def _split(text: str, separators: tuple[str, str], hidden: _Hidden) -> list[list[tuple[int, int]]]:
    """Cut the text into stacks of slides, each from one place up to another, the way reveal.js does."""
    start = 0
    stack = re.compile(separators[0])
    # The text has line feeds alone, and a pattern that begins with one is searched for much faster.
    plain = (
        separator.removeprefix(r"\r?") if separator.startswith(r"\r?\n") else separator for separator in separators
    )
    either = re.compile("|".join(filter(None, plain)), re.MULTILINE)
    stacks: list[list[tuple[int, int]]] = []
    stack_ended = True
    for match in _matches(either, text, start, len(text), hidden):
        if stack_ended:
            stacks.append([])
        stacks[-1].append((start, match.start()))
        start, stack_ended = match.end(), stack.search(match[0]) is not None
    if stack_ended:
        stacks.append([])
    stacks[-1].append((start, len(text)))
    return stacks


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a file is read: regular expressions between stacks, between the slides of a stack, and before notes."""

    path: str
    between: str
    below: str
    notes: str


@dataclass(frozen=True, slots=True)
class _Unnamed:
    """A stack of a part.

    Attributes:
        slides: Each as if it were alone, its id its own or "" as yet.
        above: The lines above each of them.
        made: What the id of each is made of, "" for nothing.
        names: The same, if all have one, none has its own, and no two have the same; otherwise nothing.
    """

    slides: tuple[Slide, ...]
    above: tuple[int, ...]
    made: tuple[str, ...]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some stacks, as if their text were all there is of the file.

    Attributes:
        stacks: The stacks.
        problems: What is wrong with them.
        lines: How many lines the text has.
    """

    stacks: tuple[_Unnamed, ...]
    problems: tuple[Problem, ...]
    lines: int


_USUAL = "\n---\n"


def _parts(text: str, reading: _Reading) -> Iterator[_Part]:
    """Read the slides in parts, so that little is read again of a long text that has changed a little."""
    usual = (reading.between, reading.below) == (SEPARATOR, VERTICAL_SEPARATOR)
    pieces = text.split(_USUAL) if usual else [text]
    start, count = 0, 1
    while start < len(pieces):
        is_last = start + count >= len(pieces)
        piece = _USUAL.join(pieces[start : start + count])
        part = _part(piece if is_last else f"{piece}{_USUAL}", reading, is_last)
        if part is None:
            count *= 2
            continue
        yield part
        start, count = start + count, 1


@remembered(lambda *arguments: arguments)
def _part(text: str, reading: _Reading, is_last: bool) -> _Part | None:
    """Read some stacks and the separator behind them; None if what stands behind it decides how they are read."""
    hidden = _hidden(text)
    if not (is_last or hidden.is_whole):
        return None
    cuts = _split(text, (reading.between, reading.below), hidden)
    if not is_last and cuts.pop() != [(len(text), len(text))]:
        return None
    slides = _Slides(_File(reading.path, text), hidden, reading.notes)
    stacks = tuple([_unnamed([slides.slide(*cut) for cut in stack]) for stack in cuts])
    return _Part(stacks, tuple(slides.problems), text.count("\n"))


def _unnamed(read: Iterable[tuple[Slide, int, str]]) -> _Unnamed:
    slides, above, made = zip(*read, strict=True)
    names = frozenset(made)
    return _Unnamed(slides, above, made, names if len(names) == len(made) and "" not in names else frozenset())


_NUMBER = re.compile(r"\[ *(\d{1,6}) *\]")


@dataclass(frozen=True, slots=True, order=True)
class _Marker:
    """What begins notes, from one place up to another, and the step that they belong to."""

    start: int
    end: int
    number: int | None = None


class _Slides:
    """Cuts the file into the texts of its slides, in the order in which they stand, and has each of them read.

    What a slide says does not depend on where it stands, so that it is read once, while it stays as it is.
    """

    def __init__(self, file: _File, hidden: _Hidden, notes: str) -> None:
        self.problems = file.problems
        self._file = file
        self._hidden = hidden
        self._notes = notes
        self._place = 0
        self._line = 1

    def slide(self, start: int, end: int) -> tuple[Slide, int, str]:
        """The slide between two places, as a part has it."""
        text = self._file.text
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        lines = text[first : last if last >= 0 else len(text)]
        slide, problems, made = _read(
            lines, (start - first, end - first), self._hidden.between(first, end), self._notes, self._file.path
        )
        self._line += text.count("\n", self._place, first)
        self._place = first
        by = self._line - 1
        self.problems += [problem.lower(by) for problem in problems]
        return slide, by, made


@remembered(lambda slides, names: (same(slides), names))
def _named(slides: tuple[Slide, ...], names: tuple[str, ...]) -> tuple[Slide, ...]:
    """The slides of a stack under their ids."""
    return tuple([_under(slide, name) for slide, name in zip(slides, names, strict=True)])


@remembered(lambda slide, name: (same(slide), name))
def _under(slide: Slide, name: str) -> Slide:
    return replace(slide, id=name)


@remembered(lambda *arguments: arguments)
def _read(
    text: str, place: tuple[int, int], hidden: tuple[tuple[int, int], ...], notes: str, path: str
) -> tuple[Slide, tuple[Problem, ...], str]:
    """Read a slide as if its lines were all there is of the file; gives also what its id may be made of.

    Args:
        text: The lines.
        place: Where in them the slide starts and ends.
        hidden: The fences and comments in them, each from one place up to another.
        notes: The regular expression that begins notes.
        path: The file's path.
    """
    file = _File(path, text)
    slide = _Slide(file, _Hidden([start for start, _ in hidden], [end for _, end in hidden]), notes).read(*place)
    return slide, tuple(file.problems), _made(slide)


class _Slide:
    """Makes a slide of its lines."""

    def __init__(self, file: _File, hidden: _Hidden, notes: str) -> None:
        self._file = file
        self._hidden = hidden
        self._notes = re.compile(notes, re.MULTILINE | re.IGNORECASE)
        self._place = 0
        self._line = 1

    def read(self, start: int, end: int) -> Slide:
        """The slide between two places; its id is its own, or "" as yet."""
        text = self._file.text
        markers = self._markers(start, end)
        body_end = markers[0].start if markers else end
        fences: list[Fence] = []
        attributes: dict[str, str] = {}
        body = self._tokens(_dedent(text[start:body_end]), self._line_of(start), fences, attributes)
        line = self._line_of(start + _leading(text[start:body_end]))
        notes, step_notes = self._said(markers, end, fences, attributes)
        own = attributes.pop("id", "") or next((_pop_id(token) for token in body if token.type == "heading_open"), "")
        return Slide(
            span=self._file.span(line),
            id=own,
            title=_title(body),
            attributes=tuple(attributes.items()),
            body=tuple(body),
            notes=tuple(notes),
            fences=tuple(fences),
            noted=bool(markers),
            step_notes=step_notes,
        )

    def _markers(self, start: int, end: int) -> list[_Marker]:
        """What begins notes, in order: `Note:`, and with the number of a step in it `Note[2]:`."""
        text = self._file.text
        plain = _matches(self._notes, text, start, end, self._hidden)
        markers = {match.start(): _Marker(match.start(), match.end()) for match in plain}
        for number in _NUMBER.finditer(text, start, end):
            without = text[start : number.start()] + text[number.end() : end]
            for match in self._notes.finditer(without):
                first, last = start + match.start(), start + match.end()
                if first < number.start() < last and not self._hidden.covers(first):
                    markers[first] = _Marker(first, last + len(number[0]), int(number[1]))
        return sorted(markers.values())

    def _said(
        self, markers: list[_Marker], end: int, fences: list[Fence], attributes: dict[str, str]
    ) -> tuple[list[Token], tuple[StepNote, ...]]:
        """The notes of the slide, and those of its steps."""
        said, line = "", 0
        of_steps: dict[int, StepNote] = {}
        for marker, following in pairwise([*markers, _Marker(end, end)]):
            span = self._span_of(marker.start)
            part = self._file.text[marker.end : following.start]
            begins = self._line_of(marker.end + _leading(part))
            if marker.number is None:
                # A second marker means nothing more than the first did.
                line = line or begins
                said += "\n" * (begins - line - said.count("\n")) + part.lstrip()
            elif marker.number in of_steps:
                fact = f"the step {marker.number} has notes already"
                hint = "write both as one, or give this one another number"
                self._file.wrong(span, Code.NOTE_STEP, fact, hint)
            else:
                tokens = self._tokens(part.strip(), begins, fences, attributes)
                of_steps[marker.number] = StepNote(span, marker.number, tuple(tokens))
        notes = self._tokens(said.strip(), line, fences, attributes) if line else []
        return notes, tuple(of_steps[number] for number in sorted(of_steps))

    def _span_of(self, place: int) -> Span:
        return self._file.span(self._line_of(place), place - self._file.text.rfind("\n", 0, place))

    def _line_of(self, place: int) -> int:
        """The line of a place that lies not before the last one asked for."""
        self._line += self._file.text.count("\n", self._place, place)
        self._place = place
        return self._line

    def _tokens(self, text: str, line: int, fences: list[Fence], attributes: dict[str, str]) -> list[Token]:
        """Parse, and gather what the tokens say: fences, attributes of the slide, formulas that are wrong."""
        tokens = dialect.parse(text, line)
        for token in tokens:
            if token.type == "fence":
                token.meta["fence"] = len(fences)
                fences.append(_fence(self._file, token))
            elif token.type == "math_block":
                self._check_math(token, (token,))
            elif token.type == "html_block":
                attributes.update(_slide_attributes(token.content))
            elif token.type == "inline":
                if "$" in token.content:
                    self._check_math(token, token.children or ())
                if ".slide" in token.content:
                    for child in token.children or ():
                        if child.type == "html_inline":
                            attributes.update(_slide_attributes(child.content))
        return tokens

    def _check_math(self, block: Token, children: Sequence[Token]) -> None:
        cursor = (block.map or [0])[0], 0
        for child in children:
            if not child.type.startswith("math"):
                continue
            cursor = self._file.find(child.markup + child.content.split("\n")[0], *cursor)
            _, fault = dialect.math(child.content, child.type != "math_inline")
            if fault is not None:
                offset, fact = fault
                before = child.content[:offset]
                row = before.count("\n")
                line, col = cursor[0] + row, cursor[1] + len(child.markup) + offset
                if row:
                    text = child.content.split("\n")[row]
                    col = self._file.lines[line].find(text) + len(before) - before.rindex("\n") - 1
                hint = "the formula is set as LaTeX; write `\\$` for a dollar sign"
                self._file.wrong(self._file.span(line + 1, col + 1), Code.MATH, f"the formula is wrong: {fact}", hint)
            cursor = cursor[0] + child.content.count("\n"), cursor[1] + len(child.markup)


_INDENT = re.compile(r"\n?( {2,}|\t+)\S")


def _dedent(text: str) -> str:
    """A slide that starts indented is indented as a whole: so reveal.js reads it."""
    match = _INDENT.match(text)
    return re.sub(rf"^{match[1]}", "", text, flags=re.MULTILINE) if match else text


def _leading(text: str) -> int:
    return len(text) - len(text.lstrip())


_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)


def _slide_attributes(html: str) -> Attributes:
    meanings = (dialect.directive(comment) for comment in _COMMENT.findall(html))
    return tuple(pair for meaning in meanings if meaning and meaning[0] == "slide" for pair in meaning[1])


# --- titles and ids -------------------------------------------------------------------------------------------------

_HTML_HEADING = re.compile(r"<h[1-6]\b[^>]*>(.*?)</h[1-6]>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_WORDS = 6


def _title(body: Sequence[Token]) -> str:
    for token, inline in pairwise(body):
        if token.type == "heading_open" and (title := dialect.plain(inline)):
            return title
    html = (heading for token in body if token.type == "html_block" for heading in _HTML_HEADING.findall(token.content))
    return next((title for heading in html if (title := " ".join(_TAG.sub("", heading).split()))), "")


def _pop_id(heading: Token) -> str:
    return str(heading.attrs.pop("id", ""))


def _words(body: Iterable[Token]) -> str:
    """The first words of a slide."""
    words: list[str] = []
    for token in body:
        if token.type == "inline":
            words += dialect.plain(token).split()
        elif token.type == "html_block":
            words += _TAG.sub(" ", token.content).split()
        if len(words) >= _WORDS:
            break
    return " ".join(words[:_WORDS])


def _made(slide: Slide) -> str:
    """The id that a slide's title makes, or else its first words; "" if it has none, or its own."""
    made = "" if slide.id else dialect.slug(slide.title or _words(slide.body)).strip("-")
    # reveal.js takes an address of digits for a slide's number.
    return f"slide-{made}" if made.isdigit() else made


def _with_ids(parts: Iterable[tuple[_Part, int]]) -> tuple[Stack, ...]:
    """Put every slide into its place, with an id of its own: what the author chose goes before what titles make."""
    stacks = [(stack, by) for part, by in parts for stack in part.stacks]
    chosen = {slide.id for stack, _ in stacks if not stack.names for slide in stack.slides if slide.id}
    taken: set[str] = set()
    numbers: Counter[str] = Counter()

    def unique(own: str, wanted: str) -> str:
        name = wanted
        while name in taken or (name in chosen and name != own):
            numbers[wanted] += 1
            name = f"{wanted}-{numbers[wanted] + 1}"
        taken.add(name)
        return name

    placed = []
    for h, (stack, by) in enumerate(stacks, 1):
        names = stack.made
        if stack.names and taken.isdisjoint(stack.names) and chosen.isdisjoint(stack.names):
            taken |= stack.names
        else:
            own = zip(stack.slides, stack.made, strict=True)
            wanted = [(slide.id, slide.id or made or f"slide-{h}-{v}") for v, (slide, made) in enumerate(own, 1)]
            names = tuple([unique(*each) for each in wanted])
        placed.append(Stack(_named(stack.slides, names), tuple([by + above + 1 for above in stack.above])))
    return tuple(placed)


# --- fences ---------------------------------------------------------------------------------------------------------

_OPTION = re.compile(r"(?P<key>[A-Za-z][\w-]*)=(?:\"(?P<value>[^\"]*)\"|'(?P<other>[^']*)')")
_OURS = re.compile(r"(?:^|\s)(?:snippet|illustrative)\s*=")


def _fence(file: _File, token: Token) -> Fence:
    """Read the info string; its options are ours, and held to be right, where it names a snippet or is illustrative."""
    line = (token.map or [0])[0]
    source = file.lines[line]
    info = token.info.strip()
    col = source.find(token.markup) + 1
    place = source.find(info, col) + 1
    ours = _OURS.search(info) is not None
    options = list(_OPTION.finditer(info))
    bare = _OPTION.sub("", info) if ours else info
    start, steps, rest = dialect.steps(bare)
    language = re.match(r"[^\s\[{=]*(?![^\s\[{])", rest)
    if ours:
        for stray in rest.split()[1 if language and language[0] else 0 :]:
            span = file.span(line + 1, source.find(stray, col) + 1)
            hint = 'options are written `key="value"`, after the language'
            file.wrong(span, Code.OPTION_UNKNOWN, f"`{stray}` is not an option of a fence", hint)
    fence = Fence(
        span=file.span(line + 1, col),
        language=language[0] if language else "",
        code=token.content.removesuffix("\n"),
        steps=steps or "",
        start=start or "",
        options=tuple((option["key"], option["value"] or option["other"] or "") for option in options),
        columns=(
            *((option["key"], place + option.end("key") + 2) for option in options),
            ("[", source.find(steps or "", source.find("[", col)) + 1),
        ),
    )
    if ours:
        file.problems.extend(wrong_options(fence))
    elif fence.option("captions") is not None:
        hint = "name the `snippet` that they are said of; other code has steps, `[1|3-5]`, and no captions"
        span = replace(fence.place("captions"), col=fence.place("captions").col - len("captions") - 2)
        file.wrong(span, Code.OPTION_UNKNOWN, "`captions` need a `snippet`", hint)
    return fence


def wrong_options(fence: Fence) -> Iterator[Problem]:
    """What is wrong with the options of a fence that shows a snippet or is illustrative."""
    shows = fence.option("snippet") is not None
    kind, known = ("a fence with a snippet", FENCE_OPTIONS) if shows else ("an illustrative fence", ("illustrative",))
    seen: set[str] = set()
    for (key, value), (_, column) in zip(fence.options, fence.columns, strict=False):
        span = replace(fence.span, col=column - len(key) - 2)
        allowed = OPTION_VALUES.get(key)
        if key not in known:
            yield Problem(span, Code.OPTION_UNKNOWN, f"{kind} has no option `{key}`", nearest(key, known))
        elif key in seen:
            yield Problem(span, Code.OPTION_TWICE, f"the option `{key}` is given twice", "leave one of them")
        elif allowed and value not in allowed:
            yield Problem(span, Code.OPTION_VALUE, f"`{key}` cannot be `{value}`", nearest(value, allowed))
        elif key == "illustrative" and not value.strip():
            hint = 'say why the code is not run: `illustrative="pseudocode"`'
            yield Problem(span, Code.OPTION_VALUE, "`illustrative` gives no reason", hint)
        seen.add(key)
