"""Tombstones: people deleted a profile's record in a stream. The hub makes no new one, until somebody lifts that."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.source_records import among, chunks
from golden_record.store.tables import tombstones as table

Grave = tuple[str, str, str]
"""Profile, system, stream."""


def bury(connection: sa.Connection, found: Iterable[Grave], now: datetime) -> None:
    """Note that people deleted a profile's record. The hub makes no new one."""
    for grave in sorted(set(found)):
        _put(connection, grave, {"at": now, "lifted_at": None})


def lift(connection: sa.Connection, found: Iterable[Grave], now: datetime) -> None:
    """Let a record be made again: whatever was deleted there until now counts no more."""
    for grave in sorted(set(found)):
        _put(connection, grave, {"lifted_at": now}, {"at": now})


def lay(connection: sa.Connection, found: Iterable[Grave]) -> None:
    """Take a lifting back."""
    for grave in sorted(set(found)):
        connection.execute(table.update().where(_is(grave)).values(lifted_at=None))


def buried(connection: sa.Connection, profile_ids: Iterable[str], system: str) -> set[tuple[str, str]]:
    """Return (profile id, stream) of the tombstones that stand in a system."""
    return {(row.profile_id, row.stream) for row in _of(connection, profile_ids, system) if row.lifted_at is None}


def lifted(connection: sa.Connection, profile_ids: Iterable[str], system: str) -> dict[tuple[str, str], datetime]:
    """Return (profile id, stream) -> until when what was deleted there counts no more."""
    rows = _of(connection, profile_ids, system)
    return {(row.profile_id, row.stream): row.lifted_at for row in rows if row.lifted_at is not None}


def _of(connection: sa.Connection, profile_ids: Iterable[str], system: str) -> list[Any]:
    found: list[Any] = []
    columns = (table.c.profile_id, table.c.stream, table.c.lifted_at)
    for part in chunks(profile_ids):
        where = among(table.c.profile_id, part) & (table.c.system == system)
        found += connection.execute(sa.select(*columns).where(where)).all()
    return found


def _put(
    connection: sa.Connection, grave: Grave, values: dict[str, datetime | None], new: dict[str, datetime] | None = None
) -> None:
    if connection.execute(table.update().where(_is(grave)).values(**values)).rowcount == 0:
        profile_id, system, stream = grave
        place = {"profile_id": profile_id, "system": system, "stream": stream}
        connection.execute(table.insert().values(**place, **(new or {}), **values))


def _is(grave: Grave) -> sa.ColumnElement[bool]:
    profile_id, system, stream = grave
    return (table.c.profile_id == profile_id) & (table.c.system == system) & (table.c.stream == stream)
