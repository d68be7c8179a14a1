"""What servers that build read of a rehearsal: JUnit's XML, and GitHub's annotations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from greenroom.model import Span
from greenroom.rehearse import Rehearsal, ci
from greenroom.rehearse.findings import Finding, Told

TALK = "slides/talk.md"
HIGH = Finding(
    Span(TALK, 6, 3), "overflow", "error", TALK, "plan", 3, "1280x720", "dark", "bottom", "too high", (), "show less"
)
WHERE = (("1280x720", "dark", 3),)
LINK = Finding(Span("docs/index.md", 2), "link", "error", "", "", 0, "", "", "x", "`x` leads to no file", (), "mend it")
TOLD = (
    Told(LINK, (("", "", 0),)),
    Told(HIGH, WHERE),
    Told(replace(HIGH, code="covered", fact="one is covered"), WHERE),
    Told(replace(HIGH, slide="end", code="slow", severity="note", fact="it stands still"), WHERE),
    Told(replace(HIGH, slide="end", code="small-text", fact="it is small"), WHERE, "the licence"),
    Told(replace(HIGH, span=Span("slides/own.css", 4), slide="", code="request", fact="it asks"), WHERE),
)


def rehearsal(*told: Told) -> Rehearsal:
    return Rehearsal(told, 3, 0, 0, {}, {TALK: ("start", "plan", "end")}, ("docs/index.md", "docs/more.md"))


def cases(found: Rehearsal) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(ci.junit(found))
    return {case.attrib["name"]: case for case in root.iter("testcase")}


def test_every_slide_and_page_is_a_test_case_also_where_nothing_is_wrong() -> None:
    root = ElementTree.fromstring(ci.junit(rehearsal()))
    names = {suite.attrib["name"]: [case.attrib["name"] for case in suite] for suite in root}
    assert names == {TALK: ["(deck)", "start", "plan", "end"], "docs": ["docs/index.md", "docs/more.md"]}
    assert (root.attrib["tests"], root.attrib["failures"]) == ("6", "0")


def test_all_that_is_wrong_with_a_slide_is_one_failure_with_path_and_line() -> None:
    found = cases(rehearsal(*TOLD))
    (failure,) = found["plan"]
    assert failure.attrib["message"] == "slides/talk.md:6:3: too high (and 1 more)"
    assert failure.text == (
        "slides/talk.md:6:3: error[overflow]: too high\n  where: `plan`, step 3; 1280x720, dark\n  hint: show less\n"
        "slides/talk.md:6:3: error[covered]: one is covered\n  where: `plan`, step 3; 1280x720, dark\n  hint: show less"
    )
    assert (found["plan"].attrib["file"], found["plan"].attrib["line"]) == (TALK, "6")
    assert (found["(deck)"].attrib["file"], found["(deck)"].attrib["line"]) == ("slides/own.css", "4")
    assert found["docs/index.md"].attrib["line"] == "2"


def test_notes_and_what_is_accepted_fail_no_case_and_are_told() -> None:
    found = rehearsal(*TOLD)
    root = ElementTree.fromstring(ci.junit(found))
    assert [suite.attrib["failures"] for suite in (root, *root)] == ["3", "2", "1"]
    (told,) = cases(found)["end"]
    assert (told.tag, told.text.splitlines()[-1]) == (
        "system-out",
        "slides/talk.md:6:3: accepted[small-text]: the licence",
    )


def test_letters_that_xml_cannot_have_are_told_by_their_numbers() -> None:
    strange = replace(HIGH, fact="\x1b[31m & <b> \x00 \ufffe \ud800 \U0001f600\n'\"")
    (failure,) = cases(rehearsal(Told(strange, WHERE)))["plan"]
    said = "\\x1b[31m & <b> \\x00 \\ufffe \\ud800 \U0001f600\n'\""
    assert failure.attrib["message"] == f"slides/talk.md:6:3: {said}"
    assert failure.text.startswith(f"slides/talk.md:6:3: error[overflow]: {said}\n")


def commands(*told: Told) -> list[str]:
    return list(ci.commands(rehearsal(*told), Path("/repository/talks")))


def test_errors_and_notes_are_shown_beside_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    link, high, covered, slow, request = commands(*TOLD)
    assert high == (
        "::error file=slides/talk.md,line=6,col=3,title=overflow on plan::"
        "too high%0A  where: `plan`, step 3; 1280x720, dark%0A  hint: show less"
    )
    assert slow.startswith("::notice file=slides/talk.md,line=6,col=3,title=slow on end::it stands still%0A")
    assert link.startswith("::error file=docs/index.md,line=2,col=1,title=link::")
    assert [covered[:7], request[:7]] == ["::error", "::error"]


def test_what_github_would_take_for_the_end_of_a_value_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    (command,) = commands(Told(replace(HIGH, span=Span("a,b:c%.md", 1), fact="100 %\r\n::error::"), WHERE))
    assert command.startswith("::error file=a%2Cb%3Ac%25.md,line=1,")
    assert "::100 %25%0D%0A::error::%0A" in command


def test_paths_begin_at_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", "/repository")
    assert commands(TOLD[0])[0].startswith("::error file=talks/docs/index.md,")
    monkeypatch.setenv("GITHUB_WORKSPACE", "/elsewhere")
    assert commands(TOLD[0])[0].startswith("::error file=docs/index.md,")
