"""How much there is of everything, for those who watch over the hub: counts and times, never a customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from golden_record.store import cursors, profiles, reviews
from golden_record.store.inbox import WAITING
from golden_record.store.tables import inbox, leases, normalised_records, outbox, runs
from golden_record.store.tables import profiles as profile_rows


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands in the store at one moment.

    *events* and *writes*: (system, state) -> how many. *runs*: (kind, status) -> how many; *last_runs*: kind -> when
    the last one ended. *fresh*: (system, stream) -> when it was last read to its end. *oldest_event*: since when the
    event waits that has waited longest; *last_events*: system -> when its last one came. *to_resolve* records and
    *to_plan* profiles wait for the next run. *at_work*: what is held now -> by which process, since when.
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
    last_events: dict[str, datetime] = field(default_factory=dict)
    to_resolve: int = 0
    to_plan: int = 0
    at_work: dict[str, tuple[str, datetime]] = field(default_factory=dict)


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
        _last_events(connection),
        _number(connection, normalised_records.c.dirty > 0),
        _number(connection, (profile_rows.c.to_plan == 1) & profile_rows.c.merged_into.is_(None)),
        {row.name: (row.host, row.since) for row in connection.execute(sa.select(leases))},
    )


def _last_events(connection: sa.Connection) -> dict[str, datetime]:
    statement = sa.select(inbox.c.system, sa.func.max(inbox.c.received_at).label("at")).group_by(inbox.c.system)
    return {row.system: row.at for row in connection.execute(statement)}


def _number(connection: sa.Connection, where: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).where(where)).scalar_one())


def _by(connection: sa.Connection, first: sa.Column[str], second: sa.Column[str]) -> dict[tuple[str, str], int]:
    statement = sa.select(first, second, sa.func.count()).group_by(first, second)
    return {(one, other): int(n) for one, other, n in connection.execute(statement)}
