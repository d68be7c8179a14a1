"""The decks as the site would have them, in a folder of their own, for whatever format they go into."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from greenroom import build, output
from greenroom.build import Project


@contextmanager
def staged(project: Project, names: Collection[str]) -> Iterator[dict[str, Path]]:
    """Write decks into a temporary folder.

    Args:
        project: The project, without mistakes.
        names: Of the talks.

    Yields:
        By the names of the talks, the page of each deck; what it needs lies beside it.
    """
    with TemporaryDirectory(prefix="greenroom-") as root:
        pages = {}
        for name, deck in build.decks(project).items():
            if name in names:
                folder = Path(root) / "slides" / name
                output.write(folder, {**deck.files, "index.html": deck.page(deck.stacks)})
                pages[name] = folder / "index.html"
        yield pages
