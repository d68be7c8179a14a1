"""What commands share: the project's root, what is told of mistakes, and how far something is."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from greenroom.build import Project
    from greenroom.model import Problem


def root() -> Path:
    """The root of the project that the command runs in; outside of one it is used wrongly."""
    from greenroom import build as stages

    found = stages.find_root(Path.cwd())
    if found is None:
        raise click.UsageError("no mkdocs.yml here or in a folder above\n\nhint: run this inside a project")
    return found


def fail_on(problems: tuple[Problem, ...]) -> None:
    """Tell all mistakes and end with status 1, if there are any."""
    if problems:
        tell(problems)
        sys.exit(1)


def tell(problems: tuple[Problem, ...]) -> None:
    """Tell all mistakes, and how many there are."""
    from greenroom.problems import report

    count = len(set(problems))
    click.echo(f"{report(problems)}\n{count} error{'s' if count > 1 else ''}", err=True)


def choose(project: Project, names: Sequence[str]) -> tuple[str, ...]:
    """The names of the talks that are meant, in the project's order: all of them if none is named."""
    from greenroom.problems import nearest

    known = [talk.name for talk in project.talks]
    for name in names:
        if name not in known:
            raise click.UsageError(f"there is no talk `{name}`\n\nhint: {nearest(name, known)}")
    return tuple(name for name in known if name in names or not names)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Tells a person how many are done, of how many, where that takes longer than a moment.

    Args:
        what: What is done with them: `rehearsing`.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as live:
        task = live.add_task(what, total=None)
        yield lambda done, total: live.update(task, completed=done, total=total)


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Tells in a line if there is no browser, or not what is installed with the extra of this name."""
    from greenroom import browser

    try:
        yield
    except ModuleNotFoundError as error:
        raise click.ClickException(f'{error}\n\nhint: `pip install "greenroom[{extra}]"`') from error
    except browser.NoBrowserError as error:
        raise click.ClickException(str(error)) from error
