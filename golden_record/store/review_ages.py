"""How long open reviews have waited, by kind: counted by the database, nothing opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from golden_record.store.reviews import OPEN
from golden_record.store.tables import reviews as table


def open_by_age(connection: sa.Connection, since: Sequence[datetime]) -> dict[str, list[int]]:
    """Return kind -> open reviews that were opened after each of *since* (the latest first), and before them all."""
    age = sa.case(*((table.c.opened_at >= at, place) for place, at in enumerate(since)), else_=len(since)).label("age")
    statement = sa.select(table.c.kind, age, sa.func.count().label("n")).where(table.c.status == OPEN)
    found: dict[str, list[int]] = {}
    for row in connection.execute(statement.group_by(table.c.kind, age)).all():
        found.setdefault(row.kind, [0] * (len(since) + 1))[row.age] = int(row.n)
    return dict(sorted(found.items()))


def overdue(connection: sa.Connection, now: datetime) -> int:
    """Return how many open reviews should have been decided by now, and were not put off."""
    waiting = table.c.deferred_until.is_(None) | (table.c.deferred_until <= now)
    where = (table.c.status == OPEN) & (table.c.due_at <= now) & waiting
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())
