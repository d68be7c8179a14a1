"""Notebooks hold what was recorded, and give the same when they run, with nothing beside them."""

from __future__ import annotations

import ast
import asyncio
import copy
import json
import re
from dataclasses import replace
from pathlib import Path

import jupytext
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbformat import NotebookNode

from greenroom import build, record
from greenroom.model import Cell, Figure, Module, Output, Raised, Recording
from greenroom.notebooks import Script, of_module
from greenroom.record.compare import ATOL, RTOL, same_picture, same_text
from greenroom.record.engine import Engine
from greenroom.record.mask import mask

ROOT = Path(__file__).parents[1]

FILES: dict[str, str | bytes] = {
    "mkdocs.yml": "site_name: T\nplugins: [greenroom]\n",
    "docs/index.md": "# T\n",
    "snippets/numbers.txt": "3\n5\n",
    "snippets/raw.bin": b"\x00\xff\r\n",
    "snippets/first/_helper.py": 'NAME = "first"\n',
    "snippets/second/_helper.py": 'NAME = "second"\n',
    "snippets/first/python.py": '''\
"""It *counts*."""

# %% [markdown]
# Some prose
# in two lines.

# %% setup data="../numbers.txt ../raw.bin"
import random
from pathlib import Path

from _helper import NAME

here = Path(__file__).parent
numbers = [int(line) for line in (here.parent / "numbers.txt").read_text().split()]
raw = (here.parent / "raw.bin").read_bytes()
count = 0

# %% one
# region step
count += 1
# endregion
print(NAME, count, numbers, raw, round(random.random(), 3))

# %% fails raises="ZeroDivisionError"
count / 0

# %% two
count += 1
{"count": count, "words": ["a rather long word"] * 9}

# %% unseen
print("never shown")
''',
    "snippets/second/python.py": """\
import asyncio
import random

from _helper import NAME

count = 100

# %% start
print(NAME, count, "numbers" in globals(), round(random.random(), 3))


# %% later
async def twice(number):
    return 2 * number


print(asyncio.run(twice(21)))
""",
    "snippets/both/tf2.py": "# %% make\nx = 1\n",
    "snippets/both/pytorch.py": "# %% make\nx = 2\n",
    "snippets/both/python.py": "# %% make\nx = 3\n",
    "slides/t.md": """\
---
title: Two programs
author: A & B
---
# Two programs

Costs $5, or $x_1$. <!-- .element: class="fragment" -->

![A *picture*](p.png)

---
## The first

```python snippet="first:one" captions="It starts" steps="count"
```

* then [here](https://example.org/a) or [there](#/last)

Note: It `counts`.

----
### The second

```python snippet="second:start"
```

----
### The first once more

```python snippet="first:two"
```

----
### A part of it

```python snippet="first:step"
```

----
### Side by side

```python snippet="both:make"
```

----
<!-- .slide: id="last" -->
### One of them

```python snippet="both/pytorch:make" echo="false"
```

```sh illustrative="no code"
ls
```
""",
    "slides/p.png": b"\x89PNG\r\n\x1a\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> build.Project:
    """A project of two programs with the same names, one of which has files to read; the others are not recorded."""
    root = tmp_path_factory.mktemp("project")
    for path, content in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    settings, modules, problems = build.scan(root)
    assert not problems
    chosen = tuple(module for module in modules.values() if module.lesson != "both")
    with Engine(root) as engine:
        done = record.record(engine, root, settings.snippets, tuple(modules.values()), chosen)
    assert not done.problems
    return build.load(root)


@pytest.fixture(scope="module")
def books(project: build.Project) -> dict[str, NotebookNode]:
    """The notebooks of that project, which are valid."""
    return {path: read(text) for path, text in build.notebooks(project).items()}


@pytest.fixture(scope="module")
def talk() -> build.Project:
    """The project of this repository."""
    return build.load(ROOT)


@pytest.fixture(scope="module")
def texts(talk: build.Project) -> dict[str, str]:
    return build.notebooks(talk)


def read(text: str) -> NotebookNode:
    book = nbformat.reads(text, 4)
    nbformat.validate(book)
    return book


def source(book: NotebookNode, name: str) -> str:
    return next(cell.source for cell in book.cells if cell.id == name)


def ids(book: NotebookNode) -> list[str]:
    return [cell.id for cell in book.cells]


# --- what is in them ------------------------------------------------------------------------------------------------


def test_there_is_one_for_each_module_and_for_each_framework_of_a_talk(books):
    assert sorted(books) == [
        "snippets/both-python.ipynb",
        "snippets/both-pytorch.ipynb",
        "snippets/both-tf2.ipynb",
        "snippets/first-python.ipynb",
        "snippets/second-python.ipynb",
        "talks/t-pytorch.ipynb",
        "talks/t-tf2.ipynb",
    ]


def test_a_module_is_its_cells_in_order_with_its_prose(books):
    book = books["snippets/first-python.ipynb"]
    files = ["file-snippets-first-_helper-py", "file-snippets-numbers-txt", "file-snippets-raw-bin"]
    assert ids(book) == ["title", "prepare", *files, "prose", "setup", "one", "fails", "two", "unseen"]
    assert book.cells[0].source.startswith(
        "# first: Python\n\nIt *counts*.\n\n`snippets/first/python.py`, recorded with Python"
    )
    assert source(book, "prose") == "Some prose\nin two lines."
    assert source(book, "one").startswith("count += 1\nprint(")
    assert book.metadata.title == "first: Python"
    assert book.metadata.kernelspec.name == "python3"


def test_what_was_recorded_is_the_output(books):
    book = books["snippets/first-python.ipynb"]
    one, fails, two = (next(cell for cell in book.cells if cell.id == name) for name in ("one", "fails", "two"))
    assert one.outputs[0].text == "first 1 [3, 5] b'\\x00\\xff\\r\\n' 0.844\n"
    assert fails.metadata.tags == ["raises-exception"]
    assert (fails.outputs[0].ename, fails.outputs[0].evalue) == ("ZeroDivisionError", "division by zero")
    assert fails.outputs[0].traceback[0].startswith("Traceback")
    assert two.outputs[0].output_type == "execute_result"
    assert two.outputs[0].execution_count == two.execution_count
    assert two.outputs[0].data["text/plain"].startswith("{'count': 2, 'words': ['a rather long word', ")


def a_script(text: str, **recorded) -> Script:
    lines = tuple(text.split("\n"))
    module = Module(
        "snippets/a/python.py", "a", "python", lines, (Cell("draw", 2, len(lines), 1, (("alt", "A <line>"),)),)
    )
    return Script(
        module, Recording(module.path, "", (("python", "3.12.1"), ("sklearn", "1.9")), (Output("draw", **recorded),))
    )


def test_pictures_are_described_in_words_wherever_that_is_looked_for():
    figures = (
        Figure("a-1.svg", "A <line>", b'<?xml?>\n<svg width="1"></svg>'),
        Figure("a-2.png", "A <line>", b"\x89PNG"),
    )
    book = read(of_module(a_script("# %% draw\nplot()", figures=figures)))
    svg, png = book.cells[-1].outputs
    assert svg.data["image/svg+xml"] == '<?xml?>\n<svg role="img" aria-label="A &lt;line&gt;" width="1"></svg>'
    assert png.data["image/png"] == "iVBORw=="
    for output, kind in ((svg, "image/svg+xml"), (png, "image/png")):
        assert output.data["text/plain"] == "A <line>"
        assert output.metadata[kind]["alt"] == "A <line>"


def test_packages_are_installed_where_they_are_missing_and_as_they_were_recorded():
    script = a_script("# %% draw\nplot()")
    imports = ("json", "numpy.linalg", "PIL.Image", "sklearn")
    book = read(of_module(replace(script, recording=replace(script.recording, imports=imports))))
    install = source(book, "install")
    assert '"PIL": "pillow",\n    "numpy": "numpy",\n    "sklearn": "scikit-learn==1.9",\n' in install
    assert "json" not in install
    assert book.metadata.language_info.version == "3.12.1"
    assert "install" not in ids(read(of_module(a_script("# %% draw\nprint(1)"))))


def test_a_module_that_asks_for_its_docstring_keeps_it():
    lines = '"""Said."""\n\nprint(__doc__)'
    module = Module("snippets/a/python.py", "a", "python", tuple(lines.split("\n")), (Cell("", 1, 3),))
    assert source(read(of_module(Script(module, None))), "begin") == lines


def test_names_become_ids_that_are_fit_and_unique():
    lines = ("# %% größe", "1", "# %%", "2", "# %%", "3", f"# %% {'n' * 90}", "4")
    cells = tuple(Cell(name, 2 * n, 2 * n, 2 * n - 1) for n, name in enumerate(("größe", "", "", "n" * 90), 1))
    book = read(of_module(Script(Module("snippets/a/python.py", "a", "python", lines, cells), None)))
    assert ids(book)[2:] == ["gr-e", "begin", "begin-2", "n" * 60]


def test_a_talk_has_its_prose_in_order_and_the_code_of_one_framework(books):
    book = books["talks/t-tf2.ipynb"]
    files = [name for name in ids(book) if name.startswith("file-")]
    assert len(files) == 4
    assert [name for name in ids(book) if name not in files] == [
        *("title", "prepare", "slide-two-programs", "slide-the-first"),
        *("program-first-python", "first-python-setup", "first-python-one", "slide-the-first-2"),
        *("slide-the-second", "program-second-python", "second-python-begin", "second-python-start"),
        *("slide-the-first-once-more", "program-first-python-2"),
        *("first-python-setup-2", "first-python-one-2", "first-python-fails", "first-python-two"),
        *("slide-a-part-of-it", "slide-side-by-side", "program-both-tf2", "both-tf2-make", "slide-last"),
    ]
    assert source(book, "title").startswith("# Two programs\n\nA & B\n\nThe code of this talk with TensorFlow")
    opening = next(cell for cell in book.cells if cell.id == "slide-two-programs")
    assert opening.source == "Costs \\$5, or $x_1$.\n\n![A picture](<attachment:p.png>)"
    assert opening.attachments == {"p.png": {"image/png": "iVBORw0KGgo="}}
    assert source(book, "slide-the-first") == "## The first"
    assert source(book, "slide-the-first-2") == (
        "1. It starts\n\n- then [here](<https://example.org/a>) or there\n\nIt `counts`."
    )


def test_what_runs_for_others_is_folded_and_what_ran_above_is_shown(books):
    book = books["talks/t-tf2.ipynb"]
    folded = [cell.id for cell in book.cells if cell.metadata.get("jupyter", {}).get("outputs_hidden")]
    assert folded == ["first-python-setup-2", "first-python-one-2"]
    assert source(book, "slide-a-part-of-it") == "### A part of it\n\n```python\ncount += 1\n```"
    assert source(book, "slide-last") == "### One of them\n\nPyTorch:\n\n```python\nx = 2\n```\n\n```sh\nls\n```"
    other = books["talks/t-pytorch.ipynb"]
    assert source(other, "both-pytorch-make") == "x = 2"
    assert source(other, "slide-last") == "### One of them\n\n```sh\nls\n```"


def test_notebooks_of_the_talk_are_valid_and_all_their_code_is(texts):
    for path, text in texts.items():
        book = read(text)
        assert len(set(ids(book))) == len(book.cells)
        for cell in book.cells:
            if cell.cell_type == "code":
                ast.parse(TransformerManager().transform_cell(cell.source), f"{path}: {cell.id}")


def test_jupytext_reads_the_same_cells_in_the_modules(talk, texts):
    """But for the docstring, which is prose, and the markers of regions."""
    for (lesson, framework), module in talk.modules.items():
        book = jupytext.reads(
            "\n".join(module.lines), {"extension": ".py", "format_name": "percent", "comment_magics": False}
        )
        marker = re.compile(r"(?m)^[ ]*# (?:end)?region.*\n?")
        theirs = [marker.sub("", cell.source).strip("\n") for cell in book.cells]
        own = read(texts[f"snippets/{lesson}-{framework}.ipynb"]).cells
        mine = [
            cell.source
            for cell in own
            if cell.id not in ("title", "install", "prepare") and not cell.id.startswith("file-")
        ]
        docstring = ast.get_docstring(ast.parse("\n".join(module.lines)))
        if docstring:
            theirs[0] = re.sub(r'^"""(?s:.*?)"""\n*', "", theirs[0])
        assert [cell for cell in theirs if cell] == mine


def test_the_same_project_gives_the_same_bytes(talk, texts):
    assert build.notebooks(replace(talk)) == texts
    assert build.notebooks(build.load(ROOT)) == texts


# --- that they run --------------------------------------------------------------------------------------------------

CHOSEN = (
    *(f"snippets/{lesson}-python.ipynb" for lesson in ("datasets", "ladders", "papers", "ranks", "which_library")),
    *("snippets/workflows-python.ipynb", "snippets/draft/gradients-tf2.ipynb", "snippets/tensors-pytorch.ipynb"),
)
"""Of the talk's modules: those without a framework, and one of each."""

OWN = ("snippets/first-python.ipynb", "snippets/second-python.ipynb", "talks/t-tf2.ipynb", "talks/t-pytorch.ipynb")
CLASH = "talks/t-tf2.ipynb without %program"


@pytest.fixture(scope="module")
def ran(
    texts: dict[str, str], books: dict[str, NotebookNode], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[NotebookNode, NotebookNode | Exception]]:
    """Each notebook as it was made, and what came of running it in an empty folder; two ran at a time."""
    clash = copy.deepcopy(books["talks/t-tf2.ipynb"])
    clash.cells = [cell for cell in clash.cells if not cell.source.startswith("%program snippets/second")]
    made = {path: books[path] for path in OWN} | {path: read(texts[path]) for path in CHOSEN} | {CLASH: clash}

    async def run(book: NotebookNode, turn: asyncio.Semaphore) -> NotebookNode:
        done = copy.deepcopy(book)
        folder = tmp_path_factory.mktemp("run")
        async with turn:
            await NotebookClient(done, timeout=300, resources={"metadata": {"path": str(folder)}}).async_execute()
        assert list(folder.iterdir()) == []
        return done

    async def run_all() -> list[NotebookNode | BaseException]:
        turn = asyncio.Semaphore(2)
        return await asyncio.gather(*(run(book, turn) for book in made.values()), return_exceptions=True)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        done = asyncio.run(run_all())
    return {path: (book, after) for (path, book), after in zip(made.items(), done, strict=True)}


def differing(before: NotebookNode, after: NotebookNode | Exception) -> list[str]:
    """The ids of the cells that gave something else, up to what recordings tolerate."""
    if isinstance(after, Exception):
        raise after
    assert ids(before) == ids(after)
    pairs = zip(before.cells, after.cells, strict=True)
    return [
        old.id
        for old, new in pairs
        if old.cell_type == "code"
        and old.id != "prepare"
        and not is_same(old, new)
        and old.metadata.get("output") != "any"
    ]


def is_same(old: NotebookNode, new: NotebookNode) -> bool:
    was, now = said(old.outputs), said(new.outputs)
    tolerances = float(old.metadata.get("rtol", RTOL)), float(old.metadata.get("atol", ATOL))
    if not all(same_text(before, after, *tolerances) for before, after in zip(was, now, strict=True)):
        return False
    drawn, drawn_now = pictures(old.outputs), pictures(new.outputs)
    return len(drawn) == len(drawn_now) and all(map(same_picture, drawn, drawn_now))


def said(outputs: list[NotebookNode]) -> tuple[str, str, str]:
    """What is printed, the value and the error, without what only the machine put in, and the places of code."""
    printed = "".join(each.text for each in outputs if each.output_type == "stream")
    value = "".join(each.data["text/plain"] for each in outputs if each.output_type == "execute_result")
    errors = [f"{each.ename.rpartition('.')[2]}: {each.evalue}" for each in outputs if each.output_type == "error"]
    text = [re.sub(r'File "[^"]*", line \d+', "File", mask(each, ROOT)) for each in (printed, value, "\n".join(errors))]
    return text[0], text[1], text[2]


def pictures(outputs: list[NotebookNode]) -> list[Figure]:
    drawn = [each.data["image/svg+xml"] for each in outputs if each.output_type == "display_data"]
    return [Figure("x.svg", "", re.sub(r'role="img" aria-label="[^"]*" ', "", svg).encode()) for svg in drawn]


@pytest.mark.parametrize("path", [*OWN, *CHOSEN])
def test_a_notebook_runs_as_it_is_and_gives_what_was_recorded(ran, path):
    assert differing(*ran[path]) == []


def test_without_the_line_between_programs_they_disturb_each_other(ran):
    """So the comparison finds what is different, and the line does what it is there for."""
    assert "second-python-start" in differing(*ran[CLASH])


def test_an_error_that_is_not_expected_is_told_by_its_type():
    raised = Raised("KeyError", "'a'", 2, 'Traceback …\nKeyError: "a"')
    text = of_module(a_script("# %% draw\nplot()", raised=raised))
    (output,) = json.loads(text)["cells"][-1]["outputs"]
    assert (output["output_type"], output["ename"], output["traceback"][-1]) == ("error", "KeyError", 'KeyError: "a"')
