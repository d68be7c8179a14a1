"""What the tests share: golden results and how they are made anew, a browser, and a server of files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

collect_ignore = ["cases"]

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh", action="store_true", help="write the golden results of tests/cases anew")


@pytest.fixture
def refresh(request: pytest.FixtureRequest) -> bool:
    """Whether golden results are written, not compared."""
    return bool(request.config.getoption("--refresh"))


@pytest.fixture
def golden(refresh: bool) -> Golden:
    """Hold a text against a file, or write the file."""

    def hold(path: Path, text: str) -> None:
        if refresh:
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return hold


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser. Of the module alone: while Playwright is at work, nothing else can run an event loop."""
    from playwright.sync_api import sync_playwright

    from greenroom import browser

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser.find(), args=["--no-sandbox"])
        yield launched
        launched.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def served() -> Iterator[Callable[[Path], str]]:
    """Serves folders over HTTP until the end of the module's tests; gives their addresses."""
    with ExitStack() as servers:

        def serve(folder: Path) -> str:
            server = servers.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield serve
