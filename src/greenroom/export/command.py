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
