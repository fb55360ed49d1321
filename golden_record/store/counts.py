"""How much there is of everything, for those who watch over the hub: counts and times, never a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from golden_record.store import cursors, profiles, reviews
from golden_record.store.inbox import WAITING
from golden_record.store.tables import inbox, outbox, runs


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands in the store at one moment.

    *events* and *writes*: (system, state) -> how many. *runs*: (kind, status) -> how many; *last_runs*: kind -> when
    the last one ended. *fresh*: (system, stream) -> when it was last read to its end. *oldest_event*: since when the
    event waits that has waited longest.
    """

    events: dict[tuple[str, str], int]
    oldest_event: datetime | None
    writes: dict[tuple[str, str], int]
    runs: dict[tuple[str, str], int]
    last_runs: dict[str, datetime]
    fresh: dict[tuple[str, str], datetime]
    profiles: int
    open_reviews: int
    oldest_review: datetime | None


def counts(connection: sa.Connection) -> Counts:
    """Count."""
    ended = sa.select(runs.c.kind, sa.func.max(runs.c.ended_at).label("at"))
    ended = ended.where(runs.c.ended_at.is_not(None)).group_by(runs.c.kind)
    waiting = sa.select(sa.func.min(inbox.c.received_at)).where(inbox.c.state == WAITING)
    return Counts(
        _by(connection, inbox.c.system, inbox.c.state),
        connection.execute(waiting).scalar(),
        _by(connection, outbox.c.system, outbox.c.state),
        _by(connection, runs.c.kind, runs.c.status),
        {row.kind: row.at for row in connection.execute(ended)},
        {key: at for key, at in cursors.freshness(connection).items() if at is not None},
        profiles.count(connection),
        reviews.count_open(connection),
        reviews.oldest_open(connection),
    )


def _by(connection: sa.Connection, first: sa.Column[str], second: sa.Column[str]) -> dict[tuple[str, str], int]:
    statement = sa.select(first, second, sa.func.count()).group_by(first, second)
    return {(one, other): int(n) for one, other, n in connection.execute(statement)}
