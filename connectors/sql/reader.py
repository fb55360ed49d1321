"""Read one table: what changed since the cursor, or all of it, skipping no row that is there throughout.

With `modified` rows come in the order of (modified, key); a row that changes during the read moves to the end and is
met again there. The next pull begins `lookback` before the last time seen, for changes that were stamped before it and
committed after. Rows without a time are read at every pull. Without `modified` all rows come, in the order of the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from connectors.cells import key_text
from connectors.contract import Page, Record, Skipped
from connectors.errors import ConnectorError
from connectors.sql.boundary import Kept, NoCursor, earlier, kept
from connectors.sql.database import Database
from connectors.sql.keyset import after, bound, is_one_of
from connectors.sql.settings import SqlStream
from connectors.sql.table import Table, describe

_FETCHED = 200
"""Keys of one query by key."""

Row = Mapping[str, Any]


class TableReader:
    """A `connectors.contract.StreamReader` of one table or view."""

    def __init__(self, database: Database, name: str, stream: SqlStream) -> None:
        self.name, self.primary_key = name, stream.primary_key
        self._database, self._stream = database, stream

    @property
    def cursor_field(self) -> str | None:
        """The column that changes are followed by."""
        return self._stream.modified

    @cached_property
    def table(self) -> Table:
        """The table as the database describes it."""
        return describe(self._database, self._stream, self.name)

    def schema(self) -> Mapping[str, Any]:
        """Return the columns as the database describes them."""
        return self.table.schema_of()

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield the rows from the cursor on."""
        modified = self._stream.modified
        if not state:
            yield from self._without_key()
        if modified is None:
            yield from self._walk([], (), self._resumed(state))
            yield Page((), {"complete": True})
            return
        column = self.table.column(modified)
        if modified in self.table.nullable:
            yield from self._walk([], (column.is_(None),), None, silent=True)
        start = self._start(state)
        since = [column >= bound(start)] if start is not None else [column.is_not(None)]
        yield from self._walk([column], since, None)

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these rows; one that is not there is gone."""
        for begin in range(0, len(ids), _FETCHED):
            part = list(dict.fromkeys(ids[begin : begin + _FETCHED]))
            keys = [values for values in map(self.table.key_values, part) if values is not None]
            found = {self.table.key_of(row): row for row in self._by_key(keys)} if keys else {}
            for record_id in part:
                row = found.get(record_id)
                yield self.table.record(row) if row is not None else self.table.gone(record_id)

    # ----------------------------------------------------------------------------------------- walking

    def _walk(
        self,
        first: Sequence[sa.ColumnElement[Any]],
        conditions: Sequence[sa.ColumnElement[bool]],
        begin: Sequence[Kept] | None,
        *,
        silent: bool = False,
    ) -> Iterator[Page]:
        """Walk in the order of *first* and the key; *silent* pages carry no cursor."""
        order = [*first, *self.table.keys]
        there = [key.is_not(None) for key in self.table.keys]
        query = sa.select(*map(self.table.column, self.table.types)).select_from(self.table.sql)
        query = query.where(*conditions, *there).order_by(*order)
        rows = self._through_cursor if self._stream.paging == "cursor" else self._from_key_to_key
        for page in rows(query, order, begin):
            last = self._position(page[-1], order)
            yield Page([self.table.record(row) for row in page], None if silent else self._state(last))

    def _from_key_to_key(
        self, query: sa.Select[Any], order: Sequence[sa.ColumnElement[Any]], begin: Sequence[Kept] | None
    ) -> Iterator[list[Row]]:
        size, last = self._database.settings.page_size, begin
        while True:
            page = query.limit(size) if last is None else query.where(after(order, last)).limit(size)
            with self._database.reading(self.name) as connection:
                self._database.spend()
                rows: list[Row] = [dict(row) for row in connection.execute(page).mappings()]
            if rows:
                yield rows
                last = self._position(rows[-1], order)
            if len(rows) < size:
                return

    def _through_cursor(
        self, query: sa.Select[Any], order: Sequence[sa.ColumnElement[Any]], begin: Sequence[Kept] | None
    ) -> Iterator[list[Row]]:
        whole = query if begin is None else query.where(after(order, begin))
        with self._database.reading(self.name) as connection:
            self._database.spend()
            streamed = connection.execution_options(stream_results=True, yield_per=self._database.settings.page_size)
            for part in streamed.execute(whole).mappings().partitions():
                yield [dict(row) for row in part]

    def _by_key(self, keys: Sequence[Sequence[Any]]) -> Iterator[Row]:
        query = sa.select(*map(self.table.column, self.table.types)).select_from(self.table.sql)
        with self._database.reading(self.name) as connection:
            self._database.spend()
            yield from [
                dict(row) for row in connection.execute(query.where(is_one_of(self.table.keys, keys))).mappings()
            ]

    def _without_key(self) -> Iterator[Page]:
        """Count the rows that have nothing in their key: they cannot be told apart, and no walk meets them."""
        empty = [self.table.column(name).is_(None) for name in self.table.key_columns if name in self.table.nullable]
        if not empty:
            return
        query = sa.select(sa.func.count()).select_from(self.table.sql).where(sa.or_(*empty))
        with self._database.reading(self.name) as connection:
            self._database.spend()
            count = connection.execute(query).scalar_one()
        if count:
            columns = ", ".join(self.table.key_columns)
            what = f"{count} rows have nothing in their key ({columns})"
            yield Page(
                (), None, [Skipped(self._stream.table, "no_key", what, "Fill it in, or take another key.", count)]
            )

    # ---------------------------------------------------------------------------------------- the cursor

    def _position(self, row: Row, order: Sequence[sa.ColumnElement[Any]]) -> list[Kept]:
        try:
            return [kept(row[str(column.key)]) for column in order]
        except NoCursor as error:
            columns = ", ".join(str(column.key) for column in order)
            what = f"a column of {columns} holds {error}, by which rows cannot be ordered"
            cure = "Take another `key` or `modified`, or make a view that shows it as text."
            raise ConnectorError(
                what, system=self._database.system, stream=self.name, code="key_kind", cure=cure
            ) from None

    def _state(self, position: Sequence[Kept]) -> dict[str, Any]:
        if self._stream.modified is None:
            return {"key": list(position)}
        return {"modified": position[0]}

    def _start(self, state: Mapping[str, Any] | None) -> Kept | None:
        value = (state or {}).get("modified")
        known = isinstance(value, str | int | float) and not isinstance(value, bool)
        return earlier(value, self._database.settings.lookback) if known and value is not None else None

    def _resumed(self, state: Mapping[str, Any] | None) -> list[Kept] | None:
        """Return the key behind which a read of everything that was cut goes on."""
        value = (state or {}).get("key")
        good = isinstance(value, list) and len(value) == len(self.table.key_columns)
        return value if good and all(key_text(part) is not None for part in value or ()) else None
