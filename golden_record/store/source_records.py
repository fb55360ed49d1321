"""The shadows: source records as last seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from golden_record.store.tables import source_records as table
from golden_record.vault import Vault

_PLACE = "source_records.payload"
IN_LIST = 400
"""Values in one IN list: below SQLite's and SQL Server's limits on bound values."""


def ref_of(vault: Vault, system: str, stream: str, record_id: str) -> bytes:
    """Return the name by which the store knows a source record."""
    return vault.digest("source", system, stream, record_id)


def record_ref(source_ref: bytes, emit: int) -> bytes:
    """Return the name of one of the normalised records that a source record emits."""
    return source_ref + bytes([emit])


@dataclass(frozen=True, slots=True)
class Known:
    """What one comparison needs."""

    content_hash: bytes
    mapping_version: str
    state: str


@dataclass(frozen=True, slots=True)
class Shadow:
    """A source record as last seen; *payload* holds the mapped paths."""

    ref: bytes
    system: str
    stream: str
    record_id: str
    content_hash: bytes
    mapping_version: str
    payload: Mapping[str, Any]
    state: str
    merged_into: bytes | None
    modified_at: datetime | None
    first_seen_at: datetime
    changed_at: datetime
    binding_id: str | None = None


def chunks(values: Iterable[Any], size: int = IN_LIST) -> Iterator[list[Any]]:
    """Cut *values* into lists of at most *size*."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def among(column: sa.ColumnElement[Any], values: list[Any]) -> sa.ColumnElement[bool]:
    """Return `column IN values`, as `in_` does, but without a look at each value for whether it is SQL."""
    return column.in_(sa.bindparam(None, values, type_=column.type, unique=True, expanding=True))


def known(connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, Known]:
    """Return what is known of these records; unknown ones are left out."""
    found: dict[bytes, Known] = {}
    columns = (table.c.ref, table.c.content_hash, table.c.mapping_version, table.c.state)
    for part in chunks(refs):
        for row in connection.execute(sa.select(*columns).where(among(table.c.ref, part))).all():
            found[bytes(row.ref)] = Known(bytes(row.content_hash), row.mapping_version, row.state)
    return found


def shadows(connection: sa.Connection, vault: Vault, refs: Iterable[bytes]) -> dict[bytes, Shadow]:
    """Return these shadows, opened."""
    found: dict[bytes, Shadow] = {}
    for part in chunks(refs):
        for row in connection.execute(sa.select(table).where(among(table.c.ref, part))).all():
            found[bytes(row.ref)] = _shadow(vault, row)
    return found


def stream_shadows(connection: sa.Connection, vault: Vault, system: str, stream: str) -> Iterator[Shadow]:
    """Iterate over a stream's shadows without holding them all."""
    statement = sa.select(table).where(table.c.system == system, table.c.stream == stream)
    for row in connection.execution_options(yield_per=500).execute(statement):
        yield _shadow(vault, row)


def stale(  # noqa: PLR0913 (which page of which stream)
    connection: sa.Connection,
    vault: Vault,
    system: str,
    stream: str,
    version: str,
    after: bytes,
    limit: int,
    only: Sequence[bytes] | None = None,
) -> list[Shadow]:
    """Return shadows that another version of the mapping than *version* read, in order of ref, locked.

    *after*: behind this ref; *only*: just these records.
    """
    where = (table.c.system == system) & (table.c.stream == stream) & (table.c.mapping_version != version)
    statement = sa.select(table).where(where).order_by(table.c.ref).with_for_update()
    if only is None:
        rows = connection.execute(statement.where(table.c.ref > after).limit(limit)).all()
        return [_shadow(vault, row) for row in rows]
    found = [
        row for part in chunks(only) for row in connection.execute(statement.where(among(table.c.ref, part))).all()
    ]
    return [_shadow(vault, row) for row in found]


def versions(connection: sa.Connection, system: str, stream: str) -> dict[str, int]:
    """Return how many records of a stream each version of its mapping read."""
    counted = sa.select(table.c.mapping_version, sa.func.count().label("n"))
    where = (table.c.system == system) & (table.c.stream == stream)
    rows = connection.execute(counted.where(where).group_by(table.c.mapping_version)).all()
    return {row.mapping_version: int(row.n) for row in rows}


def live_refs(connection: sa.Connection, system: str, stream: str) -> set[bytes]:
    """Return the refs of a stream's living records."""
    where = (table.c.system == system) & (table.c.stream == stream) & (table.c.state == "live")
    return {bytes(ref) for ref in connection.scalars(sa.select(table.c.ref).where(where)).all()}


def count_living(connection: sa.Connection, system: str) -> int:
    """Return how many living records a system has."""
    where = (table.c.system == system) & (table.c.state == "live")
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())


def counted(connection: sa.Connection, system: str) -> dict[str, int]:
    """Return stream -> how many records of a system are known, living or not; by index alone."""
    statement = sa.select(table.c.stream, sa.func.count().label("n")).where(table.c.system == system)
    return {row.stream: int(row.n) for row in connection.execute(statement.group_by(table.c.stream)).all()}


def ids_of(connection: sa.Connection, refs: Iterable[bytes]) -> list[str]:
    """Return the records' ids in their system, sorted; ids that are kept only as hashes are left out."""
    found: list[str] = []
    for part in chunks(refs):
        found += connection.scalars(sa.select(table.c.record_id).where(among(table.c.ref, part))).all()
    return sorted(one for one in found if not one.startswith("#"))


def save(connection: sa.Connection, vault: Vault, new: Sequence[Shadow], changed: Sequence[Shadow]) -> None:
    """Insert *new* and update *changed* shadows."""
    if new:
        connection.execute(table.insert(), [_row(vault, shadow) for shadow in new])
    if changed:
        update = table.update().where(table.c.ref == sa.bindparam("of"))
        keys = ("content_hash", "mapping_version", "payload", "state", "merged_into", "modified_at", "changed_at")
        statement = update.values({key: sa.bindparam(f"v_{key}") for key in keys})
        rows = [
            {"of": row["ref"], **{f"v_{key}": row[key] for key in keys}}
            for row in (_row(vault, shadow) for shadow in changed)
        ]
        connection.execute(statement, rows)


def set_binding(connection: sa.Connection, ref: bytes, binding_id: str) -> None:
    """Note that the hub made a record, so that a split ties it anew to the side that it stays on."""
    connection.execute(table.update().where(table.c.ref == ref).values(binding_id=binding_id))


def _row(vault: Vault, shadow: Shadow) -> dict[str, Any]:
    return {
        "ref": shadow.ref,
        "system": shadow.system,
        "stream": shadow.stream,
        "record_id": shadow.record_id,
        "content_hash": shadow.content_hash,
        "mapping_version": shadow.mapping_version,
        "payload": vault.seal(_PLACE, shadow.ref, shadow.payload),
        "state": shadow.state,
        "merged_into": shadow.merged_into,
        "modified_at": shadow.modified_at,
        "first_seen_at": shadow.first_seen_at,
        "changed_at": shadow.changed_at,
        "binding_id": shadow.binding_id,
    }


def _shadow(vault: Vault, row: Any) -> Shadow:  # noqa: ANN401 (a row)
    return Shadow(
        bytes(row.ref),
        row.system,
        row.stream,
        row.record_id,
        bytes(row.content_hash),
        row.mapping_version,
        vault.open(_PLACE, bytes(row.ref), row.payload),
        row.state,
        bytes(row.merged_into) if row.merged_into else None,
        row.modified_at,
        row.first_seen_at,
        row.changed_at,
        row.binding_id,
    )
