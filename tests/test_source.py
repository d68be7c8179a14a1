"""What `scan` finds in a snippet module, and what it refuses."""

import random
import re
import sysconfig
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from greenroom.model import Block, Module
from greenroom.problems import Code
from greenroom.source import scan

PATH = "snippets/x/tf2.py"


def module(text: str) -> Module:
    found, problems = scan(text, PATH, "x", "tf2")
    assert problems == ()
    return found


def mistakes(text: str, framework: str = "tf2") -> list[tuple[str, int, int]]:
    """Code, line and column of each problem."""
    _, problems = scan(text, PATH, "x", framework)
    for problem in problems:
        assert problem.span.path == PATH
        assert problem.fact
        assert problem.hint
    return [(problem.code, problem.span.line, problem.span.col) for problem in sorted(problems)]


def lines(blocks: tuple[Block, ...]) -> dict[str, tuple[int, int]]:
    names = [block.name for block in blocks]
    assert len(names) == len(set(names))
    return {block.name: (block.first, block.last) for block in blocks}


# --- cells ----------------------------------------------------------------------------------------------------------


def test_a_cell_goes_up_to_the_next_header():
    found = module('"""Doc."""\nimport os\n\n# %% one\na = 1\n\n# %% two parity="a"\nb = 2\n')
    assert lines(found.cells) == {"": (1, 3), "one": (5, 6), "two": (8, 8)}
    assert [cell.header for cell in found.cells] == [0, 4, 7]
    assert found.hidden == {4, 7}


def test_a_module_without_headers_is_one_cell_without_a_name():
    assert lines(module("a = 1\nb = 2").cells) == {"": (1, 2)}


def test_blank_lines_before_the_first_header_are_no_cell():
    assert lines(module("\n\n# %% one\na = 1\n").cells) == {"one": (4, 4)}


def test_headers_without_a_name_make_cells_that_run():
    found = module("# %%\na = 1\n#%%\nb = 2\n")
    assert [(cell.name, cell.first, cell.last) for cell in found.cells] == [("", 2, 2), ("", 4, 4)]


def test_cells_of_prose_are_hidden_and_are_no_cells():
    text = (
        '# %% one\na = 1\n# %% [markdown]\n# Some *prose*.\n"""Or so."""\n# %% two [md]\n# More.\n# %% three\nb = 2\n'
    )
    found = module(text)
    assert lines(found.cells) == {"one": (2, 2), "three": (9, 9)}
    assert found.hidden == {1, 3, 4, 5, 6, 7, 8}


def test_a_header_has_options():
    header = (
        '# %% tape parity="a, b" rtol="1e-5" atol="0" raises="torch.jit.Error" output="any" alt="A líne" data="x.csv"'
    )
    cell = module(f"{header}\na = b = 1\n").cells[0]
    assert cell.name == "tape"
    assert cell.option("parity") == "a, b"
    assert cell.option("alt") == "A líne"
    assert cell.option("none") is None


@pytest.mark.parametrize(
    ("header", "code", "col"),
    [
        ('# %% a rtol="x"', Code.OPTION_VALUE, 14),
        ('# %% a rtol="-1"', Code.OPTION_VALUE, 14),
        ('# %% a atol="nan"', Code.OPTION_VALUE, 14),
        ('# %% a atol="inf"', Code.OPTION_VALUE, 14),
        ('# %% a parity="b c()"', Code.OPTION_VALUE, 16),
        ('# %% a parity=""', Code.OPTION_VALUE, 16),
        ('# %% a output="all"', Code.OPTION_VALUE, 16),
        ('# %% a raises="Type Error"', Code.OPTION_VALUE, 16),
        ('# %% a alt=" "', Code.OPTION_VALUE, 13),
        ('# %% a alt="x" rtoll="1"', Code.OPTION_UNKNOWN, 16),
        ('# %% a alt="x" alt="y"', Code.OPTION_TWICE, 16),
        ("# %% a title", Code.CELL_HEADER, 8),
        ('# %% a alt = "x"', Code.CELL_HEADER, 8),
        ("# %% a alt='x'", Code.CELL_HEADER, 8),
        ('# %% a alt="x"rtol="1"', Code.CELL_HEADER, 8),
        ("# %% a.b", Code.CELL_HEADER, 6),
        ("# %%% a", Code.CELL_HEADER, 5),
        ("# %% [code]", Code.CELL_HEADER, 1),
    ],
)
def test_a_wrong_header_is_told_with_its_place(header, code, col):
    assert mistakes(f"{header}\nx = 1\n") == [(code, 1, col)]


def test_an_option_that_is_nearly_right_is_suggested():
    _, problems = scan('# %% a rtoll="1"\nx = 1\n', PATH, "x", "tf2")
    assert [problem.hint for problem in problems] == ["did you mean `rtol`?"]


def test_an_indented_header_is_refused_since_editors_do_not_see_it():
    assert mistakes("# %% a\nif True:\n    # %% b\n    x = 1\n") == [(Code.CELL_HEADER, 3, 5)]


def test_empty_cells_and_modules_are_refused():
    assert mistakes("# %% a\n\n# %% b\nx = 1\n# %% c\n# region d\n# endregion\n") == [
        (Code.CELL_EMPTY, 1, 1),
        (Code.CELL_EMPTY, 5, 1),
        (Code.REGION_EMPTY, 6, 1),
    ]
    assert mistakes("\n\n") == [(Code.CELL_EMPTY, 1, 1)]


def test_a_cell_of_comments_is_not_empty():
    assert lines(module("# %% a\n# Why.\n").cells) == {"a": (2, 2)}


def test_two_cells_of_one_name_are_refused():
    assert mistakes("# %% a\nx = 1\n# %% a\nx = 2\n") == [(Code.NAME_TWICE, 3, 1)]


def test_a_statement_stays_in_its_cell():
    assert mistakes("# %% a\ndef f():\n    x = 1\n# %% b\n    return x\n") == [(Code.CELL_CROSSED, 4, 1)]
    assert mistakes("# %% a\nx = [\n# %% b\n1]\n") == [(Code.CELL_CROSSED, 3, 1)]


def test_code_in_a_cell_of_prose_is_refused():
    assert mistakes("# %% [markdown]\n# Prose.\nx = 1\n") == [(Code.CELL_PROSE, 3, 1)]


# --- regions --------------------------------------------------------------------------------------------------------


def test_regions_of_both_kinds_nest():
    found = module(
        "# %% a\n# region outer\nx = 1\n    # --8<-- [start:inner]\ny = 2\n# --8<-- [end:inner]\n#region last\nz = 3\n"
        "#endregion\n# endregion outer\n"
    )
    assert lines(found.regions) == {"outer": (3, 9), "inner": (5, 5), "last": (8, 8)}
    assert found.hidden == {1, 2, 4, 6, 7, 9, 10}


def test_regions_lie_in_functions():
    found = module("# %% a\nclass A:\n    def f(self):\n        # region body\n        return 1\n        # endregion\n")
    assert lines(found.regions) == {"body": (5, 5)}


def test_sections_may_overlap_as_pymdown_lets_them():
    found = module("# --8<-- [start:a]\nx = 1\n# --8<-- [start:b]\ny = 1\n# --8<-- [end:a]\nz = 1\n# --8<-- [end:b]\n")
    assert lines(found.regions) == {"a": (2, 4), "b": (4, 6)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n# region a\ny = 2\n", [(Code.REGION_UNCLOSED, 2, 1)]),
        ("x = 1\n# --8<-- [start:a]\ny = 2\n# endregion\n", [(Code.REGION_UNCLOSED, 2, 1), (Code.REGION_END, 4, 1)]),
        ("x = 1\n  # endregion a\n", [(Code.REGION_END, 2, 3)]),
        ("x = 1\n# region a\ny = 2\n# endregion b\n", [(Code.REGION_UNCLOSED, 2, 1), (Code.REGION_END, 4, 1)]),
        ("x = 1\n# region a\n\n# endregion\n", [(Code.REGION_EMPTY, 2, 1)]),
        ("x = 1\n# region\ny = 2\n# endregion\n", [(Code.REGION_MARKER, 2, 1), (Code.REGION_END, 4, 1)]),
        ("# region of interest\nx = 1\n", [(Code.REGION_MARKER, 1, 1)]),
        ("x = 1  # --8<-- [start:a]\n", [(Code.REGION_MARKER, 1, 8)]),
        ("# --8<-- [start:a] b\nx = 1\n", [(Code.REGION_MARKER, 1, 1)]),
        ("# --8<-- [start:]\nx = 1\n", [(Code.REGION_MARKER, 1, 1)]),
        ("# region a\nx = 1\n# endregion\n# region a\nx = 1\n# endregion\n", [(Code.NAME_TWICE, 4, 1)]),
        ("# %% a\n# region r\nx = 1\n# %% b\ny = 1\n# endregion\n", [(Code.CELL_CROSSED, 2, 1)]),
    ],
)
def test_a_wrong_region_is_told_with_its_place(text, expected):
    assert mistakes(text) == expected


def test_comments_that_only_begin_like_markers_are_comments():
    text = "x = 1  # region of interest\n# regional\n# region-wise means\n# %d %%\n# -->8<--\ny = 2\n"
    assert module(text).hidden == set()


def test_markers_in_strings_are_text():
    text = 'a = """\n# %% b\n# region c\n"""\nd = "# %% e"\n'
    found = module(text)
    assert lines(found.cells) == {"": (1, 5)}
    assert found.hidden == set()


# --- symbols --------------------------------------------------------------------------------------------------------


def test_functions_classes_and_methods_are_symbols():
    found = module(
        "class Linear:\n"
        "    class Config:\n"
        "        def make(self): ...\n"
        "    async def call(self):\n"
        "        def inner():\n"
        "            return 1\n"
        "        return inner()\n"
        "def outer(): return 1\n"
        "async def wait():\n"
        "    await x\n"
    )
    assert lines(found.symbols) == {
        "Linear": (1, 7),
        "Linear.Config": (2, 3),
        "Linear.Config.make": (3, 3),
        "Linear.call": (4, 7),
        "Linear.call.inner": (5, 6),
        "outer": (8, 8),
        "wait": (9, 10),
    }


def test_decorators_and_the_comments_above_belong_to_their_symbol():
    found = module(
        "x = 1\n"
        "# far\n"
        "\n"
        "# near\n"
        "# nearer\n"
        "@decorate(\n"
        "    1,\n"
        ")\n"
        "# between\n"
        "@(\n"
        "    other\n"
        ")\n"
        "def f():\n"
        "    pass\n"
        "    # of f\n"
        "def g():\n"
        "    # region r\n"
        "    # not of h\n"
        "    pass\n"
        "    # endregion\n"
        "    # of h\n"
        "    def h(): ...\n"
    )
    assert lines(found.symbols) == {"f": (4, 14), "g": (16, 22), "g.h": (21, 22)}


def test_a_decorator_in_brackets_of_its_own_begins_at_its_sign():
    assert lines(module("@(\n    f\n)\ndef g():\n    pass\n").symbols) == {"g": (1, 5)}


def test_markers_above_a_symbol_are_not_its_comments():
    found = module("# %% a\n# region r\n# of f\ndef f():\n    pass\n# endregion\n")
    assert lines(found.symbols) == {"f": (3, 5)}
    assert lines(module("# %% a\ndef f():\n    pass\n").symbols) == {"f": (2, 3)}


def test_what_stands_in_a_branch_belongs_to_what_is_around():
    found = module(
        "if a:\n    def f(): ...\nelse:\n    class G:\n        try:\n            def h(self): ...\n"
        "        except E:\n            def i(self): ...\nmatch a:\n    case 1:\n        def j(): ...\n"
        "with a:\n    for b in a:\n        while b:\n            def k(): ...\n"
    )
    assert set(lines(found.symbols)) == {"f", "G", "G.h", "G.i", "j", "k"}


def test_overloads_and_accessors_that_follow_each_other_are_one_symbol():
    found = module(
        "@overload\ndef f(a: int): ...\n@typing.overload\ndef f(a: str): ...\ndef f(a):\n    return a\n"
        "class A:\n    @property\n    def x(self): ...\n\n    # write\n    @x.setter\n    def x(self, v): ...\n"
        "    @x.deleter\n    def x(self): ...\n    def y(self): ...\n"
    )
    assert lines(found.symbols) == {"f": (1, 6), "A": (7, 16), "A.x": (8, 15), "A.y": (16, 16)}


@pytest.mark.parametrize(
    "text",
    [
        "def f(): ...\ndef f(): ...\n",
        "if a:\n    def f(): ...\nelse:\n    def f(): ...\n",
        "@overload\ndef f(): ...\nx = 1\ndef f(): ...\n",
        "@f.register\ndef f(): ...\n@f.register\ndef f(): ...\n",
    ],
)
def test_a_name_that_is_defined_twice_is_there_twice(text):
    assert [symbol.name for symbol in module(text).symbols] == ["f", "f"]


def test_assignments_of_the_module_are_apart():
    found = module(
        "# the size\nN = 3\na = b = 1\nc: int = 2\nd: int\ne, f = 1, 2\ng.h = 1\ni += 1\n"
        "j = lambda: 0; k = [\n    1,\n]\nif a:\n    m = 1\n"
    )
    assert lines(found.assignments) == {"N": (1, 2), "a": (3, 3), "b": (3, 3), "c": (4, 4), "j": (9, 9), "k": (9, 11)}
    assert found.symbols == ()


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_are_counted_as_python_counts_them(end, mark):
    text = mark + end.join(["# %% ä", "x = 'é\x0b\x1c\u2028'", "\x0c", "def ƒ():", "\treturn 'ü'  # %%", ""])
    found = module(text)
    assert found.lines == ("# %% ä", "x = 'é\x0b\x1c\u2028'", "\x0c", "def ƒ():", "\treturn 'ü'  # %%")
    assert lines(found.cells) == {"ä": (2, 5)}
    assert lines(found.symbols) == {"ƒ": (4, 5)}


def test_a_module_that_is_not_python_keeps_its_cells_and_regions():
    text = "# %% a\nx = 1\n# %% b\n# region r\ndef f(:\n# endregion\n# %% c\ny = 2\n"
    found, problems = scan(text, PATH, "x", "tf2")
    assert [(problem.code, problem.span.line, problem.span.col) for problem in problems] == [(Code.MODULE_SYNTAX, 5, 7)]
    assert lines(found.cells) == {"a": (2, 2), "b": (4, 6), "c": (8, 8)}
    assert lines(found.regions) == {"r": (5, 5)}
    assert not found.parsed
    assert found.symbols == found.assignments == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('# %% a\nx = """\n# %% b\ny = 2\n', 2),
        ("# %% a\nx = (\n# %% b\ny = 2\n", 2),
        ("# %% a\nif x:\n        y = 1\n    z = 1\n# %% b\ny = 2\n", 4),
        ("# %% a\nx = 'é\n# %% b\ny = 2\n", 2),
        ("# %% a\nx = ?\n# %% b\ny = 2\n", 2),
        ("# %% a\nreturn 1\n# %% b\ny = 2\n", 2),
        ("# %% a\nx = '\0'\n# %% b\ny = 2\n", None),
        ("# %% a\n(\0\n\0x\n# %% b\ny = 2\n", None),
        ("# %% a\nx = " + "(" * 300 + ")" * 300 + "\n# %% b\ny = 2\n", None),
        ("# %% a\nx = " + "-" * 20_000 + "1\n# %% b\ny = 2\n", None),
    ],
)
def test_whatever_is_wrong_the_headers_are_found(text, line):
    found, problems = scan(text, PATH, "x", "tf2")
    assert [problem.code for problem in problems] == [Code.MODULE_SYNTAX]
    assert line in (problems[0].span.line, None)
    assert [cell.name for cell in found.cells] == ["a", "b"]


def test_python_own_warnings_are_not_told():
    assert lines(module("x = '\\d'\nassert (x, 'y')\n").cells) == {"": (1, 2)}


@pytest.mark.parametrize(
    ("framework", "hint"),
    [
        ("torch", "name it `pytorch.py`"),
        ("tensorflow", "name it `tf2.py`"),
        ("pytroch", "did you mean `pytorch`?"),
        ("jax", "there are: `python`, `pytorch`, `tf2`"),
    ],
)
def test_a_file_is_named_after_its_framework(framework, hint):
    _, problems = scan("x = 1\n", PATH, "x", framework)
    assert [(problem.code, problem.hint) for problem in problems] == [(Code.FRAMEWORK_NAME, hint)]


def test_a_wrong_option_is_told_and_goes_no_further():
    found, _ = scan('# %% a rtol="x" rtoll="1" atol="1" atol="2"\nx = 1\n', PATH, "x", "tf2")
    assert found.cells[0].options == (("atol", "1"),)


def test_text_and_comments_are_told_apart_in_all_of_pythons_own_library():
    """A module is read statement by statement; what Python's tokenizer finds in the whole is the measure."""
    chance = random.Random(1)
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    read = 0
    for file in chance.sample(files, 60):
        text = "\n".join(_with_regions(file.read_text(encoding="utf-8"), chance))
        found, problems = scan(text, PATH, "x", "tf2")
        if Code.MODULE_SYNTAX in [problem.code for problem in problems]:
            continue  # a marker came after a line that goes on
        inside, markers = set(), set()
        for token in tokenize.generate_tokens(StringIO(text).readline):
            if token.type == tokenize.COMMENT and re.fullmatch(r"# (region|endregion) \w+", token.string):
                markers.add(token.start[0])
            elif token.string.strip():
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
        assert (found.inside, found.hidden) == (inside, markers), file
        read += 1
    assert read > 40


def _with_regions(text: str, chance: random.Random) -> Iterator[str]:
    for number, line in enumerate(text.expandtabs().split("\n")):
        yield line
        if chance.random() < 0.05:
            yield f"# region r{number}"
            yield f"# endregion r{number}"
