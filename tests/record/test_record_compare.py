"""Which differences between a recorded output and a new one are seen."""

from __future__ import annotations

import pytest

from greenroom.model import Cell, Figure, Output, Raised, Value
from greenroom.record import compare

CELL = Cell("tape", 3, 9, header=2)
SVG = '<svg><path id="m0123456789" d="M 1.001 20 L 3 4"/><use href="#m0123456789"/></svg>'


def differences(old: Output, new: Output, cell: Cell = CELL) -> list[str]:
    found = compare.compare("snippets/a/tf2.py", cell, old, new, "greenroom record a/tf2")
    assert all(problem.code == "recording-differs" for problem in found)
    assert all((problem.span.path, problem.span.line) == ("snippets/a/tf2.py", 2) for problem in found)
    return [problem.fact for problem in found]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss 0.12345", "loss 0.12346"),
        ("[0.6 0.8]", "[0.60000002 0.8]"),
        ("tensor([1.0e-07, -0.0])", "tensor([1.1e-07, 0.0])"),
        ("nan -inf", "nan -inf"),
        ("[ 9.99999 10.]", "[10.      10.]"),
    ],
)
def test_numbers_may_differ_by_the_tolerance(old: str, new: str) -> None:
    assert differences(Output("tape", stdout=old, value=old), Output("tape", stdout=new, value=new)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss 0.1234", "loss 0.1235"),
        ("loss 0.5", "Loss 0.5"),
        ("epoch 3", "epoch 4"),
        ("100000", "100001"),
        ("-100000", "-100001"),
        ("1", "1.0"),
        ("shape=(2, 2)", "shape=(2, 2, 1)"),
        ("float32", "float64"),
        ("nan", "0.0"),
        ("a b", "a\nb"),
        ("inf", "1e308"),
    ],
)
def test_everything_else_must_be_the_same(old: str, new: str) -> None:
    assert len(differences(Output("tape", stdout=old), Output("tape", stdout=new))) == 1
    assert len(differences(Output("tape", value=old), Output("tape", value=new))) == 1


def test_a_cell_may_set_the_tolerance() -> None:
    cell = Cell("tape", 3, 9, header=2, options=(("rtol", "0.1"),))
    assert differences(Output("tape", stdout="1.0"), Output("tape", stdout="1.05"), cell) == []
    assert differences(Output("tape", stdout="1.0"), Output("tape", stdout="1.2"), cell)


def test_a_cell_may_leave_its_output_out() -> None:
    cell = Cell("tape", 3, 9, header=2, options=(("output", "any"),))
    assert differences(Output("tape", stdout="3 ms"), Output("tape", stdout="4 ms"), cell) == []


def test_a_difference_is_shown_with_its_lines() -> None:
    (fact,) = differences(Output("tape", stdout="a\nb\nc\nd\n"), Output("tape", stdout="a\nb\nx\nd\n"))
    assert fact == (
        "`tape` prints something else than was recorded:\n    @@ -2,3 +2,3 @@\n     b\n    -c\n    +x\n     d"
    )


def test_a_long_difference_is_cut() -> None:
    (fact,) = differences(Output("tape", stdout="a\n" * 50), Output("tape", stdout="b\n" * 50))
    assert fact.endswith("lines more")
    assert fact.count("\n") < 30


def test_errors_are_compared_by_type_and_message() -> None:
    old = Output("tape", raised=Raised("ValueError", "no 1", 3, "Traceback …"))
    assert differences(old, Output("tape", raised=Raised("ValueError", "no 1", 3, "another traceback"))) == []
    assert differences(old, Output("tape", raised=Raised("TypeError", "no 1", 3, "Traceback …")))
    assert differences(old, Output("tape", raised=Raised("ValueError", "no 2", 3, "Traceback …")))
    assert differences(old, Output("tape"))


def figure(text: str) -> Output:
    return Output("tape", figures=(Figure("tf2-tape-1.svg", "", text.encode()),))


@pytest.mark.parametrize(
    "new",
    [SVG.replace("1.001", "1.002"), SVG.replace("0123456789", "abcdef0123"), SVG.replace("M 1.001", "M 1.0013")],
)
def test_what_nobody_sees_in_a_picture_is_no_difference(new: str) -> None:
    assert new != SVG
    assert differences(figure(SVG), figure(new)) == []


@pytest.mark.parametrize("new", [SVG.replace("1.001", "1.1"), SVG.replace("L", "M"), SVG.replace("3 4", "3 4 5")])
def test_what_is_seen_in_a_picture_is_a_difference(new: str) -> None:
    assert len(differences(figure(SVG), figure(new))) == 1


def test_rasters_are_compared_byte_by_byte() -> None:
    old, new = (Output("tape", figures=(Figure("tf2-tape-1.png", "", data),)) for data in (b"1", b"2"))
    assert differences(old, old) == []
    assert len(differences(old, new)) == 1


def test_a_figure_more_is_a_difference() -> None:
    assert differences(Output("tape"), figure(SVG)) == ["`tape` draws 1 figures where 0 were recorded"]


def test_values_are_compared() -> None:
    old = Output("tape", values=(Value("x", "float32", (2,), (0.1, 0.2)),))
    near = Output("tape", values=(Value("x", "float32", (2,), (0.1000001, 0.2)),))
    far = Output("tape", values=(Value("x", "float32", (2,), (0.11, 0.2)),))
    wide = Output("tape", values=(Value("x", "float64", (2,), (0.1, 0.2)),))
    assert differences(old, near) == []
    assert len(differences(old, far)) == len(differences(old, wide)) == len(differences(old, Output("tape"))) == 1
