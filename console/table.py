"""Tables on stdout: drawn at a terminal, columns parted by tabs elsewhere. Room: console."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.say import line

_WIDEST = 60


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under their columns."""
    texts = [[text_of(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [columns, *texts]:
            line("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in texts:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(file=sys.stdout, highlight=False).print(drawn)


def text_of(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Return a JSON value as a person reads it in one line."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {text_of(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text_of, value))
    return str(value)


def short(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Return the text cut to what a column bears."""
    text = text_of(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def more(following: str | None, command: str) -> None:
    """Say how the list goes on."""
    if following is not None:
        line(f"More: {command} --after {following}")
