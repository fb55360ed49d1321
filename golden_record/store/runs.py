"""The history of runs: ids and counts, never a customer."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.tables import runs as table


@dataclass(frozen=True, slots=True)
class Run:
    """One run; *summary* is the JSON of interfaces.md, section 2."""

    run_id: str
    kind: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    summary: Mapping[str, Any]


WAITING, RUNNING = "waiting", "running"
MAPPING_DIFF = "mapping_diff"
ASIDE = (MAPPING_DIFF,)
"""Kinds of runs that go on beside a sync and hold no lease."""


def ask(connection: sa.Connection, run_id: str, kind: str, wanted: Mapping[str, Any], now: datetime) -> None:
    """Note a run that somebody asked for and nobody has begun; *wanted* holds names and ids."""
    summary = json.dumps({"wanted": wanted})
    connection.execute(table.insert().values(id=run_id, kind=kind, status=WAITING, started_at=now, summary=summary))


def asked(connection: sa.Connection, *, aside: bool = False) -> Run | None:
    """Return the run that has waited longest, of those that go on beside a sync or of the others."""
    kinds = table.c.kind.in_(ASIDE) if aside else table.c.kind.not_in(ASIDE)
    statement = sa.select(table).where((table.c.status == WAITING) & kinds).order_by(table.c.id).limit(1)
    row = connection.execute(statement).first()
    return _run(row) if row else None


def start(connection: sa.Connection, run_id: str, kind: str, now: datetime) -> None:
    """Note that a run begins, be it one that was asked for before."""
    waited = (table.c.id == run_id) & (table.c.status == WAITING)
    if connection.execute(table.update().where(waited).values(status=RUNNING, started_at=now)).rowcount == 0:
        connection.execute(table.insert().values(id=run_id, kind=kind, status=RUNNING, started_at=now))


def end(connection: sa.Connection, run_id: str, status: str, summary: Mapping[str, Any], now: datetime) -> None:
    """Note how a run ended."""
    values = {"status": status, "summary": json.dumps(summary), "ended_at": now}
    connection.execute(table.update().where(table.c.id == run_id).values(**values))


def note(connection: sa.Connection, run_id: str, said: Mapping[str, Any]) -> None:
    """Note how far a run is, until `end` says what it came to."""
    where = (table.c.id == run_id) & (table.c.status == RUNNING)
    connection.execute(table.update().where(where).values(summary=json.dumps(said)))


def close_abandoned(connection: sa.Connection, now: datetime) -> int:
    """Mark runs that died without a word; called by who holds the sync lease, so no living run is among them."""
    where = (table.c.status == RUNNING) & table.c.kind.not_in(("serve", *ASIDE))
    return connection.execute(table.update().where(where).values(status="failed", ended_at=now)).rowcount


def close_abandoned_aside(connection: sa.Connection, now: datetime) -> None:
    """Mark runs beside a sync that died with their process; one of a second process that lives ends as it ends."""
    where = (table.c.status == RUNNING) & table.c.kind.in_(ASIDE)
    connection.execute(table.update().where(where).values(status="failed", ended_at=now))


def first_start(connection: sa.Connection) -> datetime | None:
    """Return when the first run that is kept began."""
    statement = sa.select(table.c.started_at).order_by(table.c.started_at).limit(1)
    return connection.execute(statement).scalar()


def get(connection: sa.Connection, run_id: str) -> Run | None:
    """Return one run."""
    row = connection.execute(sa.select(table).where(table.c.id == run_id)).first()
    return _run(row) if row else None


def newest(connection: sa.Connection, limit: int, before: str | None = None) -> list[Run]:
    """Return runs, newest first; *before* is the last id of the page before."""
    statement = sa.select(table).order_by(table.c.id.desc()).limit(limit)
    if before:
        statement = statement.where(table.c.id < before)
    return [_run(row) for row in connection.execute(statement)]


def since(connection: sa.Connection, at: datetime, limit: int, kinds: Collection[str] = ()) -> list[Run]:
    """Return the runs (of these *kinds*) that began since then, newest first."""
    statement = sa.select(table).where(table.c.started_at >= at).order_by(table.c.id.desc()).limit(limit)
    if kinds:
        statement = statement.where(table.c.kind.in_(kinds))
    return [_run(row) for row in connection.execute(statement)]


def _run(row: Any) -> Run:  # noqa: ANN401 (a row)
    summary = json.loads(row.summary) if row.summary else {}
    return Run(row.id, row.kind, row.status, row.started_at, row.ended_at, summary)
