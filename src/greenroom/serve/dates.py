"""When files were written, as far as that can be told."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

ENOUGH_SECONDS = 5.0
"""How long git may take to say it."""


def dates(root: Path, paths: Sequence[str]) -> dict[str, str]:
    """The day on which each file was committed last, or changed, if it was changed since or git knows nothing of it.

    Args:
        root: The project's root.
        paths: The files' paths, relative to the root; those that are not there are left out.
    """
    changed = set(_git(root, "ls-files", "-m", "-o", "-z", "--", *paths).split("\0"))
    found: dict[str, str] = {}
    day = ""
    for line in _git(root, "log", "--format=%x00%cs", "--name-only", "--relative", "--", *paths).split("\n"):
        if line.startswith("\0"):
            day = line[1:]
        elif line and line not in changed:
            found.setdefault(line, day)
    for path in set(paths) - found.keys():
        with suppress(OSError):
            found[path] = datetime.fromtimestamp((root / path).stat().st_mtime).astimezone().date().isoformat()
    return {path: day for path, day in found.items() if (root / path).is_file()}


def _git(root: Path, *arguments: str) -> str:
    """What git says; "" if there is no git, or the project is in none of its repositories."""
    try:
        command = ["git", "-c", "core.quotePath=false", *arguments]
        done = subprocess.run(command, cwd=root, capture_output=True, timeout=ENOUGH_SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")
