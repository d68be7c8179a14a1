"""Remembers what pure functions gave, for a process that asks for the same again and again.

A server loads the whole project after each change, and nearly all of it is as it was. What a function gave is kept
while it is asked for: `turn` begins a round, and forgets what the round before did not need. A process that builds once
never calls it. One thread at a time may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_now: dict[Hashable, Any] = {}
_before: dict[Hashable, Any] = {}


class Same:
    """A key for a value that is never changed: the same object, whatever it is equal to."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value  # kept, so that nothing else comes to have its identity

    def __hash__(self) -> int:
        return id(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._value is other._value


def remembered(key: Callable[P, Hashable]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a pure function remember its results.

    Args:
        key: Told the function's arguments; gives all that decides the result.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def recall(*args: P.args, **kwargs: P.kwargs) -> T:
            name = (function, key(*args, **kwargs))
            if name in _now:
                found: T = _now[name]
            else:
                found = _now[name] = _before[name] if name in _before else function(*args, **kwargs)
            return found

        return recall

    return decorate


def turn() -> None:
    """Begin a round: what the last one did not ask for is forgotten."""
    global _now, _before
    _before, _now = _now, {}
