"""What is said to have changed since a module was recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from greenroom import record
from greenroom.record import settings

if TYPE_CHECKING:
    from tests.record.conftest import Project

Recorder = Callable[..., record.Recorded]

TEXT = """
import helper
# %% one data="values.csv"
print(helper.double(2))
# %% two
print("two")
# %% three raises="KeyError"
{}["key"]
"""


@pytest.fixture
def lesson(project: Project, recorded: Recorder) -> Project:
    project.file("snippets/a/helper.py", "def double(x): return 2 * x\n")
    project.file("snippets/a/values.csv", "1\n")
    assert recorded(project.write(TEXT, lesson="a")).problems == ()
    return project


def why(project: Project, text: str = TEXT) -> tuple[str, ...]:
    return record.why(project.root, project.write(text, lesson="a"))


def test_nothing_has_changed(lesson: Project) -> None:
    assert why(lesson) == ()


def test_nothing_that_bears_on_the_recording_has_changed(lesson: Project) -> None:
    lesson.file("snippets/a/helper.py", "def double(x):  # twice\n    return 2 * x\n")
    assert why(lesson, TEXT.replace('print("two")', "print('two')  # two")) == ()


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        (
            'print("two")',
            'print("deux")',
            ["the cell `two` (snippets/a/python.py:4) has other code, or asks for something else in its header"],
        ),
        (
            "# %% two",
            '# %% two raises="ValueError"',
            ["the cell `two` (snippets/a/python.py:4) has other code, or asks for something else in its header"],
        ),
        ("# %% two", "# %% zwei", ["the cell `zwei` (snippets/a/python.py:4) is new", "the cell `two` is gone"]),
        (
            "import helper\n",
            "# a comment\nimport helper\n",
            ["lines that its output shows have moved, or read otherwise"],
        ),
        (
            'one data="values.csv"\nprint(helper.double(2))\n# %% two\nprint("two")\n',
            'two\nprint("two")\n# %% one data="values.csv"\nprint(helper.double(2))\n',
            ["the cells stand in another order"],
        ),
    ],
)
def test_what_changed_in_the_module_is_told(lesson: Project, old: str, new: str, facts: list[str]) -> None:
    assert old in TEXT
    assert list(why(lesson, TEXT.lstrip().replace(old, new))) == facts


def test_helpers_and_data_are_told(lesson: Project) -> None:
    lesson.file("snippets/a/helper.py", "import deeper\ndef double(x): return x + x\n")
    lesson.file("snippets/a/deeper.py", "")
    lesson.file("snippets/a/values.csv", "2\n")
    assert why(lesson) == (
        "`snippets/a/deeper.py`, which it imports, is new",
        "`snippets/a/helper.py`, which it imports, has changed",
        "`snippets/a/values.csv`, which it reads, has changed",
    )


def test_settings_and_format_are_told(lesson: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ENVIRONMENT", {**settings.ENVIRONMENT, "TZ": "CET"})
    monkeypatch.setattr(settings, "SEED", 7)
    assert why(lesson) == ("the seed is 7, and was 0", "modules run with TZ=CET, and ran with TZ=UTC")
    monkeypatch.setattr(settings, "FORMAT", settings.FORMAT + 1)
    assert why(lesson) == (f"recordings had the format {settings.FORMAT - 1}, and have {settings.FORMAT} now",)


def test_what_has_no_recording_or_a_damaged_one_is_told(lesson: Project) -> None:
    path = lesson.root / "snippets/a/recordings/python.json"
    path.write_text("{}", encoding="utf-8")
    assert why(lesson) == ("this recording cannot be read: KeyError: 'format'",)
    path.unlink()
    assert why(lesson) == ("it has no recording",)
