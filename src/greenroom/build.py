"""The sequence of the stages: the one place that reads the project's files and hands them from stage to stage."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom import output
from greenroom.model import Problem, Span, Talk
from greenroom.problems import Code

if TYPE_CHECKING:
    from greenroom.census import Census
    from greenroom.config import Config
    from greenroom.model import Module, Recording

LENIENT = frozenset({Code.FENCE_UNKNOWN, Code.RESOURCE_MISSING, Code.MATH})
"""What a lone deck tells and is built all the same: the rest of its project is not there to prove it."""


# --- a project ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that a build needs, read and resolved.

    Attributes:
        root: The folder of `mkdocs.yml`.
        talks: The talks of the slides folder, resolved.
        modules: The snippet modules, by lesson and framework.
        recordings: By the module's path.
        resources: The local files that each talk shows, by the talk's path: the author's address → the file.
        problems: All mistakes found, in all stages.
    """

    root: Path
    config: Config
    talks: tuple[Talk, ...]
    modules: Mapping[tuple[str, str], Module]
    recordings: Mapping[str, Recording]
    resources: Mapping[str, Mapping[str, Path]]
    census: Census
    problems: tuple[Problem, ...]


def find_root(start: Path) -> Path | None:
    """The nearest folder, from `start` upwards, that has a `mkdocs.yml`."""
    from greenroom.config import FILE

    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / FILE).is_file()), None)


def load(root: Path) -> Project:
    """Read a project and take it through all stages that run no code."""
    from greenroom import census, config, markdown_extension, record, resolve, source, talk

    files = _Files(root)
    settings, problems = config.parse(files.text(root / config.FILE))
    found = [*problems]

    modules: dict[tuple[str, str], Module] = {}
    for path in files.below(settings.snippets, ".py"):
        lesson = path.parent.relative_to(root / settings.snippets).as_posix()
        if lesson == "." or path.name.startswith("_"):
            continue  # what lessons import
        module, problems = source.scan(files.text(path), files.name(path), lesson, path.stem)
        modules[lesson, path.stem] = module
        found += problems

    recordings, problems = record.load(root, settings.snippets, modules)
    found += problems

    talks: list[Talk] = []
    resources: dict[str, Mapping[str, Path]] = {}
    for path in files.below(settings.slides, ".md"):
        parsed, problems = talk.parse(files.text(path), files.name(path))
        resolved, more = resolve.resolve(parsed, modules, recordings)
        resources[parsed.path], missing = _resources(resolved, path.parent, root)
        talks.append(resolved)
        found += [*problems, *more, *missing]

    pages = {files.name(path): files.text(path) for path in files.below(settings.docs, ".md")}
    sources = markdown_extension.Sources(modules, recordings)
    for name, text in pages.items():
        found += markdown_extension.expand(text, name, lambda: sources, ".")[1]
    if (root / "README.md").is_file():
        pages["README.md"] = files.text(root / "README.md")
    counted, problems = census.census(talks, pages, found)
    found += [*problems, *files.problems]
    return Project(root, settings, tuple(talks), modules, recordings, resources, counted, tuple(sorted(set(found))))


@dataclass(slots=True)
class _Files:
    """The project's text files; those that cannot be read are problems."""

    root: Path
    problems: list[Problem] = field(default_factory=list)

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def below(self, folder: str, suffix: str) -> Iterator[Path]:
        """The files of a folder in a fixed order, hidden ones left out; links that leave the project are problems."""
        for path in sorted((self.root / folder).rglob(f"*{suffix}")):
            if any(part.startswith((".", "__")) for part in path.relative_to(self.root).parts):
                continue
            if not path.resolve().is_relative_to(self.root.resolve()):
                fact = f"the link leads to `{os.path.realpath(path)}`, which is not in the project"
                self._wrong(path, Code.REFERENCE_OUTSIDE, fact, "put a copy into the project")
            elif path.is_file():
                yield path

    def text(self, path: Path) -> str:
        try:
            return path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            fact = f"byte {error.start} of this file is not UTF-8"
            self._wrong(path, Code.ENCODING, fact, "save the file as UTF-8")
        except OSError as error:
            self._wrong(path, Code.ENCODING, f"the file cannot be read: {error.strerror}", "make it readable")
        return ""

    def _wrong(self, path: Path, code: Code, fact: str, hint: str) -> None:
        self.problems.append(Problem(Span(self.name(path), 1), code, fact, hint))


def _resources(talk: Talk, folder: Path, root: Path | None) -> tuple[dict[str, Path], tuple[Problem, ...]]:
    """The local files that a talk shows; they must exist, and lie in the project, if there is one."""
    from greenroom import deck

    found: dict[str, Path] = {}
    problems = []
    for address, span in deck.resources(talk):
        path = (folder / deck.local_path(address)).resolve()
        if root and not path.is_relative_to(root.resolve()):
            fact = f"`{address}` is not in the project"
            problems.append(Problem(span, Code.REFERENCE_OUTSIDE, fact, "put a copy into the project"))
        elif not path.is_file():
            fact = f"there is no file `{address}`"
            problems.append(Problem(span, Code.RESOURCE_MISSING, fact, "addresses are relative to the talk's own file"))
        else:
            found[address] = path
    return found, tuple(problems)


# --- decks ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a build.

    Attributes:
        folder: The output folder.
        current: Whether it was up to date already, so that nothing was done.
        report: What the author is told though it fails nothing.
        problems: Why nothing was built; empty if it was.
    """

    folder: Path
    current: bool = False
    report: str = ""
    problems: tuple[Problem, ...] = ()


def deck_files(
    talk: Talk, resources: Mapping[str, Path], read: Mapping[str, str] | None = None
) -> dict[str, Path | str | bytes]:
    """Everything a deck consists of: the path in its folder → the content, or the file to copy.

    Args:
        talk: The talk, resolved.
        resources: The local files it shows, by the author's address.
        read: The address of the docs that go with each slide, by the slide's id, relative to the deck.
    """
    from greenroom import assets, deck

    urls = {address: deck.place(address) for address in resources}
    return {
        **{urls[address]: path for address, path in resources.items()},
        **{f"assets/{name}": path for name, path in assets.files(deck.theme(talk)).items()},
        **deck.figures(talk),
        "index.html": deck.render(talk, urls=urls, read=read),
    }


def build_deck(file: Path, folder: Path, separator: str | None, vertical: str | None, notes: str | None) -> Built:
    """Build the deck of a lone Markdown file into a folder of its own.

    Args:
        file: The Markdown file.
        folder: A folder that is new, empty, or was made by this function.
        separator: Between stacks; None for the front matter's or the default. So for the next two.
        vertical: Between the slides of a stack.
        notes: Before a slide's notes.

    Raises:
        ForeignFilesError: If the folder is none of these.
    """
    options = [separator, vertical, notes]
    if (facts := output.read_stamp(folder)) is not None:
        shown = [Path(path) for path in facts["resources"]]
        if facts["digest"] == output.digest([file, *options, *shown]):
            return Built(folder, current=True, report=str(facts["report"]))
    output.own(folder)

    from greenroom import census, resolve, talk
    from greenroom.problems import report

    files = _Files(file.parent.resolve())
    text = files.text(file.resolve())
    parsed, wrong = talk.parse(text, file.name, separator=separator, vertical_separator=vertical, notes_separator=notes)
    resolved, unresolved = resolve.resolve(parsed, {}, {})
    resources, missing = _resources(resolved, file.parent, None)
    counted, unproven = census.census([resolved], {}, unresolved)
    found = {*files.problems, *wrong, *unresolved, *missing, *unproven}
    if problems := tuple(sorted(problem for problem in found if problem.code not in LENIENT)):
        return Built(folder, problems=problems)
    told = [problem for problem in found if problem.code in LENIENT and problem.code != Code.FENCE_UNKNOWN]
    summary = "\n".join(filter(None, [report(told), census.render(counted)]))
    with output.replacing(folder) as fresh:
        output.write(fresh, deck_files(resolved, resources))
        shown = sorted(resources.values())
        facts = {"digest": output.digest([file, *options, *shown]), "resources": [str(path) for path in shown]}
        output.stamp(fresh, {**facts, "report": summary})
    return Built(folder, report=summary)
