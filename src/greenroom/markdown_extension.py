"""A Python-Markdown extension for hand-written pages: `snippet` fences are expanded, formulas become MathML.

It runs wherever Python-Markdown runs. A fence may stand in a list, an admonition, a tab or a quote: what it expands to
keeps the fence's place. Blocks are handled before any other extension sees the text, since the fences of
pymdown-extensions turn a block with an option that they don't know into a paragraph without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

from greenroom import census, config, dialect, memo, pages, resolve, talk
from greenroom.memo import remembered, same
from greenroom.model import Fence, Module, Problem, Recording, Repository, Span
from greenroom.problems import Code, report
from greenroom.python_markdown import SEPARATOR

BEFORE_FENCES = 200
"""Above pymdown's fences (31)."""

AFTER_WHITE_SPACE = 27
"""Below Python-Markdown's white space (30), which removes what stands for finished HTML; above HTML blocks (20)."""

AFTER_CODE = 185
"""Below code spans (190), above backslashes (180), which mean something else in a formula."""

AT_LAST = 0
"""Below all that makes HTML, so that addresses are what they will be."""

_CLOSING = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*")
_ILLUSTRATIVE = re.compile(r'[ \t]+illustrative="[^"]*"')
_CODE = re.compile(r"(?s)(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
_DISPLAYED = re.compile(r"(?P<before>[ \t]*(?:>[ \t]*)*)\$\$(?P<tex>.*)")


class MistakesError(Exception):
    """The page has mistakes; the message tells them all."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"\n{report(problems)}")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Sources:
    """What snippet fences are resolved with, and where services find the notebooks."""

    modules: Mapping[tuple[str, str], Module]
    recordings: Mapping[str, Recording]
    repository: Repository | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a page: a fence, or lines outside of any.

    Attributes:
        line: The first line, from 1.
        fence: The fence, without its listings; None outside of fences.
    """

    line: int
    lines: tuple[str, ...]
    fence: Fence | None = None


def parts(text: str, path: str) -> Iterator[Part]:
    """Take a page apart into its fences and what is between them."""
    lines = text.split("\n")
    done = 0
    for fence in census.fences(text, path):
        start = fence.span.line - 1
        is_empty = not fence.code and _CLOSING.fullmatch(lines[start + 1] if start + 1 < len(lines) else "")
        end = min(start + (0 if is_empty else len(fence.code.split("\n"))) + 2, len(lines))
        if done < start:
            yield Part(done + 1, tuple(lines[done:start]))
        yield Part(start + 1, tuple(lines[start:end]), fence)
        done = end
    if done < len(lines):
        yield Part(done + 1, tuple(lines[done:]))


def expand(text: str, path: str, sources: Callable[[], Sources], root: str) -> tuple[str, tuple[Problem, ...]]:
    """Replace the `snippet` fences of a page with what they show, and find its mistakes, those in formulas too.

    Args:
        text: The page's Markdown.
        path: Where the page is, for messages, relative to the project's root.
        sources: Gives what the fences are resolved with; asked only if there is a `snippet` fence.
        root: The way from the page to the top of the site, `.` or `..` or `../..`.
    """
    found = _parts(text.replace("\r\n", "\n"), path)
    fences = [part.fence for part in found if part.fence]
    texts = [each for fence in fences if (each := fence.option("snippet")) is not None]
    known = sources() if texts else Sources({}, {})
    basis = (resolve.basis(texts, known.modules, known.recordings), known.repository)
    return _expanded(found, path, root, basis, known)


@remembered(lambda *arguments: arguments)
def _parts(text: str, path: str) -> tuple[Part, ...]:
    return tuple(parts(text, path))


@remembered(lambda found, *rest: (same(found), *rest[:3]))
def _expanded(
    found: tuple[Part, ...],
    path: str,
    root: str,
    basis: Hashable,  # noqa: ARG001
    sources: Sources,
) -> tuple[str, tuple[Problem, ...]]:
    written: list[str] = []
    problems: list[Problem] = []
    for part in found:
        if part.fence is None:
            written += part.lines
            problems += _wrong_formulas(part, path)
        elif part.fence.option("snippet") is not None:
            fence, wrong = _resolved(part.fence, sources)
            problems += wrong
            written += _in_place(
                pages.listing(fence, root, repository=sources.repository), part.lines[0][: fence.span.col - 1]
            )
        else:
            first, *others = part.lines
            written += [_ILLUSTRATIVE.sub("", first), *others]
    return "\n".join(written), tuple(problems)


def _resolved(fence: Fence, sources: Sources) -> tuple[Fence, tuple[Problem, ...]]:
    if fence.language != "python":
        fact = f"a snippet is Python, and the fence says `{fence.language}`"
        return fence, (Problem(fence.span, Code.OPTION_VALUE, fact, "write `python` before the options"),)
    resolved, problems = resolve.expand(fence, sources.modules, sources.recordings)
    return resolved, (*talk.wrong_options(fence), *problems)


def _in_place(shown: str, before: str) -> list[str]:
    """Lines in the place of a fence: in the same list item or quote."""
    marks = re.match(r"[ \t>]*", before)
    outer = marks[0] if marks else ""
    if outer.isspace() and "\t" not in outer:
        outer = " " * (len(outer) // 4 * 4)  # Python-Markdown nests by four
    lines = shown.split("\n")
    if not before.strip(" \t>"):
        return [outer.rstrip(), *(outer + line if line else outer.rstrip() for line in lines), outer.rstrip()]
    # pymdown's fences don't begin beside the mark of a list item.
    return [before + SEPARATOR, outer.rstrip(), *(f"{outer}    {line}" if line else outer.rstrip() for line in lines)]


def _wrong_formulas(part: Part, path: str) -> Iterator[Problem]:
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), "\n".join(part.lines))
    place = text.find("$")
    while place >= 0:
        found = dialect.formula(text, place)
        if found:
            tex, displayed, end = found
            _, error = dialect.math(tex, displayed)
            if error:
                at = place + (2 if displayed else 1) + error[0]
                line, column = text.count("\n", 0, at), at - text.rfind("\n", 0, at)
                fact, hint = (
                    f"the formula is wrong: {error[1]}",
                    "the formula is set as LaTeX; write `\\$` for a dollar sign",
                )
                yield Problem(Span(path, part.line + line, column), Code.MATH, fact, hint)
        place = text.find("$", end if found else place + 1)


# --- the extension --------------------------------------------------------------------------------------------------


class _Snippets(Preprocessor):
    """Expands fences."""

    def __init__(self, md: Markdown, project: str) -> None:
        super().__init__(md)
        self.project = project

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        root = _root(Path(self.project))
        _, way, _ = _place(text, root) if "snippet=" in text else _NOWHERE
        expanded, problems = expand(text, "", lambda: _sources(root), way)
        if problems:
            path, _, above = _place(text, root)
            raise MistakesError(
                tuple(
                    replace(
                        each,
                        span=Span(path, each.span.line + above, each.span.col) if not each.span.path else each.span,
                    )
                    for each in problems
                )
            )
        return expanded.split("\n")


class _Stills(Postprocessor):
    """Shows the first frame of figures that play to those who wish that nothing moves, and on paper."""

    def run(self, text: str) -> str:
        return _PLAYING.sub(self._both, text)

    @staticmethod
    def _both(image: re.Match[str]) -> str:
        first = pages.still(image["src"])
        return f'<picture><source media="(prefers-reduced-motion: reduce), print" srcset="{first}">{image[0]}</picture>'


_PLAYING = re.compile(r'<img\b(?=[^>]*\bclass="[^"]*\bplays\b)(?=[^>]*\bsrc="(?P<src>[^"]*)")[^>]*>')


class _Displayed(Preprocessor):
    """Sets `$$ … $$` that begins a line, up to the line that ends with `$$`."""

    def run(self, lines: list[str]) -> list[str]:
        found = parts("\n".join(lines), "")
        return [line for part in found for line in (part.lines if part.fence else self._formulas(part.lines))]

    def _formulas(self, lines: tuple[str, ...]) -> list[str]:
        written: list[str] = []
        rest = list(lines)
        while rest:
            opening = _DISPLAYED.fullmatch(rest[0])
            size = _size(rest, opening["tex"]) if opening else 0
            if not opening or not size:
                written.append(rest.pop(0))
                continue
            tex = "\n".join([opening["tex"], *(line.lstrip(" \t>") for line in rest[1:size])]).rstrip()
            del rest[:size]
            html, _ = dialect.math(tex.removesuffix("$$"), True)
            before = opening["before"]
            written += [
                before.rstrip(),
                before + self.md.htmlStash.store(f'<div class="math">{html}</div>'),
                before.rstrip(),
            ]
        return written


def _size(lines: list[str], first: str) -> int:
    """How many lines a displayed formula takes, or 0 if it never ends."""
    if first.rstrip().endswith("$$"):
        return 1
    for place, line in enumerate(lines[1:], 2):
        if not line.strip(" \t>"):
            return 0
        if line.rstrip().endswith("$$"):
            return place
    return 0


class _Formulas(InlineProcessor):
    """`$…$` within a line."""

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[str | Element | None, int | None, int | None]:
        found = dialect.formula(data, m.start())
        if found is None:
            return None, None, None
        tex, displayed, end = found
        html, _ = dialect.math(tex, displayed)
        return self.md.htmlStash.store(html), m.start(), end


class GreenroomExtension(Extension):
    """The extension. Its option `project` is the folder of the project; without it, the working directory counts."""

    def __init__(self, **options: Any) -> None:
        self.config = {"project": ["", "The folder of mkdocs.yml, or one below it"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Hook into Python-Markdown."""
        md.parser.blockprocessors["olist"].LAZY_OL = False  # type: ignore[attr-defined]  # a list may start at 3
        md.ESCAPED_CHARS.append("$")
        md.preprocessors.register(_Snippets(md, self.getConfig("project")), "greenroom_snippets", BEFORE_FENCES)
        md.preprocessors.register(_Displayed(md), "greenroom_displayed", AFTER_WHITE_SPACE)
        md.inlinePatterns.register(_Formulas(r"\$", md), "greenroom_formulas", AFTER_CODE)
        md.postprocessors.register(_Stills(md), "greenroom_stills", AT_LAST)


def _root(folder: Path) -> Path:
    """The project that a folder is in."""
    folder = folder.resolve()
    return next((each for each in (folder, *folder.parents) if (each / config.FILE).is_file()), folder)


def _place(text: str, root: Path) -> tuple[str, str, int]:
    """Where a page is that its host doesn't name: its path, its way to the top of the site, and the lines above it."""
    file = root / config.FILE
    if not file.is_file():
        return _NOWHERE
    folder = root / config.parse(file.read_text(encoding="utf-8"))[0].docs
    for page in sorted(folder.rglob("*.md")):
        whole = page.read_text(encoding="utf-8-sig")
        if whole.rstrip().endswith(text.rstrip()):
            way = "/".join([".."] * (len(page.relative_to(folder).parts) - 1)) or "."
            return page.relative_to(root).as_posix(), way, whole.rstrip().count("\n") - text.rstrip().count("\n")
    return _NOWHERE


_NOWHERE = ("page", ".", 0)


@lru_cache(1)
def _sources(root: Path) -> Sources:
    from greenroom import build

    if not (root / config.FILE).is_file():
        return Sources({}, {})
    memo.turn()  # each page is asked for again
    project = build.load(root)
    return Sources(project.modules, project.recordings, project.config.repository)


def makeExtension(**options: Any) -> GreenroomExtension:  # noqa: N802
    """What Python-Markdown calls."""
    return GreenroomExtension(**options)
