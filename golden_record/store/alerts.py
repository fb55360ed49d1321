"""What is wrong and who was told: kept, so that a restart repeats nothing and forgets nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.columns import Instant
from golden_record.store.tables import metadata

table = sa.Table(
    "alerts",
    metadata,
    sa.Column("name", sa.String(190), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(190), nullable=False),  # a system, a stream: never a record
    sa.Column("since", Instant, nullable=False),
    sa.Column("told_at", Instant),  # null: nobody could be told yet
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("gone_at", Instant),  # since when it is not so any more, until that was told
    sa.Column("facts", sa.Text, nullable=False),  # JSON: names, counts and times
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that is wrong: *since* when, when it was last told and how often, since when it is gone."""

    name: str
    kind: str
    subject: str
    since: datetime
    told_at: datetime | None = None
    times: int = 0
    gone_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def load(connection: sa.Connection) -> dict[str, Kept]:
    """Return everything that is wrong, by name, the oldest first."""
    rows = connection.execute(sa.select(table).order_by(table.c.since, table.c.name))
    return {
        row.name: Kept(
            row.name, row.kind, row.subject, row.since, row.told_at, row.times, row.gone_at, json.loads(row.facts)
        )
        for row in rows
    }


def save(connection: sa.Connection, kept: Sequence[Kept], over: Collection[str]) -> None:
    """Keep these and forget what is over."""
    gone = {one.name for one in kept} | set(over)
    if gone:
        connection.execute(table.delete().where(table.c.name.in_(gone)))
    if kept:
        connection.execute(
            table.insert(),
            [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "subject": one.subject,
                    "since": one.since,
                    "told_at": one.told_at,
                    "times": one.times,
                    "gone_at": one.gone_at,
                    "facts": json.dumps(dict(one.facts)),
                }
                for one in kept
            ],
        )
