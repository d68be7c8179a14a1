"""Keeps going, whatever happens: a disk that is full, a folder that is gone, a mistake of ours.

The talk is given now, and what cannot be done now is done later or not at all. The author is told in a line.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import anyio

AGAIN_SECONDS = 1.0
"""How soon what has failed is begun anew."""

LOGGERS = ("greenroom", "uvicorn", "asyncio")
"""Who tells of what went wrong."""

_log = logging.getLogger(__name__)


async def lasting(task: Callable[[], Awaitable[object]]) -> None:
    """Do what is to be done until it is done, or cancelled; what fails is begun anew."""
    while True:
        try:
            await task()
        except Exception:  # noqa: BLE001, that is what it is for
            _log.exception("failed")
            await anyio.sleep(AGAIN_SECONDS)
        else:
            return


@contextmanager
def surviving() -> Iterator[None]:
    """Tell what fails in the block, and go on after it."""
    try:
        yield
    except Exception:  # noqa: BLE001, that is what it is for
        _log.exception("failed")


def told(error: BaseException) -> str:
    """What went wrong, and where, in a line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    words = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"something went wrong, and greenroom goes on: {words}{where}"


class Teller(logging.Handler):
    """Tells the author what is logged, in a line each; what goes on and on is told once."""

    def __init__(self, say: Callable[[str], object]) -> None:
        """Tell it by `say`."""
        super().__init__(logging.WARNING)
        self._say = say
        self._last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it, if it is news."""
        error = record.exc_info[1] if record.exc_info else None
        line = told(error) if error else " ".join(record.getMessage().split())
        if line != self._last:
            self._last = line
            with suppress(Exception):  # there is nobody left to tell
                self._say(line)


@contextmanager
def telling(say: Callable[[str], object]) -> Iterator[None]:
    """Have everything that goes wrong within the block told in a line."""
    teller = Teller(say)
    for name in LOGGERS:
        logging.getLogger(name).addHandler(teller)
    try:
        yield
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(teller)
