"""Code that attackers type, in all the places from which they can: none of it runs."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from websockets import Origin
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from greenroom.serve import app, runs, typed
from greenroom.serve.guard import Role
from greenroom.serve.hub import Hub

FILES = {
    "slides/talk.md": '# A talk\n\n---\n<!-- .slide: id="sum" -->\n```python snippet="sums:total"\n```\n',
    "snippets/sums/python.py": "# %% total\nprint('the sum')\nsum([1, 2, 3])\n",
}
RUN = {"type": "run", "talk": "talk", "slide": "sum", "fence": 0, "framework": "python"}


@pytest.fixture(scope="module")
def command(project: Callable[..., Path], present):
    """A server that others can reach, with all the doors that it has."""
    started = present(project(dict(FILES)), "--port", "0", "--host", "0.0.0.0", "--remote", "--follow-along")
    started.until("remote")
    return started


@pytest.fixture(scope="module")
def local(project: Callable[..., Path], presented):
    return presented(project(dict(FILES)))


def place(text: str, name: str) -> str:
    """The path of the door of this name."""
    return re.findall(rf"^{name}  http://[^/]+(/\S+/)$", text, re.MULTILINE)[0]


@contextmanager
def connected(port: int, path: str = "/_greenroom/", cookie: str = "") -> Iterator[ClientConnection]:
    headers = {"Cookie": cookie} if cookie else {}
    origin = Origin(f"http://127.0.0.1:{port}")
    with connect(f"ws://127.0.0.1:{port}{path}live", origin=origin, proxy=None, additional_headers=headers) as wire:
        yield wire


def hello(token: str = "", page: str = "") -> str:
    return json.dumps({"token": token, "talk": "talk", "kind": "deck", "version": 1, "session": "", "page": page})


def writes(file: Path) -> str:
    """Code that leaves a trace."""
    return f"open({str(file)!r}, 'w').close()"


def told(wire: ClientConnection, seconds: float = 0.5) -> set[str]:
    """The types of all that is told within a moment."""
    found = set()
    try:
        while True:
            found.add(json.loads(wire.recv(timeout=seconds))["type"])
    except (TimeoutError, ConnectionClosed):
        return found


def play(wire: ClientConnection, token: str, file: Path) -> set[str]:
    """All that runs code, and what comes of it."""
    wire.send(hello(token))
    wire.send(json.dumps({"type": "runs", "slides": ["sum"]}))
    for name, code in (("a", writes(file)), ("b", None), ("c", "import os; os._exit(0)")):
        wire.send(json.dumps({**RUN, "id": name, "code": code}))
    wire.send(json.dumps({"type": "seen", "runs": ["a", "b", "c"]}))
    return told(wire) & {"run", "runs", "ran", "seen"}


def test_nothing_that_is_typed_runs_where_others_reach_the_server(command, tmp_path):
    """Not even the author's own: it was not allowed."""
    with urllib.request.urlopen(command.deck, timeout=10) as answer:
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
    with connected(command.port, cookie=cookie) as wire:
        assert play(wire, command.token, tmp_path / "author") == set()
    for door in ("follow", "remote"):
        path = place("".join(command.said), door)
        for token in ("", command.token):  # behind a door, the token is of no use
            with connected(command.port, path) as wire:
                assert play(wire, token, tmp_path / door) == set()
    with pytest.raises(InvalidStatus), connected(command.port):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["", "guessed", None, 0, ["x"], {"token": 1}])
def test_nothing_that_another_user_of_the_machine_types_runs(token, local, tmp_path):
    with connected(local.guard.port) as wire:
        wire.send(json.dumps({"token": token, "talk": "talk", "kind": "deck", "version": 1}))
        assert play(wire, "", tmp_path / "other") == set()
    assert list(tmp_path.iterdir()) == []


def test_a_follower_who_calls_itself_the_authors_page_takes_nothing_from_it():
    hub = Hub()
    author = hub.join(Role.AUTHOR, "talk", "deck", "mine")
    for role in (Role.FOLLOWER, Role.READER, Role.REMOTE):
        other = hub.join(role, "talk", "deck", "mine")
        assert author in hub.clients
        hub.leave(other)
        other.messages.close()
    again = hub.join(Role.AUTHOR, "talk", "deck", "mine")
    assert author not in hub.clients
    for client in (author, again):
        client.close()
        client.messages.close()


def ended(wire: ClientConnection, name: str) -> dict[str, object]:
    while True:
        message = json.loads(wire.recv(timeout=20))
        if message["type"] == "run" and message["run"] == name and message["event"] in ("done", "failed", "late"):
            return message


def test_code_of_any_size_keeps_within_what_may_be_typed(local, tmp_path):
    file = tmp_path / "large"
    with connected(local.guard.port) as wire:
        wire.send(hello(local.guard.token))
        wire.send(json.dumps({**RUN, "id": "a", "code": writes(file) + "#" * typed.LARGEST}))
        assert ended(wire, "a")["event"] == "failed"
        wire.send(json.dumps({**RUN, "id": "b", "code": writes(file) + "#" * app.LARGEST_MESSAGE}))
        with pytest.raises(ConnectionClosed):
            ended(wire, "b")
    assert not file.exists()


@pytest.mark.parametrize(
    "where",
    [
        {"slide": "gone"},
        {"slide": "../sum"},
        {"fence": 1},
        {"fence": -1},
        {"fence": True},
        {"framework": "tf2"},
        {"framework": "../python"},
        {"talk": "other"},
        {"talk": "__class__"},
        {"slide": None, "path": "snippets/sums/python.py"},
    ],
)
def test_code_is_typed_into_a_listing_of_the_talk_or_nowhere(where, local, tmp_path):
    file = tmp_path / "elsewhere"
    with connected(local.guard.port) as wire:
        wire.send(hello(local.guard.token))
        wire.send(json.dumps({**RUN, "id": "a", "code": writes(file), **where}))
        assert ended(wire, "a")["event"] == "failed"
    assert not file.exists()


def test_a_flood_of_runs_starts_only_a_few(local, tmp_path):
    with connected(local.guard.port) as wire:
        wire.send(hello(local.guard.token))
        for number in range(50):
            wire.send(json.dumps({**RUN, "id": str(number), "code": writes(tmp_path / str(number))}))
        ended(wire, "49")
        told(wire, 2)
    assert 1 <= len(list(tmp_path.iterdir())) <= runs.IN_A_WHILE


def test_a_page_from_elsewhere_types_nothing(local, chromium: Browser, served, tmp_path):
    """Neither with the author's token, should it ever learn it, nor by leading the author's browser here."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Elsewhere</title>")
    file = tmp_path / "ran"
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{local.address}/slides/talk/?token={local.guard.token}")
    page.wait_for_function("localStorage['greenroom.token']")
    page.goto(served(tmp_path))
    for address in (f"ws://127.0.0.1:{local.guard.port}", f"ws://localhost:{local.guard.port}"):
        assert (
            page.evaluate(
                """([address, hello, run]) => new Promise((resolve) => {
                  const socket = new WebSocket(address + "/_greenroom/live");
                  socket.onopen = () => { socket.send(hello); socket.send(run); };
                  socket.onmessage = ({ data }) => resolve(data);
                  socket.onclose = () => resolve("refused");
                })""",
                [address, hello(local.guard.token), json.dumps({**RUN, "id": "a", "code": writes(file)})],
            )
            == "refused"
        )
    code = json.dumps({**RUN, "id": "a", "code": writes(file)})
    for options in ({"method": "POST", "body": code}, {"method": "POST", "body": code, "mode": "no-cors"}):
        page.evaluate(
            "([url, options]) => fetch(url, options).then(() => 0, () => 0)",
            [f"{local.address}/_greenroom/live", options],
        )
    opened = page.evaluate("(url) => { window.other = window.open(url); return Boolean(other); }", local.address)
    assert opened
    page.evaluate("(code) => other.postMessage(code, '*')", code)
    page.wait_for_timeout(300)
    context.close()
    assert not file.exists()
