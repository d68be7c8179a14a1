"""Shows every slide of a built site's decks in a browser, at every step, and says what the audience would trip over."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

from greenroom import build
from greenroom.build import Deck, Project
from greenroom.model import Span, Talk
from greenroom.rehearse import cache, links, timing
from greenroom.rehearse.findings import Code, Finding, Mark, Told, accept, of_mark, span_of, together
from greenroom.rehearse.timing import Times
from greenroom.rehearse.visit import States, Visit, see

Place = tuple[str, str, str, str, bool]
"""A view of a slide: the name of the talk, the slide's id, which is "" for the whole deck, the size, the scheme, and
whether what moves is watched."""

MOVES = re.compile(r"data-morph\b|data-auto-animate|anima|\btransition[a-z-]*\s*:|requestAnimationFrame", re.IGNORECASE)
"""What stands on each slide, or in a style sheet or a script of the author's, on which something moves."""

CHUNK = 60
"""How many slides a page shows at most before another takes over, so that all are busy to the end."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it.

    Attributes:
        told: The findings in the order of their places, those that are accepted with the reason.
        slides: How many slides there are, in all talks.
        visited: How many views of a slide, in a size and a scheme, were seen now.
        kept: How many were as they had been.
        times: How long each talk takes, by its path.
        decks: The ids of the slides of each talk, by its path.
        pages: The docs' own pages.
    """

    told: tuple[Told, ...]
    slides: int
    visited: int
    kept: int
    times: Mapping[str, Times]
    decks: Mapping[str, tuple[str, ...]]
    pages: tuple[str, ...]

    @property
    def errors(self) -> tuple[Told, ...]:
        """What has to be mended."""
        return tuple(each for each in self.told if each.finding.severity == "error" and not each.accepted)


Follow = Callable[[int, int], None]
"""Told how many views of slides were seen, of how many."""


def rehearse(project: Project, site: Path, follow: Follow, asking: Follow | None = None) -> Rehearsal:
    """Rehearse all talks of a project.

    Args:
        project: The project, without mistakes.
        site: The folder that it was built into.
        follow: Told how far it is.
        asking: Told how many links beyond the site were followed, of how many, if they are to be.
    """
    decks = build.decks(project)
    stages = [_Stage(project, site, deck) for deck in decks.values()]
    known = cache.read(project.root)
    keys = {place: key for stage in stages for place, key in stage.keys().items()}
    states: dict[str, States] = {key: known[key] for key in keys.values() if key in known}
    fresh = {place: key for place, key in keys.items() if key not in states}
    count = sum(1 for place in fresh if _is_seen(place))
    visits = [visit for stage in stages for visit in stage.visits(fresh)]
    done = 0

    def seen(visit: Visit, name: str, found: States) -> None:
        nonlocal done
        place = _place(visit, name)
        key = fresh.get(place)
        if key is None:
            return
        if not name and key in states:
            found = _united(states[key], found)
        states[key] = found
        done += _is_seen(place)
        follow(done, count)

    if visits:
        follow(0, count)
        # Pages wait for frames now and then, and leave the processor to others.
        see(visits, 1 + max(2, os.cpu_count() or 1), seen)
        _confirm(visits, fresh, states)
        cache.write(project.root, states)
    sources = _Sources(project)
    broken = [*_broken(site), *(_lost(site, sources, asking) if asking else ())]
    told: list[Told] = []
    for stage in stages:
        findings = [*stage.findings(keys, states), *timing.find(stage.talk, stage.lines)]
        findings += _links_of(stage, broken, site)
        told += accept(together(findings), stage.talk, stage.lines)
    told += together(_links_elsewhere(sources, broken))
    ordered = sorted(told, key=lambda each: (each.finding.span, each.finding.code, each.finding.element))
    total = sum(1 for place in keys if _is_seen(place))
    times = {stage.talk.path: timing.times(stage.talk) for stage in stages}
    shown = {stage.talk.path: tuple(stage.sections) for stage in stages}
    docs = sorted((project.root / project.config.docs).rglob("*.md"))
    pages = tuple(page.relative_to(project.root).as_posix() for page in docs)
    return Rehearsal(tuple(ordered), sum(map(len, shown.values())), count, total - count, times, shown, pages)


def _confirm(visits: Sequence[Visit], fresh: Mapping[Place, str], states: dict[str, States]) -> None:
    """Keep of what was slow only what is so twice more while nothing else goes on."""

    def is_slow(mark: Mark) -> bool:
        return str(mark["code"]) in (Code.SLOW, Code.FRAMES)

    def key_of(visit: Visit, name: str) -> str:
        return fresh.get(_place(visit, name), "")

    def suspects(visit: Visit) -> tuple[str, ...]:
        found = ((name, states.get(key_of(visit, name), [])) for name in visit.slides)
        return tuple(name for name, seen in found if any(is_slow(mark) for _, marks in seen for mark in marks))

    def seen(visit: Visit, name: str, found: States) -> None:
        if name:
            key = key_of(visit, name)
            again = {step: [mark for mark in marks if is_slow(mark)] for step, marks in found}
            rest = ((step, [mark for mark in marks if not is_slow(mark)]) for step, marks in states[key])
            states[key] = [(step, [*marks, *again.get(step, [])]) for step, marks in rest]

    for _ in range(2):
        if slow := [replace(visit, slides=names, access=False) for visit in visits if (names := suspects(visit))]:
            see(slow, 1, seen)


def _place(visit: Visit, name: str) -> Place:
    return visit.page.parent.name, name, visit.size, visit.scheme, visit.moves


def _is_seen(place: Place) -> bool:
    """Whether it is one of the views of a slide that the project names."""
    return bool(place[1]) and not place[4]


def _united(one: States, other: States) -> States:
    """What was found in both pages that showed a deck, each once."""
    return [*one, *(each for each in other if each not in one)]


class _Stage:
    """A talk, its deck, and what of it is to be seen."""

    def __init__(self, project: Project, site: Path, deck: Deck) -> None:
        self.talk: Talk = deck.talk
        self.lines = (project.root / deck.talk.path).read_text(encoding="utf-8").split("\n")
        sheets = (path for path in project.resources[deck.talk.path].values() if path.suffix == ".css")
        self._files = {deck.talk.path: self.lines} | {
            path.relative_to(project.root.resolve()).as_posix(): path.read_text(encoding="utf-8").split("\n")
            for path in sheets
        }
        self.sections = dict(slide for stack in deck.stacks for slide in stack)
        self.page = site / "slides" / deck.talk.name / "index.html"
        self._site = site
        self._deck = deck
        sizes = [f"{width}x{height}" for width, height in project.config.sizes]
        self._views = [(size, scheme, False) for size in sizes for scheme in project.config.schemes]
        self._views.append((sizes[0], project.config.schemes[0], True))
        own = (path for path in project.resources[deck.talk.path].values() if path.suffix in (".css", ".js"))
        all_move = any(MOVES.search(path.read_text(encoding="utf-8")) for path in own)
        self._moving = {name for name, html in self.sections.items() if all_move or MOVES.search(html)}
        self._first = sizes[0]  # in which axe-core looks: nothing it finds depends on the size

    def keys(self) -> dict[Place, str]:
        """By talk, slide, size and scheme: the digest of all that decides what is seen there; "" is the whole deck."""
        shared, looks = cache.looks(self._deck)
        shell = cache.digest(cache.program(), shared)
        keys = {}
        for view in self._views:
            if not view[2]:
                keys[self.talk.name, "", *view] = cache.digest(shell, sorted(looks.items()), view)
            for name in self._moving if view[2] else looks:
                look = looks[name]
                keys[self.talk.name, name, *view] = cache.digest(shell, look, view, view[0] == self._first)
        return keys

    def visits(self, fresh: Mapping[Place, str]) -> list[Visit]:
        """What has to be seen, in parts."""
        found = []
        for view in self._views:
            names = [name for name in self.sections if (self.talk.name, name, *view) in fresh]
            if not names and (self.talk.name, "", *view) not in fresh:
                continue
            size, scheme, moves = view
            for first in range(0, max(len(names), 1), CHUNK):
                part = tuple(names[first : first + CHUNK])
                access = size == self._first and not moves
                found.append(Visit(self.page, self._site, self.sections, part, size, scheme, access, moves))
        return found

    def findings(self, keys: Mapping[Place, str], states: Mapping[str, States]) -> list[Finding]:
        """All that was seen, in all views."""
        return [
            of_mark(mark, self.talk, name, step, size, scheme, self._files)
            for (talk, name, size, scheme, _), key in keys.items()
            if talk == self.talk.name
            for step, marks in states.get(key, ())
            for mark in marks
        ]


def _broken(site: Path) -> list[links.Broken]:
    """All links of the site that lead nowhere within it."""
    files = frozenset(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    return list(links.broken(_pages(site), files))


def _lost(site: Path, sources: _Sources, follow: Follow) -> list[links.Broken]:
    """All links that the author wrote and that lead, or may lead, nowhere beyond the site."""
    from greenroom.rehearse import external

    found = [
        (page, slide, address, url)
        for page, slide, address in links.addresses(_pages(site))
        if (url := external.target(address)) and (page.startswith("slides/") or sources.find(page, address))
    ]
    answers = external.ask((url for *_, url in found), sources.root, follow)
    return [
        links.Broken(page, slide, address, f"`{address}`: {answer.fact}", answer.certain)
        for page, slide, address, url in found
        if (answer := answers.get(url))
    ]


def _pages(site: Path) -> dict[str, str]:
    """The site's pages, without MkDocs' page for what is not there, which is read at any address."""
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    own = (name for name in names if name != "404.html" and "/assets/" not in name)
    return {name: (site / name).read_text(encoding="utf-8") for name in own}


def _links_of(stage: _Stage, broken: Sequence[links.Broken], site: Path) -> list[Finding]:
    """Links of a deck that lead nowhere."""
    page = stage.page.relative_to(site).as_posix()
    slides = {slide.id: slide for slide in stage.talk.placed}
    found = []
    for each in broken:
        if each.page == page and (slide := slides.get(each.slide)):
            span = span_of(slide, {"source": each.address}, stage.lines, attribute=True)
            found.append(_link(each, span, stage.talk.path))
    return found


def _links_elsewhere(sources: _Sources, broken: Sequence[links.Broken]) -> list[Finding]:
    """Links of the site's own pages that lead nowhere."""
    # What a talk's pages say, its deck says, too.
    own = (each for each in broken if not each.page.startswith(("slides/", "talks/")))
    return [_link(each, sources.find(each.page, each.address) or sources.start(each.page), "") for each in own]


class _Sources:
    """The files that the site's own pages are made of."""

    def __init__(self, project: Project) -> None:
        self.root = project.root
        self._docs = project.config.docs
        self._shared = ["mkdocs.yml", *(module.path for module in project.modules.values())]
        self._texts: dict[str, list[str]] = {}

    def find(self, page: str, address: str) -> Span | None:
        """Where a page's link is written; None if it comes from elsewhere."""
        for name in (*self._own(page), *self._shared):
            for number, text in enumerate(self._lines(name), 1):
                if (col := text.find(address)) >= 0:
                    return Span(name, number, col + 1)
        return None

    def start(self, page: str) -> Span:
        """The start of the page's own file, or of the configuration if it has none."""
        return Span(next((name for name in self._own(page) if self._lines(name)), "mkdocs.yml"), 1)

    def _own(self, page: str) -> tuple[str, str]:
        stem = page.removesuffix(".html").removesuffix("/index")
        return f"{self._docs}/{stem}.md", f"{self._docs}/{stem}/index.md"

    def _lines(self, name: str) -> list[str]:
        if name not in self._texts:
            file = self.root / name
            self._texts[name] = unescape(file.read_text(encoding="utf-8")).split("\n") if file.is_file() else []
        return self._texts[name]


def _link(broken: links.Broken, span: Span, talk: str) -> Finding:
    severity = "error" if broken.certain else "note"
    hint = "mend the address, or take the link out" if broken.certain else "nobody can tell from here: look yourself"
    element = f"{broken.page if talk else span.path} {broken.address}"
    return Finding(span, Code.LINK, severity, talk, broken.slide, 0, "", "", element, broken.fact, (), hint)


__all__ = ["Code", "Rehearsal", "rehearse"]
