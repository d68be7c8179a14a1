"""Whether frameworks agree, and what is said when they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from greenroom.model import Cell, Module, Output, Problem, Recording, Value
from greenroom.record import parity

X = Value("x", "float32", (2, 2), (1.0, 2.0, 3.0, 4.0))


def module(framework: str, options: str = 'parity="x"', cell: str = "tape") -> Module:
    given = tuple(tuple(each.split("=")) for each in options.replace('"', "").split())
    header = Cell(cell, 3, 4, header=2, options=given)
    return Module(f"snippets/a/{framework}.py", "a", framework, ("",) * 4, (Cell("", 1, 1), header))


def recording(framework: str, value: Value | None) -> Recording:
    output = Output("tape", values=(value,) if value else ())
    return Recording(f"snippets/a/{framework}.py", "key", (), (Output(""), output))


def hold(
    first: Value, second: Value, *, options: Sequence[str] = ('parity="x"', 'parity="x"')
) -> tuple[dict[str, Recording], tuple[Problem, ...]]:
    modules = [module("pytorch", options[1]), module("tf2", options[0])]
    recordings = [recording("pytorch", second), recording("tf2", first)]
    return parity.hold(modules, {each.path: each for each in recordings})


@pytest.mark.parametrize(
    "second",
    [
        X,
        Value("x", "float64", (2, 2), (1.000009, 2.0, 3.0, 4.0)),
        Value("x", "float32", (2, 2), (1.0, 2.0, 3.0, 4.00003)),
    ],
)
def test_what_agrees_is_recorded_with_both(second: Value) -> None:
    recordings, problems = hold(X, second)
    assert problems == ()
    for path in ("snippets/a/tf2.py", "snippets/a/pytorch.py"):
        (result,) = recordings[path].outputs[1].parity
        assert (result.name, result.frameworks, result.rtol, result.atol) == ("x", ("tf2", "pytorch"), 1e-5, 1e-7)
        assert result.difference == max(abs(a - b) for a, b in zip(X.data, second.data, strict=True))
        assert recordings[path].outputs[0].parity == ()


def test_a_disagreement_shows_both_and_the_first_index() -> None:
    recordings, (problem,) = hold(X, Value("x", "float32", (2, 2), (1.0, 2.0, 3.5, 5.0)))
    assert (str(problem.span), problem.code) == ("snippets/a/pytorch.py:2:1", "parity-differs")
    assert problem.fact == (
        "`x` disagrees, first at [1, 0], in 2 of 4 numbers:"
        "\n    TensorFlow  1.0  2.0  3.0  4.0\n    PyTorch     1.0  2.0  3.5  5.0"
    )
    assert problem.hint.startswith("the largest difference is 1, allowed is 1e-07 + 1e-05 of the value")
    assert recordings["snippets/a/tf2.py"].outputs[1].parity[0].difference == 1.0


def test_of_large_arrays_the_numbers_around_the_first_difference_are_shown() -> None:
    first = Value("x", "int64", (100,), tuple(range(100)))
    second = Value("x", "int32", (100,), tuple(number if number != 50 else 0 for number in range(100)))
    _, (problem,) = hold(first, second)
    assert "\n    TensorFlow  … 46  47  48  49  50  51  52  53 …\n" in problem.fact


@pytest.mark.parametrize(
    "second",
    [
        Value("x", "float32", (4,), X.data),
        Value("x", "float32", (2, 2, 1), X.data),
        Value("x", "int32", (2, 2), (1, 2, 3, 4)),
        Value("x", "complex64", (2, 2), ("(1+0j)", "(2+0j)", "(3+0j)", "(4+0j)")),
        Value("x", "bool", (2, 2), (True, True, True, True)),
    ],
)
def test_shape_and_kind_must_be_the_same(second: Value) -> None:
    _, (problem,) = hold(X, second)
    assert problem.code == "parity-shape"


@pytest.mark.parametrize(
    ("numbers", "agree"),
    [
        ((math.nan, math.inf), True),
        ((math.nan, -math.inf), False),
        ((0.0, math.inf), False),
        ((math.nan, math.nan), False),
        ((math.nan, 0.0), False),
    ],
)
def test_what_is_no_number_agrees_with_its_like_alone(numbers: tuple[float, float], agree: bool) -> None:
    first = Value("x", "float32", (2,), (math.nan, math.inf))
    _, problems = hold(first, Value("x", "float32", (2,), numbers))
    assert (problems == ()) is agree


def test_whole_numbers_must_be_equal() -> None:
    first, second = (Value("x", "int64", (), (number,)) for number in (269322, 269323))
    assert hold(first, first)[1] == ()
    assert [problem.code for problem in hold(first, second)[1]] == ["parity-differs"]
    assert hold(first, second, options=['parity="x" atol="1"', 'parity="x"'])[1] == ()


def test_complex_numbers_are_compared() -> None:
    first = Value("x", "complex64", (), ("(1+2j)",))
    assert hold(first, Value("x", "complex128", (), ("(1+2.00001j)",)))[1] == ()
    assert hold(first, Value("x", "complex64", (), ("(1-2j)",)))[1] != ()


def test_either_header_may_widen_the_tolerance() -> None:
    second = Value("x", "float32", (2, 2), (1.01, 2.0, 3.0, 4.0))
    assert hold(X, second, options=['parity="x" rtol="0.1"', 'parity="x"'])[1] == ()
    assert hold(X, second, options=['parity="x"', 'parity="x" atol="0.1"'])[1] == ()
    assert hold(X, second, options=['parity="x"', 'parity="x" atol="0.001"'])[1] != ()


def test_a_value_that_the_other_cell_does_not_name_is_a_problem() -> None:
    _, problems = hold(X, X, options=['parity="x,y"', 'parity="x"'])
    assert [(problem.code, problem.span.path) for problem in problems] == [("parity-alone", "snippets/a/tf2.py")]
    assert problems[0].hint == 'add `y` to `parity="…"` there'


def test_a_cell_that_no_other_framework_has_is_a_problem() -> None:
    modules = [module("tf2"), module("pytorch", "", "other")]
    _, (problem,) = parity.hold(modules, {})
    assert problem.code == "parity-alone"
    assert "no other one of the lesson has a cell `tape`" in problem.fact


def test_a_missing_recording_is_not_a_disagreement() -> None:
    held, problems = parity.hold([module("tf2"), module("pytorch")], {"snippets/a/tf2.py": recording("tf2", X)})
    assert problems == ()
    assert held["snippets/a/tf2.py"].outputs[1].parity == ()
