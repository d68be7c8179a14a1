"""How a rehearsal is told to servers that build: as JUnit's XML, and as GitHub's annotations."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from greenroom.rehearse.findings import Told
from greenroom.rehearse.report import text

if TYPE_CHECKING:
    from greenroom.rehearse import Rehearsal

DECK = "(deck)"
"""The test case for what belongs to no slide."""


def junit(rehearsal: Rehearsal) -> str:
    """A report in JUnit's XML: a suite for each talk and one for the docs, in which each slide or page is a test case.

    A case has one failure with all that is wrong in it, since many servers read no more than the first.
    """
    root = ElementTree.Element("testsuites", name="greenroom rehearse")
    for talk, slides in rehearsal.decks.items():
        by_slide: dict[str, list[Told]] = {name: [] for name in (DECK, *slides)}
        for told in rehearsal.told:
            if told.finding.talk == talk:
                by_slide[told.finding.slide or DECK].append(told)
        _suite(root, talk, ((name, talk, found) for name, found in by_slide.items()))
    by_page: dict[str, list[Told]] = {page: [] for page in rehearsal.pages}
    for told in rehearsal.told:
        if not told.finding.talk:
            by_page.setdefault(told.finding.span.path, []).append(told)
    _suite(root, "docs", ((page, page, found) for page, found in by_page.items()))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in root)))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(root: ElementTree.Element, name: str, cases: Iterable[tuple[str, str, list[Told]]]) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_printable(name))
    failures = 0
    for case, file, found in cases:
        # Some readers stumble over a case that took no time; how long slides were seen says nothing of them.
        facts = {"classname": _printable(name), "name": _printable(case), "file": file, "time": "0"}
        errors = [told for told in found if told.finding.severity == "error" and not told.accepted]
        others = [told for told in found if told not in errors]
        if found:
            span = (errors or others)[0].finding.span
            facts |= {"file": span.path, "line": str(span.line)}
        element = ElementTree.SubElement(suite, "testcase", facts)
        if errors:
            failures += 1
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            message = _printable(f"{errors[0].finding.span}: {errors[0].finding.fact}{more}")
            failure = ElementTree.SubElement(element, "failure", type=errors[0].finding.code, message=message)
            failure.text = _printable("\n".join(map(text, errors)))
        if others:
            ElementTree.SubElement(element, "system-out").text = _printable("\n".join(map(text, others)))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", "0")
    suite.set("skipped", "0")
    suite.set("time", "0")


def _printable(text: str) -> str:
    r"""The text with `\x1b` for what XML has no way to say."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", lambda found: ascii(found[0])[1:-1], text)


def commands(rehearsal: Rehearsal, root: Path) -> Iterator[str]:
    """Commands of GitHub's workflows that show errors and notes beside the lines they are about.

    Args:
        rehearsal: What was found; what is accepted is not shown.
        root: The project's, which may be a folder of the repository.
    """
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or root).resolve()
    own = root.resolve()
    folder = own.relative_to(workspace) if own.is_relative_to(workspace) else Path()
    for told in rehearsal.told:
        if told.accepted:
            continue
        finding = told.finding
        place = {
            "file": (folder / finding.span.path).as_posix(),
            "line": str(finding.span.line),
            "col": str(finding.span.col),
            "title": f"{finding.code} on {finding.slide}" if finding.slide else finding.code,
        }
        level = "error" if finding.severity == "error" else "notice"
        properties = ",".join(f"{name}={_escaped(value, ',:')}" for name, value in place.items())
        yield f"::{level} {properties}::{_escaped(_said(told))}"


def _said(told: Told) -> str:
    """What the finding's place does not say yet."""
    return "\n".join([told.finding.fact, *text(told).split("\n")[1:]])


def _escaped(value: str, separators: str = "") -> str:
    """The value as workflow commands have it: per cent signs and what ends a line or a value by their numbers."""
    return re.sub(f"[%\r\n{separators}]", lambda found: f"%{ord(found[0]):02X}", value)
