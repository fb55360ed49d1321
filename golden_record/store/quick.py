"""Rows by many keys, without building a statement for it: for the few questions that every record asks.

SQLAlchemy takes some 0.2 ms to build, expand and dress one `IN` of a handful of keys, and half of that to pass a
finished one on; SQLite answers it in some 0.01 ms. Only our own names stand in the SQL; keys go as bound values.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from golden_record.store.source_records import chunks

_MARKS = {"qmark": "?", "format": "%s", "pyformat": "%s"}
"""How a driver marks a bound value."""


_CUTS = {"mssql": "ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT {mark} ROWS ONLY"}
"""How a database is told how many rows are enough, where it is not `LIMIT`."""
KEYS_AT_ONCE = 50
"""Keys with a limit each that one statement asks for: SQLite takes a union of 500 questions, and reads it each time."""


def rows_among(
    connection: sa.Connection, sql: str, values: Iterable[bytes | str], *first: bytes | str
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of *sql*, in which `{among}` stands for *values*, and `{one}` for each of *first*.

    Values come as the driver gives them: bytes, whole numbers, texts.
    """
    mark = _MARKS[connection.dialect.paramstyle]
    for part in chunks(values):
        written = sql.format(among=", ".join([mark] * len(part)), one=mark)
        yield from _rows(connection, written, (*first, *part))


def rows_up_to(connection: sa.Connection, sql: str, limits: Mapping[bytes, int]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of *sql* (`{one}`: the key) for each key, at most as many as its limit, and read no more."""
    mark = _MARKS[connection.dialect.paramstyle]
    cut = _CUTS.get(connection.dialect.name, "LIMIT {mark}").format(mark=mark)
    each = f"SELECT * FROM ({sql.format(one=mark)} {cut}) AS k"  # noqa: S608 (our own)
    for part in chunks(limits.items(), KEYS_AT_ONCE):
        written = " UNION ALL ".join(f"{each}{place}" for place in range(len(part)))
        yield from _rows(connection, written, [value for one in part for value in one])


def _rows(connection: sa.Connection, sql: str, values: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    """Return the rows; SQLite's own cursor gives them, since passing them on would take longer than the answer."""
    if connection.dialect.name == "sqlite":
        if not connection.in_transaction():
            connection.begin()
        try:
            found: list[tuple[Any, ...]] = connection.connection.cursor().execute(sql, values).fetchall()
        except sqlite3.Error:
            pass  # asked again below, where its trouble is told as everybody else's
        else:
            return found
    return map(tuple, connection.exec_driver_sql(sql, tuple(values)).all())
