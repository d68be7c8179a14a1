"""How mistakes are told, and that each kind of them is explained."""

import re
from pathlib import Path

from greenroom.model import Problem, Span
from greenroom.problems import Code, nearest, report

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
CASES = ROOT / "tests" / "cases" / "errors"


def test_problems_are_told_in_the_order_of_their_places_and_once():
    first = Problem(Span("a.md", 2, 3), Code.MATH, "fact", "hint")
    second = Problem(Span("a.md", 10), Code.CONFIG, "fact", "hint")
    third = Problem(Span("b.md", 1), Code.CONFIG, "fact", "hint")
    assert report([third, second, first, second]) == (
        "a.md:2:3: error[math]: fact\n  hint: hint\n"
        "a.md:10:1: error[config]: fact\n  hint: hint\n"
        "b.md:1:1: error[config]: fact\n  hint: hint"
    )
    assert report([]) == ""


def test_the_nearest_name_is_suggested_or_all_there_are():
    assert nearest("taep", ["tape", "type", "layer"]) == "did you mean `tape`?"
    assert nearest("x", ["tape", "layer", "tape"]) == "there are: `layer`, `tape`"
    assert nearest("x", []) == "there are none"


def test_codes_are_words_with_hyphens_and_members_are_named_after_them():
    for code in Code:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert code.name == code.value.replace("-", "_").upper()


def test_the_page_of_the_codes_has_them_all_and_no_others():
    headings = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)
    assert sorted(headings) == sorted(Code)


def test_the_page_gives_each_code_its_meaning_and_a_message_that_was_really_told():
    for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        code = section.split("`")[1]
        prose, *example = section.partition("\n## ")[0].split("\n    ")
        assert len(prose.split()) > 8, code
        expected = CASES / code / "expected.txt"
        if expected.exists():
            message = "\n".join(example).rstrip()
            assert f"error[{code}]" in message
            assert message in expected.read_text(encoding="utf-8")
