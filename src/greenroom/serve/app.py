"""What is asked for over HTTP and WebSockets, and who may have it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from greenroom import assets
from greenroom.serve import audience
from greenroom.serve.guard import Guard, Role
from greenroom.serve.hub import Client, Hub
from greenroom.serve.live import Live
from greenroom.serve.trouble import surviving

OURS = "/_greenroom"
"""Where everything is that is not part of the site."""

LARGEST_MESSAGE = 64 * 1024
"""Bytes that a page may send at once."""

HELLO_SECONDS = 10.0
"""How long a page may take to say who it is."""

MOST_MESSAGES = 200
MESSAGES_A_SECOND = 100.0
"""How many messages a page may send at once, and how many in the long run: a pen sends one for each frame."""

FRESH = {"Cache-Control": "no-cache"}

OURS_ALONE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What each response says: pages from elsewhere may neither frame nor read it, nor learn the address of ours."""

Handler = Callable[[Client, dict[str, Any]], Awaitable[None]]
"""Does what a page's message asks for, if the page's role allows it."""


@dataclass(slots=True)
class Server:
    """Answers requests.

    Attributes:
        live: The decks.
        hub: The connections.
        guard: Who may have what.
        site: The folder of the built site.
        handlers: What is done for a message of a page, by the message's type.
        on_stage: Says which talk is given; "" if none is.
        greet: Tells a page what it has to know when it comes.
        session: Tells the pages of this server from those of one before it.
    """

    live: Live
    hub: Hub
    guard: Guard
    site: Path
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    greet: Callable[[Client], object] = lambda _: None
    on_stage: Callable[[], str] = str
    session: str = field(default_factory=lambda: secrets.token_hex(4))

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            WebSocketRoute(f"{OURS}/live", self._connect),
            Route(f"{OURS}/{{name}}", self._own),
            WebSocketRoute("/follow/{secret}/live", self._connect),
            Route("/follow/{secret}/", self._enter),
            Route("/follow/{secret}/{name}", self._own),
            Route("/follow/{secret}/{talk}/{path:path}", self._followed),
            WebSocketRoute("/remote/{secret}/live", self._connect),
            Route("/remote/{secret}/", self._remote),
            Route("/remote/{secret}/{name}", self._own),
            Route("/remote/{secret}/{talk}/{path:path}", self._beside),
            Route("/slides/{talk}/{path:path}", self._deck),
            Route("/{path:path}", self._page),
        ]
        return Starlette(routes=routes, middleware=[Middleware(_Gate, guard=self.guard)])

    # --- pages ------------------------------------------------------------------------------------------------------

    async def _deck(self, request: Request) -> Response:
        """A deck's page, or a file beside it, from memory."""
        talk, path = request.path_params["talk"], request.path_params["path"]
        shown = self.live.decks.get(talk)
        if shown is None:
            return _missing()
        if path in ("", "index.html"):
            return self._with_script(shown.html, talk)
        return await self._beside(request)

    async def _beside(self, request: Request) -> Response:
        """A file beside a deck's page."""
        talk, path = request.path_params["talk"], request.path_params["path"]
        shown = self.live.decks.get(talk)
        content = shown.deck.files.get(path) if shown else None
        if isinstance(content, Path):
            return await _file(content)
        return _missing() if content is None else Response(content, media_type=_kind(path), headers=FRESH)

    async def _enter(self, _: Request) -> Response:
        """The way to the deck that is shown, for those who follow."""
        talk = self.on_stage() if self.on_stage() in self.live.decks else next(iter(self.live.decks), "")
        # On phones, too, one slide at a time: reveal.js knows no steps where slides are scrolled through.
        place = f"{quote(talk)}/?scrollActivationWidth=0"
        return RedirectResponse(place, 303, headers=FRESH) if talk else _missing()

    async def _followed(self, request: Request) -> Response:
        """A deck's page without notes, or a file beside it."""
        talk, path = request.path_params["talk"], request.path_params["path"]
        shown = self.live.decks.get(talk)
        if shown and path in ("", "index.html"):
            page = shown.deck.page(audience.stacks(shown.deck.stacks))
            return self._with_script(page, talk, kind="follower", script="../follow.js")
        return await self._beside(request)

    async def _remote(self, _: Request) -> Response:
        """The page for the speaker's phone."""
        return await _file(assets.FOLDER / "serve" / "remote.html")

    async def _own(self, request: Request) -> Response:
        """A file of ours, which no built deck has."""
        name = request.path_params["name"]
        return await _file(assets.FOLDER / "serve" / name) if name in _owned() else _missing()

    async def _page(self, request: Request) -> Response:
        """A file of the site as it was built last."""
        try:
            path = (self.site / (request.path_params["path"] or "index.html")).resolve()
            is_there = path.exists() or request.url.path == "/"
        except (OSError, ValueError):  # no file could have such a name
            return _missing()
        if not is_there or not path.is_relative_to(self.site.resolve()):
            return _missing()
        if path.is_dir():
            if not request.url.path.endswith("/"):
                return RedirectResponse(f"{request.url.path}/")
            path /= "index.html"
        try:
            return self._with_script(path.read_text("utf-8")) if path.suffix == ".html" else await _file(path)
        except UnicodeDecodeError:  # a page of somebody else's
            return await _file(path)
        except OSError:  # there is none, or it goes just now, as the site is built anew
            return self._with_script(_contents(self.live)) if request.url.path == "/" else _missing()

    def _with_script(self, html: str, talk: str = "", *, kind: str = "", script: str = f"{OURS}/live.js") -> Response:
        """A page with the script that keeps it up to date, and what that has to know and says when it connects."""
        version = self.live.decks[talk].version if talk else 0
        kind = kind or ("deck" if talk else "page")
        facts = {"talk": talk, "kind": kind, "version": version, "session": self.session}
        data = json.dumps(facts).replace("<", "\\u003c")
        sheet = f'<link rel="stylesheet" href="{script.removesuffix(".js")}.css">'
        scripts = f'<script type="application/json" id="greenroom-live">{data}</script><script src="{script}"></script>'
        head, end, tail = html.rpartition("</body>")
        return HTMLResponse(f"{head}{sheet}{scripts}\n{end}{tail}", headers=FRESH)

    # --- connections ------------------------------------------------------------------------------------------------

    async def _connect(self, socket: WebSocket) -> None:
        """Keep a connection with a page."""
        with suppress(WebSocketDisconnect, OSError):  # which may be gone at any moment
            await socket.accept()
            await self._talk(socket)

    async def _talk(self, socket: WebSocket) -> None:
        """Hear what a page is, which it says first, and then what it asks for, and tell it what there is to know."""
        try:
            with anyio.fail_after(HELLO_SECONDS):
                hello = await _message(socket)
        except (TimeoutError, WebSocketDisconnect, ValueError):
            await socket.close(1008)
            return
        role: Role = socket.scope["role"]
        if self.guard.behind(socket.scope["path"]) is None:
            role = max(self.guard.role(str(hello.get("token", ""))), role)
        client = self.hub.join(role, *(str(hello.get(name, "")) for name in ("talk", "kind", "page")))
        try:
            if role is not Role.REMOTE and not self._is_current(hello):
                client.tell(json.dumps({"type": "reload"}))
            self.greet(client)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_pass_on, client, socket)
                is_there = await self._listen(client, socket)
                tasks.cancel_scope.cancel()
            if is_there:
                await socket.close(1008)
        finally:
            self.hub.leave(client)
            client.messages.close()

    def _is_current(self, hello: Mapping[str, Any]) -> bool:
        """Whether a page shows what there is."""
        shown = self.live.decks.get(str(hello.get("talk", "")))
        return hello.get("session") == self.session and (not shown or hello.get("version") == shown.version)

    async def _listen(self, client: Client, socket: WebSocket) -> bool:
        """Do what a page asks for, until it goes, or asks for too much; returns whether it is still there."""
        left, seen = float(MOST_MESSAGES), anyio.current_time()
        while True:
            try:
                message = await _message(socket)
            except WebSocketDisconnect:
                return False
            except ValueError:
                message = {}  # not a page of ours
            now = anyio.current_time()
            left, seen = min(left + (now - seen) * MESSAGES_A_SECOND, MOST_MESSAGES) - 1, now
            if left < 0:
                return True
            if message.get("type") == "ping":
                client.tell('{"type":"pong"}')
            handler = self.handlers.get(str(message.get("type")))
            if handler:
                with surviving():
                    await handler(client, message)


async def _message(socket: WebSocket) -> dict[str, Any]:
    """The next message.

    Raises:
        ValueError: It is none.
        WebSocketDisconnect: There is no more.
    """
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1000))
    try:
        message = json.loads(received.get("text") or "")
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(message, dict):
        raise ValueError("not an object")
    return message


async def _pass_on(client: Client, socket: WebSocket) -> None:
    """Send what a client is told; one who has been cut off comes back anew."""
    # Whoever listens to it is told as well; uvicorn calls it a mistake of ours to send before that.
    with suppress(WebSocketDisconnect, RuntimeError):
        async with client.messages:
            async for text in client.messages:
                await socket.send_text(text)
        await socket.close(1013)


class _Gate:
    """Lets in only requests for our own hosts and from our own pages, by those who may see something."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope)
        origin = asked.headers.get("origin")
        is_ours = self._guard.knows_host(asked.headers.get("host")) and self._guard.knows_way(asked.headers)
        if origin is not None or scope["type"] == "websocket":
            is_ours = is_ours and self._guard.knows_origin(origin)
        behind = self._guard.behind(scope["path"])
        asked_for = asked.query_params.get("token", "")
        role, cookie = self._guard.reader(asked_for, asked.cookies) if behind is None else (behind, "")
        if not is_ours or role is Role.NOBODY:
            await _refuse(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *OURS_ALONE]
                if cookie:
                    value = f"{self._guard.cookie}={cookie}; HttpOnly; SameSite=Strict; Path=/"
                    message["headers"].append((b"set-cookie", value.encode()))
            await send(message)

        await self._app({**scope, "role": role}, receive, send_guarded)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    text = "This needs the whole address, with its token, that `greenroom present` says.\n"
    await PlainTextResponse(text, 403)(scope, receive, send)


async def _file(path: Path) -> Response:
    """A file, if it is there."""
    kind = _kind(path.name)
    try:
        if kind and kind.startswith(("video/", "audio/")):
            return FileResponse(path, headers=FRESH, stat_result=path.stat())  # in parts, as players ask for it
        return Response(await anyio.Path(path).read_bytes(), media_type=kind, headers=FRESH)
    except OSError:  # it is gone, or written anew just now
        return _missing()


def _kind(name: str) -> str | None:
    return guess_type(name)[0]


def _owned() -> set[str]:
    return {path.name for path in (assets.FOLDER / "serve").iterdir() if path.is_file()}


def _missing() -> Response:
    return PlainTextResponse("There is nothing here.\n", 404)


def _contents(live: Live) -> str:
    """What stands for the site while it is not built."""
    decks = "".join(f'<li><a href="/slides/{escape(name)}/">{escape(name)}</a></li>' for name in live.decks)
    return f'<!doctype html><html lang="en"><title>Talks</title><body><h1>Talks</h1><ul>{decks}</ul></body></html>'
