"""How far a recorder is: a live table of what runs on a terminal, a line a module elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from greenroom.record import Progress as Listener

if TYPE_CHECKING:
    from greenroom.model import Module
    from greenroom.record.engine import Run


@contextmanager
def following(total: int, kept: int = 0, waiting: str | None = None) -> Iterator[Listener]:
    """Tell a person about modules as they run.

    Args:
        total: How many are to run.
        kept: How many need not run, since their recordings hold.
        waiting: What to say while none is known to run.
    """
    waiting = waiting or "importing the frameworks"
    console = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    done: Counter[str] = Counter({"kept": kept})
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as live:
        task = live.add_task(waiting, total=total)
        running: dict[str, None] = {}

        def show() -> None:
            counts = [f"{number} {outcome}" for outcome, number in done.items() if number]
            live.update(task, description=" · ".join([", ".join(running) or waiting, *counts]))

        def started(module: Module) -> None:
            running[f"{module.lesson}/{module.framework}"] = None
            show()

        def ended(run: Run) -> None:
            module = run.sources.module
            running.pop(f"{module.lesson}/{module.framework}", None)
            done["failed" if run.problems else "done"] += 1
            outcome = "[red]failed[/]" if run.problems else f"{run.seconds:.1f} s"
            console.print(f"{module.lesson}/{module.framework}  {outcome}")
            live.advance(task)
            show()

        yield Listener(started, ended)
