"""The show: where the speaker is, for how long, and what is marked on the slides; told to remotes and followers.

The deck that the speaker moved last leads. It says where it is; remotes ask the server, which asks that deck. So the
deck alone knows what comes next, and there is one truth, also when a connection is lost or comes late.

    from the author's deck   stage                       what there is, please; answered by `stage`
                             at {talk, at, about}        where it is; `about` is what remotes show of it
                             timer {spent, since}        the speaker's clock was started, stopped, reset
                             marks {change}              something is pointed at, drawn, erased: see marks.js
    from remotes             stage; press {what}         "next", "prev" or "pause"
                             clock {what}                "run", "stop" or "reset"
    to the deck              stage {at, timer, marks, codes}, press {what}, timer {spent, since}
    to remotes               stage {talk, at, about, timer, open}, of which `timer {elapsed, runs}`
    to followers             stage {at, marks}, at {at}, marks {change}

Nothing is written while nothing happens, and at most once a second: a crash loses no more than that.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio

from greenroom.serve.guard import Role
from greenroom.serve.hub import Client, Hub

Message = Mapping[str, Any]

FILE = ".greenroom/stage.json"
"""Where the shows are kept, below the project's root."""

AWAY_MS = 10 * 60_000
"""A deck that is opened again after so long begins anew, as the speaker's window does."""

BEAT_MS = 30_000
"""How often is written that the show goes on, while it does and nothing happens."""

MOST_MARKS = 2_000_000
"""Characters that are kept of what is drawn in a talk; what is drawn after that is seen, and forgotten."""


# --- what there is to know --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deck is, in reveal.js's words.

    Attributes:
        slide: The slide's id, which stays when slides come or go before it.
        framework: The one that is shown alone; "" for all.
    """

    slide: str
    h: int
    v: int
    f: int
    paused: bool = False
    framework: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock that can be stopped.

    Attributes:
        spent: Milliseconds until it was stopped last.
        since: When it was started again, in milliseconds since 1970; None while it stands.
    """

    spent: int = 0
    since: int | None = None

    def elapsed(self, now: int) -> int:
        """The milliseconds that it shows."""
        return self.spent + (max(0, now - self.since) if self.since is not None else 0)

    def told(self, what: str, now: int) -> Timer:
        """The clock after `run`, `stop` or `reset`."""
        if what == "reset":
            return Timer()
        if what == "run" and self.since is None:
            return Timer(self.spent, now)
        return Timer(self.elapsed(now)) if what == "stop" else self


@dataclass(frozen=True, slots=True)
class Show:
    """A talk that is given.

    Attributes:
        seen: When it was known to go on, in milliseconds since 1970.
    """

    place: Place | None = None
    timer: Timer = Timer()
    seen: int = 0


def place(given: Any) -> Place | None:
    """Read a place that a page tells; None if it is none."""
    if not isinstance(given, dict):
        return None
    slide, framework = given.get("slide"), given.get("framework", "")
    numbers = [given.get(name) for name in ("h", "v", "f")]
    if not isinstance(slide, str) or not isinstance(framework, str):
        return None
    if not all(isinstance(each, int) and -2 < each < 100_000 for each in numbers):
        return None
    h, v, f = (int(each or 0) for each in numbers)
    return Place(slide[:500], h, v, f, given.get("paused") is True, framework[:50])


def timer(given: Any) -> Timer | None:
    """Read a clock that a page tells; None if it is none."""
    if not isinstance(given, dict):
        return None
    spent, since = given.get("spent"), given.get("since")
    if not isinstance(spent, int | float) or not isinstance(since, int | float | None):
        return None
    return Timer(int(spent), None if since is None else int(since))


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives the server.

    Attributes:
        shows: By the talk's name.
        secrets: Those of the session, so that pages that are open find back to a server that was started again.
    """

    shows: Mapping[str, Show] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def to_json(kept: Kept) -> str:
    """What is kept on the disk."""
    return json.dumps(asdict(kept))


def from_json(text: str, now: int) -> Kept:
    """What was kept, if a show is not long over; nothing of what is not well-formed."""
    try:
        given = json.loads(text)
        found = {
            str(talk): Show(place(show["place"]), timer(show["timer"]) or Timer(), int(show["seen"]))
            for talk, show in given["shows"].items()
        }
        secrets = {str(name): str(secret) for name, secret in given["secrets"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return Kept()
    shows = {talk: show for talk, show in found.items() if 0 <= now - show.seen < AWAY_MS}
    return Kept(shows, secrets if shows else {})


def read(path: Path, now: int | None = None) -> Kept:
    """Read what an earlier server kept."""
    try:
        return from_json(path.read_text("utf-8"), _now() if now is None else now)
    except (OSError, UnicodeDecodeError):
        return Kept()


@dataclass(slots=True)
class Marks:
    """What is drawn on a talk's slides: by the slide, the strokes by their names; a stroke is its colour and points."""

    strokes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    _size: int = 0

    def take(self, change: Mapping[str, Any]) -> None:
        """Add to a stroke, or erase some."""
        slide = change.get("slide")
        if not isinstance(slide, str):
            return
        drawn = self.strokes.setdefault(slide, {})
        for name in change.get("gone") or ():
            self._size -= len(drawn.pop(str(name), {}).get("points", ())) * 6
        points, name = change.get("points"), change.get("stroke")
        if isinstance(points, list) and isinstance(name, str) and self._size < MOST_MARKS:
            stroke = drawn.setdefault(name, {"color": change.get("color"), "size": change.get("size"), "points": []})
            stroke["points"] += points
            self._size += len(points) * 6
        if not drawn:
            del self.strokes[slide]


# --- the show ---------------------------------------------------------------------------------------------------------


def _now() -> int:
    return int(time.time() * 1000)


@dataclass(slots=True)
class Stage:
    """The shows of a session, as its pages tell them.

    Attributes:
        hub: Who is connected.
        path: Where they are kept on the disk.
        secrets: What is kept with them.
        shows: By the talk's name; at first those that were kept.
        talk: The one that is given, or was last.
        now: The time, in milliseconds since 1970.
        codes: What lets others in: `{name, address, picture}` each, for the author's deck to show.
    """

    hub: Hub
    path: Path
    codes: tuple[Mapping[str, str], ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    shows: dict[str, Show] = field(default_factory=dict)
    now: Callable[[], int] = _now
    talk: str = ""
    _about: dict[str, Any] = field(default_factory=dict)
    _marks: dict[str, Marks] = field(default_factory=dict)
    _leaders: list[Client] = field(default_factory=list)
    _written: str = ""
    _beat: int = 0
    _was_open: bool = False

    def __post_init__(self) -> None:
        self.talk = max(self.shows, key=lambda talk: self.shows[talk].seen, default="")

    @property
    def handlers(self) -> dict[str, Callable[[Client, dict[str, Any]], Awaitable[None]]]:
        """What is done for a page's message, by its type."""
        return {
            "stage": self._tell_all,
            "at": self._move,
            "press": self._press,
            "clock": self._clock,
            "timer": self._time,
            "marks": self._mark,
        }

    async def keep(self) -> None:
        """Write down what happens, until this is cancelled."""
        try:
            while True:
                await anyio.sleep(1)
                if self._was_open != (self._leader() is not None):
                    self._tell_remotes()
                self.write()
        finally:
            self.write()

    def write(self) -> None:
        """Keep the shows on the disk, if there is news or they have gone on for a while."""
        now = self.now()
        for talk in {client.talk for client in self._leaders if client in self.hub.clients}:
            self.shows[talk] = replace(self.shows.get(talk, Show()), seen=now)
        text = to_json(Kept({talk: replace(show, seen=0) for talk, show in self.shows.items()}))
        is_known = text == self._written and (now - self._beat < BEAT_MS or self._leader() is None)
        if is_known or not self.shows:
            return
        self._written, self._beat = text, now
        fresh = self.path.with_suffix(".new")
        with suppress(OSError):  # a full disk must not end the show
            self.path.parent.mkdir(exist_ok=True)
            fresh.touch(0o600)  # nobody else has to know the secrets
            fresh.write_text(to_json(Kept(self.shows, self.secrets)), "utf-8")
            fresh.replace(self.path)

    # --- what pages say -----------------------------------------------------------------------------------------------

    async def _tell_all(self, client: Client, _: Message) -> None:
        """Tell a page that has just come what there is."""
        if client.role is Role.REMOTE:
            self._say(client, self._for_remotes())
            return
        show = self.shows.get(client.talk, Show())
        at = asdict(show.place) if show.place else None
        strokes = self._marks.get(client.talk, Marks()).strokes
        if client.role is Role.FOLLOWER:
            self._say(client, {"type": "stage", "at": at, "marks": strokes})
        elif client.role is Role.AUTHOR and client.kind == "deck":
            is_over = self.now() - show.seen >= AWAY_MS
            told = {"at": None if is_over else at, "timer": asdict(Timer() if is_over else show.timer)}
            self._say(client, {"type": "stage", **told, "marks": strokes, "codes": self.codes})

    async def _move(self, client: Client, message: Message) -> None:
        """The author's deck is somewhere. One that was only opened does not take the lead from another."""
        at = place(message.get("at"))
        if client.role is not Role.AUTHOR or at is None:
            return
        leader = self._leader(client.talk)
        if message.get("first") is True and leader not in (None, client):
            return
        self._leaders = [*(each for each in self._leaders if each is not client and each in self.hub.clients), client]
        before = self.shows.get(client.talk, Show())
        self.talk = client.talk
        self.shows[client.talk] = replace(before, place=at, seen=self.now())
        self._about[client.talk] = message.get("about")
        if at != before.place:
            told = {"type": "at", "at": asdict(at)}
            self.hub.tell(told, lambda each: each.role is Role.FOLLOWER and each.talk == client.talk)
            has_begun = before.timer.spent or before.timer.since is not None
            if before.place and not has_begun and self._has_remote():
                self._set_timer(client.talk, before.timer.told("run", self.now()))
        self._tell_remotes()

    async def _press(self, client: Client, message: Message) -> None:
        """A remote asks the leading deck to move."""
        leader = self._leader()
        if client.role >= Role.REMOTE and leader and message.get("what") in ("next", "prev", "pause"):
            self._say(leader, {"type": "press", "what": message["what"]})

    async def _clock(self, client: Client, message: Message) -> None:
        """A remote starts or stops the clock."""
        if client.role >= Role.REMOTE and self.talk:
            self._set_timer(self.talk, self.shows[self.talk].timer.told(str(message.get("what")), self.now()))

    async def _time(self, client: Client, message: Message) -> None:
        """The speaker's window has started or stopped the clock."""
        told = timer(message)
        if client.role is Role.AUTHOR and told:
            self.shows[client.talk] = replace(self.shows.get(client.talk, Show()), timer=told, seen=self.now())
            self._tell_remotes()

    async def _mark(self, client: Client, message: Message) -> None:
        """Something is pointed at, drawn or erased."""
        change = message.get("change")
        if client.role is not Role.AUTHOR or not isinstance(change, dict):
            return
        self._marks.setdefault(client.talk, Marks()).take(change)
        told = {"type": "marks", "change": change}
        self.hub.tell(told, lambda each: each.role is Role.FOLLOWER and each.talk == client.talk)

    # --- what they are told -------------------------------------------------------------------------------------------

    def _leader(self, talk: str = "") -> Client | None:
        """The deck that the speaker moved last, of those that are there."""
        for client in reversed(self._leaders):
            if client in self.hub.clients and client.talk == (talk or self.talk):
                return client
        return None

    def _has_remote(self) -> bool:
        return any(client.role is Role.REMOTE for client in self.hub.clients)

    def _set_timer(self, talk: str, changed: Timer) -> None:
        self.shows[talk] = replace(self.shows[talk], timer=changed, seen=self.now())
        told = {"type": "timer", **asdict(changed)}
        self.hub.tell(told, lambda each: each.role is Role.AUTHOR and each.kind == "deck" and each.talk == talk)
        self._tell_remotes()

    def _tell_remotes(self) -> None:
        self._was_open = self._leader() is not None
        self.hub.tell(self._for_remotes(), lambda each: each.role is Role.REMOTE)

    def _for_remotes(self) -> Message:
        """All that a remote shows; the clocks of two machines differ, so it is told how much time has passed."""
        show = self.shows.get(self.talk, Show())
        return {
            "type": "stage",
            "talk": self.talk,
            "open": self._leader() is not None,
            "at": asdict(show.place) if show.place else None,
            "about": self._about.get(self.talk),
            "timer": {"elapsed": show.timer.elapsed(self.now()), "runs": show.timer.since is not None},
        }

    @staticmethod
    def _say(client: Client, message: Message) -> None:
        client.tell(json.dumps(message, separators=(",", ":")))
