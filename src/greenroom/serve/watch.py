"""Says when the project's files have changed.

Events of the file system come at once, and cannot be relied on: a folder that was deleted and made anew is watched no
longer, and a machine that slept has missed some. So an event only makes us look sooner, and we look every second
anyway. What is told is that something changed; what it was is found by content, by whoever loads again.
"""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from watchfiles import awatch

QUIET_MS = 12
"""How long nothing more must happen before a change counts as done: an editor writes a file in several steps."""

LONGEST_MS = 60
"""How long a change is waited for that goes on and on."""

LOOK_SECONDS = 1.0
"""How often we look without being told to."""

HALF_WRITTEN_SECONDS = 0.2
"""How long a file that became empty is taken for one that is being written."""

Fingerprint = dict[str, tuple[int, int, int]]
"""By each file's path: the time of its last change, its size, its place on the disk."""


@dataclass(slots=True)
class Watch:
    """Watches what `places` names at each moment: folders, with all that is in them, and files."""

    places: Callable[[], Iterable[Path]]
    _woken: anyio.Event = field(default_factory=anyio.Event)

    async def changes(self, seen: Fingerprint | None = None) -> AsyncIterator[None]:
        """Yield each time that something has changed, for ever; `listen` runs beside it and makes it quick.

        Args:
            seen: What there was when somebody looked last; what there is now, if nobody did.
        """
        seen = fingerprint(self.places()) if seen is None else seen
        while True:
            with anyio.move_on_after(LOOK_SECONDS):
                await self._woken.wait()
            self._woken = anyio.Event()
            now = await self._settled(seen)
            if now != seen:
                seen = now
                yield

    async def _settled(self, seen: Fingerprint) -> Fingerprint:
        """What is there once no file is empty that was not: editors empty a file before they write it."""
        now = fingerprint(self.places())
        with anyio.move_on_after(HALF_WRITTEN_SECONDS):
            while any(not size and seen.get(path, (0, 0, 0))[1] for path, (_, size, _) in now.items()):
                await anyio.sleep(QUIET_MS / 1000)
                now = fingerprint(self.places())
        return now

    async def listen(self) -> None:
        """Have each event of the file system make us look, for ever."""
        while True:
            whole, single = self._folders()
            if not (whole or single):  # all is gone, and nothing tells when it comes back
                await anyio.sleep(LOOK_SECONDS)
                continue
            stop = anyio.Event()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._listen, whole, True, stop)
                tasks.start_soon(self._listen, single, False, stop)

    async def _listen(self, folders: frozenset[str], recursive: bool, stop: anyio.Event) -> None:
        """Wake up at events in the folders, until these are no longer all that there are."""
        if not folders:
            await stop.wait()
        with suppress(FileNotFoundError):  # one is gone again
            async for _ in awatch(
                *folders,
                watch_filter=None,
                debounce=LONGEST_MS,
                step=QUIET_MS,
                stop_event=stop,
                rust_timeout=1000,
                yield_on_timeout=True,
                recursive=recursive,
            ):
                self._woken.set()
                if folders != self._folders()[not recursive]:
                    stop.set()
        stop.set()

    def _folders(self) -> tuple[frozenset[str], frozenset[str]]:
        """The folders to watch with all that is in them, and those to watch for some files of theirs."""
        places = list(self.places())
        whole = {str(place) for place in places if os.path.isdir(place)}  # noqa: PTH112, a Path may raise an error
        single = {str(place.parent) for place in places if str(place) not in whole and os.path.isdir(place.parent)}  # noqa: PTH112
        return frozenset(whole), frozenset(single)


def fingerprint(places: Iterable[Path]) -> Fingerprint:
    """What can be told of the files without reading them."""
    found: Fingerprint = {}
    for place in places:
        _look(str(place), found)
    return found


def _look(path: str, found: Fingerprint) -> None:
    """Look at a file, or at all that is in a folder; hidden files and caches do not count."""
    # Strings and not Paths: this is done every second, for as many files as the project has.
    try:
        facts = os.stat(path)  # noqa: PTH116
        if not stat.S_ISDIR(facts.st_mode):
            found[path] = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
            return
        with os.scandir(path) as entries:
            below = [entry.path for entry in entries if not entry.name.startswith((".", "__"))]
    except OSError:  # it is gone, or is not for us
        return
    for each in below:
        _look(each, found)
