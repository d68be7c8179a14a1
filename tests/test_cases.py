"""Each folder of `tests/cases/errors` is a small project with a mistake, and what greenroom says about it.

A case is named after the code it is about. `expected.txt` is what the command in its file `command` (if there is none,
`check`) writes to standard error. `pytest --refresh` writes it anew, and runs the modules whose recordings don't fit.
"""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from greenroom import build
from greenroom import record as recording
from greenroom.cli import main
from greenroom.problems import Code
from greenroom.record.engine import Engine

CASES = Path(__file__).parent / "cases" / "errors"
FOLDERS = sorted(CASES.iterdir())
PROGRESS = re.compile(r"^\S+  (?:failed|[\d.]+ s)\n", re.MULTILINE)
CONFIGURATION = "site_name: Case\nplugins:\n  - greenroom\n"


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case.name)
def test_a_mistake_is_told(case, tmp_path, monkeypatch, golden, refresh):
    root = tmp_path / "project"
    shutil.copytree(case, root, symlinks=True)
    if not (root / "mkdocs.yml").exists():
        (root / "mkdocs.yml").write_text(CONFIGURATION)
    monkeypatch.chdir(root)
    if refresh:
        record(case, root)
    command = root / "command"
    arguments = shlex.split(command.read_text()) if command.exists() else ["check"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    told = PROGRESS.sub("", result.stderr).replace(str(tmp_path.resolve()), "…")
    golden(case / "expected.txt", told)
    assert f"error[{case.name}]" in told


def record(case: Path, root: Path) -> None:
    """Record what is not recorded, but where that is the mistake."""
    if case.name.startswith("recording-") or case.name == "data-missing" or (case / "command").exists():
        return
    settings, found, _ = build.scan(root)
    modules = tuple(found.values())
    if stale := recording.outdated(root, modules):
        with Engine(root) as engine:
            recording.record(engine, root, settings.snippets, modules, stale, accept=True)
    if case.name not in (Code.STEP_MOVED, Code.STEP_UNRECORDED):
        steps = build.steps(root, modules)
        recording.steps(root, modules, steps.taken, known=steps.known)
    for folder in root.glob("snippets/**/recordings"):
        shutil.copytree(folder, case / folder.relative_to(root), dirs_exist_ok=True)


ELSEWHERE = {
    Code.RUN_LOST: "record/test_record_machines.py",  # needs machines that can be lost
    Code.RUN_MEMORY: "record/test_record_engine.py",  # not every system can keep a process from it
    Code.RUN_REFUSED: "record/test_record_engine.py",  # needs a disk that is full
    Code.RUN_TIME: "record/test_record_engine.py",  # takes the time that a module may take
}


def test_every_code_has_its_case():
    assert {case.name for case in FOLDERS} == set(Code) - set(ELSEWHERE)
    for code, file in ELSEWHERE.items():
        assert code in (CASES.parents[1] / file).read_text(encoding="utf-8")


def test_a_case_has_nothing_that_is_not_used():
    known = {"mkdocs.yml", "command", "expected.txt", "README.md", "slides", "snippets", "docs"}
    assert {file.name for case in FOLDERS for file in case.iterdir()} <= known
