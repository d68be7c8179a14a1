"""Recording, checking and loading a project."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from greenroom import record
from greenroom.model import Module, Problem
from greenroom.record import settings, store
from greenroom.record.engine import Engine

if TYPE_CHECKING:
    from tests.record.conftest import Project

Recorder = Callable[..., record.Recorded]

TEXT = """
x = 0.5
# %% one parity="x"
print("x is", x)
# %% two raises="KeyError"
{}["key"]
# %% three output="any"
import os
print(os.urandom(4))
"""

FIGURE = """
# %% four alt="A line"
import matplotlib.pyplot as plt
_ = plt.plot([1, 2])
"""


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return sorted(problem.code for problem in problems)


def files(project: Project) -> dict[str, bytes]:
    return {
        file.relative_to(project.root).as_posix(): file.read_bytes()
        for file in (project.root / "snippets").rglob("recordings/*")
    }


def check(project: Project, *modules: Module) -> tuple[Problem, ...]:
    with Engine(project.root) as engine:
        return record.check(engine, project.root, modules, modules)


@pytest.fixture
def lesson(project: Project, recorded: Recorder) -> Module:
    """A module that is recorded."""
    module = project.write(TEXT.replace(' parity="x"', ""), lesson="a")
    done = recorded(module)
    assert (done.ran, done.written, done.problems) == ((module.path,), (module.path,), ())
    return module


def test_a_recording_is_loaded_as_it_was_made(project: Project, recorded: Recorder) -> None:
    lesson = project.write(TEXT.replace(' parity="x"', "") + FIGURE)
    recorded(lesson)
    recordings, problems = record.load(project.root, "snippets", [lesson])
    assert problems == ()
    outputs = recordings[lesson.path].outputs
    assert [output.cell for output in outputs] == ["", "one", "two", "three", "four"]
    assert outputs[1].stdout == "x is 0.5\n"
    assert outputs[2].raised is not None
    assert outputs[4].figures[0].alt == "A line"
    assert dict(recordings[lesson.path].versions).keys() == {"python", "matplotlib"}


def test_what_has_not_changed_does_not_run(project: Project, lesson: Module, recorded: Recorder) -> None:
    before = files(project)
    done = recorded(lesson)
    assert (done.ran, done.kept, done.written) == ((), (lesson.path,), ())
    assert files(project) == before


def test_recording_again_what_gives_the_same_changes_no_file(
    project: Project, lesson: Module, recorded: Recorder
) -> None:
    before = files(project)
    done = recorded(lesson, chosen=(lesson,))
    assert (done.ran, done.written) == ((lesson.path,), ())
    assert files(project) == before


def test_a_fresh_recording_has_the_same_bytes_but_for_the_times(project: Project, recorded: Recorder) -> None:
    def without_times() -> dict[str, bytes]:
        return {name: re.sub(rb'"times": \{[^}]*\}', b"", content) for name, content in files(project).items()}

    module = project.write("import time\n# %% one\ntime.sleep(0.01)\nprint({1, 2}, object())\n" + FIGURE)
    recorded(module)
    before, exactly = without_times(), files(project)
    assert len(before) == 2
    for file in before:
        (project.root / file).unlink()
    recorded(module)
    assert without_times() == before
    assert any(b'"times"' in content for content in exactly.values())


def test_changed_code_makes_the_recording_stale_until_what_it_gives_is_accepted(
    project: Project, lesson: Module, recorded: Recorder
) -> None:
    before = files(project)
    changed = project.write(TEXT.replace(' parity="x"', "").replace("0.5", "0.25"), lesson="a")
    _, (problem,) = record.load(project.root, "snippets", [changed])
    assert (problem.code, str(problem.span)) == ("recording-stale", "snippets/a/python.py:1:1")
    assert problem.hint == (
        "`greenroom record a/python` runs it, and renews the recording if it gives the same; "
        "`greenroom why a/python` says what changed"
    )
    done = recorded(changed)
    assert (done.ran, done.differing, done.written, done.failed) == ((lesson.path,), (lesson.path,), (), ())
    (problem,) = done.problems
    assert (problem.code, problem.span.line) == ("recording-differs", 2)
    assert "    -x is 0.5\n    +x is 0.25\n" in problem.fact
    assert "`greenroom record --accept a/python`" in problem.hint
    assert files(project) == before
    assert codes(record.load(project.root, "snippets", [changed])[1]) == ["recording-stale"]

    assert recorded(changed, accept=True).written == (lesson.path,)
    recordings, problems = record.load(project.root, "snippets", [changed])
    assert problems == ()
    assert recordings[lesson.path].outputs[1].stdout == "x is 0.25\n"


def test_other_code_that_gives_the_same_renews_the_recording(
    project: Project, lesson: Module, recorded: Recorder
) -> None:
    changed = project.write(TEXT.replace(' parity="x"', "").replace("0.5", "1 / 2"), lesson="a")
    assert codes(record.load(project.root, "snippets", [changed])[1]) == ["recording-stale"]
    done = recorded(changed)
    assert (done.problems, done.differing, done.written) == ((), (), (lesson.path,))
    assert record.load(project.root, "snippets", [changed])[1] == ()


def test_what_is_as_good_as_the_same_renews_the_recording_with_what_the_new_code_gave(
    project: Project, recorded: Recorder
) -> None:
    recorded(project.write("# %% one\nprint(0.5)\n", lesson="a"))
    near = project.write("# %% one\nprint(0.50001)\n", lesson="a")
    assert recorded(near).problems == ()
    recording, _ = store.read(project.root, near)
    assert recording is not None
    assert recording.outputs[0].stdout == "0.50001\n"


def test_cells_that_were_not_recorded_are_and_those_that_are_gone_go(
    project: Project, lesson: Module, recorded: Recorder
) -> None:
    text = TEXT.replace(' parity="x"', "").replace("# %% two", "# %% new\nprint('new')\n# %% two")
    changed = project.write(text.replace('# %% three output="any"', '# %% last output="any"'), lesson="a")
    done = recorded(changed)
    assert (done.problems, done.written) == ((), (lesson.path,))
    recording, _ = store.read(project.root, changed)
    assert recording is not None
    assert [output.cell for output in recording.outputs] == ["", "one", "new", "two", "last"]


def test_one_module_that_differs_keeps_no_other_from_being_recorded(
    project: Project, lesson: Module, recorded: Recorder
) -> None:
    changed = project.write(TEXT.replace(' parity="x"', "").replace("0.5", "0.25"), lesson="a")
    new = project.write("print(1)\n", lesson="b")
    done = recorded(changed, new)
    assert (done.differing, done.written) == ((lesson.path,), (new.path,))


def test_a_recording_that_is_too_old_to_be_read_is_replaced_when_that_is_accepted(
    project: Project, lesson: Module, recorded: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(project)
    monkeypatch.setattr(settings, "FORMAT", settings.FORMAT + 1)
    monkeypatch.setattr(settings, "OLDEST_FORMAT", settings.FORMAT)
    assert codes(recorded(lesson).problems) == ["recording-stale"]
    assert files(project) == before
    assert recorded(lesson, accept=True).written == (lesson.path,)


def test_a_recording_of_another_format_is_held_against_what_is_new(
    project: Project, lesson: Module, recorded: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "FORMAT", settings.FORMAT + 1)
    assert codes(record.load(project.root, "snippets", [lesson])[1]) == ["recording-stale"]
    done = recorded(lesson)
    assert (done.problems, done.written) == ((), (lesson.path,))
    monkeypatch.setattr(settings, "FORMAT", settings.FORMAT + 1)
    changed = project.write(TEXT.replace(' parity="x"', "").replace("0.5", "0.25"), lesson="a")
    assert recorded(changed).differing == (lesson.path,)


def test_what_was_recorded_with_other_versions_runs_in_a_check_which_says_so(
    project: Project, recorded: Recorder
) -> None:
    module = project.write("import sys\n# %% one\nprint(sys.version_info.major)\n")
    recorded(module)
    recording, _ = store.read(project.root, module)
    assert recording is not None
    older = replace(recording.outputs[1], stdout="2\n")
    store.write(
        project.root, replace(recording, versions=(("python", "2.7.18"),), outputs=(recording.outputs[0], older))
    )
    assert record.load(project.root, "snippets", [module])[1] == ()
    (problem,) = check(project, module)
    version = platform.python_version()
    assert problem.code == "recording-differs"
    assert problem.hint.endswith(f"it was recorded with python 2.7.18, and {version} ran")
    assert record.why(project.root, module) == (f"python is {version}, and was 2.7.18",)


def test_a_run_under_other_versions_that_gives_the_same_renews_the_versions(
    project: Project, lesson: Module, recorded: Recorder
) -> None:
    recording, _ = store.read(project.root, lesson)
    assert recording is not None
    store.write(project.root, replace(recording, versions=(("python", "2.7.18"),)))
    assert recorded(lesson, chosen=(lesson,)).written == (lesson.path,)
    renewed, _ = store.read(project.root, lesson)
    assert renewed == recording


def test_moved_lines_are_recorded_where_an_error_shows_them(
    project: Project, lesson: Module, recorded: Recorder
) -> None:
    assert lesson.path
    moved = project.write("# a comment more\n" + TEXT.replace(' parity="x"', "").lstrip(), lesson="a")
    assert codes(record.load(project.root, "snippets", [moved])[1]) == ["recording-stale"]
    recorded(moved)
    raised = record.load(project.root, "snippets", [moved])[0][moved.path].outputs[2].raised
    assert raised is not None
    assert (raised.line, "line 6" in raised.traceback) == (6, True)


def test_moved_lines_do_not_matter_elsewhere(project: Project, recorded: Recorder) -> None:
    recorded(project.write("# %% one\nprint(1)\n", lesson="a"))
    moved = project.write("# a comment\n\n# %% one\nprint( 1 )\n", lesson="a")
    assert record.load(project.root, "snippets", [moved])[1] == ()


def test_a_module_without_a_recording_is_a_problem(project: Project) -> None:
    module = project.write("x = 1\n", lesson="a")
    _, (problem,) = record.load(project.root, "snippets", [module])
    assert (problem.code, str(problem.span)) == ("recording-missing", "snippets/a/python.py:1:1")


def test_a_damaged_recording_is_made_again_when_that_is_accepted(
    project: Project, lesson: Module, recorded: Recorder
) -> None:
    before = files(project)
    path = project.root / "snippets/a/recordings/python.json"
    path.write_bytes(path.read_bytes().replace(b"x is 0.5", b"x is 0.6"))
    assert codes(record.load(project.root, "snippets", [lesson])[1]) == ["recording-damaged"]
    assert codes(check(project, lesson)) == ["recording-damaged"]
    damaged = files(project)
    assert codes(recorded(lesson).problems) == ["recording-damaged"]
    assert files(project) == damaged
    assert recorded(lesson, accept=True).written == (lesson.path,)
    assert files(project).keys() == before.keys()
    assert record.load(project.root, "snippets", [lesson])[1] == ()


def test_what_is_left_of_a_module_that_is_gone_is_a_problem_and_removed(project: Project, recorded: Recorder) -> None:
    lesson = project.write(FIGURE)
    recorded(lesson)
    (project.root / lesson.path).unlink()
    assert codes(record.load(project.root, "snippets", [])[1]) == ["recording-orphan"] * 2
    assert len(recorded().removed) == 2
    assert files(project) == {}


def test_a_failed_module_keeps_its_old_recording(project: Project, lesson: Module, recorded: Recorder) -> None:
    before = files(project)
    done = recorded(project.write("1 / 0\n", lesson="a"))
    assert (done.failed, codes(done.problems), done.written) == ((lesson.path,), ["run-raised"], ())
    assert files(project) == before


def test_one_failure_does_not_keep_others_from_being_recorded(project: Project, recorded: Recorder) -> None:
    bad, good = project.write("1 / 0\n"), project.write("print(1)\n")
    done = recorded(bad, good)
    assert (done.failed, done.written) == ((bad.path,), (good.path,))


def test_a_module_that_is_removed_while_it_runs_is_not_recorded(project: Project, recorded: Recorder) -> None:
    module = project.write("import os\nos.remove(__file__)\nprint(os.path.exists(__file__))\n")
    done = recorded(module)
    assert (done.written, codes(done.problems)) == ((), ["run-changed"])
    assert files(project) == {}


def test_a_full_disk_is_told_and_leaves_the_old_recording(
    project: Project, lesson: Module, recorded: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    before = files(project)
    changed = project.write(TEXT.replace(' parity="x"', "").replace("0.5", "0.25"), lesson="a")
    monkeypatch.setattr("os.fsync", no_space)
    done = recorded(changed, accept=True)
    (problem,) = done.problems
    assert (problem.code, problem.fact) == (
        "recording-unwritten",
        "the recording cannot be written: No space left on device",
    )
    assert (done.failed, done.written, files(project)) == ((lesson.path,), (), before)


def test_two_recorders_at_once_leave_whole_recordings(project: Project, recorded: Recorder) -> None:
    text = "import matplotlib.pyplot as plt\n# %% one\nfor _ in range({}):\n    plt.figure()\n"
    lessons = [f"a{number}" for number in range(3)]
    recorded(*(project.write(text.format(1), lesson=lesson) for lesson in lessons))
    modules = [project.write(text.format(2), lesson=lesson) for lesson in lessons]
    with ThreadPoolExecutor() as pool:
        done = [future.result() for future in [pool.submit(recorded, *modules, accept=True) for _ in range(2)]]
    assert [each.problems for each in done] == [(), ()]
    assert record.load(project.root, "snippets", modules)[1] == ()
    assert len(files(project)) == 9


def test_a_check_finds_nothing_where_nothing_changed(project: Project, lesson: Module) -> None:
    before = files(project)
    assert check(project, lesson) == ()
    assert files(project) == before


def test_a_check_finds_what_changed_outside_the_code(project: Project, recorded: Recorder) -> None:
    """The key cannot see the environment; running again does."""
    text = "import pathlib\n# %% one\npath = pathlib.Path.cwd() / '.state'\nprint(path.read_text())\n"
    state = project.root / ".state"
    state.write_text("old", encoding="utf-8")
    module = project.write(text)
    recorded(module)
    state.write_text("new", encoding="utf-8")
    assert record.load(project.root, "snippets", [module])[1] == ()
    before = files(project)
    (problem,) = check(project, module)
    assert (problem.code, problem.span.line) == ("recording-differs", 2)
    assert "    -old\n    +new" in problem.fact
    assert files(project) == before


def test_a_check_of_what_is_not_recorded_says_so(project: Project) -> None:
    assert codes(check(project, project.write("x = 1\n"))) == ["recording-missing"]


def test_frameworks_are_held_against_each_other(engine: Engine, shared: Project) -> None:
    def record_them(*modules: Module) -> record.Recorded:
        return record.record(engine, shared.root, "snippets", modules, record.outdated(shared.root, modules))

    tf2 = shared.write('# %% one parity="x"\nx = 0.5\n', "tf2", "held")
    pytorch = shared.write('# %% one parity="x"\nx = 0.50001\n', "pytorch", "held")
    done = record_them(tf2, pytorch)
    assert codes(done.problems) == ["parity-differs"]
    assert done.written == (pytorch.path, tf2.path)
    assert codes(record.load(shared.root, "snippets", [tf2, pytorch])[1]) == ["parity-differs"]
    pytorch = shared.write('# %% one parity="x"\nx = 0.500001\n', "pytorch", "held")
    assert record_them(tf2, pytorch).ran == (pytorch.path,)
    recordings, problems = record.load(shared.root, "snippets", [tf2, pytorch])
    assert problems == ()
    assert recordings[tf2.path].outputs[0].parity[0].difference == pytest.approx(1e-6)


def test_data_behind_a_link_out_of_the_project_is_missing(
    project: Project, recorded: Recorder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    module = project.write('# %% one data="link.txt"\nx = 1\n', lesson="a")
    (project.root / "snippets/a/link.txt").symlink_to(secret)
    assert codes(recorded(module).problems) == ["data-missing"]


def test_progress_is_told(project: Project) -> None:
    module = project.write("x = 1\n")
    told: list[str] = []
    progress = record.Progress(
        started=lambda module: told.append(f"started {module.path}"),
        ended=lambda run: told.append(f"ended {run.sources.module.path}"),
    )
    with Engine(project.root) as engine:
        record.record(engine, project.root, "snippets", [module], [module], progress)
    assert told == [f"started {module.path}", f"ended {module.path}"]


@pytest.mark.parametrize(
    ("references", "paths"),
    [
        ([], ["a/b/tf2", "a/b/pytorch", "c/tf2"]),
        (["a/b"], ["a/b/tf2", "a/b/pytorch"]),
        (["a"], ["a/b/tf2", "a/b/pytorch"]),
        (["c:tape", "a/b/pytorch:tape"], ["c/tf2", "a/b/pytorch"]),
        (["c", "c/tf2"], ["c/tf2"]),
    ],
)
def test_references_choose_modules(references: list[str], paths: list[str]) -> None:
    modules = [
        Module(f"snippets/{path}.py", path.rpartition("/")[0], path.rpartition("/")[2], ())
        for path in ("a/b/tf2", "a/b/pytorch", "c/tf2")
    ]
    assert [module.path for module in record.choose(modules, references)] == [f"snippets/{path}.py" for path in paths]


def test_an_unknown_reference_is_told_with_the_nearest() -> None:
    modules = [Module("snippets/gradients/tf2.py", "gradients", "tf2", ())]
    with pytest.raises(ValueError, match="did you mean `gradients`"):
        record.choose(modules, ["gradient"])


def test_a_run_for_a_person_names_the_nearest_cell(engine: Engine, shared: Project) -> None:
    module = shared.write("# %% tape\nprint('tape')\n# %% next\n1 / 0\n")
    seen: list[bytes] = []
    assert record.run(engine, shared.root, module, "tape", seen.append).problems == ()
    assert b"".join(seen) == b"tape\n"
    with pytest.raises(ValueError, match="did you mean `tape`"):
        record.run(engine, shared.root, module, "tap", seen.append)


def test_loading_imports_no_framework_and_no_engine() -> None:
    script = "import sys; import greenroom.record; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {
        "tensorflow",
        "torch",
        "numpy",
        "matplotlib",
        "mkdocs",
        "rich",
        "click",
        "subprocess",
        "concurrent.futures",
    }
    assert heavy.isdisjoint(done.stdout.split())
