"""A deck with a fault on each slide in a real browser.

`expected.txt` of the case says of each fault: the slide, the code, the step, and what stands in the line it is told of.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from greenroom.cli import main

CASE = Path(__file__).parents[1] / "cases" / "rehearse" / "faults"
FAULTS = [line.split(" | ") for line in (CASE / "expected.txt").read_text(encoding="utf-8").splitlines()]

Findings = list[dict[str, Any]]


def rehearse(root: Path, monkeypatch: pytest.MonkeyPatch, status: int) -> dict[str, Any]:
    monkeypatch.chdir(root)
    result = CliRunner().invoke(main, ["rehearse", "--json"])
    assert result.exit_code == status, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("faults") / "project"
    shutil.copytree(CASE, target)
    return target


@pytest.fixture(scope="module")
def findings(root: Path) -> Findings:
    with pytest.MonkeyPatch.context() as monkeypatch:
        found: Findings = rehearse(root, monkeypatch, 1)["findings"]
    return found


def of(findings: Findings, slide: str) -> dict[str, Any]:
    (found,) = [each for each in findings if each["slide"] == slide]
    return found


def test_there_are_many_faults() -> None:
    assert len(FAULTS) >= 40


@pytest.mark.parametrize(("slide", "code", "step", "line"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_told_once_at_its_slide_step_and_line(
    findings: Findings, slide: str, code: str, step: str, line: str
) -> None:
    found = of(findings, slide)
    lines = (CASE / found["path"]).read_text(encoding="utf-8").split("\n")
    assert (found["code"], found["step"]) == (code, int(step))
    assert line in lines[found["line"] - 1]


def test_nothing_else_is_told(findings: Findings) -> None:
    faults = {fault[0] for fault in FAULTS}
    rest = [
        (each["slide"], each["path"], each["line"], each["code"]) for each in findings if each["slide"] not in faults
    ]
    assert rest == [
        ("", "docs/index.md", 3, "link"),
        ("accepted", "slides/faults.md", next(each["line"] for each in findings if each["accepted"]), "small-text"),
    ]


@pytest.mark.parametrize(("slide", "px"), [("overflow-3px", 3), ("overflow-300px", 300)])
def test_overflow_is_measured_to_the_pixel(findings: Findings, slide: str, px: int) -> None:
    assert of(findings, slide)["measure"] == {"px": px, "percent": round(px / 656 * 100, 1)}


def test_a_fault_of_one_scheme_is_told_of_that_scheme(findings: Findings) -> None:
    assert {place["scheme"] for place in of(findings, "faint-dark")["where"]} == {"dark"}
    assert {place["scheme"] for place in of(findings, "faint-light")["where"]} == {"light"}
    assert {place["scheme"] for place in of(findings, "faint")["where"]} == {"light", "dark"}


def test_an_acceptance_is_told_with_its_reason(findings: Findings) -> None:
    assert of(findings, "accepted")["accepted"] == "nobody need read this"


def test_only_what_changed_is_visited_again(root: Path, findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    again = rehearse(root, monkeypatch, 1)
    assert (again["visited"], again["findings"]) == (0, findings)
    file = root / "slides" / "faults.md"
    file.write_text(file.read_text(encoding="utf-8").replace("This is faint by night", "This is faint at night"))
    changed = rehearse(root, monkeypatch, 1)
    assert changed["visited"] == 2
    assert "at night" in of(changed["findings"], "faint-dark")["fact"]
    assert len(changed["findings"]) == len(findings)
