"""`greenroom export notebooks` writes what is asked for, and nothing over what somebody has changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from greenroom.cli import main


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two lessons and a talk, with its recordings."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("slides", "docs", "snippets/one", "snippets/deep/two"):
        (root / folder).mkdir(parents=True)
    (root / "mkdocs.yml").write_text("site_name: T\nplugins: [greenroom]\n")
    (root / "docs" / "index.md").write_text("# T\n")
    (root / "slides" / "a.md").write_text('# A\n\n```python snippet="one:x"\n```\n')
    (root / "slides" / "b.md").write_text("# B\n")
    for lesson in ("one", "deep/two"):
        (root / "snippets" / lesson / "python.py").write_text("# %% x\nprint(1)\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        result = CliRunner().invoke(main, ["record"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return root


@pytest.fixture
def project(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = Path(shutil.copytree(recorded, tmp_path / "project"))
    monkeypatch.chdir(root)
    return root


def export(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["export", "notebooks", *arguments], catch_exceptions=False)


def books(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.ipynb"))


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ((), ["snippets/deep/two-python.ipynb", "snippets/one-python.ipynb", "talks/a-python.ipynb"]),
        (("deep",), ["snippets/deep/two-python.ipynb"]),
        (("one/python",), ["snippets/one-python.ipynb"]),
        (("--talk", "a"), ["talks/a-python.ipynb"]),
        (("one", "--talk", "a"), ["snippets/one-python.ipynb", "talks/a-python.ipynb"]),
        (("--talk", "b"), []),
    ],
)
def test_what_is_asked_for_is_written(project, arguments, written):
    result = export(*arguments)
    count = f"{len(written)} notebook{'' if len(written) == 1 else 's'}"
    assert (result.exit_code, result.output) == (0, f"exports/notebooks written: {count}\n")
    assert books(project / "exports" / "notebooks") == written


def test_the_next_export_takes_the_place_of_the_last_one_and_is_the_same(project):
    export("-o", "out")
    before = {path: (project / "out" / path).read_bytes() for path in books(project / "out")}
    export("one", "-o", "out")
    assert books(project / "out") == ["snippets/one-python.ipynb"]
    export("-o", "out")
    assert {path: (project / "out" / path).read_bytes() for path in books(project / "out")} == before


@pytest.mark.parametrize("change", ["edited", "added"])
def test_what_somebody_has_changed_is_left_alone(project, change):
    export("-o", "out")
    book = project / "out" / "snippets" / "one-python.ipynb"
    if change == "edited":
        book.write_text(json.dumps(json.loads(book.read_text())))
    else:
        (project / "out" / "mine.ipynb").write_text("{}")
    before = {path: path.read_bytes() for path in (project / "out").rglob("*") if path.is_file()}
    result = export("-o", "out")
    assert result.exit_code == 2
    assert "out has files that greenroom did not write, or that were changed since" in result.output
    assert {path: path.read_bytes() for path in (project / "out").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("ona",), "did you mean `one`?"), (("--talk", "c"), "there is no talk `c`"), (("-o", "mkdocs.yml"), "is a file")],
)
@pytest.mark.usefixtures("project")
def test_wrong_usage_is_told_with_the_nearest_name(arguments, told):
    result = export(*arguments)
    assert result.exit_code == 2
    assert told in result.output


def test_a_mistake_in_the_project_leaves_the_last_export(project):
    export()
    (project / "slides" / "a.md").write_text('# A\n\n```python snippet="one:y"\n```\n')
    result = export()
    assert result.exit_code == 1
    assert "error[" in result.output
    assert "talks/a-python.ipynb" in books(project / "exports" / "notebooks")
