"""A talk → the one page of its deck."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from html import escape, unescape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from greenroom import dialect, pictures, programs, styles, widths
from greenroom.layout import layout
from greenroom.memo import remembered, same
from greenroom.model import FRAMEWORKS, Attributes, Fence, Figure, Listing, Output, Slide, Talk

if TYPE_CHECKING:
    from markdown_it.token import Token


def render(
    talk: Talk,
    *,
    sheets: Iterable[str] = ("assets/deck.css",),
    urls: Mapping[str, str] | None = None,
    read: Sequence[tuple[str, ...]] | None = None,
    sizes: Mapping[str, Size] | None = None,
) -> str:
    """Render the whole `index.html` of a deck; what it loads lies in `assets/` beside it.

    Args:
        talk: A talk; `snippet` fences that were resolved show their listings.
        sheets: The style sheets that come before the author's own.
        urls: What stands in the deck for addresses that the author wrote: pictures, backgrounds, style sheets.
        read: The addresses of the docs that go with the slides, stack by stack.
        sizes: The sizes of pictures, by the addresses that the author wrote, where they are known.
    """
    return page(talk, sections(talk, urls=urls, read=read, sizes=sizes), sheets=sheets, urls=urls)


Size = tuple[int, int]
"""A picture's width and height in pixels."""


def sections(
    talk: Talk,
    *,
    urls: Mapping[str, str] | None = None,
    read: Sequence[tuple[str, ...]] | None = None,
    sizes: Mapping[str, Size] | None = None,
) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Render the slides: for each stack, the id and the HTML of each of its sections. The arguments are `render`'s."""
    moved = tuple((urls or {}).items())
    measured = tuple((sizes or {}).items())
    stacks: list[tuple[tuple[str, str], ...]] = []
    addresses = read or [("",) * len(stack.slides) for stack in talk.stacks]
    for stack, own in zip(talk.stacks, addresses, strict=True):
        stacks += _of_stack(stack.slides, moved, own, measured)
    return tuple(stacks)


@remembered(lambda slides, *given: (same(slides), *given))
def _of_stack(
    slides: tuple[Slide, ...], moved: Attributes, read: tuple[str, ...], measured: tuple[tuple[str, Size], ...]
) -> tuple[tuple[tuple[str, str], ...], ...]:
    """A stack's sections; those of a slide alone stand beside each other."""
    addressed = zip(slides, read, strict=True)
    own = tuple(section for slide, address in addressed for section in _sections(slide, moved, address, measured))
    return (own,) if len(slides) > 1 else tuple((section,) for section in own)


def page(
    talk: Talk,
    stacks: Iterable[Sequence[tuple[str, str]]],
    *,
    sheets: Iterable[str] = ("assets/deck.css",),
    urls: Mapping[str, str] | None = None,
) -> str:
    """Put sections, as `sections` gives them, into the page. The other arguments are `render`'s."""
    css = talk.meta.get("css") or ()
    own = [sheet.strip() for sheet in (css.split(",") if isinstance(css, str) else css)]
    moved = [(urls or {}).get(sheet, sheet) for sheet in own]
    planned = {} if talk.duration is None else {"totalTime": talk.duration}
    given = {**planned, **(talk.meta.get("revealOptions") or {})}
    options = json.dumps(given, ensure_ascii=False, skipkeys=True, default=str)
    return _template().substitute(
        lang=escape(_language(talk)),
        direction="rtl" if _is_from_the_right(talk) else "ltr",
        title=escape(talk.title, quote=False),
        styles="\n".join(f'<link rel="stylesheet" href="{escape(sheet)}">' for sheet in (*sheets, *moved)),
        slides="\n".join(_stack(sections) for sections in stacks),
        options=options.replace("<", "\\u003c"),
        scripts='<script src="assets/deck.js"></script>',
    )


def _language(talk: Talk) -> str:
    return str(talk.meta.get("lang") or "en")


def _is_from_the_right(talk: Talk) -> bool:
    """Whether the slides are written from right to left: as the author says, or as their language is."""
    said = (talk.meta.get("revealOptions") or {}).get("rtl")
    if said is not None or not talk.meta.get("lang"):
        return bool(said)
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(_language(talk).replace("_", "-"), sep="-").text_direction == "rtl"
    except (UnknownLocaleError, ValueError):
        return False


def _stack(sections: Sequence[tuple[str, str]]) -> str:
    slides = "\n".join(html for _, html in sections)
    return slides if len(sections) == 1 else f"<section>\n{slides}\n</section>"


def outputs(made: Iterable[Output]) -> tuple[str, ...]:
    """Render what cells produced just now as what was recorded of them is, but with the figures in it.

    Args:
        made: The outputs; of one that shows nothing there is no HTML.
    """

    def address(figure: Figure) -> str:
        kind = "svg+xml" if figure.name.endswith(".svg") else figure.name.rpartition(".")[2]
        return f"data:image/{kind};base64,{b64encode(_in_both_modes(figure)).decode()}"

    shown = (_output(output, address, str) for output in made)
    return tuple(html for html in shown if html)


def figures(talk: Talk) -> dict[str, bytes]:
    """The pictures that the talk's listings drew: the path in the deck → the file's bytes."""
    return {place: data for stack in talk.stacks for place, data in _figures(stack.slides).items()}


@remembered(lambda slides: same(slides))
def _figures(slides: tuple[Slide, ...]) -> Mapping[str, bytes]:
    return {
        _figure_path(listing, shown): _in_both_modes(shown)
        for slide in slides
        for fence in slide.fences
        if fence.output != "none"
        for listing in fence.listings
        for output in listing.outputs
        for figure in output.figures
        for shown in (figure, _still(figure))
        if shown
    }


def _figure_path(listing: Listing, figure: Figure) -> str:
    return f"assets/figures/{listing.reference.lesson.replace('/', '-')}-{figure.name}"


def _still(figure: Figure) -> Figure | None:
    """What stands for a figure that plays where nothing is to move."""
    data = pictures.still(figure.data)
    return replace(figure, name=f"{figure.name.removesuffix('.png')}-still.png", data=data) if data else None


_TURNED = b"@media (prefers-color-scheme: dark) { :root { filter: invert(1) hue-rotate(180deg) } }"


def _in_both_modes(figure: Figure) -> bytes:
    """A drawing in dark colours takes light ones, of the same hues, where it is shown in the dark."""
    style = b'<style type="text/css">'
    return figure.data.replace(style, style + _TURNED, 1) if figure.is_drawing else figure.data


@cache
def _template() -> Template:
    return Template((Path(__file__).parent / "templates" / "deck.html").read_text("utf-8"))


# --- slides ---------------------------------------------------------------------------------------------------------

_URL = re.compile(
    r"(?<=\s)(src|href|poster|data-src|data-background(?:-image|-video|-iframe)?|data-preview-(?:image|video|link))"
    r'="([^"]*)"'
)


@remembered(lambda slide, *given: (same(slide), *given))
def _sections(
    slide: Slide, moved: Attributes, read: str, measured: tuple[tuple[str, Size], ...]
) -> tuple[tuple[str, str], ...]:
    """The slide, and one for each output that has a slide of its own.

    Args:
        slide: The slide.
        moved: The addresses that something else stands for in the deck, with that.
        read: The address of the docs that go with the slide, or "".
        measured: The addresses of pictures whose sizes are known, with those.
    """

    def code(token: Token, hold: dialect.Hold, walked: bool = True) -> str:
        place = token.meta.get("fence")
        return _indented(token, hold) if place is None else _fence(token, slide.fences[place], hold, walked)

    body, own = dialect.render(slide.body, code, slide.id)
    said = partial(code, walked=False)
    notes, of_notes = dialect.render(slide.notes, said, f"{slide.id}-notes") if slide.notes else ("", ())
    attributes = {"id": slide.id, **_laid_out(layout(slide), {**dict(slide.attributes), **dict(own)})}
    if size := _code_size(slide):
        attributes["style"] = "; ".join(filter(None, [f"--code-size: {size}", attributes.get("style", "")]))
    html = f"<section{_written(attributes.items())}>\n{body}"
    for note in slide.step_notes:
        spoken, _ = dialect.render(note.tokens, said, f"{slide.id}-note-{note.number}")
        notes += f'<div class="step-note" data-step="{note.number}">{spoken}</div>'
    if slide.noted:
        html += f"<aside{_written({**dict(of_notes), 'class': 'notes'}.items())}>{notes}</aside>\n"
    if read:
        html += f'<a class="read" href="{escape(read)}">Read this</a>\n'
    sections = [(slide.id, _mapped(_sized(html + "</section>", dict(measured)), dict(moved)))]
    for fence in slide.fences:
        if fence.output == "slide":
            name = f"{slide.id}-output"
            drawn = any(output.figures for listing in fence.listings for output in listing.outputs)
            attributes = {"id": name, "data-layout": "picture" if drawn else "code"}
            only = partial(_output_only, named=len(fence.listings) > 1)
            outputs = _side_by_side(fence, only, code=False)
            html = f"<section{_written(attributes.items())}>\n{outputs}</section>"
            sections.append((name, html))
    return tuple(sections)


def _code_size(slide: Slide) -> int:
    """The size in which the slide's listings begin, in px of the default theme; 0 if it shows none."""
    shown = [slide.fences[token.meta["fence"]] for token in slide.body if "fence" in token.meta]
    if not any(fence.listings for fence in shown):
        return 0
    code = (fence for fence in shown if fence.option("echo") != "false")
    return min((widths.size(fence, _mark_length(fence)) for fence in code), default=0)


def _mapped(html: str, urls: Mapping[str, str]) -> str:
    """The HTML with the addresses that something else stands for replaced."""

    def replaced(match: re.Match[str]) -> str:
        address = unescape(match[2])
        return f'{match[1]}="{escape(urls.get(address, address))}"'

    return styles.renamed_in_html(_URL.sub(replaced, html), urls.get) if urls else html


_PLAIN_PICTURE = re.compile(r'<img(?=\s)(?![^>]*\s(?:class|style|width|height|srcset)\b)(?=[^>]*\ssrc="([^"]*)")')


def _sized(html: str, sizes: Mapping[str, Size]) -> str:
    """The HTML with the sizes of pictures that the author says nothing else of."""

    def sized(match: re.Match[str]) -> str:
        size = sizes.get(unescape(match[1]))
        return f"<img{_room(size)}" if size else match[0]

    return _PLAIN_PICTURE.sub(sized, html) if sizes else html


def _room(size: Size) -> str:
    """The attributes that keep a picture's room until it is there."""
    return ' width="{}" height="{}"'.format(*size)


def _laid_out(name: str, own: dict[str, str]) -> dict[str, str]:
    """A slide's attributes with its layout; those that introduce others have the background that the theme has."""
    name = own.get("data-layout", name)
    laid = {"data-layout": name} if name else {}
    if name in ("title", "section") and not any(attribute.startswith("data-background") for attribute in own):
        laid["data-background-color"] = f"var(--{name}-background)"
    return laid | own


def _written(attributes: Iterable[tuple[str, str]]) -> str:
    return "".join(f' {name}="{escape(value)}"' if value else f" {name}" for name, value in attributes)


# --- code -----------------------------------------------------------------------------------------------------------


def _indented(token: Token, hold: dialect.Hold) -> str:
    return _pre((("class", ""),), token.content.rstrip("\n"), "", hold)


def _fence(token: Token, fence: Fence, hold: dialect.Hold, walked: bool) -> str:
    if fence.listings:
        shown = fence.option("echo") != "false"
        return _side_by_side(fence, lambda listing: _listing(fence, listing, hold, walked), code=shown)
    ours = fence.option("snippet") is not None or fence.option("illustrative") is not None
    start, steps, rest = dialect.steps(_PUNCTUATION.sub(r"\1", token.info))
    attributes = [("class", fence.language)] if ours else _class(rest)
    if ours:
        steps, start = fence.steps or None, fence.start
    if steps is not None:
        attributes.append(("data-line-numbers", steps if walked else ""))
    if start:
        attributes.append(("data-ln-start-from", start))
    numbered = None if steps is None else int((start or "1")[:9])
    if numbered is not None and (digits := len(str(numbered + fence.code.count("\n")))) > 2:
        attributes.append(("style", f"--digits: {digits}"))
    attributes += _morph(fence)
    return _pre(tuple(attributes), fence.code, fence.language, hold, of=fence.language, numbered=numbered)


_PUNCTUATION = re.compile(r"\\([!-/:-@\[-`{-~])")


def _class(info: str) -> list[tuple[str, str]]:
    """The info string as a class: reveal.js writes it as it is, so that a quote in it ends the attribute."""
    if '"' not in info:
        return [("class", info)]
    from selectolax.lexbor import LexborHTMLParser

    code = LexborHTMLParser(f'<code class="{info}">', is_fragment=True).root
    return [(name, value or "") for name, value in code.attributes.items()] if code else []


def _morph(code: Fence | Listing) -> Iterator[tuple[str, str]]:
    """What the listing keeps of its earlier version, and that it is one itself."""
    if code.morph:
        yield "data-morph-pair", str(code.morph.pair)
        yield "data-morph", " ".join(str(number) for run in code.morph.runs for number in run)
    if code.morphs_as is not None:
        yield "data-morphs-as", str(code.morphs_as)


def _pre(
    attributes: Attributes,
    code: str,
    language: str,
    hold: dialect.Hold,
    *,
    of: str = "",
    leads: bool = True,
    numbered: int | None = None,
) -> str:
    """A listing at its first step, with a fragment for each further one if it leads those that step together.

    Screen readers tell that it is one, and `of` which framework or language. Its lines say their numbers if they are
    `numbered` from one on: counters of the style sheet would be counted again on all slides when one slide changes.
    """
    given = dict(attributes)
    first, *further = given.get("data-line-numbers", "").split("|")
    ranges = [re.findall(r"\d{1,9}", part)[:2] for part in first.split(",")]
    chosen = [(int(each[0]), int(each[-1])) for each in ranges if each]
    if chosen:
        given["class"] = f"{given.get('class', '')} stepping".lstrip()
    lines = []
    for number, line in enumerate(dialect.highlight(code, language), 1):
        stands_out = not chosen or any(start <= number <= end for start, end in chosen)
        said = "" if numbered is None else f' data-number="{numbered + number - 1}"'
        lines.append(f'<span class="{"line" if stands_out else "line dim"}"{said}>{line}</span>')
    shown = hold("\n".join(lines))
    markers = '<span class="fragment step" hidden></span>' * len(further) * leads
    label = escape(f"{FRAMEWORKS.get(of, of)} listing".strip())
    return f'<pre role="group" aria-label="{label}"><code{_written(given.items())}>{shown}</code>{markers}</pre>'


# --- listings -------------------------------------------------------------------------------------------------------


def _side_by_side(fence: Fence, one: Callable[[Listing], str], *, code: bool) -> str:
    if len(fence.listings) == 1:
        return one(fence.listings[0]) + _agreement(fence)
    shown = "".join(map(one, fence.listings)) + _marks(fence)
    columns = widths.columns(fence, code, _mark_length(fence))
    written = " ".join(f"minmax({least:.0f}px, {share:.0f}fr)" for least, share in columns)
    return f'<div class="panes" style="--columns: {written}">\n{shown}</div>\n'


def _mark_length(fence: Fence) -> int:
    return len(re.sub("<[^>]*>", "", " ".join(_parity(fence)))) if fence.parity else 0


def _agreement(fence: Fence) -> str:
    """What the listing agrees on, and with whom."""
    if not fence.parity:
        return ""
    own = fence.listings[0].framework
    others = _and([FRAMEWORKS[name] for name in fence.parity[0].frameworks if name != own])
    what, closely = _parity(fence)
    return f'<p class="parity">{what} with {others} {closely}</p>\n'


def _marks(fence: Fence) -> str:
    """What the panes agree on: a mark on the seam of two; of more, below them, with a sign on each seam."""
    if not fence.parity:
        return ""
    names = _and([FRAMEWORKS[name] for name in fence.parity[0].frameworks])
    words = f'<span class="who">{names}: </span>{" ".join(_parity(fence))}'
    if len(fence.listings) == 2:
        return f'<p class="parity seam">{words}</p>\n'
    signs = (f'<p class="parity seam" style="--seam: {n}" aria-hidden="true"></p>\n' for n in widths.seams(fence))
    return f'<p class="parity">{words}</p>\n{"".join(signs)}'


def _parity(fence: Fence) -> tuple[str, str]:
    """What the frameworks agree on, and how closely."""
    names = list(dict.fromkeys(f"<code>{escape(check.name)}</code>" for check in fence.parity))
    if len(names) > 3:
        names[2:] = [f"{len(names) - 2} more"]
    difference = max(check.difference for check in fence.parity)
    verb = "agrees" if len(names) == 1 else "agree"
    return f"{_and(names)} {verb}", f"to {difference:.0e}" if difference else "exactly"


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _listing(fence: Fence, listing: Listing, hold: dialect.Hold, walked: bool) -> str:
    beside = fence.output in ("column", "column-fragment")
    shown = fence.option("echo") != "false"
    parts = [_opening(listing, "listing columns" if beside and shown else "listing", len(fence.listings) > 1)]
    if shown:
        steps = listing.steps if walked else ()
        language = fence.language or "python"
        attributes = [("class", language)]
        if steps:
            attributes.append(("data-line-numbers", "|".join(step.ranges for step in steps) or "all"))
        attributes += _morph(listing)
        leads = listing is fence.listings[0]
        listed = _pre(tuple(attributes), listing.code, language, hold, of=listing.framework, leads=leads)
        link = f'<a class="source tool" href="{escape(programs.address(listing))}" target="_blank"'
        parts.append(f'{listed.removesuffix("</pre>")}{link} title="{escape(listing.path)}">Source</a></pre>\n')
        if any(step.caption for step in steps):
            first, *others = (escape(step.caption, quote=False) for step in steps)
            captions = "".join(f"<li>{caption}</li>" for caption in others)
            parts.append(f'<ol class="captions"><li class="now">{first}</li>{captions}</ol>\n')
    if fence.output not in ("none", "slide"):
        leader = next((each for each in fence.listings if each.outputs), None)
        fragment = fence.output.endswith("fragment") and listing is leader  # those of the other panes come with it
        address = partial(_figure_path, listing)
        parts += [_output(output, address, hold, fragment) for output in listing.outputs]
    return "".join(parts) + "</div>\n"


def _output_only(listing: Listing, named: bool) -> str:
    shown = "".join(_output(output, partial(_figure_path, listing), str) for output in listing.outputs)
    return f"{_opening(listing, 'listing', named)}{shown}</div>\n"


def _opening(listing: Listing, classes: str, named: bool) -> str:
    lines = " ".join(map(str, listing.numbers))
    name = f'<p class="framework">{FRAMEWORKS[listing.framework]}</p>\n' if named else ""
    return f'<div class="{classes}" data-framework="{listing.framework}" data-lines="{lines}">\n{name}'


def _printed(text: str, output: Output) -> str:
    """What was printed; of an error, what it says stands out from the way there."""
    said = text.rfind(f"\n{output.raised.type}") + 1 if output.raised else 0
    way, said_so = escape(text[:said], quote=False), escape(text[said:], quote=False)
    return f"{way}<strong>{said_so}</strong>" if said else said_so


def _output(
    output: Output, address: Callable[[Figure], str], hold: Callable[[str], str], fragment: bool = False
) -> str:
    text, parts = output.text, []
    if text:
        parts.append(f"<pre><code>{hold(_printed(text, output))}</code></pre>\n")
    for figure in output.figures:
        source = escape(address(figure))
        drawing = ' class="drawing"' if figure.is_drawing else ""
        room = _room(size) if (size := pictures.size(figure.data)) else ""
        image = f'<img{drawing}{room} src="{source}" alt="{escape(figure.alt)}">'
        if still := _still(figure):
            quiet = f'<source media="(prefers-reduced-motion: reduce), print" srcset="{escape(address(still))}">'
            image = f"<picture>{quiet}{image}</picture>"
        parts.append(f"<figure>{image}</figure>\n")
    if not parts:
        return ""
    classes = ["output", *(["error"] if output.raised else []), *(["fragment"] if fragment else [])]
    label = "Error" if output.raised else "Output"
    return f'<div class="{" ".join(classes)}" role="group" aria-label="{label}">\n{"".join(parts)}</div>\n'
