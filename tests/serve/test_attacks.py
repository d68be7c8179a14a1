"""Each attacker is played: strangers, other users of the machine, pages from elsewhere. None gets anything."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright
from websockets import Origin
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from greenroom import browser
from greenroom.serve import app

FILES = {
    "slides/talk.md": '# A talk\n\n---\n<!-- .slide: id="sum" -->\n```python snippet="sums:total"\n```\n\nNote: hush\n',
    "snippets/sums/python.py": "# %% total\nprint('the sum')\nsum([1, 2, 3])\n",
    "site/index.html": "<!doctype html><title>A</title><body>A page</body>",
    "site/plain.txt": "plain",
    "secret.txt": "the secret",
}


@pytest.fixture(scope="module")
def root(project: Callable[..., Path]) -> Path:
    root = project(dict(FILES))
    (root / "site" / "link.txt").symlink_to(root / "secret.txt")
    (root / "site" / "out").symlink_to(root)
    return root


@pytest.fixture(scope="module")
def shown(root: Path, presented):
    return presented(root)


# --- raw sockets ----------------------------------------------------------------------------------------------------


def said(shown, request: bytes, seconds: float = 5) -> bytes:
    """All that the server answers to some bytes, until it ends the connection or says nothing for a while."""
    answer = b""
    with socket.create_connection(("127.0.0.1", shown.guard.port), timeout=seconds) as wire, suppress(TimeoutError):
        wire.sendall(request)
        while piece := wire.recv(65_536):
            answer += piece
    return answer


def asked(shown, path: str = "/slides/talk/", method: str = "GET", **headers: str) -> bytes:
    lines = {"Host": f"127.0.0.1:{shown.guard.port}", "Connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return said(shown, f"{method} {path} HTTP/1.1\r\n{written}\r\n".encode())


def test_the_author_is_let_in(shown):
    assert b"the sum" in asked(shown)
    assert asked(shown, "/plain.txt").endswith(b"plain")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1:{port}@x"]
)
def test_a_foreign_host_is_refused(host, shown):
    answer = asked(shown, Host=host.format(port=shown.guard.port))
    assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 400"))
    assert b"the sum" not in answer


def test_no_host_is_refused(shown):
    assert said(shown, b"GET /slides/talk/ HTTP/1.0\r\n\r\n").startswith((b"HTTP/1.1 403", b"HTTP/1.1 400"))


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_origin_is_refused(method, origin, shown):
    answer = asked(shown, method=method, Origin=origin.format(port=shown.guard.port))
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"access-control" not in answer.lower()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(("mode", "kind"), [("no-cors", "image"), ("no-cors", "script"), ("navigate", "iframe")])
def test_what_a_page_from_elsewhere_shows_or_loads_is_refused(site, mode, kind, shown):
    answer = asked(shown, Sec_Fetch_Site=site, Sec_Fetch_Mode=mode, Sec_Fetch_Dest=kind)
    assert answer.startswith(b"HTTP/1.1 403")


def test_a_page_from_elsewhere_may_lead_here(shown):
    answer = asked(shown, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "CONNECT", "PROPFIND"])
def test_nothing_is_changed_by_a_request(method, shown):
    assert asked(shown, method=method).startswith((b"HTTP/1.1 405", b"HTTP/1.1 400"))


@pytest.mark.parametrize("path", ["/", "/slides/talk/", "/plain.txt", "/gone", "/_greenroom/live.js"])
def test_every_response_is_for_our_own_pages_alone(path, shown):
    head = asked(shown, path).partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    for name, value in app.OURS_ALONE:
        assert name + b": " + value.lower() in head


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/%252e%252e/secret.txt",
        "/x/../../secret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/link.txt",
        "/out/secret.txt",
        "/out/",
        "/slides/talk/../../../secret.txt",
        "/slides/talk/%2e%2e/%2e%2e/secret.txt",
        "/slides/../secret.txt",
        "/_greenroom/../secret.txt",
        "/_greenroom/..%2f..%2fdeck.css",
        "/_greenroom/%2e%2e",
        "/%00",
        "/plain.txt%00.html",
        "/_greenroom/%00",
        "/slides/talk/%00",
        "/" + "x" * 5000,
        "/" + "a/" * 2000,
        "/%ff%fe",
    ],
)
def test_nothing_outside_of_the_site_is_served(path, shown):
    answer = asked(shown, path)
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400"))
    assert b"the secret" not in answer
    assert b"root:" not in answer


HEAD = "GET /plain.txt HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
HIDDEN = "GET /slides/talk/ HTTP/1.1\r\nHost: evil.example\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        HEAD + "Content-Length: 0\r\nContent-Length: {length}\r\n\r\n" + HIDDEN,
        HEAD + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + HIDDEN,
        HEAD + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        HEAD + "Host: evil.example\r\n\r\n",
        HEAD + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
        "GET /slides/talk/\r\n" + HIDDEN,
        "GET http://evil.example/slides/talk/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
def test_no_request_is_hidden_in_another(request_, shown):
    answer = said(shown, request_.format(port=shown.guard.port, length=len(HIDDEN)).encode(), 0.3)
    assert b"the sum" not in answer
    assert answer.count(b"HTTP/1.1 200") <= 1


def test_a_request_with_a_foreign_host_among_its_hosts_is_refused(shown):
    request = f"GET /plain.txt HTTP/1.1\r\nHost: 127.0.0.1:{shown.guard.port}\r\nHost: evil.example\r\n\r\n"
    assert b"plain" not in said(shown, request.encode(), 0.3).partition(b"\r\n\r\n")[2]


# --- connections ----------------------------------------------------------------------------------------------------

OURS = "http://127.0.0.1:{port}"


@contextmanager
def connected(
    shown, origin: str | None = OURS, hello: object = None, headers: dict[str, str] | None = None, path: str = "live"
) -> Iterator[ClientConnection]:
    port = shown.guard.port
    place = f"ws://127.0.0.1:{port}/_greenroom/{path}"
    own = Origin(origin.format(port=port)) if origin else None
    with connect(place, origin=own, proxy=None, additional_headers=headers, max_size=None) as wire:
        if hello is not None:
            wire.send(json.dumps(hello))
        yield wire


def hello(token: str = "") -> dict[str, object]:
    return {"token": token, "talk": "talk", "kind": "deck", "version": 1, "session": "an older one"}


RUN = {"type": "run", "id": "1", "talk": "talk", "slide": "sum", "fence": 0, "framework": "python"}


def answers(wire: ClientConnection, seconds: float = 0.4) -> list[str]:
    """The types of all that is told within a moment."""
    found = []
    while True:
        try:
            found.append(json.loads(wire.recv(timeout=seconds))["type"])
        except TimeoutError:
            return found


@pytest.mark.parametrize(
    "origin", [None, "http://evil.example", "null", "http://127.0.0.1:1", "http://evil.example:{port}"]
)
def test_a_connection_from_another_page_or_from_none_is_refused(origin, shown):
    with pytest.raises(InvalidStatus) as refused, connected(shown, origin):
        pass
    assert refused.value.response.status_code == 403


def test_a_connection_that_asks_for_a_foreign_host_is_refused(shown):
    with (
        socket.create_connection(("127.0.0.1", shown.guard.port)) as wire,
        pytest.raises(InvalidStatus),
        connect("ws://evil.example/_greenroom/live", sock=wire, origin=Origin(f"http://127.0.0.1:{shown.guard.port}")),
    ):
        pass


@pytest.mark.parametrize("token", ["", "wrong", None, ["a"], {"a": 1}])
def test_another_user_of_the_machine_who_has_no_token_runs_nothing(token, shown):
    with connected(shown, hello={**hello(), "token": token}) as wire:
        wire.send(json.dumps({"type": "runs", "slides": ["sum"]}))
        wire.send(json.dumps(RUN))
        wire.send(json.dumps({"type": "open", "path": "snippets/sums/python.py", "line": 1}))
        wire.send(json.dumps({"type": "at", "at": {"slide": "sum", "h": 1, "v": 0, "f": -1}}))
        assert set(answers(wire)) <= {"reload", "problems", "stale"}


def test_a_token_in_a_cookie_or_an_address_is_none(shown):
    for headers, path in (
        ({"Cookie": f"{shown.guard.cookie}={shown.guard.token}"}, "live"),
        ({"Authorization": f"Bearer {shown.guard.token}"}, "live"),
        ({}, f"live?token={shown.guard.token}"),
    ):
        with connected(shown, hello=hello(), headers=headers, path=path) as wire:
            wire.send(json.dumps(RUN))
            assert "run" not in answers(wire)


def test_the_author_runs_what_is_known_and_nothing_else(shown):
    with connected(shown, hello=hello(shown.guard.token)) as wire:
        for name, other in (
            ("a", {"slide": "gone"}),
            ("b", {"fence": 7}),
            ("c", {"framework": "tf2"}),
            ("d", {"talk": "../talk"}),
            ("e", {"slide": ["sum"]}),
            ("f", {"slide": {"sum": 1}}),
            ("g", {"fence": "0; import os"}),
        ):
            wire.send(json.dumps({**RUN, "id": name, **other}))
        wire.send(json.dumps({**RUN, "id": "last"}))
        begun, ended = set(), {}
        while "last" not in ended:
            told = json.loads(wire.recv(timeout=20))
            if told["type"] == "run" and told["event"] == "started":
                begun.add(told["run"])
            elif told["type"] == "run" and told["event"] in ("done", "failed"):
                ended[told["run"]] = told["event"]
    assert begun == {"last"}
    assert ended.pop("last") == "done"
    assert set(ended.values()) <= {"failed"}


@pytest.mark.parametrize(
    "path",
    ["../secret.txt", "secret.txt", "/etc/passwd", "mkdocs.yml", "", None, ["snippets/sums/python.py"], "; true"],
)
def test_the_editor_opens_modules_alone(path, shown, monkeypatch):
    monkeypatch.setenv("VISUAL", "false")
    with connected(shown, hello=hello(shown.guard.token)) as wire:
        wire.send(json.dumps({"type": "open", "path": path, "line": 1}))
        assert "open" not in answers(wire, 0.2)


def closed(wire: ClientConnection) -> int | None:
    """The code with which a connection is closed."""
    try:
        while True:
            wire.recv(timeout=10)
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else None


def test_a_huge_message_ends_the_connection(shown):
    with connected(shown, hello=hello()) as wire:
        wire.send("x" * (app.LARGEST_MESSAGE + 1))
        assert closed(wire) == 1009
    with connected(shown) as wire:
        wire.send("x" * (10 * app.LARGEST_MESSAGE))
        assert closed(wire) == 1009


@pytest.mark.parametrize("message", ["{}", "no JSON", "[" * 30_000, '{"type": []}', b"\x00\xff"])
def test_a_flood_of_messages_ends_the_connection(message, shown):
    with connected(shown, hello=hello()) as wire:
        try:
            for _ in range(3 * app.MOST_MESSAGES):
                wire.send(message)
        except ConnectionClosed:
            pass
        assert closed(wire) == 1008


def test_what_is_no_hello_ends_the_connection(shown):
    for message in ("no JSON", "[]", "1", "[" * 30_000):
        with connected(shown) as wire:
            wire.send(message)
            assert closed(wire) == 1008


def test_after_all_that_the_author_is_served(shown):
    assert b"the sum" in asked(shown)
    with connected(shown, hello=hello(shown.guard.token)) as wire:
        assert json.loads(wire.recv(timeout=5))["type"] == "reload"


# --- a browser ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """The port of another site of this machine."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Elsewhere</title><body>")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module", params=["another port", "another name", "a name that leads here"])
def page(request: pytest.FixtureRequest, elsewhere: int, shown) -> Iterator[tuple[BrowserPage, str]]:
    """A page from elsewhere, and what it takes the server for; the author has been there with the same browser."""
    rules = f"MAP rebound.example:{elsewhere} 127.0.0.1:{elsewhere}, MAP *.example 127.0.0.1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), args=["--no-sandbox", f"--host-resolver-rules={rules}"]
        )
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{shown.guard.port}/slides/talk/?token={shown.guard.token}")
        page.wait_for_function("localStorage['greenroom.token']")
        host = "127.0.0.1" if request.param == "another port" else "rebound.example"
        page.goto(f"http://{host}:{elsewhere}/")
        target = host if request.param == "a name that leads here" else "127.0.0.1"
        yield page, f"{target}:{shown.guard.port}"
        chromium.close()


def test_a_page_from_elsewhere_reads_nothing(page):
    foreign, target = page
    for options in ({}, {"mode": "no-cors"}, {"credentials": "include"}, {"method": "POST", "body": "x"}):
        found = foreign.evaluate(
            "([url, options]) => fetch(url, options).then((answer) => answer.text(), () => 'refused')",
            [f"http://{target}/slides/talk/", options],
        )
        assert found in ("refused", "")


def test_a_page_from_elsewhere_does_not_connect(page):
    foreign, target = page
    ended = foreign.evaluate(
        """(url) => new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => resolve("open");
          socket.onclose = () => resolve("refused");
        })""",
        f"ws://{target}/_greenroom/live",
    )
    assert ended == "refused"


@pytest.mark.parametrize("path", ["slides/talk/assets/deck.js", "_greenroom/live.js", "slides/talk/assets/programs.js"])
def test_a_page_from_elsewhere_loads_no_script(path, page):
    foreign, target = page
    ended = foreign.evaluate(
        """(src) => new Promise((resolve) => {
          const script = document.createElement("script");
          Object.assign(script, { src, onload: () => resolve("loaded"), onerror: () => resolve("refused") });
          document.head.append(script);
        })""",
        f"http://{target}/{path}",
    )
    assert ended == "refused"


def test_a_page_from_elsewhere_frames_nothing(page):
    foreign, target = page
    with foreign.expect_event("requestfinished") as request:
        foreign.evaluate(
            "(src) => document.body.append(Object.assign(document.createElement('iframe'), { src }))",
            f"http://{target}/slides/talk/",
        )
    assert request.value.response().status == 403
    foreign.wait_for_timeout(100)
    assert not any("the sum" in frame.content() for frame in foreign.frames[1:] if "chrome-error" not in frame.url)


def test_a_form_of_a_page_from_elsewhere_is_refused(page):
    foreign, target = page
    address = foreign.url
    with foreign.expect_navigation() as navigation:
        foreign.evaluate(
            """(action) => {
              const form = Object.assign(document.createElement("form"), { method: "post", action });
              document.body.append(form);
              form.submit();
            }""",
            f"http://{target}/slides/talk/",
        )
    assert navigation.value.status == 403
    foreign.goto(address)


def test_a_window_that_a_page_from_elsewhere_opens_is_closed_to_it(page):
    foreign, target = page
    with foreign.context.expect_page() as opened:
        seen = foreign.evaluate(
            """async (url) => {
              const other = window.open(url);
              await new Promise((resolve) => setTimeout(resolve, 500));
              try { return other.document.body.textContent; } catch { return "refused"; }
            }""",
            f"http://{target}/slides/talk/",
        )
    assert "the sum" not in seen
    opened.value.close()
