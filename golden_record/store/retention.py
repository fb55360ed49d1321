"""Forget what is long over: runs, events and writes. Their ids are in the order of time: none is searched for."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from ulid import ULID

from golden_record.store import inbox, outbox, runs
from golden_record.store.source_records import chunks
from golden_record.store.tables import inbox as inbox_table
from golden_record.store.tables import outbox as outbox_table
from golden_record.store.tables import runs as runs_table

Kind = Literal["runs", "events", "writes"]


def forget(connection: sa.Connection, kind: Kind, before: datetime, limit: int) -> int:
    """Delete what ended and is older than *before*, the oldest first, at most *limit*; return how many.

    What still waits, failed or was refused stays, however old: somebody has to look at it.
    """
    table, over = _WHAT[kind]
    oldest = table.c.id < str(ULID.from_datetime(before))
    ids = list(connection.scalars(sa.select(table.c.id).where(oldest & over).order_by(table.c.id).limit(limit)))
    for part in chunks(ids):
        connection.execute(table.delete().where(table.c.id.in_(part)))
    return len(ids)


_WHAT: dict[Kind, tuple[sa.Table, sa.ColumnElement[bool]]] = {
    "runs": (runs_table, runs_table.c.status.not_in((runs.WAITING, runs.RUNNING))),
    "events": (inbox_table, inbox_table.c.state == inbox.DONE),
    "writes": (outbox_table, outbox_table.c.state.in_((outbox.CONFIRMED, outbox.SUPERSEDED))),
}
