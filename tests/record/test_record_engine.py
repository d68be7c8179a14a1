"""Running modules: what a snippet finds, what is caught of it, and how it ends when it does not end well."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from greenroom.record import compare, settings
from greenroom.record.engine import Engine, Follower, Limits, Run

if TYPE_CHECKING:
    from tests.record.conftest import Project

    from greenroom.model import Module

Runner = Callable[..., Run]


def outputs(run: Run) -> list[str]:
    """What the cells show; the run must have no problems."""
    assert run.problems == ()
    return [output.text for output in run.outputs]


def gone(pid: int) -> bool:
    """Whether no such process runs any more; one that has ended and was not fetched by its parent does not run."""
    for _ in range(500):
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="utf-8"):
                return True
        except (FileNotFoundError, ProcessLookupError):  # it may go while it is read
            return True
        time.sleep(0.02)
    return False


# --- what a snippet finds -------------------------------------------------------------------------------------------


def test_cells_share_a_namespace_and_show_prints_and_values(run: Runner) -> None:
    done = run("""
        '''The docstring is not shown.'''
        # %% one
        x = 1
        print("x is", x)
        x + 1
        # %% two
        None
        # %% three
        "text"
        # %% four
        x += 1
        """)
    assert outputs(done) == ["x is 1\n2", "", "'text'", ""]


def test_an_expression_that_ends_in_a_semicolon_shows_nothing(run: Runner) -> None:
    done = run("""
        # %% one
        "é";  # as in notebooks
        # %% two
        ("a"
         "b") ;
        # %% three
        print("said"); "shown"
        # %% four
        "a;"  # ;
        """)
    assert outputs(done) == ["", "", "said\n'shown'", "'a;'"]


def test_a_module_runs_as_a_script_does(run: Runner) -> None:
    done = run("""
        import inspect, os, pickle, sys

        class Point:
            pass

        # %% script
        print(__name__, sys.argv == [__file__], sys.path[0] == os.path.dirname(__file__), __doc__)
        print(os.getcwd() in __file__, sys.modules["__main__"].Point is Point)
        print(inspect.getsource(Point), end="")
        print(type(pickle.loads(pickle.dumps(Point()))) is Point, inspect.currentframe().f_lineno)
        """)
    assert done.outputs[1].stdout == ("__main__ True True None\nTrue True\nclass Point:\n    pass\nTrue 10\n")


def test_helpers_are_imported_from_the_folder_and_leave_nothing_behind(engine: Engine, shared: Project) -> None:
    shared.file("snippets/helped/helper.py", "x = 7\n")
    module = shared.write("import helper\n# %% show\nhelper.x\n", lesson="helped")
    assert outputs(engine.run_one(shared.trace(module))) == ["", "7"]
    assert sorted(file.name for file in (shared.root / "snippets/helped").iterdir()) == ["helper.py", "python.py"]


def test_each_module_starts_clean(run: Runner) -> None:
    first = run("import json\njson.mine = 1\nimport random\n# %% x\nprint(random.random())\n")
    second = run("import json\nimport random\n# %% x\nprint(random.random())\n# %% y\nhasattr(json, 'mine')\n")
    assert outputs(second)[2] == "False"
    assert outputs(first)[1] == outputs(second)[1]


def test_hashes_are_the_same_on_every_run(run: Runner) -> None:
    text = "# %% x\nprint(hash('a'), {'a', 'b', 'c', 'd'})\n"
    assert outputs(run(text)) == outputs(run(text))


def test_future_statements_hold_in_all_cells(run: Runner) -> None:
    done = run("""
        from __future__ import annotations
        # %% one
        def f(x: nowhere): pass
        f.__annotations__
        """)
    assert outputs(done) == ["", "{'x': 'nowhere'}"]


def test_the_stack_is_as_deep_as_in_a_script(run: Runner, shared: Project) -> None:
    done = run("""
        def f(depth):
            try:
                return f(depth + 1)
            except RecursionError:
                return depth

        print(f(0))
        """)
    command = [sys.executable, shared.root / done.sources.module.path]
    script = subprocess.run(command, capture_output=True, text=True, check=True)
    assert abs(int(outputs(done)[0]) - int(script.stdout)) <= 1


# --- what is caught -------------------------------------------------------------------------------------------------


def test_output_of_c_code_and_of_child_processes_is_caught_with_its_cell(run: Runner) -> None:
    done = run("""
        import ctypes, os, subprocess, sys
        libc = ctypes.CDLL(None)
        # %% one
        print("python")
        os.write(2, b"descriptor\\n")
        subprocess.run(["echo", "child"])
        libc.puts(b"C")
        # %% two
        print("error", file=sys.stderr)
        print("no line end", end="")
        # %% three
        print("after")
        """)
    one, two, three = done.outputs[1:]
    assert (one.stdout, two.stdout, three.stdout) == ("python\ndescriptor\nchild\nC\n", "error\nno line end", "after\n")
    assert one.value.startswith("")


def test_warnings_are_shown_with_their_place(run: Runner) -> None:
    done = run("import warnings\n# %% one\nwarnings.warn('careful')\n")
    assert done.outputs[1].stdout.endswith("python.py:3: UserWarning: careful\n  warnings.warn('careful')\n")
    assert done.outputs[1].stdout.startswith("snippets/")


def test_bytes_that_are_no_text_are_shown_as_such(run: Runner) -> None:
    done = run(
        "import sys\n# %% one\nsys.stdout.buffer.write(b'caf\\xe9 \\xff\\n')\nNone\n# %% two\nprint('\\udc80 é')\n"
    )
    assert outputs(done) == ["", "caf\\xe9 \\xff", "\\udc80 é"]


def test_figures_are_the_same_on_every_run_and_belong_to_their_cell(run: Runner) -> None:
    text = """
        import matplotlib.pyplot as plt
        # %% one alt="Two lines"
        plt.plot([1, 2])
        plt.figure()
        plt.scatter([1, 2], [3, 4])
        plt.show()
        # %% two
        plt.get_fignums()
        """
    first, second = run(text), run(text)
    assert first.problems == ()
    assert [figure.name for figure in first.outputs[1].figures] == ["python-one-1.svg", "python-one-2.svg"]
    assert {figure.alt for figure in first.outputs[1].figures} == {"Two lines"}
    assert first.outputs[1].figures == second.outputs[1].figures
    assert first.outputs[1].stdout == ""
    assert first.outputs[2].value == "[]"
    assert b"<dc:date>" not in first.outputs[1].figures[0].data


def test_figures_that_nobody_can_tell_apart_are_the_same(run: Runner) -> None:
    text = """
        import matplotlib.pyplot as plt
        import numpy as np
        # %% one
        x = np.linspace(0, 1, 9) * {}
        _, (left, right) = plt.subplots(1, 2)
        left.plot(x, x ** 2, "o-", clip_on=True)
        left.scatter(x, x, c=x, s=20 + 80 * x)
        right.bar(x, x, hatch="/")
        right.fill_between(x, x)
        """
    first, near, far = (run(text.format(scale)).outputs[1].figures[0] for scale in ("1.0", "1.000001", "1.1"))
    assert first.data != near.data
    assert compare.same_picture(first, near)
    assert not compare.same_picture(first, far)


ANIMATION = """
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
# %% one alt="A point moves"
figure, axes = plt.subplots(figsize=(2, 1))
axes.set(xlim=(0, 4), ylim=(0, 2))
(point,) = axes.plot([0], [1], "o")
FuncAnimation(figure, lambda step: point.set_data([step * {}], [1]), frames=4, interval=100)
# %% two
plt.figure()
print(len(plt.get_fignums()))
"""


def test_an_animation_becomes_a_picture_that_plays_and_is_compared_frame_by_frame(run: Runner) -> None:
    first, second, other = run(ANIMATION.format(1)), run(ANIMATION.format(1)), run(ANIMATION.format(1.1))
    assert first.problems == ()
    (figure,) = first.outputs[1].figures
    assert (figure.name, figure.alt, first.outputs[1].value) == ("python-one-1.png", "A point moves", "")
    with Image.open(io.BytesIO(figure.data)) as image:
        assert (image.n_frames, image.info["duration"], image.info["loop"]) == (4, 100, 0)  # type: ignore[attr-defined]
    assert figure.data == second.outputs[1].figures[0].data
    assert not compare.same_picture(figure, other.outputs[1].figures[0])
    assert [each.name for each in first.outputs[2].figures] == ["python-two-1.svg"]


def test_an_animation_with_a_name_is_found(run: Runner) -> None:
    done = run(ANIMATION.format(1).replace("FuncAnimation(figure", "moving = FuncAnimation(figure"))
    assert done.problems == ()
    assert [figure.name for output in done.outputs for figure in output.figures] == [
        "python-one-1.png",
        "python-two-1.svg",
    ]


def test_images_in_figures_are_compared_by_their_colours(run: Runner) -> None:
    text = """
        import matplotlib.pyplot as plt
        import numpy as np
        # %% one
        plt.imshow(np.arange(16.0).reshape(4, 4) + np.eye(4) * {}, vmin=0, vmax=15)
        """
    first, near, far = (run(text.format(shift)).outputs[1].figures[0] for shift in (0, 0.07, 2))
    assert first.data != near.data
    assert compare.same_picture(first, near)
    assert not compare.same_picture(first, far)


def test_parity_values_are_taken_at_the_end_of_the_cell(run: Runner) -> None:
    done = run("""
        import numpy as np
        # %% one parity="a, b, c, d, e"
        a = 1.5
        b = [1, 2]
        c = np.array([[0.6, 1e-8]], dtype="float32")
        d = np.array([True])
        e = 1j
        a = 2.5
        """)
    assert done.problems == ()
    values = {value.name: (value.dtype, value.shape, value.data) for value in done.outputs[1].values}
    assert values == {
        "a": ("float64", (), (2.5,)),
        "b": ("int64", (2,), (1, 2)),
        "c": ("float32", (1, 2), (0.6, 1e-8)),
        "d": ("bool", (1,), (True,)),
        "e": ("complex128", (), ("1j",)),
    }


@pytest.mark.parametrize(
    ("code", "fact"),
    [
        ("y = 1", "`x` is not defined at the end of the cell `one`"),
        ("x = 'text'", "`x` is no number and no array of numbers, but str"),
        ("x = [[1], [1, 2]]", "`x` is no array: "),
        ("x = range(2000)", "`x` has 2,000 numbers, more than the 1,000 that are recorded"),
        ("x = {}", "`x` is no number and no array of numbers, but dict"),
    ],
)
def test_what_is_no_value_to_compare_is_a_problem(run: Runner, code: str, fact: str) -> None:
    (problem,) = run(f'# %% one parity="x"\n{code}\n').problems
    assert (problem.code, problem.span.line) == ("parity-value", 1)
    assert problem.fact.startswith(fact)


# --- errors ---------------------------------------------------------------------------------------------------------


def test_a_declared_error_is_an_output_and_the_run_goes_on(run: Runner) -> None:
    done = run("""
        def f(x):
            return 1 / x
        # %% fails raises="ArithmeticError"
        print("before")
        f(0)
        # %% next
        print("after")
        """)
    assert done.problems == ()
    raised = done.outputs[1].raised
    assert raised is not None
    assert (raised.type, raised.message, raised.line) == ("ZeroDivisionError", "division by zero", 2)
    path = done.sources.module.path
    lines = [line for line in raised.traceback.split("\n") if "^" not in line]
    assert lines == [
        "Traceback (most recent call last):",
        f'  File "{path}", line 5, in <module>',
        "    f(0)",
        f'  File "{path}", line 2, in f',
        "    return 1 / x",
        "ZeroDivisionError: division by zero",
    ]
    assert done.outputs[1].stdout == "before\n"
    assert done.outputs[2].stdout == "after\n"


def test_an_error_that_no_header_declares_stops_the_run_at_its_line(run: Runner) -> None:
    done = run("""
        # %% one
        print("one")
        # %% two
        try:
            {}["key"]
        except KeyError as error:
            raise ValueError("no key") from error
        # %% three
        print("never")
        """)
    (problem,) = done.problems
    assert (problem.code, problem.span.path, problem.span.line) == ("run-raised", done.sources.module.path, 7)
    assert "the cell `two` raises `ValueError`:" in problem.fact
    assert "The above exception was the direct cause" in problem.fact
    assert "worker.py" not in problem.fact
    assert 'raises="ValueError"' in problem.hint
    assert [output.cell for output in done.outputs] == ["one", "two"]


def test_another_error_than_the_declared_one_is_a_problem(run: Runner) -> None:
    (problem,) = run('# %% one raises="KeyError"\n[][1]\n').problems
    assert (problem.code, problem.span.line) == ("run-raised", 2)
    assert problem.fact.startswith("the cell `one` should raise `KeyError`, and raises `IndexError`")


def test_a_declared_error_that_does_not_come_is_a_problem(run: Runner) -> None:
    done = run('# %% one raises="KeyError"\nx = 1\n# %% two\nprint(x)\n')
    (problem,) = done.problems
    assert (problem.code, problem.span.line) == ("run-not-raised", 1)


def test_a_file_that_nobody_declares_is_a_problem(engine: Engine, shared: Project) -> None:
    shared.file("snippets/style.txt", "red")
    text = "import os\n# %% one{}\nprint(open(os.path.dirname(__file__) + '/../style.txt').read())\n"
    (problem,) = engine.run_one(shared.trace(shared.write(text.format("")))).problems
    assert (problem.code, problem.hint) == (
        "data-undeclared",
        'add `data="../style.txt"` to the header of the cell that reads it',
    )
    assert engine.run_one(shared.trace(shared.write(text.format(' data="../style.txt"')))).problems == ()


def test_files_that_a_snippet_makes_for_itself_need_no_declaration(run: Runner, shared: Project) -> None:
    done = run("# %% one\nopen('scratch.txt', 'w').write('x')\nprint(open('scratch.txt').read())\n")
    assert done.problems == ()
    (shared.root / "scratch.txt").unlink()


# --- modules that do not end well -----------------------------------------------------------------------------------

# what the cell `bad` does, which begins in line 4; the problem's code, its line, and what it says
FAULTS = [
    ("while True:\n    pass", "run-time", {4, 5}, "was stopped in the cell `bad`"),
    ("import time\ntime.sleep(60)", "run-time", {5}, "was stopped in the cell `bad`"),
    ("import os\nos._exit(3)", "run-exit", {3}, "the cell `bad` ended the process, with status 3"),
    ("import os\nos._exit(0)", "run-exit", {3}, "the cell `bad` ended the process, with status 0"),
    ("import sys\nsys.exit(2)", "run-exit", {5}, "the cell `bad` leaves the module: SystemExit: 2"),
    ("import ctypes\nctypes.string_at(0)", "run-killed", {5}, "killed in the cell `bad` (SIGSEGV)"),
    ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "run-killed", {3}, "(SIGKILL)"),
    ("input()", "run-input", {4}, "the cell `bad` waits for input"),
    ("for _ in range(200):\n    print('x' * 1_000_000)", "run-output", {4, 5}, "prints more than 65,536 bytes"),
    ("raise KeyboardInterrupt", "run-raised", {4}, "raises `KeyboardInterrupt`"),
    ("import os\nos.close(1)\nos.close(2)\n1 / 0", "run-raised", {7}, "raises `ZeroDivisionError`"),
    ("x = bytearray(4 * 1024**3)", "run-memory", {4}, "the cell `bad` takes more memory than it may"),
    ("def f(): f()\nf()", "run-raised", {4}, "raises `RecursionError`"),
    ("import nowhere", "run-import", {4}, "No module named 'nowhere'"),
]


@pytest.mark.parametrize("fork", [True, False], ids=["forked", "own"])
@pytest.mark.parametrize(("code", "kind", "lines", "fact"), FAULTS)
def test_a_fault_is_the_module_s_own_problem(
    project: Project, fork: bool, code: str, kind: str, lines: set[int], fact: str
) -> None:
    module = project.write(f"x = 1\nprint(x)\n# %% bad\n{code}\n# %% never\nprint('never')\n")
    with Engine(project.root, Limits(seconds=1 if kind == "run-time" else 20), fork=fork) as engine:
        done = engine.run_one(project.trace(module))
    (problem,) = done.problems
    assert (problem.code, problem.span.path) == (kind, module.path)
    assert fact in problem.fact
    assert problem.span.line in lines
    assert done.outputs[0].stdout == "1\n"
    assert "never" not in str(done.outputs)


def test_a_module_that_prints_too_much_and_ends_before_it_is_stopped_is_told_too(project: Project) -> None:
    module = project.write("# %% one\nprint('x' * 100)\n# %% two\n2\n")
    with Engine(project.root, Limits(output=50)) as engine:
        done = engine.run_one(project.trace(module))
    assert [(problem.code, "the cell `one`" in problem.fact) for problem in done.problems] == [("run-output", True)]


def test_what_a_module_leaves_behind_ends_with_it(run: Runner) -> None:
    done = run("""
        import subprocess, sys
        # %% one
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid)
        """)
    assert gone(int(outputs(done)[1]))


DAEMON = """
import os, time
# %% one
if (child := os.fork()) == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
os.waitpid(child, 0)
{}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells who has lost its parent")
@pytest.mark.parametrize("fork", [True, False], ids=["forked", "own"])
def test_a_daemon_ends_with_its_module_and_holds_nobody_up(project: Project, fork: bool) -> None:
    module = project.write(DAEMON.format("time.sleep(0.2)"))
    with Engine(project.root, fork=fork) as engine:
        done = engine.run_one(project.trace(module))
        assert gone(int(outputs(done)[1]))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells who has lost its parent")
@pytest.mark.parametrize("end", ["os._exit(1)", "os.kill(os.getpid(), 9)", "time.sleep(600)"])
def test_a_daemon_ends_with_a_module_that_does_not_end_well(project: Project, end: str) -> None:
    module = project.write(DAEMON.format(f"time.sleep(0.2)\n{end}"))
    seen: list[bytes] = []
    with Engine(project.root, Limits(seconds=2)) as engine:
        assert engine.run_one(project.trace(module), show=seen.append).problems
        assert gone(int(b"".join(seen)))


def test_a_daemon_of_one_module_leaves_the_others_theirs(project: Project) -> None:
    quick = project.write(DAEMON.format("time.sleep(0.1)"))
    slow = project.write(
        DAEMON.format("time.sleep(1)\nprint(os.path.exists('/proc/self') and len(os.listdir('/proc/self/task')))")
    )
    with Engine(project.root) as engine:
        runs = list(engine.run([project.trace(module) for module in (quick, slow)]))
    assert [run.problems for run in runs] == [(), ()]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone ends a process with its parent")
def test_nothing_is_left_of_a_killed_engine_whose_processes_import_for_themselves(project: Project) -> None:
    module = project.write("import os\nprint(os.getpid(), flush=True)\nimport time\ntime.sleep(60)\n")
    (pid,) = pids_of_a_killed_engine(project, module, signal.SIGKILL, "fork=False")
    assert gone(pid)


def test_a_hang_harms_no_other_module(project: Project) -> None:
    bad = project.write("while True: pass\n")
    good = [project.write(f"print({number})\n") for number in range(4)]
    with Engine(project.root, Limits(seconds=3)) as engine:
        runs = list(engine.run([project.trace(module) for module in (bad, *good)]))
    assert sorted(run.sources.module.path for run in runs if run.problems) == [bad.path]
    shown = sorted(run.outputs[0].stdout for run in runs if not run.problems)
    assert shown == ["0\n", "1\n", "2\n", "3\n"]


def test_an_engine_that_is_left_while_a_framework_is_imported_ends_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.file("elsewhere/slow_to_import.py", "import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(project.root / "elsewhere"), prepend=os.pathsep)
    monkeypatch.setattr(settings, "WARM", {"python": ("slow_to_import",)})
    module = project.write("print(1)\n")
    engine = Engine(project.root)
    waiting = threading.Thread(target=engine.run_one, args=[project.trace(module)])
    waiting.start()
    time.sleep(0.5)
    start = time.monotonic()
    engine.close()
    waiting.join(10)
    assert time.monotonic() - start < 1.5


def test_a_warm_parent_that_is_killed_takes_one_module_with_it_and_is_replaced(project: Project) -> None:
    bad = project.write("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(60)\n")
    good = project.write("print('still here')\n")
    with Engine(project.root) as engine:
        (problem,) = engine.run_one(project.trace(bad)).problems
        assert (problem.code, "(SIGKILL)" in problem.fact) == ("run-killed", True)
        assert outputs(engine.run_one(project.trace(good))) == ["still here"]


def pids_of_a_killed_engine(project: Project, module: Module, number: int, options: str = "") -> list[int]:
    """What a module prints in its first line; the engine that runs it is killed after that."""
    script = f"""
        import sys
        from pathlib import Path
        from greenroom import record, source
        from greenroom.record.engine import Engine
        path = {module.path!r}
        root = Path({str(project.root)!r})
        module, _ = source.scan((root / path).read_text(), path, {module.lesson!r}, "python")
        with Engine(root, {options}) as engine:
            record.run(engine, root, module, "", lambda text: (sys.stdout.buffer.write(text), sys.stdout.flush()))
        """
    command = [sys.executable, "-c", "import textwrap; exec(textwrap.dedent(" + repr(script) + "))"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        assert not gone_now(pids[0])
        process.send_signal(number)
        process.wait(10)
    return pids


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_the_engine_is_killed(project: Project, number: int) -> None:
    """Ctrl-C and kill -9 alike: the warm parent sees that its engine is gone, and ends what it has started."""
    module = project.write("import os\nprint(os.getpid(), os.getppid(), flush=True)\nimport time\ntime.sleep(60)\n")
    pids = pids_of_a_killed_engine(project, module, number)
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


def gone_now(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


DISK = """
    import resource, sys
    from pathlib import Path
    from greenroom import record, source
    from greenroom.record import worker
    from greenroom.record.engine import Engine
    root, path, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    module, _ = source.scan((root / path).read_text(), path, "full", "python")
    with Engine(root) as engine:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        done = record.record(engine, root, "snippets", [module], [module])
    print(*(f"{problem.code}: {problem.fact}" for problem in done.problems), sep="\\n")
    """


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no files")
@pytest.mark.parametrize(
    ("size", "text", "told"),
    [
        (100, "print(1)\n", "run-refused: this module could not be run: File too large"),
        (
            8000,
            "import matplotlib.pyplot as plt\nfor n in range(60): plt.plot([n, 2, 3, 4])\n",
            "run-refused: this module could not be run: what came of a cell could not be written down",
        ),
        (8000, "print('x' * 9000)\n", "recording-unwritten: the recording cannot be written: File too large"),
        (
            8000,
            "with open('large', 'w') as file:\n    file.write('x' * 9000)\n",
            "run-raised: the cell in lines 1 to 2 raises `OSError`:",
        ),
    ],
)
def test_a_disk_that_is_full_is_told_as_what_it_is(project: Project, size: int, text: str, told: str) -> None:
    """Files may not be larger than the limit, which fails at the same places as a disk without room."""
    module = project.write(text, lesson="full")
    command = [sys.executable, "-c", dedent(DISK), project.root, module.path, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.partition("\n")[0] == told, done.stderr
    assert not (project.root / "snippets/full/recordings/python.json").exists()


def test_a_folder_for_temporary_files_that_is_not_there_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(project.root / "gone"))
    with Engine(project.root) as engine:
        (problem,) = engine.run_one(project.trace(project.write("print(1)\n"))).problems
    assert (problem.code, problem.fact) == (
        "run-refused",
        "this module could not be run: No such file or directory",
    )


# --- running for a person -------------------------------------------------------------------------------------------


def test_output_is_shown_as_it_comes(engine: Engine, shared: Project) -> None:
    seen: list[tuple[float, bytes]] = []
    module = shared.write("""
        import time
        # %% one
        print("first\\0", flush=True)
        time.sleep(0.3)
        print("second")
        # %% two
        print("third")
        1 + 1
        # %% fails raises="KeyError"
        {}["key"]
        # %% three
        print("never")
        """)
    engine.run_one(shared.trace(module), last=module.cells[3], show=lambda text: seen.append((time.monotonic(), text)))
    shown = b"".join(text for _, text in seen)
    assert shown.startswith(b"first\0\nsecond\nthird\n2\nTraceback (most recent call last):\n")
    assert shown.endswith(b"KeyError: 'key'\n")
    assert seen[-1][0] - seen[0][0] > 0.2


# --- running for somebody who watches -------------------------------------------------------------------------------


def test_a_parent_is_warm_until_it_is_gone_and_is_then_made_anew(project: Project) -> None:
    sources = project.trace(project.write("print(1)\n"))
    with Engine(project.root) as engine:
        assert not engine.is_warm("python")
        assert engine.warm("python", [sources])
        assert engine.is_warm("python")
        parent = engine._parents["python"].process
        parent.kill()
        parent.wait()
        assert not engine.is_warm("python")
        assert outputs(engine.run_one(sources)) == ["1"]
        assert engine.is_warm("python")


def test_an_engine_that_has_ended_gets_nothing_warm(project: Project) -> None:
    sources = project.trace(project.write("print(1)\n"))
    with Engine(project.root) as engine:
        pass
    assert not engine.warm("python", [sources])


def test_a_follower_is_told_which_cell_prints_what_up_to_the_last(engine: Engine, shared: Project) -> None:
    module = shared.write("# %% one\nprint(1)\n# %% two\nprint(2)\n2\n# %% three\nprint(3)\n")
    told: list[object] = []
    follower = Follower(lambda cell, text: told.append((cell, text)), lambda: told.append("begun"))
    done = engine.follow(shared.trace(module), module.cells[1], follower, 10)
    assert outputs(done) == ["1", "2\n2"]
    assert "begun" in told
    assert [each for each in told if each != "begun"] == [(0, b"1\n"), (1, b"2\n")]


def test_a_follower_ends_a_run(engine: Engine, shared: Project) -> None:
    module = shared.write("""
        # %% one
        import os, signal, time
        signal.signal(signal.SIGABRT, signal.SIG_IGN)
        print(os.getpid(), flush=True)
        time.sleep(60)
        """)
    pids: list[int] = []

    def printed(_: int, text: bytes) -> None:
        pids.append(int(text))
        follower.end()

    follower = Follower(printed)
    began = time.monotonic()
    (problem,) = engine.follow(shared.trace(module), module.cells[0], follower, 30).problems
    assert problem.code == "run-killed"
    assert time.monotonic() - began < 20
    assert gone(pids[0])


def test_what_was_ended_before_it_began_does_not_run(engine: Engine, shared: Project) -> None:
    module = shared.write("# %% one\nimport time\ntime.sleep(60)\n")
    follower = Follower()
    follower.end()
    (problem,) = engine.follow(shared.trace(module), module.cells[0], follower, 30).problems
    assert problem.code == "run-killed"


def test_a_watched_run_ends_when_patience_does_or_the_limit(project: Project) -> None:
    module = project.write("# %% one\nwhile True: pass\n")
    with Engine(project.root, Limits(seconds=0.2)) as engine:
        (problem,) = engine.follow(project.trace(module), module.cells[0], Follower(), 30).problems
    assert "more than 0.2 s" in problem.fact
    with Engine(project.root) as engine:
        (problem,) = engine.follow(project.trace(module), module.cells[0], Follower(), 0.3).problems
    assert (problem.code, "more than 0.3 s" in problem.fact) == ("run-time", True)
