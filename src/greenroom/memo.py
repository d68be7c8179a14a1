"""Remembers what pure functions gave, for a process that asks for the same again and again.

A server loads the whole project after each change, and nearly all of it is as it was. What a function gave is kept
while it is asked for: `turn` begins a round, and forgets what the round before did not need. Before the first round
nothing is kept: a process that builds once would pay for what nobody asks for again. Threads may ask at the same time;
each may then make for itself what is not there yet.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from types import MethodType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_results: dict[Hashable, list[Any]] = {}
"""By function and key: the result, and the number of the round that asked for it last."""

_round = 0
"""The number of the round; 0 before the first."""


def same(value: object) -> Hashable:
    """A key for a value that is never changed: the same object, whatever it is equal to."""
    # It keeps the value, so that nothing else comes to have its identity; and Python compares it faster than a class
    # of ours, which is asked for thousands of times after each change.
    return None if value is None else MethodType(same, value)


def remembered(key: Callable[P, Hashable]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a pure function remember its results.

    Args:
        key: Told the function's arguments; gives all that decides the result.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def recall(*args: P.args, **kwargs: P.kwargs) -> T:
            if not _round:
                return function(*args, **kwargs)
            name = (function, key(*args, **kwargs))
            known = _results.get(name)
            if known is None:
                known = _results[name] = [function(*args, **kwargs), _round]
            known[1] = _round
            result: T = known[0]
            return result

        return recall

    return decorate


@remembered(lambda value: value)
def kept(value: T) -> T:
    """The first of all equal values that this and the last round asked for, so that `same` tells when it changes."""
    return value


def turn() -> None:
    """Begin a round: what the last one did not ask for is forgotten."""
    global _round
    for name, (_, asked) in list(_results.items()):
        if asked < _round:
            del _results[name]
    _round += 1
