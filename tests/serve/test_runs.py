"""What may be run of a talk, and what the page that asks is told of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from greenroom.serve import runs as module
from greenroom.serve.runs import runnable

SLOW = """\
# %% slow
import pathlib, time
for n in range(200):
    print(n, flush=True)
    time.sleep(0.1 * pathlib.Path("slow").exists())
"""

FILES = {
    "mkdocs.yml": ("site_name: A\nplugins:\n  - greenroom:\n      limits: {seconds: 20, memory: 512, output: 64}\n"),
    "snippets/sums/python.py": """\
import math

# %% data
numbers = [1, 2, 3]
print("not shown")

# %% total
print("the sum")
print("ä is two bytes")
sum(numbers)

# %% silent
one = 1

# %% error raises="ValueError"
math.sqrt(-1)

# %% parts
# region first
first = 1
# endregion
print(first)
""",
    "snippets/slow/python.py": SLOW,
    "snippets/unlucky/python.py": """\
# %% before
import os, pathlib, sys
state = pathlib.Path("state").read_text() if os.path.exists("state") else ""
if state == "before":
    raise KeyError("before")

# %% unlucky
print("begun", flush=True)
if state == "raise":
    raise KeyError("its own")
if state == "exit":
    sys.exit(3)
if state == "die":
    os._exit(3)
if state == "kill":
    os.kill(os.getpid(), 9)
if state == "memory":
    bytearray(2**32)
if state == "print":
    print("x" * 100_000)
if state == "input":
    input()
if state == "import":
    import nowhere
print("done")
""",
    "slides/talk.md": """\
---
patience: 1.5
---
# A talk

---
<!-- .slide: id="total" -->
```python snippet="sums:total"
```
```python snippet="sums:error"
```
----
<!-- .slide: id="hidden" -->
```python snippet="sums:total" output="none"
```
----
<!-- .slide: id="own" -->
```python snippet="sums:total" output="slide"
```
----
<!-- .slide: id="region" -->
```python snippet="sums:first"
```
----
<!-- .slide: id="region-output" -->
```python snippet="sums:first" output="below"
```
----
<!-- .slide: id="silent" -->
```python snippet="sums:silent"
```
----
<!-- .slide: id="slow" -->
```python snippet="slow:slow" output="none"
```
----
<!-- .slide: id="unlucky" -->
```python snippet="unlucky:unlucky"
```

Note: also here
```python snippet="unlucky:before"
```
""",
}


@pytest.fixture(scope="module")
def root(project: Callable[..., Path]) -> Path:
    return project(dict(FILES))


@pytest.fixture(scope="module")
def shown(root: Path, presented: Callable[..., object]) -> object:
    return presented(root)


@pytest.fixture
def page(shown, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The author's page; as many runs may begin as the tests want."""
    monkeypatch.setattr(module, "WHILE_SECONDS", 0)
    yield shown.page()
    shown.leave()
    _wait(lambda: not shown.runs._going)


def _wait(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def _children(of: int) -> set[int]:
    """All processes below one."""
    found: set[int] = set()
    for file in Path(f"/proc/{of}/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended
            for pid in map(int, file.read_text().split()):
                found |= {pid} | _children(pid)
    return found


# --- what may be run ------------------------------------------------------------------------------------------------


def test_what_was_recorded_and_is_shown_whole_may_be_run(shown):
    project = shown.live.good
    (talk,) = project.talks
    found = runnable(talk.slides, project.modules, project.recordings)
    assert {(slide, fence) for slide, fence, _ in found} == {
        ("total", 0),
        ("total", 1),
        ("hidden", 0),
        ("own", 0),
        ("own-output", 0),
        ("region-output", 0),
        ("silent", 0),
        ("slow", 0),
        ("unlucky", 0),
    }
    assert runnable(talk.slides, project.modules, {}) == {}


def test_the_author_is_told_what_may_be_run(page):
    page.send(type="runs", slides=["total", "own-output", "nowhere", 1])
    listings = page.next("runs")["listings"]
    assert [(each["slide"], each["fence"]) for each in listings] == [("total", 0), ("total", 1), ("own-output", 0)]
    assert listings[1]["framework"] == "python"
    assert listings[1]["versions"].startswith("Python 3")
    assert listings[1]["date"] == datetime.now(UTC).astimezone().date().isoformat()


# --- what comes of it -----------------------------------------------------------------------------------------------


def test_a_run_tells_what_the_cell_prints_and_then_its_output(page):
    page.run("a", "total")
    told = page.until("done")
    events = [each["event"] for each in told]
    printed = [each["text"] for each in told if each["event"] == "out"]
    assert events[events.index("started") :] == ["started", *["out"] * len(printed), "done"]
    assert {each["run"] for each in told} == {"a"}
    assert printed
    assert "the sum\nä is two bytes\n".startswith("".join(printed))
    (html,) = told[-1]["html"]
    assert html.startswith('<div class="output"')
    assert "<code>the sum\nä is two bytes\n6</code>" in html
    assert 0 <= told[-1]["seconds"] < 1
    assert told[-1]["versions"].startswith("Python 3")


def test_an_expected_error_is_an_output(page):
    page.run("a", "total", 1)
    (html,) = page.until("done")[-1]["html"]
    assert 'class="output error"' in html
    assert "<strong>ValueError: " in html


def test_a_cell_that_shows_nothing_has_no_output(page):
    page.run("a", "silent")
    assert page.until("done")[-1]["html"] == []


@pytest.mark.parametrize(
    ("state", "event", "text"),
    [
        ("before", "failed", "`before`, which runs before it, fails"),
        ("exit", "failed", "it ended its own process"),
        ("die", "failed", "it ended its own process"),
        ("kill", "failed", "its process was killed"),
        ("memory", "failed", "it took more memory than it may"),
        ("print", "failed", "it printed more than it may"),
        ("input", "failed", "it waited for input"),
        ("import", "failed", "nowhere is not installed here"),
    ],
)
def test_whatever_goes_wrong_is_a_few_words(root, page, state, event, text):
    (root / "state").write_text(state)
    try:
        page.run("a", "unlucky")
        last = page.until("done", "failed", "late")[-1]
        assert (last["event"], last.get("text")) == (event, text)
    finally:
        (root / "state").unlink()


def test_what_the_cell_itself_raises_is_shown(root, page):
    (root / "state").write_text("raise")
    try:
        page.run("a", "unlucky")
        (html,) = page.until("done")[-1]["html"]
    finally:
        (root / "state").unlink()
    assert 'class="output error"' in html
    assert "begun" in html
    assert "KeyError: &#x27;its own&#x27;" in html or "KeyError: 'its own'" in html
    assert str(root) not in html


@pytest.fixture
def slowly(root: Path) -> Iterator[None]:
    """The cell `slow` is so."""
    (root / "slow").touch()
    yield
    (root / "slow").unlink()


@pytest.mark.usefixtures("slowly")
def test_patience_ends(page):
    page.run("a", "slow")
    told = page.until("late")
    assert told[-1]["text"] == "it took longer than 1.5 s"
    assert "".join(each.get("text", "") for each in told[:-1]).startswith("0\n1\n2\n3\n")
    assert len(told) > 5


@pytest.mark.usefixtures("slowly")
def test_a_run_is_stopped(page):
    page.run("a", "slow")
    page.until("out")
    before = _children(os.getpid())
    page.send(type="stop", id="a")
    last = page.until("stopped", "late")[-1]
    assert last["event"] == "stopped"
    assert 0 < last["seconds"] < 1.5
    _wait(lambda: _children(os.getpid()) < before)
    page.run("a", "total")
    assert page.until("done", "failed")[-1]["event"] == "done"


@pytest.mark.usefixtures("slowly")
def test_one_run_of_a_framework_goes_on_at_a_time(page):
    page.run("a", "slow")
    page.until("out")
    page.run("b", "total")
    told = page.until("done", name="b")
    assert next(each["event"] for each in told if each["run"] == "b") == "queued"
    assert [each["event"] for each in told if each["run"] == "a"][-1] == "late"


@pytest.mark.usefixtures("slowly")
def test_what_waits_is_stopped_too(page):
    page.run("a", "slow")
    page.until("out")
    page.run("b", "total")
    page.until("queued")
    page.send(type="stop", id="b")
    assert page.until("stopped")[-1]["run"] == "b"


@pytest.mark.usefixtures("slowly")
def test_the_runs_of_a_page_end_with_it(shown, page):
    page.run("a", "slow")
    page.until("out")
    before = _children(os.getpid())
    shown.leave()
    _wait(lambda: not shown.runs._going)
    _wait(lambda: _children(os.getpid()) < before)


def test_a_module_runs_as_it_is_shown(root, shown, page):
    """What is half written on the disk neither runs nor changes the deck."""
    path = root / "snippets/sums/python.py"
    old = path.read_text()
    path.write_text(old.replace('print("the sum")', 'print("the sum"'))
    try:
        shown.live.update()
        page.run("a", "total")
        assert "the sum" in page.until("done", "failed")[-1]["html"][0]
    finally:
        path.write_text(old)
        shown.live.update()


def test_a_mistake_of_ours_ends_no_more_than_the_run(shown, page, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(shown.runs.engine, "follow", lambda *_: 1 / 0)
        page.run("a", "total")
        assert page.until("failed")[-1]["text"] == "it could not be run"
    assert "ZeroDivisionError" in caplog.text
    page.run("b", "total")
    assert page.until("done", "failed")[-1]["event"] == "done"


# --- who may ask, and how often --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        {"slide": "nowhere"},
        {"fence": 9},
        {"fence": -1},
        {"fence": "0"},
        {"fence": [0]},
        {"fence": None},
        {"framework": "tf2"},
        {"framework": {"a": 1}},
        {"talk": "other"},
        {"talk": ["talk"]},
    ],
)
def test_only_listings_of_the_talk_run(page, place):
    asked = {"talk": "talk", "slide": "total", "fence": 0, "framework": "python"} | place
    page.send(type="run", id="a", **asked)
    told = page.next()
    assert (told["event"], told["text"]) == ("failed", "the listing is no longer what it was")


def test_whoever_is_not_the_author_runs_nothing(shown, page):
    reader = shown.page(token="")
    for message in ({"type": "runs", "slides": ["total"]}, {"type": "stop", "id": "a"}):
        reader.send(**message)
    reader.run("a", "total")
    page.run("b", "total")
    page.until("done")
    with pytest.raises(TimeoutError):
        reader.next("run", 0.2)
    assert not shown.runs._going


def test_nothing_runs_where_that_is_not_allowed(shown, page, monkeypatch):
    monkeypatch.setattr(shown.runs, "allowed", False)
    page.send(type="runs", slides=["total"])
    page.run("a", "total")
    with pytest.raises(TimeoutError):
        page.socket.recv(timeout=0.3) and page.next("run", 0.3)


@pytest.mark.usefixtures("slowly")
def test_too_many_runs_are_refused(page, monkeypatch):
    for name in "abcde":
        page.run(name, "slow")
    refused = page.until("failed")[-1]
    assert refused == {
        "type": "run",
        "run": "e",
        "event": "failed",
        "text": "too many runs at once; try again in a moment",
    }
    for name in "abcd":
        page.send(type="stop", id=name)
    for _ in "abcd":
        page.until("stopped")
    monkeypatch.setattr(module, "WHILE_SECONDS", 100)
    for n in range(11):
        page.run(f"f{n}", "total")
        last = page.until("done", "failed")[-1]
        if last["event"] == "failed":
            break
    assert last.get("text") == refused["text"]


@pytest.mark.parametrize("name", [None, 1, ["a"]])
def test_a_run_needs_a_name(page, name):
    page.run(name, "total")
    page.send(type="stop", id=name)
    page.run("b", "total")
    assert {each["run"] for each in page.until("done")} == {"b"}


# --- the end --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("slowly")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_server(root, number, present):
    command = present(root)
    with command.page() as page:
        page.run("a", "slow")
        page.until("out")
        started = _children(command.process.pid)
        assert len(started) == 2
        command.process.send_signal(number)
        command.process.wait(10)
    _wait(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
