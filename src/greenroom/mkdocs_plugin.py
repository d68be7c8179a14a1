"""The MkDocs plugin: `mkdocs build` and `mkdocs serve` alone make the whole site, decks included.

It adds what greenroom generates to MkDocs' files, and has MkDocs build into a new folder, which takes the place of the
site only when everything went well.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config.base import Config as Options
from mkdocs.config.config_options import Type
from mkdocs.exceptions import Abort
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.utils import CountHandler, nest_paths

from greenroom import assets, markdown_extension, memo, offers, output, pages, resources
from greenroom import build as stages
from greenroom.model import Problem
from greenroom.problems import report

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

    from greenroom.build import Project

ASSETS = "assets/greenroom"
STYLE = f"{ASSETS}/site.css"


EXTENSIONS: Mapping[str, dict[str, Any]] = {
    "admonition": {},
    "attr_list": {},
    "def_list": {},
    "footnotes": {},
    "md_in_html": {},
    "tables": {},
    "pymdownx.details": {},
    "pymdownx.highlight": {"stripnl": False},
    "pymdownx.superfences": {"preserve_tabs": True},
    "pymdownx.tabbed": {"alternate_style": True},
    "pymdownx.tasklist": {"custom_checkbox": True},
    "greenroom.markdown_extension": {},
}
"""What pages are written in. An extension that `mkdocs.yml` names has the settings given there."""


class PluginOptions(Options):  # type: ignore[no-untyped-call]
    """The options, which `greenroom.config` reads; here MkDocs learns that they exist."""

    slides = Type(str, default="slides")
    snippets = Type(str, default="snippets")
    limits = Type(dict, default={})
    rehearse = Type(dict, default={})
    notebooks_branch = Type((str, bool), default="")


class ProjectError(Abort):
    """The project has mistakes; the message tells them all."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(report(problems))
        self.problems = problems


class GreenroomPlugin(BasePlugin[PluginOptions]):  # type: ignore[no-untyped-call]
    """Puts the talks' decks and pages, and the lessons, into the site."""

    def __init__(self) -> None:
        self.project: Project | None = None
        self.serving = False
        self.site = Path()
        self.new: Path | None = None
        self.nav: Navigation | None = None

    def on_startup(self, *, command: str, dirty: bool) -> None:  # noqa: ARG002
        """Learn whether the site is built or shown; MkDocs shows a folder of its own."""
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> None:
        """Load the project, or end here with all that is wrong with it, before anything is written."""
        root = Path(config.config_file_path or config.docs_dir).parent
        config.watch += [str(root / self.config.slides), str(root / self.config.snippets)]
        config.extra_css[:0] = [f"{ASSETS}/math.css", STYLE]
        for name, settings in EXTENSIONS.items():
            if name not in config.markdown_extensions:
                config.markdown_extensions.append(name)
                config.mdx_configs.setdefault(name, settings)
        memo.turn()  # MkDocs asks for the pages that loading holds to be right, and loads again where it serves
        project = stages.load(root)
        if project.problems:
            raise ProjectError(project.problems)
        # An address that comes from the environment is known to MkDocs alone.
        self.project = replace(project, config=replace(project.config, repo_url=config.repo_url or ""))
        if not self.serving:
            self.site = Path(config.site_dir)
            self.new = output.fresh(self.site)
            config.site_dir = str(self.new)

    def on_files(self, files: Files, config: MkDocsConfig) -> None:
        """Add what is generated, and put the talks' pages where the navigation names their folder."""
        written = sorted(file.src_uri for file in files.documentation_pages())
        project = self._loaded()
        sections: dict[str, dict[str, str]] = {}
        for talk in project.talks:
            sections[f"talks/{talk.name}/"] = pages.render(
                talk,
                {address: resources.place(address) for address in project.resources[talk.path]},
                project.config.repository,
            )
        sections["snippets/"] = pages.lessons(
            project.modules, project.recordings, project.talks, project.config.repository
        )
        for section in sections.values():
            for path, text in section.items():
                files.append(File.generated(config, path, content=text))
        for path, content in self._assets(project, config).items():
            source = {"abs_src_path": str(content)} if isinstance(content, Path) else {"content": content}
            files.append(File.generated(config, path, **source))
        folders: dict[str, list[Any]] = {folder: list(section) for folder, section in sections.items()}
        folders["snippets/"] = _nested(folders["snippets/"])
        if config.nav is None:
            titles = {f"talks/{talk.name}/": talk.title for talk in project.talks} | {"snippets/": "Snippets"}
            generated = [{titles[folder]: folder} for folder in folders if folders[folder]]
            config.nav = [*nest_paths(written), *generated]  # type: ignore[no-untyped-call]
        config.nav = list(_expanded(config.nav, folders))

    def _assets(self, project: Project, config: MkDocsConfig) -> dict[str, Path | str | bytes]:
        """Everything that is no page, the decks among it: paths in the site → content, or the file to copy."""
        found: dict[str, Path | str | bytes] = {
            STYLE: Path(__file__).with_name("templates") / "site.css",
            **{f"{ASSETS}/{name}": path for name, path in assets.math().items()},
            **{module.path: project.root / module.path for module in project.modules.values()},
            **pages.figures(project.modules.values(), project.recordings),
            **{f"{offers.FOLDER}/{path}": text for path, text in stages.notebooks(project).items()},
            **offers.environment(project.recordings.values(), project.config.repository),
        }
        for talk in project.talks:
            read = pages.urls(talk, directories=config.use_directory_urls)
            programs = stages.programs_of(project, talk, directories=config.use_directory_urls)
            deck_files = stages.deck_files(talk, project.resources[talk.path], read, programs)
            found |= {f"slides/{talk.name}/{path}": content for path, content in deck_files.items()}
        return found

    def _loaded(self) -> Project:
        if self.project is None:
            raise RuntimeError("MkDocs asks for files before the configuration")
        return self.project

    @event_priority(-100)
    def on_nav(self, nav: Navigation, **_: object) -> None:
        """Keep the navigation, for those who want the pages in its order."""
        self.nav = nav

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG002
        """Expand the fences of a hand-written page, which knows its place here."""
        if page.file.generated_by:
            return markdown
        root = "/".join([".."] * page.file.src_uri.count("/")) or "."
        project = self._loaded()
        sources = markdown_extension.Sources(project.modules, project.recordings, project.config.repository)
        return markdown_extension.expand(markdown, page.file.src_uri, lambda: sources, root)[0]

    @event_priority(-100)
    def on_post_build(self, config: MkDocsConfig) -> None:
        """Put the new site in the place of the old one, once all other plugins have written to it."""
        if self.new is None or (config.strict and _warnings()):
            return
        output.swap(self.new, self.site)
        config.site_dir = str(self.site)
        self.new = None

    def on_build_error(self, error: Exception) -> None:  # noqa: ARG002
        """Leave the last good site as it is."""
        if self.new is not None:
            shutil.rmtree(self.new, ignore_errors=True)
            self.new = None


def _nested(paths: list[str]) -> list[Any]:
    """The pages of lessons, those of a folder of lessons in a section of their own."""
    flat = [path for path in paths if path.count("/") == 1]
    inner: dict[str, list[str]] = {}
    for path in paths[len(flat) :]:
        inner.setdefault(path.removeprefix("snippets/").rpartition("/")[0], []).append(path)
    return [*flat, *({folder: pages} for folder, pages in inner.items())]


def _expanded(nav: list[Any], folders: Mapping[str, list[Any]]) -> Iterator[Any]:
    """The navigation, with the pages of a folder in place of its name: `- The talk: talks/my-talk/`."""
    for entry in nav:
        if isinstance(entry, str) and entry in folders:
            yield from folders[entry]
        elif isinstance(entry, dict):
            yield {
                title: folders[value]
                if isinstance(value, str) and value in folders
                else list(_expanded(value, folders))
                if isinstance(value, list)
                else value
                for title, value in entry.items()
            }
        else:
            yield entry


def _warnings() -> bool:
    """Whether `--strict` is going to fail the build, which MkDocs decides later."""
    return any(isinstance(handler, CountHandler) and handler.counts for handler in logging.getLogger("mkdocs").handlers)
