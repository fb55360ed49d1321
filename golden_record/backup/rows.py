"""Every row of a store as JSON, and back: alike for every database, so that a backup may be restored into another kind.

Room: golden_record, shell. Rows travel as the database keeps them: what is sealed stays sealed, times are milliseconds.
The file says which columns there were, so that an older version's rows are loaded into that version's tables and then
upgraded as any store is.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from golden_record.store.columns import Encrypted, Instant, KeyBytes
from golden_record.store.whole_schema import metadata

LEFT_OUT = frozenset({"leases", "user_sessions", "sign_in_failures"})
"""Tables that say who is at work just now: nobody is, in a restored store; and nobody is signed in."""
BLOCK = 500
"""Rows of one block."""

_KINDS: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "bytes": sa.LargeBinary,
    "integer": sa.BigInteger,
    "number": sa.Float,
    "yes_no": sa.Boolean,
    "text": sa.Text,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's name and its columns: name -> kind of value."""

    table: str
    columns: Mapping[str, str]

    def clause(self) -> sa.TableClause:
        """Return the table as SQL sees it, its values as the database keeps them."""
        return sa.table(self.table, *(sa.column(name, _KINDS[kind]()) for name, kind in self.columns.items()))


def shapes() -> list[Shape]:
    """Return the tables that a backup holds, in an order in which they can be filled."""
    return [
        Shape(table.name, {column.name: _kind(column.type) for column in table.columns})
        for table in metadata.sorted_tables
        if table.name not in LEFT_OUT
    ]


def _kind(column_type: sa.types.TypeEngine[Any]) -> str:
    if isinstance(column_type, (KeyBytes, Encrypted)):
        return "bytes"
    if isinstance(column_type, (Instant, sa.Integer)):
        return "integer"
    if isinstance(column_type, sa.Boolean):
        return "yes_no"
    if isinstance(column_type, sa.Float):
        return "number"
    if isinstance(column_type, sa.String):
        return "text"
    raise TypeError(f"no backup knows how to keep {column_type!r}")


def read_blocks(connection: sa.Connection, shape: Shape) -> Iterator[list[list[Any]]]:
    """Yield the table's rows, some hundreds at a time; never the whole table in memory."""
    table, binary = shape.clause(), [kind == "bytes" for kind in shape.columns.values()]
    found = connection.execution_options(stream_results=True, yield_per=BLOCK).execute(sa.select(table))
    for rows in found.partitions(BLOCK):
        yield [
            [_text(value) if is_bytes else value for value, is_bytes in zip(row, binary, strict=True)] for row in rows
        ]


def write_block(connection: sa.Connection, shape: Shape, rows: Sequence[Sequence[Any]]) -> None:
    """Insert one block of rows."""
    kinds = shape.columns.items()
    connection.execute(
        sa.insert(shape.clause()),
        [
            {name: _bytes(value) if kind == "bytes" else value for (name, kind), value in zip(kinds, row, strict=True)}
            for row in rows
        ],
    )


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value)
