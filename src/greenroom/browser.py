"""Finds a browser: an installed Chrome, Chromium or Edge, or else Playwright's own. `python -m` says which."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAMES = ("google-chrome", "google-chrome-stable", "chrome", "chromium", "chromium-browser", "microsoft-edge", "msedge")

PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    *(
        str(Path(os.environ.get(root, "C:/")) / program)
        for root in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        for program in ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
    ),
)


class NoBrowserError(RuntimeError):
    """No browser was found."""

    def __init__(self) -> None:
        super().__init__("no browser found: install Chrome, Chromium or Edge, or run `playwright install chromium`")


def find() -> str:
    """The program of a browser.

    Raises:
        NoBrowserError: If there is none.
    """
    installed = next(filter(None, map(shutil.which, (*NAMES, *PLACES))), None)
    if installed:
        return installed
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if not Path(own).exists():
        raise NoBrowserError
    return own


if __name__ == "__main__":
    try:
        print(f"browser: {find()}")
    except NoBrowserError as error:
        sys.exit(f"error: {error}")
