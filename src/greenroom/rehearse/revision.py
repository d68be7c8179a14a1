"""The project as it was at a revision that git knows, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from greenroom.config import FILE
from greenroom.problems import nearest

PATIENCE = 120
"""For how many seconds git may be at something."""

ELSEWHERE = frozenset({"GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE"})
"""What a hook's variables say, which lead to another repository or index."""


class RevisionError(Exception):
    """There is no such revision, or it does not have the project."""

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(f"{fact}\n\nhint: {hint}")


@contextmanager
def checkout(root: Path, revision: str) -> Iterator[tuple[Path, str]]:
    """Put the project's files as they were into a temporary folder.

    Neither the repository nor its index change, and nothing is asked of the network.

    Args:
        root: The project's.
        revision: As git understands it: `main`, `HEAD~3`, `v1.0`.

    Yields:
        The project's root there, and the short name of the commit.

    Raises:
        RevisionError: If there is no git, no repository, no such revision, or no project in it.
    """
    try:
        folder = _git(root, "rev-parse", "--absolute-git-dir").strip()
    except FileNotFoundError:
        raise RevisionError("git is not installed", "install git, which knows how the project was") from None
    except subprocess.CalledProcessError as error:
        raise RevisionError(_said(error), "run this in a project that git keeps") from error
    commit = _commit(root, revision)
    within = _git(root, "rev-parse", "--show-prefix").strip()
    with TemporaryDirectory(prefix="greenroom-") as temporary:
        tree = Path(temporary, "project").resolve()
        tree.mkdir()
        index = {"GIT_INDEX_FILE": str(Path(temporary, "index"))}
        try:
            _git(root, "read-tree", f"{commit}:{within}", **index)
            _git(tree, f"--git-dir={folder}", "--work-tree=.", "checkout-index", "--all", "--quiet", **index)
        except subprocess.CalledProcessError as error:
            hint = "name a revision in which the project was here"
            raise RevisionError(f"`{revision}` cannot be had: {_said(error)}", hint) from error
        if not (tree / FILE).is_file():
            hint = "name a revision in which the project was here"
            raise RevisionError(f"there is no {FILE} at `{revision}`", hint)
        yield tree, _git(root, "rev-parse", "--short", commit).strip()


def _commit(root: Path, revision: str) -> str:
    try:
        return _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
    except subprocess.CalledProcessError as error:
        if _git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
            hint = "this clone has not all of the history: `git fetch --unshallow` gets it"
        else:
            names = _git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
            hint = nearest(revision, ["HEAD", *names.split()])
        raise RevisionError(f"there is no revision `{revision}`", hint) from error


def _git(folder: Path, *arguments: str, **environment: str) -> str:
    """What git says.

    Args:
        folder: Where it runs.
        arguments: The command.
        environment: Of its variables, those that count.
    """
    own = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    alone = {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ["git", *arguments]
    env = {**own, **alone, **environment}
    try:
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=PATIENCE, check=True)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise RevisionError(f"git takes longer than {PATIENCE} s for `{arguments[0]}`", "try again") from error
    return done.stdout.decode("utf-8", "replace")


def _said(error: subprocess.CalledProcessError) -> str:
    """The first line of what git says, without its own word for mistakes."""
    lines = error.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else f"git ends with {error.returncode}"
