"""How much there is of everything, for those who watch over the hub: counts and times, never a customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from golden_record.store import cursors, profiles, reviews
from golden_record.store import outbox as outbox_states
from golden_record.store.inbox import FAILED, WAITING
from golden_record.store.tables import inbox, leases, normalised_records, outbox, runs
from golden_record.store.tables import profiles as profile_rows

_OPEN_EVENTS = (WAITING, FAILED)
_OPEN_WRITES = (*outbox_states.WAITING, *outbox_states.UNDECIDED, outbox_states.REJECTED)


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


def counts(connection: sa.Connection, *, ended: bool = True) -> Counts:
    """Count; without *ended* events and writes only those that are not over: so it costs the same however many were."""
    last = sa.select(runs.c.kind, sa.func.max(runs.c.ended_at).label("at"))
    last = last.where(runs.c.ended_at.is_not(None)).group_by(runs.c.kind)
    waiting = sa.select(sa.func.min(inbox.c.received_at)).where(inbox.c.state == WAITING)
    return Counts(
        _by(connection, inbox.c.system, inbox.c.state, None if ended else _OPEN_EVENTS),
        connection.execute(waiting).scalar(),
        _by(connection, outbox.c.system, outbox.c.state, None if ended else _OPEN_WRITES),
        _by(connection, runs.c.kind, runs.c.status, None),
        {row.kind: row.at for row in connection.execute(last)},
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
    """Return system -> when its last event came: one look into the index for each system."""
    found: dict[str, datetime] = {}
    last = sa.select(sa.func.max(inbox.c.received_at))
    for system in _systems(connection, inbox.c.system):
        at = connection.execute(last.where(inbox.c.system == system)).scalar()
        if at is not None:
            found[system] = at
    return found


def _systems(connection: sa.Connection, column: sa.Column[str]) -> Iterator[str]:
    """Yield the systems that a column names, stepping from one to the next in its index."""
    least = sa.select(sa.func.min(column))
    system = connection.execute(least).scalar()
    while system is not None:
        yield system
        system = connection.execute(least.where(column > system)).scalar()


def _number(connection: sa.Connection, where: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).where(where)).scalar_one())


def _by(
    connection: sa.Connection, system: sa.Column[str], state: sa.Column[str], only: Sequence[str] | None
) -> dict[tuple[str, str], int]:
    """Count by system and state; with *only* these states, each of them a range of the index."""
    if only is None:
        statement = sa.select(system, state, sa.func.count()).group_by(system, state)
        return {(one, other): int(n) for one, other, n in connection.execute(statement)}
    found: dict[tuple[str, str], int] = {}
    for name in _systems(connection, system):
        where = (system == name) & state.in_(only)
        for at, n in connection.execute(sa.select(state, sa.func.count()).where(where).group_by(state)):
            found[name, at] = int(n)
    return found
