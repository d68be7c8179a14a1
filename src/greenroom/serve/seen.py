"""What the room sees of runs: told to those who follow, and to the pictures of the deck in the speaker's window.

The deck says which runs it shows at each moment. Whoever looks on is told of these alone, and those who come late are
told all at once:

    from the deck     seen {runs: [ID, …]}                           the runs that it shows, begun by it
    to onlookers      seen {run, slide, fence, framework,            this run is shown, at this listing; what was typed
                            code, seconds}                           into it, as HTML, or null; and how long it goes on
                      ran {run, event, …}                            as `run` to the deck itself: see runs.py
                      gone {runs}                                    these are shown no more
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from greenroom import dialect
from greenroom.serve.guard import Role
from greenroom.serve.hub import Client, Hub

NEWS_SECONDS = 0.2
"""How often onlookers are told what is printed: there may be hundreds of them."""

LOST_SECONDS = 4.0
"""How long a deck may be gone before what it showed counts as gone: it may only have lost its connection."""

KEPT = 50
"""How many runs are remembered that a deck may come to show again."""

Message = Mapping[str, Any]


@dataclass(slots=True)
class _Run:
    """A run, as far as it has come.

    Attributes:
        page: The page that began it.
        at: Where its listing stands, and what was typed into it.
        began: When.
        told: What it has printed that onlookers know.
        text: What it has printed.
        last: How it ended, or how far it is.
        is_seen: Whether the deck shows it.
    """

    page: str
    talk: str
    at: Message
    began: float
    text: str = ""
    told: str = ""
    last: Message = field(default_factory=dict)
    is_seen: bool = False


@dataclass(slots=True)
class Seen:
    """The runs that decks show."""

    hub: Hub
    _runs: dict[str, _Run] = field(default_factory=dict)
    _printed: anyio.Event = field(default_factory=anyio.Event)

    @property
    def handlers(self) -> dict[str, Callable[[Client, dict[str, Any]], Any]]:
        """What is done for a page's message, by its type."""
        return {"seen": self._show}

    async def serve(self) -> None:
        """Tell onlookers what is printed, until this is cancelled."""
        while True:
            await self._printed.wait()
            await anyio.sleep(NEWS_SECONDS)
            self._printed = anyio.Event()
            for name, run in self._runs.items():
                self._tell_text(name, run)

    def begin(self, client: Client, name: str, at: Message, code: str | None) -> None:
        """A deck has begun a run."""
        for old in [key for key, run in self._runs.items() if not run.is_seen][: max(0, len(self._runs) - KEPT)]:
            del self._runs[old]
        typed = None if code is None else "\n".join(map(_line, dialect.highlight(code, "python")))
        where = {key: at[key] for key in ("slide", "fence", "framework")}
        self._runs[name] = _Run(client.page, client.talk, {**where, "code": typed}, anyio.current_time())

    def take(self, name: str, event: str, facts: Message) -> None:
        """The deck is told something of a run."""
        run = self._runs.get(name)
        if run is None:
            return
        if event == "out":
            run.text = facts["text"] if facts["anew"] else run.text + facts["text"]
            self._printed.set()
            return
        run.last = {"event": event, **facts}
        if run.is_seen:
            self._tell_text(name, run)
            self._tell(run, {"type": "ran", "run": name, **run.last})

    def greet(self, client: Client) -> None:
        """Tell a page that has just come what is seen."""
        for name, run in self._runs.items():
            if run.is_seen and _looks_on(client, run):
                for message in self._whole(name, run):
                    client.tell(json.dumps(message))

    async def leave(self, client: Client) -> None:
        """Wait until a deck has gone for good; then nothing is seen of what it showed."""
        await client.left.wait()
        await anyio.sleep(LOST_SECONDS)
        if not any(each.page == client.page for each in self.hub.clients):
            self._set(client.page, frozenset())

    async def _show(self, client: Client, message: dict[str, Any]) -> None:
        """A deck says which of its runs it shows."""
        names = message.get("runs")
        if client.role is Role.AUTHOR and client.page and isinstance(names, list):
            self._set(client.page, frozenset(name for name in names if isinstance(name, str)))

    def _set(self, page: str, names: frozenset[str]) -> None:
        gone: dict[str, list[str]] = {}
        for name, run in self._runs.items():
            if run.page == page and run.is_seen != (name in names):
                run.is_seen = name in names
                if run.is_seen:
                    for message in self._whole(name, run):
                        self._tell(run, message)
                    run.told = run.text
                else:
                    gone.setdefault(run.talk, []).append(name)
        for talk, runs in gone.items():
            self._tell(_Run(page, talk, {}, 0), {"type": "gone", "runs": runs})

    @staticmethod
    def _whole(name: str, run: _Run) -> list[Message]:
        """All that there is to know of a run."""
        seconds = anyio.current_time() - run.began
        messages: list[Message] = [{"type": "seen", "run": name, **run.at, "seconds": seconds}]
        if run.text:
            messages.append({"type": "ran", "run": name, "event": "out", "text": run.text, "anew": True})
        if run.last:
            messages.append({"type": "ran", "run": name, **run.last})
        return messages

    def _tell_text(self, name: str, run: _Run) -> None:
        if run.is_seen and run.text != run.told:
            anew = not run.text.startswith(run.told)
            text = run.text if anew else run.text[len(run.told) :]
            run.told = run.text
            self._tell(run, {"type": "ran", "run": name, "event": "out", "text": text, "anew": anew})

    def _tell(self, run: _Run, message: Message) -> None:
        self.hub.tell(message, lambda client: _looks_on(client, run))


def _looks_on(client: Client, run: _Run) -> bool:
    if client.talk != run.talk:
        return False
    return client.role is Role.FOLLOWER or (client.role is Role.AUTHOR and client.page != run.page)


def _line(html: str) -> str:
    return f'<span class="line">{html}</span>'
