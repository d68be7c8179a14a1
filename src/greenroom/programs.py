"""The whole programs that a deck's listings are parts of: a page that shows each, and a script to copy them from."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from html import escape
from string import Template

from greenroom import dialect
from greenroom.memo import remembered, same
from greenroom.model import FRAMEWORKS, LIBRARIES, Listing, Module, Program, Slide, Talk

SCRIPT = "assets/programs.js"
"""Where in the deck's folder the programs lie that can be copied; the deck loads it when one is asked for."""


def shown(talk: Talk) -> tuple[tuple[str, str], ...]:
    """The lessons and frameworks whose modules a talk shows."""
    return tuple(sorted({each for stack in talk.stacks for each in _shown(stack.slides)}))


@remembered(lambda slides: same(slides))
def _shown(slides: tuple[Slide, ...]) -> frozenset[tuple[str, str]]:
    listings = (listing for slide in slides for fence in slide.fences for listing in fence.listings)
    return frozenset((listing.reference.lesson, listing.framework) for listing in listings)


def address(listing: Listing) -> str:
    """Where in the deck's folder a listing's program is shown, with the lines that are the listing."""
    first, *numbers = listing.numbers
    runs = [[first, first]]
    for number in numbers:
        if number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    lines = ",".join(str(start) if start == end else f"{start}-{end}" for start, end in runs)
    return f"{_place(listing.reference.lesson, listing.framework)}?lines={lines}#L{first}"


def files(talk: Talk, programs: Collection[Program], sheets: Sequence[str]) -> dict[str, str]:
    """The pages and the script: paths in the deck's folder → content.

    Args:
        talk: The talk.
        programs: Those that it shows.
        sheets: The deck's own style sheets, relative to its folder.
    """
    lang = str(talk.meta.get("lang") or "en")
    found = {
        _place(each.module.lesson, each.module.framework): _page(each, talk.title, lang, tuple(sheets))
        for each in programs
    }
    return {**found, SCRIPT: _script(tuple(each.module for each in programs))}


@remembered(lambda modules: tuple(map(same, modules)))
def _script(modules: tuple[Module, ...]) -> str:
    texts = {module.path: "\n".join((*module.lines, "")) for module in modules}
    return f"window.greenroomPrograms = {json.dumps(texts, ensure_ascii=False, indent=0)};\n"


def _place(lesson: str, framework: str) -> str:
    return f"assets/snippets/{lesson}/{framework}.html"


_PAGE = Template("""\
<!doctype html>
<html lang="en" class="reveal-viewport">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$path</title>
<link rel="icon" href="data:,">
$styles
</head>
<body class="reveal program">
<header>
<h1>$path</h1>
<p>$about</p>
<p class="links">
<button type="button" hidden>Copy the program</button> <span class="told" role="status"></span>
$links
</p>
</header>
<main><pre><code class="python">$code</code></pre></main>
<script src="$root/assets/source.js"></script>
</body>
</html>
""")


@remembered(lambda program, *rest: (same(program.module), program.versions, program.docs, *rest))
def _page(program: Program, title: str, lang: str, sheets: tuple[str, ...]) -> str:
    module = program.module
    root = "/".join([".."] * (module.lesson.count("/") + 3))
    lines = enumerate(dialect.highlight("\n".join(module.lines), "python"), 1)
    anchor = '<a href="#L{0}" aria-hidden="true" tabindex="-1"></a>'
    code = "\n".join(f'<span class="line" id="L{n}">{anchor.format(n)}{line}</span>' for n, line in lines)
    versions = ", ".join(f"{LIBRARIES.get(name, name)} {version}" for name, version in program.versions)
    links = [f'<a href="{root}/index.html" lang="{escape(lang)}">{escape(title, quote=False)}</a>']
    if program.docs:
        docs = program.docs if "://" in program.docs else f"{root}/{program.docs}"
        links.append(f'<a href="{escape(docs)}">What it prints, and where it is shown</a>')
    return _PAGE.substitute(
        path=escape(module.path),
        styles="\n".join(
            f'<link rel="stylesheet" href="{root}/{escape(sheet)}">' for sheet in (*sheets, "assets/source.css")
        ),
        about=f"Recorded with {escape(versions)}" if versions else FRAMEWORKS[module.framework],
        links=" ".join(links),
        code=code,
        root=root,
    )
