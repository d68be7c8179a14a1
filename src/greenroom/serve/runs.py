"""Runs what slides show, when the speaker's page asks for it.

A page names a listing by where it stands; what runs is the project's own code, up to and with the cells whose outputs
the listing shows, in a child of its framework's warm parent. So that nobody has to wait, the cells before those of the
slide that is shown run already, in a child that waits there: one for each framework, for the first listing. What was
typed into the listing comes with the wish, and takes the place of its lines. Of what comes of it, the page is told by
messages:

    {"type": "run", "run": ID, "event": …}
        queued, warming, started          how far it is: others go first, a framework is imported, it runs
        out {text, anew}                  what the shown cells print, as it comes; `anew` if it replaces all before
        done {html, seconds, versions,    its outputs, as the deck shows them; and the line of the listing, from 1, that
              line}                       raised an error, or 0
        failed {text}, late {text}        why nothing is shown, in a few words; `late` if it took too long
        stopped {seconds}                 as the page wished

What the author's own code raises is an output like any other. Whatever else goes wrong is no more than a few words, and
the page keeps what was recorded.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Container, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
from anyio.abc import TaskGroup

from greenroom import deck, record, resolve
from greenroom.model import FRAMEWORKS, LIBRARIES, Attributes, Cell, Listing, Module, Output, Recording, Slide
from greenroom.problems import Code
from greenroom.record.engine import Engine, Follower, Held, Run, beginning
from greenroom.record.key import Sources
from greenroom.record.mask import mask
from greenroom.record.store import place
from greenroom.serve import typed
from greenroom.serve.dates import dates
from greenroom.serve.guard import Role
from greenroom.serve.hub import Client
from greenroom.serve.live import Live
from greenroom.serve.seen import Seen
from greenroom.serve.trouble import lasting, surviving

AT_ONCE = 4
"""How many runs may go on, or wait, at the same time."""

IN_A_WHILE = 10
WHILE_SECONDS = 10.0
"""How many runs may begin in how long a time."""

NEWS_SECONDS = 0.04
"""How often a page is told what is printed: a message for each line would be more than it can take."""

READY_SECONDS = 0.4
"""How long a slide must be shown before its cells' predecessors run: most slides are only passed by."""

LOADING_SECONDS = 1.0
"""How long frameworks are not imported after a page has come, which has enough to do by itself."""

Result = TypeVar("Result")

Place = tuple[str, int, str]
"""The slide's id, which of its snippets, from 0, in the order in which it shows them, and the framework."""


@dataclass(frozen=True, slots=True)
class Runnable:
    """A listing that can be run.

    Attributes:
        cells: Those whose outputs belong to it.
        versions: What they were recorded with.
    """

    listing: Listing
    module: Module
    cells: tuple[Cell, ...]
    versions: Attributes


def runnable(
    slides: Iterable[Slide], modules: Mapping[tuple[str, str], Module], recordings: Mapping[str, Recording]
) -> dict[Place, Runnable]:
    """Find what can be run of slides: the listings that show outputs, or whole cells that have been recorded.

    Args:
        slides: The slides, resolved.
        modules: By lesson and framework.
        recordings: By the module's path.
    """
    found: dict[Place, Runnable] = {}
    for slide in slides:
        shown = [slide.fences[token.meta["fence"]] for token in slide.body if "fence" in token.meta]
        for number, fence in enumerate(fence for fence in shown if fence.listings):
            for listing in fence.listings:
                module = modules.get((listing.reference.lesson, listing.framework))
                recording = recordings.get(listing.path)
                each = _runnable(listing, module, recording) if module and recording else None
                if each:
                    found[slide.id, number, listing.framework] = each
                if each and fence.output == "slide":
                    found[f"{slide.id}-output", 0, listing.framework] = each
    return found


def _runnable(listing: Listing, module: Module, recording: Recording) -> Runnable | None:
    cells = tuple(resolve.cells(listing, module))
    whole = listing.reference.selector in {cell.name for cell in cells} | {""}
    ran = cells and all(recording.output(cell.name) for cell in cells)
    return Runnable(listing, module, cells, recording.versions) if ran and (whole or listing.outputs) else None


@dataclass(slots=True, eq=False)
class Runs:
    """The runs of a session.

    Attributes:
        live: The decks.
        engine: Runs the code; it ends with `serve`.
        seen: Tells others what comes of it.
        allowed: Whether anything may be run.
    """

    live: Live
    engine: Engine
    seen: Seen
    allowed: bool = True
    _going: dict[tuple[Client, str], anyio.CancelScope] = field(default_factory=dict)
    _begun: deque[float] = field(default_factory=lambda: deque(maxlen=IN_A_WHILE))
    _turns: dict[str, anyio.Lock] = field(default_factory=lambda: {name: anyio.Lock() for name in FRAMEWORKS})
    _threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4 * AT_ONCE))
    _dates: dict[str, tuple[int, str]] = field(default_factory=dict)
    _leaving: set[Client] = field(default_factory=set)
    _warming: bool = False
    _held: dict[str, tuple[Hashable, Held]] = field(default_factory=dict)
    _asked: tuple[Client, tuple[str, ...]] | None = None
    _readying: anyio.CancelScope | None = None
    _holding: anyio.Lock = field(default_factory=anyio.Lock)
    _tasks: TaskGroup | None = None

    @property
    def handlers(self) -> dict[str, Callable[[Client, dict[str, Any]], Awaitable[None]]]:
        """What is done for a page's message, by its type."""
        return {"runs": self._offer, "run": self._start, "stop": self._stop, **self.seen.handlers}

    async def serve(self) -> None:
        """Run what pages ask for until this is cancelled, when every process that was started ends."""
        try:
            async with anyio.create_task_group() as self._tasks:
                await lasting(self.seen.serve)
        finally:
            for _, held in self._held.values():
                held.end()
            self.engine.close()

    # --- what pages ask for -----------------------------------------------------------------------------------------

    async def _offer(self, client: Client, message: dict[str, Any]) -> None:
        """Tell a page which listings of some slides can be run, and get ready for that."""
        slides = message.get("slides")
        if not self._may(client) or not isinstance(slides, list):
            return
        slides = [slide for slide in slides if isinstance(slide, str)]
        offers = self._runnable(client.talk, slides)
        days = await self._in_thread(self._dates_of, {each.module.path for each in offers.values()})
        listings = [
            {
                "slide": slide,
                "fence": fence,
                "framework": framework,
                "date": days.get(each.module.path, ""),
                "versions": _words(each.versions),
                "memory": each.module.path in self.live.unrecorded,
            }
            for (slide, fence, framework), each in offers.items()
            if slide in slides
        ]
        client.tell(json.dumps({"type": "runs", "slides": slides, "listings": listings}))
        if self._tasks and not self._warming:
            self._warming = True
            self._tasks.start_soon(self._warm_all, client.talk)
        self._asked = client, tuple(slides)
        self._get_ready()

    async def _start(self, client: Client, message: dict[str, Any]) -> None:
        """Begin a run, if there is nothing against it."""
        name = message.get("id")
        if not self._may(client) or not isinstance(name, str) or (client, name) in self._going or not self._tasks:
            return
        where = message.get("slide"), message.get("fence"), message.get("framework")
        code = message.get("code")
        try:
            asked = self._runnable(str(message.get("talk")), [str(message.get("slide"))]).get(where)  # type: ignore[arg-type]
        except TypeError:  # what cannot be a place
            asked = None
        if asked is None:
            self._tell(client, name, "failed", text="the listing is no longer what it was")
        elif not _is_code(code):
            self._tell(client, name, "failed", text="it is too long to run, or no text")
        elif not self._is_time():
            self._tell(client, name, "failed", text="too many runs at once; try again in a moment")
        else:
            self._going[client, name] = scope = anyio.CancelScope()
            self.seen.begin(client, name, message, code)
            if client not in self._leaving:
                self._leaving.add(client)
                self._tasks.start_soon(self._leave, client)
            talk = self.live.decks[str(message["talk"])].deck.talk
            patience = min(talk.patience, self.live.good.config.limits.seconds)
            self._tasks.start_soon(self._go, client, name, asked, code, patience, scope)

    async def _leave(self, client: Client) -> None:
        with surviving():
            await self.seen.leave(client)
        self._leaving.discard(client)

    async def _stop(self, client: Client, message: dict[str, Any]) -> None:
        """End a run."""
        scope = self._going.get((client, str(message.get("id"))))
        if scope:
            scope.cancel()

    def _may(self, client: Client) -> bool:
        return self.allowed and client.role is Role.AUTHOR

    def _runnable(self, talk: str, slides: Collection[str] | None = None) -> dict[Place, Runnable]:
        """What can be run of some slides of a talk, or of all."""
        shown = self.live.decks.get(talk)
        if shown is None:
            return {}
        chosen = shown.deck.talk.slides
        if slides is not None:
            chosen = tuple(each for each in chosen if each.id in slides or f"{each.id}-output" in slides)
        return runnable(chosen, self.live.good.modules, self.live.good.recordings)

    def _dates_of(self, modules: Iterable[str]) -> dict[str, str]:
        """The days on which modules were recorded, by their paths; git is asked again only about what has changed."""
        files = {module: place(module) for module in modules}
        states = {module: _state(self.live.root / file) for module, file in files.items()}
        new = [module for module, state in states.items() if self._dates.get(module, (None, ""))[0] != state]
        if new:
            found = dates(self.live.root, [files[module] for module in new])
            self._dates |= {module: (states[module], found.get(files[module], "")) for module in new}
        return {module: self._dates[module][1] for module in files}

    def _is_time(self) -> bool:
        """Whether another run may begin; it counts as begun then."""
        now = time.monotonic()
        many = len(self._begun) == IN_A_WHILE and now - self._begun[0] < WHILE_SECONDS
        if many or len(self._going) >= AT_ONCE:
            return False
        self._begun.append(now)
        return True

    # --- runs -------------------------------------------------------------------------------------------------------

    async def _go(
        self,
        client: Client,
        name: str,
        asked: Runnable,
        code: str | None,
        patience: float,
        scope: anyio.CancelScope,
    ) -> None:
        """Run a listing, or what was typed into it, from the first to the last that its page is told."""
        began = time.monotonic()
        is_done = False
        try:
            with surviving(), scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_cancel_after, client.left, scope)
                    if code is None:
                        await self._run(client, name, asked, patience)
                    else:
                        await self._run_typed(client, name, asked, code, patience)
                    tasks.cancel_scope.cancel()
                is_done = True
        finally:
            del self._going[client, name]
            self._get_ready()
        if scope.cancelled_caught:
            self._tell(client, name, "stopped", seconds=time.monotonic() - began)
        elif not is_done:
            self._tell(client, name, "failed", text="it could not be run")

    async def _run_typed(self, client: Client, name: str, asked: Runnable, code: str, patience: float) -> None:
        """Run a listing with what was typed into it, if that is a program."""
        module, listing, problems = await self._in_thread(typed.altered, asked.module, asked.listing, code)
        new = Runnable(listing, module, tuple(resolve.cells(listing, module)), asked.versions)
        mistake = await self._in_thread(typed.mistake, module)
        if mistake:
            self._done(client, name, new, [mistake], asked.versions)
        elif problems or not new.cells:
            text = problems[0].fact if problems else "there is no code to run"
            self._tell(client, name, "failed", text=text)
        else:
            await self._run(client, name, new, patience)

    async def _run(self, client: Client, name: str, asked: Runnable, patience: float) -> None:
        framework = asked.module.framework
        turn = self._turns[framework]
        if turn.locked():
            self._tell(client, name, "queued")
        async with turn:
            if not self.engine.is_warm(framework):
                self._tell(client, name, "warming")
                await self._warm(framework)
            run = await self._follow(client, name, asked, patience)
        trouble = _trouble(run, asked, patience)
        if trouble:
            late = any(each.code == Code.RUN_TIME for each in run.problems)
            self._tell(client, name, "late" if late else "failed", text=trouble)
        else:
            outputs = [run.outputs[place] for place in _places(run, asked) if place < len(run.outputs)]
            self._done(client, name, asked, outputs, run.versions)

    async def _follow(self, client: Client, name: str, asked: Runnable, patience: float) -> Run:
        """Run the listing's module, or go on with the run of it that waits."""
        sources, problems = await self._in_thread(record.trace, self.live.root, asked.module)
        if problems:
            return Run(sources, problems=problems)
        held = self._take(sources, asked.cells[0])

        def follow(follower: Follower) -> Run:
            return self.engine.follow(sources, asked.cells[-1], follower, patience, held)

        try:
            return await self._tell_of(client, name, _places(Run(sources), asked), follow)
        finally:
            if held:
                held.drop()

    async def _tell_of(
        self, client: Client, name: str, places: Container[int], follow: Callable[[Follower], Run]
    ) -> Run:
        """Run a module in a thread, and tell what its cells at these places print meanwhile."""
        root = self.live.root.resolve()
        token = anyio.lowlevel.current_token()
        news = anyio.Event()
        printed = bytearray()
        has_begun = False

        def hear(cell: int, piece: bytes) -> None:
            if cell in places:
                begin()
                printed.extend(piece)
                call(lambda: news.set())

        def begin() -> None:
            call(tell_begun)

        def tell_begun() -> None:
            nonlocal has_begun
            if not has_begun:
                has_begun = True
                self._tell(client, name, "started")

        def call(function: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # the server has ended
                anyio.from_thread.run_sync(function, token=token)

        async def pass_on() -> None:
            nonlocal news
            told = ""
            while True:
                await news.wait()
                news = anyio.Event()
                text = mask(printed.decode("utf-8", "ignore"), root)
                anew = not text.startswith(told)
                self._tell(client, name, "out", text=text if anew else text[len(told) :], anew=anew)
                told = text
                await anyio.sleep(NEWS_SECONDS)

        follower = Follower(hear, begin)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(pass_on)
                run = await self._in_thread(follow, follower)
                tasks.cancel_scope.cancel()
        finally:
            follower.end()
        return run

    def _tell(self, client: Client, name: str, event: str, **facts: object) -> None:
        """Tell a page of its run, and whoever looks on."""
        client.tell(json.dumps({"type": "run", "run": name, "event": event, **facts}))
        self.seen.take(name, event, facts)

    def _done(
        self, client: Client, name: str, asked: Runnable, outputs: Sequence[Output], versions: Attributes
    ) -> None:
        numbers = asked.listing.numbers
        raised = next((output.raised.line for output in outputs if output.raised), 0)
        line = numbers.index(raised) + 1 if raised in numbers else 0
        seconds = sum(output.seconds for output in outputs)
        html = deck.outputs(outputs)
        self._tell(client, name, "done", html=html, seconds=seconds, versions=_words(versions), line=line)

    # --- warm parents -----------------------------------------------------------------------------------------------

    async def _warm_all(self, talk: str) -> None:
        """Import what a talk needs before anybody asks for it, one framework after the other."""
        await anyio.sleep(LOADING_SECONDS)
        for framework in dict.fromkeys(framework for _, _, framework in self._runnable(talk)):
            with surviving():
                await self._warm(framework)
                self._get_ready()

    async def _warm(self, framework: str) -> None:
        project = self.live.good
        modules = [each for each in project.modules.values() if each.framework == framework and each.parsed]

        def warm() -> None:
            self.engine.warm(framework, [record.trace(project.root, each)[0] for each in modules])

        await self._in_thread(warm)

    # --- runs that wait ---------------------------------------------------------------------------------------------

    def _get_ready(self) -> None:
        """Have what comes before the code of the slide that is shown run, if that has not been done."""
        if self._readying:
            self._readying.cancel()
        if self._tasks and self._asked and not self._asked[0].left.is_set():
            self._readying = anyio.CancelScope()
            self._tasks.start_soon(self._keep_ready, *self._asked, self._readying)

    async def _keep_ready(self, client: Client, slides: tuple[str, ...], scope: anyio.CancelScope) -> None:
        """Hold a run of the first listing of each framework, as long as the page is there and shows nothing else."""
        with scope:
            await anyio.sleep(READY_SECONDS)
            first: dict[str, Runnable] = {}
            for (slide, _, framework), each in self._runnable(client.talk, slides).items():
                if len(slides) == 1 and slide in slides and self.engine.is_warm(framework):
                    first.setdefault(framework, each)
            for framework in self._held.keys() - first.keys():
                await self._let_go(framework)
            with surviving():
                for framework, each in first.items():
                    async with self._holding:
                        await self._hold(framework, each)
            await client.left.wait()
            for framework in [*self._held]:
                await self._let_go(framework)

    async def _hold(self, framework: str, wanted: Runnable) -> None:
        """Hold a run before a listing's cells, if that is not so."""
        sources, problems = await self._in_thread(record.trace, self.live.root, wanted.module)
        what = beginning(sources, wanted.cells[0])
        if framework in self._held and self._held[framework][0] == what:
            return
        await self._let_go(framework)
        if problems:
            return
        with anyio.CancelScope(shield=True):  # or nobody would know of it
            held = await self._in_thread(self.engine.hold, sources, wanted.cells[0])
        if held:
            self._held[framework] = what, held
            seconds = self.live.good.config.limits.seconds
            if not await self._in_thread(held.wait, sources, wanted.cells[0], seconds):
                await self._let_go(framework)

    def _take(self, sources: Sources, first: Cell) -> Held | None:
        """The run that waits before these cells, if there is one."""
        what, held = self._held.get(sources.module.framework, (None, None))
        if held is None or what != beginning(sources, first):
            return None
        del self._held[sources.module.framework]
        return held

    async def _let_go(self, framework: str) -> None:
        """End the run that waits, if there is one."""
        _, held = self._held.pop(framework, (None, None))
        if held:
            with anyio.CancelScope(shield=True):
                await self._in_thread(held.end)

    async def _in_thread(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call what blocks; whoever waits for it may be cancelled."""
        return await anyio.to_thread.run_sync(function, *arguments, abandon_on_cancel=True, limiter=self._threads)


def _is_code(code: object) -> bool:
    """Whether this is text that may have been typed into a listing, or None."""
    if not isinstance(code, str):
        return code is None
    try:
        return len(code.encode()) <= typed.LARGEST
    except UnicodeEncodeError:  # half a character
        return False


async def _cancel_after(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


def _places(run: Run, asked: Runnable) -> list[int]:
    """Where the listing's cells stand among those of its module that run."""
    return [place for place, cell in enumerate(run.sources.cells) if cell in asked.cells]


def _state(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _words(versions: Attributes) -> str:
    return ", ".join(f"{LIBRARIES.get(name, name)} {version}" for name, version in versions)


_TROUBLE = {
    Code.RUN_MEMORY: "it took more memory than it may",
    Code.RUN_OUTPUT: "it printed more than it may",
    Code.RUN_KILLED: "its process was killed",
    Code.RUN_EXIT: "it ended its own process",
    Code.RUN_INPUT: "it waited for input",
    Code.RUN_REFUSED: "there is no room for what it needs to run",
    Code.DATA_MISSING: "a file that it reads is missing",
}


def _trouble(run: Run, asked: Runnable, patience: float) -> str:
    """Why what came of a run is not to be shown, in a few words; "" if it is."""
    raised = next((output.raised for output in run.outputs[-1:]), None)
    for problem in run.problems:
        if problem.code == Code.RUN_TIME:
            return f"it took longer than {patience:g} s"
        if problem.code == Code.RUN_IMPORT and raised:
            missing = re.search(r"'(\w+)", raised.message)
            return f"{LIBRARIES.get(missing[1], missing[1]) if missing else 'what it imports'} is not installed here"
        if problem.code in _TROUBLE:
            return _TROUBLE[Code(problem.code)]
    if run.failed is not None and run.failed not in _places(run, asked):
        cell = run.sources.cells[run.failed]
        return f"`{cell.name}`, which runs before it, fails" if cell.name else "what runs before it fails"
    return ""
