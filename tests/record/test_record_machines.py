"""More than one machine: a real cluster on the loopback, and executors of all kinds."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from greenroom import record
from greenroom.cli import main
from greenroom.record import machines, store
from greenroom.record.engine import Engine, Job, Limits, Run, perform

if TYPE_CHECKING:
    from tests.record.conftest import Project

    from greenroom.model import Module


class Post(Executor):
    """Hands over a call as bytes, as to another machine, and brings back its result in the same way."""

    def __init__(self, change: Callable[[int, Run], Run] = lambda _, run: run) -> None:
        self.count = 0
        self.change = change

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.count += 1
        call, arguments = pickle.loads(pickle.dumps((fn, args)))
        try:
            future.set_result(pickle.loads(pickle.dumps(self.change(self.count, call(*arguments)))))
        except (machines.MachineError, OSError) as error:
            future.set_exception(pickle.loads(pickle.dumps(error)))
        return future


def record_all(project: Project, modules: list[Module], executor: Executor | None = None) -> record.Recorded:
    with Engine(project.root, executor=executor) as engine:
        return record.record(engine, project.root, "snippets", modules, modules)


def files(root: Path) -> dict[str, str]:
    """The recordings, but for the seconds."""
    found = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("recordings/*")}
    return {
        name: re.sub(r'"digest": .*|"seconds": \[[^]]*\]', "", text) if name.endswith(".json") else text
        for name, text in found.items()
    }


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def status(pid: str) -> str:
    """What the system says of a process; "" if it is gone."""
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it may go while it is read
        return ""


@pytest.fixture
def modules(project: Project) -> list[Module]:
    """Modules that need other files of the project, and draw, and fail as they should."""
    project.file("snippets/helped/helper.py", "x = 7\n")
    project.file("snippets/numbers.txt", "1 2 3\n")
    return [
        project.write("import helper\n# %% show\nprint(helper.x, __file__)\n", lesson="helped"),
        project.write('# %% read data="../numbers.txt"\nopen("snippets/numbers.txt").read()\n'),
        project.write('import matplotlib.pyplot as plt\n# %% draw alt="A line"\nplt.plot([1, 2]);\n'),
        project.write('# %% fail raises="ValueError"\ndef f():\n    raise ValueError("here")\nf()\n'),
    ]


def test_what_travels_is_all_that_a_module_needs(project: Project, modules: list[Module]) -> None:
    done = record_all(project, modules)
    assert done.problems == ()
    here = files(project.root)
    for path in project.root.rglob("recordings/*"):
        path.unlink()
    elsewhere = record_all(project, modules, Post())
    assert (elsewhere.problems, elsewhere.written) == ((), done.written)
    assert files(project.root) == here


# --- executors ------------------------------------------------------------------------------------------------------


def test_a_job_runs_again_whenever_it_is_given(project: Project) -> None:
    module = project.write("import time\n# %% now\ntime.perf_counter_ns()\n")
    post = Post()
    with Engine(project.root, executor=post) as engine:
        first, second = (next(engine.run([project.trace(module)])) for _ in range(2))
    assert post.count == 2
    assert first.outputs[1].value != second.outputs[1].value


def test_a_process_keeps_what_it_has_warmed_and_nothing_else(project: Project, tmp_path: Path) -> None:
    parents = tmp_path / "parents"
    text = f"import os\n# %% one\nopen({str(parents)!r}, 'a').write(f'{{os.getppid()}} {{os.getcwd()}}\\n')\n"
    modules = [project.write(text) for _ in range(2)]
    assert record_all(project, modules, Post()).problems == ()
    (first, folder), (second, other) = (line.split() for line in parents.read_text().splitlines())
    assert first == second
    assert folder != other
    assert not Path(folder).exists()


def test_a_file_that_no_cell_declares_is_told_though_it_never_travelled(project: Project) -> None:
    project.file("snippets/numbers.txt", "1 2 3\n")
    module = project.write("# %% read\nopen('snippets/numbers.txt').read()\n")
    problems = record_all(project, [module], Post()).problems
    assert [problem.code for problem in problems] == ["run-raised", "data-undeclared"]
    assert "reads `snippets/numbers.txt`" in problems[1].fact


def test_limits_travel_with_the_job(project: Project) -> None:
    module = project.write("# %% print\nprint('x' * 100)\n")
    with Engine(project.root, Limits(output=50), executor=Post()) as engine:
        (run,) = engine.run([project.trace(module)])
    assert [problem.code for problem in run.problems] == ["run-output"]


def test_machines_whose_results_differ_in_a_version_are_told(project: Project) -> None:
    def change(count: int, run: Run) -> Run:
        return replace(run, versions=(("python", f"3.{count}"),), machine=f"machine{count}")

    modules = [project.write("# %% one\n1\n") for _ in range(3)]
    with pytest.raises(machines.MachineError) as told:
        record_all(project, modules, Post(change))
    assert re.match(r"the machines differ: machine\d has `python` 3.\d, machine\d has `python` 3.\d", told.value.fact)


def test_another_greenroom_is_told_by_whom_it_is_asked_to_run(project: Project) -> None:
    module = project.write("# %% one\n1\n")
    job = Job(project.trace(module), Limits(), (), "0.0.0 (format 0)")
    with pytest.raises(machines.MachineError, match=r"has `greenroom` 0\.0\.0") as told:
        perform(pickle.loads(pickle.dumps(job)))
    assert pickle.loads(pickle.dumps(told.value)).fact == told.value.fact


def test_a_module_whose_machines_are_lost_harms_no_other(project: Project) -> None:
    def change(_: int, run: Run) -> Run:
        if "lost" in run.sources.module.path:
            raise OSError("the worker is lost. Read on\nelsewhere.")
        return run

    modules = [project.write("# %% one\n1\n", lesson=lesson) for lesson in ("first", "lost", "next")]
    done = record_all(project, modules, Post(change))
    assert [problem.code for problem in done.problems] == ["run-lost"]
    assert done.problems[0].fact.endswith("to its end: OSError: the worker is lost")
    assert done.ran == ("snippets/first/python.py", "snippets/next/python.py")


@pytest.mark.parametrize("error", [BrokenExecutor("a process was killed"), None])
def test_when_nothing_is_left_to_run_on_it_is_told_once(project: Project, error: Exception | None) -> None:
    class Gone(Post):
        def submit(self, *_: Any) -> Future[Any]:
            future: Future[Any] = Future()
            if error:
                future.set_exception(error)
            else:
                future.cancel()
                future.set_running_or_notify_cancel()
            return future

    with pytest.raises(machines.MachineError, match="nothing left that could run"):
        record_all(project, [project.write("# %% one\n1\n") for _ in range(2)], Gone())


def test_a_pool_of_processes_does_and_leaves_none_behind(project: Project) -> None:
    modules = [project.write("import os\n# %% parent\nos.getppid()\n") for _ in range(3)]
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        done = record_all(project, modules, executor)
    assert (done.problems, len(done.written)) == ((), 3)
    for module in modules:
        recording, _ = record.recorded(project.root, module)
        assert recording
        assert status(recording.outputs[1].value) == ""


# --- a cluster ------------------------------------------------------------------------------------------------------


class Cluster:
    """A scheduler and its workers, each a process of its own, as `dask scheduler` and `dask worker` start them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        until(lambda: self.file.exists() and self.file.read_text().endswith("}"))  # it is not there all at once
        return json.loads(self.file.read_text())["address"]

    def start(self, *arguments: str, before: str = "pass") -> subprocess.Popen[bytes]:
        """Start `dask` with arguments, with the code `before` before it."""
        code = f"import sys; {before}; from dask.__main__ import main; main()"
        command = [sys.executable, "-c", code, *arguments, "--scheduler-file", str(self.file), "--no-dashboard"]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "TMPDIR": str(self.folder)},
            )
        self.processes.append(process)
        return process

    def scheduler(self, before: str = "pass") -> subprocess.Popen[bytes]:
        return self.start("scheduler", "--host", "127.0.0.1", "--port", "0", before=before)

    def worker(self, before: str = "pass") -> subprocess.Popen[bytes]:
        """Start a worker process for one module at a time, that nobody starts again when it is gone."""
        return self.start("worker", "--no-nanny", "--nthreads", "1", before=before)

    def wait(self, workers: int) -> None:
        """Wait until so many workers have joined."""
        from distributed import Client
        from distributed.versions import VersionMismatchWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)
            client = Client(self.address, set_as_default=False)
        with client:
            until(lambda: len(client.scheduler_info(n_workers=-1)["workers"]) == workers)

    @contextmanager
    def also(self, before: str = "pass") -> Iterator[subprocess.Popen[bytes]]:
        """Have one more worker for a while."""
        process = self.worker(before)
        self.wait(3)
        yield process
        self.processes.remove(process)
        process.terminate()
        process.wait()
        self.wait(2)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as started:
        started.scheduler()
        started.worker()
        started.worker()
        started.wait(2)
        yield started


def test_a_cluster_records_what_this_machine_does(cluster: Cluster, project: Project, modules: list[Module]) -> None:
    del modules[2]  # matplotlib takes a while to import
    assert record_all(project, modules).problems == ()
    here = files(project.root)
    for path in project.root.rglob("recordings/*"):
        path.unlink()
    with machines.cluster(cluster.address, ["python"], []) as executor:
        assert record_all(project, modules, executor).problems == ()
    assert files(project.root) == here


def test_a_worker_keeps_what_it_has_warmed_until_it_ends(cluster: Cluster, project: Project) -> None:
    from distributed import Client

    module = project.write("import os\n# %% where\nprint(os.getppid(), os.path.dirname(os.getcwd()))\n")
    job = Job(project.trace(module), Limits(), (), machines.GREENROOM)
    with cluster.also() as worker, Client(cluster.address, set_as_default=False) as client:
        (address,) = (name for name, pid in client.run(os.getpid).items() if pid == worker.pid)
        runs = [client.submit(perform, job, workers=[address], pure=False).result() for _ in range(2)]
        (parent, folder), other = (run.outputs[1].stdout.split() for run in runs)
        assert [parent, folder] == other
        assert status(parent)
        assert Path(folder).is_dir()
    assert status(parent) == ""
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (
            "sys.modules['greenroom'] = None",
            r"the worker tcp://\S+ cannot load the greenroom that is here: .*greenroom",
        ),
        ("sys.modules['torch'] = None", r"`torch` is not installed on .*\("),
        (
            "from importlib import metadata as m; v = m.version; m.version = lambda n: n == 'torch' and '1.0' or v(n)",
            r"the machines differ: .* has `torch` (1\.0|2\.\S+), .* has `torch` (1\.0|2\.\S+)",
        ),
    ],
    ids=["without greenroom", "without PyTorch", "another PyTorch"],
)
def test_a_worker_that_will_not_do_is_told_before_anything_runs(cluster: Cluster, before: str, told: str) -> None:
    with cluster.also(before), pytest.raises(machines.MachineError, match=told):
        machines.cluster(cluster.address, ["pytorch"], ["matplotlib"]).__enter__()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"greenroom": "0.0 (format 1)"}, r"this machine has `greenroom` .*, two has `greenroom` 0\.0 "),
        ({"distributed": "1.0"}, r"this machine has `distributed` .*, two has `distributed` 1\.0$"),
        ({"python": "3.0.0"}, r"one has `python` .*, two has `python` 3\.0\.0$"),
        ({"numpy": ""}, r"one has `numpy` .*, two has no `numpy`$"),
    ],
)
def test_machines_that_differ_are_told(change: dict[str, str], told: str) -> None:
    _, versions = machines.survey(["distributed", "numpy"])
    found = {"a": ("one", versions), "b": ("two", tuple({**dict(versions), **change}.items()))}
    with pytest.raises(machines.MachineError) as error:
        machines._examine(found, ["python"])
    assert re.match(f"the machines differ: {told}", error.value.fact)
    assert "install the same versions on all of them" in error.value.hint


def test_what_bears_on_no_snippet_may_be_another_one(cluster: Cluster) -> None:
    with (
        cluster.also("import toolz; toolz.__version__ = '0.1'"),
        machines.cluster(cluster.address, ["python"], []) as executor,
    ):
        assert executor.submit(abs, -1).result() == 1


def test_a_worker_that_is_killed_loses_nothing_and_nothing_is_recorded_twice(
    cluster: Cluster, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    modules = [
        project.write(f"""
            import os, time
            # %% wait
            with open({str(begun)!r}, "a") as log:
                log.write(f"{{__file__.split('/')[-2]}} {{os.getppid()}}\\n")
            while not os.path.exists({str(go)!r}):
                time.sleep(0.01)
            """)
        for _ in range(5)
    ]
    victim = cluster.processes[-1]
    parents: dict[str, str] = {}

    def kill() -> None:
        until(lambda: begun.exists() and begun.read_text().count("\n") == 2)  # both workers are in the middle
        parents.update(line.split() for line in begun.read_text().splitlines())
        victim.kill()
        victim.wait()
        go.touch()

    writes: list[str] = []
    write = store.write
    monkeypatch.setattr(store, "write", lambda root, new: writes.append(new.path) or write(root, new))
    killer = threading.Thread(target=kill)
    killer.start()
    with machines.cluster(cluster.address, ["python"], []) as executor:
        done = record_all(project, modules, executor)
    killer.join()

    paths = sorted(module.path for module in modules)
    assert done.problems == ()
    assert sorted(writes) == list(done.ran) == list(done.written) == paths
    assert all(record.recorded(project.root, module)[1] == () for module in modules)
    runs = Counter(line.split()[0] for line in begun.read_text().splitlines())
    assert sorted(runs.values()) == [1, 1, 1, 1, 2]  # the one that was cut short ran again, and no other
    orphan = parents[next(lesson for lesson, count in runs.items() if count == 2)]
    # Its warm parent ends, too, as nobody is there for it any more.
    until(lambda: re.search(r"State:\t[^Z]", status(orphan)) is None)
    cluster.worker()
    cluster.wait(2)


def test_the_command_records_and_checks_on_a_cluster(
    cluster: Cluster, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.file("mkdocs.yml", "site_name: Small\nplugins:\n  - greenroom\n")
    module = project.write('import os\n# %% where output="any"\nprint(os.getcwd())\n')
    monkeypatch.chdir(project.root)
    arguments = ("record", "--scheduler", cluster.address)
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, "modules: 1 ran, 0 kept; recordings: 1 changed" in done.output) == (0, True)
    assert record.recorded(project.root, module)[1] == ()
    done = CliRunner().invoke(main, [*arguments, "--check"])
    assert (done.exit_code, "modules: 1 ran as recorded" in done.output) == (0, True)
    with cluster.also("sys.modules['greenroom'] = None"):
        done = CliRunner().invoke(main, [*arguments, "--check"])
    assert (done.exit_code, done.output.count("Error: ")) == (2, 1)
    assert "cannot load the greenroom that is here" in done.output
    assert 'hint: install it there, in the same version: `pip install "greenroom[dask]"`' in done.output


def test_a_cluster_that_ends_in_the_middle_is_told(project: Project, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    module = project.write(f"""
        import os, time
        # %% wait
        open({str(begun)!r}, "w").close()
        while not os.path.exists({str(go)!r}):
            time.sleep(0.01)
        """)
    with Cluster(tmp_path) as own:
        scheduler = own.scheduler()
        own.worker()
        own.wait(1)

        def kill() -> None:
            until(begun.exists)
            scheduler.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        with (
            pytest.raises(machines.MachineError, match="nothing left that could run the modules"),
            machines.cluster(own.address, ["python"], []) as executor,
        ):
            record_all(project, [module], executor)
        killer.join()
        go.touch()


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:1", "http://127.0.0.1:8786"])
def test_a_scheduler_that_is_not_there_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "CONNECT_SECONDS", 0.5)
    with pytest.raises(machines.MachineError, match=f"there is no scheduler at `{address}`: "):
        machines.cluster(address, [], []).__enter__()


def test_a_scheduler_without_greenroom_is_told(tmp_path: Path) -> None:
    with Cluster(tmp_path) as own:
        own.scheduler("sys.modules['greenroom'] = None")
        own.worker()
        with pytest.raises(machines.MachineError, match="the scheduler cannot load the greenroom that is here: "):
            machines.cluster(own.address, ["python"], []).__enter__()


def test_a_scheduler_without_workers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "JOIN_SECONDS", 0.1)
    with Cluster(tmp_path) as own:
        own.scheduler()
        with pytest.raises(machines.MachineError, match="no worker has joined") as told:
            machines.cluster(own.address, [], []).__enter__()
        assert f"`dask worker {own.address}`" in told.value.hint


def test_without_dask_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(machines.MachineError, match="not installed") as told:
        machines.cluster("tcp://127.0.0.1:1", [], []).__enter__()
    assert 'pip install "greenroom[dask]"' in told.value.hint
