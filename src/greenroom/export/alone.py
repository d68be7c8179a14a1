"""A deck that is taken away from its site: what leads to the site leads to where it is published, or is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

from greenroom import build, pages
from greenroom.build import Project


def files(project: Project, name: str) -> dict[str, bytes]:
    """All that lies in a deck's folder, by its path.

    Args:
        project: The project, without mistakes.
        name: Of the talk.
    """
    talk = next(talk for talk in project.talks if talk.name == name)
    site = project.config.site_url and urljoin(project.config.site_url, f"slides/{talk.name}/")
    read = pages.urls(talk, directories=project.config.directories) if site else ()
    published = tuple(tuple(urljoin(site, address) for address in stack) for stack in read)
    shown = build.programs_of(project, talk, directories=project.config.directories)
    found = build.deck_files(
        talk,
        project.resources[talk.path],
        published,
        [replace(each, docs=site and urljoin(site, each.docs)) for each in shown],
    )
    return {path: _bytes(content) for path, content in sorted(found.items())}


def _bytes(content: Path | str | bytes) -> bytes:
    if isinstance(content, Path):
        return content.read_bytes()
    return content.encode() if isinstance(content, str) else content
