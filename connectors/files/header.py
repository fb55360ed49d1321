"""Which row is the header? Shops put titles, dates and empty lines above it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.cells import key_text
from connectors.files.rows import Unreadable
from connectors.files.settings import FileStream

SEARCHED = 30
"""Rows in which a header is looked for."""


def clean_names(cells: Iterable[object]) -> list[str]:
    """Return a name for each column: trimmed, on one line, none twice (`Phone`, `Phone_2`), none empty (`column_3`)."""
    names: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = " ".join((key_text(cell) or "").replace("\ufeff", "").split()) or f"column_{place}"
        unique, count = name, 1
        while unique in names:
            count += 1
            unique = f"{name}_{count}"
        names.append(unique)
    while names and names[-1] == f"column_{len(names)}":
        names.pop()  # spreadsheets end in columns that nobody filled
    return names


def find_header(rows: Sequence[Sequence[object]], stream: FileStream) -> tuple[int, list[str]] | None:
    """Return the place among *rows* behind which the records begin, and the columns' names; None: no header there.

    The header is the first row that names every key column. Where the stream names its columns, there is none to find.
    """
    if stream.columns:
        return 0, list(stream.columns)
    for place, row in enumerate(rows):
        names = clean_names(row)
        if set(stream.key_columns) <= set(names):
            return place + 1, names
    return None


def no_header(stream: FileStream) -> Unreadable:
    """Return the error of a file in which no row names the key columns."""
    keys = ", ".join(stream.key_columns)
    where = f"line {stream.header}" if stream.header != "auto" else f"the first {SEARCHED} lines"
    return Unreadable(
        "no_header",
        f"{where} hold no header row with the key column {keys}",
        "Correct `key` (or `header`, `delimiter`, `encoding`, `sheet`), or name the `columns` if there is no header.",
    )
