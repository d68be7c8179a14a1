"""The types that the stages pass to each other.

A talk is parsed into stacks of slides, each with its fences; resolving gives each `snippet` fence its listings and
the outputs that were recorded for them. Every type is a frozen value: a stage makes new ones, it changes none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it.token import Token

Attributes = tuple[tuple[str, str], ...]
"""HTML attributes, cell options or fence options, in the author's order."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file of the project.

    Attributes:
        path: POSIX path, relative to the project's root.
        line: From 1.
        col: From 1, in characters.
    """

    path: str
    line: int
    col: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}"

    def lower(self, lines: int) -> Span:
        """The place so many lines further down."""
        return Span(self.path, self.line + lines, self.col)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A mistake of the author: where, which, what, and what to do about it."""

    span: Span
    code: str
    fact: str
    hint: str

    def lower(self, lines: int) -> Problem:
        """The mistake so many lines further down."""
        return replace(self, span=self.span.lower(lines))


PATIENCE = 10.0
"""How long code may take that is run during a talk, in seconds, if its author says nothing."""

FRAMEWORKS: Mapping[str, str] = {"tf2": "TensorFlow", "pytorch": "PyTorch", "python": "Python"}
"""The files a lesson may have, in the order they are shown, and what readers call them."""

LIBRARIES = {"python": "Python", "tensorflow": "TensorFlow", "keras": "Keras", "torch": "PyTorch", "numpy": "NumPy"}
"""How readers write what recordings call by the name of its package."""

# --- snippets -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A named part of a module: lines `first` to `last`, markers left out, both from 1 and included."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Cell(Block):
    """A cell: a block with what its header expects of it.

    Attributes:
        header: The line of `# %%`; `first - 1`, or 0 for the code before the first header.
        options: What follows the name in the header: `parity="dc_da" rtol="1e-5"`.
    """

    header: int = 0
    options: Attributes = ()

    def option(self, key: str) -> str | None:
        """The option's value, or None."""
        return dict(self.options).get(key)


@dataclass(frozen=True, slots=True)
class Module:
    """A snippet module, scanned.

    Attributes:
        path: POSIX path, relative to the project's root: `snippets/gradients/tf2.py`.
        lesson: The folder's path below the snippets folder: `gradients`.
        framework: The file's stem: `tf2`, `pytorch` or `python`.
        lines: The source's lines, without their ends.
        symbols: Functions, classes and methods, with their decorators and the comments directly above. A name that
            is defined in two places is here twice.
        assignments: Module-level `NAME = …`, likewise. In a reference they give way to everything else.
        hidden: Lines that are never shown: markers, and the cells of prose.
        inside: Lines that begin inside a string, whose white space is the string's.
        parsed: Whether the source is valid Python; if not, its symbols and assignments are not known.
    """

    path: str
    lesson: str
    framework: str
    lines: tuple[str, ...]
    cells: tuple[Cell, ...] = ()
    regions: tuple[Block, ...] = ()
    symbols: tuple[Block, ...] = ()
    assignments: tuple[Block, ...] = ()
    hidden: frozenset[int] = frozenset()
    inside: frozenset[int] = frozenset()
    parsed: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What a module may use up when it runs.

    Attributes:
        seconds: Wall time, without importing the framework.
        output: Bytes that a cell may print.
        memory: Bytes that it may take on top of its framework, heeded on Linux alone; and that a file of its may have.
    """

    seconds: float = 60.0
    output: int = 64 * 1024
    memory: int = 2 * 1024**3


# --- recordings -----------------------------------------------------------------------------------------------------


_DRAWING = re.compile(rb"""<g id="patch_1">\s*<path[^>]*style="fill: none"(?!.*<image\b)""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that a cell drew.

    Attributes:
        name: The file's name beside the recording: `tf2-tape-1.svg`.
        alt: The cell's `alt` option, which describes the picture in words.
        data: The file's bytes.
    """

    name: str
    alt: str
    data: bytes = field(repr=False)

    @property
    def is_drawing(self) -> bool:
        """Whether matplotlib drew it with no paper beneath it and no pixels in it: in the dark its colours can turn."""
        return _DRAWING.search(self.data) is not None


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception that a cell raised.

    Attributes:
        type: The class's name as Python prints it: `RuntimeError`, `torch.jit.Error`.
        line: The line of the module that raised, from 1.
        traceback: The traceback as text, frames of the engine left out, paths relative to the project.
    """

    type: str
    message: str
    line: int
    traceback: str


@dataclass(frozen=True, slots=True)
class Value:
    """A named value of a cell, which must agree with the other frameworks'.

    Attributes:
        name: The variable's name.
        dtype: NumPy's name of the type: `float32`.
        shape: The array's shape; () for a number.
        data: The numbers in row-major order; complex ones as text, since JSON has none.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: tuple[float | str, ...]


@dataclass(frozen=True, slots=True)
class Parity:
    """What one named value's comparison between the frameworks of a lesson gave.

    Attributes:
        name: The value's name in every module.
        frameworks: The frameworks compared.
        difference: The largest absolute difference.
        rtol: Relative tolerance it was held to.
        atol: Absolute tolerance it was held to.
    """

    name: str
    frameworks: tuple[str, ...]
    difference: float
    rtol: float
    atol: float


@dataclass(frozen=True, slots=True)
class Output:
    """What one cell produced when it ran.

    Attributes:
        cell: The cell's name.
        stdout: What it printed, to stdout and stderr, in order.
        value: The `repr` of its last expression, or "" if there was none.
        seconds: How long it took when it was recorded.
        values: What its header's `parity` names.
    """

    cell: str
    stdout: str = ""
    value: str = ""
    figures: tuple[Figure, ...] = ()
    raised: Raised | None = None
    parity: tuple[Parity, ...] = ()
    seconds: float = 0.0
    values: tuple[Value, ...] = ()

    @property
    def text(self) -> str:
        """What the reader sees: the printed text and the value, or the error."""
        parts = [self.stdout, self.value, self.raised.traceback if self.raised else ""]
        return "\n".join(part.rstrip("\n") for part in parts if part)


@dataclass(frozen=True, slots=True, order=True)
class Passage:
    """Lines of a listing that stand one below the other, without the white space around them.

    Attributes:
        lines: The lines.
        above: Lines that stand before them, as far as they are needed to tell where that is; blank ones are left out.
        below: Lines that stand after them, likewise.
    """

    lines: tuple[str, ...]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Meaning:
    """What a step of a walk is taken for.

    Attributes:
        selector: The listing's, "" for a whole module.
        text: The step, as it is written.
        kind: `region`, `symbol`, `lines` or `text`.
        name: The full name of the region or symbol; or the lines or the text, which is one of the step's alternatives.
        passages: The lines.
        rest: The listing's other lines, for a region or a symbol that is not read from a recording.
    """

    selector: str
    text: str
    kind: str
    name: str
    passages: tuple[Passage, ...] = ()
    rest: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Recording:
    """What running a snippet module produced, cell by cell.

    Attributes:
        path: The module's path, as in `Module.path`.
        key: The digest of the code that ran, its data and its settings.
        versions: Names and versions of Python and the frameworks: `(("python", "3.11.7"), ("tensorflow", "2.21.0"))`.
        sources: The files that the key was made from, with a digest of each: while they are the same, so is the key.
        imports: The modules imported from outside the project, by their full names.
        cells: The names of the module's cells, with a digest of the code and the header of each.
        settings: What modules were run with, and the form of the recording, as `key.settings_of` gives it.
        steps: What the steps of the walks through the module's listings were taken for, sorted.
    """

    path: str
    key: str
    versions: Attributes
    outputs: tuple[Output, ...]
    sources: Attributes = ()
    imports: tuple[str, ...] = ()
    cells: Attributes = ()
    settings: Attributes = ()
    steps: tuple[Meaning, ...] = ()

    def output(self, cell: str) -> Output | None:
        """What the named cell produced, or None."""
        return next((output for output in self.outputs if output.cell == cell), None)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on GitHub that the site is published from, for services that open notebooks.

    Attributes:
        name: Owner and name: `octocat/my-talk`.
        branch: The branch that holds the site, or at least its notebooks.
    """

    name: str
    branch: str


@dataclass(frozen=True, slots=True)
class Program:
    """A module as a whole, for those who see a part of it on a slide.

    Attributes:
        versions: The versions that it was recorded with; empty if it was not.
        docs: The address of its lesson's page in the docs, in full or relative to the deck; "" if there is none.
    """

    module: Module
    versions: Attributes = ()
    docs: str = ""


# --- listings -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reference:
    """`lesson:selector`, or `lesson/framework:selector`; a selector of "" means the whole module."""

    lesson: str
    framework: str | None
    selector: str

    def __str__(self) -> str:
        module = f"{self.lesson}/{self.framework}" if self.framework else self.lesson
        return f"{module}:{self.selector}" if self.selector else module


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a walk through a listing.

    Attributes:
        lines: Lines of the listing that are in question, from 1; empty means the whole listing, or nothing of it.
        caption: The step's sentence, or "".
        nothing: Whether no line stands out: the step `none`.
        meaning: What it is taken for; None if it is the whole listing or nothing of it, or was not resolved.
    """

    lines: tuple[int, ...]
    caption: str = ""
    nothing: bool = False
    meaning: Meaning | None = field(default=None, compare=False, repr=False)

    @property
    def ranges(self) -> str:
        """The lines as reveal.js writes them: `1-3,5`, "" for all of them, and `0` for none."""
        if self.nothing:
            return "0"
        runs: list[list[int]] = []
        for line in self.lines:
            if runs and line == runs[-1][-1] + 1:
                runs[-1].append(line)
            else:
                runs.append([line])
        return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


@dataclass(frozen=True, slots=True)
class Morph:
    """How a listing comes out of an earlier version of it, which the slide before shows.

    Attributes:
        pair: Which of the slide's listings that do so it is, from 0: the earlier version's `morphs_as`.
        runs: The text that both have: where it starts in the earlier version, where in this one, and its length, in
            UTF-16 units, as browsers count.
    """

    pair: int
    runs: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A reference resolved to code.

    Attributes:
        path: The module's path.
        numbers: The line of the module that each shown line is.
        code: The shown lines, dedented, joined with newlines, no newline at the end.
        outputs: What the cells that the listing shows produced, in order.
        versions: The versions that produced them.
        morph: How it comes out of the slide before, if that slide morphs into this one.
        morphs_as: Which pair of the next slide's listings it belongs to, if this slide morphs into that one.
    """

    reference: Reference
    path: str
    framework: str
    numbers: tuple[int, ...]
    code: str
    steps: tuple[Step, ...] = ()
    outputs: tuple[Output, ...] = ()
    versions: Attributes = ()
    morph: Morph | None = None
    morphs_as: int | None = None


# --- talks ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fence:
    """A code fence.

    Attributes:
        span: Of the opening fence; in a slide, lines count from the slide's first.
        language: The first word of the info string, "" if there is none.
        steps: reveal.js's own steps, `1|3-5` of `[1|3-5]`, or "".
        start: reveal.js's first line number, `712` of `[712: 1|2]`, or "".
        options: `snippet="gradients:tape"` and so on.
        columns: The column of the file at which each option's value starts, by the option's name; reveal.js's own
            steps are under `[`.
        code: The text between the fences, no newline at the end.
        listings: What a `snippet` fence resolved to, one a framework; empty for any other fence.
        output: Where the recorded output stands: `below`, `column`, `fragment`, `slide`, `column-fragment` or `none`.
        morph: How its own code comes out of the slide before, as in `Listing`.
        morphs_as: As in `Listing`.
    """

    span: Span
    language: str
    code: str
    steps: str = ""
    start: str = ""
    options: Attributes = ()
    listings: tuple[Listing, ...] = ()
    output: str = "none"
    columns: tuple[tuple[str, int], ...] = ()
    morph: Morph | None = None
    morphs_as: int | None = None

    def option(self, key: str) -> str | None:
        """The option's value, or None."""
        return dict(self.options).get(key)

    @property
    def step_count(self) -> int:
        """How many steps it has on the deck: none if its code is not shown."""
        if self.listings:
            return len(self.listings[0].steps) if self.option("echo") != "false" else 0
        return self.steps.count("|") + 1 if self.steps else 0

    @property
    def parity(self) -> tuple[Parity, ...]:
        """What was compared between the frameworks in the cells shown, each comparison once."""
        checks = (check for listing in self.listings for output in listing.outputs for check in output.parity)
        return tuple(dict.fromkeys(checks))

    def lower(self, lines: int) -> Fence:
        """The fence so many lines further down."""
        return replace(self, span=self.span.lower(lines))

    def place(self, key: str) -> Span:
        """Where the option's value stands; the fence's own place if that is not known."""
        return Span(self.span.path, self.span.line, dict(self.columns).get(key, self.span.col))


@dataclass(frozen=True, slots=True)
class StepNote:
    """What the speaker says at one step of a slide.

    Attributes:
        span: Of its marker, `Note[2]:`; lines count from the slide's first.
        number: The slide's step, from 1, as in `Slide.walk`.
        tokens: markdown-it's.
    """

    span: Span
    number: int
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide.

    Attributes:
        span: Of the slide's first line that is not blank.
        id: Unique in the talk; the slide's address in the deck's URL and its anchor in the docs.
        title: The text of the first heading, or "".
        attributes: What `<!-- .slide: … -->` says, the id left out.
        body: markdown-it's tokens, whose `map` counts lines from `first`; a fence's token has its place in `fences`
            as `meta["fence"]`.
        notes: The tokens of the speaker's notes; their fences follow the body's in `fences`.
        noted: Whether it has notes, if only empty ones.
        step_notes: The notes that belong to a step, in its order.
        first: The line of the file from which its span, tokens, fences and notes count; 1 as long as nobody asks where
            the slide stands, so that it stays the same when something above it changes.
    """

    span: Span
    id: str
    title: str
    attributes: Attributes
    body: tuple[Token, ...]
    notes: tuple[Token, ...]
    fences: tuple[Fence, ...]
    noted: bool = False
    step_notes: tuple[StepNote, ...] = ()
    first: int = 1

    def place(self, span: Span) -> Span:
        """Where in the file something in the slide stands."""
        return span.lower(self.first - 1)

    @property
    def walk(self) -> tuple[tuple[int, int], ...]:
        """The slide's steps over all its listings, in order: the fence's place in `fences`, and which of its steps.

        Frameworks side by side step together. Every listing shows its first step from the start, so that the first
        steps of further listings are not steps of the slide.
        """
        shown = [token.meta["fence"] for token in self.body if token.type == "fence"]
        steps = [(place, step) for place in shown for step in range(self.fences[place].step_count)]
        return tuple(each for each in steps if each == steps[0] or each[1])


@dataclass(frozen=True, slots=True)
class Stack:
    """A horizontal column of the deck: one slide, or several one above the other.

    Attributes:
        slides: The slides, each as if it were all there is of its file.
        firsts: The line of the file that is the first of each of them.
    """

    slides: tuple[Slide, ...]
    firsts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk.

    Attributes:
        path: POSIX path of the Markdown file, relative to the project's root.
        name: The file's stem: the name of the deck's folder and of the section in the docs.
        meta: The front matter.
        duration: How long it is planned to take, in seconds; None if that is not said.
        patience: How long code that is run during the talk may take, in seconds.
    """

    path: str
    name: str
    title: str
    meta: Mapping[str, Any]
    stacks: tuple[Stack, ...]
    duration: int | None = None
    patience: float = PATIENCE

    @property
    def slides(self) -> tuple[Slide, ...]:
        """All slides, in the order they are shown."""
        return tuple(slide for stack in self.stacks for slide in stack.slides)

    @property
    def firsts(self) -> tuple[int, ...]:
        """The line of the file that is the first of each slide, in the same order."""
        return tuple(first for stack in self.stacks for first in stack.firsts)

    @property
    def placed(self) -> tuple[Slide, ...]:
        """All slides, where they stand in the file."""
        placed = zip(self.slides, self.firsts, strict=True)
        return tuple(replace(slide, span=slide.span.lower(first - 1), first=first) for slide, first in placed)
