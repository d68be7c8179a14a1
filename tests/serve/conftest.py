"""A project that is presented while the tests look at it."""

from __future__ import annotations

import json
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from greenroom import build, record
from greenroom.record.engine import Engine
from greenroom.serve.app import LARGEST_MESSAGE, Server
from greenroom.serve.guard import Guard
from greenroom.serve.hub import Hub
from greenroom.serve.live import Live
from greenroom.serve.runs import Runs
from greenroom.serve.seen import Seen


@dataclass
class Page:
    """What a page of a deck is to the server: a connection."""

    socket: ClientConnection

    def send(self, **message: object) -> None:
        self.socket.send(json.dumps(message))

    def next(self, kind: str = "run", seconds: float = 20) -> dict[str, Any]:
        """The next message of a kind."""
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(timeout=seconds))
            if message["type"] == kind:
                return message

    def run(self, name: str, slide: str, fence: int = 0, framework: str = "python", talk: str = "talk") -> None:
        self.send(type="run", id=name, talk=talk, slide=slide, fence=fence, framework=framework)

    def until(self, *events: str, name: str = "") -> list[dict[str, Any]]:
        """All that is told of runs up to one of the events."""
        told = [self.next()]
        while told[-1]["event"] not in events or name not in ("", told[-1]["run"]):
            told.append(self.next())
        return told


@dataclass
class Presented:
    """A server at work in a thread."""

    root: Path
    guard: Guard
    runs: Runs
    hub: Hub
    live: Live
    _pages: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.guard.port}"

    def page(self, token: str | None = None, talk: str = "talk") -> Page:
        """Connect as a page does, by default the author's."""
        place = f"ws://127.0.0.1:{self.guard.port}/_greenroom/live"
        page = Page(self._pages.enter_context(connect(place, origin=Origin(self.address), proxy=None)))
        page.send(token=self.guard.token if token is None else token, talk=talk, kind="deck", version=1, session="")
        return page

    def leave(self) -> None:
        """End all connections."""
        self._pages.close()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a project of its files, and records its modules, but for those that are named."""

    def make(files: dict[str, str], unrecorded: tuple[str, ...] = ()) -> Path:
        root = tmp_path_factory.mktemp("project")
        for name, text in {"mkdocs.yml": "site_name: A\nplugins: [greenroom]\n", "docs/index.md": "# A\n"}.items():
            files.setdefault(name, text)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        config, modules, problems = build.scan(root)
        assert not problems
        chosen = [module for module in modules.values() if module.path not in unrecorded]
        with Engine(root, config.limits) as engine:
            done = record.record(engine, root, config.snippets, tuple(modules.values()), chosen)
        assert not done.problems
        return root

    return make


@pytest.fixture(scope="module")
def presented() -> Iterator[Callable[..., Presented]]:
    """Serves a project as `present` does, until the end of the module's tests."""
    ends: list[Callable[[], None]] = []

    def serve(root: Path, **options: Any) -> Presented:
        live, hub = Live(root), Hub()
        listening = socket.create_server(("127.0.0.1", 0))
        guard = Guard("127.0.0.1", listening.getsockname()[1])
        ready = threading.Event()
        found: list[Any] = []

        async def main() -> None:
            runs = Runs(live, Engine(root, live.project.config.limits), Seen(hub), **options)
            app = Server(live, hub, guard, root / "site", runs.handlers, runs.seen.greet).application()
            config = uvicorn.Config(app, ws_max_size=LARGEST_MESSAGE, ws="websockets-sansio", log_level="warning")
            server = uvicorn.Server(config)
            found.extend((runs, server))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(runs.serve)
                ready.set()
                await server.serve([listening])
                tasks.cancel_scope.cancel()

        thread = threading.Thread(target=anyio.run, args=(main,))
        thread.start()
        ready.wait(10)
        runs, server = found

        def end() -> None:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()
            listening.close()

        ends.append(end)
        return Presented(root, guard, runs, hub, live)

    yield serve
    for end in ends:
        end()


@dataclass
class Command:
    """`greenroom present` at work in a process of its own."""

    root: Path
    process: subprocess.Popen[str]
    in_trouble: bool = False
    lines: queue.Queue[str] = field(default_factory=queue.Queue)
    said: list[str] = field(default_factory=list)

    def until(self, text: str, seconds: float = 20) -> str:
        """The next line with a text in it."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"never said {text!r}, but {self.said}") from None
            self.said.append(line)
            if text in line:
                return line

    @property
    def deck(self) -> str:
        """The address of the first deck, with its token."""
        return next(line.split()[1] for line in self.said if line.startswith("deck"))

    @property
    def base(self) -> str:
        return self.deck.partition("/slides/")[0]

    @property
    def port(self) -> int:
        return int(self.base.rpartition(":")[2])

    @property
    def token(self) -> str:
        return self.deck.partition("?token=")[2]

    @contextmanager
    def page(self, talk: str = "talk") -> Iterator[Page]:
        """Connect as the author's page does."""
        place = f"ws://127.0.0.1:{self.port}/_greenroom/live"
        with connect(place, origin=Origin(self.base), proxy=None) as socket:
            page = Page(socket)
            page.send(token=self.token, talk=talk, kind="deck", version=1, session="")
            yield page

    def save(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def end(self) -> int:
        """Press Ctrl-C; gives the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(10)


@pytest.fixture(scope="module")
def present() -> Iterator[Callable[..., Command]]:
    """Starts `greenroom present` in a project; at the end of the module's tests it ends, with no word of a mistake."""
    started: list[tuple[Command, threading.Thread]] = []

    def start(root: Path, *options: str, environment: dict[str, str] | None = None, trouble: str = "") -> Command:
        """Start it, after some code that makes trouble, if any."""
        code = f"{trouble}\nfrom greenroom.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "present", "--no-open", *options],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=environment,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        command = Command(root, process, bool(trouble))
        reader = threading.Thread(target=lambda: [command.lines.put(line) for line in process.stdout or ()])
        reader.start()
        started.append((command, reader))
        command.until("Ctrl-C")
        return command

    yield start
    statuses = [command.end() if command.process.poll() is None else 0 for command, _ in started]
    for command, reader in started:
        reader.join(10)
        if command.process.stdout:
            command.process.stdout.close()
    assert statuses == [0] * len(started)
    for command, _ in started:
        said = "".join([*command.said, *command.lines.queue])
        assert not re.search(r'^Traceback|^  File "', said, re.MULTILINE), said
        assert command.in_trouble or "something went wrong" not in said, said
