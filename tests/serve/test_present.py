"""`greenroom present`, used as an author uses it: what it says, where it listens, how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from greenroom.serve import address
from greenroom.serve.guard import Guard

TALK = """\
---
title: Small
---
# Small

---
<!-- .slide: id="half" -->
```python snippet="numbers:half" output="below"
```
"""
FILES = {
    "slides/small.md": TALK,
    "snippets/numbers/python.py": "# %% half\nx = 3\nx / 2\n",
    "mkdocs.yml": "site_name: Small\nplugins: [greenroom]\n",
    "docs/more.md": "# More\n",
}


@pytest.fixture(scope="module")
def root(project: Callable[..., Path]) -> Path:
    return project(dict(FILES))


@pytest.fixture(scope="module")
def command(root: Path, present):
    return present(root, "--port", "0")


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def below(pid: int) -> set[int]:
    """All processes below one."""
    told = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in told.splitlines())}
    found = {pid}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def usage(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", "from greenroom.cli import main; main()", "present", "--no-open", *options]
    return subprocess.run(words, cwd=root, capture_output=True, text=True, timeout=30)


def test_it_says_where_the_deck_and_the_site_are(command):
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/slides/small/\?token=[\w-]{32}", command.deck)
    assert any(line.split() == ["site", f"{command.base}/"] for line in command.said)
    assert "1.5" in fetched(command.deck)


def test_a_change_is_told_in_a_line_and_shown(command):
    command.save("slides/small.md", TALK.replace("# Small", "# Smaller"))
    assert re.fullmatch(r"slides/small\.md: 1 slide, \d\.\d\d s\n", command.until("slides/small.md"))
    assert "Smaller" in fetched(command.deck)


def test_a_mistake_is_told_as_by_a_build_once_and_the_last_good_deck_stays(command):
    command.save("slides/small.md", TALK.replace("numbers:half", "numbers:hafl"))
    assert command.until("error").startswith("slides/small.md:8:20: error[selector-unknown]")
    assert "did you mean `half`?" in command.until("hint:")
    assert command.until("1 error").strip() == "1 error"
    command.save("docs/more.md", "# Still more\n")
    time.sleep(0.5)
    assert not any("error" in line for line in command.lines.queue)
    assert "1.5" in fetched(command.deck)
    command.save("slides/small.md", TALK.replace("# Small", "# Mended"))
    command.until("1 slide")
    command.until("no errors any more")
    assert "Mended" in fetched(command.deck)


def test_a_recording_that_does_not_fit_is_no_mistake(command):
    command.save("snippets/numbers/python.py", "# %% half\nx = 5\nx / 2\n")
    command.until("small.md: 1 slide")
    assert re.match(r"snippets/numbers/python\.py: ran again, .* `greenroom record` records it", command.until("ran"))
    page = fetched(command.deck)
    assert "2.5" in page
    command.save("snippets/numbers/python.py", "# %% half\nx = y\nx / 2\n")
    assert "error[run-raised]" in command.until("error[")
    command.save("snippets/numbers/python.py", FILES["snippets/numbers/python.py"])
    command.until("no errors any more")
    assert "1.5" in fetched(command.deck)


def test_a_hook_of_the_site_that_fails_does_not_end_it(project, present):
    hook = "def on_config(config):\n    raise KeyError('a hook')\n"
    files = {"mkdocs.yml": "site_name: A\nplugins: [greenroom]\nhooks: [hook.py]\n", "hook.py": hook}
    command = present(project({**files, "slides/talk.md": "# A talk\n"}), "--port", "0")
    assert "error[mkdocs]: the site cannot be built: KeyError: 'a hook'" in command.until("error[")
    assert "A talk" in fetched(command.deck)
    command.save("hook.py", "")
    command.until("no errors any more")


def test_a_port_that_is_taken_is_passed_over(root, present):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = present(root, "--port", str(port))
    assert other.port != port
    assert other.end() == 0


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_all_that_it_started(ending, root, present):
    command = present(root, "--port", "0")
    command.save("snippets/numbers/python.py", "# %% half\nimport time\ntime.sleep(60)\n")
    deadline = time.monotonic() + 10
    while len(children := below(command.process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(children) >= 2, "no module runs"
    began = time.monotonic()
    command.process.send_signal(ending)
    assert command.process.wait(10) == 0
    assert time.monotonic() - began < 5
    command.save("snippets/numbers/python.py", FILES["snippets/numbers/python.py"])
    time.sleep(0.2)
    assert not [pid for pid in children if runs(pid)]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):  # it may go while it is read
        return False


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--port", "many"), "not a valid int"),
        (("--port", "70000"), "0<=x<=65535"),
        (("--host", "nowhere.invalid"), "not the name or address of a machine"),
        (("--host", "192.0.2.7"), "not an address of this machine"),
        (("--sing",), "No such option"),
    ],
)
def test_wrong_usage_ends_with_status_2(options, words, root):
    done = usage(root, *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_of_a_project_it_is_of_no_use(tmp_path):
    done = usage(tmp_path)
    assert done.returncode == 2
    assert "no mkdocs.yml" in done.stderr


def test_an_open_server_says_the_machines_addresses_with_the_token_and_lets_nobody_in_without(root, present):
    command = present(root, "--host", "0.0.0.0", "--port", "0")
    decks = [line.split()[1] for line in command.said if line.startswith("deck")]
    sites = [line.split()[1] for line in command.said if line.startswith("site")]
    assert len(decks) == len(sites) == len(address.names("0.0.0.0"))
    assert all("?token=" in each for each in (*decks, *sites))
    assert not any("0.0.0.0" in each for each in decks)
    here = f"http://127.0.0.1:{command.port}/slides/small/"
    assert "1.5" in fetched(f"{here}?token={command.token}")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetched(here)
    assert command.end() == 0


def test_the_names_of_an_open_server_are_known_to_its_guard():
    guard = Guard("0.0.0.0", 8000, names=frozenset(address.names("0.0.0.0")))
    for name in address.names("0.0.0.0"):
        assert guard.knows_host(f"{name}:8000")


def test_addresses_of_the_sixth_version_are_written_in_brackets():
    assert address.url("::1", 8000) == "http://[::1]:8000/"
    assert address.url("127.0.0.1", 8000) == "http://127.0.0.1:8000/"
