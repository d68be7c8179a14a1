"""Talk → pages of the documentation site: one a stack, one that lists them, and one a lesson.

A slide's page holds what the slide shows, then its notes as prose. The pages are Markdown with every directive
expanded, for MkDocs or any other host of Python-Markdown with Material's extensions. Their links are relative paths
of source files, as MkDocs wants them; `urls` gives the deck the addresses of the finished pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING

from greenroom import dialect, offers, pictures
from greenroom.memo import remembered, same
from greenroom.model import (
    FRAMEWORKS,
    LIBRARIES,
    Fence,
    Figure,
    Listing,
    Module,
    Output,
    Recording,
    Repository,
    Slide,
    Stack,
    Step,
    StepNote,
    Talk,
)
from greenroom.python_markdown import Node, Writer, is_silent

if TYPE_CHECKING:
    from markdown_it.token import Token

ROOT = "../.."
"""From a talk's page to the top of the site. A lesson's page knows its own."""

MOST_LANES = 4
"""How many columns of marks the style sheet has room for beside code."""


def render(
    talk: Talk, addresses: Mapping[str, str] | None = None, repository: Repository | None = None
) -> dict[str, str]:
    """The pages of a talk: paths in the docs folder, in the order in which they are read → Markdown.

    Args:
        talk: A talk with its listings.
        addresses: Where in the deck's folder the files lie that the author's addresses name.
        repository: Where services find the notebooks.
    """
    links = _Links(talk, addresses or {}, repository)
    pages = {f"talks/{talk.name}/index.md": _contents(talk, repository)}
    for stack, name in zip(talk.stacks, _names(talk), strict=True):
        pages[f"talks/{talk.name}/{name}.md"] = _stack(stack, links)
    return pages


def urls(talk: Talk, *, directories: bool = False) -> tuple[tuple[str, ...], ...]:
    """The address of each slide's section, stack by stack, relative to the deck's `index.html`.

    Args:
        talk: The talk.
        directories: Whether the site's pages are folders, MkDocs' `use_directory_urls`.
    """
    folder, ending = f"{ROOT}/talks/{talk.name}", "/" if directories else ".html"
    named = zip(talk.stacks, _names(talk), strict=True)
    return tuple([_urls(stack.slides, f"{folder}/{name}{ending}") for stack, name in named])


@remembered(lambda slides, page: (same(slides), page))
def _urls(slides: tuple[Slide, ...], page: str) -> tuple[str, ...]:
    return tuple(f"{page}#{slide.id}" for slide in slides)


def lesson_url(module: Module, *, directories: bool = False) -> str:
    """The address of a module's section on its lesson's page, relative to a deck's `index.html`, as in `urls`."""
    return f"{ROOT}/snippets/{module.lesson}{'/' if directories else '.html'}#{module.framework}"


def lessons(
    modules: Mapping[tuple[str, str], Module],
    recordings: Mapping[str, Recording],
    talks: Iterable[Talk] = (),
    repository: Repository | None = None,
) -> dict[str, str]:
    """A page for each lesson with its modules, what they printed and where they are shown, and one that lists them."""
    names = sorted({lesson for lesson, _ in modules}, key=lambda lesson: (lesson.count("/"), lesson))
    pages = {"snippets/index.md": _lesson_list(names, modules)} if names else {}
    for lesson in names:
        of_lesson = [modules[lesson, framework] for framework in FRAMEWORKS if (lesson, framework) in modules]
        pages[f"snippets/{lesson}.md"] = _lesson(lesson, of_lesson, recordings, talks, repository)
    return pages


@dataclass(frozen=True, slots=True)
class Walk:
    """What a talk tells about the steps of a fence; nothing outside of talks. Steps count from 0.

    Attributes:
        links: Where the deck shows each step.
        notes: The notes that steps have, as Markdown.
    """

    links: Mapping[int, str] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)


def listing(fence: Fence, root: str, walk: Walk | None = None, repository: Repository | None = None) -> str:
    """What a `snippet` fence shows: its listings in linked tabs, with their steps, and the recorded outputs.

    Args:
        fence: A fence with its listings.
        root: The way from the page to the top of the site: `.`, `..` or `../..`.
        walk: What is told about the steps.
        repository: Where services find the notebooks.
    """
    blocks = [_listing(fence, each, root, walk or Walk(), repository) for each in fence.listings]
    if len(blocks) > 1:
        tabs = zip(fence.listings, blocks, strict=True)
        blocks = [f'=== "{FRAMEWORKS[each.framework]}"\n\n{_indent(block)}' for each, block in tabs]
    return "\n\n".join([*blocks, *_parity(fence)])


def figures(modules: Iterable[Module], recordings: Mapping[str, Recording]) -> dict[str, bytes]:
    """The recorded figures: paths in the docs folder → bytes."""
    found = {}
    for module in modules:
        for output in recordings[module.path].outputs if module.path in recordings else ():
            for figure in output.figures:
                path = _figure(module.lesson, figure)
                found[path] = figure.data
                if first := pictures.still(figure.data):
                    found[still(path)] = first
    return found


def still(path: str) -> str:
    """The path of a figure's first frame, of one that plays."""
    return f"{path.removesuffix('.png')}-still.png"


def _figure(lesson: str, figure: Figure) -> str:
    return f"snippets/figures/{lesson.replace('/', '-')}-{figure.name}"


# --- a talk's pages -------------------------------------------------------------------------------------------------


def _names(talk: Talk) -> list[str]:
    """The name of each stack's page: the id of its first slide, made fit for a file."""
    taken = {"index"}
    names = []
    for stack in talk.stacks:
        plain = re.sub(r"[^\w.-]+", "-", stack.slides[0].id).strip("-.") or "stack"
        name, count = plain, 1
        while name.lower() in taken:
            count += 1
            name = f"{plain}-{count}"
        taken.add(name.lower())
        names.append(name)
    return names


class _Links:
    """Says on a talk's pages what addresses in the talk mean: its slides are sections, its files lie in the deck."""

    def __init__(self, talk: Talk, addresses: Mapping[str, str], repository: Repository | None) -> None:
        self.deck = f"{ROOT}/slides/{talk.name}"
        self.addresses = addresses
        self.repository = repository
        self.sections = {
            f"#/{slide.id}": f"{name}.md#{slide.id}"
            for stack, name in zip(talk.stacks, _names(talk), strict=True)
            for slide in stack.slides
        }

    def url(self, address: str) -> str:
        """The address to write on a page."""
        if address in self.sections:
            return self.sections[address]
        if address.startswith("#"):
            return f"{self.deck}/index.html{address}"
        return f"{self.deck}/{self.addresses[address]}" if address in self.addresses else address


def _title(stack: Stack) -> str:
    return next((slide.title for slide in stack.slides if slide.title), "") or _first_words(stack.slides[0])


def _first_words(slide: Slide) -> str:
    """What stands for the heading of a slide that has none, where a list or a page needs a name for it."""
    texts = (child.content for token in slide.body for child in token.children or () if child.type == "text")
    words = " ".join(texts).split()
    return " ".join(words[:6]) + ("…" if len(words) > 6 else "") if words else slide.id


def _contents(talk: Talk, repository: Repository | None) -> str:
    deck = f"{ROOT}/slides/{talk.name}/index.html"
    lines = [
        _front_matter(talk.title),
        f"# {_plain(talk.title)}",
        " · ".join(_plain(str(talk.meta[key])) for key in ("subtitle", "author", "date") if talk.meta.get(key)),
        f"[Present]({deck}){{ .md-button .md-button--primary }} [Read]({_names(talk)[0]}.md){{ .md-button }}",
        _notebooks(talk, repository),
    ]
    items = []
    for stack, name in zip(talk.stacks, _names(talk), strict=True):
        inner = [slide.title for slide in stack.slides[1:] if slide.title]
        below = " · ".join(_plain(title) for title in inner)
        items.append(f"1.  [{_plain(_title(stack))}]({name}.md)")
        items += [f"    <br><small>{below}</small>"] if below else []
    return "\n\n".join(line for line in [*lines, "\n".join(items)] if line) + "\n"


def _notebooks(talk: Talk, repository: Repository | None) -> str:
    """The talk's code to run: a notebook for each framework."""
    rows = []
    for framework in offers.frameworks(talk):
        first, *services = _offered(offers.of_talk(talk.name, framework), ROOT, repository, FRAMEWORKS[framework])
        rows.append(first + (f" ({', '.join(services)})" if services else ""))
    return f"Run it, as a notebook: {' · '.join(rows)}\n{{ .notebooks }}" if rows else ""


def _stack(stack: Stack, links: _Links) -> str:
    title = _title(stack)
    blocks = [_front_matter(title)]
    first = stack.slides[0]
    if not _is_headed(first):
        blocks.append(f"# {_plain(title)}")
    for slide in stack.slides:
        blocks += _slide(slide, links, level=1 if slide is first and _is_headed(first) else 2)
    return "\n\n".join(block for block in blocks if block) + "\n"


def _slide(slide: Slide, links: _Links, *, level: int) -> list[str]:
    """The blocks of a slide: its heading, a panel with the rest of what it shows, its notes.

    The note of a step stands with the step; where the page has no place for that, with the other notes.
    """
    apart = {note.number: note for note in slide.step_notes}
    writer = _writer(slide, links, level, apart)
    body = _body(slide)
    size = 0
    if _is_headed(slide):
        size = next(place for place, token in enumerate(body, 1) if token.type == "heading_close")
    heading = writer.write(body[:size])
    shown = writer.write(body[size:])
    anchor = "" if heading else f"{_anchor(slide)} "
    present = f'[Present](<{links.deck}/index.html#/{slide.id}>){{ {anchor}.present title="Present this slide" }}'
    # No `div`: md_in_html would take the end tag of one in a list for its end.
    panel = f'<section class="slide" markdown>\n\n{present}\n\n{shown}\n\n</section>' if shown else present
    notes = [_for_notes(writer, note.number).write(note.tokens) for note in apart.values()]
    return [heading, panel, *notes, _for_notes(writer).write(slide.notes)]


def _is_headed(slide: Slide) -> bool:
    body = _body(slide)
    return bool(body) and body[0].type == "heading_open"


def _anchor(slide: Slide) -> str:
    """A slide's id as `attr_list` reads it."""
    return f"#{slide.id}" if re.fullmatch(r"[a-zA-Z][\w-]*", slide.id) else f'id="{escape(slide.id)}"'


def _body(slide: Slide) -> list[Token]:
    """What a slide shows: its tokens without those that are only comments."""
    return [token for token in slide.body if token.type != "html_block" or not is_silent(token.content)]


def _writer(slide: Slide, links: _Links, level: int, apart: dict[int, StepNote]) -> Writer:
    """Writes what a slide shows, and takes the notes out of `apart` that it writes with their steps."""
    depths: list[int] = []

    def heading(node: Node) -> tuple[int, str]:
        """Levels without gaps, below the page's title; the heading that a slide begins with has the slide's id.

        The table of contents takes the text of a formula with its TeX, so it is told what to say.
        """
        own = int(node.tag[1:])
        is_title = not depths and _is_headed(slide)
        while depths and depths[-1] >= own:
            depths.pop()
        depths.append(own)
        depth = level + len(depths) - 1
        if not is_title:
            return min(max(depth, 2), 6), ""
        has_formula = any(child.type.startswith("math") for child in node.walk())
        return depth, _anchor(slide) + (f' data-toc-label="{escape(slide.title)}"' if has_formula else "")

    def fence(node: Node) -> str:
        if "fence" not in node.meta:
            return _code(node.content.removesuffix("\n"), "")
        place = node.meta["fence"]
        found = slide.fences[place]
        walk = Walk(_presented(slide, place, links), notes(place))
        if found.listings:
            return listing(found, ROOT, walk, links.repository)
        return _walked(_own_steps(found), walk, found.code, found.language, start=found.start)

    def notes(place: int) -> dict[int, str]:
        of_fence = [(number, step) for number, (at, step) in enumerate(slide.walk, 1) if at == place]
        taken = {step: apart.pop(number) for number, step in of_fence if number in apart}
        return {step: _for_notes(writer, note.number).write(note.tokens, top=False) for step, note in taken.items()}

    writer = Writer(heading, fence, links.url, lambda tokens: _html(slide, tokens), label=f"{slide.id}-")
    return writer


def _for_notes(writer: Writer, step: int = 0) -> Writer:
    """The writer for the notes of a slide, or of its step of this number: their footnotes are their own."""
    return replace(writer, label=f"{writer.label}notes{step}-")


def _presented(slide: Slide, place: int, links: _Links) -> dict[int, str]:
    """Where the deck shows the steps of a fence. Those that the slide begins with are no fragments.

    Outputs may be fragments, too, and come after the steps of their listing. What else appears on the slide may come
    between, so then the addresses only lead to the slide.
    """
    if not any(token.meta.get("fence") == place for token in slide.body):
        return {}
    address = f"{links.deck}/index.html#/{slide.id}"
    found = dict.fromkeys(range(slide.fences[place].step_count), address)
    if _has_fragments(slide):
        return found
    before = sum(_appearing(fence) for fence in slide.fences[:place])
    own = {step: f"{address}/{before + count}" for count, (at, step) in enumerate(slide.walk[1:]) if at == place}
    return found | own


def _appearing(fence: Fence) -> int:
    """How many fragments the outputs of a fence are; side by side, they come with those of the first framework."""
    first = next((each.outputs for each in fence.listings if each.outputs), ())
    shown = [output for output in first if output.text or output.figures]
    return len(shown) if fence.output.endswith("fragment") else 0


def _has_fragments(slide: Slide) -> bool:
    """Whether the author made fragments."""
    tokens = [each for token in slide.body for each in (token, *(token.children or ()))]
    return any("fragment" in (token.content if "html" in token.type else str(token.attrs)) for token in tokens)


def _own_steps(fence: Fence) -> list[Step]:
    """reveal.js's own steps, `1|3-5`, of a fence that is no snippet."""
    count = fence.code.count("\n") + 1
    steps = []
    for text in fence.steps.split("|") if fence.steps else ():
        runs = [(int(first), int(last or first)) for first, last in re.findall(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?", text)]
        lines = sorted({line for first, last in runs for line in range(max(first, 1), min(last, count) + 1)})
        steps.append(Step(tuple(lines), nothing=bool(runs) and not lines))
    return steps


def _html(slide: Slide, tokens: Sequence[Token]) -> str:
    """The HTML of some of a slide's tokens, with every element closed that its author left open."""

    def code(token: Token, hold: dialect.Hold) -> str:
        if "fence" not in token.meta:
            return hold(f"<pre><code>{escape(token.content)}</code></pre>")
        fence = slide.fences[token.meta["fence"]]
        texts = [each.code for each in fence.listings] or [fence.code]
        if fence.output != "none":
            texts += [output.text for each in fence.listings for output in each.outputs if output.text]
        return hold("".join(f"<pre><code>{escape(text)}</code></pre>" for text in texts))

    return dialect.render(tokens, code)[0]


# --- listings -------------------------------------------------------------------------------------------------------


def _listing(fence: Fence, each: Listing, root: str, walk: Walk, repository: Repository | None) -> str:
    blocks = []
    if fence.option("echo") != "false":
        blocks.append(_walked(each.steps, walk, each.code, "python", title=each.path))
    if fence.output != "none":
        blocks += [_output(output, each.reference.lesson, root) for output in each.outputs]
    blocks.append(_origin(each, root, repository))
    return "\n\n".join(block for block in blocks if block)


def _walked(steps: Sequence[Step], walk: Walk, code: str, language: str, *, title: str = "", start: str = "") -> str:
    """Code and its steps: their marks beside the lines, and below them a list of the lines, captions and notes.

    The marks are empty elements of the list, which the style sheet sets beside the lines. So the code's text is the
    code, and the list says everything once more in words. An admonition without a title holds the two together, since
    it can stand anywhere: in a tab, a list or a quote.
    """
    told = any(step.caption for step in steps) or bool(walk.notes)
    if len(steps) < 2 and not told:
        marked = steps[0].ranges if steps and steps[0].lines else ""
        return _code(code, language, title=title, start=start, marked=marked)
    lanes = _lanes(steps)
    items = [_step(place, step, lane, walk) for place, (step, lane) in enumerate(zip(steps, lanes, strict=True))]
    text = ("\n\n" if walk.notes else "\n").join(items)
    kinds = f"walk lanes-{max(lanes) + 1}" + ("" if told else " untold")
    return f'!!! {kinds} ""\n\n{_indent(_code(code, language, title=title, start=start))}\n\n{_indent(text)}'


def _lanes(steps: Sequence[Step]) -> list[int]:
    """A column beside the code for the mark of each step, so that no two share a line: the shorter, the closer."""
    lanes = [0] * len(steps)
    taken: list[set[int]] = []
    for place in sorted(range(len(steps)), key=lambda place: (len(steps[place].lines), -place)):
        lines = set(steps[place].lines)
        lane = next((lane for lane, others in enumerate(taken) if not lines & others), len(taken))
        if lane == len(taken):
            taken.append(set())
        taken[lane] |= lines
        lanes[place] = min(lane, MOST_LANES - 1)
    return lanes


def _step(place: int, step: Step, lane: int, walk: Walk) -> str:
    """The item of a step in the list below its code."""
    runs = [part.partition("-") for part in step.ranges.split(",")] if step.lines else []
    marks = "".join(
        f'<span class="mark" aria-hidden="true" style="--from: {first}; --to: {last or first}; --lane: {lane}"></span>'
        for first, _, last in runs
    )
    lines = f'<span class="lines">{_lines(step)}</span>'
    if place in walk.links:
        lines = f'[{_lines(step)}](<{walk.links[place]}>){{ .lines title="Present this step" }}'
    said = f"{_plain(step.caption)} " if step.caption else ""
    text = f"{place + 1}. ".ljust(4) + marks + said + lines
    return f"{text}\n\n{_indent(walk.notes[place])}" if place in walk.notes else text


def _lines(step: Step) -> str:
    """The lines of a step, in words."""
    if not step.lines:
        return "No line" if step.nothing else "All lines"
    return f"Line{'s' if len(step.lines) > 1 else ''} {step.ranges.replace('-', ' to ').replace(',', ', ')}"


def _output(output: Output, lesson: str, root: str) -> str:
    """What a cell produced: its text, or its error, then its figures."""
    blocks = []
    if output.text:
        kind, title = (".error", output.raised.type) if output.raised else (".output", "Output")
        blocks.append(_fenced(f'{{.text {kind} title="{title}"}}', output.text))
    for figure in output.figures:
        kinds = ".figure" + " .drawing" * figure.is_drawing + " .plays" * (pictures.still(figure.data) is not None)
        blocks.append(f"![{_plain(figure.alt)}](<{root}/{_figure(lesson, figure)}>){{ {kinds} }}")
    return "\n\n".join(blocks)


def _origin(each: Listing, root: str, repository: Repository | None) -> str:
    """Where a listing comes from, how to run it, and what it ran with."""
    page = f"{root}/snippets/{each.reference.lesson}.md#{each.framework}"
    parts = [f"[`{each.path}`]({page})", f"`python {each.path}`"]
    if each.versions:
        parts.append(_versions(each.versions))
    return _origins(parts, offers.of_module(each.reference.lesson, each.framework), root, repository)


def _origins(parts: Sequence[str], place: str, root: str, repository: Repository | None) -> str:
    """A line about code, with links to its notebook, which are of no use on paper."""
    links = " · ".join(_offered(place, root, repository))
    return f'{" · ".join(parts)}<span class="notebooks">{" · " * bool(parts)}{links}</span>\n{{ .origin }}'


def _offered(place: str, root: str, repository: Repository | None, text: str = "Notebook") -> list[str]:
    """Links to a notebook, and to the services that open it."""
    name = place.rpartition("/")[2]
    links = [f'[{text}]({root}/{offers.FOLDER}/{place}){{ download="{name}" title="Download {name}" }}']
    return links + [
        f'[{service}]({address}){{ title="Open {name} in {service}" }}'
        for service, address in offers.services(place, repository)
    ]


def _versions(versions: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{LIBRARIES.get(name, name)} {version}" for name, version in versions)


def _parity(fence: Fence) -> list[str]:
    """One line for all values that were compared between the frameworks."""
    found = fence.parity
    if not found:
        return []
    names = _and([f"`{name}`" for name in dict.fromkeys(check.name for check in found)])
    frameworks = _and([FRAMEWORKS[name] for name in found[0].frameworks])
    difference = max(check.difference for check in found)
    verb = "agrees" if len({check.name for check in found}) == 1 else "agree"
    closely = f"to {difference:.0e}" if difference else "exactly"
    return [f"{names} {verb} {closely} between {frameworks}\n{{ .parity }}"]


def _and(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


# --- lessons --------------------------------------------------------------------------------------------------------


def _lesson_list(names: Sequence[str], modules: Mapping[tuple[str, str], Module]) -> str:
    rows = []
    for lesson in names:
        frameworks = (
            f"[{label}]({lesson}.md#{framework})"
            for framework, label in FRAMEWORKS.items()
            if (lesson, framework) in modules
        )
        rows.append(f"| [`{lesson}`]({lesson}.md) | {', '.join(frameworks)} |")
    table = "\n".join(["| Lesson | Runs with |", "| --- | --- |", *rows])
    return f"{_front_matter('Snippets')}\n\n# Snippets\n\n{table}\n"


def _lesson(
    lesson: str,
    modules: Sequence[Module],
    recordings: Mapping[str, Recording],
    talks: Iterable[Talk],
    repository: Repository | None,
) -> str:
    root = "/".join([".."] * (lesson.count("/") + 1))
    blocks = [_front_matter(lesson), f"# `{lesson}`"]
    shown = _shown(lesson, talks, root)
    if shown:
        blocks.append("Shown on " + ", ".join(shown) + ".")
    for module in modules:
        blocks += [f"## {FRAMEWORKS[module.framework]} {{ #{module.framework} }}", _code(f"python {module.path}", "sh")]
        blocks.append(_code("\n".join(module.lines), "python", title=module.path, start="1"))
        recording = recordings.get(module.path)
        for output in recording.outputs if recording else ():
            if output.text:
                title = f"{output.cell}: {output.raised.type}" if output.raised else output.cell
                kind = ".error" if output.raised else ".output"
                blocks.append(_fenced(f'{{.text {kind} title="{title}"}}', output.text))
        recorded = [f"Recorded with {_versions(recording.versions)}"] if recording else []
        blocks.append(_origins(recorded, offers.of_module(lesson, module.framework), root, repository))
    return "\n\n".join(blocks) + "\n"


def _shown(lesson: str, talks: Iterable[Talk], root: str) -> list[str]:
    """Links to the sections of the slides that show a lesson."""
    return [
        f"[{_plain(slide.title or _first_words(slide))}](<{root}/talks/{talk.name}/{name}.md#{slide.id}>)"
        for talk in talks
        for stack, name in zip(talk.stacks, _names(talk), strict=True)
        for slide in stack.slides
        if any(each.reference.lesson == lesson for fence in slide.fences for each in fence.listings)
    ]


# --- Markdown -------------------------------------------------------------------------------------------------------


def _front_matter(title: str) -> str:
    return f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---"


def _plain(text: str) -> str:
    return "".join(f"&#{ord(char)};" if char in r"\`*_{}[]<>&$|~^:=+#!" else char for char in " ".join(text.split()))


def _code(code: str, language: str, *, title: str = "", start: str = "", marked: str = "") -> str:
    options = f' title="{title}"' if title else ""
    options += f' linenums="{start}"' if start else ""
    options += f' hl_lines="{marked.replace(",", " ")}"' if marked else ""
    known = re.fullmatch(r"[\w#.+-]+", language)
    return _fenced(f"{language if known else 'text'}{options}", code)


def _fenced(info: str, code: str) -> str:
    """A fence that the code can't close."""
    longest = max((len(run) for run in re.findall(r"(?m)^\s*(`{3,})", code)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{info}\n{code}\n{ticks}"


def _indent(text: str) -> str:
    return re.sub(r"(?m)^(?=.)", "    ", text)
