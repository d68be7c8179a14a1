"""One session of `greenroom present`: after each change, everybody is told what they have to know."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from greenroom.build import Project
from greenroom.model import Problem
from greenroom.problems import report
from greenroom.record.engine import Engine, Run
from greenroom.serve import editor, place, reruns
from greenroom.serve.guard import Role
from greenroom.serve.hub import Client, Hub
from greenroom.serve.live import Live, Message
from greenroom.serve.pages import Pages
from greenroom.serve.reruns import Reruns
from greenroom.serve.trouble import lasting


class Terminal(Protocol):
    """What the author is told where the server was started."""

    def say(self, line: str) -> None:
        """Tell what happened."""

    def tell(self, problems: tuple[Problem, ...]) -> None:
        """Tell the mistakes that there are now; none if all are mended."""


@dataclass(slots=True)
class Session:
    """What goes on from the first look at the project to Ctrl-C.

    Attributes:
        live: The project.
        hub: Who is connected.
        engine: Runs modules again.
        terminal: Where the author is told.
        follow: Whether pages go to what the author has just changed.
    """

    live: Live
    hub: Hub
    engine: Engine
    terminal: Terminal
    follow: bool = False
    _pages: Pages = field(init=False)
    _reruns: Reruns = field(init=False)
    _told: tuple[Problem, ...] = ()
    _stale: dict[str, Mapping[str, object]] = field(default_factory=dict)
    _unrecorded: frozenset[str] = frozenset()
    _is_behind: bool = False
    _turn: anyio.Lock = field(default_factory=anyio.Lock)
    _tasks: TaskGroup | None = None

    def __post_init__(self) -> None:
        self._pages = Pages(self.live, self._page)
        self._reruns = Reruns(self.live, self.engine, self._ran)

    @property
    def handlers(self) -> dict[str, Callable[[Client, dict[str, Any]], Any]]:
        """What is done for a page's message, by its type."""
        return {"open": self._open}

    async def serve(self) -> None:
        """Do in the background what is to be done there, until this is cancelled."""
        async with anyio.create_task_group() as self._tasks:
            self._reruns.look(self._reruns.traced(), self._tasks)
            self._tell_state()
            self._pages.wake()
            await lasting(self._pages.serve)

    async def update(self) -> None:
        """Load the project again, and tell everybody what is new."""
        async with self._turn:
            await self._update()

    async def _ran(self) -> None:
        """Take in what came of runs: of all at once that ended while another update went on."""
        async with self._turn:
            if self._reruns.unsettled or self._is_behind:
                await self._update()

    async def _update(self) -> None:
        self._is_behind = True
        began = time.perf_counter()
        before = self.live.good
        told, ran = await anyio.to_thread.run_sync(self._load)
        for talk, message in told.items():
            self.hub.tell(message, lambda client, talk=talk: client.talk == talk)  # type: ignore[misc]
        for run in ran:
            if run.sources.module.path in self.live.fresh and not run.problems:
                told_so = "; `greenroom record` records it"
                self.terminal.say(f"{run.sources.module.path}: ran again, {run.seconds:.2f} s{told_so}")
        for talk, message in told.items():
            path = self.live.decks[talk].deck.talk.path
            self.terminal.say(f"{path}: {_counted(message)}, {time.perf_counter() - began:.2f} s")
        if self._tasks:
            self._reruns.look(await anyio.to_thread.run_sync(self._reruns.traced), self._tasks)
        self._tell_state()
        if self.follow and not ran:
            self._go(before, told)
        self._pages.wake()
        self._is_behind = False
        await anyio.to_thread.run_sync(self.live.rest)

    def _load(self) -> tuple[dict[str, Message], list[Run]]:
        ran = self._reruns.settle()
        return self.live.update(), ran

    # --- mistakes, and what is of other code ------------------------------------------------------------------------

    def greet(self, client: Client) -> None:
        """Tell a page that has just come how things are."""
        if _is_for(client):
            for message in (self._problems(), self._marks(client.talk)):
                client.tell(json.dumps(message))

    def _tell_state(self) -> None:
        """Tell everybody the mistakes, and which outputs are of other code, if that is news."""
        problems = tuple(sorted({*self.live.problems, *self._pages.problems}))
        if problems != self._told:
            self._told = problems
            self.terminal.tell(problems)
            self.hub.tell(self._problems(), _is_for)
        if self._unrecorded != self.live.unrecorded:
            self._unrecorded = self.live.unrecorded
            self.hub.tell({"type": "ask"}, lambda client: client.role is Role.AUTHOR and client.kind == "deck")
        for talk in self.live.decks:
            marks = self._marks(talk)
            if self._stale.get(talk, {"type": "stale", "slides": {}}) != marks:
                self.hub.tell(marks, lambda client, talk=talk: client.talk == talk)  # type: ignore[misc]
            self._stale[talk] = marks

    def _problems(self) -> Message:
        return {"type": "problems", "text": report(self._told)}

    def _marks(self, talk: str) -> Message:
        shown = self.live.decks.get(talk)
        running = {module.path for module in self.live.waiting} - self.live.failed.keys()
        found = reruns.outputs(shown.deck.talk, self.live.outdated, running) if shown else {}
        return {"type": "stale", "slides": found}

    # --- pages of the site --------------------------------------------------------------------------------------------

    async def _page(self, changed: frozenset[str], seconds: float) -> None:
        self._tell_state()
        if changed:
            self.hub.tell({"type": "pages", "paths": sorted(changed)}, lambda client: client.kind == "page")
            count = "all" if "*" in changed else len(changed)
            self.terminal.say(f"site: {count} page{'' if count == 1 else 's'}, {seconds:.2f} s")

    # --- where the author is ------------------------------------------------------------------------------------------

    def _go(self, before: Project, told: Mapping[str, Message]) -> None:
        """Have the author's decks go to what has changed."""
        lines = place.changed(before, self.live.good)
        for talk, message in told.items():
            found = place.places(self.live.decks[talk].deck.talk, lines) if lines else []
            names = [slide.id for slide in self.live.decks[talk].deck.talk.slides]
            changed = set(message.get("slides", ()))
            places = found or [(name, 0) for name in names if name in changed]
            if places:
                self.hub.tell({"type": "go", "places": places}, lambda client, talk=talk: _is_author(client, talk))  # type: ignore[misc]

    async def _open(self, client: Client, message: dict[str, Any]) -> None:
        """Open the author's editor where a page says: at a line of a module, and nowhere else."""
        path, line = message.get("path"), message.get("line")
        known = {module.path for module in self.live.good.modules.values()}
        if client.role is Role.AUTHOR and isinstance(path, str) and path in known and isinstance(line, int):
            file = (self.live.root / path).resolve()
            left = await anyio.to_thread.run_sync(editor.open_at, file, max(line, 1), os.environ)
            if left:
                client.tell(json.dumps({"type": "open", **left}))


def _is_for(client: Client) -> bool:
    """Whether a page is the author's to work with."""
    return client.role >= Role.READER and client.kind in ("deck", "page")


def _is_author(client: Client, talk: str) -> bool:
    return client.role is Role.AUTHOR and client.kind == "deck" and client.talk == talk


def _counted(message: Message) -> str:
    """How much of a deck has changed."""
    if message["type"] == "reload":
        return "all slides"
    counts = ((len(message["slides"]), "slide"), (len(message["files"]), "file"))
    words = (f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
    return ", ".join(words) or "another order"
