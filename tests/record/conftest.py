"""A project for snippets that are written by the tests, and one engine for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest

from greenroom import record, source
from greenroom.model import Module
from greenroom.record import key
from greenroom.record.engine import Engine, Run

NUMBERS = count(1)


@dataclass
class Project:
    """A project's folder, in which each module has a lesson to itself unless it says otherwise."""

    root: Path

    def write(self, text: str, framework: str = "python", lesson: str | None = None) -> Module:
        lesson = lesson or f"lesson{next(NUMBERS)}"
        path = f"snippets/{lesson}/{framework}.py"
        return self.file(path, text) or self.scan(path)

    def file(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def scan(self, path: str) -> Module:
        lesson, _, name = path.removeprefix("snippets/").rpartition("/")
        module, problems = source.scan((self.root / path).read_text(encoding="utf-8"), path, lesson, name[:-3])
        assert not problems
        return module

    def read(self, path: str) -> bytes | None:
        file = self.root / path
        return file.read_bytes() if file.is_file() else None

    def trace(self, module: Module) -> key.Sources:
        sources, problems = key.trace(module, self.read)
        assert not problems
        return sources


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of the test's own."""
    return Project(tmp_path)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project of the shared engine."""
    return Project(tmp_path_factory.mktemp("project").resolve())


@pytest.fixture(scope="session")
def engine(shared: Project) -> Iterator[Engine]:
    """The engine that all tests share, so that each framework is imported once."""
    with Engine(shared.root) as started:
        yield started


@pytest.fixture
def run(engine: Engine, shared: Project) -> Callable[..., Run]:
    """Run a module of this text in the shared engine."""

    def run_text(text: str, framework: str = "python") -> Run:
        return engine.run_one(shared.trace(shared.write(text, framework)))

    return run_text


@pytest.fixture
def recorded(project: Project) -> Callable[..., record.Recorded]:
    """Record modules of the test's own project in an engine of their own."""

    def record_modules(
        *modules: Module, chosen: tuple[Module, ...] | None = None, accept: bool = False
    ) -> record.Recorded:
        with Engine(project.root) as own:
            chosen = record.outdated(project.root, modules) if chosen is None else chosen
            return record.record(own, project.root, "snippets", modules, chosen, accept=accept)

    return record_modules
