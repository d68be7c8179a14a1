"""The presenter's server: shows decks and site on this machine, and keeps up with the author."""

from __future__ import annotations

import ctypes
import gc
import signal
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import uvicorn

from greenroom.record.engine import Engine
from greenroom.serve import address, doors, stage
from greenroom.serve.app import LARGEST_MESSAGE, Server
from greenroom.serve.guard import Guard
from greenroom.serve.hub import Client, Hub
from greenroom.serve.live import Live
from greenroom.serve.runs import Runs
from greenroom.serve.seen import Seen
from greenroom.serve.session import Session, Terminal
from greenroom.serve.stage import Stage
from greenroom.serve.trouble import lasting, telling
from greenroom.serve.watch import Watch, fingerprint

MOST_CONNECTIONS = 2000
"""More than any room holds; whoever opens more is told to come back later."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the author asks for.

    Attributes:
        host: The address to listen at.
        port: Where to start looking for a free port.
        open_browser: Whether to open the first deck in a browser.
        allow_run: Whether code may be run from slides also where other machines can reach the server.
        follow: Whether the author's pages go to what was just changed.
        remote: Whether a phone may move the talk.
        follow_along: Whether those in the room may see the slides on machines of their own.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    open_browser: bool = False
    allow_run: bool = False
    follow: bool = False
    remote: bool = False
    follow_along: bool = False


def present(root: Path, options: Options, terminal: Terminal) -> None:
    """Serve the project until Ctrl-C.

    Args:
        root: The project's root.
        options: What the author asks for.
        terminal: Where the author is told what happens.

    Raises:
        AddressError: The server cannot listen there; says why.
    """
    with (
        suppress(KeyboardInterrupt),
        closing(address.listen(options.host, options.port)) as listening,
        telling(terminal.say),
    ):
        _share_memory()
        live = Live(root)
        # What was loaded mostly stays: looking through all of it for what could go takes longer than a change does.
        gc.collect()
        gc.freeze()
        port = listening.getsockname()[1]
        names = address.names(options.host)
        kept = stage.read(root / stage.FILE)
        known = doors.secrets_for(kept.secrets, follow=options.follow_along, remote=options.remote)
        guard = Guard(options.host, port, names=frozenset(name.lower() for name in names), **known)
        codes = doors.codes(address.url(names[0], port), known)
        with Engine(root, live.project.config.limits) as engine:
            hub = Hub()
            session = Session(live, hub, engine, terminal, options.follow)
            seen = Seen(hub)
            runs = Runs(live, engine, seen, allowed=guard.is_local or options.allow_run)
            show = Stage(hub, root / stage.FILE, codes, known, dict(kept.shows))
            handlers = {**session.handlers, **runs.handlers, **show.handlers}
            site = root / live.project.config.site

            def greet(client: Client) -> None:
                session.greet(client)
                seen.greet(client)

            app = Server(live, hub, guard, site, handlers, greet, lambda: show.talk).application()
            config = uvicorn.Config(
                app,
                ws="websockets-sansio",
                lifespan="off",  # it would tell of a Ctrl-C that comes while the server begins as of a mistake
                ws_max_size=LARGEST_MESSAGE,
                limit_concurrency=MOST_CONNECTIONS,
                # A browser would ask for more on a connection that may have ended without a word.
                timeout_keep_alive=1,
                timeout_graceful_shutdown=1,
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
            )
            addresses = _addresses(guard, live)
            for line in (*addresses, *doors.lines(codes)):
                terminal.say(line)
            if options.open_browser:
                with suppress(webbrowser.Error):
                    webbrowser.open(addresses[0].split()[1])

            async def serve() -> None:
                async with anyio.create_task_group() as tasks:
                    watch = Watch(lambda: list(live.places()))
                    for task in (watch.listen, partial(_keep_up, watch, session), session.serve, runs.serve, show.keep):
                        tasks.start_soon(lasting, task)
                    await _Uvicorn(config).serve([listening])
                    tasks.cancel_scope.cancel()

            anyio.run(serve)


_M_ARENA_MAX = -8


def _share_memory() -> None:
    """Have threads take memory from one place: glibc gives each its own, where what is freed stays in pieces."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # a C library that does no such thing
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


async def _keep_up(watch: Watch, session: Session) -> None:
    seen = fingerprint(watch.places())
    await session.update()  # something may have been saved since the first look
    async for _ in watch.changes(seen):
        await session.update()


class _Uvicorn(uvicorn.Server):
    """Ends when it is asked to, and lets what stands around it end, too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take Ctrl-C, and what ends processes, as the wish to end; the original sends it once more to itself."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _addresses(guard: Guard, live: Live) -> list[str]:
    """What is to be had where, the first deck first; addresses for others have the token in them."""
    lines = []
    secret = f"?token={guard.token}"
    for name in address.names(guard.host):
        base = address.url(name, guard.port)
        lines += [f"deck  {base}slides/{talk}/{secret}" for talk in live.decks]
        lines.append(f"site  {base}{'' if guard.is_local else secret}")
    return [*lines, "Ctrl-C ends it; whoever has an address with its token can do what you can"]
