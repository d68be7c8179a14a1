"""The cells before those of the slide that is shown have run before anybody asks, and what comes of it is the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from greenroom import build, record
from greenroom.model import Cell
from greenroom.record import engine as engines
from greenroom.record.engine import CAN_FORK, Engine, Follower, beginning
from greenroom.record.key import Sources

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="nothing can be held where processes cannot be forked")

MODULE = '''\
"""What it is for."""

import os
import random

# %% before
with open("{log}", "a") as file:
    print(os.getpid(), file=file)
drawn = random.random()
print("not shown")

# %% shown
print(os.getpid(), drawn, random.random(), __doc__)

def one():
    return 1

one() / 1

# %% after
print("after")
'''
TALK = """\
# A talk

---
<!-- .slide: id="one" -->
```python snippet="one:shown" output="none"
```
---
<!-- .slide: id="two" -->
```python snippet="two:shown" output="none"
```
---
<!-- .slide: id="none" -->
Nothing to run.
"""


@pytest.fixture(scope="module")
def root(project: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    logs = tmp_path_factory.mktemp("logs")
    names = ("one", "two")
    modules = {f"snippets/{name}/python.py": MODULE.replace("{log}", str(logs / name)) for name in names}
    # What a process says of itself is another thing each time; nothing is compared here.
    made = project({"slides/talk.md": TALK, **modules})
    (made / "logs").symlink_to(logs)
    return made


def begun(root: Path, name: str) -> list[int]:
    """The processes that ran the first cell of a module."""
    log = root / "logs" / name
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it may go while it is read
        return False


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def traced(root: Path, old: str = "", new: str = "", name: str = "one") -> tuple[Sources, Cell]:
    """A module, perhaps with other code, and the cell that is shown."""
    module = build.scan(root)[1][name, "python"]
    lines = tuple(line.replace(old, new) if old else line for line in module.lines)
    sources, _ = record.trace(root, replace(module, lines=lines))
    return sources, next(cell for cell in sources.cells if cell.name == "shown")


# --- the engine -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(root: Path) -> Iterator[Engine]:
    with Engine(root) as started:
        yield started


def test_a_run_that_was_held_gives_what_any_other_gives(root, engine):
    sources, shown = traced(root)
    held = engine.hold(sources, shown)
    assert held
    assert held.wait(sources, shown, 20)
    pid = begun(root, "one")[-1]
    assert lives(pid)
    printed: list[bytes] = []
    run = engine.follow(sources, shown, Follower(lambda _, piece: printed.append(piece)), 10, held)
    assert not run.problems
    assert begun(root, "one")[-1] == pid
    plain = engine.follow(sources, shown, Follower(), 10)
    texts = [output.text.replace(str(pid), "PID") for output in run.outputs]
    assert texts[-1].startswith("PID ")
    assert texts[-1].endswith("What it is for.\n1.0")
    assert texts == [output.text.replace(str(begun(root, "one")[-1]), "PID") for output in plain.outputs]
    assert b"not shown" not in b"".join(printed)
    assert run.versions == plain.versions
    until(lambda: not lives(pid))


def test_it_goes_on_with_the_code_that_there_is_then(root, engine):
    sources, shown = traced(root)
    held = engine.hold(sources, shown)
    assert held
    typed, _ = traced(root, "one() / 1", "[one()] / 1")
    assert beginning(typed, shown) == beginning(sources, shown)
    run = engine.follow(typed, shown, Follower(), 10, held)
    (raised,) = [output.raised for output in run.outputs if output.raised]
    assert raised.type == "TypeError"
    assert "[one()] / 1" in raised.traceback


def test_what_comes_before_decides_what_may_go_on(root):
    sources, shown = traced(root)
    for old, new in (("drawn = random.random()", "drawn = 1"), ("import random", "import random, json")):
        assert beginning(*traced(root, old, new)) != beginning(sources, shown)
    assert beginning(*traced(root, "import random", "import  random", "two")) != beginning(sources, shown)


def test_nothing_is_lost_that_is_printed_before_anybody_listens(root, engine, monkeypatch):
    follow = engines._end
    monkeypatch.setattr(engines, "_end", lambda *begun: (time.sleep(0.5), follow(*begun))[1])
    sources, shown = traced(root)
    printed: list[bytes] = []
    engine.follow(sources, shown, Follower(lambda _, piece: printed.append(piece)), 10)
    assert b"".join(printed).startswith(b"not shown\n")


def test_what_is_let_go_ends(root, engine):
    sources, shown = traced(root)
    held = engine.hold(sources, shown)
    assert held
    assert held.wait(sources, shown, 20)
    pid = begun(root, "one")[-1]
    held.end()
    until(lambda: not lives(pid))


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_slide_that_is_shown_is_made_ready_for_and_no_other(root, presented):
    shown = presented(root)
    page = shown.page()
    before = len(begun(root, "one"))
    page.send(type="runs", slides=["one"])
    until(lambda: len(begun(root, "one")) > before)
    pid = begun(root, "one")[-1]
    until(lambda: "python" in shown.runs._held)
    page.run("1", "one")
    told = page.until("done")
    assert "".join(each["text"] for each in told if each["event"] == "out").startswith(f"{pid} ")
    # And for once more.
    until(lambda: begun(root, "one")[-1] != pid and "python" in shown.runs._held)
    again = begun(root, "one")[-1]
    page.send(type="run", id="2", talk="talk", slide="one", fence=0, framework="python", code="print(os.getpid())")
    assert str(again) in page.until("done")[-1]["html"][0]
    # Another slide.
    until(lambda: begun(root, "one")[-1] != again and "python" in shown.runs._held)
    last = begun(root, "one")[-1]
    before = len(begun(root, "two"))
    page.send(type="runs", slides=["two"])
    until(lambda: len(begun(root, "two")) > before and not lives(last))
    other = begun(root, "two")[-1]
    assert lives(other)
    page.send(type="runs", slides=["none"])
    until(lambda: not lives(other))
    # The page goes.
    page.send(type="runs", slides=["two"])
    until(lambda: begun(root, "two")[-1] != other and "python" in shown.runs._held)
    other = begun(root, "two")[-1]
    shown.leave()
    until(lambda: not lives(other) and not shown.runs._held)


def test_nothing_is_left_of_a_slide_that_changes_while_a_run_of_it_begins(root, presented, monkeypatch):
    shown = presented(root)
    hold = shown.runs.engine.hold
    monkeypatch.setattr(shown.runs.engine, "hold", lambda *wanted: (hold(*wanted), time.sleep(1))[0])
    page = shown.page()
    before = {name: len(begun(root, name)) for name in ("one", "two")}
    page.send(type="runs", slides=["one"])
    until(lambda: len(begun(root, "one")) > before["one"])
    page.send(type="runs", slides=["two"])
    until(lambda: len(begun(root, "two")) > before["two"] and "python" in shown.runs._held)
    until(lambda: not lives(begun(root, "one")[-1]))
    assert lives(begun(root, "two")[-1])
    shown.leave()
    until(lambda: not lives(begun(root, "two")[-1]))
