"""How far a recorder is: a live table of what runs on a terminal, a line a module elsewhere."""

from __future__ import annotations

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
def following(total: int) -> Iterator[Listener]:
    """Tell a person about `total` modules as they run."""
    console = Console(stderr=True, highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as live:
        task = live.add_task("importing the frameworks", total=total)
        running: dict[str, None] = {}

        def show() -> None:
            live.update(task, description=", ".join(running) or "importing the frameworks")

        def started(module: Module) -> None:
            running[f"{module.lesson}/{module.framework}"] = None
            show()

        def ended(run: Run) -> None:
            module = run.sources.module
            running.pop(f"{module.lesson}/{module.framework}", None)
            outcome = "[red]failed[/]" if run.problems else f"{run.seconds:.1f} s"
            console.print(f"{module.lesson}/{module.framework}  {outcome}")
            live.advance(task)
            show()

        yield Listener(started, ended)
