"""What is asked for over HTTP and WebSockets, and who may have it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from greenroom import assets
from greenroom.serve.guard import Guard, Role
from greenroom.serve.hub import Client, Hub
from greenroom.serve.live import Live

OURS = "/_greenroom"
"""Where everything is that is not part of the site."""

LARGEST_MESSAGE = 64 * 1024
"""Bytes that a page may send at once."""

HELLO_SECONDS = 10.0
"""How long a page may take to say who it is."""

FRESH = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}

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
        session: Tells the pages of this server from those of one before it.
    """

    live: Live
    hub: Hub
    guard: Guard
    site: Path
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    session: str = field(default_factory=lambda: secrets.token_hex(4))

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            WebSocketRoute(f"{OURS}/live", self._connect),
            Route(f"{OURS}/{{name}}", self._own),
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
        content = shown.deck.files.get(path)
        if content is None:
            return _missing()
        if isinstance(content, Path):
            return FileResponse(content, headers=FRESH)
        return Response(content, media_type=guess_type(path)[0], headers=FRESH)

    async def _own(self, request: Request) -> Response:
        """A file of ours, which no built deck has."""
        path = assets.FOLDER / "serve" / request.path_params["name"]
        return FileResponse(path, headers=FRESH) if path.is_file() else _missing()

    async def _page(self, request: Request) -> Response:
        """A file of the site as it was built last."""
        path = (self.site / request.path_params["path"]).resolve()
        if not path.is_relative_to(self.site.resolve()):
            return _missing()
        if path.is_dir():
            if not request.url.path.endswith("/"):
                return RedirectResponse(f"{request.url.path}/")
            path /= "index.html"
        if path.is_file():
            return self._with_script(path.read_text("utf-8")) if path.suffix == ".html" else FileResponse(path)
        return self._with_script(_contents(self.live)) if request.url.path == "/" else _missing()

    def _with_script(self, html: str, talk: str = "") -> Response:
        """A page with the script that keeps it up to date, and what that has to know and says when it connects."""
        version = self.live.decks[talk].version if talk else 0
        facts = {"talk": talk, "kind": "deck" if talk else "page", "version": version, "session": self.session}
        data = json.dumps(facts).replace("<", "\\u003c")
        script = f'<link rel="stylesheet" href="{OURS}/live.css"><script src="{OURS}/live.js"></script>'
        head, end, tail = html.rpartition("</body>")
        page = f'{head}<script type="application/json" id="greenroom-live">{data}</script>{script}\n{end}{tail}'
        return HTMLResponse(page, headers=FRESH)

    # --- connections ------------------------------------------------------------------------------------------------

    async def _connect(self, socket: WebSocket) -> None:
        """Keep a connection with a page, which first says what it is."""
        await socket.accept()
        try:
            with anyio.fail_after(HELLO_SECONDS):
                hello = await _message(socket)
        except (TimeoutError, WebSocketDisconnect, ValueError):
            await socket.close(1008)
            return
        role = max(self.guard.role(str(hello.get("token", ""))), socket.scope["role"])
        client = self.hub.join(role, str(hello.get("talk", "")), str(hello.get("kind", "")))
        if not self._is_current(hello):
            client.tell(json.dumps({"type": "reload"}))
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_pass_on, client, socket)
                await self._listen(client, socket)
                tasks.cancel_scope.cancel()
        finally:
            self.hub.leave(client)

    def _is_current(self, hello: Mapping[str, Any]) -> bool:
        """Whether a page shows what there is."""
        shown = self.live.decks.get(str(hello.get("talk", "")))
        return hello.get("session") == self.session and (not shown or hello.get("version") == shown.version)

    async def _listen(self, client: Client, socket: WebSocket) -> None:
        while True:
            try:
                message = await _message(socket)
            except WebSocketDisconnect:
                return
            except ValueError:
                continue  # not a page of ours
            handler = self.handlers.get(str(message.get("type")))
            if handler:
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
    message = json.loads(received.get("text") or "")
    if not isinstance(message, dict):
        raise ValueError("not an object")
    return message


async def _pass_on(client: Client, socket: WebSocket) -> None:
    """Send what a client is told; one who has been cut off comes back anew."""
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
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        origin = asked.headers.get("origin")
        is_ours = self._guard.knows_host(asked.headers.get("host"))
        if origin is not None or scope["type"] == "websocket":
            is_ours = is_ours and self._guard.knows_origin(origin)
        role, cookie = self._guard.reader(asked.query_params.get("token", ""), asked.cookies)
        if not is_ours or role is Role.NOBODY:
            await _refuse(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if cookie and message["type"] == "http.response.start":
                value = f"{self._guard.cookie}={cookie}; HttpOnly; SameSite=Strict; Path=/"
                message["headers"] = [*message["headers"], (b"set-cookie", value.encode())]
            await send(message)

        await self._app({**scope, "role": role}, receive, send_with_cookie)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    text = "This needs the whole address, with its token, that `greenroom present` says.\n"
    await PlainTextResponse(text, 403)(scope, receive, send)


def _missing() -> Response:
    return PlainTextResponse("There is nothing here.\n", 404)


def _contents(live: Live) -> str:
    """What stands for the site while it is not built."""
    decks = "".join(f'<li><a href="/slides/{escape(name)}/">{escape(name)}</a></li>' for name in live.decks)
    return f'<!doctype html><html lang="en"><title>Talks</title><body><h1>Talks</h1><ul>{decks}</ul></body></html>'
