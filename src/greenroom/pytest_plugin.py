"""The pytest plugin: each cell, output and parity of the snippets is a test, and the census of each page is one.

    snippets/gradients/tf2.py::tape             the cell runs as its header expects
    snippets/gradients/tf2.py::tape[output]     it produced what was recorded
    snippets/gradients::tape[parity]            the frameworks agree on the values that its headers name
    slides/tf2-pytorch.md::census               every fence is accounted for, and nothing else is wrong either

A cell without a name goes by its line: `snippets/gradients/tf2.py::line:1`.

This holds in a project: where a `mkdocs.yml` that names the plugin `greenroom` stands in pytest's root folder, or above
it. Anywhere else this module does nothing, and loads nothing but pytest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr, TracebackStyle

    from greenroom.build import Project
    from greenroom.config import Config
    from greenroom.model import Cell, Module, Output, Problem, Span
    from greenroom.record.engine import Engine, Run


def pytest_configure(config: pytest.Config) -> None:
    """Look for a project; in one, there are tests to collect."""
    root = _root(config.rootpath)
    if root is not None:
        config.stash[_SNIPPETS] = Snippets(config, root)
        config.pluginmanager.register(_Collection(config), "greenroom-collection")


def _root(start: Path) -> Path | None:
    """The folder of the nearest `mkdocs.yml` from `start` upwards, if that names the plugin."""
    folder = next((folder for folder in (start, *start.parents) if (folder / "mkdocs.yml").is_file()), None)
    if folder is None:
        return None
    text = (folder / "mkdocs.yml").read_text(encoding="utf-8", errors="replace")
    if "greenroom" not in text:
        return None
    from greenroom import config

    return folder if config.names_plugin(text) else None


class Snippets:
    """What the tests of a session share: the project, and what came of the modules that have run.

    Each module runs once, when the first test that needs it is due. The others that are due then run beside it, on the
    cores there are; but a worker of xdist, which learns test by test what is due, leaves the other cores to the others.
    """

    def __init__(self, config: pytest.Config, root: Path) -> None:
        """Read nothing yet.

        Args:
            config: pytest's configuration.
            root: The project's root.
        """
        self.root = root
        self.due: Sequence[Module] = ()
        self._is_worker = hasattr(config, "workerinput")
        self._ran: dict[str, Run] = {}
        self._differences: dict[str, tuple[Problem, ...]] = {}
        self._end = ExitStack()
        config.add_cleanup(self._end.close)

    @cached_property
    def settings(self) -> Config:
        """The project's settings."""
        from greenroom import config

        return config.parse((self.root / config.FILE).read_text(encoding="utf-8", errors="replace"))[0]

    @cached_property
    def folder(self) -> Path:
        """The folder of the lessons."""
        return self.root / self.settings.snippets

    @cached_property
    def modules(self) -> dict[str, Module]:
        """All snippet modules, by their paths."""
        return {module.path: module for module in self._scanned[0].values()}

    @cached_property
    def project(self) -> Project:
        """The whole project, read and resolved."""
        from greenroom import build

        return build.load(self.root)

    @cached_property
    def _scanned(self) -> tuple[dict[tuple[str, str], Module], tuple[Problem, ...]]:
        from greenroom import build

        _, modules, problems = build.scan(self.root)
        return modules, problems

    def name(self, path: Path) -> str:
        """The path of a file or folder as the project has it."""
        return path.relative_to(self.root).as_posix()

    def lesson(self, path: Path) -> list[Module]:
        """The modules in a folder."""
        folder = self.name(path)
        return [module for module in self.modules.values() if module.path.rpartition("/")[0] == folder]

    def mistakes(self, path: str) -> list[Problem]:
        """What is wrong with a module before it runs."""
        return [problem for problem in self._scanned[1] if problem.span.path == path]

    def cells(self, module: Module) -> tuple[Cell, ...]:
        """The cells of a module that run."""
        from greenroom import record

        return record.trace(self.root, module)[0].cells

    def run(self, module: Module) -> Run:
        """What came of running a module, which runs now unless it has run."""
        if module.path not in self._ran:
            runs = self._start([module]) if self._is_worker else self._all
            while module.path not in self._ran:
                run = next(runs)
                self._ran[run.sources.module.path] = run
        return self._ran[module.path]

    @cached_property
    def _all(self) -> Iterator[Run]:
        return self._start(self.due)

    def _start(self, modules: Sequence[Module]) -> Iterator[Run]:
        from greenroom import record

        runs = record.runs(self._engine, self.root, modules)
        self._end.callback(runs.close)
        return runs

    @cached_property
    def _engine(self) -> Engine:
        from greenroom.record.engine import Engine

        return self._end.enter_context(Engine(self.root, self.settings.limits))

    def differences(self, module: Module) -> tuple[Problem, ...]:
        """What of a module's outputs is other than was recorded, or why nothing can be held against its recording."""
        from greenroom import record

        if module.path not in self._differences:
            recording, unfit = record.recorded(self.root, module)
            self._differences[module.path] = unfit or record.differences(self.run(module), recording)
        return self._differences[module.path]


_SNIPPETS = pytest.StashKey[Snippets]()


# --- what there is to test ------------------------------------------------------------------------------------------


class _Collection:
    """The hooks of a session in a project."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._snippets = config.stash[_SNIPPETS]
        self._named: dict[Path, list[str]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Directory | None:
        return Lessons.from_parent(parent, path=path) if path.is_relative_to(self._snippets.folder) else None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.File | None:
        if file_path.suffix != ".md":
            return None
        root, settings = self._snippets.root, self._snippets.settings
        is_page = any(file_path.is_relative_to(root / folder) for folder in (settings.slides, settings.docs))
        return Page.from_parent(parent, path=file_path) if is_page or file_path == root / "README.md" else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        # pytest takes no test's name after a folder's: let it collect the folder, and choose from what it finds.
        for place, argument in enumerate(self._config.args):
            name, _, test = argument.partition("::")
            folder = Path(self._config.invocation_params.dir, name)
            if test and folder.is_dir() and folder.is_relative_to(self._snippets.folder):
                self._named.setdefault(folder, []).append(test)
                self._config.args[place] = name

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for folder, names in self._named.items():
            there = {name for item in items if item.path.is_relative_to(folder) for name in _names(item)}
            if missing := set(names) - there:
                raise pytest.UsageError(f"not found: {folder}::{min(missing)}")
        left_out = [item for item in items if self._is_left_out(item)]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]

    def _is_left_out(self, item: pytest.Item) -> bool:
        """Whether a test is collected only since another one of its lesson was asked for."""
        folder = next((folder for folder in self._named if item.path.is_relative_to(folder)), None)
        if folder is None or not _names(item).isdisjoint(self._named[folder]):
            return False
        others = [Path(self._config.invocation_params.dir, each.partition("::")[0]) for each in self._config.args]
        return not any(item.path.is_relative_to(other) for other in others if other not in self._named)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        due = [module for item in session.items if isinstance(item, _SnippetTest) for module, _ in item.parts]
        self._snippets.due = tuple({module.path: module for module in due}.values())

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object | None:
        """Keep the tests of a lesson on one worker, so that no module runs twice."""
        asked = [Path(config.invocation_params.dir, each.partition("::")[0]) for each in config.args]
        folder = self._snippets.folder
        if config.getoption("dist") == "load" and any(
            folder.is_relative_to(path) or path.is_relative_to(folder) for path in asked
        ):
            return _scheduler(config, log, folder)
        return None


def _names(item: pytest.Item) -> set[str]:
    """By what a test can be asked for: with what is in brackets, or without."""
    return {item.name, item.name.partition("[")[0]}


def _scheduler(config: pytest.Config, log: Any, folder: Path) -> object:
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class LessonScheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            place = config.rootpath / path
            if place.is_relative_to(folder):
                return path.rpartition("/")[0] if place.suffix == ".py" else path
            return "census" if nodeid.endswith(".md::census") else nodeid

    return LessonScheduling(config, log)


class Lessons(pytest.Directory):
    """A lesson, or a folder of lessons. No module in it comes into pytest's own hands, which would import it."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Give the modules of the lesson, what they are to agree on, and the lessons and other files below."""
        from greenroom.record import parity, store

        snippets = self.config.stash[_SNIPPETS]
        for path in sorted(self.path.iterdir()):
            if path.name == store.FOLDER or path.name.startswith("."):
                continue
            if not self.session.isinitpath(path, with_parents=True) and self.ihook.pytest_ignore_collect(
                collection_path=path, config=self.config
            ):
                continue
            if path.is_dir():
                yield self.ihook.pytest_collect_directory(path=path, parent=self)
            elif snippets.name(path) in snippets.modules or snippets.mistakes(snippets.name(path)):
                yield Snippet.from_parent(self, path=path)
            else:
                yield from self.ihook.pytest_collect_file(file_path=path, parent=self)
        named: dict[str, list[_Part]] = {}
        for module in snippets.lesson(self.path):
            for cell in filter(parity.names, module.cells):
                named.setdefault(cell.name, []).append((module, cell))
        for name, parts in named.items():
            yield LessonParity.from_parent(self, name=f"{name}[parity]", parts=parts)


class Snippet(pytest.File):
    """A snippet module."""

    def collect(self) -> Iterable[pytest.Item]:
        """Give the module's cells and their outputs; if it cannot be read, tell why."""
        snippets = self.config.stash[_SNIPPETS]
        name = snippets.name(self.path)
        if mistakes := snippets.mistakes(name):
            raise self.CollectError(_mistake(mistakes).text)
        module = snippets.modules[name]
        for cell in snippets.cells(module):
            name = cell.name or f"line:{max(cell.header, 1)}"
            yield CellRun.from_parent(self, name=name, parts=[(module, cell)])
            if cell.option("output") != "any":
                yield CellOutput.from_parent(self, name=f"{name}[output]", parts=[(module, cell)])


class Page(pytest.File):
    """A talk, a page of the docs, or the README."""

    def collect(self) -> Iterable[pytest.Item]:
        """Give the page's census."""
        yield Census.from_parent(self, name="census")


# --- tests ----------------------------------------------------------------------------------------------------------

_Part = tuple["Module", "Cell"]


class _MistakeError(Exception):
    """What a test has found: where, in a line, and in full."""

    def __init__(self, span: Span, fact: str, text: str) -> None:
        self.span = span
        self.fact = fact
        self.text = text
        super().__init__(text)


def _mistake(problems: Iterable[Problem]) -> _MistakeError:
    from greenroom.problems import report

    first = min(problems)
    return _MistakeError(first.span, _line(first), report(problems))


def _consequence(problem: Problem, fact: str) -> _MistakeError:
    """What follows from a problem that another test tells in full."""
    fact = f"{_line(problem)}, so {fact}"
    return _MistakeError(problem.span, fact, f"{problem.span}: {fact}")


def _line(problem: Problem) -> str:
    return problem.fact.partition("\n")[0].rstrip(":")


class _Test(pytest.Item):
    """A test that reports mistakes of the author as greenroom does, where they are, without a word on pytest."""

    @property
    def snippets(self) -> Snippets:
        return self.config.stash[_SNIPPETS]

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: TracebackStyle | None = None
    ) -> str | TerminalRepr:
        mistake = excinfo.value
        if not isinstance(mistake, _MistakeError):
            return super().repr_failure(excinfo, style)
        shown = excinfo.getrepr(style="value")
        if shown.reprcrash is not None:  # what the summary says, and where editors and CI systems put their mark
            shown.reprcrash.path = str(self.snippets.root / mistake.span.path)
            shown.reprcrash.lineno = mistake.span.line
            shown.reprcrash.message = mistake.fact
        return shown


class Census(_Test):
    """Every fence of a page is proven, or says why it is not; and nothing else is wrong with the page."""

    def runtest(self) -> None:
        """Read the whole project, once for all pages."""
        from greenroom.config import FILE

        names = (self.snippets.name(self.path), FILE)
        if problems := [problem for problem in self.snippets.project.problems if problem.span.path in names]:
            raise _mistake(problems)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The page, and how the report calls the test."""
        return self.path, 0, self.snippets.name(self.path)


class _SnippetTest(_Test):
    """A test that runs modules, and has a cell in each of them."""

    def __init__(self, *, name: str, parent: pytest.Collector, parts: Sequence[_Part], **options: Any) -> None:
        # An id given as text is read as pytest reads those of its cache, brackets included.
        super().__init__(name, parent, nodeid=f"{parent.nodeid}::{name}", **options)
        self.parts = parts

    def output(self, module: Module, cell: Cell) -> Output:
        """What the cell produced.

        Raises:
            _MistakeError: It did not run as its header expects, which its own test tells.
        """
        if mistakes := self.snippets.mistakes(module.path):
            raise _consequence(min(mistakes), "there is nothing to compare")
        run = self.snippets.run(module)
        place = run.sources.cells.index(cell)
        if problems := _problems(run, place):
            raise _consequence(problems[0], "there is nothing to compare")
        if place >= len(run.outputs):
            name = f"`{cell.name}`" if cell.name else f"the cell of line {max(cell.header, 1)}"
            raise _consequence(_end(run) or run.problems[0], f"{name} did not run")
        return run.outputs[place]


class CellRun(_SnippetTest):
    """The cell runs as its header expects."""

    def runtest(self) -> None:
        """Tell the cell's own problems; if it never ran, why."""
        ((module, cell),) = self.parts
        run = self.snippets.run(module)
        place = run.sources.cells.index(cell)
        if place < len(run.outputs) and run.outputs[place].stdout:
            self.add_report_section("call", "stdout", run.outputs[place].stdout)
        if problems := _problems(run, place):
            raise _mistake(problems)
        self.output(module, cell)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The cell's header, and how the report calls the test."""
        ((module, cell),) = self.parts
        return self.path, max(cell.header, 1) - 1, f"{module.lesson}/{module.framework}:{self.name}"


class CellOutput(CellRun):
    """The cell produced what was recorded."""

    def runtest(self) -> None:
        """Tell how the cell's output differs from its recording, or why they cannot be compared."""
        from greenroom.problems import Code

        ((module, cell),) = self.parts
        self.output(module, cell)
        if problems := [
            problem
            for problem in self.snippets.differences(module)
            if problem.code != Code.RECORDING_DIFFERS or problem.span.line == max(cell.header, 1)
        ]:
            raise _mistake(problems)


class LessonParity(_SnippetTest):
    """The frameworks of a lesson agree on the values that a cell's headers name."""

    def runtest(self) -> None:
        """Compare the values of all frameworks that have the cell."""
        from greenroom.model import Recording
        from greenroom.record import parity

        fresh = {
            module.path: Recording(module.path, "", (), (self.output(module, cell),)) for module, cell in self.parts
        }
        headers = {(module.path, cell.header) for module, cell in self.parts}
        _, found = parity.hold(self.snippets.lesson(self.path), fresh)
        if problems := [problem for problem in found if (problem.span.path, problem.span.line) in headers]:
            raise _mistake(problems)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The lesson, and how the report calls the test."""
        return self.path, None, f"{self.parts[0][0].lesson}:{self.name}"


def _end(run: Run) -> Problem | None:
    """The problem that kept a run from its end."""
    from greenroom.problems import Code

    others = (Code.RUN_NOT_RAISED, Code.RUN_CHANGED)
    ends = (problem for problem in run.problems if problem.code.startswith("run-") and problem.code not in others)
    return next(ends, None)


def _problems(run: Run, place: int) -> list[Problem]:
    """The problems of a run that belong to the cell in this place."""
    places = {max(cell.header, 1): place for place, cell in enumerate(run.sources.cells)}
    end = _end(run)
    return [
        problem
        for problem in run.problems
        if place == (run.failed if problem is end and run.failed is not None else places.get(problem.span.line, 0))
    ]
