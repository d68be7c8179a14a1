"""In a project, pytest finds a test in every cell, output, parity and page, and tells what fails as greenroom does."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest

from greenroom import build, record
from greenroom.record.engine import Engine

pytest_plugins = ["pytester"]

HELLO = """
    # %% hello
    print("hello")
"""


class Project:
    """A project in the folder in which pytester runs pytest."""

    def __init__(self, pytester: pytest.Pytester, ran: Path) -> None:
        self.pytester = pytester
        self.root = pytester.path
        self.ran = ran
        self.write("mkdocs.yml", "site_name: A talk\nplugins: [greenroom]\n")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def counted(self, path: str, text: str = HELLO) -> None:
        """Write a module of which `runs` will know how often it ran."""
        self.write(path, f'{dedent(text)}\nopen({str(self.ran)!r}, "a").write("{path} ")\n')

    def runs(self) -> Counter[str]:
        return Counter(self.ran.read_text(encoding="utf-8").split()) if self.ran.exists() else Counter()

    def record(self) -> None:
        settings, scanned, problems = build.scan(self.root)
        assert not problems
        modules = tuple(scanned.values())
        with Engine(self.root) as engine:
            record.record(engine, self.root, settings.snippets, modules, modules)
        self.ran.unlink(missing_ok=True)

    def ids(self, *options: str) -> list[str]:
        lines = self.run("--collect-only", "-q", *options).outlines
        return [line for line in lines if "::" in line]

    def run(self, *options: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*options)


@pytest.fixture
def project(
    pytester: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A project without anything in it."""
    monkeypatch.setenv("COLUMNS", "100")
    return Project(pytester, tmp_path_factory.mktemp("ran") / "modules")


def told(result: pytest.RunResult) -> dict[str, str]:
    """What is told of each failure, by its heading; nowhere is there a line of the plugin's own."""
    text = result.stdout.str()
    assert "pytest_plugin.py" not in text
    failures = text.partition(" FAILURES ")[2].partition("\n")[2].partition("\n=====")[0]
    parts = re.split(r"^_+ (.+) _+$\n", failures, flags=re.MULTILINE)[1:]
    return {heading: told.rstrip("\n") for heading, told in zip(parts[::2], parts[1::2], strict=True)}


# --- what is collected ----------------------------------------------------------------------------------------------


def test_cells_outputs_parities_and_pages_are_collected(project):
    for framework in ("pytorch", "tf2"):
        project.write(f"snippets/deep/values/{framework}.py", '# %% same parity="a"\na = 1\n')
    project.write("snippets/hello/python.py", 'import os\n# %% hello\nprint(1)\n# %% any output="any"\nprint(2)\n')
    project.write("docs/page.md", "# Page\n")
    project.write("slides/talk.md", "# Talk\n")
    project.write("README.md", "# Read me\n")
    project.write("notes.md", "# Not of the project\n")
    project.write("tests/test_own.py", "def test_own(): pass\n")
    assert project.ids() == [
        "README.md::census",
        "docs/page.md::census",
        "slides/talk.md::census",
        "snippets/deep/values/pytorch.py::same",
        "snippets/deep/values/pytorch.py::same[output]",
        "snippets/deep/values/tf2.py::same",
        "snippets/deep/values/tf2.py::same[output]",
        "snippets/deep/values::same[parity]",
        "snippets/hello/python.py::line:1",
        "snippets/hello/python.py::line:1[output]",
        "snippets/hello/python.py::hello",
        "snippets/hello/python.py::hello[output]",
        "snippets/hello/python.py::any",
        "tests/test_own.py::test_own",
    ]


def test_the_folders_are_those_of_the_configuration(project):
    project.write("mkdocs.yml", "docs_dir: pages\nplugins: [greenroom: {slides: talks, snippets: code}]\n")
    for path in ("code/hello/python.py", "snippets/hello/python.py"):
        project.write(path, HELLO)
    for path in ("pages/page.md", "docs/page.md", "talks/talk.md", "slides/talk.md"):
        project.write(path, "# Page\n")
    assert project.ids() == [
        "code/hello/python.py::hello",
        "code/hello/python.py::hello[output]",
        "pages/page.md::census",
        "talks/talk.md::census",
    ]


@pytest.mark.parametrize("options", [["-o", "python_files=*.py"], ["--doctest-modules"], ["snippets/hello/python.py"]])
def test_no_module_is_imported(project, options):
    project.counted("snippets/hello/python.py")
    assert project.ids(*options) == ["snippets/hello/python.py::hello", "snippets/hello/python.py::hello[output]"]
    assert not project.runs()


def test_tests_beside_the_lessons_stay_pytests(project):
    project.write("snippets/helper.py", "ONE = 1\n")
    project.write("snippets/test_helper.py", "def test_one(): pass\n")
    assert project.ids() == ["snippets/test_helper.py::test_one"]


def test_folders_can_be_ignored(project):
    project.write("snippets/hello/python.py", HELLO)
    project.write("snippets/other/python.py", HELLO)
    assert project.ids("--ignore=snippets/other", "-k", "output") == ["snippets/hello/python.py::hello[output]"]


def test_a_module_that_cannot_be_read_is_an_error_of_its_file(project):
    project.write("snippets/hello/python.py", "# %% hello rase='X'\nprint(1)\n")
    project.write("snippets/hello/jax.py", HELLO)
    result = project.run()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "snippets/hello/jax.py:1:1: error[[]framework-name]: *",
            "snippets/hello/python.py:1:12: error[[]cell-header]: `rase='X'` is not an option",
            "  hint: *",
        ]
    )
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize(
    "text", [None, "site_name: greenroom\nplugins: [search]\n", "plugins: [search]\n"], ids=["none", "name", "other"]
)
def test_outside_of_a_project_nothing_happens(pytester, text):
    if text is not None:
        pytester.path.joinpath("mkdocs.yml").write_text(text, encoding="utf-8")
    pytester.mkdir("docs").joinpath("page.md").write_text("# Page\n", encoding="utf-8")
    lesson = pytester.mkdir("snippets") / "hello"
    lesson.mkdir()
    (lesson / "python.py").write_text(HELLO, encoding="utf-8")
    pytester.makepyfile(test_own="import sys\ndef test_own(): assert 'greenroom.build' not in sys.modules\n")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)


def test_a_light_start():
    code = "import sys\nbefore = set(sys.modules)\nimport pytest\nthere = set(sys.modules)\n"
    code += "import greenroom.pytest_plugin\nprint(*sorted(set(sys.modules) - there))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["greenroom", "greenroom.pytest_plugin"]


# --- what passes ----------------------------------------------------------------------------------------------------


def test_what_runs_as_recorded_passes(project):
    text = """
        import numpy as np

        # %% array
        print(np.arange(3))
        # %% error raises="LookupError"
        {}["key"]
        # %% random output="any"
        import os
        print(os.urandom(4))
    """
    project.counted("snippets/arrays/python.py", text)
    project.write("slides/talk.md", '# Talk\n\n```python snippet="arrays:array"\n```\n')
    project.record()
    result = project.run("-W", "error")
    result.assert_outcomes(passed=8)
    assert project.runs() == {"snippets/arrays/python.py": 1}


def test_only_what_is_asked_for_runs(project):
    for name in ("one", "two", "three"):
        project.counted(f"snippets/{name}/python.py")
    project.record()
    project.run("-k", "two and output").assert_outcomes(passed=1, deselected=5)
    project.run("snippets/three").assert_outcomes(passed=2)
    assert project.runs() == {"snippets/two/python.py": 1, "snippets/three/python.py": 1}


def test_a_test_can_be_asked_for_by_its_id(project):
    project.counted("snippets/one/python.py", "# %% hello\n1\n# %% hello-again\n2\n")
    project.record()
    project.run("snippets/one/python.py::hello").assert_outcomes(passed=2)
    project.run("snippets/one/python.py::hello[output]").assert_outcomes(passed=1)


def test_workers_of_xdist_run_each_module_once(project):
    for lesson in ("one", "two", "three"):
        project.counted(f"snippets/{lesson}/python.py", "# %% a\n1\n# %% b\n2\n# %% c\n3\n")
    project.write("tests/test_own.py", "def test_own(): pass\ndef test_other(): pass\n")
    project.write("docs/page.md", "# Page\n")
    project.record()
    project.run("-n", "2").assert_outcomes(passed=3 * 6 + 3)
    assert project.runs() == {f"snippets/{lesson}/python.py": 1 for lesson in ("one", "two", "three")}


# --- what fails -----------------------------------------------------------------------------------------------------


def test_a_cell_that_raises_is_told_with_its_own_traceback(project):
    text = """
        def half(x):
            print("half of", x)
            return x / 0

        # %% zero
        half(0)
        # %% after
        print("never")
    """
    project.write("snippets/halves/python.py", text)
    result = project.run("-k", "not line")
    place = "snippets/halves/python.py:3:1"
    short = f"{place}: the cell `zero` raises `ZeroDivisionError`"
    assert told(result) == {
        "halves/python:zero": dedent(f"""\
            {place}: error[run-raised]: the cell `zero` raises `ZeroDivisionError`:
                Traceback (most recent call last):
                  File "snippets/halves/python.py", line 6, in <module>
                    half(0)
                  File "snippets/halves/python.py", line 3, in half
                    return x / 0
                           ~~^~~
                ZeroDivisionError: division by zero
              hint: mend it; if it is meant to fail, write `raises="ZeroDivisionError"` in the cell's header
            {" Captured stdout call ":-^100}
            half of 0"""),
        "halves/python:zero[output]": f"{short}, so there is nothing to compare",
        "halves/python:after": f"{short}, so `after` did not run",
        "halves/python:after[output]": f"{short}, so `after` did not run",
    }
    result.stdout.fnmatch_lines("FAILED snippets/halves/python.py::zero - the cell `zero` raises `ZeroDivisionError`")


def test_a_module_that_ends_spares_the_cells_before_it_and_the_others(project):
    project.write("snippets/ends/python.py", "# %% hello\nprint(1)\n# %% leave\nimport os\nos._exit(3)\n# %% last\n2\n")
    project.write("snippets/hello/python.py", HELLO)
    result = project.run("-k", "not output")
    result.assert_outcomes(passed=2, failed=2, deselected=4)
    fact = "the cell `leave` ended the process, with status 3"
    assert told(result) == {
        "ends/python:leave": f"snippets/ends/python.py:3:1: error[run-exit]: {fact}\n"
        "  hint: let the module run to its end: cells after this one never ran",
        "ends/python:last": f"snippets/ends/python.py:3:1: {fact}, so `last` did not run",
    }


def test_an_error_that_does_not_come_is_the_cells_own(project):
    project.write("snippets/hello/python.py", '# %% first\n1\n# %% error raises="KeyError"\n2\n# %% last\n3\n')
    result = project.run("-k", "not output")
    result.assert_outcomes(passed=2, failed=1, deselected=3)
    assert "error[run-not-raised]" in told(result)["hello/python:error"]


def test_a_module_whose_data_is_missing_does_not_run(project):
    project.write("snippets/hello/python.py", '# %% first\n1\n# %% read data="a.csv"\n2\n')
    result = project.run("-k", "not output")
    fact = "the data file `snippets/hello/a.csv` does not exist"
    assert told(result) == {
        "hello/python:first": f"snippets/hello/python.py:3:1: {fact}, so `first` did not run",
        "hello/python:read": f"snippets/hello/python.py:3:1: error[data-missing]: {fact}\n"
        "  hint: paths are relative to `snippets/hello/`",
    }


def test_another_output_is_told_as_a_difference(project):
    text = """
        # %% same
        print("same")
        # %% other
        import os
        print("first")
        print(os.path.getsize({!r}))
    """
    size = project.ran.with_name("size")
    size.write_text("1", encoding="utf-8")
    project.write("snippets/hello/python.py", text.format(str(size)))
    project.record()
    size.write_text("12", encoding="utf-8")
    result = project.run()
    result.assert_outcomes(passed=3, failed=1)
    shown = told(result)["hello/python:other[output]"].splitlines()
    assert shown[:-1] == [
        "snippets/hello/python.py:3:1: error[recording-differs]: `other` prints something else than was recorded:",
        "    @@ -1,3 +1,3 @@",
        "     first",
        "    -1",
        "    +2",
        "     ",
    ]


@pytest.mark.parametrize(
    ("mistake", "code"),
    [
        (lambda project: project.write("snippets/hello/python.py", "# %% hello\nprint('hullo')\n"), "recording-stale"),
        (lambda project: project.write("snippets/hello/recordings/python.json", "{}"), "recording-damaged"),
        (lambda project: (project.root / "snippets/hello/recordings/python.json").unlink(), "recording-missing"),
    ],
)
def test_a_recording_that_does_not_fit_is_told_by_the_outputs(project, mistake, code):
    project.write("snippets/hello/python.py", HELLO)
    project.record()
    mistake(project)
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    assert f"error[{code}]" in told(result)["hello/python:hello[output]"]


def test_the_census_tells_all_that_is_wrong_with_a_page(project):
    talk = """
        # Talk

        ```python snippet="hello:helo"
        ```

        ----
        ```python
        print("pasted")
        ```
    """
    project.write("snippets/hello/python.py", HELLO)
    project.write("slides/talk.md", talk)
    project.write("docs/page.md", "# Page\n")
    result = project.run("-k", "census")
    result.assert_outcomes(passed=1, failed=1, deselected=2)
    assert re.findall(r"^\S+: error.*?:", told(result)["slides/talk.md"], re.MULTILINE) == [
        "slides/talk.md:3:20: error[selector-unknown]:",
        "slides/talk.md:7:1: error[fence-unknown]:",
    ]


def test_a_mistake_in_the_configuration_is_told_with_the_pages(project):
    project.write("mkdocs.yml", "plugins: [greenroom: {slide: talks}]\n")
    project.write("docs/page.md", "# Page\n")
    assert "mkdocs.yml:1:23: error[config]" in told(project.run())["docs/page.md"]


def test_failures_are_where_the_snippet_failed(project):
    project.write("snippets/hello/python.py", "# %% hello\nx = 1\nx[0]\n")
    reports = project.pytester.inline_run("-k", "not output").getreports("pytest_runtest_logreport")
    crash = next(report.longrepr.reprcrash for report in reports if report.failed)
    assert (crash.path, crash.lineno) == (str(project.root / "snippets/hello/python.py"), 3)
    assert crash.message == "the cell `hello` raises `TypeError`"


def test_what_failed_last_runs_again(project):
    project.counted("snippets/good/python.py")
    project.counted("snippets/bad/python.py", "# %% first\n1\n# %% second\n1 / 0\n")
    project.record()
    project.run("-k", "not output").assert_outcomes(passed=2, failed=1, deselected=3)
    project.ran.unlink()
    assert project.ids("--lf") == ["snippets/bad/python.py::second"]
    project.write("snippets/bad/python.py", "# %% first\n1\n# %% second\n1 / 1\n")
    project.run("--lf").assert_outcomes(passed=1)
    project.run("-k", "output").assert_outcomes(passed=1, failed=2, deselected=3)
    assert project.ids("--lf") == ["snippets/bad/python.py::first[output]", "snippets/bad/python.py::second[output]"]


def test_the_first_failure_ends_what_runs_beside_it(project):
    pid = project.ran.with_name("pid")
    endless = f"# %% endless\nimport os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    project.write("snippets/endless/python.py", endless)
    project.write(
        "snippets/bad/python.py", f"# %% bad\nimport os\nwhile not os.path.exists({str(pid)!r}): pass\n1 / 0\n"
    )
    start = time.monotonic()
    result = project.run("-x", "-k", "not output")
    assert time.monotonic() - start < 30
    result.assert_outcomes(failed=1, deselected=2)
    assert not Path(f"/proc/{pid.read_text(encoding='utf-8')}").exists()


# --- parity ---------------------------------------------------------------------------------------------------------


def test_a_value_that_no_other_framework_names_is_told(project):
    project.write("snippets/values/python.py", '# %% same parity="a"\na = 1\n')
    result = project.run("-k", "parity")
    assert "snippets/values/python.py:1:1: error[parity-alone]" in told(result)["values:same[parity]"]


def test_the_real_frameworks_are_held_against_each_other(project):
    tensorflow = """
        import tensorflow as tf

        # %% square parity="y, dy_dx"
        x = tf.Variable([1.0, 2.0])
        with tf.GradientTape() as tape:
            y = x * x
        dy_dx = tape.gradient(y, x)
        # %% cube parity="z"
        z = x * x * x
        # %% breaks parity="w"
        w = 1
    """
    pytorch = """
        import torch

        # %% square parity="y, dy_dx"
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * x
        (dy_dx,) = torch.autograd.grad(y.sum(), x)
        # %% cube parity="z"
        z = 3 * x
        # %% breaks parity="w"
        w = torch.ones(2) @ torch.ones(3)
    """
    project.counted("snippets/powers/tf2.py", tensorflow)
    project.counted("snippets/powers/pytorch.py", pytorch)
    result = project.run("-k", "parity")
    result.assert_outcomes(passed=1, failed=2, deselected=16)
    assert project.runs() == {"snippets/powers/tf2.py": 1}  # PyTorch's fails before it can be counted
    failures = told(result)
    assert failures["powers:cube[parity]"].splitlines()[:3] == [
        "snippets/powers/pytorch.py:7:1: error[parity-differs]: `z` disagrees, first at [0], in 2 of 2 numbers:",
        "    TensorFlow  1.0  8.0",
        "    PyTorch     3.0  6.0",
    ]
    assert failures["powers:breaks[parity]"] == (
        "snippets/powers/pytorch.py:10:1: the cell `breaks` raises `RuntimeError`, so there is nothing to compare"
    )
    ids = ["snippets/powers::cube[parity]", "snippets/powers::square[parity]"]
    assert sorted(project.ids(*ids)) == ids
    assert project.ids("snippets/powers::cube", "-k", "not output") == [
        "snippets/powers/pytorch.py::cube",
        "snippets/powers/tf2.py::cube",
        "snippets/powers::cube[parity]",
    ]
    assert project.ids("snippets/powers/tf2.py", "snippets/powers::cube[parity]", "-k", "cube and not output") == [
        "snippets/powers/tf2.py::cube",
        "snippets/powers::cube[parity]",
    ]
    missing = project.run("snippets/powers::cubes[parity]")
    assert missing.ret == pytest.ExitCode.USAGE_ERROR
    missing.stderr.fnmatch_lines("ERROR: not found: *snippets/powers::cubes[[]parity]")


def test_a_module_that_cannot_be_read_agrees_with_nothing(project):
    project.write("snippets/values/tf2.py", '# %% same parity="a"\na = 1\n')
    project.write("snippets/values/pytorch.py", '# %% same parity="a"\na = = 1\n')
    result = project.run("-k", "parity", "--continue-on-collection-errors")
    result.assert_outcomes(errors=1, failed=1, deselected=2)
    assert told(result)["values:same[parity]"] == (
        "snippets/values/pytorch.py:2:5: not valid Python: invalid syntax, so there is nothing to compare"
    )
