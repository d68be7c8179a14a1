"""A rehearsal as a page: each finding with a picture of the slide, in which the thing is outlined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from greenroom.model import Talk
from greenroom.rehearse import page, shots
from greenroom.rehearse.findings import Code, Told
from greenroom.rehearse.report import count, steps, views
from greenroom.rehearse.shots import LAST, Roll, Shot

if TYPE_CHECKING:
    from greenroom.build import Project
    from greenroom.rehearse import Rehearsal

KINDS = {"error": "Errors", "note": "Notes", "accepted": "Accepted"}

View = tuple[str, str, int]
"""The size, the scheme and the step in which a slide is shown."""

Key = tuple[str, str, View]
"""A picture: the talk's path, the slide's id, and the view."""


def report(rehearsal: Rehearsal, project: Project, site: Path, folder: Path, follow: Callable[[int, int], None]) -> str:
    """The page of a rehearsal.

    Args:
        rehearsal: What was found.
        project: In what.
        site: The folder that the project was built into.
        folder: The folder that the page goes into.
        follow: Told how many pictures were taken, of how many.
    """
    found = _Report(rehearsal, project, site, folder)
    found.take(follow)
    return found.page()


class _Report:
    def __init__(self, rehearsal: Rehearsal, project: Project, site: Path, folder: Path) -> None:
        self._rehearsal = rehearsal
        self._project = project
        self._site = site
        self._folder = folder
        self._shots: dict[Key, Shot] = {}
        self._told: dict[tuple[str, str], list[Told]] = {}
        for told in rehearsal.told:
            self._told.setdefault((told.finding.talk, told.finding.slide), []).append(told)

    # --- pictures ---------------------------------------------------------------------------------------------------

    def take(self, follow: Callable[[int, int], None]) -> None:
        """Take a picture of all that something was found on."""
        rolls = list(self._rolls())
        paths = {self._deck(talk): talk.path for talk in self._project.talks}
        total = sum(len(steps) for roll in rolls for steps in roll.slides.values())
        follow(0, total)

        def taken(roll: Roll, shot: Shot) -> None:
            self._shots[paths[roll.page], shot.slide, (roll.size, roll.scheme, shot.step)] = shot
            follow(len(self._shots), total)

        if rolls:
            shots.take(rolls, 2, taken)

    def _rolls(self) -> Iterator[Roll]:
        for talk in self._project.talks:
            views: dict[tuple[str, str], dict[str, set[int]]] = {}
            for slide in self._rehearsal.decks[talk.path]:
                for told in self._of(talk.path, slide):
                    size, scheme, step = self._view(told)
                    views.setdefault((size, scheme), {}).setdefault(slide, set()).add(step)
            for (size, scheme), slides in views.items():
                yield Roll(self._deck(talk), size, scheme, {name: frozenset(steps) for name, steps in slides.items()})

    def _view(self, told: Told) -> View:
        """Where a finding is shown: where it is worst, or with the whole slide if that is anywhere."""
        config, finding = self._project.config, told.finding
        size = finding.size or "x".join(map(str, config.sizes[0]))
        return size, finding.scheme or config.schemes[0], finding.step or LAST

    def _deck(self, talk: Talk) -> Path:
        return self._site / "slides" / talk.name / "index.html"

    def _of(self, talk: str, slide: str) -> list[Told]:
        return self._told.get((talk, slide), [])

    # --- the page ---------------------------------------------------------------------------------------------------

    def page(self) -> str:
        """All that was found, by slides."""
        titles = Counter(slide.title for talk in self._project.talks for slide in talk.slides)
        groups: dict[str, list[str]] = {}
        contents: dict[str, list[str]] = {}
        for heading, name, title, told, deck in self._parts():
            anchor = page.anchor(told[0].finding.talk or "docs", name)
            groups.setdefault(heading, []).append(self._slide(anchor, name, title, told, deck))
            amount = f'<b>{len(told)}<span class="heard"> findings</span></b>'
            own = f"{escape(title)}{f' <small>{escape(name)}</small>' if titles[title] > 1 else ''}"
            entry = f'<li><a href="#{anchor}"><span>{own}</span>{amount}</a></li>'
            contents.setdefault(heading, []).append(entry)
        counts = Counter(map(_kind, self._rehearsal.told))
        kinds = {kind: (name, counts[kind]) for kind, name in KINDS.items() if counts[kind]}
        lines: list[str] = []
        for heading, slides in groups.items():
            lines += ['<section class="group">', f'<h2 class="talk">{escape(heading)}</h2>', *slides, "</section>"]
        main = "\n".join(lines)
        if main:
            main += f"\n{page.NONE_CHOSEN}"
        else:
            text = "Nothing is too large, covered or too small to read, asks for the network, or leads nowhere."
            main = page.nothing("Ready for the stage", text)
        parts = [count(counts[kind], kind) for kind in ("error", "note") if counts[kind]]
        if counts["accepted"]:
            parts.append(f"{counts['accepted']} accepted")
        of = ", ".join(talk.title for talk in self._project.talks)
        title = ", ".join(parts) or "Nothing found"
        return page.page(title, f"Rehearsal of {of}", f"{escape(self._seen())}.", main, contents, kinds)

    def _seen(self) -> str:
        config = self._project.config
        sizes = _and([f"{width}x{height}" for width, height in config.sizes])
        return f"{count(self._rehearsal.slides, 'slide')}, each at every step, in {sizes}, {_and(config.schemes)}"

    def _parts(self) -> Iterator[tuple[str, str, str, list[Told], Path | None]]:
        """What something was found on: its group, name and title, what it was, and the deck it is in."""
        for talk in self._project.talks:
            titles = {slide.id: slide.title for slide in talk.slides}
            if whole := self._of(talk.path, ""):
                yield talk.title, "", "The whole deck", whole, None
            for name in self._rehearsal.decks[talk.path]:
                if told := self._of(talk.path, name):
                    yield talk.title, name, titles.get(name) or name, told, self._deck(talk)
        pages: dict[str, list[Told]] = {}
        for each in self._rehearsal.told:
            if not each.finding.talk:
                pages.setdefault(each.finding.span.path, []).append(each)
        for path, found in pages.items():
            yield "Docs", path, path, found, None

    def _slide(self, anchor: str, name: str, title: str, told: Sequence[Told], deck: Path | None) -> str:
        views: dict[View, list[tuple[int, Told]]] = {}
        for number, each in enumerate(told, 1):
            views.setdefault(self._view(each) if deck else ("", "", 0), []).append((number, each))
        body = "\n".join(self._in_view(view, found, deck, title) for view, found in views.items())
        about = [f"<code>{escape(name)}</code>"] if deck and name != title else []
        if deck:
            about.append(f'<a class="open" href="{page.address(deck, self._folder, f"#/{name}")}">Open the slide</a>')
        head = f"<header><h3>{escape(title)}</h3>{''.join(about)}</header>"
        return f'<section class="slide" id="{anchor}">\n{head}\n{body}\n</section>'

    def _in_view(self, view: View, found: Sequence[tuple[int, Told]], deck: Path | None, title: str) -> str:
        finding = found[0][1].finding
        shot = self._shots.get((finding.talk, finding.slide, view))
        outlines: dict[int, str] = {}
        if shot:
            outlines = {number: _outline(number, told, shot, view) for number, told in found}
        items = "\n".join(_item(number if outlines.get(number) else 0, told) for number, told in found)
        findings = f'<ol class="findings">\n{items}\n</ol>'
        if not shot or not deck:
            return f'<div class="view plain">\n{findings}\n</div>'
        size, scheme, step = view
        shown = f"{size}, {scheme}"
        heading = f"Step {step}" if step else "Its last step"
        outlined = count(sum(map(bool, outlines.values())), "place")
        alt = f"“{title}” at {heading.lower()}, {shown}; {outlined} outlined"
        picture = page.picture(shot.png, alt, "".join(outlines.values()))
        link = page.address(deck, self._folder, finding.address if step else f"#/{finding.slide}")
        brief = escape(f"{heading}; {shown}")
        caption = f'<figcaption data-brief="{brief}"><a href="{link}">{heading}</a>; {shown}</figcaption>'
        return f'<div class="view">\n<figure>{picture}{caption}</figure>\n{findings}\n</div>'


def _outline(number: int, told: Told, shot: Shot, view: View) -> str:
    width, height = map(int, view[0].split("x"))
    where = told.finding.place
    if told.finding.code == Code.LINK:
        where = shot.links.get(told.finding.element.partition(" ")[2], ())
    return page.outline(number, _kind(told), where, (width, height))


def _item(number: int, told: Told) -> str:
    finding, kind = told.finding, _kind(told)
    facts = {
        "at": f"<code>{escape(str(finding.span))}</code>",
        "where": "; ".join(filter(None, [steps(told), views(told)])),
    }
    if told.accepted:
        facts["accepted"] = page.said(told.accepted)
    else:
        facts["hint"] = page.said(finding.hint)
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts.items() if text)
    numbered = f' data-number="{number}"' if number else ""
    return (
        f'<li data-kind="{kind}"{numbered}><span class="number">{number or ""}</span>'
        f'<span class="kind {kind}">{kind}<code>{finding.code}</code></span>'
        f'<p class="fact">{page.said(finding.fact)}</p><dl>{listed}</dl></li>'
    )


def _kind(told: Told) -> str:
    return "accepted" if told.accepted else told.finding.severity


def _and(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
