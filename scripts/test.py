"""Run every check there is: style, types, the talk and its rehearsal, the tests. Needs Python 3.11 to 3.13.

What is missing is installed first: the frameworks, the test tools, and a browser where none is found.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

import environment

NEWEST_PYTHON = (3, 13)
"""The newest Python that has TensorFlow 2.21."""

CHECKS = (
    ("style", ("ruff", "check")),
    ("format", ("ruff", "format", "--check")),
    ("types", ("mypy",)),
    ("census", ("greenroom", "check")),
    ("rehearsal", ("greenroom", "rehearse")),
    ("tests", ("pytest", "--numprocesses=auto", "--dist=loadfile")),
)


def main() -> int:
    """Install what is missing, run the checks one after the other, and fail if any failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    environment.require_python(NEWEST_PYTHON)
    environment.install("browser", "dask", "dev", "export", "pytorch", "svg", "tf2")
    require_browser()
    failed = []
    for name, command in CHECKS:
        if failed:
            print(f"\nfailed so far: {', '.join(failed)}", flush=True)
        print(f"\n=== {name}: {' '.join(command)}", flush=True)
        if environment.run(*command):
            failed.append(name)
    return 1 if failed else 0


def require_browser() -> None:
    """Make sure that a browser is there: an installed one, else Playwright's own, else the distribution's package."""
    if has_browser():
        return
    print("No Chrome, Chromium or Edge found: installing one …", flush=True)
    if environment.run("playwright", "install", "chromium") and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
    if not has_browser():
        sys.exit("error: no browser for the tests\n  hint: install Chrome, Chromium or Edge, and run this again")


def has_browser() -> bool:
    """Whether the tests will find a browser."""
    return environment.run("python", "-m", "greenroom.browser") == 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
