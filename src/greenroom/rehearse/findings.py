"""What a rehearsal finds: its kinds, where each is in the source, what is told of it, and what authors accept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from html import unescape
from typing import Any

from greenroom import dialect
from greenroom.model import Fence, Slide, Span, Talk

Mark = Mapping[str, Any]
"""What measure.js says of one thing on a slide, and visit.py of a request or a message."""


NOWHERE: Mark = {
    "block": -1, "blocks": 0, "pane": 0, "line": -1, "output": False, "text": "", "source": "", "style": "", "tag": "",
    "name": "",
}  # fmt: skip
"""A clue that leads to no place on the slide."""


class Code(StrEnum):
    """One member a kind of finding; its comment says what it means."""

    OVERFLOW = "overflow"  # something reaches out of the slide, or out of a box on it
    CODE_CUT = "code-cut"  # a listing or an output is larger than its card, so that it has to be scrolled
    CODE_WRAPS = "code-wraps"  # lines of code are too wide and go on below
    COVERED = "covered"  # something stands before a text or a picture
    SMALL_TEXT = "small-text"  # a text is too small for the room
    CONTRAST = "contrast"  # a text stands out too little from what is behind it
    ALT = "alt"  # a picture has no alternative text
    FOCUS = "focus"  # who uses the keyboard goes back and forth, or to something that is not seen
    ACCESS = "access"  # something else keeps people out
    REQUEST = "request"  # the deck asks another host for something
    REQUEST_FAILED = "request-failed"  # a file that the deck asks for is not there
    CONSOLE = "console"  # the browser reports an error
    SHIFT = "shift"  # something moves by itself after the slide is shown
    SLOW = "slow"  # the browser stands still for longer than people overlook
    FRAMES = "frames"  # what moves does so in jerks
    LINK = "link"  # a link leads nowhere
    TIME = "time"  # what is to be said takes longer than there is time
    NOTES = "notes"  # a slide has no notes, in a talk that has them
    ACCEPT = "accept"  # a `data-accept` accepts nothing, or cannot be read


NOTES = frozenset({Code.SLOW, Code.FRAMES, Code.NOTES})
"""What is told and fails nothing: it depends on the machine, or on the speaker."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong with a slide, at one step, in one size and scheme.

    Attributes:
        span: Where it stands in the source.
        code: One of `Code`.
        severity: `error` or `note`.
        talk: The talk's path; "" for a page of the docs.
        slide: The slide's id, or "".
        step: From 1, as the slide opens; each press of the key shows the next. 0 if it is the same at all steps.
        size: `1280x720`, or "" if nothing depends on it; so for the scheme.
        element: What it is about, the same in every size, scheme and step.
        fact: What is wrong.
        measure: The numbers in it, by their names.
        hint: What to do about it.
        place: Where it is seen, in px of the screen: left, top, width and height; () if that is nowhere, or not known.
    """

    span: Span
    code: str
    severity: str
    talk: str
    slide: str
    step: int
    size: str
    scheme: str
    element: str
    fact: str
    measure: tuple[tuple[str, float], ...] = ()
    hint: str = ""
    place: tuple[float, ...] = ()

    @property
    def address(self) -> str:
        """The slide at this step, for the end of the deck's address."""
        return f"#/{self.slide}/{self.step - 2}" if self.step > 1 else f"#/{self.slide}"


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, told once.

    Attributes:
        finding: Where it is worst.
        where: All sizes, schemes and steps where it holds, in order.
        accepted: The author's reason to live with it, or "".
    """

    finding: Finding
    where: tuple[tuple[str, str, int], ...]
    accepted: str = ""


def together(findings: Iterable[Finding]) -> tuple[Told, ...]:
    """The findings, those of the same thing together, in the order of their places."""
    same: dict[tuple[str, ...], list[Finding]] = {}
    for each in findings:
        same.setdefault((each.talk, each.slide, each.code, each.element), []).append(each)
    told = []
    for group in same.values():
        # Of sizes of text and of contrasts the least is the worst.
        sign = -1 if group[0].code in (Code.SMALL_TEXT, Code.CONTRAST) else 1
        worst = max(group, key=lambda each: (sign * each.measure[0][1] if each.measure else 0, -each.step))
        where = dict.fromkeys(sorted(((each.size, each.scheme, each.step) for each in group), key=_by_size))
        told.append(Told(worst, tuple(where)))
    return tuple(sorted(told, key=lambda each: (each.finding.span, each.finding.code, each.finding.element)))


def _by_size(where: tuple[str, str, int]) -> tuple[list[int], str, int]:
    size, scheme, step = where
    return [int(side) for side in size.split("x") if side], scheme, step


# --- what authors accept --------------------------------------------------------------------------------------------


def accept(told: Sequence[Told], talk: Talk, lines: Sequence[str]) -> tuple[Told, ...]:
    """The findings with the reasons for which authors live with some, and one for each acceptance that is wrong.

    Args:
        told: The talk's findings.
        talk: The talk, whose slides may have a `data-accept="overflow: reason; contrast: reason"`.
        lines: The talk's file.
    """
    given = {slide.id: _accepted(dict(slide.attributes).get("data-accept", "")) for slide in talk.slides}
    used: set[tuple[str, str]] = set()
    result = []
    for each in told:
        owner = _owner(talk, each.finding.slide)
        reason = dict(given.get(owner.id, ())).get(each.finding.code, "") if owner else ""
        if owner and reason:
            used.add((owner.id, each.finding.code))
        result.append(replace(each, accepted=reason))
    for slide in talk.placed:
        for code, reason in given[slide.id]:
            if (slide.id, code) in used:
                continue
            if code not in set(Code) - {Code.ACCEPT}:
                fact, hint = f"`{code}` is no kind of finding", f"the kinds are: {', '.join(sorted(set(Code)))}"
            elif not reason:
                fact, hint = f"`{code}` is accepted for no reason", f'write `data-accept="{code}: why"`'
            else:
                fact, hint = f"`{code}` is accepted, and there is none on this slide", "take it out"
            place = span_of(slide, {"source": "data-accept"}, lines, attribute=True)
            made = Finding(place, Code.ACCEPT, "error", talk.path, slide.id, 0, "", "", code, fact, (), hint)
            result.append(Told(made, (("", "", 0),)))
    return tuple(result)


def _accepted(text: str) -> list[tuple[str, str]]:
    pairs = (part.partition(":") for part in text.split(";") if part.strip())
    return [(code.strip(), reason.strip()) for code, _, reason in pairs]


def _owner(talk: Talk, name: str) -> Slide | None:
    """The slide with this id; for the slide of an output, the one that the output belongs to."""
    by_id = {slide.id: slide for slide in talk.placed}
    return by_id.get(name) or by_id.get(name.removesuffix("-output"))


# --- where it is ----------------------------------------------------------------------------------------------------


def span_of(slide: Slide, clue: Mapping[str, Any], lines: Sequence[str], *, attribute: bool = False) -> Span:
    """Where the thing that a clue of measure.js leads to stands in the slide's file.

    Args:
        slide: The slide.
        clue: The clue; see measure.js.
        lines: The file's lines.
        attribute: Whether it is only in what the author wrote, not seen.
    """
    fence = None if attribute else fence_of(slide, clue)
    if fence:
        inside = clue["line"] >= 0 and not fence.listings and not clue["output"]
        return slide.place(fence.span).lower(clue["line"] + 1 if inside else 0)
    own = _lines_of(slide, lines)
    return (
        _of_source(slide, str(clue.get("style") or ""), own, lines)
        or _of_source(slide, str(clue.get("source") or ""), own, lines)
        or _of_text(slide, _words(str(clue.get("text") or "")), lines)
        or _of_tag(slide, str(clue.get("tag") or ""), str(clue.get("name") or ""), own, lines)
        or slide.span
    )


def _of_source(slide: Slide, source: str, own: range, lines: Sequence[str]) -> Span | None:
    """Where an address, or a line of a script, is written."""
    for number in own if source else ():
        if (col := unescape(lines[number - 1]).find(source)) >= 0:
            return Span(slide.span.path, number, col + 1)
    return None


def _of_text(slide: Slide, text: str, lines: Sequence[str]) -> Span | None:
    """Where a text is written, whatever its marks."""
    for token in slide.body if text else ():
        if not token.map or token.type not in ("inline", "html_block", "code_block", "math_block"):
            continue
        first = slide.first + token.map[0]
        if token.type == "inline":
            plain = _words(dialect.plain(token))
            if plain and (plain.startswith(text[:60]) or text.startswith(plain[:60]) or text in plain):
                return _begin(slide, first, lines)
            continue
        for below, line in enumerate(token.content.split("\n")):
            bare = _words(re.sub("<[^>]*>", " ", line))
            if bare and (text[:40] in bare or text.startswith(bare[:40])):
                return _begin(slide, first + below, lines)
    return None


def _of_tag(slide: Slide, tag: str, name: str, own: range, lines: Sequence[str]) -> Span | None:
    """Where an element of the author's own HTML begins."""
    for number in own if tag else ():
        line = lines[number - 1]
        if re.search(rf"<{re.escape(tag)}\b", line) and (not name or name in line):
            return _begin(slide, number, lines)
    return None


def _anywhere(talk: Talk, source: str, files: Mapping[str, Sequence[str]]) -> Span:
    """Where something stands in the talk's file or one of its style sheets; the talk's first line if it does not."""
    for path, lines in files.items() if source else ():
        for number, line in enumerate(lines, 1):
            if (col := line.find(source)) >= 0:
                return Span(path, number, col + 1)
    return Span(talk.path, 1)


def _begin(slide: Slide, number: int, lines: Sequence[str]) -> Span:
    """The line's first letter that is no mark of a list or a quote."""
    line = lines[number - 1] if number <= len(lines) else ""
    marks = re.match(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?", line)
    return Span(slide.span.path, number, (marks.end() if marks else 0) + 1)


def _words(text: str) -> str:
    return " ".join(text.split())


def _lines_of(slide: Slide, lines: Sequence[str]) -> range:
    """The numbers of the lines from the slide's first to the next slide's rule."""
    begin = slide.span.line
    rule = re.compile(r"-{3,}\s*$")
    fence = ""
    for number in range(begin, len(lines) + 1):
        line = lines[number - 1]
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and number > begin and rule.match(line):
            return range(begin, number)
    return range(begin, len(lines) + 1)


def fence_of(slide: Slide, clue: Mapping[str, Any]) -> Fence | None:
    """The fence of a clue in a listing; None if it is in none, or if the slide has listings of its own making."""
    shown = [token for token in slide.body if token.type in ("fence", "code_block")]
    if clue.get("block", -1) < 0 or clue.get("blocks") != len(shown):
        return next((fence for fence in slide.fences if fence.output == "slide"), None) if clue.get("output") else None
    place = shown[clue["block"]].meta.get("fence")
    return None if place is None else slide.fences[place]


def _module_line(fence: Fence, clue: Mapping[str, Any]) -> str:
    """The line of a snippet that the clue is about, as a place to go to."""
    if not fence.listings or clue["pane"] >= len(fence.listings):
        return ""
    listing = fence.listings[clue["pane"]]
    if clue["output"] or not 0 <= clue["line"] < len(listing.numbers):
        return ""
    return f" ({listing.path}:{listing.numbers[clue['line']]})"


# --- what is told of it ---------------------------------------------------------------------------------------------

_SIDES = {"bottom": "too high", "top": "too high, at the top", "right": "too wide", "left": "too wide, on the left"}


def of_mark(
    mark: Mark, talk: Talk, name: str, step: int, size: str, scheme: str, files: Mapping[str, Sequence[str]]
) -> Finding:
    """The finding that a mark of measure.js means.

    Args:
        mark: The mark.
        talk: The talk.
        name: The id of the slide it is on.
        step: The slide's step, from 1.
        size: The size of the page.
        scheme: Its colour scheme.
        files: The lines of the talk's file, and of its style sheets, by their paths.
    """
    if mark.get("deck"):  # it happened here, and is not of this slide
        name, step = "", 0
    lines = files[talk.path]
    code, fact, measure, hint = _said(mark)
    slide = _owner(talk, name)
    span = span_of(slide, mark["clue"], lines) if slide else _anywhere(talk, str(mark["clue"]["source"]), files)
    if slide and (fence := fence_of(slide, mark["clue"])):
        fact += _module_line(fence, mark["clue"])
    severity = "note" if code in NOTES else "error"
    element = str(mark["element"])
    if "rule" in mark:
        element += f" {mark['rule']}"
    place = tuple(mark.get("place", ()))
    return Finding(span, code, severity, talk.path, name, step, size, scheme, element, fact, measure, hint, place)


Said = tuple[Code, str, tuple[tuple[str, float], ...], str]
"""The code, the fact, the measure and the hint."""


def _said(mark: Mark) -> Said:
    say = _SAYING.get(mark["code"])
    return say(mark, _what(mark["clue"])) if say else _access(mark, _what(mark["clue"]))


def _overflow(mark: Mark, what: str) -> Said:
    percent = mark["px"] / mark["of"] * 100
    measure = (("px", round(mark["px"], 1)), ("percent", round(percent, 1)))
    amount = f"{mark['px']:.0f} px ({percent:.1f} %) {_SIDES[mark['side']]}"
    if "box" not in mark:
        hint = "show less, or make two slides of it"
        return Code.OVERFLOW, f"the slide is {amount}, from {what} on", measure, hint
    if mark["code"] == Code.CODE_CUT:
        hidden = "has to be scrolled" if mark["scrolls"] else "is cut off"
        hint = "show less of it, or make two slides of it"
        return Code.CODE_CUT, f"{what} is {amount} for its card, and {hidden}", measure, hint
    hidden = "scrolls" if mark["scrolls"] else "is cut off"
    return Code.OVERFLOW, f"what {what} holds is {amount}, and {hidden}", measure, "show less in it, or give it room"


def _wraps(mark: Mark, _: str) -> Said:
    count = int(mark["count"])
    lines = "a line of code is" if count == 1 else f"{count} lines of code are"
    hint = "break the lines in the module, or show one framework at a time"
    return Code.CODE_WRAPS, f"{lines} too wide, and wrapped", (("lines", count),), hint


def _small(mark: Mark, what: str) -> Said:
    hint = f"below {mark['least']} px it cannot be read at the back of the room"
    return Code.SMALL_TEXT, f"{what} has {mark['px']:.1f} px", (("px", round(mark["px"], 1)),), hint


def _covered(mark: Mark, what: str) -> Said:
    how = "runs into" if mark["over"] else "is covered by"
    measure = (("percent", round(mark["percent"], 1)),)
    return Code.COVERED, f"{what} {how} {_what(mark['by'])}", measure, "move one of them"


def _shift(mark: Mark, what: str) -> Said:
    hint = "give what comes late its room from the start: pictures a `width` and a `height`"
    fact = f"{what} moves by itself after the slide is shown"
    return Code.SHIFT, fact, (("shift", round(mark["value"], 4)),), hint


def _slow(mark: Mark, _: str) -> Said:
    return (
        Code.SLOW,
        f"the browser stands still for {mark['ms']:.0f} ms",
        (("ms", round(mark["ms"])),),
        "show less at once",
    )


def _frames(mark: Mark, what: str) -> Said:
    lost = round(mark["share"] * 100)
    fact = f"{what} moves in jerks: {lost} % of the frames are lost, at worst {mark['longest']:.0f} ms long"
    hint = "move less at once, and only with `transform` and `opacity`, which cost the browser least"
    return Code.FRAMES, fact, (("percent", lost), ("ms", round(mark["longest"]))), hint


def _focus(mark: Mark, what: str) -> Said:
    if mark["hidden"]:
        hint = "hide it from the keyboard, too: `inert`"
        return Code.FOCUS, f"the keyboard comes to {what}, which is not seen", (), hint
    hint = "write things in the order in which they are read"
    return Code.FOCUS, f"the keyboard goes back to {what}, against the order in which one reads", (), hint


def _request(mark: Mark, _: str) -> Said:
    hint = "there is no network on a stage: save a copy beside the talk and name that"
    return Code.REQUEST, f"the deck asks another host for `{mark['url']}`", (), hint


def _failed(mark: Mark, _: str) -> Said:
    hint = "put the file there, or mend its address"
    return Code.REQUEST_FAILED, f"the deck asks for `{mark['url']}`, and does not get it", (), hint


def _console(mark: Mark, _: str) -> Said:
    return Code.CONSOLE, f"the browser reports: {mark['text']}", (), "mend the script that is to blame"


def _access(mark: Mark, what: str) -> Said:
    rule = mark["rule"]
    if rule == "color-contrast":
        fact = f"{what} has a contrast of {mark['ratio']:.2f}, and needs {mark['least']:g}"
        return Code.CONTRAST, fact, (("contrast", mark["ratio"]),), "take a darker or a lighter colour"
    if rule == "tabindex":
        fact = f"the keyboard comes to {what} before anything else"
        return Code.FOCUS, fact, (), "leave out `tabindex`, and write things in the order in which they are read"
    if rule in ("image-alt", "input-image-alt", "object-alt", "role-img-alt", "svg-img-alt", "area-alt"):
        hint = 'say in words what it shows: `![words](…)`, `alt="words"`; or `role="presentation"`: it is decoration'
        return Code.ALT, f"{what} has no alternative text", (), hint
    return Code.ACCESS, f"{what}: {mark['help']}", (), f"axe-core's rule `{rule}` tells more"


_SAYING: Mapping[str, Callable[[Mark, str], Said]] = {
    Code.OVERFLOW: _overflow,
    Code.CODE_CUT: _overflow,
    Code.CODE_WRAPS: _wraps,
    Code.SMALL_TEXT: _small,
    Code.COVERED: _covered,
    Code.SHIFT: _shift,
    Code.SLOW: _slow,
    Code.FRAMES: _frames,
    Code.FOCUS: _focus,
    Code.REQUEST: _request,
    Code.REQUEST_FAILED: _failed,
    Code.CONSOLE: _console,
}


_NAMES = {
    "": "the slide", "a": "the link", "canvas": "the drawing", "code": "the listing", "figure": "the figure",
    "iframe": "the frame", "img": "the picture", "math": "the formula", "pre": "the listing", "svg": "the drawing",
    "table": "the table", "video": "the video",
}  # fmt: skip


def _what(clue: Mapping[str, Any]) -> str:
    """What the author calls it."""
    tag, text = clue["tag"], clue["text"]
    if clue["output"] and tag in ("code", "pre"):
        return "the output"
    if tag in _NAMES:
        source = clue["source"] if tag in ("img", "video", "iframe") and not clue["source"].startswith("data:") else ""
        return f"{_NAMES[tag]} `{source}`" if source else _NAMES[tag]
    if not text:
        return f"`<{tag}{' ' + clue['name'] if clue['name'] else ''}>`"
    return f"“{text if len(text) <= 40 else text[:39].rstrip() + '…'}”"
