"""Progress on stderr while a sync runs: bars at a terminal, nothing elsewhere. Room: console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from console.say import people
from flows.sync import Watcher


@contextmanager
def watching() -> Iterator[Watcher]:
    """Show how far a sync is, for the block."""
    if not people.is_terminal:
        yield Watcher()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    with Progress(*columns, console=people, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def task(name: str) -> TaskID:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=None)
            return tasks[name]

        yield Watcher(
            lambda name: progress.update(task("phase"), description=name),
            lambda system, stream, read: progress.update(task(f"{system}/{stream}"), completed=read),
            lambda system, done: progress.update(task(f"{system} writes"), completed=done),
        )
