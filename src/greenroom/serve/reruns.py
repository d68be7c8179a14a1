"""Runs modules again whose recordings do not fit, while what they gave before is shown.

What comes of it is kept in memory and written nowhere: only `greenroom record` does that. A module that is saved again
while it runs is ended, and runs anew.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Container, Iterable
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from greenroom import record
from greenroom.model import Attributes, Fence, Listing, Module, Problem, Talk
from greenroom.record.engine import Engine, Follower, Run
from greenroom.record.key import Sources
from greenroom.serve.live import Live
from greenroom.serve.trouble import lasting, surviving

QUIET_SECONDS = 0.1
"""How long a module must stay as it is before it runs."""


@dataclass(slots=True)
class Reruns:
    """The modules that run again.

    Attributes:
        live: Is given what came of them.
        engine: Runs them; the caller ends it.
        done: Called when some have run to their end, which `settle` then takes in.
        unsettled: Whether there is something that `settle` has not taken in.
    """

    live: Live
    engine: Engine
    done: Callable[[], Awaitable[object]]
    unsettled: bool = False
    _going: dict[str, tuple[Attributes, Follower]] = field(default_factory=dict)
    _tried: dict[str, Attributes] = field(default_factory=dict)
    _ended: list[Run] = field(default_factory=list)
    _turns: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(os.cpu_count() or 1))

    def settle(self) -> list[Run]:
        """Have the project show what came of runs that have ended; gives them."""
        ended, self._ended, self.unsettled = self._ended, [], False
        for run in ended:
            path = run.sources.module.path
            self.live.failed[path] = ()
            with surviving():
                recording, self.live.failed[path] = record.afresh(self.live.root, run)
                if recording:
                    self.live.fresh[path] = recording
                    del self.live.failed[path]
        return ended

    def traced(self) -> list[tuple[Sources, tuple[Problem, ...]]]:
        """The modules that have to run, with all that decides what comes of them, and what keeps them from running."""
        return [record.trace(self.live.root, module) for module in self.live.waiting]

    def look(self, traced: list[tuple[Sources, tuple[Problem, ...]]], tasks: TaskGroup) -> None:
        """Begin what has to run and does not, and end what runs for nothing."""
        wanted = {sources.module.path: sources.digests() for sources, _ in traced}
        for path, (digests, follower) in self._going.items():
            if wanted.get(path) != digests:
                follower.end()
        for sources, problems in traced:
            path, digests = sources.module.path, sources.digests()
            if path in self._going or self._tried.get(path) == digests:
                continue
            self._tried[path] = digests
            self.live.failed.pop(path, None)
            if problems:
                self.live.failed[path] = problems
                continue
            follower = Follower()
            self._going[path] = digests, follower
            tasks.start_soon(self._run, sources, follower)
        for path in self._tried.keys() - wanted.keys():
            del self._tried[path]

    async def _run(self, sources: Sources, follower: Follower) -> None:
        module = sources.module
        run = None
        try:
            await anyio.sleep(QUIET_SECONDS)
            if not follower.ended:
                limits = self.live.project.config.limits
                work = partial(self.engine.follow, sources, module.cells[-1], follower, limits.seconds)
                with surviving():
                    run = await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=self._turns)
        finally:
            del self._going[module.path]
        if run and not follower.ended:
            self._ended.append(run)
        elif follower.ended:
            self._tried.pop(module.path, None)
        else:
            self.live.failed[module.path] = ()
        self.unsettled = True
        await lasting(self.done)


def outputs(talk: Talk, outdated: Iterable[Module], running: Container[str]) -> dict[str, list[tuple[int, str]]]:
    """Where a deck shows what other code gave.

    Args:
        talk: The talk that the deck shows.
        outdated: The modules of which it does.
        running: Those that run again, by their paths; of the others it cannot show what came of that.

    Returns:
        By the slide's id, which of its listings these are, from 0, each with what is to be said: `running` or `old`.
    """
    states = {module.path: "running" if module.path in running else "old" for module in outdated}
    found: dict[str, list[tuple[int, str]]] = {}
    with_code = [slide for slide in talk.slides if slide.fences] if states else []
    for slide in with_code:
        fences = [slide.fences[token.meta["fence"]] for token in slide.body if "fence" in token.meta]
        here = [(fence, listing) for fence in fences for listing in fence.listings]
        apart = [each for each in here if _wanted(*each) == "slide"]
        for name, shown in ((slide.id, here), (f"{slide.id}-output", apart)):
            for number, (fence, listing) in enumerate(shown):
                if listing.path in states and (_wanted(fence, listing) not in ("none", "slide") or shown is apart):
                    found.setdefault(name, []).append((number, states[listing.path]))
    return found


def _wanted(fence: Fence, listing: Listing) -> str:
    """Where an output stands, or will stand once there is one."""
    return fence.output if listing.outputs else fence.option("output") or "none"
