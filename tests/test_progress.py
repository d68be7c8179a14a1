"""How far a recorder is, as a person at a terminal sees it, and what Ctrl-C leaves."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="Windows has no such terminals")

from greenroom import build, record  # noqa: E402

GREENROOM = shutil.which("greenroom", path=str(Path(sys.executable).parent))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a module that is recorded, two that are quick, and one that fails."""
    (tmp_path / "mkdocs.yml").write_text("plugins: [greenroom]\n", encoding="utf-8")
    write(tmp_path, "kept", "print(1)\n")
    assert subprocess.run([GREENROOM, "record"], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    write(tmp_path, "first", "print(1)\n")
    write(tmp_path, "second", "print(2)\n")
    write(tmp_path, "wrong", "1 / 0\n")
    return tmp_path


def write(root: Path, lesson: str, text: str) -> None:
    (root / "snippets" / lesson).mkdir(parents=True)
    (root / "snippets" / lesson / "python.py").write_text(text, encoding="utf-8")


def heed_ctrl_c() -> None:
    """Undo what a shell does to what it runs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def at_terminal(root: Path, stop: Callable[[str], bool] | None = None) -> tuple[int, str, float]:
    """Record at a terminal of its own; Ctrl-C is pressed when `stop` says so of what was shown.

    Returns the exit status, all that was shown, and the seconds from Ctrl-C, or the start, to the end.
    """
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(
        [GREENROOM, "record"],
        cwd=root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        preexec_fn=heed_ctrl_c,
    ) as process:
        os.close(theirs)
        start, shown = time.monotonic(), ""
        while True:
            try:
                chunk = os.read(ours, 65536).decode(errors="replace")
            except OSError:  # Linux says so that the other end is closed
                chunk = ""
            if not chunk:
                break
            shown += chunk
            if stop and stop(shown):
                stop, start = None, time.monotonic()
                process.send_signal(signal.SIGINT)
        status = process.wait(60)
    os.close(ours)
    return status, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown), time.monotonic() - start


def test_a_terminal_shows_what_runs_what_is_done_kept_and_failed(project: Path) -> None:
    status, shown, _ = at_terminal(project)
    assert status == 1
    assert "1 kept" in shown
    assert re.search(r"first/python +\d\.\d s", shown)
    assert re.search(r"wrong/python +failed", shown)
    assert re.search(r"[12] done", shown)
    assert "1 failed" in shown
    assert re.search(r"\d/3", shown)
    assert re.search(r"0:00:\d\d", shown)


def test_elsewhere_there_is_a_plain_line_a_module(project: Path) -> None:
    done = subprocess.run([GREENROOM, "record"], cwd=project, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if re.match(r"\w+/python  ", line)]
    assert sorted(line.split()[0] for line in lines) == ["first/python", "second/python", "wrong/python"]
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr


def test_ctrl_c_stops_at_once_and_leaves_everything_whole(project: Path) -> None:
    write(
        project,
        "zlow",
        "import os, time\nprint(os.getpid())\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)\n",
    )
    written = project / "pid"

    def is_time(shown: str) -> bool:
        ended = re.findall(r"(?:first|second)/python +\d\.\d s", shown)
        return len(ended) == 2 and written.exists() and written.read_text(encoding="utf-8") != ""

    status, shown, seconds = at_terminal(project, is_time)
    assert status != 0
    assert "Traceback" not in shown
    assert seconds < 10, shown  # of the 60 that the module takes
    pid = int(written.read_text(encoding="utf-8"))
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    _, modules, _ = build.scan(project)
    _, problems = record.load(project, "snippets", tuple(modules.values()))
    missing = {problem.span.path for problem in problems if problem.code == "recording-missing"}
    assert missing == {"snippets/wrong/python.py", "snippets/zlow/python.py"}
    assert len(problems) == 2
