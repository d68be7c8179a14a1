"""What changes a module's key, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.model import Recording
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


def key_of(project: Project, text: str, *, lines: bool = False) -> str:
    return key.key(project.trace(project.write(text, lesson="a")), lines=lines)


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
        ('rtol="1e-3"', 'rtol="1e-2"'),
        ("# %% second", '# %% second raises="ValueError"'),
    ],
)
def test_code_and_headers_count(helped: Project, old: str, new: str) -> None:
    assert old in CODE
    assert key_of(helped, CODE.replace(old, new)) != key_of(helped, CODE)


def test_numbers_of_lines_count_where_they_are_shown(helped: Project) -> None:
    moved = CODE.replace("# %% second", "\n# %% second")
    assert key_of(helped, moved) == key_of(helped, CODE)
    assert key_of(helped, moved, lines=True) != key_of(helped, CODE, lines=True)
    assert key_of(helped, CODE.replace("# twice", "# two times"), lines=True) == key_of(helped, CODE, lines=True)


def test_imported_files_of_the_project_count_through_others(helped: Project) -> None:
    sources = helped.trace(helped.write(CODE, lesson="a"))
    assert sorted(sources.code) == ["snippets/a/deeper.py", "snippets/a/helper.py", "snippets/a/python.py"]
    assert sources.imports == ("json",)
    before = key.key(sources, lines=False)
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


def test_an_unchanged_module_is_known_without_its_key(helped: Project) -> None:
    module = helped.write(CODE, lesson="a")
    sources = helped.trace(module)
    recording = Recording(module.path, "any", (), (), sources=sources.digests(), imports=sources.imports)
    assert key.unchanged(recording, helped.read)
    helped.file("snippets/a/deeper.py", "def times(a, b): return b * a\n")
    assert not key.unchanged(recording, helped.read)


def test_line_ends_and_byte_order_marks_of_another_system_are_no_change(helped: Project) -> None:
    module = helped.write(CODE, lesson="a")
    sources = helped.trace(module)
    recording = Recording(module.path, "any", (), (), sources=sources.digests(), imports=sources.imports)
    file = helped.root / module.path
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert key.unchanged(recording, helped.read)


def test_a_new_file_that_takes_the_place_of_a_package_is_a_change(helped: Project) -> None:
    module = helped.write(CODE, lesson="a")
    sources = helped.trace(module)
    recording = Recording(module.path, "any", (), (), sources=sources.digests(), imports=sources.imports)
    helped.file("snippets/a/json.py", "")
    assert not key.unchanged(recording, helped.read)


def test_a_change_of_settings_must_raise_the_format() -> None:
    """Recordings of old settings are told by the format alone: raise it, and put the new digest here."""
    given = [sorted(settings.ENVIRONMENT.items()), sorted(settings.KERAS_BACKEND.items())]
    assert (settings.FORMAT, key.digest(repr(given).encode())) == (1, "11397093902fa1d040b2d42aef327722")
