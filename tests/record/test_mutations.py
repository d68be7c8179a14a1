"""Whatever changes a result is caught, and whatever cannot change one makes nothing run again."""

from __future__ import annotations

import ast
import io
import random
import shutil
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenroom import build, record
from greenroom.record import compare, key, store
from greenroom.record.engine import Engine

if TYPE_CHECKING:
    from tests.record.conftest import Project

    from greenroom.model import Cell, Module, Output, Problem

Mutate = Callable[[str, str, str], tuple["Module", tuple["Module", ...]]]

ROOT = Path(__file__).parents[2]

MODULE = '''
"""Means, and what they do not say."""
import csv
import math
import sys

import numpy as np

import _helper

# the values of a small sample
values = [1.0, 2.0, 6.0]

# %% mean parity="mean"
mean = _helper.mean(values)  # the middle
print("mean:", mean)

# %% table data="values.csv"
with open("snippets/a/values.csv") as file:
    rows = [float(row[0]) for row in csv.reader(file)]
print(sum(rows))

# %% array
array = np.arange(6.0).reshape(2, 3) / 4
array

# %% shape
print(array.shape, array.dtype)

# %% digits
print(f"{math.pi:.4f}", 3 * 7)

# %% text
print(
    "one",
    'two',
    sep="\\n",
)

# %% warned
print("careful", file=sys.stderr)

# %% plot alt="A line through three points"
import matplotlib.pyplot as plt
plt.plot([1, 2, 3], [2.0, 3.0, 2.0], "o-", color="C0")
plt.title("Means")
None

# %% image alt="A square of colours"
plt.figure(figsize=(2, 2))
_ = plt.imshow(np.eye(3), cmap="viridis")
'''

ERROR = """
values = [1.0, 2.0, 6.0]
# %% fails raises="ValueError"
if len(values) > 2:
    raise ValueError(f"no more than {len(values) - 1} values")
# %% after
print("after")
"""

HELPER = '''
"""What lessons share."""


def mean(values):
    return sum(values) / len(values)
'''

DATA = "1\n2\n4\n"

PLACES = {"error.py": "snippets/error/python.py", "talk.md": "slides/talk.md"}

CHANGES = [
    ("python.py", "6.0]", "6.1]"),
    ("python.py", "_helper.mean(values)  #", "_helper.mean(values[:2])  #"),
    ("python.py", '"mean:"', '"Mean:"'),
    ("python.py", "print(sum(rows))", "print(sum(rows) + 0.01)"),
    ("python.py", "arange(6.0)", "arange(6.0, dtype=np.float32)"),
    ("python.py", "reshape(2, 3) / 4", "reshape(3, 2) / 4"),
    ("python.py", "/ 4\n", "/ 5\n"),
    ("python.py", "array.dtype)", "array.ndim)"),
    ("python.py", ":.4f}", ":.3f}"),
    ("python.py", "3 * 7", "3 * 8"),
    ("error.py", "no more than", "no fewer than"),
    ("error.py", "raise ValueError(", "raise UnicodeError("),
    ("error.py", 'raises="ValueError"', 'raises="LookupError"'),
    ("python.py", '    "one",\n', '    "One",\n'),
    ("python.py", "file=sys.stderr", "file=sys.stdout, end=''"),
    ("python.py", "[2.0, 3.0, 2.0]", "[2.0, 3.1, 2.0]"),
    ("python.py", '"o-"', '"s-"'),
    ("python.py", 'color="C0"', 'color="C1"'),
    ("python.py", 'title("Means")', 'title("Moans")'),
    ("python.py", "np.eye(3)", "np.eye(3) * [[1], [1], [0.5]]"),
    ("python.py", "viridis", "magma"),
    ("_helper.py", "/ len(values)", "/ (len(values) - 1)"),
    ("values.csv", "4\n", "5\n"),
]

HARMLESS = [
    ("python.py", "Means, and what they do not say.", "The mean, and what it hides."),
    ("python.py", "# the values of a small sample\n", ""),
    ("python.py", "# the values of", "# These are the values of"),
    ("python.py", "  # the middle", ""),
    ("python.py", "_helper.mean(values)  #", "_helper.mean( values )  #"),
    ("python.py", "import csv\nimport math\nimport sys\n", "import sys\nimport math\nimport csv\n"),
    ("python.py", "import csv\nimport math\n", "import csv, math\n"),
    ("python.py", "[1.0, 2.0, 6.0]", "[\n    1.0,\n    2.0,\n    6.0,\n]"),
    ("python.py", 'print("mean:", mean)', "print('mean:', mean)"),
    ("python.py", '    "one",\n    \'two\',\n    sep="\\n",\n', '"one", "two", sep="\\n"'),
    ("python.py", 'alt="A line through three points"', 'alt="A line"'),
    ("python.py", "# %% digits", '# %% digits rtol="1e-5" atol="0"'),
    ("python.py", "# %% text", "# %% [markdown]\n# Texts.\n\n# %% text"),
    ("python.py", "# %% plot", "\n\n\n# %% plot"),
    ("python.py", "    rows = [float(row[0])", "  rows = [float(row[0])"),
    ("python.py", "3 * 7)", "(3 * 7))"),
    ("python.py", "# %% shape\n", "# %% shape\n# region shape\n"),
    ("_helper.py", "What lessons share.", "What all lessons share."),
    ("_helper.py", "def mean(values):\n", "def mean(values):  # of numbers\n    # a fraction\n"),
    ("_helper.py", "sum(values) / len(values)", "(sum(values) / len(values))"),
    ("error.py", 'print("after")', "print('after')  # the error"),
    ("error.py", "# %% after", "\n# A comment below the error.\n\n# %% after"),
    ("error.py", "values = [1.0, 2.0, 6.0]", "values = [1.0,2.0,6.0]  # three"),
    ("talk.md", "Means", "Averages"),
    ("talk.md", "```python snippet", "Words.\n\n```python snippet"),
    ("notes.txt", "", "what nobody reads"),
]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is recorded."""
    root = tmp_path_factory.mktemp("mutations").resolve()
    (root / "snippets/a").mkdir(parents=True)
    (root / "slides").mkdir()
    (root / "mkdocs.yml").write_text("plugins: [greenroom]\n", encoding="utf-8")
    (root / "slides/talk.md").write_text('# Means\n\n```python snippet="a:mean"\n```\n', encoding="utf-8")
    for name, text in (("python.py", MODULE), ("_helper.py", HELPER), ("values.csv", DATA), ("notes.txt", "x")):
        (root / "snippets/a" / name).write_text(text.lstrip("\n"), encoding="utf-8")
    (root / "snippets/error").mkdir()
    (root / "snippets/error/python.py").write_text(ERROR.lstrip("\n"), encoding="utf-8")
    _, modules, problems = build.scan(root)
    assert problems == ()
    with Engine(root) as engine:
        done = record.record(engine, root, "snippets", tuple(modules.values()), tuple(modules.values()))
    assert [problem.code for problem in done.problems] == ["parity-alone"]
    assert len(done.written) == 2
    return root


@pytest.fixture(scope="module")
def warm(original: Path) -> Iterator[Engine]:
    """An engine for all mutations of the project, which are made in its own folder."""
    with Engine(original) as engine:
        yield engine


@pytest.fixture
def mutate(original: Path) -> Iterator[Mutate]:
    """Change a file of the project until the test is over, and read the module anew."""
    before: dict[Path, str] = {}

    def change(name: str, old: str, new: str) -> tuple[Module, tuple[Module, ...]]:
        lesson = "error" if name == "error.py" else "a"
        file = original / PLACES.get(name, f"snippets/a/{name}")
        before[file] = file.read_text(encoding="utf-8")
        assert old in before[file]
        file.write_text(before[file].replace(old, new, 1), encoding="utf-8")
        _, modules, problems = build.scan(original)
        assert problems == () or "region" in new
        return modules[lesson, "python"], tuple(modules.values())

    yield change
    for file, text in before.items():
        file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("name", "old", "new"), CHANGES)
def test_a_changed_result_is_caught(
    original: Path, warm: Engine, mutate: Mutate, name: str, old: str, new: str
) -> None:
    module, modules = mutate(name, old, new)
    before = (original / store.place(module.path)).read_bytes()
    assert "recording-stale" in {problem.code for problem in record.load(original, "snippets", modules)[1]}
    assert record.why(original, module) != ()
    done = record.record(warm, original, "snippets", modules, [module])
    assert {problem.code for problem in done.problems} & {"recording-differs", "run-raised"}
    assert done.written == ()
    assert (original / store.place(module.path)).read_bytes() == before


@pytest.mark.parametrize(("name", "old", "new"), HARMLESS)
def test_a_harmless_edit_makes_nothing_run_again(original: Path, mutate: Mutate, name: str, old: str, new: str) -> None:
    module, modules = mutate(name, old, new)
    assert record.outdated(original, modules) == ()
    assert record.why(original, module) == ()


# --- the recordings of the project's own talk -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the talk's snippets."""
    root = tmp_path_factory.mktemp("talk").resolve()
    shutil.copytree(ROOT / "snippets", root / "snippets")
    shutil.copy(ROOT / "mkdocs.yml", root)
    return root


@pytest.fixture(scope="module")
def modules(talk: Path) -> tuple[Module, ...]:
    _, found, problems = build.scan(talk)
    assert problems == ()
    return tuple(found.values())


def compared(root: Path, modules: tuple[Module, ...]) -> list[tuple[Module, Cell, Output]]:
    """All outputs of the talk that are compared."""
    found = []
    for module in modules:
        recording, _ = store.read(root, module)
        assert recording is not None
        sources, _ = record.trace(root, module)
        cells = zip(sources.cells, recording.outputs, strict=True)
        found += [(module, cell, output) for cell, output in cells if cell.option("output") != "any" and output.text]
    return found


def changed_number(text: str, choose: random.Random) -> str:
    """The text with one of its numbers changed by a thousandth, or by one if it is whole."""
    number = choose.choice(list(compare._NUMBER.finditer(text)))
    new = str(int(number[0]) + 1) if number[0].isdecimal() else repr(float(number[0]) * 1.001 + 1e-5)
    return text[: number.start()] + new + text[number.end() :]


@pytest.mark.parametrize("seed", range(20))
def test_a_number_of_a_recording_that_is_changed_is_caught(talk: Path, modules: tuple[Module, ...], seed: int) -> None:
    choose = random.Random(seed)
    numbers = [each for each in compared(talk, modules) if compare._NUMBER.search(each[2].stdout)]
    module, cell, output = choose.choice(numbers)
    wrong = replace(output, stdout=changed_number(output.stdout, choose))
    found: list[Problem] = list(compare.compare(module.path, cell, wrong, output, "greenroom record"))
    assert [problem.code for problem in found] == ["recording-differs"], (module.path, cell.name)
    assert (found[0].span.path, found[0].span.line) == (module.path, max(cell.header, 1))


@pytest.mark.parametrize("seed", range(20))
def test_a_recording_that_is_edited_is_damaged(talk: Path, modules: tuple[Module, ...], seed: int) -> None:
    choose = random.Random(seed)
    module = choose.choice(modules)
    files = sorted((talk / store.place(module.path)).parent.glob(f"{module.framework}[.-]*"))
    file = choose.choice(files)
    before = file.read_bytes()
    places = [place for place, byte in enumerate(before) if chr(byte).isalnum()]
    place = choose.choice(places)
    file.write_bytes(before[:place] + (b"7" if before[place] != ord("7") else b"3") + before[place + 1 :])
    try:
        _, problem = store.read(talk, module)
        assert problem is not None
        assert problem.code == "recording-damaged"
        assert record.load(talk, "snippets", [module])[1] != ()
    finally:
        file.write_bytes(before)


@pytest.mark.parametrize("seed", range(20))
def test_a_number_of_a_snippet_that_is_changed_makes_it_stale(
    talk: Path, modules: tuple[Module, ...], seed: int
) -> None:
    choose = random.Random(seed)
    module = choose.choice(modules)
    text = "\n".join(module.lines) + "\n"
    numbers = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.NUMBER and token.string.isdecimal()
    ]
    if not numbers:
        numbers = [
            token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.NAME
        ]
    token = choose.choice(numbers)
    line, col = token.start
    lines = list(module.lines)
    new = str(int(token.string) + 1) if token.string.isdecimal() else f"{token.string}_"
    lines[line - 1] = lines[line - 1][:col] + new + lines[line - 1][col + len(token.string) :]
    assert outdated(talk, module, lines)


@pytest.mark.parametrize("seed", range(20))
def test_a_comment_or_another_layout_makes_no_snippet_of_the_talk_stale(
    talk: Path, modules: tuple[Module, ...], seed: int
) -> None:
    choose = random.Random(seed)
    unmoved = []
    for module in modules:
        recording, _ = store.read(talk, module)
        assert recording is not None
        if not key.shown(recording.outputs, [module.path]):
            unmoved.append(module)
    module = choose.choice(unmoved)
    tree = ast.parse("\n".join(module.lines))
    lines = list(module.lines)
    for line in sorted({node.lineno for node in tree.body[1:]}, reverse=True):
        if choose.random() < 0.5 and not lines[line - 1].startswith(("@", "class", "def")):
            lines.insert(line - 1, choose.choice(["", "# a comment", "# another, with 3 numbers: 1 2 3"]))
    assert not outdated(talk, module, [*lines, "# the end"])


def outdated(root: Path, module: Module, lines: list[str]) -> bool:
    """Whether a module of these lines would run again."""
    file = root / module.path
    before = file.read_bytes()
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        _, found, _ = build.scan(root, {module.lesson})
        changed = found[module.lesson, module.framework]
        return record.unsettled(root, [changed]) != () and record.outdated(root, [changed]) != ()
    finally:
        file.write_bytes(before)


# --- the real frameworks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("framework", "text", "old", "new"),
    [
        ("tf2", "import tensorflow as tf\n# %% x\nprint(tf.ones([2, 3]) * 0.5)\n", "0.5", "0.501"),
        ("tf2", "import tensorflow as tf\n# %% x\nprint(tf.ones([2, 3]) * 0.5)\n", "[2, 3]", "[3, 2]"),
        ("tf2", "import tensorflow as tf\n# %% x raises='E'\n".replace("'E'", '"InvalidArgumentError"')
         + "tf.ones([2, 3]) @ tf.ones([2, 3])\n", "tf.ones([2, 3]) @", "tf.ones([2, 4]) @"),
        ("pytorch", "import torch\n# %% x\nprint(torch.ones(2, 3) * 0.5)\n", "0.5", "0.501"),
        ("pytorch", "import torch\n# %% x\nprint(torch.ones(2, 3).double())\n", ".double()", ""),
        ("pytorch", 'import torch\n# %% x raises="RuntimeError"\ntorch.ones(2, 3) @ torch.ones(2, 3)\n',
         "torch.ones(2, 3) @", "torch.ones(2, 4) @"),
    ],
)  # fmt: skip
def test_a_changed_result_of_a_framework_is_caught(
    engine: Engine, shared: Project, framework: str, text: str, old: str, new: str
) -> None:
    module = shared.write(text, framework)
    done = record.record(engine, shared.root, "snippets", [module], [module])
    assert (done.problems, done.written) == ((), (module.path,))
    changed = shared.write(text.replace(old, new, 1), framework, module.lesson)
    done = record.record(engine, shared.root, "snippets", [changed], [changed])
    assert [problem.code for problem in done.problems] == ["recording-differs"]
    assert done.written == ()
