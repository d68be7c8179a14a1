"""The presenter's server: shows decks and site on this machine, and keeps up with the author."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import anyio
import anyio.to_thread
import uvicorn

from greenroom.model import Problem
from greenroom.record.engine import Engine
from greenroom.serve.app import LARGEST_MESSAGE, Server
from greenroom.serve.guard import Guard
from greenroom.serve.hub import Hub
from greenroom.serve.live import Live
from greenroom.serve.runs import Runs
from greenroom.serve.watch import Watch


def present(
    root: Path, *, host: str, port: int, open_browser: bool, say: Callable[[tuple[Problem, ...]], object]
) -> None:
    """Serve the project until Ctrl-C.

    Args:
        root: The project's root.
        host: The address to listen at.
        port: Where to start looking for a free port.
        open_browser: Whether to open the first deck in a browser.
        say: Told the mistakes that there are after each change; none if all is well.
    """
    anyio.run(_present, root, host, port, open_browser, say)


async def _present(
    root: Path, host: str, port: int, open_browser: bool, say: Callable[[tuple[Problem, ...]], object]
) -> None:
    live = Live(root)
    hub = Hub()
    with closing(_listening(host, port)) as listening:
        guard = Guard(host, listening.getsockname()[1])
        runs = Runs(live, Engine(root, live.project.config.limits), allowed=guard.is_local)
        app = Server(live, hub, guard, root / live.project.config.site, runs.handlers).application()
        config = uvicorn.Config(app, ws_max_size=LARGEST_MESSAGE, log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        watch = Watch(lambda: list(live.places()))
        async with anyio.create_task_group() as tasks:

            async def keep_up() -> None:
                async for _ in watch.changes():
                    told = await anyio.to_thread.run_sync(live.update)
                    for talk, message in told.items():
                        hub.tell(message, lambda client, talk=talk: client.talk == talk)  # type: ignore[misc]
                    say(live.problems)

            tasks.start_soon(watch.listen)
            tasks.start_soon(keep_up)
            tasks.start_soon(runs.serve)
            say(live.problems)
            address = f"http://{host}:{guard.port}/"
            first = next(iter(live.decks), "")
            print(f"{address}  (Ctrl-C ends it)", flush=True)
            if open_browser:
                webbrowser.open(f"{address}slides/{first}/?token={guard.token}" if first else address)
            await server.serve([listening])
            tasks.cancel_scope.cancel()


def _listening(host: str, first: int) -> socket.socket:
    """A socket that listens at the first free port from `first` on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in [*range(first, first + 100), 0]:
        listening = socket.socket(family)
        try:
            listening.bind((host, port))
        except OSError:
            listening.close()
            continue
        return listening
    raise OSError(f"no free port at {host}")
