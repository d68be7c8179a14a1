"""Telling findings: each once, accepted with a reason or not at all, and what needs no browser to be found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greenroom import talk
from greenroom.model import Span
from greenroom.rehearse import links, timing
from greenroom.rehearse.findings import Code, Finding, accept, together

TEXT = """\
---
title: A talk
duration: 1min
---
<!-- .slide: id="one" data-accept="overflow: it is a poster" -->
# One

Note: {words}

---
<!-- .slide: id="two" data-accept="contrast:; overflow: never" -->
# Two
"""


def parsed(words: str = "Nothing."):
    text = TEXT.format(words=words)
    found, problems = talk.parse(text, "slides/talk.md")
    assert problems == ()
    return found, text.split("\n")


def finding(slide: str, **changes: object) -> Finding:
    made = Finding(
        Span("slides/talk.md", 6),
        "overflow",
        "error",
        "slides/talk.md",
        slide,
        1,
        "1280x720",
        "light",
        "bottom",
        "high",
    )
    return replace(made, **changes)


def test_the_same_finding_is_told_once_where_it_is_worst() -> None:
    high = [finding("one", step=step, measure=(("px", px),)) for step, px in ((1, 5.0), (2, 9.0), (3, 9.0))]
    (told,) = together([*high, finding("one", size="1920x1080", measure=(("px", 5.0),))])
    assert (told.finding.step, told.finding.measure) == (2, (("px", 9.0),))
    assert told.where == (
        ("1280x720", "light", 1), ("1280x720", "light", 2), ("1280x720", "light", 3), ("1920x1080", "light", 1)
    )  # fmt: skip


def test_of_texts_the_smallest_is_the_worst() -> None:
    small = [finding("one", code="small-text", measure=(("px", px),)) for px in (12.0, 9.0)]
    (told,) = together(small)
    assert told.finding.measure == (("px", 9.0),)


def test_a_slide_accepts_its_own_findings_and_says_why() -> None:
    found, lines = parsed()
    told = accept(together([finding("one"), finding("two", code="alt")]), found, lines)
    assert sorted((each.finding.slide, each.finding.code, each.accepted) for each in told) == [
        ("one", "overflow", "it is a poster"),
        ("two", "accept", ""),
        ("two", "accept", ""),
        ("two", "alt", ""),
    ]


@pytest.mark.parametrize("code", sorted(set(Code) - {Code.ACCEPT}))
def test_every_kind_of_finding_can_be_accepted_also_on_the_slide_of_an_output(code: Code) -> None:
    text = TEXT.format(words="Nothing.").replace("overflow: it is a poster", f"{code}: it is a poster")
    found, _ = talk.parse(text, "slides/talk.md")
    told = accept(together([finding("one", code=code), finding("one-output", code=code)]), found, text.split("\n"))
    assert [each.accepted for each in told if each.finding.code == code] == ["it is a poster"] * 2
    assert [each.finding.slide for each in told if each.finding.code == Code.ACCEPT] == ["two", "two"]


def test_an_acceptance_of_nothing_and_one_without_a_reason_are_told_at_their_line() -> None:
    found, lines = parsed()
    wrong = [each.finding for each in accept(together([finding("one")]), found, lines)][1:]
    assert [each.fact for each in wrong] == [
        "`contrast` is accepted for no reason",
        "`overflow` is accepted, and there is none on this slide",
    ]
    assert {each.span.line for each in wrong} == {11}


def test_a_reason_for_something_that_is_not_accepted_accepts_nothing() -> None:
    found, lines = parsed()
    told = accept(together([finding("two", code="contrast")]), found, lines)
    assert [each.accepted for each in told if each.finding.code == "contrast"] == [""]


@pytest.mark.parametrize(("count", "codes"), [(100, []), (300, ["time"])])
def test_notes_that_take_longer_than_planned_are_told_at_the_duration(count: int, codes: list[str]) -> None:
    found, lines = parsed("word " * count)
    told = [each for each in timing.find(found, lines) if each.code == "time"]
    assert [each.code for each in told] == codes
    assert {each.span.line for each in told} <= {3}


def test_a_slide_without_notes_is_told_where_others_have_some() -> None:
    found, lines = parsed()
    assert [(each.code, each.slide) for each in timing.find(found, lines)] == [("notes", "two")]
    bare, problems = talk.parse("# One\n\n---\n# Two\n", "slides/talk.md")
    assert (problems, timing.find(bare, ["# One"])) == ((), ())


@pytest.mark.parametrize(
    ("address", "fact"),
    [
        ("b.html", ""),
        ("b.html#here", ""),
        ("b.html#there", "leads to no place"),
        ("c.html", "leads to no file"),
        ("folder/", ""),
        ("folder", ""),
        ("#own", ""),
        ("#none", "leads to no place"),
        ("#/slide/2", ""),
        ("#/2", ""),
        ("#/none", "leads to no slide"),
        ("%C3%A4.html", ""),
        ("https://example.org/none", ""),
        ("mailto:a@example.org", ""),
        ("/none", ""),
        ("http://[", "is no address"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(address: str, fact: str) -> None:
    page = f'<section id="slide"><p id="own"><a href="{address}">there</a></p></section>'
    pages = {"a.html": page, "b.html": '<a name="here"></a>'}
    found = list(links.broken(pages, frozenset({*pages, "folder/index.html", "ä.html"})))
    assert [(each.page, each.slide) for each in found] == ([("a.html", "slide")] if fact else [])
    assert all(fact in each.fact for each in found)
