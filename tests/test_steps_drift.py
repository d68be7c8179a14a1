"""Whatever changes in a snippet, each step stays on its lines, or the build fails where the step is written.

The snippet of these tests is kept as lines with a number each, which goes with the line wherever a change takes it. So
the tests know by themselves which lines a step has named, and which it shows.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from greenroom import build, census, drift, record
from greenroom.build import Project
from greenroom.cli import main
from greenroom.model import Fence, Meaning, Module, Recording
from greenroom.problems import Code
from greenroom.resolve import expand
from greenroom.source import scan
from greenroom.talk import parse

SOURCE = '''
# %% setup
import math

# %% model
SCALE = 2.0


class Linear:
    """y = a x + b"""

    def __init__(self, a, b):
        self.a = a
        self.b = b

    # region apply
    def call(self, x):
        y = self.a * x
        return y + self.b

    # endregion


def loss(y, goal):
    error = y - goal
    return error**2


def other(y, goal):
    error = y - goal
    return abs(error)


linear = Linear(SCALE, 1.0)
result = linear.call(3.0)
# region show
print(loss(result, 6.0))
print(other(result, 6.0))
# endregion

# %% roots
first = math.sqrt(16.0)
limit = 3
second = math.sqrt(first)
print(first, second, limit)
'''

TALK = """\
## The model

```python snippet="lab:model" steps="none | 1 | Linear.__init__ | call | self.a * x | apply | loss | error = | all"
```

----
## The same, by numbers

```python [4-5|12|18-19|23] snippet="lab:model"
```

----
## A class

```python snippet="lab:Linear" steps="self. | __init__ | return y"
```
"""

PAGE = """\
# The lab

```python snippet="lab:roots" steps="math.sqrt | 2 | second ="
```

```python snippet="lab" steps="show | linear = | import"
```
"""

# --- lines that know where they come from ---------------------------------------------------------------------------


@dataclass
class Line:
    """A line of the snippet, and its number in the original; None if it is new."""

    text: str
    number: int | None = None


Lines = list[Line]
Change = Callable[[Lines], object]


def at(lines: Lines, text: str, nth: int = 0) -> int:
    """The place of a line, found by its text without the indentation."""
    return [place for place, line in enumerate(lines) if line.text.strip() == text][nth]


def block(lines: Lines, first: str, last: str, nth: int = 0) -> Lines:
    """Take lines out, from one text to another."""
    start = at(lines, first, nth)
    end = start + at(lines[start:], last) + 1
    taken = lines[start:end]
    del lines[start:end]
    return taken


def insert(text: str, *, before: str = "", after: str = "", nth: int = 0) -> Change:
    def change(lines: Lines) -> None:
        place = at(lines, before or after, nth) + (0 if before else 1)
        lines[place:place] = [Line(each) for each in text.split("\n")]

    return change


def edit(old: str, new: str, *, only: str = "") -> Change:
    """Replace a text in all lines, or in those that have another text, too."""

    def change(lines: Lines) -> None:
        assert any(old in line.text and only in line.text for line in lines)
        for line in lines:
            if only in line.text:
                line.text = line.text.replace(old, new)

    return change


def swap(one: str, other: str) -> Change:
    def change(lines: Lines) -> None:
        a, b = at(lines, one), at(lines, other)
        lines[a], lines[b] = lines[b], lines[a]

    return change


def move(first: str, last: str, *, before: str) -> Change:
    """Take lines to another place."""

    def change(lines: Lines) -> None:
        taken = block(lines, first, last)
        place = at(lines, before)
        lines[place:place] = [*taken, Line(""), Line("")]

    return change


def indent(first: str, last: str) -> Change:
    def change(lines: Lines) -> None:
        start = at(lines, first)
        for line in lines[start : start + at(lines[start:], last) + 1]:
            line.text = f"    {line.text}" if line.text else ""

    return change


def remove(text: str) -> Change:
    return lambda lines: lines.pop(at(lines, text))


def change(*changes: Change) -> Change:
    return lambda lines: [each(lines) for each in changes]


# --- the changes ----------------------------------------------------------------------------------------------------

MOVED, UNKNOWN, AMBIGUOUS, NO_SELECTOR = (
    Code.STEP_MOVED,
    Code.STEP_UNKNOWN,
    Code.NAME_AMBIGUOUS,
    Code.SELECTOR_UNKNOWN,
)
NUMBERS = {"4-5": MOVED, "12": MOVED, "18-19": MOVED, "23": MOVED}
LOWER = {"18-19": MOVED, "23": MOVED}

CHANGES: dict[str, tuple[Change, dict[str, Code]]] = {
    # names
    "a method is renamed, and a comment has its old name": (
        change(edit("call(", "forward("), edit("forward(3.0)", "forward(3.0)  # call")),
        {"call": MOVED},
    ),
    "a function is renamed": (edit("loss(", "cost("), {"loss": UNKNOWN}),
    "a class is renamed": (
        edit("Linear", "Affine"),
        {"lab:Linear": NO_SELECTOR, "Linear.__init__": UNKNOWN, "call": MOVED, "4-5": MOVED},
    ),
    "a method takes the name of another": (
        change(
            edit("def call(", "def forward("),
            insert("    def call(self, x):\n        return 7.0\n", before="# endregion"),
        ),
        {"call": MOVED, **LOWER},
    ),
    "two functions exchange their names": (
        change(edit("loss(", "cost("), edit("other(", "loss("), edit("cost(", "other(")),
        {"loss": MOVED, "23": MOVED},
    ),
    "a local variable is renamed": (edit("error", "delta"), {"error =": UNKNOWN, **LOWER}),
    "a variable is renamed, and a comment below has its old name": (
        change(edit("linear", "affine"), insert("# linear = one of many", after="print(other(result, 6.0))")),
        {"linear =": MOVED},
    ),
    "a variable is renamed, and a comment in the next line has its old name": (
        change(edit("linear", "affine"), edit("call(3.0)", "call(3.0)  # linear = affine")),
        {"linear =": MOVED},
    ),
    "a region is renamed": (edit("# region show", "# region shown"), {"show": UNKNOWN}),
    "a cell is renamed": (edit("# %% model", "# %% layers"), {"lab:model": NO_SELECTOR}),
    # places
    "two functions are reordered": (
        move("def loss(y, goal):", "return error**2", before="linear = Linear(SCALE, 1.0)"),
        LOWER,
    ),
    "a method is moved up, with its region": (
        move("# region apply", "# endregion", before="def __init__(self, a, b):"),
        {"12": MOVED, **LOWER},
    ),
    "a method comes into another class": (
        insert("\nclass Second:", before="# region apply"),
        {"call": MOVED, "self.": MOVED, "return y": UNKNOWN, "12": MOVED, **LOWER},
    ),
    "a region is moved to other lines": (
        change(
            remove("# region show"),
            lambda lines: lines.pop(at(lines, "# endregion", 1)),
            insert("# region show", before="linear = Linear(SCALE, 1.0)"),
            insert("# endregion", before="print(loss(result, 6.0))"),
        ),
        {"show": MOVED},
    ),
    "two lines are swapped": (swap("first = math.sqrt(16.0)", "limit = 3"), {"2": MOVED}),
    "two lines of one text are swapped": (swap("self.a = a", "self.b = b"), {}),
    "a body is split": (
        change(
            lambda lines: lines.insert(at(lines, "def other(y, goal):"), lines.pop(at(lines, "return error**2"))),
            insert("    return square(error)\n\n\ndef square(error):", before="return error**2"),
        ),
        {"loss": MOVED, **LOWER},
    ),
    # imports
    "an import is inserted at the top": (insert("from math import sqrt", after="import math"), {"import": MOVED}),
    "an import is inserted in the cell": (
        insert("from math import inf", before="SCALE = 2.0"),
        {"1": MOVED, "import": MOVED, **NUMBERS},
    ),
    "an import takes the place of a name": (
        change(edit("math.sqrt(", "sqrt("), insert("from math import sqrt", after="# %% roots")),
        {"math.sqrt": UNKNOWN, "2": MOVED, "import": MOVED},
    ),
    # lines
    "a line is inserted before numbered ones": (insert("OFFSET = 1.0", before="SCALE = 2.0"), {"1": MOVED, **NUMBERS}),
    "a line is inserted between numbered ones": (
        insert("    # a class", after="class Linear:"),
        {**NUMBERS},
    ),
    "a line is inserted after all": (insert("done = True", after="print(first, second, limit)"), {}),
    "a line is inserted in a region": (insert("shown = True", after="print(loss(result, 6.0))"), {}),
    "blank lines are inserted": (insert("\n", before="def loss(y, goal):"), LOWER),
    "a numbered line is removed": (remove('"""y = a x + b"""'), NUMBERS),
    "a line is edited where it stands": (edit("16.0", "8.0 + 8.0"), {}),
    "a line is wrapped": (
        change(edit("math.sqrt(first)", "math.sqrt("), insert("    first\n)", after="second = math.sqrt(")),
        {"math.sqrt": MOVED, "second =": MOVED},
    ),
    "a decorator is added": (insert("@(lambda function: function)", before="def loss(y, goal):"), LOWER),
    "a function is wrapped in an if": (
        change(indent("def loss(y, goal):", "return error**2"), insert("if SCALE:", before="def loss(y, goal):")),
        LOWER,
    ),
    "a class is indented further": (indent('"""y = a x + b"""', "return y + self.b"), {}),
    # more of the same
    "a comment has the text": (
        insert("# math.sqrt is exact here", before="limit = 3"),
        {"math.sqrt": MOVED, "2": MOVED},
    ),
    "a string has the text": (insert('label = "second ="', after="second = math.sqrt(first)"), {"second =": MOVED}),
    "a comment in another cell has the text": (insert("# math.sqrt is needed", after="import math"), {}),
    "a method of the same name stands in another class": (
        insert("class Second:\n    def call(self, x):\n        return x\n\n", before="linear = Linear(SCALE, 1.0)"),
        {"call": AMBIGUOUS},
    ),
    "a function is written again": (
        insert("def loss(y, goal):\n    return (y - goal) ** 2\n\n", before="linear = Linear(SCALE, 1.0)"),
        {"loss": AMBIGUOUS},
    ),
}


# --- the project ----------------------------------------------------------------------------------------------------


def original() -> Lines:
    return [Line(text, number) for number, text in enumerate(SOURCE.split("\n"))]


def write(root: Path, lines: Lines) -> None:
    (root / "snippets/lab/python.py").write_text("\n".join(line.text for line in lines), encoding="utf-8")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it was recorded."""
    root = tmp_path_factory.mktemp("recorded")
    for folder in ("slides", "docs", "snippets/lab"):
        (root / folder).mkdir(parents=True)
    (root / "mkdocs.yml").write_text("site_name: Lab\nplugins:\n  - greenroom\n", encoding="utf-8")
    (root / "slides/talk.md").write_text(TALK, encoding="utf-8")
    (root / "docs/page.md").write_text(PAGE, encoding="utf-8")
    write(root, original())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert run("record") == (0, "")
        assert run("check") == (0, "")
    return root


@pytest.fixture
def project(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to be changed."""
    root = tmp_path / "project"
    shutil.copytree(recorded, root)
    monkeypatch.chdir(root)
    return root


def run(*arguments: str) -> tuple[int, str]:
    """The exit status of a command, and the problems that it tells."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, "\n".join(line for line in result.stderr.split("\n") if "error[" in line)


def fences(loaded: Project) -> Iterator[Fence]:
    """All fences of the project, resolved."""
    for talk in loaded.talks:
        yield from (fence for slide in talk.slides for fence in slide.fences)
    for page in sorted((loaded.root / "docs").glob("*.md")):
        for fence in census.fences(page.read_text(encoding="utf-8"), page.name):
            yield expand(fence, loaded.modules, loaded.recordings)[0]


def shown(loaded: Project, lines: Lines) -> dict[str, set[int | None]]:
    """The original numbers of the lines that each step shows; None stands for new ones."""
    return {
        step.meaning.text: {lines[listing.numbers[line - 1] - 1].number for line in step.lines}
        for fence in fences(loaded)
        for listing in fence.listings
        for step in listing.steps
        if step.meaning
    }


def wrong(loaded: Project) -> dict[str, Code]:
    """What is told, but for outputs that are not recorded yet: the text at the place, and the code."""
    found = {}
    for problem in loaded.problems:
        if problem.code != Code.RECORDING_STALE:
            line = (loaded.root / problem.span.path).read_text(encoding="utf-8").split("\n")[problem.span.line - 1]
            found[re.split(r"[|\]\"]", line[problem.span.col - 1 :])[0].strip()] = Code(problem.code)
    return found


def steps_of(reference: str) -> set[str]:
    """The steps of the fences that show a reference."""
    found = set()
    for line in (TALK + PAGE).split("\n"):
        if f'snippet="{reference}"' in line:
            option = line.partition('steps="')[2].partition('"')[0] or line.partition("[")[2].partition("]")[0]
            found |= {step.strip() for step in option.split("|")}
    return found


@pytest.fixture(scope="module")
def before(recorded: Path) -> dict[str, set[int | None]]:
    """The lines that each step shows when it is recorded."""
    found = shown(build.load(recorded), original())
    assert len(found) == 20
    return found


@pytest.mark.parametrize("name", CHANGES)
def test_no_step_slides(name: str, project: Path, before: dict[str, set[int | None]]) -> None:
    change, expected = CHANGES[name]
    lines = original()
    change(lines)
    write(project, lines)
    hidden = {step for text in expected if text.startswith("lab:") for step in steps_of(text)}

    def look() -> None:
        loaded = build.load(project)
        assert wrong(loaded) == expected
        now = shown(loaded, lines)
        for step in before.keys() - expected.keys() - hidden:
            assert now[step] - {None} == before[step], step
            if None in now[step]:
                assert step in ("call", "apply", "loss", "show"), "only what has a name may grow"

    look()
    assert run("record")[0] == (MOVED in expected.values())
    look()


# --- changes at random ----------------------------------------------------------------------------------------------


def at_random(choice: random.Random, lines: Lines) -> Lines:
    """The lines with one of them gone, copied, exchanged or under a comment, or with some of them elsewhere."""
    changed = list(lines)
    here, there = choice.randrange(len(lines)), choice.randrange(len(lines))
    match choice.randrange(5):
        case 0:
            del changed[here]
        case 1:
            changed.insert(here, Line(lines[there].text))
        case 2:
            changed[here], changed[there] = changed[there], changed[here]
        case 3:
            changed.insert(here, Line(f"# {lines[there].text.strip()}"))
        case _:
            taken = changed[here : here + 4]
            del changed[here : here + 4]
            changed[there:there] = taken
    return changed


@pytest.mark.parametrize("seed", range(4))
def test_no_step_slides_in_many_small_changes(seed: int) -> None:
    talk, _ = parse(TALK, "slides/talk.md")
    walks = [fence for slide in talk.slides for fence in slide.fences] + list(census.fences(PAGE, "docs/page.md"))
    choice, lines = random.Random(seed), original()
    recorded: dict[tuple[str, str], Meaning] = {}
    named: dict[tuple[str, str], list[str]] = {}
    kept = told = 0

    for _ in range(30):
        module = scanned(lines)
        recordings = {module.path: Recording(module.path, "", (), (), steps=tuple(recorded.values()))}
        for fence in walks:
            expanded, problems = expand(fence, {("lab", "python"): module}, recordings if recorded else {})
            told += len(problems)
            wrong = {re.search("`(.+?)`", problem.fact)[1] for problem in problems}
            for listing in expanded.listings:
                content = [line.strip() for line in listing.code.split("\n")]
                for step in listing.steps:
                    if step.meaning is None or step.meaning.text in wrong:
                        continue
                    kept += 1
                    key = step.meaning.selector, step.meaning.text
                    says = sorted(content[line - 1] for line in step.lines)
                    lost = [line for line in named.get(key, ()) if line not in says]
                    if step.meaning.kind in ("text", "lines"):
                        assert says == named.get(key, says)
                    assert not [line for line in lost if line in content and re.search(r"\w", line)]
                    recorded[key], named[key] = step.meaning, says  # as `greenroom record` does
        changed = at_random(choice, lines)
        while not scanned(changed).parsed:
            changed = at_random(choice, lines)
        lines = changed if choice.random() < 0.7 else original()

    assert kept > 100
    assert told > 20


def scanned(lines: Lines) -> Module:
    text = "\n".join(line.text for line in lines)
    return scan(text, "snippets/lab/python.py", "lab", "python")[0]


# --- recording steps ------------------------------------------------------------------------------------------------


def recording(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "snippets/lab/recordings/python.json").read_text(encoding="utf-8"))
    return found


def walked(root: Path) -> set[str]:
    """The steps that are recorded."""
    return {each["step"] for each in recording(root).get("steps", {}).get("walked", ())}


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may run."""

    def engine(*_: object, **__: object) -> None:
        raise AssertionError("something runs")

    monkeypatch.setattr("greenroom.record.engine.Engine", engine)


@pytest.mark.usefixtures("no_engine")
def test_a_new_step_is_recorded_and_nothing_runs_for_it(project: Path) -> None:
    talk, before = project / "slides/talk.md", recording(project)
    rewrite(talk, 'steps="none | 1 |', 'steps="none | abs( | 1 |')
    assert run("check") == (
        1,
        "slides/talk.md:3:45: error[step-unrecorded]: "
        "what the step `abs(` means in snippets/lab/python.py is not recorded",
    )
    assert run("record") == (0, "")
    assert run("check") == (0, "")
    after = recording(project)
    assert after.pop("steps") != before.pop("steps")
    assert after == before


@pytest.mark.usefixtures("no_engine")
def test_a_step_that_is_no_more_is_forgotten_unless_other_mistakes_may_hide_it(project: Path) -> None:
    rewrite(project / "slides/talk.md", " | loss |", " |")
    rewrite(project / "docs/page.md", "lab:roots", "lab:root")
    assert run("record") == (0, "")
    assert walked(project) >= {"loss", "second ="}
    rewrite(project / "docs/page.md", "lab:root", "lab:roots")
    assert run("record") == (0, "")
    assert "loss" not in walked(project)
    assert "second =" in walked(project)
    (project / "slides/talk.md").unlink()
    (project / "docs/page.md").unlink()
    assert run("record") == (0, "")
    assert "steps" not in recording(project)


@pytest.mark.usefixtures("no_engine")
def test_what_is_recorded_stays_byte_for_byte(project: Path) -> None:
    file = project / "snippets/lab/recordings/python.json"
    before = file.read_bytes(), file.stat().st_mtime_ns
    assert run("record") == (0, "")
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_step_that_moved_is_accepted_by_name_only(project: Path) -> None:
    lines = original()
    insert("# math.sqrt is exact here", after="limit = 3")(lines)
    write(project, lines)
    told = (
        1,
        "docs/page.md:3:38: error[step-moved]: "
        "the step `math.sqrt` means something else in snippets/lab/python.py than was recorded:",
    )
    assert run("record") == told
    assert run("record") == told
    assert run("record", "lab/python") == told
    assert run("record", "--check") == told
    result = CliRunner().invoke(main, ["record", "--accept"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"accepted: {told[1].replace(' error[step-moved]:', '')}\n    then: 2 lines\n")
    assert run("check") == (0, "")


def test_a_step_that_is_named_anew_needs_no_accepting(project: Path) -> None:
    lines = original()
    insert("OFFSET = 1.0", before="SCALE = 2.0")(lines)
    write(project, lines)
    rewrite(project / "slides/talk.md", "none | 1 |", "none | SCALE = |")
    rewrite(project / "slides/talk.md", "[4-5|12|18-19|23]", "[5-6|13|19-20|24]")
    assert run("record") == (0, "")
    assert run("check") == (0, "")
    assert not walked(project) & {"1", "4-5"}


def test_a_step_says_what_it_meant_and_what_it_means(project: Path) -> None:
    lines = original()
    change(insert("OFFSET = 1.0", before="SCALE = 2.0"), edit("def loss(", "def cost("))(lines)
    edit("print(loss(", "print(cost(", only="")(lines)
    insert("# a loss", after="# region show")(lines)
    insert("# math.sqrt", after="limit = 3")(lines)
    write(project, lines)
    told = {
        re.search("`(.+?)`", problem.fact)[1]: [line.strip() for line in [*problem.fact.split("\n")[1:], problem.hint]]
        for problem in build.load(project).problems
        if problem.code == MOVED
    }
    accept = "if it is right as it is, `greenroom record --accept` takes it"
    assert told["1"] == [
        "then: SCALE = 2.0",
        "now:  OFFSET = 1.0",
        f"a text, such as `SCALE = 2.0`, or a symbol moves with its lines, and a number does not; {accept}",
    ]
    assert told["loss"] == [
        "then: the symbol `loss`",
        "now:  the text `loss`: # a loss",
        f"`cost` has its lines now; {accept}",
    ]
    assert told["math.sqrt"][:2] == ["then: 2 lines", "now:  3 lines; new: # math.sqrt"]
    assert told["23"][:2] == ["then: error = y - goal", "now:  def other(y, goal):"]


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (edit("loss(", "penalty("), "did you mean `penalty`? It has its lines now"),
        (edit("# region show", "# region printed"), "did you mean `printed`? It has its lines now"),
    ],
)
def test_a_new_name_is_known_by_its_lines(change: Change, hint: str, project: Path) -> None:
    lines = original()
    change(lines)
    write(project, lines)
    assert [each.hint for each in build.load(project).problems if each.code == UNKNOWN] == [hint]


def test_lines_that_leave_a_symbol_are_told() -> None:
    code = "def a():\n    x = 1\n    y = 2\n\ndef b():\n    pass"
    old = drift.meaning("cell", "a", "symbol", "a", code, (1, 2, 3))
    new = drift.meaning("cell", "a", "symbol", "a", code.replace("    y = 2\n", "") + "\n    y = 2", (1, 2))
    assert drift.moved(old, new)
    assert drift.described(old, new) == ("the symbol `a`, with: y = 2", "the symbol `a`, without: y = 2")


def test_each_framework_has_its_own_recording_and_its_own_alternative() -> None:
    texts = {"tf2": "# %% a\ncall()\nx = 1\n", "pytorch": "# %% a\nforward()\nx = 1\n"}
    fence = parse('```python snippet="two:a" steps="call || forward"\n```\n', "slides/a.md")[0].slides[0].fences[0]

    def modules(**changed: str) -> dict[tuple[str, str], Module]:
        both = {**texts, **changed}
        return {("two", each): scan(both[each], f"snippets/two/{each}.py", "two", each)[0] for each in both}

    listings = expand(fence, modules(), {})[0].listings
    recordings = {
        each.path: Recording(each.path, "", (), (), steps=tuple(step.meaning for step in each.steps if step.meaning))
        for each in listings
    }
    assert [each.steps[0].name for each in recordings.values()] == ["call", "forward"]
    assert expand(fence, modules(), recordings)[1] == ()
    problems = expand(fence, modules(pytorch="# %% a\nforward()\nx = 1  # as call\n"), recordings)[1]
    assert [each.code for each in problems] == [MOVED, UNKNOWN]
    assert "snippets/two/pytorch.py" in problems[0].fact
    assert "then: the text `forward`: forward()\n    now:  the text `call`: x = 1  # as call" in problems[0].fact


def test_parts_of_the_modules_record_the_steps_of_all(project: Path) -> None:
    (project / "snippets/more").mkdir()
    (project / "snippets/more/python.py").write_text("# %% one\nx = 1\n", encoding="utf-8")
    rewrite(project / "docs/page.md", 'lab:roots" steps="', 'lab:roots" steps="limit | ')
    assert run("record", "--shard", "2/2") == (0, "")
    assert "limit" not in walked(project)
    assert run("record", "--shard", "1/2") == (0, "")
    assert "limit" in walked(project)
    assert (project / "snippets/more/recordings/python.json").exists()


def test_an_edited_step_is_a_damaged_recording(project: Path) -> None:
    rewrite(project / "snippets/lab/recordings/python.json", "> SCALE = 2.0", "> SCALE = 3.0")
    assert [problem.code for problem in build.load(project).problems] == [Code.RECORDING_DAMAGED]


def test_steps_do_not_bear_on_what_runs(project: Path) -> None:
    rewrite(project / "slides/talk.md", " | loss |", " |")
    modules = tuple(build.scan(project)[1].values())
    assert record.outdated(project, modules) == ()
    assert record.why(project, modules[0]) == ()


def test_a_lone_deck_and_plain_fences_need_no_recording(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("## A\n\n```python [1|2]\nx\ny\n```\n", encoding="utf-8")
    assert run("deck", str(tmp_path / "a.md"), "-o", str(tmp_path / "out")) == (0, "")
