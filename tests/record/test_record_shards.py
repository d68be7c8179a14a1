"""Dividing the modules among machines that know nothing of each other."""

from __future__ import annotations

import random

import pytest

from greenroom.model import Module
from greenroom.record import shards

LESSONS = [f"lesson{number:02}" for number in range(28)]
MODULES = [
    Module(f"snippets/{lesson}/{framework}.py", lesson, framework, ())
    for lesson in LESSONS
    for framework in ("tf2", "pytorch", "python")
]
SECONDS = {module.path: 0.1 + number % 7 / 2 for number, module in enumerate(MODULES)}


def divided(parts: int, modules=MODULES, seconds=SECONDS) -> list[tuple[Module, ...]]:
    return [shards.shard(modules, seconds, part, parts) for part in range(1, parts + 1)]


def takes(part: tuple[Module, ...], seconds=SECONDS) -> float:
    imports = sum(shards.IMPORT[framework] for framework in {module.framework for module in part})
    return sum(seconds[module.path] for module in part) + (imports + shards.START * len(part)) / 1000


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 8, 84, 200])
def test_each_module_is_in_exactly_one_part(parts: int) -> None:
    found = [module.path for part in divided(parts) for module in part]
    assert sorted(found) == sorted(module.path for module in MODULES)


def test_the_parts_do_not_depend_on_the_order_of_the_modules() -> None:
    mixed = random.Random(0).sample(MODULES, len(MODULES))
    assert divided(5, mixed, dict(reversed(SECONDS.items()))) == divided(5)


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_no_part_takes_much_longer_than_it_must(parts: int) -> None:
    ideal = takes(tuple(MODULES)) / parts  # had each framework to be imported once, and could modules be cut
    assert max(map(takes, divided(parts))) < ideal * 1.2


def test_frameworks_are_kept_together() -> None:
    assert sum(len({module.framework for module in part}) for part in divided(5)) <= 3 + 4


def test_a_module_that_takes_long_has_a_part_for_itself() -> None:
    long = MODULES[30].path
    parts = divided(4, MODULES, SECONDS | {long: 500.0})
    assert [[module.path for module in part] for part in parts if long in {module.path for module in part}] == [[long]]


def test_a_module_that_was_never_recorded_counts_as_the_others_do() -> None:
    python = [module for module in MODULES if module.framework == "python"][:8]
    known = {module.path: 10.0 for module in python[:4]}
    assert [len(part) for part in divided(2, python, known)] == [4, 4]
    assert [len(part) for part in divided(2, python, {})] == [4, 4]


def test_there_may_be_less_modules_than_parts_or_none() -> None:
    assert sorted(map(len, divided(3, MODULES[:2]))) == [0, 1, 1]
    assert divided(2, []) == [(), ()]


@pytest.mark.parametrize("text", ["", "2", "0/5", "6/5", "1/0", "-1/5", "a/b", "1/5/2", "1.0/5", "1 / 5", "1/1\u0660"])
def test_what_is_not_a_part(text: str) -> None:
    with pytest.raises(ValueError, match="names no part"):
        shards.parse(text)


def test_a_part() -> None:
    assert (shards.parse("2/5"), shards.parse("1/1")) == ((2, 5), (1, 1))
