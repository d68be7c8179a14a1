"""Where the notebooks lie in the site, and the services that open them from a repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from greenroom.model import FRAMEWORKS, Recording, Repository, Talk

FOLDER = "notebooks"
"""The folder of the notebooks in the site, and so on the branch that the site is published on."""


def of_module(lesson: str, framework: str) -> str:
    """The place of a module's notebook in `FOLDER`."""
    return f"snippets/{lesson}-{framework}.ipynb"


def of_talk(name: str, framework: str) -> str:
    """The place of a talk's notebook in `FOLDER`."""
    return f"talks/{name}-{framework}.ipynb"


def frameworks(talk: Talk) -> tuple[str, ...]:
    """The frameworks that a talk has a notebook for. What is shown in plain Python is in all of them."""
    shown = {listing.framework for slide in talk.slides for fence in slide.fences for listing in fence.listings}
    found = tuple(framework for framework in FRAMEWORKS if framework in shown)
    return tuple(framework for framework in found if framework != "python") or found


def services(place: str, repository: Repository | None) -> Iterator[tuple[str, str]]:
    """The names and addresses of what opens a notebook in a browser; none if there is no repository to take it from.

    Args:
        place: Of the notebook in `FOLDER`.
        repository: Where the site is published.
    """
    if repository:
        branch, path = quote(repository.branch), quote(f"{FOLDER}/{place}")
        yield "Colab", f"https://colab.research.google.com/github/{repository.name}/blob/{branch}/{path}"
        branch, path = quote(repository.branch, safe=""), quote(f"{FOLDER}/{place}", safe="")
        yield "Binder", f"https://mybinder.org/v2/gh/{repository.name}/{branch}?labpath={path}"


def environment(recordings: Iterable[Recording], repository: Repository | None) -> dict[str, str]:
    """What tells Binder which Python it takes: paths in the site → content. Packages are installed by the notebooks."""
    versions = [dict(recording.versions).get("python", "") for recording in recordings]
    newest = max((tuple(map(int, version.split(".")[:2])) for version in versions if version), default=None)
    if repository is None or newest is None:
        return {}
    return {"binder/runtime.txt": "python-{}.{}\n".format(*newest)}
