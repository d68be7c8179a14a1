"""Measures what a deck costs a browser: bytes, time until it is ready, and main-thread time, with the network blocked.

Usage: browser.py DECK/index.html [ROUNDS]
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Response, Route, sync_playwright

from greenroom.browser import find

OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
READY = "window.Reveal && Reveal.isReady()"


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def load(browser: Browser, url: str) -> dict[str, float]:
    """Load a deck in a fresh profile, without anything that watches it.

    Returns:
        `ready`, ms from the start of the navigation until reveal.js says so; `main_thread`, ms of processor time that
        the page's main thread took until then and for half a second more.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.add_init_script(
        "document.addEventListener('ready', () => performance.mark('deck-ready'), {capture: true, once: true})"
    )
    client = context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(url)
    page.wait_for_function(READY)
    page.wait_for_timeout(500)
    result = {
        "ready": page.evaluate("performance.getEntriesByName('deck-ready')[0].startTime"),
        "main_thread": _busy(client) * 1000,
    }
    context.close()
    return result


def _busy(client: CDPSession) -> float:
    metrics = {metric["name"]: metric["value"] for metric in client.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def weigh(browser: Browser, url: str) -> dict[str, float]:
    """Load a deck and count: `bytes` loaded, uncompressed, and the requests that would have left the machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    bodies: list[Response] = []
    outside: list[str] = []

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).hostname != urlsplit(url).hostname:
            outside.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/*", guard)
    page.on("response", lambda response: bodies.append(response))
    page.goto(url)
    page.wait_for_function(READY)
    page.wait_for_timeout(500)
    result = {"bytes": sum(len(response.body()) for response in bodies if response.ok), "outside": len(outside)}
    context.close()
    return result


def measure(deck: Path, rounds: int = 5) -> dict[str, float]:
    """The medians of so many loads of a deck's `index.html` from a server on loopback."""
    return compare(deck, rounds=rounds)[0]


def compare(*decks: Path, rounds: int = 5) -> list[dict[str, float]]:
    """What `measure` gives of several decks, which are loaded in turn, so that what else goes on meets them alike."""
    with sync_playwright() as playwright, ExitStack() as servers:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", OFFLINE])
        urls = [f"{servers.enter_context(served(deck.parent))}/{deck.name}" for deck in decks]
        loads = [[load(browser, url) for url in urls] for _ in range(rounds + 1)][1:]  # the first warms the browser
        found = [
            {key: statistics.median(each[key] for each in of_deck) for key in of_deck[0]} | weigh(browser, url)
            for url, of_deck in zip(urls, zip(*loads, strict=True), strict=True)
        ]
        browser.close()
    return found


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5), indent=2))
