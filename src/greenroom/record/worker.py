"""Runs one snippet module, cell by cell, in a process that does nothing else.

This file is started as a script and imports nothing of greenroom, so that a snippet finds the interpreter as it would
find it by itself. The process comes about in one of two ways:

    worker.py warm CONTROL NAME…    imports the modules NAME…, then forks a child for every folder that CONTROL names
    worker.py once FOLDER NAME…     imports them and runs one folder's job itself, where processes cannot be forked

A job's folder holds `job.json`. With a number of cells as `held` there, the child stops after as many, and waits for a
byte in the pipe `go`: then it goes on with `rest.json`, which may have other code for the cells that are left.
The child adds a line to `cells` for every cell that is done, `files` (the project's
files that it read), `fault` (where the process was when it was killed), and the figures. What a cell prints goes to
standard output as it comes, from Python and from C; a mark that nobody can guess stands there before the first cell and
after each.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import ctypes
import faulthandler
import gc
import importlib
import io
import json
import linecache
import os
import random
import select
import signal
import socket
import sys
import time
import traceback
import types
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

LARGEST_VALUE = 1000
"""How many numbers a value may have that is held against the other frameworks': recordings are read by people."""

LARGEST_CHUNK = 4096
"""How long the control socket's messages, the paths of folders, may be."""

WARM = b"?"
"""Asks the parent whether its imports are done; it says so when they are."""

NOT_KEPT = 74
"""The exit status of a child that could not write down what came of a cell: the disk is full."""

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
"""Linux' names for: get a signal when the parent ends; become the parent of those below whose parent has ended."""


def main(mode: str, target: str, *names: str) -> None:
    """Import the modules, then serve: see the module's text."""
    gc.disable()  # what an import makes stays
    for name in names:
        # A snippet that needs what cannot be imported says so itself, in its own line.
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.enable()
    if mode == "once":
        end_with_parent()
        adopt_orphans()
        run(Path(target))
        end_children({})
        end()
    with socket.socket(fileno=int(target)) as control:
        serve(control)


def end() -> None:
    """End the process without the interpreter's own way out, which costs more than most snippets."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


# --- the warm parent ------------------------------------------------------------------------------------------------


def serve(control: socket.socket) -> None:
    """Fork a child for each message; the message is a folder, with the child's output and a pipe for its exit status.

    Or it is `WARM`, and has its answer.

    Does nothing else: once a framework has computed something in the parent, its children hang. When the other end
    of `control` is closed, on purpose or because its process is gone, the children are killed, too. So is what a child
    leaves behind, also outside its group: whoever has lost its parent becomes ours when the child is gone.
    """
    adopt_orphans()
    gc.freeze()  # the collector of a child would touch, and so copy, every page of the parent
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    statuses: dict[int, int] = {}
    while True:
        sources: list[Any] = [control, woken]
        ready = select.select(sources, [], [])[0]
        if woken in ready:
            os.read(woken, LARGEST_CHUNK)
            reap(statuses)
        if control in ready:
            message, received, _, _ = socket.recv_fds(control, LARGEST_CHUNK, 2)
            if not message:
                break
            if message == WARM:
                control.sendall(message)
                continue
            output, status = received
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                end_with_parent()
                adopt_orphans()
                if os.getppid() != parent:
                    end()  # it was killed before it could be told
                for inherited in (woken, wake, status, *statuses.values()):
                    os.close(inherited)
                control.close()
                become_child(output)
                run(Path(message.decode()))
                end()
            join_group(pid)
            statuses[pid] = status
            os.close(output)
            control.sendall(str(pid).encode())
    for pid in statuses:
        kill_group(pid)
        os.waitpid(pid, 0)
    end_children({})


def reap(statuses: dict[int, int]) -> None:
    """Tell how the children ended that did, and end what they have left behind."""
    with contextlib.suppress(ChildProcessError):  # there is none left
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            pipe = statuses.pop(pid, None)
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # it was killed, and nobody waits for it any more
                    os.write(pipe, str(os.waitstatus_to_exitcode(status)).encode())
                os.close(pipe)
            for left in children() - statuses.keys():
                os.kill(left, signal.SIGKILL)


def end_children(kept: Mapping[int, object]) -> None:
    """End all children but those that are kept, and theirs, which become ours one after the other."""
    while left := children() - kept.keys():
        for pid in left:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def children() -> set[int]:
    """The processes whose parent this one is, also those that have ended and were not waited for; where Linux tells."""
    with contextlib.suppress(OSError):
        lists = [file.read_text(encoding="ascii") for file in Path("/proc/self/task").glob("*/children")]
        return {int(pid) for each in lists for pid in each.split()}
    return set()


def end_with_parent() -> None:
    """Have this process killed when its parent ends, where Linux can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of those below that lose theirs, where Linux can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def become_child(output: int) -> None:
    """Undo what belongs to the parent alone, and lead a group, so that whatever a snippet starts ends with it."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    join_group(0)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(output)


def join_group(pid: int) -> None:
    """Make the process the leader of a group; parent and child both do it, whoever comes first."""
    with contextlib.suppress(PermissionError, ProcessLookupError):  # it has done so itself, or is gone
        os.setpgid(pid, pid)


def kill_group(pid: int) -> None:
    """End a child and all that it started."""
    with contextlib.suppress(PermissionError, ProcessLookupError):  # gone already
        os.killpg(pid, signal.SIGKILL)


# --- one module -----------------------------------------------------------------------------------------------------


def run(folder: Path) -> None:
    """Run the job in `folder`: all its cells, up to the first that fails against expectation."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    path = job["path"]
    limit(job["memory"])
    mark = os.dup(1)
    fault = (folder / "fault").open("w", encoding="utf-8")
    faulthandler.enable(fault)
    cells = (folder / "cells").open("a", encoding="utf-8", buffering=1)
    namespace = become_script(path, job["root"], job["source"])
    seed(job["seed"], job["imports"])
    watch_files(job["root"], (folder / "files").open("a", encoding="utf-8", buffering=1))
    os.write(mark, job["mark"].encode())
    for cell, (body, value) in codes(job, folder, namespace):
        done = run_cell(cell, body, value, namespace, path, folder)
        if job["echo"] and not done.get("failed"):
            for text in (done["value"], done.get("raised", {}).get("traceback", "")):
                print(text, end="\n" if text else "")
        flush()
        os.write(mark, job["mark"].encode())
        try:
            for name, content in done.get("figures", {}).items():
                (folder / name).write_bytes(content)
            done["figures"] = list(done.get("figures", ()))
            cells.write(json.dumps({**done, "versions": versions(job["imports"])}) + "\n")
        except OSError:  # our own trouble, not the snippet's
            os._exit(NOT_KEPT)
        if done.get("failed"):
            return


def limit(memory: int) -> None:
    """Let the process take `memory` bytes more than it has, where that can be told, and leave no core if it crashes.

    No file that it writes may become larger than that either.
    """
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    given = resource.getrlimit(resource.RLIMIT_FSIZE)
    file_size = min(size for size in (memory, *given) if size != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, given[1]))
    size = Path("/proc/self/statm")
    if size.exists():
        most = int(size.read_text(encoding="ascii").split()[0]) * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def become_script(path: str, root: str, source: str) -> dict[str, Any]:
    """Make this process what `python path` would have made of it; returns the namespace of `__main__`."""
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__builtins__ = __builtins__  # type: ignore[attr-defined]
    sys.modules["__main__"] = module
    sys.argv = [path]
    sys.path.insert(0, str(Path(path).parent))
    sys.dont_write_bytecode = True
    os.chdir(root)
    own_frames = sum(1 for _ in traceback.walk_stack(sys._getframe()))  # noqa: SLF001
    sys.setrecursionlimit(sys.getrecursionlimit() + own_frames)
    keep_source(path, source, module.__dict__)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown")  # of `plt.show()`
    return module.__dict__


def keep_source(path: str, source: str, namespace: dict[str, Any]) -> None:
    """Let AutoGraph, inspect and tracebacks read the source that is compiled, even if the file is changed meanwhile."""
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    namespace["__doc__"] = ast.get_docstring(ast.parse(source), clean=False)


def seed(number: int, imports: Sequence[str]) -> None:
    """Set the seeds of Python and NumPy."""
    random.seed(number)
    if "numpy" in imports:
        with contextlib.suppress(ImportError):
            importlib.import_module("numpy").random.seed(number)


def codes(
    job: dict[str, Any], folder: Path, namespace: dict[str, Any]
) -> Iterator[tuple[Mapping[str, Any], tuple[types.CodeType, types.CodeType | None]]]:
    """The cells of the job, each with its code; those before which it is held as they are when it goes on."""
    path, cells, held = job["path"], job["cells"], job.get("held")
    yield from zip(cells[:held], compiled(job["source"], path, cells[:held]), strict=True)
    if held is not None:
        with (folder / "go").open("rb", buffering=0) as pipe:
            pipe.read(1)
        rest = json.loads((folder / "rest.json").read_text(encoding="utf-8"))
        keep_source(path, rest["source"], namespace)
        yield from zip(rest["cells"], compiled(rest["source"], path, rest["cells"]), strict=True)


def compiled(
    source: str, path: str, cells: Sequence[Mapping[str, Any]]
) -> list[tuple[types.CodeType, types.CodeType | None]]:
    """The code of each cell, its last expression apart, with the line numbers of the file.

    As in notebooks, an expression that ends in `;` shows nothing.
    """
    tree = ast.parse(source, path)
    lines = source.encode().split(b"\n")
    flags = 0
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    codes = []
    for cell in cells:
        body = [each for each in tree.body if cell["first"] <= each.lineno <= cell["last"]]
        value = None
        last = body[-1] if body else None
        is_docstring = last is not None and last is tree.body[0] and ast.get_docstring(tree)
        if isinstance(last, ast.Expr) and not is_docstring and not is_hushed(last, lines):
            expression = ast.Expression(body.pop().value)  # type: ignore[attr-defined]
            value = compile(expression, path, "eval", flags, dont_inherit=True)
        codes.append((compile(ast.Module(body, []), path, "exec", flags, dont_inherit=True), value))
    return codes


def is_hushed(statement: ast.stmt, lines: Sequence[bytes]) -> bool:
    """Whether a statement ends in `;`."""
    line, column = statement.end_lineno or 1, statement.end_col_offset or 0
    return lines[line - 1][column:].lstrip().startswith(b";")


def run_cell(
    cell: Mapping[str, Any],
    body: types.CodeType,
    value: types.CodeType | None,
    namespace: dict[str, Any],
    path: str,
    folder: Path,
) -> dict[str, Any]:
    """Run a cell, and say what came of it."""
    done: dict[str, Any] = {"value": ""}
    start = time.perf_counter()
    try:
        exec(body, namespace)  # noqa: S102
        shown = []
        if value is not None:
            result = eval(value, namespace)  # noqa: S307
            shown = animations([result])
            if result is not None and not shown:
                done["value"] = repr(result)
        done["figures"] = drawn_figures(cell["figures"], folder, [*animations(namespace.values()), *shown])
    except BaseException as error:  # noqa: BLE001, also what a snippet does to leave: SystemExit, KeyboardInterrupt
        done["raised"] = described(error, path, cell["first"])
        done["failed"] = not is_a(error, cell["raises"])
    else:
        done["parity"] = {name: plain(namespace[name]) if name in namespace else None for name in cell["parity"]}
    done["seconds"] = time.perf_counter() - start
    return done


def is_a(error: BaseException, name: str | None) -> bool:
    """Whether `name` is the error's class or one of its bases, with or without the module's name."""
    return name is not None and any(name in (kind.__name__, class_name(kind)) for kind in type(error).__mro__)


def class_name(kind: type) -> str:
    """The name of an exception's class as Python prints it."""
    plain_name = kind.__module__ in ("builtins", "__main__")
    return kind.__qualname__ if plain_name else f"{kind.__module__}.{kind.__qualname__}"


def described(error: BaseException, path: str, first: int) -> dict[str, Any]:
    """An exception as plain data; its traceback has the frames of the module's folder only.

    What lies between (the engine, the framework) differs from version to version and says nothing about the snippet.
    """
    summary = traceback.TracebackException.from_exception(error)
    lines = [frame.lineno for frame in summary.stack if frame.filename == path]
    keep_own_frames(summary, str(Path(path).parent))
    return {
        "type": class_name(type(error)),
        "message": str(error),
        "line": lines[-1] if lines else first,
        "traceback": "".join(summary.format()).rstrip("\n"),
    }


def keep_own_frames(summary: traceback.TracebackException, folder: str) -> None:
    """Drop the frames of files outside `folder`, also of the exceptions that led to this one."""
    summary.stack = traceback.StackSummary.from_list(
        [frame for frame in summary.stack if frame.filename.startswith(folder + os.sep)]
    )
    for other in (summary.__cause__, summary.__context__, *(getattr(summary, "exceptions", None) or ())):
        if other is not None:
            keep_own_frames(other, folder)


def flush() -> None:
    """Bring out what Python and C have printed and still hold back."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)


def drawn_figures(stem: str, folder: Path, animated: Iterable[Any]) -> dict[str, bytes]:
    """Draw the open figures as `stem`1.svg, `stem`2.svg … and close them; returns the files by their names.

    Text becomes paths, so that it looks the same wherever it is shown; ids and metadata do not depend on the run.
    A figure that an animation draws is saved as a PNG that plays by itself: no colour is lost, as it is in a GIF.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return {}
    found = {}
    by_figure = {id(animation._fig): animation for animation in animated}  # noqa: SLF001, it has no public name
    with pyplot.rc_context({"svg.hashsalt": stem, "svg.fonttype": "path"}):
        for count, number in enumerate(pyplot.get_fignums(), 1):
            figure = pyplot.figure(number)
            animation = by_figure.get(id(figure))
            if animation:
                found[f"{stem}{count}.png"] = drawn_animation(animation, folder / "animation.png")
            else:
                picture = io.BytesIO()
                figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": None})
                found[f"{stem}{count}.svg"] = picture.getvalue()
    pyplot.close("all")
    return found


def animations(values: Iterable[Any]) -> list[Any]:
    """Those of the values that are animations of matplotlib."""
    module = sys.modules.get("matplotlib.animation")
    return [value for value in values if isinstance(value, module.Animation)] if module else []


def drawn_animation(animation: Any, file: Path) -> bytes:
    """All of an animation's frames in one picture, by way of a file, since matplotlib's writers know no other."""
    writers = importlib.import_module("matplotlib.animation")
    milliseconds = getattr(animation, "_interval", 200)
    animation.save(file, writer=writers.PillowWriter(fps=1000 / milliseconds))
    return file.read_bytes()


def plain(value: Any) -> dict[str, Any]:
    """A number, array or tensor as plain data, or why that cannot be done."""
    try:
        array = as_array(value)
    except Exception as error:  # noqa: BLE001, a framework's own, whatever it is
        return {"refused": f"is no array: {error}"}
    kind = array.dtype.kind
    if kind not in "biufc":
        return {"refused": f"is no number and no array of numbers, but {type(value).__name__}"}
    if array.size > LARGEST_VALUE:
        return {"refused": f"has {array.size:,} numbers, more than the {LARGEST_VALUE:,} that are recorded"}
    # The shortest text that gives the same number in the array's own precision: 0.6, not 0.6000000238418579.
    numbers = [str(number) for number in array.ravel()] if kind in "fc" else array.ravel().tolist()
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "data": [float(number) for number in numbers] if kind == "f" else numbers,
    }


def as_array(value: Any) -> Any:
    """The value as a NumPy array; tensors are taken from their graph and device."""
    numpy = importlib.import_module("numpy")
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = (value.float() if str(value.dtype) == "torch.bfloat16" else value).resolve_conj().numpy()
    elif hasattr(value, "numpy"):
        value = value.numpy()
    elif isinstance(value, list | tuple):
        value = [as_array(each) for each in value]
    array = numpy.asarray(value)
    return array.astype("float32") if str(array.dtype) == "bfloat16" else array


def versions(names: Sequence[str]) -> dict[str, str]:
    """The versions of Python and of those of the named packages that are imported and have one.

    The part after a plus sign tells how a package was built (`2.13.0+cpu`), which is the machine's business.
    """
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in names:
        version = getattr(sys.modules.get(name), "__version__", None)
        if isinstance(version, str):
            found[name] = version.partition("+")[0]
    return found


def watch_files(root: str, log: TextIO) -> None:
    """Note every file of the project that is opened for reading from now on, but for what was written before."""
    known = {__file__}

    def opened(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes):
            return
        name = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100, Path would resolve what a key must not
        if name.startswith(root + os.sep) and name not in known:
            known.add(name)
            _, mode, flags = arguments
            writes = set(mode) & set("wax+") if mode else flags & (os.O_WRONLY | os.O_RDWR)
            if not writes:
                log.write(json.dumps(name) + "\n")

    sys.addaudithook(opened)


if __name__ == "__main__":
    main(*sys.argv[1:])
