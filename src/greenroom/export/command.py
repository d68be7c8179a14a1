"""The commands of `greenroom export`, one a format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from greenroom import shell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from greenroom.build import Project

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


@export.command("html", short_help="The whole deck as one file.")
@talks
@output("exports/NAME.html")
def html_(names: tuple[str, ...], path: Path | None) -> None:
    """Write a deck as one HTML file, which opens by double click and needs no network.

    Figures, fonts, videos, the programs behind the listings and the speaker's window are in it.
    """
    from greenroom.export import alone, html

    project, chosen = begin(names)
    for name, place in places(project, chosen, path, ".html").items():
        files = alone.files(project, name)
        large = [f"{_size(len(files[each]))} of it {each}" for each in sorted(files) if len(files[each]) >= LARGE]
        _write(place, html.page(files).encode(), project, large)


@export.command("zip", short_help="The deck's folder, packed.")
@talks
@output("exports/NAME.zip")
def zip_(names: tuple[str, ...], path: Path | None) -> None:
    """Write a deck's folder as a zip archive. Unpacked, its index.html opens by double click."""
    from greenroom.export import alone
    from greenroom.export.archive import archive

    project, chosen = begin(names)
    for name, place in places(project, chosen, path, ".zip").items():
        _write(place, archive(name, alone.files(project, name)), project)


LARGE = 5_000_000
"""From how many bytes on it is told that a file is in another."""


def _write(path: Path, content: bytes, project: Project, more: Sequence[str] = ()) -> None:
    from greenroom.output import replacing_file

    with replacing_file(path) as new:
        new.write_bytes(content)
    unlinked = () if project.config.site_url else ("no links to the docs, since mkdocs.yml has no site_url",)
    say(path, ", ".join([_size(path.stat().st_size), *more, *unlinked]))


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} kB"
