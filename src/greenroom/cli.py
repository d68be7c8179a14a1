"""The command line. Each command imports what it needs when it runs, so that `greenroom --help` is quick."""

from __future__ import annotations

import gc
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

import greenroom

if TYPE_CHECKING:
    from greenroom.build import Built
    from greenroom.model import Problem


class Commands(click.Group):
    """A group that lists its commands in the order of an author's day, and suggests the nearest for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, D102
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(greenroom.__version__, message="greenroom %(version)s")
def main() -> None:
    """Build talks whose code really runs: a reveal.js deck and a MkDocs site from one Markdown file."""
    gc.set_threshold(100_000)  # what a command reads, it keeps to its end: 700 costs a seventh of a large deck's time


@main.command()
def build() -> None:
    """Build the decks and the site into the site folder.

    The folder is replaced in whole, or left as it is where there is a mistake. With nothing changed, nothing is done.
    """
    from greenroom import site

    root = _root()
    result = site.build(root)
    _fail_on(result.problems)
    _say_where(root, result)
    click.echo("`greenroom serve` shows them in a browser, and builds again when a file changes.")


@main.command()
@click.option("--port", default=8000, show_default=True, help="On 127.0.0.1; the next free one if it is taken.")
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
def serve(port: int, no_open: bool) -> None:
    """Build, serve the site folder on this machine, open a browser, and build again on every change."""
    from greenroom import site

    root = _root()

    def say(result: Built) -> None:
        if result.problems:
            _tell(result.problems)
        else:
            _say_where(root, result)

    site.serve(root, port=port, open_browser=not no_open, say=say)


def _say_where(root: Path, result: Built) -> None:
    click.echo(f"{result.folder.relative_to(root)}/ {'is up to date' if result.current else 'is built'}:")
    for deck in sorted(result.folder.glob("slides/*/index.html")):
        click.echo(f"  deck  {deck.relative_to(root)}  (open it in a browser; S opens the speaker's window)")
    click.echo(f"  site  {(result.folder / 'index.html').relative_to(root)}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the census as JSON.")
def check(as_json: bool) -> None:
    """Resolve everything, hold the recordings against their sources, and print the census.

    Runs no snippet: `greenroom record --check` does that.
    """
    from greenroom import build as stages
    from greenroom import census

    project = stages.load(_root())
    click.echo(census.to_json(project.census) if as_json else census.render(project.census))
    _fail_on(project.problems)


def _pattern(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    try:
        re.compile(value or "")
    except re.error as error:
        raise click.BadParameter(f"`{value}` is not a regular expression: {error}") from error
    return value


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", "folder", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--separator", callback=_pattern, help="Regular expression between stacks.  [default: \\r?\\n---\\r?\\n]")
@click.option(
    "--vertical-separator",
    callback=_pattern,
    help="Regular expression between slides of a stack.  [default: \\r?\\n----\\r?\\n]",
)
@click.option("--notes-separator", callback=_pattern, help="Regular expression before the notes.  [default: notes?:]")
def deck(
    file: Path, folder: Path, separator: str | None, vertical_separator: str | None, notes_separator: str | None
) -> None:
    """Build the deck of a lone Markdown file, in the dialect of reveal-md, without any project.

    FOLDER/index.html opens by double click, and what it needs lies beside it. The census is told and fails nothing.
    """
    from greenroom import build as stages
    from greenroom import output

    try:
        result = stages.build_deck(file, folder, separator, vertical_separator, notes_separator)
    except output.ForeignFilesError as error:
        raise click.UsageError(f"{error}\n\nhint: name a folder that is new or empty") from error
    _fail_on(result.problems)
    click.echo(result.report)
    click.echo(f"{folder / 'index.html'} {'is up to date' if result.current else 'written'}")


@main.command("record")
@click.argument("references", nargs=-1)
@click.option("--check", "checking", is_flag=True, help="Compare with the recordings; write nothing.")
def record_(references: tuple[str, ...], checking: bool) -> None:
    """Run snippet modules and record what they produce.

    REFERENCES name lessons or modules, `gradients` or `gradients/tf2`, which run in any case. Without any, those run
    whose recording is missing or no longer fits; with --check, all of them.
    """
    from greenroom import build as stages
    from greenroom import record
    from greenroom.progress import following
    from greenroom.record.engine import Engine

    root = _root()
    settings, scanned, problems = stages.scan(root)
    modules = tuple(scanned.values())
    _fail_on(problems)
    try:
        chosen = record.choose(modules, references)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if not references and not checking:
        chosen = record.outdated(root, modules)
    with Engine(root) as engine, following(len(chosen)) as progress:
        if checking:
            problems = record.check(engine, root, modules, chosen, progress)
            summary = f"{len(chosen)} modules ran as recorded"
        else:
            done = record.record(engine, root, settings.snippets, modules, chosen, progress)
            problems = done.problems
            summary = "\n".join(
                [
                    *(f"recorded: {path}" for path in done.written),
                    *(f"removed: {path}" for path in done.removed),
                    f"{len(done.ran)} modules ran, {len(done.written)} recordings changed, {len(done.kept)} were kept",
                ]
            )
    _fail_on(problems)
    click.echo(summary)


@main.command()
@click.argument("reference")
def run(reference: str) -> None:
    """Run one module and show its output as it comes; `gradients/tf2:tape` ends with the cell `tape`."""
    from greenroom import build as stages
    from greenroom import record
    from greenroom.record.engine import Engine

    root = _root()
    _, scanned, problems = stages.scan(root)
    _fail_on(problems)
    try:
        for module in record.choose(scanned.values(), [reference]):
            with Engine(root) as engine:
                ran = record.run(engine, root, module, reference.partition(":")[2], _show)
            _fail_on(ran.problems)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _show(printed: bytes) -> None:
    sys.stdout.buffer.write(printed)
    sys.stdout.buffer.flush()


def _root() -> Path:
    from greenroom import build as stages

    root = stages.find_root(Path.cwd())
    if root is None:
        raise click.UsageError("no mkdocs.yml here or in a folder above\n\nhint: run this inside a project")
    return root


def _fail_on(problems: tuple[Problem, ...]) -> None:
    """Tell all mistakes and end with status 1, if there are any."""
    if problems:
        _tell(problems)
        sys.exit(1)


def _tell(problems: tuple[Problem, ...]) -> None:
    from greenroom.problems import report

    count = len(set(problems))
    click.echo(f"{report(problems)}\n{count} error{'s' if count > 1 else ''}", err=True)
