"""Talk + modules + recordings → the talk with its listings: every `snippet` fence gets its code, steps and outputs.

A reference is `lesson:selector`, which means every framework of the lesson that has the selector, or
`lesson/framework:selector`, which means one; without a selector it is the whole module. The selector is a cell, a
region or a symbol, and a name that could be two of them is an error. A module-level assignment can be named too, if
nothing else has its name.

A step of `steps="a | b | c"` is, in this order: `all`, the whole listing; `none`, nothing of it; lines of the listing,
`2` or `1,4-5`; a region, function, class or method that lies in the listing; or a text, which means every line that has
it. A method may go without its class, if there is but one of that name. Each step names something in every framework
shown. Where they differ, `call || forward` says both: each framework takes the first that it has, and each is taken by
one at least.

What each step was taken for is recorded with the module, and a step that means something else is an error: see `drift`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache

from greenroom import drift
from greenroom.memo import kept, remembered, same
from greenroom.model import (
    FRAMEWORKS,
    Block,
    Cell,
    Fence,
    Listing,
    Meaning,
    Module,
    Output,
    Problem,
    Recording,
    Reference,
    Slide,
    Span,
    Stack,
    Step,
    Talk,
)
from greenroom.problems import Code, nearest

Modules = Mapping[tuple[str, str], Module]
Recordings = Mapping[str, Recording]

_REFERENCE = re.compile(r"(?P<module>[\w-]+(?:/[\w-]+)*)(?::(?P<selector>[\w-]+(?:\.\w+)*))?")
_OUTSIDE = re.compile(r"[/\\~]|[A-Za-z]:[/\\]|.*(?:^|[/\\])\.\.(?:[/\\:]|$)")
_BAR = re.compile(r"(?<!\|)\|(?!\|)")
_RANGES = re.compile(r"[\d\s,-]*\d[\d\s,-]*")
_RANGE = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?")


def resolve(talk: Talk, modules: Modules, recordings: Recordings) -> tuple[Talk, tuple[Problem, ...]]:
    """Give the talk's `snippet` fences their listings.

    Args:
        talk: As it was parsed.
        modules: By lesson and framework.
        recordings: By the module's path. One that is missing or of other code shows nothing here; reading the
            recordings tells so.
    """
    problems: list[Problem] = []
    stacks = []
    bases = _bases(modules, recordings)
    for stack in talk.stacks:
        basis = tuple([bases(text) for text in _texts(stack.slides)])
        slides, found = _slides(stack.slides, basis, bases, modules, recordings)
        stacks.append(stack if slides is stack.slides else Stack(slides, stack.firsts))
        problems += (_placed(problem, talk.path, stack.firsts[n]) for n, problem in found)
    return replace(talk, stacks=tuple(stacks)), tuple(problems)


def _placed(problem: Problem, path: str, first: int) -> Problem:
    """What is wrong with a slide, where that stands in the file; modules have places of their own."""
    return problem.lower(first - 1) if problem.span.path == path else problem


@remembered(lambda slides: same(slides))
def _texts(slides: tuple[Slide, ...]) -> tuple[str, ...]:
    """The references of a stack's slides."""
    found = (fence.option("snippet") for slide in slides for fence in slide.fences)
    return tuple(text for text in found if text is not None)


@remembered(lambda slides, basis, *_: (same(slides), basis))
def _slides(
    slides: tuple[Slide, ...],
    basis: Hashable,  # noqa: ARG001
    bases: _Bases,
    modules: Modules,
    recordings: Recordings,
) -> tuple[tuple[Slide, ...], tuple[tuple[int, Problem], ...]]:
    """Resolve the slides of a stack; gives also what is wrong with which of them."""
    found = [_slide(slide, bases, modules, recordings) for slide in slides]
    if all(resolved is slide for (resolved, _), slide in zip(found, slides, strict=True)):
        return slides, ()
    wrong = tuple((n, problem) for n, (_, problems) in enumerate(found) for problem in problems)
    return tuple(slide for slide, _ in found), wrong


def _slide(slide: Slide, bases: _Bases, modules: Modules, recordings: Recordings) -> tuple[Slide, tuple[Problem, ...]]:
    texts = [text for fence in slide.fences if (text := fence.option("snippet")) is not None]
    if not texts and not slide.step_notes:
        return slide, ()
    return _resolved(slide, tuple(map(bases, texts)), modules, recordings)


@remembered(lambda slide, basis, *_: (same(slide), basis))
def _resolved(
    slide: Slide,
    basis: Hashable,  # noqa: ARG001
    modules: Modules,
    recordings: Recordings,
) -> tuple[Slide, tuple[Problem, ...]]:
    expanded = [expand(fence, modules, recordings) for fence in slide.fences]
    resolved = replace(slide, fences=tuple(fence for fence, _ in expanded))
    wrong = [problem for _, found in expanded for problem in found]
    return resolved, tuple(wrong or _without_step(resolved))


def basis(texts: Iterable[str], modules: Modules, recordings: Recordings) -> Hashable:
    """All that decides what references show: it is the same as before as long as that is.

    Args:
        texts: The references.
        modules: By lesson and framework.
        recordings: By the module's path.
    """
    return tuple(map(_bases(modules, recordings), texts))


_Bases = Callable[[str], Hashable]
"""Gives what decides what a reference shows."""


def _bases(modules: Modules, recordings: Recordings) -> _Bases:
    names = kept(frozenset(modules))

    @cache
    def of_module(name: str) -> Hashable:
        lessons = (name, name.rpartition("/")[0])
        found = [modules.get((lesson, framework)) for lesson in lessons for framework in FRAMEWORKS]
        return names, *((same(module), same(recordings.get(module.path))) for module in found if module)

    return lambda text: of_module(text.partition(":")[0])


def expand(fence: Fence, modules: Modules, recordings: Recordings) -> tuple[Fence, tuple[Problem, ...]]:
    """Give one fence its listings, if it has a snippet; a fence without one stays as it is."""
    text = fence.option("snippet")
    if text is None:
        return fence, ()
    problems = list(_contradictions(fence))
    listings, found = select(text, fence.place("snippet"), modules)
    problems += found
    if not listings:
        return fence, tuple(problems)
    listings, found = _walk(fence, listings, modules, recordings)
    problems += found
    place = _place(fence, listings, modules)
    if place != "none":
        listings, found = _show(fence, listings, modules, recordings)
        problems += found
        place = place if any(listing.outputs for listing in listings) else "none"
    return replace(fence, listings=listings, output=place), tuple(problems)


def _without_step(slide: Slide) -> Iterator[Problem]:
    """The notes for steps that the slide does not have."""
    count = len(slide.walk)
    for note in slide.step_notes:
        if not 1 <= note.number <= count:
            fact = f"there is no step {note.number} on the slide"
            hint = f"its steps are 1 to {count}" if count else "it has no steps; write `Note:` for the whole slide"
            yield Problem(note.span, Code.NOTE_STEP, fact, hint)


def _contradictions(fence: Fence) -> Iterator[Problem]:
    if fence.option("echo") == "false" and fence.option("output") == "none":
        fact = "neither the code nor the output is shown"
        yield Problem(fence.place("echo"), Code.OPTION_VALUE, fact, "leave out `echo` or `output`, or the fence")
    if fence.code.strip():
        fact = "the fence has lines of its own, which the snippet replaces"
        yield Problem(fence.span, Code.FENCE_BODY, fact, "take the lines out, or the option `snippet`")


# --- references -----------------------------------------------------------------------------------------------------


def select(text: str, span: Span, modules: Modules) -> tuple[tuple[Listing, ...], tuple[Problem, ...]]:
    """Find what a reference names: one listing for each framework that has it, without steps and outputs.

    Args:
        text: The reference.
        span: Where it is written.
        modules: By lesson and framework.
    """
    reference = _reference(text, span, modules)
    if isinstance(reference, Problem):
        return (), (reference,)
    read = _modules(reference, modules)
    found = [(module, _named(module, reference.selector)) for module in read]
    listings = [_listing(module, reference, blocks[0][1]) for module, blocks in found if blocks]
    problems = [_ambiguous(reference, span, module, blocks) for module, blocks in found if len(blocks) > 1]
    # What the symbols of a module are that is not valid Python is not known, and that it is not is told already.
    if not listings and all(module.parsed for module in read):
        fact = f"`{replace(reference, selector='')}` has no cell, region or symbol `{reference.selector}`"
        names = [block.name for module in read for block in (*module.cells, *module.regions, *module.symbols)]
        problems.append(Problem(span, Code.SELECTOR_UNKNOWN, fact, nearest(reference.selector, filter(None, names))))
    # A listing without lines is an empty cell or region: a problem of its module.
    return tuple(listing for listing in listings if listing.numbers and not problems), tuple(problems)


def _ambiguous(reference: Reference, span: Span, module: Module, blocks: Sequence[tuple[str, Block]]) -> Problem:
    places = " and ".join(f"a {kind} ({module.path}:{block.first})" for kind, block in blocks)
    fact = f"`{reference.selector}` is {places}"
    return Problem(span, Code.NAME_AMBIGUOUS, fact, "rename one of them, or show another part")


def _reference(text: str, span: Span, modules: Modules) -> Reference | Problem:
    match = _REFERENCE.fullmatch(text)
    if match is None and _OUTSIDE.match(text):
        hint = "a reference begins with a lesson: the path of a folder below the snippets folder"
        return Problem(span, Code.REFERENCE_OUTSIDE, f"`{text}` leaves the snippets", hint)
    if match is None:
        hint = "write `lesson:selector`, or `lesson/framework:selector` for one framework"
        return Problem(span, Code.REFERENCE_SYNTAX, f"`{text}` is not a reference", hint)
    name, selector = match["module"], match["selector"] or ""
    folder, _, last = name.rpartition("/")
    lessons = {lesson for lesson, _ in modules}
    if name in lessons and (folder, last) in modules:
        fact = f"`{name}` is a lesson, and `{last}` is a framework of the lesson `{folder}`"
        return Problem(span, Code.NAME_AMBIGUOUS, fact, f"rename the folder `{name}`")
    if name in lessons:
        return Reference(name, None, selector)
    if (folder, last) in modules:
        return Reference(folder, last, selector)
    if folder in lessons:
        fact = f"the lesson `{folder}` has no framework `{last}`"
        below = [lesson.removeprefix(f"{folder}/") for lesson in lessons if lesson.startswith(f"{folder}/")]
        frameworks = [framework for lesson, framework in modules if lesson == folder]
        return Problem(span, Code.FRAMEWORK_UNKNOWN, fact, nearest(last, frameworks + below))
    lesson = folder if last in FRAMEWORKS and folder else name
    return Problem(span, Code.LESSON_UNKNOWN, f"there is no lesson `{lesson}`", nearest(lesson, lessons))


def _modules(reference: Reference, modules: Modules) -> list[Module]:
    frameworks = (reference.framework,) if reference.framework else FRAMEWORKS
    keys = [(reference.lesson, framework) for framework in frameworks]
    return [modules[key] for key in keys if key in modules]


def _named(module: Module, selector: str) -> list[tuple[str, Block]]:
    """What the selector may be, with the word for it. Two cells or regions of one name are a problem of the module."""
    if not selector:
        return [("module", Block("", 1, len(module.lines)))]
    cells = [("cell", cell) for cell in module.cells if cell.name == selector][:1]
    regions = [("region", region) for region in module.regions if region.name == selector][:1]
    symbols = [("symbol", symbol) for symbol in module.symbols if symbol.name == selector]
    values = [("value", value) for value in module.assignments if value.name == selector]
    return [*cells, *regions, *symbols] or values


def _listing(module: Module, reference: Reference, block: Block) -> Listing:
    numbers = [number for number in range(block.first, block.last + 1) if number not in module.hidden]
    while numbers and not module.lines[numbers[0] - 1].strip():
        del numbers[0]
    while numbers and not module.lines[numbers[-1] - 1].strip():
        del numbers[-1]
    lines = [module.lines[number - 1] for number in numbers]
    margin = _margin([line for number, line in zip(numbers, lines, strict=True) if number not in module.inside])
    code = "\n".join(line.removeprefix(margin) if line.strip() else line[len(margin) :] for line in lines)
    reference = replace(reference, framework=module.framework)
    return Listing(reference, module.path, module.framework, tuple(numbers), code)


def _margin(lines: Sequence[str]) -> str:
    """The white space that all lines begin with, blank ones left out; a tab is no number of blanks."""
    indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line.strip()]
    shortest = min(indents, key=len, default="")
    return next(shortest[:size] for size in range(len(shortest), -1, -1) if len({each[:size] for each in indents}) <= 1)


# --- steps ----------------------------------------------------------------------------------------------------------


def _walk(
    fence: Fence, listings: tuple[Listing, ...], modules: Modules, recordings: Recordings
) -> tuple[tuple[Listing, ...], tuple[Problem, ...]]:
    """Give the listings their steps and captions."""
    texts, problems = _step_texts(fence)
    captions = [caption.strip() for caption in (fence.option("captions") or "").split("|")]
    if fence.option("captions") is None:
        captions = [""] * len(texts)
    elif len(captions) != len(texts):
        fact = f"{_count(captions, 'caption')} for {_count(texts, 'step')}"
        hint = "write a caption for each step, with `|` between them"
        problems.append(Problem(fence.place("captions"), Code.CAPTIONS_COUNT, fact, hint))
        return listings, tuple(problems)
    walks: list[list[Step]] = [[] for _ in listings]
    meant = [_recorded(listing, recordings.get(listing.path)) if texts else None for listing in listings]
    for (text, span), caption in zip(texts, captions, strict=True):
        alternatives = [alternative.strip() for alternative in text.split("||")]
        taken = set()
        for listing, walk, recorded in zip(listings, walks, meant, strict=True):
            module = _module(listing, modules)
            found = [(alternative, _matches(alternative, listing, module)) for alternative in alternatives]
            name, matches = next(((name, matches) for name, matches in found if matches), ("", ()))
            taken.add(name)
            if len(matches) > 1:
                fact = f"the step `{name}` is in {len(matches)} places of the listing from {listing.path}"
                hint = "write the method with its class, or name lines or a text"
                problems.append(Problem(span, Code.NAME_AMBIGUOUS, fact, hint))
            elif matches:
                step = _step(" || ".join(alternatives), matches[0], caption, listing, module)
                walk.append(step)
                problems += _drift(step.meaning, span, listing, module, recorded)
            else:
                once = (recorded or {}).get(" || ".join(alternatives))
                problems.append(_step_unknown(text, span, listing, module, once))
        if "" not in taken:
            unused = [alternative for alternative in alternatives if alternative not in taken]
            problems += [_alternative_unused(alternative, span) for alternative in unused]
    walked = [replace(listing, steps=tuple(walk)) for listing, walk in zip(listings, walks, strict=True)]
    return tuple(walked), tuple(problems)


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def _step_texts(fence: Fence) -> tuple[list[tuple[str, Span]], list[Problem]]:
    """The steps as they are written, with their places; in reveal.js's own, nothing is `all`, and `0` is `none`."""
    option = fence.option("steps")
    if option is None:
        if not fence.steps:
            return [], []
        pieces, start = fence.steps.split("|"), fence.place("[")
    else:
        pieces, start = _BAR.split(option), fence.place("steps")
    texts: list[tuple[str, Span]] = []
    problems: list[Problem] = []
    offset = 0
    for piece in pieces:
        span = replace(start, col=start.col + offset + len(piece) - len(piece.lstrip()))
        offset += len(piece) + 1
        if option is None and piece.strip() == "0":
            texts.append(("none", span))
        elif piece.strip():
            texts.append((piece.strip(), span))
        elif option is None:
            texts.append(("all", span))
        else:
            hint = "write `all` for the whole listing, or take a `|` out"
            problems.append(Problem(span, Code.STEP_UNKNOWN, "a step is empty", hint))
    if option is not None and fence.steps:
        fact = f"the fence has steps twice: `[{fence.steps}]` and `steps`"
        problems.append(Problem(fence.place("["), Code.OPTION_TWICE, fact, "leave one of them out"))
    return texts, problems


@dataclass(frozen=True, slots=True)
class _Found:
    """What a step may mean.

    Attributes:
        kind: `all`, `none`, `lines`, `region`, `symbol` or `text`.
        name: The region's or symbol's full name; otherwise what was looked for.
        lines: Lines of the listing; of `all` and `none`, none.
    """

    kind: str
    name: str
    lines: tuple[int, ...] = ()


def _matches(text: str, listing: Listing, module: Module) -> list[_Found]:
    """What a step may mean in the listing: nothing, or several things, are the author's mistake."""
    if text in ("all", "none"):
        return [_Found(text, text)]
    if _RANGES.fullmatch(text):
        return [_Found("lines", text, lines) for lines in _lines(text, len(listing.numbers))]
    first, last = listing.numbers[0], listing.numbers[-1]
    blocks = [("region", region) for region in _between(module.regions, first, last)]
    blocks += [("symbol", symbol) for symbol in _between(module.symbols, first, last)]
    whole = (text, f"{listing.reference.selector}.{text}")
    named = [(kind, block) for kind, block in blocks if block.name in whole]
    named = named or [(kind, block) for kind, block in blocks if block.name.endswith(f".{text}")]
    found: dict[tuple[int, ...], _Found] = {}
    for kind, block in named:
        lines = tuple(line for line, at in enumerate(listing.numbers, 1) if block.first <= at <= block.last)
        found.setdefault(lines, _Found(kind, block.name, lines))
    if found:
        return list(found.values())
    lines = tuple(line for line, content in enumerate(listing.code.split("\n"), 1) if text and text in content)
    return [_Found("text", text, lines)] if lines else []


def _between(blocks: Sequence[Block], first: int, last: int) -> Iterator[Block]:
    """Those of the blocks, which are in the order of their first lines, that lie between two lines."""
    start = bisect_left(blocks, first, key=lambda block: block.first)
    end = bisect_right(blocks, last, lo=start, key=lambda block: block.first)
    return (block for block in blocks[start:end] if block.last <= last)


def _step(text: str, found: _Found, caption: str, listing: Listing, module: Module) -> Step:
    meaning = None
    if found.lines and module.parsed:  # what the symbols of a module are that is not valid Python is not known
        selector = listing.reference.selector
        meaning = drift.meaning(selector, text, found.kind, found.name, listing.code, found.lines)
    return Step(found.lines, caption, nothing=found.kind == "none", meaning=meaning)


def _drift(
    meaning: Meaning | None, span: Span, listing: Listing, module: Module, meant: Mapping[str, Meaning] | None
) -> Iterator[Problem]:
    """Why a step may be on other lines than its author has seen; that there is no recording is told already."""
    if meaning is None or meant is None:
        return
    recorded = meant.get(meaning.text)
    if recorded is None:
        fact = f"what the step `{meaning.text}` means in {listing.path} is not recorded"
        hint = "`greenroom record` records it, so that it cannot slide to other lines; it runs nothing for that"
        yield Problem(span, Code.STEP_UNRECORDED, fact, hint)
    elif drift.moved(recorded, meaning):
        then, now = drift.described(recorded, meaning)
        fact = f"the step `{meaning.text}` means something else in {listing.path} than was recorded:"
        hint = f"{_anew(recorded, listing, module)}; if it is right as it is, `greenroom record --accept` takes it"
        yield Problem(span, Code.STEP_MOVED, f"{fact}\n    then: {then}\n    now:  {now}", hint)


def _recorded(listing: Listing, recording: Recording | None) -> Mapping[str, Meaning] | None:
    """What the listing's steps were taken for, by their texts; None if it was not recorded."""
    selector = listing.reference.selector
    return {each.text: each for each in recording.steps if each.selector == selector} if recording else None


def _anew(recorded: Meaning, listing: Listing, module: Module) -> str:
    """How a step that has moved may be named."""
    if recorded.kind != "lines":
        name = _heir(recorded, listing, module)
        return f"`{name}` has its lines now" if name else "name what it should mean now"
    lines = [line for passage in recorded.passages for line in passage.lines]
    text = next((line for line in lines if line and listing.code.count(line) == 1 and not set('|"') & set(line)), "")
    example = f", such as `{text}`," if text else ""
    return f"a text{example} or a symbol moves with its lines, and a number does not"


def _heir(recorded: Meaning, listing: Listing, module: Module) -> str:
    """The region or symbol that has most of the lines which a recorded one had, and half of them at least; or ""."""
    if recorded.kind not in ("region", "symbol"):
        return ""
    had = Counter(line for passage in recorded.passages for line in passage.lines if line)

    def common(block: Block) -> int:
        return (had & Counter(line.strip() for line in module.lines[block.first - 1 : block.last])).total()

    blocks = [block for block in (*module.regions, *module.symbols) if block.first in listing.numbers]
    best = max(blocks, key=lambda block: (common(block), block.first - block.last), default=None)
    found = best is not None and best.name != recorded.name and 2 * common(best) >= had.total()
    return best.name if best and found else ""


def _lines(text: str, count: int) -> list[tuple[int, ...]]:
    """The lines that `1,4-5` means, in order; none if that is not how lines are written, or not all are there."""
    lines: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= count:
            return []
        lines.update(range(first, last + 1))
    return [tuple(sorted(lines))]


def _step_unknown(text: str, span: Span, listing: Listing, module: Module, recorded: Meaning | None) -> Problem:
    count = len(listing.numbers)
    fact = f"the step `{text}` names nothing in the listing from {listing.path}"
    if _RANGES.fullmatch(text):
        return Problem(span, Code.STEP_UNKNOWN, fact, f"its lines are 1 to {count}")
    if heir := recorded and _heir(recorded, listing, module):
        return Problem(span, Code.STEP_UNKNOWN, fact, f"did you mean `{heir}`? It has its lines now")
    names = [block.name for block in (*module.regions, *module.symbols) if block.first in listing.numbers]
    words = re.findall(r"[\w.]+", listing.code)
    close = get_close_matches(text, [*names, *words, *(line.strip() for line in listing.code.split("\n"))], n=1)
    general = f"a step is lines of it (1 to {count}), a region or symbol in it, or a text in it; `a || b` is either"
    return Problem(span, Code.STEP_UNKNOWN, fact, f"did you mean `{close[0]}`?" if close else general)


def _alternative_unused(alternative: str, span: Span) -> Problem:
    fact = f"no framework that is shown takes the alternative `{alternative}`"
    return Problem(span, Code.STEP_UNKNOWN, fact, "take it out: the alternatives before it are found in all of them")


# --- outputs --------------------------------------------------------------------------------------------------------


def _place(fence: Fence, listings: Sequence[Listing], modules: Modules) -> str:
    """Where the output stands: as the fence says, or else below whole cells, or where the code is not shown."""
    asked = fence.option("output")
    if asked:
        return asked
    names = {cell.name for listing in listings for cell in _module(listing, modules).cells}
    whole = listings[0].reference.selector in names | {""}
    return "below" if whole or fence.option("echo") == "false" else "none"


def _show(
    fence: Fence, listings: tuple[Listing, ...], modules: Modules, recordings: Recordings
) -> tuple[tuple[Listing, ...], tuple[Problem, ...]]:
    """Give the listings the outputs of the cells that they show, and the versions that made them."""
    shown: list[Listing] = []
    problems: list[Problem] = []
    asked = fence.option("output") is not None or fence.option("echo") == "false"
    for listing in listings:
        module, recording = _module(listing, modules), recordings.get(listing.path)
        shown_cells = cells(listing, module)
        outputs = [_output(cell, module, recording) for cell in shown_cells]
        for cell, output in zip(shown_cells, outputs, strict=True):
            if output and output.figures and not (cell.option("alt") or "").strip():
                fact = f"the cell `{cell.name}` draws a figure that is shown, and nothing says what it shows"
                hint = f'say it in words in its header: `# %% {cell.name or "name"} alt="…"`'
                problems.append(Problem(Span(module.path, max(cell.header, 1)), Code.FIGURE_ALT, fact, hint))
        seen = tuple(output for output in outputs if output and (output.text or output.figures or output.parity))
        if asked and not seen and None not in outputs:
            fact = f"`{listing.reference}` prints nothing, has no value and draws nothing"
            option = "output" if fence.option("output") else "echo"
            hint = f"print what the reader should see, or leave `{option}` out"
            problems.append(Problem(fence.place(option), Code.OUTPUT_NOTHING, fact, hint))
        versions = recording.versions if recording and seen else ()
        shown.append(replace(listing, outputs=seen, versions=versions))
    return tuple(shown), tuple(problems)


def cells(listing: Listing, module: Module) -> list[Cell]:
    """The cells whose outputs belong to the listing: itself, all of the module, or the one in which it lies."""
    return [
        cell for cell in module.cells if not listing.reference.selector or cell.first <= listing.numbers[0] <= cell.last
    ]


def _output(cell: Cell, module: Module, recording: Recording | None) -> Output | None:
    """What the cell produced; cells without a name are told apart by their order. Its `alt` is the source's."""
    if recording is None:
        return None
    place = [each for each in module.cells if each.name == cell.name].index(cell)
    outputs = [output for output in recording.outputs if output.cell == cell.name][place:]
    if not outputs:
        return None
    figures = tuple(replace(figure, alt=cell.option("alt") or "") for figure in outputs[0].figures)
    return replace(outputs[0], figures=figures)


def _module(listing: Listing, modules: Modules) -> Module:
    return modules[listing.reference.lesson, listing.framework]
