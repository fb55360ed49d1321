"""Make and change rows: one short transaction each, so that every row has a certain end.

A row is locked, compared with what the hub last saw, changed, read back, and committed. Only where the connection dies
during the commit is the outcome unknown. Rows that the hub makes carry its id in the `binding` column, and are made
only where no row has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from connectors.contract import Found, Lookup, Record, WriteRequest, WriteResult
from connectors.errors import ConnectorError, StopSystem
from connectors.ports import Budget, TokenStore, WindowBudget
from connectors.sql.database import Database
from connectors.sql.keyset import bound, is_one_of
from connectors.sql.settings import Settings, SqlStream, Writes
from connectors.sql.table import Table, describe


class Writer:
    """A `connectors.contract.Writer` of a database's tables."""

    def __init__(
        self, settings: Settings, *, tokens: TokenStore | None = None, budget: Budget | None = None, system: str = "sql"
    ) -> None:
        del tokens  # a database signs in with each connection
        self._settings = settings
        self._database = Database(settings, budget or WindowBudget(), system=system)
        self._tables: dict[str, Table] = {}

    def write(self, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Carry out *requests* one by one; yield a result for each.

        Raises:
            StopSystem: the database cannot be signed in to.
        """
        for request in requests:
            yield self._one(request)

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Yield the rows that are there: by binding id, else by the mail and phone columns of the settings."""
        for lookup in lookups:
            stream, writes = self._stream(lookup.stream)
            if writes is None:
                continue
            table = self._table(lookup.stream, stream)
            with self._database.reading(lookup.stream) as connection:
                found = self._found(connection, table, writes, lookup)
            if found is not None:
                by, row = found
                yield Found(lookup.write_id, table.key_of(row), by, table.record(row))

    # -------------------------------------------------------------------------------------------- one row

    def _one(self, request: WriteRequest) -> WriteResult:
        answer = partial(WriteResult, request.write_id)
        stream, writes = self._stream(request.stream)
        if writes is None:
            cure = "Name the `binding` column under `write` of the stream, or take `push` out of its mapping."
            return answer("rejected", code="read_only", message="the stream is only read", cure=cure)
        try:
            table = self._table(request.stream, stream)
            unknown = sorted(request.fields.keys() - table.types.keys())
            if unknown:
                what = f"{stream.table} has no column {', '.join(unknown)}"
                return answer(
                    "rejected", code="no_column", message=what, cure="Correct the mapping, or add the column."
                )
            with self._database.connected(request.stream) as connection:
                return self._in_transaction(connection, table, writes, request)
        except StopSystem:
            raise
        except ConnectorError as error:
            refused = error.code in {"no_table", "no_column", "query", "permission"}
            outcome: Literal["rejected", "try_again"] = "rejected" if refused else "try_again"
            return answer(outcome, code=error.code, message=error.what, cure=error.cure)

    def _in_transaction(
        self, connection: sa.Connection, table: Table, writes: Writes, request: WriteRequest
    ) -> WriteResult:
        answer = partial(WriteResult, request.write_id)
        transaction = connection.begin()
        try:
            change = self._create if request.kind == "create" else self._update
            result = change(connection, table, writes, request)
        except (IntegrityError, DataError) as error:
            transaction.rollback()
            broken = isinstance(error, IntegrityError)
            what = "a rule of the table forbids it" if broken else "a value does not fit its column"
            kind = type(error.orig).__name__
            cure = "Look at the table's constraints and column types, and at the mapping."
            code = "constraint" if broken else "value"
            return answer("rejected", code=code, message=f"{what} ({kind})", cure=cure)
        except BaseException:
            transaction.rollback()
            raise
        try:
            transaction.commit()
        except DBAPIError:
            return answer("unknown", code="no_answer", message="the connection was lost during the commit")
        return result

    def _create(self, connection: sa.Connection, table: Table, writes: Writes, request: WriteRequest) -> WriteResult:
        mine = table.column(writes.binding) == bound(request.binding_id)
        values = _values(request.fields)
        if self._rows(connection, table, mine):
            self._database.spend()
            connection.execute(sa.update(table.sql).where(mine).values(values))
        else:
            self._database.spend()
            connection.execute(sa.insert(table.sql).values({**values, writes.binding: bound(request.binding_id)}))
        (row,) = self._rows(connection, table, mine)
        return WriteResult(request.write_id, "confirmed", table.key_of(row), table.record(row))

    def _update(self, connection: sa.Connection, table: Table, _writes: Writes, request: WriteRequest) -> WriteResult:
        record_id = str(request.record_id)
        key = table.key_values(record_id)
        mine = is_one_of(table.keys, [key]) if key is not None else sa.false()
        rows = self._rows(connection, table, mine, lock=True)
        if not rows or table.key_of(rows[0]) != record_id:
            return WriteResult(request.write_id, "stale", record_id, current=table.gone(record_id))
        record = table.record(rows[0])
        if not all(_same(record.get(name), value) for name, value in request.expected.items()):
            return WriteResult(request.write_id, "stale", record_id, current=record)
        self._database.spend()
        connection.execute(sa.update(table.sql).where(mine).values(_values(request.fields)))
        (row,) = self._rows(connection, table, mine)
        return WriteResult(request.write_id, "confirmed", record_id, table.record(row))

    def _rows(
        self, connection: sa.Connection, table: Table, where: sa.ColumnElement[bool], *, lock: bool = False
    ) -> list[Mapping[str, Any]]:
        query = sa.select(*map(table.column, table.types)).select_from(table.sql).where(where).limit(1)
        self._database.spend()
        return [dict(row) for row in connection.execute(query.with_for_update() if lock else query).mappings()]

    # -------------------------------------------------------------------------------------------- finding

    def _found(
        self, connection: sa.Connection, table: Table, writes: Writes, lookup: Lookup
    ) -> tuple[Literal["binding_id", "mail", "phone"], Record] | None:
        ways: list[tuple[Literal["binding_id", "mail", "phone"], sa.ColumnElement[bool]]] = [
            ("binding_id", table.column(writes.binding) == bound(lookup.binding_id))
        ]
        mails = [value for name in writes.mail if isinstance(value := lookup.fields.get(name), str) and value]
        phones = [value for name in writes.phone if isinstance(value := lookup.fields.get(name), str) and value]
        for mail in mails:
            same = [sa.func.lower(table.column(name)) == bound(mail.lower()) for name in writes.mail]
            ways.append(("mail", sa.or_(*same)))
        ways += [("phone", sa.or_(*(table.column(name) == bound(phone) for name in writes.phone))) for phone in phones]
        for by, where in ways:
            rows = self._rows(connection, table, where)
            if rows:
                return by, rows[0]
        return None

    def _stream(self, name: str) -> tuple[SqlStream, Writes | None]:
        stream = self._settings.streams[name]
        return stream, stream.write

    def _table(self, name: str, stream: SqlStream) -> Table:
        if name not in self._tables:
            writes = stream.write
            wanted = [writes.binding, *writes.mail, *writes.phone] if writes else []
            self._tables[name] = describe(self._database, stream, name, wanted)
        return self._tables[name]


def _values(fields: Mapping[str, Any]) -> dict[str, sa.BindParameter[Any]]:
    """Return the parameters; a list or block is written as JSON text."""
    return {
        name: bound(json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value)
        for name, value in fields.items()
    }


def _same(shown: Any, expected: Any) -> bool:  # noqa: ANN401 (JSON)
    """Compare what a column shows with what the hub last saw; nothing and an empty text are the same."""
    empty = (None, "")
    return shown == expected or (shown in empty and expected in empty) or str(shown) == str(expected)
