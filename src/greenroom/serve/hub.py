"""Who is connected, and what each of them is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from greenroom.serve.audience import public
from greenroom.serve.guard import Role

WAITING = 256
"""How many messages may wait for somebody who is slow; then the connection is cut, and the page comes back anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Client:
    """One connection.

    Attributes:
        role: What it may do.
        talk: The name of the talk whose deck it shows; "" for pages of the site.
        kind: What it is: `deck`, `page`, `speaker`, `remote`, `follower`.
        page: Tells the page from all others; "" if it does not say.
        left: Set when it is gone.
    """

    role: Role
    talk: str
    kind: str
    page: str
    _send: MemoryObjectSendStream[str] = field(repr=False)
    messages: MemoryObjectReceiveStream[str] = field(repr=False)
    left: anyio.Event = field(default_factory=anyio.Event, repr=False)

    def tell(self, text: str) -> None:
        """Queue a message; one who is too slow to take them is cut off."""
        try:
            self._send.send_nowait(text)
        except anyio.WouldBlock:
            self._send.close()
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            pass

    def close(self) -> None:
        """Take no more messages."""
        self._send.close()


@dataclass(slots=True)
class Hub:
    """All connections."""

    clients: set[Client] = field(default_factory=set)

    def join(self, role: Role, talk: str, kind: str, page: str = "") -> Client:
        """Add a connection. The one that the same page had before is lost, whether we know of that or not."""
        for other in [each for each in self.clients if page and (each.page, each.role) == (page, role)]:
            self.leave(other)
        send, receive = anyio.create_memory_object_stream[str](WAITING)
        client = Client(role, talk, kind, page, send, receive)
        self.clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        """Forget a connection."""
        self.clients.discard(client)
        client.left.set()
        client.close()

    def tell(self, message: Mapping[str, Any], to: Callable[[Client], bool] = lambda _: True) -> None:
        """Send a message to all whom it concerns, and to followers no more of it than they may know."""
        told = [client for client in self.clients if to(client)]
        followers = [client for client in told if client.role is Role.FOLLOWER]
        others = [client for client in told if client.role is not Role.FOLLOWER]
        for each, clients in ((message, others), (public(message) if followers else None, followers)):
            if each is not None and clients:
                text = json.dumps(each, separators=(",", ":"))
                for client in clients:
                    client.tell(text)
