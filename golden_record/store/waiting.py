"""What waits in outbox and inbox, by system: counted by index alone, however much has been done before."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from golden_record.store.tables import inbox, outbox


def waiting_writes(
    connection: sa.Connection, systems: Collection[str], states: Collection[str]
) -> dict[tuple[str, str], int]:
    """Return (system, state) -> how many writes of these systems stand in one of these states."""
    where = outbox.c.system.in_(systems) & outbox.c.state.in_(states)
    statement = sa.select(outbox.c.system, outbox.c.state, sa.func.count().label("n")).where(where)
    rows = connection.execute(statement.group_by(outbox.c.system, outbox.c.state)).all()
    return {(row.system, row.state): int(row.n) for row in rows}


def waiting_events(connection: sa.Connection, states: Collection[str]) -> dict[tuple[str, str], int]:
    """Return (system, state) -> how many posted events stand in one of these states."""
    statement = sa.select(inbox.c.system, inbox.c.state, sa.func.count().label("n")).where(inbox.c.state.in_(states))
    rows = connection.execute(statement.group_by(inbox.c.system, inbox.c.state)).all()
    return {(row.system, row.state): int(row.n) for row in rows}
