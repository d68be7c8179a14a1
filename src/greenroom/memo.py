"""Remembers what pure functions gave, for a process that asks for the same again and again.

A server loads the whole project after each change, and nearly all of it is as it was. What a function gave is kept
while it is asked for: `turn` begins a round, and forgets what the round before did not need. Before the first round
nothing is kept: a process that builds once would pay for what nobody asks for again. What something was made of counts
as asked for with it, so that it is still there when the whole has changed a little. Threads may ask at the same time;
each may then make for itself what is not there yet.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from threading import local
from types import MethodType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class _Known:
    """What is remembered.

    Attributes:
        result: What the function gave.
        asked: The number of the round that asked for it last.
        parts: All that is remembered of what it was made of.
    """

    result: Any
    asked: int
    parts: list[_Known]


_memories: list[dict[Hashable, _Known]] = []
"""What each function gave, by its key."""


class _Making(local):
    """What is being made in a thread: the parts of it so far; None if nothing is."""

    parts: list[_Known] | None = None


_making = _Making()

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
        results: dict[Hashable, _Known] = {}
        _memories.append(results)

        @wraps(function)
        def recall(*args: P.args, **kwargs: P.kwargs) -> T:
            if not _round:
                return function(*args, **kwargs)
            name = key(*args, **kwargs)
            known = results.get(name)
            outer = _making.parts
            if known is None:
                parts = _making.parts = []
                try:
                    known = _Known(function(*args, **kwargs), _round, parts)
                finally:
                    _making.parts = outer
                results[name] = known
            elif known.asked < _round:
                known.asked = _round
                for part in known.parts:
                    part.asked = _round
            if outer is not None:
                outer.append(known)
                outer += known.parts
            result: T = known.result
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
    for results in _memories:
        for name, known in results.copy().items():  # another thread may ask meanwhile
            if known.asked < _round:
                del results[name]
    _round += 1
