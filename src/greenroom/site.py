"""The site, built by MkDocs with our plugin: whole or not at all, and only when something changed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from greenroom import build as stages
from greenroom import config, output
from greenroom.build import Built
from greenroom.config import Config
from greenroom.model import Problem, Span
from greenroom.problems import Code


def build(root: Path) -> Built:
    """Build the site with its decks; the old one stays where there is a mistake."""
    settings, problems = _settings(root)
    site = root / settings.site
    if problems:
        return Built(site, problems=problems)
    output.recover(site)
    inputs = output.digest(_inputs(root, settings))  # before the build: what is saved while it runs counts as a change
    facts = output.read_stamp(site)
    if facts is not None and facts["digest"] == output.digest([inputs, *_paths(root, facts.get("others", ()))]):
        return Built(site, current=True)
    others, problems = _run_mkdocs(root)
    if problems:
        return Built(site, problems=problems)
    output.stamp(site, {"digest": output.digest([inputs, *_paths(root, others)]), "others": others})
    return Built(site)


def folder(root: Path) -> Path:
    """The folder that the site is built into."""
    return root / stages.configuration(root)[0].site


def _run_mkdocs(root: Path) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Build with MkDocs, strictly: what it warns of, such as a link that leads nowhere, is a mistake like any other.

    Returns:
        `Project.others` of what was built, and the problems.
    """
    import logging

    from mkdocs.commands import build as command
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    from greenroom.mkdocs_plugin import ProjectError

    told: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("mkdocs")
    logger.addHandler(handler)
    try:
        settings = load_config(str(root / config.FILE), strict=True)
        command.build(settings)
    except ProjectError as error:
        return (), error.problems
    except MkDocsException as error:
        span = Span(config.FILE, 1)
        hint = "MkDocs says so, which builds the site: its documentation tells more"
        return (), tuple(Problem(span, Code.MKDOCS, fact, hint) for fact in told or [str(error)])
    finally:
        logger.removeHandler(handler)
    plugin: Any = settings.plugins["greenroom"]
    project: stages.Project = plugin.project
    return project.others, ()


def _paths(root: Path, names: Iterable[str]) -> list[Path]:
    return [root / name for name in names]


def _settings(root: Path) -> tuple[Config, tuple[Problem, ...]]:
    settings, problems = stages.configuration(root)
    if not problems and not config.names_plugin((root / config.FILE).read_text(encoding="utf-8")):
        fact = "`greenroom` is not among the plugins, so there would be no deck and no page of a talk"
        problems = (Problem(Span(config.FILE, 1), Code.CONFIG, fact, "write `- greenroom` below `plugins:`"),)
    return settings, problems


def _inputs(root: Path, settings: Config) -> Iterator[object]:
    """Everything that decides how the site looks: the project's files, and the versions of what builds it."""
    if (found := importlib.util.find_spec("mkdocs")) and found.origin:
        yield sorted(path.name for path in Path(found.origin).parents[1].glob("*.dist-info"))
    for name in (config.FILE, "README.md"):
        yield root / name
    for folder in (settings.docs, settings.slides, settings.snippets):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(root).as_posix()
                yield path
