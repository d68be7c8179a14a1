"""The processes that modules run in: children forked from a framework's warm parent, or a process to each module.

A *warm parent* imports its framework and does nothing else; each module runs in a child forked from it. We fork
ourselves, in some forty lines of `worker.py`, since the standard library's forkserver is one a process, where every
framework needs its own; says nothing when an import fails; and gives its children no group of processes to end with.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from select import select
from typing import Protocol

from greenroom.record import settings, worker

CAN_FORK = hasattr(os, "fork") and hasattr(socket, "send_fds") and sys.platform != "darwin"
"""Windows cannot fork. macOS can, but its own libraries, which the frameworks load, may crash in the child."""

IMPORT_SECONDS = 120.0
"""How long it may take to import a framework."""

GRACE_SECONDS = 2.0
"""How long a process that is told to stop may take to write down where it was."""


class Child(Protocol):
    """A process that runs one module. What it prints can be read from the file descriptor `output`."""

    output: int

    def wait(self, seconds: float) -> int | None:
        """The exit status, negative for the signal that ended the process; None if it is still running by then."""

    def stop(self) -> None:
        """Tell the process to write down where it is, and to end; it may take a moment, or not do so."""

    def end(self) -> None:
        """End the process and those that it started, at once; whoever waits for it is told."""

    def kill(self) -> None:
        """End whatever is left of the process and of those it started; nothing else is asked of it after that."""


class Parent:
    """A warm parent, that forks a child for each module."""

    def __init__(self, framework: str, names: Sequence[str], root: Path) -> None:
        """Start to import the modules `names`; this returns at once."""
        self._control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603
                _command("warm", str(theirs.fileno()), names),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for us alone: we end what we started
                env=_environment(framework),
                cwd=root,
            )
        self._control.settimeout(IMPORT_SECONDS)
        self._lock = threading.Lock()
        self.warm = False

    def wait(self) -> None:
        """Wait until the imports are done.

        Raises:
            ChildProcessError: The parent is no more.
        """
        with self._lock:
            self._ask(worker.WARM, [])

    def fork(self, folder: Path) -> Forked:
        """Run the job in `folder`, once the imports are done.

        Raises:
            ChildProcessError: The parent is no more.
        """
        output, their_output = os.pipe()
        status, their_status = os.pipe()
        try:
            with self._lock:
                pid = self._ask(str(folder).encode(), [their_output, their_status])
        except ChildProcessError:
            os.close(output)
            os.close(status)
            raise
        finally:
            os.close(their_output)
            os.close(their_status)
        return Forked(int(pid), output, status)

    def _ask(self, message: bytes, files: Sequence[int]) -> bytes:
        """Send a message, and wait for what the parent says to it once it is warm."""
        try:
            socket.send_fds(self._control, [message], files)
            answer = self._control.recv(worker.LARGEST_CHUNK)
        except OSError:
            self.process.kill()  # it is gone, or hangs
            answer = b""
        if not answer:
            raise ChildProcessError
        self.warm = True
        return answer

    def close(self) -> None:
        """End the parent and its children."""
        with suppress(OSError):  # it is gone already
            self._control.shutdown(socket.SHUT_RDWR)
        if not self.warm:
            self.process.kill()  # it is still importing, and has no children yet
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:  # it hangs
            self.process.kill()
            self.process.wait()
        self._control.close()


class Forked:
    """A child forked from a warm parent."""

    def __init__(self, pid: int, output: int, status: int) -> None:
        """Take over the reading ends of the child's output and of the pipe by which its parent tells how it ended."""
        self.pid = pid
        self.output = output
        self._status = status

    def wait(self, seconds: float) -> int | None:  # noqa: D102
        ready, _, _ = select([self._status], [], [], seconds)
        if not ready:
            return None
        status = os.read(self._status, worker.LARGEST_CHUNK)
        return int(status) if status else -signal.SIGKILL  # the parent is gone, and we end the child

    def stop(self) -> None:  # noqa: D102
        _signal_group(self.pid, signal.SIGABRT)

    def end(self) -> None:  # noqa: D102
        _signal_group(self.pid, signal.SIGKILL)

    def kill(self) -> None:  # noqa: D102
        self.end()
        os.close(self._status)


class Own:
    """A process that imports the framework for one module."""

    def __init__(self, framework: str, names: Sequence[str], root: Path, folder: Path) -> None:
        """Start to run the job in `folder`."""
        self._process = subprocess.Popen(  # noqa: S603
            _command("once", str(folder), names),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=_environment(framework),
            cwd=root,
        )
        assert self._process.stdout is not None
        self.output = os.dup(self._process.stdout.fileno())
        self._process.stdout.close()

    def wait(self, seconds: float) -> int | None:  # noqa: D102
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:  # noqa: D102
        self._process.send_signal(signal.SIGABRT if os.name == "posix" else signal.SIGTERM)

    def end(self) -> None:  # noqa: D102
        if os.name == "posix":
            _signal_group(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def kill(self) -> None:  # noqa: D102
        self.end()
        self._process.wait()


def _command(mode: str, target: str, names: Sequence[str]) -> list[str]:
    # -P: nothing of greenroom's own folder can be imported in the place of something else
    return [sys.executable, "-P", worker.__file__, mode, target, *names]


def _environment(framework: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON") or name == "PYTHONPATH"}
    return {**kept, **settings.ENVIRONMENT, "KERAS_BACKEND": settings.KERAS_BACKEND[framework]}


def _signal_group(pid: int, number: int) -> None:
    with suppress(PermissionError, ProcessLookupError):  # it is gone already
        os.killpg(pid, number)
