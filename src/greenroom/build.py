"""The sequence of the stages: the one place that reads the project's files and hands them from stage to stage."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from greenroom import assets, output, resources, styles
from greenroom.model import FRAMEWORKS, Fence, Module, Problem, Program, Span, Talk
from greenroom.problems import Code, nearest

if TYPE_CHECKING:
    from greenroom.census import Census
    from greenroom.config import Config
    from greenroom.model import Meaning, Recording
    from greenroom.resources import Resource

LENIENT = frozenset({Code.FENCE_UNKNOWN, Code.RESOURCE_MISSING, Code.RESOURCE_REMOTE, Code.THEME_UNKNOWN, Code.MATH})
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

    @property
    def others(self) -> tuple[str, ...]:
        """The files that talks show and snippets need, wherever they lie: paths relative to the root, sorted."""
        shown = {path for local in self.resources.values() for path in local.values()}
        needed = {path for recording in self.recordings.values() for path, _ in recording.sources}
        return tuple(sorted({path.relative_to(self.root.resolve()).as_posix() for path in shown} | needed))


def find_root(start: Path) -> Path | None:
    """The nearest folder, from `start` upwards, that has a `mkdocs.yml`."""
    from greenroom.config import FILE

    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / FILE).is_file()), None)


def configuration(root: Path) -> tuple[Config, tuple[Problem, ...]]:
    """Read the configuration."""
    from greenroom import config

    files = _Files(root)
    settings, problems = config.parse(files.text(root / config.FILE))
    return settings, (*problems, *files.problems)


def scan(
    root: Path, lessons: Container[str] | None = None
) -> tuple[Config, dict[tuple[str, str], Module], tuple[Problem, ...]]:
    """Read the configuration and the snippet modules, by lesson and framework.

    Args:
        root: The project's root.
        lessons: Whose modules to read, if not all; of the others no more is known than where they are.
    """
    files = _Files(root)
    settings, found = configuration(root)
    modules: dict[tuple[str, str], Module] = {}
    problems = [*found]
    for path in files.below(settings.snippets, ".py"):
        lesson = path.parent.relative_to(root / settings.snippets).as_posix()
        if lesson == "." or path.name.startswith("_"):
            continue  # what lessons import
        module = Module(files.name(path), lesson, path.stem, (), parsed=False)
        if lessons is None or lesson in lessons or path.stem not in FRAMEWORKS:
            from greenroom import source

            module, found = source.scan(files.text(path), module.path, lesson, path.stem)
            problems += found
        if path.stem in FRAMEWORKS:
            modules[lesson, path.stem] = module
    return settings, modules, (*problems, *files.problems)


def load(root: Path, fresh: Mapping[str, Recording] | None = None) -> Project:
    """Read a project and take it through all stages that run no code.

    Args:
        root: The project's root.
        fresh: What came of modules that ran just now, as in `record.load`.
    """
    from greenroom import census, markdown_extension, morph, record, resolve, talk

    settings, modules, found = scan(root)
    problems = [*found]
    recordings, found = record.load(root, settings.snippets, tuple(modules.values()), fresh)
    problems += found

    files = _Files(root)
    talks: list[Talk] = []
    local: dict[str, Mapping[str, Path]] = {}
    for path in files.below(settings.slides, ".md"):
        text = files.text(path)
        parsed, found = talk.parse(text, files.name(path))
        problems += found
        resolved, found = resolve.resolve(parsed, modules, recordings)
        problems += found
        resolved, found = morph.morph(resolved)
        problems += found
        problems += _unknown_theme(resolved, text)
        local[parsed.path], found = _local([*resources.resources(resolved, text)], path.parent, root, root)
        problems += found
        talks.append(resolved)

    pages = {files.name(path): files.text(path) for path in files.below(settings.docs, ".md")}
    sources = markdown_extension.Sources(modules, recordings, settings.repository)
    for name, text in pages.items():
        problems += markdown_extension.expand(text, name, lambda: sources, ".")[1]
    if (root / "README.md").is_file():
        pages["README.md"] = files.text(root / "README.md")
    counted, found = census.census(talks, pages, problems, plain=("README.md",))
    problems += [*found, *files.problems]
    return Project(root, settings, tuple(talks), modules, recordings, local, counted, tuple(sorted(set(problems))))


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of the walks through listings, in talks and pages.

    Attributes:
        taken: What they are taken for, by the module's path.
        problems: Those that were recorded for something else, or not at all.
        known: Whether these are all; if not, other mistakes hide some of them.
    """

    taken: Mapping[str, tuple[Meaning, ...]]
    problems: tuple[Problem, ...]
    known: bool


def steps(root: Path, chosen: Iterable[Module]) -> Steps:
    """Find what steps are taken for, and hold it against what was recorded.

    Args:
        root: The project's root.
        chosen: The modules whose recordings count.
    """
    from greenroom import census, record, resolve, talk

    files = _Files(root)
    settings, problems = configuration(root)
    fences: list[Fence] = []
    for path in files.below(settings.slides, ".md"):
        parsed, found = talk.parse(files.text(path), files.name(path))
        fences += [fence.lower(slide.first - 1) for slide in parsed.placed for fence in slide.fences]
        problems += found
    for path in files.below(settings.docs, ".md"):
        fences += census.fences(files.text(path), files.name(path))
    walks = [fence for fence in fences if fence.option("snippet") and (fence.steps or fence.option("steps"))]
    names = {str(fence.option("snippet")).partition(":")[0] for fence in walks}
    _, modules, found = scan(root, names | {name.rpartition("/")[0] for name in names})
    recordings = record.read(root, chosen) if walks else {}
    problems += (*found, *files.problems)
    taken: dict[str, set[Meaning]] = {}
    for fence in walks:
        expanded, found = resolve.expand(fence, modules, recordings)
        problems += found
        for listing in expanded.listings:
            taken.setdefault(listing.path, set()).update(step.meaning for step in listing.steps if step.meaning)
    told = tuple(each for each in problems if each.code in (Code.STEP_MOVED, Code.STEP_UNRECORDED))
    by_path = {path: tuple(sorted(meanings)) for path, meanings in taken.items()}
    return Steps(by_path, told, known=len(told) == len(problems))


@dataclass(slots=True)
class _Files:
    """The project's text files; those that cannot be read are problems."""

    root: Path
    problems: list[Problem] = field(default_factory=list)

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def below(self, folder: str, suffix: str) -> Iterator[Path]:
        """The files of a folder in a fixed order, hidden ones left out; links that leave the project are problems."""
        root, hidden = os.path.realpath(self.root), (".", "__")
        found: list[Path] = []
        for place, folders, names in os.walk(self.root / folder):
            folders[:] = [name for name in folders if not name.startswith(hidden)]
            found += (Path(place, name) for name in names if name.endswith(suffix) and not name.startswith(hidden))
        for path in sorted(found):
            real = os.path.realpath(path)
            if not Path(real).is_relative_to(root):
                fact = f"the link leads to `{real}`, which is not in the project"
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


def _unknown_theme(talk: Talk, text: str) -> Iterator[Problem]:
    theme = str(talk.meta.get("theme") or assets.DEFAULT_THEME)
    if theme not in assets.themes() and not theme.endswith(".css"):
        lines = enumerate(resources.lines_of(text), 1)
        span = Span(talk.path, next((n for n, line in lines if line.startswith("theme:")), 1))
        fact = f"there is no theme `{theme}`"
        yield Problem(span, Code.THEME_UNKNOWN, fact, nearest(theme, assets.themes()))


def _local(named: list[Resource], folder: Path, root: Path, base: Path) -> tuple[dict[str, Path], tuple[Problem, ...]]:
    """The local files that a talk shows or links to; what it shows must exist, and all must lie in the project.

    Args:
        named: What it names; what its style sheets name is added.
        folder: The talk's.
        root: The project's.
        base: What paths in messages are relative to.
    """
    found: dict[str, Path] = {}
    problems = []
    for resource in named:
        address = resource.address
        if resource.remote:
            hint = "a deck shows nothing from the network: save a copy beside the talk and name that"
            problems.append(Problem(resource.span, Code.RESOURCE_REMOTE, f"`{address}` is on another host", hint))
            continue
        path = _file(_where(resource, folder, root))
        if path is None and resource.shown:
            hint = f"addresses are relative to {'the style sheet' if resource.sheet else 'the talk'}'s own file"
            problems.append(Problem(resource.span, Code.RESOURCE_MISSING, f"there is no file `{address}`", hint))
        elif path and not path.is_relative_to(root.resolve()):
            fact = f"`{address}` is not in the project"
            problems.append(Problem(resource.span, Code.REFERENCE_OUTSIDE, fact, "put a copy into the project"))
        elif path:
            if path.suffix == ".css" and resource.shown and address not in found:
                text = path.read_text(encoding="utf-8", errors="replace")
                named += resources.of_sheet(resource, os.path.relpath(path, base), text)
            found[address] = path
    return found, tuple(problems)


def _where(resource: Resource, folder: Path, root: Path) -> Path:
    """The path that an address means; with `/` at its start it begins in the project's root."""
    return root / resource.path.lstrip("/") if resource.path.startswith("/") else folder / resource.path


def _file(path: Path) -> Path | None:
    """The file that a path leads to, links followed; None if there is none, or if no file could have such a name."""
    try:
        resolved = path.resolve()
        return resolved if resolved.is_file() else None
    except (OSError, ValueError):
        return None


def _may_be(path: Path) -> bool:
    """Whether a file could have such a name."""
    try:
        path.is_file()
    except (OSError, ValueError):
        return False
    return True


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


@dataclass(frozen=True, slots=True)
class Deck:
    """A talk's deck.

    Attributes:
        talk: The talk, resolved.
        stacks: The id and the HTML of each slide, as `deck.sections` gives them.
        sheets: The style sheets that come before the author's own.
        urls: What stands in the deck for addresses that the author wrote.
        files: All that lies beside the page: the path in the deck's folder → the content, or the file to copy.
    """

    talk: Talk
    stacks: tuple[tuple[tuple[str, str], ...], ...]
    sheets: tuple[str, ...]
    urls: Mapping[str, str]
    files: Mapping[str, Path | str | bytes]

    def page(self, stacks: Iterable[Sequence[tuple[str, str]]]) -> str:
        """The page with these slides."""
        from greenroom import deck

        return deck.page(self.talk, stacks, sheets=self.sheets, urls=self.urls)


def programs_of(project: Project, talk: Talk, *, directories: bool) -> tuple[Program, ...]:
    """The modules that a talk shows parts of.

    Args:
        project: The talk's project.
        talk: The talk, resolved.
        directories: Whether the site's pages are folders, MkDocs' `use_directory_urls`.
    """
    from greenroom import pages, programs

    found = []
    for lesson, framework in programs.shown(talk):
        module = project.modules[lesson, framework]
        recording = project.recordings.get(module.path)
        docs = pages.lesson_url(module, directories=directories)
        found.append(Program(module, recording.versions if recording else (), docs))
    return tuple(found)


def deck_of(
    talk: Talk, local: Mapping[str, Path], read: Sequence[tuple[str, ...]] | None = None, shown: Sequence[Program] = ()
) -> Deck:
    """Render a talk's deck.

    Args:
        talk: The talk, resolved.
        local: The local files it shows, by the author's address.
        read: The addresses of the docs that go with the slides, stack by stack, relative to the deck.
        shown: The modules that it shows parts of.
    """
    from greenroom import deck, pictures, programs

    places = {address: resources.place(address) for address in local}
    moved = {address: place for address, place in places.items() if resources.is_moved(place)}
    theme = str(talk.meta.get("theme") or assets.DEFAULT_THEME)
    if theme not in local and theme not in assets.themes():
        theme = assets.DEFAULT_THEME
    sheet = moved.get(theme, theme) if theme in local else f"assets/themes/{theme}.css"
    sheets = ("assets/deck.css", sheet)
    files: dict[str, Path | str | bytes] = {
        **{places[address]: _content(address, path, places) for address, path in local.items()},
        **{f"assets/{name}": path for name, path in assets.files(theme).items()},
        **deck.figures(talk),
        **programs.files(talk, shown, sheets),
    }
    sizes = {address: size for address, path in local.items() if (size := pictures.size(path))}
    return Deck(talk, deck.sections(talk, urls=moved, read=read, sizes=sizes), sheets, moved, files)


def _content(address: str, path: Path, places: Mapping[str, str]) -> Path | str:
    """What a file is in the deck: itself, or a style sheet that names others where they are there."""
    if path.suffix != ".css":
        return path

    def there(named: str) -> str | None:
        place = styles.found(named, unquote(address.partition("?")[0]), places)
        if place is None or not (resources.is_moved(places[place[0]]) or resources.is_moved(places[address])):
            return None
        return posixpath.relpath(places[place[0]], posixpath.dirname(places[address]) or ".") + place[1]

    text = path.read_text(encoding="utf-8", errors="replace")
    other = styles.renamed(text, there)
    return other if other != text else path


def deck_files(
    talk: Talk, local: Mapping[str, Path], read: Sequence[tuple[str, ...]] | None = None, shown: Sequence[Program] = ()
) -> dict[str, Path | str | bytes]:
    """Everything a deck consists of: the path in its folder → the content, or the file to copy; as in `deck_of`."""
    rendered = deck_of(talk, local, read, shown)
    return {**rendered.files, "index.html": rendered.page(rendered.stacks)}


def decks(project: Project) -> dict[str, Deck]:
    """The decks of a project, by the names of their talks."""
    from greenroom import pages

    found = {}
    for talk in project.talks:
        read = pages.urls(talk, directories=project.config.directories)
        shown = programs_of(project, talk, directories=project.config.directories)
        found[talk.name] = deck_of(talk, project.resources[talk.path], read, shown)
    return found


def notebooks(project: Project) -> dict[str, str]:
    """The notebooks of the modules and of the talks: paths in the folder of the notebooks → content."""
    from greenroom import notebooks, offers

    scripts = {}
    for key, module in project.modules.items():
        recording = project.recordings.get(module.path)
        needed = [path for path, _ in recording.sources if path != module.path] if recording else []
        files = tuple((path, (project.root / path).read_bytes()) for path in needed)
        scripts[key] = notebooks.Script(module, recording, files)
    found = {offers.of_module(*key): notebooks.of_module(script) for key, script in scripts.items()}
    for talk in project.talks:
        local = project.resources[talk.path]
        pictures = {name: path.read_bytes() for name, path in local.items() if path.suffix.lower() in notebooks.MEDIA}
        for framework in offers.frameworks(talk):
            found[offers.of_talk(talk.name, framework)] = notebooks.of_talk(talk, framework, scripts, pictures)
    return found


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
    folder = folder.resolve()
    output.recover(folder)
    if (facts := output.read_stamp(folder)) is not None:
        shown = [file.parent / path for path in facts["resources"]]
        if facts["digest"] == output.digest([file, *options, *shown]):
            return Built(folder, current=True, report=str(facts["report"]))
    output.own(folder)

    from greenroom import census, morph, resolve, talk
    from greenroom.problems import report

    files = _Files(file.parent.resolve())
    text = files.text(file.resolve())
    parsed, wrong = talk.parse(text, file.name, separator=separator, vertical_separator=vertical, notes_separator=notes)
    resolved, unresolved = resolve.resolve(parsed, {}, {})
    resolved, unmorphed = morph.morph(resolved)
    root = Path(file.resolve().anchor)
    named = [*resources.resources(resolved, text)]
    local, missing = _local(named, file.parent, root, file.parent)
    counted, unproven = census.census([resolved], {}, unresolved)
    found = {*files.problems, *wrong, *unresolved, *unmorphed, *_unknown_theme(resolved, text), *missing, *unproven}
    if problems := tuple(sorted(problem for problem in found if problem.code not in LENIENT)):
        return Built(folder, problems=problems)
    told = [problem for problem in found if problem.code != Code.FENCE_UNKNOWN]
    summary = "\n".join(filter(None, [report(told, "note"), census.summary(counted)]))
    with output.replacing(folder) as fresh:
        output.write(fresh, deck_files(resolved, local))
        # Also those that are missing, since they may come.
        places = {_where(each, file.parent, root) for each in named if not each.remote}
        shown = sorted(filter(_may_be, places))
        names = [os.path.relpath(path, file.parent) for path in shown]
        facts = {"digest": output.digest([file, *options, *shown]), "resources": names}
        output.stamp(fresh, {**facts, "report": summary})
    return Built(folder, report=summary)
