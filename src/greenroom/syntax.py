"""Python text → its syntax tree, once for those who ask for it one after the other."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache


@lru_cache(maxsize=4)  # those who ask do so soon, and a tree takes sixty times what its text does
def parse(content: bytes) -> ast.Module:
    """A module's syntax tree; nobody changes it.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: The content is not Python, or too much of it.
    """
    with untold():
        return ast.parse(content)


@contextmanager
def untold() -> Iterator[None]:
    """Keep still what Python thinks of a module's style: that is told when it runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
