"""What is typed into a listing runs as the listing does, with the same limits, and is in memory alone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from greenroom import resolve, source, talk
from greenroom.model import Listing, Module
from greenroom.serve import typed

CODE = '''\
# %% data
numbers = [1, 2, 3]

# %% total
print("the sum")
sum(numbers)

# %% nested
class Sum:
    # region method
    def add(self, one):
        """Add.

        One by one.
        """

        # region inner
        return one + 1
        # endregion
    # endregion

# %% use
Sum().add(1)
'''

FILES = {
    "mkdocs.yml": "site_name: A\nplugins:\n  - greenroom:\n      limits: {seconds: 20, memory: 512, output: 64}\n",
    "snippets/sums/python.py": CODE,
    "snippets/other/python.py": "# %% secret\nprint('other')\n",
    "slides/talk.md": """\
---
title: Runs
patience: 2
---
<!-- .slide: id="total" -->
```python snippet="sums:total"
```

---
<!-- .slide: id="use" -->
```python snippet="sums:use"
```
""",
}


def listed(selector: str) -> tuple[Module, Listing]:
    module, problems = source.scan(CODE, "snippets/sums/python.py", "sums", "python")
    assert not problems
    reference = f"sums:{selector}" if selector else "sums"
    parsed, problems = talk.parse(f'# A\n\n```python snippet="{reference}"\n```\n', "slides/talk.md")
    resolved, _ = resolve.resolve(parsed, {("sums", "python"): module}, {})
    (fence,) = resolved.slides[0].fences
    return module, fence.listings[0]


# --- the module -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("selector", ["", "data", "total", "method", "inner", "nested"])
def test_what_was_not_changed_is_the_module_as_it_is(selector):
    module, listing = listed(selector)
    new, again, problems = typed.altered(module, listing, listing.code)
    assert new == module
    assert again.numbers == listing.numbers
    assert not problems


def test_lines_stand_as_far_in_as_the_listing_does_in_its_module():
    module, listing = listed("inner")
    new, again, problems = typed.altered(module, listing, "if one:\n\n    return 2\nreturn one + 3")
    assert not problems
    inner = "\n        if one:\n\n            return 2\n        return one + 3\n        # endregion"
    assert inner in "\n".join(new.lines)
    assert [new.lines[number - 1].strip() for number in again.numbers] == ["if one:", "", "return 2", "return one + 3"]


def test_lines_that_are_not_shown_stay_where_they_are():
    module, listing = listed("method")
    assert "region" not in listing.code
    code = listing.code.replace("one + 1", "one + 2\n    # more") + "\n    pass"
    new, _, problems = typed.altered(module, listing, code)
    assert not problems
    assert [region.name for region in new.regions] == ["method", "inner"]
    assert [cell.name for cell in new.cells] == [cell.name for cell in module.cells]


@pytest.mark.parametrize(
    ("code", "kind", "line"),
    [
        ("sum(numbers)\n1 = = 2", "SyntaxError", 6),
        ("  sum(numbers)", "IndentationError", 5),
        ("x = (", "SyntaxError", 5),
        ("sum\0", "(Value|Syntax)Error", None),
        ("-" * 20_000 + "1", "(Recursion|Memory)Error", 1),
    ],
    ids=["syntax", "indentation", "open", "null", "deep"],
)
def test_a_mistake_is_told_as_python_does(code, kind, line):
    module, listing = listed("total")
    new, _, _ = typed.altered(module, listing, code)
    output = typed.mistake(new)
    assert re.fullmatch(kind, output.raised.type)
    assert line in (output.raised.line, None)
    assert output.raised.type in output.raised.traceback.splitlines()[-1]


def test_what_is_no_mistake_is_none():
    assert typed.mistake(listed("total")[0]) is None


# --- the run ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(project: Callable, presented: Callable):
    return presented(project(dict(FILES)))


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def run(server):
    """Runs what is typed into a listing, and gives what is told last; the project's files stay what they are."""
    server.runs._begun.clear()
    before = state(server.root)
    page = server.page()
    count = 0

    def run(code: object, slide: str = "total", **facts: object) -> dict:
        nonlocal count
        count += 1
        place = {"talk": "talk", "slide": slide, "fence": 0, "framework": "python"}
        message = {"type": "run", "id": str(count), "code": code, **place, **facts}
        page.socket.send(json.dumps(message, ensure_ascii=code == "\ud800"))
        return page.until("done", "failed", "late", "stopped")[-1]

    yield run
    server.leave()
    assert state(server.root) == before


def test_what_was_typed_runs_after_the_cells_before_it(run):
    told = run("print('typed')\nsum(numbers) * 100")
    assert told["event"] == "done"
    (html,) = told["html"]
    assert "typed\n600" in html
    assert told["line"] == 0
    assert "the sum\n6" in run(None)["html"][0]


def test_an_error_is_an_output_at_its_line_of_the_listing(run):
    told = run("print('before')\n\n1 / 0")
    assert told["event"] == "done"
    assert "before" in told["html"][0]
    assert "<strong>ZeroDivisionError" in told["html"][0]
    assert told["line"] == 3
    told = run("sum(numbers)\nsum(")
    assert "<strong>SyntaxError" in told["html"][0]
    assert told["line"] == 2


def test_a_run_later_nothing_of_it_is_left(run):
    run("numbers.append(4)")
    run("import builtins\nbuiltins.sum = max")
    assert "the sum\n6" in run(None)["html"][0]


def test_limits_are_the_same(run):
    assert run("while True: pass")["event"] == "late"
    assert run("print('x' * 100_000)")["text"] == "it printed more than it may"
    assert run("import os\nos.kill(os.getpid(), 9)")["event"] == "failed"
    told = run("bytearray(2**31)")
    assert told["event"] == "failed" or "MemoryError" in told["html"][0]


def test_it_runs_in_a_child_of_the_warm_parent(run, server):
    told = run("import os\nprint(os.getppid())")
    parent = server.runs.engine._parents["python"].process.pid
    assert f">{parent}<" in told["html"][0]
    assert parent != os.getpid()


@pytest.mark.parametrize(
    "code",
    ["#" * (typed.LARGEST + 1), "é" * (typed.LARGEST // 2 + 1), 3, ["print()"], {"a": 1}, "\ud800", True],
    ids=["long", "long in bytes", "number", "list", "object", "half a character", "true"],
)
def test_what_is_too_much_or_no_text_does_not_run(run, code):
    told = run(code)
    assert told["event"] == "failed"
    assert told["text"] == "it is too long to run, or no text"


def test_it_can_be_as_long_as_it_may(run):
    assert run("#" * typed.LARGEST)["event"] == "done"


@pytest.mark.parametrize(
    "facts",
    [
        {"slide": "secret"},
        {"slide": "../other"},
        {"talk": "other"},
        {"framework": "tf2"},
        {"fence": 1},
        {"fence": -1},
        {"slide": ["total"]},
        {"slide": None},
    ],
    ids=str,
)
def test_only_a_listing_of_the_talk_can_be_typed_into(run, facts):
    told = run("print('typed')", **facts)
    assert (told["event"], told["text"]) == ("failed", "the listing is no longer what it was")


def test_naming_another_file_changes_nothing(run):
    told = run("print(__file__)", path="snippets/other/python.py", module="other", lesson="other", reference="other")
    assert "snippets/sums/python.py" in told["html"][0]


def test_headers_that_are_typed_split_the_cell_as_they_do_in_a_file(run):
    told = run("print(1)\n# %% more\nprint(2)")
    assert ">1<" in told["html"][0]
    assert run("print(1)\n# %% data\nprint(2)")["event"] == "failed"


def test_nobody_but_the_author_can(server):
    server.runs._begun.clear()
    stranger, author = server.page(token=""), server.page()
    place = {"talk": "talk", "slide": "total", "fence": 0, "framework": "python", "code": "print('typed')"}
    stranger.send(type="run", id="1", **place)
    author.send(type="run", id="1", **place)
    assert author.until("done")[-1]["event"] == "done"
    with pytest.raises(TimeoutError):
        stranger.next(seconds=0.5)
    server.leave()


def test_nothing_runs_where_running_is_off(server, presented):
    off = presented(server.root, allowed=False)
    page = off.page()
    page.send(type="run", id="1", talk="talk", slide="total", fence=0, framework="python", code="print()")
    with pytest.raises(TimeoutError):
        page.next(seconds=0.5)
    off.leave()
