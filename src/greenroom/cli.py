"""The command line. Each command imports what it needs when it runs, so that `greenroom --help` is quick."""

from __future__ import annotations

import gc
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import click

import greenroom
from greenroom import shell
from greenroom.export.command import export

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor
    from typing import TextIO

    from greenroom.build import Built
    from greenroom.model import Module, Problem
    from greenroom.record import Recorded


FILE = click.Path(dir_okay=False, path_type=Path)
PATH = click.Path(path_type=Path)


class Commands(click.Group):
    """A group that lists its commands in the order of an author's day, and suggests the nearest for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002, D102
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and tell in a line what the machine refuses: a full disk, a folder that is a file."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # who reads our output has enough of it; click knows
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'the system'}: {error.strerror or error}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(greenroom.__version__, message="greenroom %(version)s")
def main() -> None:
    """Build talks whose code really runs: a reveal.js deck and an MkDocs site from one Markdown file."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # letters that the terminal does not have
    gc.set_threshold(100_000)  # what a command reads, it keeps to its end: 700 costs a seventh of a large deck's time


@main.command(short_help="Build the decks and the site.")
def build() -> None:
    """Build the decks and the site into the site folder.

    The folder is replaced in whole, or left as it is where there is a mistake. With nothing changed, nothing is done.
    """
    from greenroom import site

    root = shell.root()
    result = site.build(root)
    shell.fail_on(result.problems)
    _say_where(root, result)
    click.echo("`greenroom present` shows them in a browser, and each change as soon as a file is saved.")


@main.command(short_help="Show the talk, and keep up while you write.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; `0.0.0.0` is everywhere.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="The next free one if it is taken.",
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--follow", is_flag=True, help="Go to the slide and step that show what was saved.")
@click.option("--allow-run", is_flag=True, help="Run code from slides also where other machines reach the server.")
@click.option("--remote", is_flag=True, help="Let a phone move the talk; its address comes as a QR code.")
@click.option("--follow-along", is_flag=True, help="Let people in the room follow on their own screens, without notes.")
def present(
    host: str, port: int, no_open: bool, follow: bool, allow_run: bool, remote: bool, follow_along: bool
) -> None:
    """Show decks and site in a browser, and each change as soon as a file is saved, until Ctrl-C.

    It listens on this machine alone, unless --host says otherwise. Then what it shows can be had by whoever knows an
    address with its token, and no code is run from slides unless --allow-run is given.

    A module whose recording no longer fits runs again in the background, and its slides show what comes of it. That is
    written nowhere: `greenroom record` records it.
    """
    from greenroom import serve
    from greenroom.serve.address import AddressError

    stage = {"remote": remote, "follow_along": follow_along}
    options = serve.Options(host, port, open_browser=not no_open, allow_run=allow_run, follow=follow, **stage)
    try:
        serve.present(shell.root(), options, _Terminal())
    except AddressError as error:
        raise click.BadParameter(str(error), param_hint="--host") from error


class _Terminal:
    """Tells the author of `present` what happens."""

    def __init__(self) -> None:
        self._wrong = False

    def say(self, line: str) -> None:
        """Tell what happened."""
        with _read_by_nobody(sys.stdout):
            click.echo(line)

    def tell(self, problems: tuple[Problem, ...]) -> None:
        """Tell the mistakes that there are now; none if all are mended."""
        if problems:
            with _read_by_nobody(sys.stderr):
                shell.tell(problems)
        elif self._wrong:
            self.say("no errors any more")
        self._wrong = bool(problems)


@contextmanager
def _read_by_nobody(stream: TextIO) -> Iterator[None]:
    """Go on where nobody reads a stream any more, as after `| head`, or there is no room for what is told."""
    try:
        yield
    except BrokenPipeError:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), stream.fileno())
    except OSError:  # a full disk, a terminal that was closed
        pass


def _say_where(root: Path, result: Built) -> None:
    click.echo(f"{result.folder.relative_to(root)}/ {'is up to date' if result.current else 'is built'}:")
    for deck in sorted(result.folder.glob("slides/*/index.html")):
        click.echo(f"  deck  {deck.relative_to(root)}  (open it in a browser; S opens the speaker's window)")
    click.echo(f"  site  {(result.folder / 'index.html').relative_to(root)}")


@main.command(short_help="Resolve everything and print the census.")
@click.option("--json", "as_json", is_flag=True, help="Print the census as JSON.")
def check(as_json: bool) -> None:
    """Resolve everything, hold the recordings against their sources, and print the census.

    Runs no snippet: `greenroom record --check` does that.
    """
    from greenroom import build as stages
    from greenroom import census

    project = stages.load(shell.root())
    click.echo(census.to_json(project.census) if as_json else census.render(project.census))
    shell.fail_on(project.problems)


@main.command(short_help="Show every slide to a browser, and tell what does not fit.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option("--junit", metavar="FILE", type=FILE, help="Write what was found as JUnit's XML, for servers that build.")
@click.option(
    "--github/--no-github",
    envvar="GITHUB_ACTIONS",
    help="Show what was found beside the lines on GitHub; by itself where its Actions run.",
)
@click.option("--report", "page", metavar="PATH", type=PATH, help="Write a page with a picture of each finding.")
@click.option("--external", is_flag=True, help="Follow links to other sites, too.")
@click.option("--diff", "revision", metavar="REVISION", help="Show what looks otherwise than at a revision of git.")
def rehearse(
    as_json: bool, junit: Path | None, github: bool, page: Path | None, external: bool, revision: str | None
) -> None:
    """Build, show every slide at every step to a browser, and tell what an audience would trip over.

    What is too large, covered or too small to read; what asks the network for something, fails or moves by itself; what
    keeps people out; links that lead nowhere; and whether there is time for it all. A slide that was seen is not
    visited again before it changes.

    With --diff nothing is checked: the slides whose pictures differ from those at a revision are listed, and shown on a
    page with both side by side.
    """
    if revision is not None:
        if as_json or junit or external:
            raise click.UsageError("--diff shows what changed and checks nothing: it goes with --report alone")
        _compare(revision, page)
        return
    from greenroom import build as stages
    from greenroom import output, site
    from greenroom import rehearse as rehearsing
    from greenroom.rehearse import ci, report, shown

    root = shell.root()
    result = site.build(root)
    shell.fail_on(result.problems)
    project = stages.load(root)
    with shell.needing("browser"), shell.counting("rehearsing") as follow:
        rehearsal = rehearsing.rehearse(project, result.folder, follow, follow if external else None)
    click.echo(report.to_json(rehearsal) if as_json else report.render(rehearsal))
    if junit:
        with output.replacing_file(junit) as file:
            file.write_text(ci.junit(rehearsal), encoding="utf-8")
    if page:
        with shell.counting("taking pictures") as follow:
            text = shown.report(rehearsal, project, result.folder, _page(page).parent, follow)
        with output.replacing_file(_page(page)) as file:
            file.write_text(text, encoding="utf-8")
    for command in ci.commands(rehearsal, root) if github else ():
        click.echo(command, err=True)
    if rehearsal.errors:
        sys.exit(1)


def _compare(revision: str, page: Path | None) -> None:
    """Show what looks otherwise than at a revision."""
    from greenroom import build as stages
    from greenroom import output
    from greenroom.rehearse.revision import RevisionError, checkout

    root = shell.root()
    project = stages.load(root)
    shell.fail_on(project.problems)
    try:
        with checkout(root, revision) as (folder, commit):
            former = stages.load(folder)
            if former.problems:
                click.echo(f"at {revision} ({commit}) the project has mistakes:", err=True)
            shell.fail_on(former.problems)
            with shell.needing("browser"), shell.counting("comparing") as follow:
                from greenroom.rehearse import beside, compare

                comparison = compare.compare(former, project, follow)
    except RevisionError as error:
        raise click.UsageError(str(error)) from error
    click.echo(beside.render(comparison, f"{revision} ({commit})"))
    file = _page(page) if page else root / ".greenroom" / "diff.html"
    title = ", ".join(talk.title for talk in project.talks)
    with output.replacing_file(file) as fresh:
        fresh.write_text(beside.report(comparison, f"{revision} ({commit})", title), encoding="utf-8")
    click.echo(f"{os.path.relpath(file)} written")


def _page(path: Path) -> Path:
    """The file of a page: what is not named like one is a folder for it."""
    return path if path.suffix in (".html", ".htm") else path / "index.html"


def _pattern(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    try:
        re.compile(value or "")
    except re.error as error:
        raise click.BadParameter(f"`{value}` is not a regular expression: {error}") from error
    return value


main.add_command(export)


@main.command(short_help="Build the deck of a lone Markdown file.")
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

    gc.disable()  # there is nothing in cycles to be found, and looking for it costs a twentieth of a large deck's time
    try:
        result = stages.build_deck(file, folder, separator, vertical_separator, notes_separator)
    except output.ForeignFilesError as error:
        raise click.UsageError(f"{error}\n\nhint: name a folder that is new or empty") from error
    finally:
        gc.enable()
    shell.fail_on(result.problems)
    click.echo(result.report)
    click.echo(f"{folder / 'index.html'} {'is up to date' if result.current else 'written'}")


def _part(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    from greenroom.record import shards

    try:
        return shards.parse(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}\n\nhint: the second of five parts is `2/5`") from error


@main.command("record", short_help="Run snippets and record what they produce.")
@click.argument("references", nargs=-1)
@click.option("--check", "checking", is_flag=True, help="Run and compare with the recordings; write nothing.")
@click.option("--accept", is_flag=True, help="Let what differs take the place of what was recorded.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on the cluster of this dask.distributed scheduler.")
@click.option("--shard", "part", metavar="PART/PARTS", callback=_part, help="Run this part of the modules only: 2/5.")
def record_(
    references: tuple[str, ...], checking: bool, accept: bool, scheduler: str | None, part: tuple[int, int] | None
) -> None:
    """Run snippet modules and record what they produce.

    REFERENCES name lessons or modules, `gradients` or `gradients/tf2`, which run in any case. Without any, those run
    whose recording is missing or no longer fits; with --check, all of them, whichever versions they were recorded with.

    What has no recording gets one. Where a module gives what was recorded, text exactly and numbers to a tolerance, its
    recording is renewed. Where it gives something else, the difference is shown and the recording stays, until you
    run the command with --accept. So it is with the lines that the steps of talks and pages mean.
    """
    from greenroom import build as stages
    from greenroom import memo, record

    if checking and accept:
        raise click.UsageError("--check writes nothing, so that there is nothing for --accept to do")
    root = shell.root()
    memo.turn()  # modules are scanned where they run, and again where steps are found in them
    settings, scanned, problems = stages.scan(root, ())
    chosen = _choose(scanned.values(), references)
    if not references and not checking:
        chosen = record.unsettled(root, chosen)
    if chosen:
        settings, scanned, problems = stages.scan(root, {module.lesson for module in chosen})
    shell.fail_on(problems)
    modules = tuple(scanned.values())
    chosen = tuple(scanned[module.lesson, module.framework] for module in chosen)
    if not references and not checking:
        chosen = record.outdated(root, chosen)
    kept = len(modules) - len(chosen)
    walked = chosen if references or checking else modules
    if part:
        from greenroom.record import shards

        others = [module for module in walked if module not in chosen]
        chosen = shards.shard(chosen, record.seconds(root, chosen), *part)
        walked = (*chosen, *(others if part[0] == 1 else ()))
    if not chosen and not checking:
        done = record.Recorded(removed=record.tidy(root, settings.snippets, modules))
        _end_record(root, done, kept, walked, accept)
        return
    from greenroom.progress import following
    from greenroom.record.engine import Engine

    with (
        _machines(scheduler, root, chosen) as executor,
        Engine(root, settings.limits, executor=executor) as engine,
        following(len(chosen), 0 if checking else kept, "running on the cluster" if executor else None) as progress,
    ):
        if checking:
            problems = record.check(engine, root, modules, chosen, progress)
        else:
            done = record.record(engine, root, settings.snippets, modules, chosen, progress, accept=accept)
    if checking:
        shell.fail_on((*problems, *stages.steps(root, walked).problems))
        click.echo(f"modules: {len(chosen)} ran as recorded")
    else:
        _end_record(root, done, kept, walked, accept)


class MachinesFailed(click.ClickException):
    """The machines that were to run the modules cannot, or cannot any more."""

    exit_code = 2


@contextmanager
def _machines(scheduler: str | None, root: Path, modules: Sequence[Module]) -> Iterator[Executor | None]:
    """What runs modules elsewhere, if they are not to run here; where that fails, the command ends with status 2."""
    if scheduler is None or not modules:
        yield None
        return
    from greenroom import record
    from greenroom.record import machines

    frameworks = {module.framework for module in modules}
    try:
        with machines.cluster(scheduler, frameworks, record.packages(root, modules)) as executor:
            yield executor
    except machines.MachineError as error:
        raise MachinesFailed(f"{error.fact}\n\nhint: {error.hint}") from error


def _end_record(root: Path, done: Recorded, kept: int, walked: Sequence[Module], accept: bool) -> None:
    """Record what steps mean, say what was done, and end with status 1 if something is wrong."""
    from greenroom import build as stages
    from greenroom import record
    from greenroom.problems import Code

    found = stages.steps(root, walked)
    changed = record.steps(root, walked, found.taken, accept=accept, known=found.known)
    moved = tuple(each for each in found.problems if each.code == Code.STEP_MOVED)
    if accept:
        for problem in sorted(set(moved)):
            click.echo(f"accepted: {problem.span}: {problem.fact}")
    _say_recorded(replace(done, written=tuple(sorted({*done.written, *changed}))), kept)
    shell.fail_on(done.problems if accept else (*done.problems, *moved))


def _say_recorded(done: Recorded, kept: int) -> None:
    for path in done.written:
        click.echo(f"recorded: {path}")
    for path in done.removed:
        click.echo(f"removed: {path}")
    failed = f", {len(done.failed)} failed" if done.failed else ""
    differing = f", {len(done.differing)} differ from what was recorded" if done.differing else ""
    click.echo(f"modules: {len(done.ran)} ran{failed}{differing}, {kept} kept; recordings: {len(done.written)} changed")


@main.command("why", short_help="Say what changed since a module was recorded.")
@click.argument("reference")
def why_(reference: str) -> None:
    """Say what changed since a module was recorded, and so makes it run again; or that nothing did.

    REFERENCE names a module or a lesson: `gradients/tf2`, `gradients`. Runs nothing.
    """
    from greenroom import build as stages
    from greenroom import record

    root = shell.root()
    _, known, _ = stages.scan(root, ())
    chosen = _choose(known.values(), [reference])
    _, scanned, problems = stages.scan(root, {module.lesson for module in chosen})
    shell.fail_on(problems)
    for module in chosen:
        facts = record.why(root, scanned[module.lesson, module.framework])
        click.echo("\n  ".join([f"{module.path}:", *(facts or ["nothing that bears on its recording has changed"])]))


def _choose(modules: Iterable[Module], references: Sequence[str]) -> tuple[Module, ...]:
    from greenroom import record

    try:
        return record.choose(modules, references)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


@main.command(short_help="Run one module and show its output.")
@click.argument("reference")
def run(reference: str) -> None:
    """Run one module and show its output as it comes; `gradients/tf2:tape` ends with the cell `tape`."""
    from greenroom import build as stages
    from greenroom import record
    from greenroom.record.engine import Engine

    root = shell.root()
    settings, scanned, problems = stages.scan(root)
    shell.fail_on(problems)
    try:
        for module in record.choose(scanned.values(), [reference]):
            with Engine(root, settings.limits) as engine:
                ran = record.run(engine, root, module, reference.partition(":")[2], _show)
            shell.fail_on(ran.problems)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _show(printed: bytes) -> None:
    sys.stdout.buffer.write(printed)
    sys.stdout.buffer.flush()
