"""The site, built by MkDocs with our plugin: whole or not at all, and only when something changed."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenroom import build as stages
from greenroom import config, output
from greenroom.build import Built
from greenroom.config import Config
from greenroom.model import Problem, Span
from greenroom.problems import Code

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site.

    Attributes:
        title: What it is called in the navigation.
        path: Where it lies in the site.
        sections: What the parts of the navigation are called that it is in, the outermost first.
        html: What is on it, without what all pages have around that.
    """

    title: str
    path: str
    sections: tuple[str, ...]
    html: str


@dataclass(frozen=True, slots=True)
class Book:
    """The site as something to be read from its beginning to its end.

    Attributes:
        title: What it is called.
        author: Who wrote it, or "".
        about: What it is about, or "".
        language: Its language.
        url: Where it is published, or "".
        sheets: The paths in the site of the style sheets that pages have beside those of the theme.
        pages: The pages, in the order of the navigation.
    """

    title: str
    author: str
    about: str
    language: str
    url: str
    sheets: tuple[str, ...]
    pages: tuple[Page, ...]


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
    built, problems = _run_mkdocs(root)
    if built is None:
        return Built(site, problems=problems)
    others = _plugin(built).project.others
    output.stamp(site, {"digest": output.digest([inputs, *_paths(root, others)]), "others": others})
    return Built(site)


def read(root: Path, folder: Path) -> tuple[Book | None, tuple[Problem, ...]]:
    """Build the site into another folder, and give what its navigation leads through.

    Args:
        root: The project's root.
        folder: A folder that does not exist yet.
    """
    problems = _settings(root)[1]
    built, problems = (None, problems) if problems else _run_mkdocs(root, site_dir=str(folder))
    if built is None:
        return None, problems
    pages = tuple(
        Page(
            str(page.title),
            page.file.dest_uri,
            tuple(str(section.title) for section in reversed([*page.ancestors])),
            page.content or "",
        )
        for page in _plugin(built).nav.pages
    )
    said = (built.site_name, built.site_author or "", built.site_description or "")
    language = str(built.theme.get("language") or built.theme.get("locale") or "en")
    sheets = tuple(str(sheet) for sheet in built.extra_css)
    return Book(*said, language, built.site_url or "", sheets, pages), ()


def folder(root: Path) -> Path:
    """The folder that the site is built into."""
    return root / stages.configuration(root)[0].site


def _run_mkdocs(root: Path, **given: str) -> tuple[MkDocsConfig | None, tuple[Problem, ...]]:
    """Build with MkDocs, strictly: what it warns of, such as a link that leads nowhere, is a mistake like any other.

    Args:
        root: The project's root.
        given: Settings in the place of the project's.
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
        settings = load_config(str(root / config.FILE), strict=True, **given)
        command.build(settings)
    except ProjectError as error:
        return None, error.problems
    except MkDocsException as error:
        span = Span(config.FILE, 1)
        hint = "MkDocs says so, which builds the site: its documentation tells more"
        return None, tuple(Problem(span, Code.MKDOCS, fact, hint) for fact in told or [str(error)])
    finally:
        logger.removeHandler(handler)
    return settings, ()


def _plugin(settings: MkDocsConfig) -> Any:
    """Our plugin, after a build."""
    return settings.plugins["greenroom"]


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
    for name in config.variables((root / config.FILE).read_text(encoding="utf-8")):
        yield os.environ.get(name)
    for place in (settings.docs, settings.slides, settings.snippets, *settings.beside):
        for path in sorted([root / place, *(root / place).rglob("*")]):
            if path.is_file() and "__pycache__" not in path.parts:
                yield os.path.relpath(path, root)
                yield path
