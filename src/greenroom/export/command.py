"""The commands of `greenroom export`, one a format."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from greenroom import shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar

    from playwright.sync_api import Browser

    from greenroom.build import Project
    from greenroom.export.stage import Staged

    Command = TypeVar("Command", bound=Callable[..., Any] | click.Command)

FOLDER = "exports"
"""Where exports go in the project, unless authors say otherwise."""

talks = click.option("--talk", "names", metavar="NAME", multiple=True, help="Only this talk; may be given repeatedly.")


def output(what: str) -> Callable[[Command], Command]:
    """The option that says where the export goes.

    Args:
        what: Where it goes without it, as in `exports/NAME.pdf`.
    """
    help_ = f"The file to write, or the folder for several talks.  [default: {what}]"
    return click.option("-o", "--output", "path", metavar="PATH", type=click.Path(path_type=Path), help=help_)


@click.group(short_help="Take the talks away: as PDF, pictures, one file.")
def export() -> None:
    """Take the talks away, each into a file or folder of its own in `exports/` of the project."""


def begin(names: Sequence[str]) -> tuple[Project, tuple[str, ...]]:
    """Read the project, and end here with all that is wrong with it; which talks are meant."""
    from greenroom import build as stages

    project = stages.load(shell.root())
    chosen = shell.choose(project, names)
    shell.fail_on(project.problems)
    return project, chosen


def places(project: Project, names: Sequence[str], path: Path | None, ending: str) -> dict[str, Path]:
    """Where the talks go, by their names.

    Args:
        project: The talks' project.
        names: Of the talks.
        path: What the author says: a name with the format's own ending is a file, any other a folder.
        ending: What comes after a talk's name: `.pdf`; `-png` for a folder.
    """
    if path is None or (path.suffix != ending and ending.startswith(".")):
        folder = path or project.root / FOLDER
        return {name: folder / f"{name}{ending}" for name in names}
    if len(names) > 1:
        hint = f"name one of them with --talk ({', '.join(names)}), or name a folder"
        raise click.UsageError(f"{path} is one place for {len(names)} talks\n\nhint: {hint}")
    return dict.fromkeys(names, path)


def say(path: Path, what: str) -> None:
    """Tell that this was written.

    Args:
        path: The file or folder.
        what: What is in it: `82 pages`.
    """
    shown = path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path
    click.echo(f"{shown} written: {what}")


def write(path: Path, content: bytes, *what: str) -> None:
    """Write a file in whole or not at all, and tell what is in it."""
    from greenroom.output import replacing_file

    with replacing_file(path) as new:
        new.write_bytes(content)
    say(path, ", ".join(what))


def _pair(_: click.Context, __: click.Parameter, value: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{2,3})x([1-9]\d{2,3})", value)
    if match is None:
        raise click.BadParameter(f"`{value}` is no size\n\nhint: width and height in px, as in `1920x1080`")
    return int(match[1]), int(match[2])


def size(default: str) -> Callable[[Command], Command]:
    """The option that says as on which screen slides look.

    Args:
        default: The size, if nothing is said.
    """
    help_ = "Slides look as on a screen of this size, in px."
    return click.option(
        "--size", metavar="WIDTHxHEIGHT", default=default, show_default=True, callback=_pair, help=help_
    )


scheme = click.option(
    "--scheme", type=click.Choice(["light", "dark"]), default="light", show_default=True, help="The colours."
)
steps = click.option("--steps", is_flag=True, help="Each step of a slide on its own.")


@export.command("pdf", short_help="A PDF, with the notes if you like.")
@talks
@output("exports/NAME.pdf")
@steps
@click.option("--notes", is_flag=True, help="Sheets of A4: the slide above, the speaker's notes below.")
@scheme
@size("1280x720")
def pdf_(
    names: tuple[str, ...], path: Path | None, steps: bool, notes: bool, scheme: str, size: tuple[int, int]
) -> None:
    """Print a talk: a page a slide, or a page a step with --steps.

    The text can be selected and searched, links work, and the structure that screen readers need is in it. Without
    --steps, a slide shows its listings whole, with what is said of each step below. What scrolls on a screen is made
    smaller, so that nothing is cut off.
    """
    with _session(names, path, ".pdf", "printing") as (session, follow):
        from greenroom.export import pdf
        from greenroom.export.sheets import Look

        for done, talk in enumerate(session.talks):
            follow(done, len(session.talks))
            printed = pdf.export(session.program, talk, Look(size, scheme, steps, notes))
            session.write(talk, printed.document, f"{len(printed.sheets)} pages")


@export.command("png", short_help="A picture of each slide.")
@talks
@output("exports/NAME-png")
@steps
@scheme
@size("1920x1080")
def png_(names: tuple[str, ...], path: Path | None, steps: bool, scheme: str, size: tuple[int, int]) -> None:
    """Take a picture of each slide, or of each step with --steps, into a folder: 001-ID.png, 002-ID.png and so on.

    Without --steps, a slide shows its listings whole, with what is said of each step below.
    """
    with _session(names, path, "-png", "taking pictures") as (session, follow):
        from greenroom.export import pictures
        from greenroom.export.sheets import Look

        for talk in session.talks:
            taken = pictures.take(session.program, talk, Look(size, scheme, steps), follow)
            session.write_all(talk, ((f"{picture.name}.png", picture.png) for picture in taken), "pictures")


@export.command("svg", short_help="A drawing of each slide.")
@talks
@output("exports/NAME-svg")
@steps
@scheme
@size("1280x720")
def svg_(names: tuple[str, ...], path: Path | None, steps: bool, scheme: str, size: tuple[int, int]) -> None:
    """Draw each slide, or each step with --steps, into a folder: 001-ID.svg, 002-ID.svg and so on.

    They are the pages of the PDF. All letters are outlines: drawings look the same everywhere, and their text cannot be
    selected; it is in the description of each.
    """
    with _session(names, path, "-svg", "drawing", "svg") as (session, follow):
        from greenroom.export import pdf, svg
        from greenroom.export.sheets import Look

        for done, talk in enumerate(session.talks):
            follow(done, len(session.talks))
            printed = pdf.export(session.program, talk, Look(size, scheme, steps))
            drawn = svg.drawings(printed, talk, size)
            session.write_all(talk, ((f"{name}.svg", drawing.encode()) for name, drawing in drawn), "drawings")


def _own(folder: Path) -> None:
    """Make sure that there is nothing in a folder that is not ours to replace."""
    from greenroom import output as files

    try:
        files.own(folder)
    except files.ForeignFilesError as error:
        raise click.UsageError(f"{error}\n\nhint: name a folder that is new or empty") from error


@export.command("pptx", short_help="A PowerPoint file of pictures.")
@talks
@output("exports/NAME.pptx")
@steps
@scheme
@size("1920x1080")
def pptx_(names: tuple[str, ...], path: Path | None, steps: bool, scheme: str, size: tuple[int, int]) -> None:
    """Write a PowerPoint file in which each slide is a picture: it looks the same everywhere, and cannot be edited.

    Titles, alternative texts and the speaker's notes are text.
    """
    with _session(names, path, ".pptx", "taking pictures") as (session, follow):
        from greenroom.export import pictures, pptx
        from greenroom.export.sheets import Look

        for talk in session.talks:
            taken = pictures.take(session.program, talk, Look(size, scheme, steps), follow)
            document, count = pptx.presentation(taken, size, talk.facts)
            session.write(talk, document, f"{count} slides, each a picture")


@dataclass(frozen=True, slots=True)
class _Session:
    """Talks that are exported with a browser.

    Attributes:
        program: The browser.
        talks: The talks.
        places: Where each goes, by its name.
    """

    program: Browser
    talks: tuple[Staged, ...]
    places: Mapping[str, Path]

    def write(self, talk: Staged, document: bytes, what: str) -> None:
        """Write the file of a talk, and tell what is in it."""
        write(self.places[talk.name], document, what)

    def write_all(self, talk: Staged, files: Iterable[tuple[str, bytes]], what: str) -> None:
        """Write the files of a talk into its folder, numbered in their order, and tell how many there are."""
        from greenroom.output import replacing, stamp

        place = self.places[talk.name]
        with replacing(place) as new:
            for count, (name, content) in enumerate(files, 1):
                (new / f"{count:03}-{name}").write_bytes(content)
            stamp(new, {})
        say(place, f"{count} {what}")


@contextmanager
def _session(
    names: Sequence[str], path: Path | None, ending: str, what: str, extra: str = "export"
) -> Iterator[tuple[_Session, Callable[[int, int], None]]]:
    """Read the project and start a browser.

    Args:
        names: Of the talks; none for all.
        path: Where the export goes, as the author says it.
        ending: What comes after a talk's name, as for `places`.
        what: What is done with the talks.
        extra: What is installed for this.

    Yields:
        What is exported, and whom to tell how far it is.
    """
    project, chosen = begin(names)
    where = places(project, chosen, path, ending)
    if not ending.startswith("."):
        for folder in where.values():
            _own(folder)
    with _working(what, extra) as follow:
        from greenroom.export import stage

        with stage.staged(project, chosen) as talks, stage.chromium() as program:
            yield _Session(program, talks, where), follow


@contextmanager
def _working(what: str, extra: str = "export") -> Iterator[Callable[[int, int], None]]:
    """Tells how far it is, and in a line what is missing or fails."""
    from greenroom.export.stage import ExportError

    try:
        with shell.needing(extra), shell.counting(what) as follow:
            yield follow
    except ExportError as error:
        raise click.ClickException(str(error)) from error


@export.command("html", short_help="The whole deck as one file.")
@talks
@output("exports/NAME.html")
def html_(names: tuple[str, ...], path: Path | None) -> None:
    """Write a deck as one HTML file, which opens by double click and needs no network.

    Figures, fonts, videos, the programs behind the listings and the speaker's window are in it.
    """
    from greenroom.export import alone, html

    project, chosen = begin(names)
    where = places(project, chosen, path, ".html")
    with shell.counting("writing") as follow:
        for done, (name, place) in enumerate(where.items()):
            follow(done, len(where))
            files = alone.files(project, name)
            large = [f"{_size(len(files[each]))} of it {each}" for each in sorted(files) if len(files[each]) >= LARGE]
            page = html.page(files).encode()
            write(place, page, _size(len(page)), *large, *_unlinked(project, "docs"))


@export.command("zip", short_help="The deck's folder, packed.")
@talks
@output("exports/NAME.zip")
def zip_(names: tuple[str, ...], path: Path | None) -> None:
    """Write a deck's folder as a zip archive. Unpacked, its index.html opens by double click."""
    from greenroom.export import alone
    from greenroom.export.archive import archive

    project, chosen = begin(names)
    where = places(project, chosen, path, ".zip")
    with shell.counting("packing") as follow:
        for done, (name, place) in enumerate(where.items()):
            follow(done, len(where))
            packed = archive(name, alone.files(project, name))
            write(place, packed, _size(len(packed)), *_unlinked(project, "docs"))


LARGE = 5_000_000
"""From how many bytes on it is told that a file is in another."""


def _unlinked(project: Project, what: str) -> list[str]:
    """What is told of links that lead out of what is exported, if nobody knows where to."""
    return [] if project.config.site_url else [f"no links to the {what}, since mkdocs.yml has no site_url"]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} kB"


@export.command("notebooks", short_help="The snippets and the talks' code as Jupyter notebooks.")
@click.argument("references", nargs=-1)
@talks
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"The folder to write.  [default: {FOLDER}/notebooks]",
)
def notebooks_(references: tuple[str, ...], names: tuple[str, ...], folder: Path | None) -> None:
    """Write snippet modules, and the code of each talk in each framework, as Jupyter notebooks.

    REFERENCES name lessons or modules, `gradients` or `gradients/tf2`; without any, and without --talk, all are
    written. What was recorded stands in the notebooks. They run as they are: the first cell installs what is missing,
    and files that a snippet reads are in its notebook.
    """
    from greenroom import build as stages
    from greenroom import offers, record
    from greenroom import output as files

    project, chosen = begin(names)
    try:
        modules = record.choose(project.modules.values(), references)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    wanted = [offers.of_module(each.lesson, each.framework) for each in modules if references or not names]
    for talk in project.talks if names or not references else ():
        if talk.name in chosen:
            wanted += [offers.of_talk(talk.name, framework) for framework in offers.frameworks(talk)]
    folder = folder or project.root / FOLDER / "notebooks"
    if folder.is_dir() and any(folder.iterdir()) and files.read_stamp(folder) is None:
        fact = f"{folder} has files that greenroom did not write, or that were changed since"
        raise click.UsageError(f"{fact}\n\nhint: move them, or name a folder that is new or empty with -o")
    made = stages.notebooks(project)
    with files.replacing(folder) as new:
        files.write(new, {place: made[place] for place in wanted})
        files.stamp(new, {})
    say(folder, f"{len(wanted)} notebook{'s' if len(wanted) != 1 else ''}")


@export.command("handout", short_help="The site's pages as one document to print.")
@talks
@click.option("--pdf", "as_pdf", is_flag=True, help="Print it.")
@click.option(
    "-o",
    "--output",
    "path",
    metavar="PATH",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, `.html` or `.pdf`.  [default: exports/handout.html]",
)
def handout_(names: tuple[str, ...], as_pdf: bool, path: Path | None) -> None:
    """Write the site's pages as one document, in the order of the navigation, with a table of contents.

    Nothing in it needs to be clicked: what stands on tabs stands one after the other, and what is folded is open. It is
    one HTML file that needs no network, or a PDF. With --talk, it has the pages of that talk only.
    """
    from tempfile import TemporaryDirectory

    from greenroom import assets, site
    from greenroom.export import handout

    ending = path.suffix.lower() if path else ".pdf" if as_pdf else ".html"
    if ending not in (".html", ".pdf") or (as_pdf and ending != ".pdf"):
        hint = "`-o handout.pdf`" if as_pdf else "`-o handout.html` or `-o handout.pdf`"
        raise click.UsageError(f"{path} is no name of such a document\n\nhint: write for instance {hint}")
    project, chosen = begin(names)
    with TemporaryDirectory(prefix="greenroom-") as folder:
        with shell.counting("building the site"):
            book, problems = site.read(project.root, Path(folder) / "site")
        if book is None:
            shell.fail_on(problems)
            return
        if names:
            book = handout.of_talks(book, [talk for talk in project.talks if talk.name in chosen])
        looks = {name: file.read_bytes() for name, file in assets.handout().items()}
        html = handout.document(book, _below(Path(folder) / "site"), looks)
    place = path or project.root / FOLDER / f"handout{ending}"
    if ending == ".html":
        page, pages = html.encode(), f"{len(book.pages)} pages of the site"
        write(place, page, _size(len(page)), pages, *_unlinked(project, "decks"))
        return
    with _working("printing") as follow:
        from greenroom.export import paper, stage

        with stage.chromium() as program:
            said = stage.Facts(book.title, book.author, book.about, book.language, stage.date(project.root))
            document, count = paper.printed(program, html, said, follow)
    write(place, document, f"{count} pages", *_unlinked(project, "decks"))


def _below(folder: Path) -> dict[str, bytes]:
    """The files of a folder, by their paths in it."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
