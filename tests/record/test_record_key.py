"""What changes a module's key, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom import memo
from greenroom.model import Module, Output, Raised, Recording
from greenroom.record import key, settings

if TYPE_CHECKING:
    from tests.record.conftest import Project

CODE = '''
"""A lesson."""
import json

import helper

# %% first parity="x" rtol="1e-3"
x = helper.double(2)  # twice
print(x,
      x)

# %% second
y = x + 1
'''

HELPER = """
import deeper

def double(x):
    return deeper.times(x, 2)
"""


def key_of(project: Project, text: str, shown: int | None = None) -> str:
    """The key of a module of this text, the number of whose line `shown` its outputs show."""
    sources = project.trace(project.write(text, lesson="a"))
    return key.key(sources, [(sources.module.path, shown)] if shown else [])


@pytest.fixture
def helped(project: Project) -> Project:
    project.file("snippets/a/helper.py", HELPER)
    project.file("snippets/a/deeper.py", "def times(a, b): return a * b\n")
    return project


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# twice", "# two times"),
        ("print(x,\n      x)", "print(x, x)"),
        ("x + 1", "(x  +  1)"),
        ('"""A lesson."""', '"""Another lesson."""\n\n# more'),
        ('parity="x" rtol="1e-3"', 'rtol="1e-3"   parity="x"'),
        ('rtol="1e-3"', 'rtol="1e-2" alt="A line"'),
        ("# %% second", '# %% second output="any"'),
        ("# %% second\n", "\n\n# %% [markdown]\n# prose\n\n# %% second\n# comment\n"),
    ],
)
def test_prose_comments_and_formatting_do_not_count(helped: Project, old: str, new: str) -> None:
    assert old in CODE
    assert key_of(helped, CODE.replace(old, new)) == key_of(helped, CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("double(2)", "double(3)"),
        ("import json", "import csv"),
        ("x + 1", "x - 1"),
        ("x + 1", "x + 1.0"),
        ("x + 1", "'x' + '1'"),
        ("# %% second\n", "# %% other\n"),
        ("# %% second\n", ""),
        ('parity="x"', 'parity="x, y"'),
        ("# %% second", '# %% second raises="ValueError"'),
    ],
)
def test_code_and_headers_count(helped: Project, old: str, new: str) -> None:
    assert old in CODE
    assert key_of(helped, CODE.replace(old, new)) != key_of(helped, CODE)


@pytest.mark.parametrize(
    ("shown", "old", "new", "same"),
    [
        (8, "# %% second", "\n# %% second", True),  # below what is shown
        (8, "# twice", "# two times", True),
        (8, "import json", "\nimport json", False),  # it moves
        (8, "print(x,", "print( x,", False),  # a traceback shows the text
        (8, "      x)", "     x)", False),  # and marks a part of the statement
        (8, "x = helper", "x = x = helper", False),
        (9, "# %% second", "\n# %% second", True),
        (12, "# %% second", "\n# %% second", False),
        (12, "print(x,\n      x)\n", "print(x, x)\n\n", False),  # other lines, if as many
    ],
)
def test_a_line_that_is_shown_counts_with_its_number_and_text(
    helped: Project, shown: int, old: str, new: str, same: bool
) -> None:
    assert old in CODE
    assert (key_of(helped, CODE.replace(old, new), shown) == key_of(helped, CODE, shown)) is same


def test_the_lines_that_outputs_show_are_found() -> None:
    raised = Raised("E", "m", 4, 'File "snippets/a/tf2.py", line 4, in f\n  File "snippets/a/helper.py", line 12')
    outputs = [
        Output("", "snippets/a/tf2.py:3: UserWarning: careful\nother/snippets/a/tf2.py:5: no\n"),
        Output("b", raised=raised),
    ]
    paths = ["snippets/a/tf2.py", "snippets/a/helper.py"]
    assert key.shown(outputs, paths) == (
        ("snippets/a/helper.py", 12),
        ("snippets/a/tf2.py", 3),
        ("snippets/a/tf2.py", 4),
    )


def test_imports_may_be_in_any_order_but_for_those_of_the_project(helped: Project) -> None:
    def with_imports(*lines: str) -> str:
        return key_of(helped, CODE.replace("import json\n\nimport helper\n", "\n".join(lines) + "\n"))

    given = with_imports("import csv", "import json", "import helper")
    assert with_imports("import json", "import csv", "import helper") == given
    assert with_imports("import json, csv", "import helper") == given
    assert with_imports("import json", "import helper", "import csv") != given
    assert with_imports("import csv as json", "import json as csv", "import helper") != given


def test_a_statement_is_known_by_more_than_its_lines(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that computes keys again and again remembers statements."""
    monkeypatch.setattr(memo, "_round", 0)
    texts = [
        "a = 1; b = 2\n",
        "a = 1\nb = 2\n",
        '"""a"""; b = 2\n',
        '"""a"""\nb = 2\n',
        "@one\ndef f(): ...\n",
        "@two\ndef f(): ...\n",
        "def f(): ...\n",
        'x = """\n a"""; y = 1\n',
        'x = """\n  a"""; y = 1\n',
        "if a:\n    b = 1\n",
        "if a:\n    b = 1; c = 1\n",
    ]
    plain = [key_of(project, text) for text in texts]
    memo.turn()
    assert [key_of(project, text) for text in texts] == plain
    assert [key_of(project, text) for text in reversed(texts)] == plain[::-1]
    assert len(set(plain)) == len(texts) - 2  # a semicolon is no code


def test_imported_files_of_the_project_count_through_others(helped: Project) -> None:
    sources = helped.trace(helped.write(CODE, lesson="a"))
    assert sorted(sources.code) == ["snippets/a/deeper.py", "snippets/a/helper.py", "snippets/a/python.py"]
    assert sources.imports == ("json",)
    before = key.key(sources)
    helped.file("snippets/a/deeper.py", "def times(a, b): return b * a\n")
    assert key_of(helped, CODE) != before
    helped.file("snippets/a/deeper.py", "def times(a, b):  # a comment\n    return a * b\n")
    assert key_of(helped, CODE) == before


def test_packages_of_the_project_count(project: Project) -> None:
    project.file("snippets/a/tools/__init__.py", "from . import inner\n")
    project.file("snippets/a/tools/inner.py", "from ..tools.other import x\n")
    project.file("snippets/a/tools/other.py", "x = 1\n")
    project.file("snippets/a/tools/plot.py", "y = 1\n")
    sources = project.trace(project.write("from tools import plot\nimport os.path\n", lesson="a"))
    names = ["python.py", "tools/__init__.py", "tools/inner.py", "tools/other.py", "tools/plot.py"]
    assert sorted(sources.code) == [f"snippets/a/{name}" for name in names]
    assert sources.imports == ("os.path",)


def test_data_files_count(project: Project) -> None:
    text = '# %% one data="numbers.csv, ../style.css"\nx = 1\n'
    project.file("snippets/a/numbers.csv", "1,2\n")
    project.file("snippets/style.css", "a {}\n")
    before = key_of(project, text)
    project.file("snippets/style.css", "b {}\n")
    assert key_of(project, text) != before


@pytest.mark.parametrize("name", ["missing.csv", "../../../secret", "/etc/hostname"])
def test_data_that_is_not_in_the_project_is_a_problem(project: Project, name: str) -> None:
    module = project.write(f'x = 1\n# %% one data="{name}"\ny = 1\n')
    _, (problem,) = key.trace(module, project.read)
    assert (problem.code, problem.span.line) == ("data-missing", 2)


def recording_of(project: Project, module: Module) -> Recording:
    sources = project.trace(module)
    digests, now = sources.digests(), key.settings_of("python")
    return Recording(module.path, "any", (), (), sources=digests, imports=sources.imports, settings=now)


def test_an_unchanged_module_is_known_without_its_key(helped: Project) -> None:
    module = helped.write(CODE, lesson="a")
    recording = recording_of(helped, module)
    assert key.unchanged(recording, helped.read, "python")
    helped.file("snippets/a/deeper.py", "def times(a, b): return b * a\n")
    assert not key.unchanged(recording, helped.read, "python")


def test_line_ends_and_byte_order_marks_of_another_system_are_no_change(helped: Project) -> None:
    module = helped.write(CODE, lesson="a")
    recording = recording_of(helped, module)
    file = helped.root / module.path
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert key.unchanged(recording, helped.read, "python")


def test_a_new_file_that_takes_the_place_of_a_package_is_a_change(helped: Project) -> None:
    module = helped.write(CODE, lesson="a")
    recording = recording_of(helped, module)
    helped.file("snippets/a/json.py", "")
    assert not key.unchanged(recording, helped.read, "python")


@pytest.mark.parametrize(
    ("name", "value"),
    [("FORMAT", 99), ("SEED", 1), ("ENVIRONMENT", {"TZ": "CET"}), ("KERAS_BACKEND", {"python": "jax"})],
)
def test_the_settings_count(helped: Project, monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    recording, before = recording_of(helped, helped.write(CODE, lesson="a")), key_of(helped, CODE)
    monkeypatch.setattr(settings, name, value)
    assert not key.unchanged(recording, helped.read, "python")
    assert key_of(helped, CODE) != before
