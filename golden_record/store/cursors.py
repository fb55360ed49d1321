"""Where each stream's pull stands; written in the transaction of the records that it covers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.tables import cursors as table


def load(connection: sa.Connection, system: str, stream: str) -> dict[str, Any] | None:
    """Return the stream's Airbyte state, or None where it was never pulled."""
    where = (table.c.system == system) & (table.c.stream == stream)
    kept = connection.execute(sa.select(table.c.state).where(where)).scalar()
    state: dict[str, Any] = {} if kept is None else json.loads(kept)
    return state or None


def save(connection: sa.Connection, system: str, stream: str, state: Mapping[str, Any], now: datetime) -> None:
    """Keep the stream's state."""
    _upsert(connection, system, stream, {"state": json.dumps(state), "updated_at": now})


def complete(connection: sa.Connection, system: str, stream: str, now: datetime) -> None:
    """Note that a read of the stream came to its end; an empty stream gives no state, and was read all the same."""
    where = (table.c.system == system) & (table.c.stream == stream)
    if connection.execute(table.update().where(where).values(completed_at=now)).rowcount == 0:
        values = {"system": system, "stream": stream, "state": "{}", "updated_at": now, "completed_at": now}
        connection.execute(table.insert().values(**values))


def forget(connection: sa.Connection, system: str, stream: str) -> None:
    """Make the next pull read everything."""
    connection.execute(table.delete().where((table.c.system == system) & (table.c.stream == stream)))


def freshness(connection: sa.Connection) -> dict[tuple[str, str], datetime | None]:
    """Return when each stream was last read to its end."""
    rows = connection.execute(sa.select(table.c.system, table.c.stream, table.c.completed_at))
    return {(row.system, row.stream): row.completed_at for row in rows}


def _upsert(connection: sa.Connection, system: str, stream: str, values: Mapping[str, Any]) -> None:
    where = (table.c.system == system) & (table.c.stream == stream)
    if connection.execute(table.update().where(where).values(**values)).rowcount == 0:
        connection.execute(table.insert().values(system=system, stream=stream, **values))
