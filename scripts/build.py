"""Build the talk: the deck and the site, into `site/`. Needs Python 3.11 or later, and nothing else."""

from __future__ import annotations

import argparse
import sys

import environment


def main() -> int:
    """Install what is missing, then let greenroom build or present."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--serve", action="store_true", help="show it in a browser, and each change as soon as a file is saved"
    )
    serve = parser.parse_args().serve
    environment.require_python()
    environment.install()
    return environment.run("greenroom", "present" if serve else "build")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
