"""Python text → its syntax tree, once for all who ask."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from greenroom.memo import remembered


@remembered(lambda content: content)
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
