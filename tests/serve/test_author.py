"""What is shown in spite of mistakes, where a change is seen, and how editors are called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from greenroom import build
from greenroom.serve import editor, place
from greenroom.serve.live import Live
from greenroom.serve.reruns import outputs

ERRORS = sorted((Path(__file__).parents[1] / "cases" / "errors").iterdir())

CODE = """\
# %% walk
first = 1
second = 2
third = 3
print(first, second, third)

# %% other
print("other")
"""
TALK = """\
# A talk

---
<!-- .slide: id="walk" -->
```python snippet="lesson:walk" steps="all | 2-3 | second = | 4"
```
---
<!-- .slide: id="single" -->
```python snippet="lesson:other" output="below"
```
---
<!-- .slide: id="both" -->
```python snippet="lesson:other" output="slide"
```
```python snippet="lesson:walk" steps="1 | third" output="below"
```
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "mkdocs.yml": "site_name: A\nplugins: [greenroom]\n",
        "slides/talk.md": TALK,
        "snippets/lesson/python.py": CODE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


# --- mistakes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.name)
def test_a_project_that_begins_with_a_mistake_shows_what_can_be_shown(case):
    live = Live(case)
    assert live.decks.keys() == {talk.name for talk in live.project.talks}
    for shown in live.decks.values():
        assert '<div class="slides">' in shown.html


def test_what_began_with_a_mistake_keeps_up_until_it_is_mended_and_then_stays_good(root):
    slides = root / "slides" / "talk.md"
    slides.write_text(TALK.replace("lesson:walk", "lesson:wolk"), encoding="utf-8")
    live = Live(root)
    assert live.problems
    slides.write_text(slides.read_text().replace("# A talk", "# Another"), encoding="utf-8")
    assert live.update()["talk"]["type"] == "reload"
    assert "Another" in live.decks["talk"].html
    slides.write_text(TALK, encoding="utf-8")
    live.update()
    assert live.problems == ()
    assert "second = 2" in build.load(root).talks[0].slides[1].fences[0].listings[0].code
    slides.write_text(TALK.replace("lesson:walk", "lesson:wolk"), encoding="utf-8")
    assert live.update() == {}
    assert "lesson/python" in live.decks["talk"].html


def test_a_module_without_a_recording_is_waited_for_and_no_mistake(root):
    live = Live(root)
    assert [module.path for module in live.waiting] == ["snippets/lesson/python.py"]
    assert live.problems == ()


def test_outputs_of_other_code_are_found_where_they_are_shown(root):
    live = Live(root)
    (talk,) = live.project.talks
    path = "snippets/lesson/python.py"
    found = outputs(talk, live.outdated, {path})
    assert found == {"single": [(0, "running")], "both": [(1, "running")], "both-output": [(0, "running")]}
    assert outputs(talk, live.outdated, ())["single"] == [(0, "old")]
    assert outputs(talk, (), {path}) == {}


# --- where a change is seen -----------------------------------------------------------------------------------------


def seen(root: Path, old: str, new: str) -> list[tuple[str, int]]:
    before = build.load(root)
    (root / "snippets/lesson/python.py").write_text(CODE.replace(old, new, 1), encoding="utf-8")
    after = build.load(root)
    return place.places(after.talks[0], place.changed(before, after))


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ("first = 1", "first = 5", [("walk", 1), ("both", 1)]),
        ("second = 2", "second = 5", [("walk", 3), ("both", 1)]),
        ("third = 3", "third = 5", [("walk", 2), ("both", 2)]),
        ("print(first, second, third)", "print(first)", [("walk", 4), ("both", 1)]),
        ('print("other")', 'print("another")', [("single", 1), ("both", 1)]),
        ("# %% other", "\n\n# %% other", []),
    ],
)
def test_a_change_is_seen_at_the_step_that_says_it_best(old, new, places, root):
    assert seen(root, old, new) == places


def test_lines_that_are_gone_are_seen_where_they_were(root):
    assert ("single", 1) not in seen(root, "second = 2\n", "")


def test_nothing_has_changed_where_nothing_has(root):
    project = build.load(root)
    assert place.changed(project, build.load(root)) == {}
    assert place.changed(replace(project, modules={}), project) == {}


# --- editors --------------------------------------------------------------------------------------------------------

FILE = PurePosixPath("/talks/my talk/snippets/a/tf2.py")


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("code", ["code", "--goto", f"{FILE}:7"]),
        ("code --wait --new-window", ["code", "--new-window", "--goto", f"{FILE}:7"]),
        ("/opt/Sublime/subl -w", ["/opt/Sublime/subl", f"{FILE}:7"]),
        ("pycharm", ["pycharm", "--line", "7", str(FILE)]),
        ("gvim", ["gvim", "+7", str(FILE)]),
        ("emacsclient", ["emacsclient", "--no-wait", "+7", str(FILE)]),
        ("'my editor' -x", ["my editor", "-x", str(FILE)]),
        ("vim", None),
        ("/usr/bin/nano", None),
        ("emacs -nw", None),
        ("emacsclient -t", None),
        ("'cut short", None),
        ("  ", None),
    ],
)
def test_an_editor_is_called_with_the_line(chosen, words):
    assert editor.command(chosen, FILE, 7) == words


def test_without_an_editor_the_page_asks_vs_code():
    assert editor.open_at(FILE, 7, {}) == {"url": "vscode://file/talks/my%20talk/snippets/a/tf2.py:7"}


def test_an_editor_in_the_terminal_is_told_of():
    assert "vim" in editor.open_at(FILE, 7, {"EDITOR": "vim"})["text"]
    assert "runs in a terminal" in editor.open_at(FILE, 7, {"EDITOR": "code", "VISUAL": "vi"})["text"]


def test_an_editor_that_is_not_there_is_told_of():
    assert "cannot be started" in editor.open_at(FILE, 7, {"VISUAL": "/nowhere/code"})["text"]
