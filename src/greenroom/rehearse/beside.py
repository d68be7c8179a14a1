"""How a comparison is told: as lines, and as a page with what was and what is side by side."""

from __future__ import annotations

from html import escape

from greenroom.rehearse import page
from greenroom.rehearse.compare import Change, Comparison, Pair, counts
from greenroom.rehearse.report import count, runs

NAMES = {"changed": "Changed", "added": "Added", "removed": "Removed", "moved": "Moved"}


def render(comparison: Comparison, revision: str) -> str:
    """What people read.

    Args:
        comparison: What came of it.
        revision: What was compared with.
    """
    lines = []
    for change in comparison.changes:
        facts = ", ".join([f"`{change.slide}`", *_facts(change)])
        lines.append(f"{change.span}: {change.kind}: {facts}")
    return "\n".join([*lines, f"since {revision}: {_sum(comparison)}"])


def _facts(change: Change) -> list[str]:
    """How a slide changed, in a few words."""
    facts = []
    if change.kind == "changed":
        numbers = sorted({pair.step for pair in change.pairs})
        facts.append(f"step{'s' if len(numbers) > 1 else ''} {runs(numbers)}, {change.scheme}")
    if change.places:
        facts.append(f"from place {change.places[0]} to {change.places[1]}")
    return facts


def _sum(comparison: Comparison) -> str:
    found = counts(comparison.changes)
    same = comparison.slides - sum(number for kind, number in found.items() if kind != "removed")
    parts = [f"{number} {kind}" for kind, number in found.items()]
    return f"{count(comparison.slides, 'slide')}: {', '.join([*parts, f'{same} unchanged'])}"


def report(comparison: Comparison, revision: str, of: str) -> str:
    """The page of a comparison.

    Args:
        comparison: What came of it.
        revision: What was compared with.
        of: The title of what was compared.
    """
    found = counts(comparison.changes)
    contents: dict[str, list[str]] = {}
    lines: list[str] = []
    for change in comparison.changes:
        anchor = page.anchor(change.span.path, change.slide, change.kind)
        if change.talk not in contents:
            lines += ["</section>"] if contents else []
            lines += ['<section class="group">', f'<h2 class="talk">{escape(change.talk)}</h2>']
        lines.append(_slide(anchor, change, comparison.size))
        kind = f'<small class="kind {change.kind}">{change.kind}</small>'
        entry = f'<li><a href="#{anchor}"><span>{escape(change.title)}</span>{kind}</a></li>'
        contents.setdefault(change.talk, []).append(entry)
    lines += ["</section>"] if contents else []
    title = ", ".join(f"{number} {kind}" for kind, number in found.items()) or "Nothing looks otherwise"
    if lines:
        lines.append(page.NONE_CHOSEN)
    else:
        lines.append(page.nothing("Nothing looks otherwise", f"{_sum(comparison)}."))
    lead = f"{escape(_sum(comparison))}. Compared with {escape(revision)}, in {comparison.size}."
    kinds = {kind: (NAMES[kind], number) for kind, number in found.items()}
    return page.page(title, f"What changed in {of}", lead, "\n".join(lines), contents, kinds)


def _slide(anchor: str, change: Change, size: str) -> str:
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in _facts(change))
    name = f"<code>{escape(change.slide)}</code>" if change.slide != change.title else ""
    head = (
        f'<header><h3>{escape(change.title)}</h3>{name}<span class="chip {change.kind}">{change.kind}</span>'
        f'{facts}<code class="open">{escape(str(change.span))}</code></header>'
    )
    if change.kind == "changed":
        body = "\n".join(_pair(change, pair, size) for pair in change.pairs)
    elif change.pairs:
        body = f'<div class="pair">{"".join(_alone(change, pair) for pair in change.pairs)}</div>'
    else:
        why = "It looks as it did." if change.kind == "moved" else "It cannot be shown."
        body = f'<p class="only">{why}</p>'
    return f'<section class="slide" id="{anchor}" data-kind="{change.kind}">\n{head}\n{body}\n</section>'


def _pair(change: Change, pair: Pair, size: str) -> str:
    share = f": {max(pair.difference.share * 100, 0.1):.1f} % of the picture differs" if pair.difference else ""
    pictures = (
        ("Before", pair.before),
        ("After", pair.after),
        ("Difference", pair.difference.png if pair.difference else None),
    )
    ratio = size.replace("x", " / ")
    figures = "".join(_figure(change, pair, name, png, ratio) for name, png in pictures)
    return f'<div class="pair"><h4>Step {pair.step}{share}</h4>{figures}</div>'


def _figure(change: Change, pair: Pair, name: str, png: bytes | None, ratio: str) -> str:
    if png is None:
        none = (
            "" if name == "Difference" else f'<div class="none" style="--ratio: {ratio}">There is no such step.</div>'
        )
        return f"<figure>{none}<figcaption>{name}</figcaption></figure>" if none else ""
    picture = page.picture(png, f"“{change.title}” at step {pair.step}, {change.scheme}: {name.lower()}")
    return f'<figure>{picture}<figcaption data-brief="{name}, step {pair.step}">{name}</figcaption></figure>'


def _alone(change: Change, pair: Pair) -> str:
    return _figure(change, pair, f"Step {pair.step}", pair.after or pair.before, "")
