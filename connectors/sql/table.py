"""One table or view as it is in the database: its columns, and its rows as records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from connectors.cells import joined_key, json_value, key_text, split_key
from connectors.contract import DELETED_AT, Record
from connectors.errors import ConnectorError
from connectors.sql.database import Database
from connectors.sql.settings import KEY, SqlStream


@dataclass(frozen=True)
class Table:
    """A table with the columns that are read. *types*: column -> its type as the database describes it."""

    name: str
    schema: str | None
    types: Mapping[str, Any]
    nullable: frozenset[str]
    key_columns: tuple[str, ...]
    in_utc: frozenset[str]
    as_number: frozenset[str]

    @property
    def sql(self) -> sa.TableClause:
        """The table with its columns, without their types: values come as the driver gives them, whatever they are."""
        return sa.table(self.name, *map(self.column, self.types), schema=self.schema)

    @staticmethod
    def column(name: str) -> sa.ColumnClause[Any]:
        """Return a column without a type."""
        return sa.column(name, sa.types.NullType())

    @property
    def keys(self) -> list[sa.ColumnClause[Any]]:
        """The key's columns."""
        return [self.column(name) for name in self.key_columns]

    def record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row as a record."""
        made = {name: self._value(name, value) for name, value in row.items()}
        if len(self.key_columns) > 1:
            made[KEY] = self.key_of(row)
        return made

    def key_of(self, row: Mapping[str, Any]) -> str:
        """Return a row's key as text; the key's columns are never null in what is read."""
        parts = [key_text(row[name]) or "" for name in self.key_columns]
        return parts[0] if len(parts) == 1 else joined_key(parts)

    def key_values(self, record_id: str) -> list[Any] | None:
        """Return the values of the key's columns; None where the text cannot be a key of this table."""
        parts = split_key(record_id) if len(self.key_columns) > 1 else [record_id]
        if len(parts) != len(self.key_columns):
            return None
        whole = [self._is_whole(name) for name in self.key_columns]
        if any(number and not part.removeprefix("-").isdecimal() for part, number in zip(parts, whole, strict=True)):
            return None
        return [int(part) if number else part for part, number in zip(parts, whole, strict=True)]

    def gone(self, record_id: str) -> Record:
        """Return the record of a row that is not there (any more)."""
        key = KEY if len(self.key_columns) > 1 else self.key_columns[0]
        return {key: record_id, DELETED_AT: datetime.now(UTC).isoformat()}

    def schema_of(self) -> dict[str, Any]:
        """Return the JSON schema of a record."""
        properties = {name: {"type": ["null", _json_type(kind)]} for name, kind in self.types.items()}
        if len(self.key_columns) > 1:
            properties[KEY] = {"type": ["null", "string"]}
        properties[DELETED_AT] = {"type": ["null", "string"]}
        return {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "additionalProperties": True,
            "properties": properties,
        }

    def _value(self, name: str, value: Any) -> Any:  # noqa: ANN401 (any cell)
        if name in self.in_utc and isinstance(value, datetime) and value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        if name in self.as_number and isinstance(value, bytes):
            return int.from_bytes(value, "big")
        return json_value(value)

    def _is_whole(self, name: str) -> bool:
        return isinstance(self.types[name], sa.Integer)


def describe(database: Database, stream: SqlStream, name: str, wanted: Sequence[str] | None = None) -> Table:
    """Ask the database for a table or view.

    Raises:
        ConnectorError: it is not there, or lacks a column that the settings name.
    """
    schema, _, table = stream.table.rpartition(".")
    with database.reading(name) as connection:
        database.spend()
        described = sa.inspect(connection).get_columns(table, schema=schema or None)
        dialect = connection.dialect.name
    there = {column["name"]: column for column in described}
    named = [*stream.key_columns, *([stream.modified] if stream.modified else []), *stream.columns]
    missing = [column for column in named if column not in there]
    if missing:
        cure = f"Correct the settings. There are: {', '.join(there)}."
        what = f"{stream.table} has no column {', '.join(missing)}"
        raise ConnectorError(what, system=database.system, stream=name, code="no_column", cure=cure)
    read = [column for column in there if not stream.columns or column in named or column in (wanted or ())]
    mysql = dialect in {"mysql", "mariadb"}
    types = {column: there[column]["type"] for column in read}
    return Table(
        table,
        schema or None,
        types,
        frozenset(column for column in read if there[column].get("nullable", True)),
        stream.key_columns,
        frozenset(column for column in read if mysql and isinstance(types[column], sa.TIMESTAMP)),
        frozenset(column for column in read if mysql and type(types[column]).__name__ == "BIT"),
    )


def _json_type(kind: Any) -> str:  # noqa: ANN401 (a type as reflected)
    kinds = ((sa.Boolean, "boolean"), (sa.Integer, "integer"), (sa.Float, "number"), (sa.JSON, "object"))
    return next((name for one, name in kinds if isinstance(kind, one)), "string")
