"""Why systems refused writes: counted by cause, so that a thousand alike are mended at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.tables import outbox as table


@dataclass(frozen=True, slots=True)
class Cause:
    """Writes of one system that ended alike: its own words, what to do, how many, and between when."""

    system: str
    stream: str
    state: str
    code: str
    message: str
    cure: str
    writes: int
    first: datetime | None
    last: datetime | None


def causes(connection: sa.Connection, systems: Collection[str], states: Collection[str], limit: int) -> list[Cause]:
    """Return the causes, the commonest first."""
    c = table.c
    alike = (c.system, c.stream, c.state, c.code, c.message, c.cure)
    at = sa.func.coalesce(c.ended_at, c.sent_at, c.planned_at, type_=c.ended_at.type)
    number = sa.func.count().label("n")
    statement = sa.select(*alike, number, sa.func.min(at).label("first"), sa.func.max(at).label("last"))
    statement = statement.where(c.system.in_(systems) & c.state.in_(states)).group_by(*alike)
    rows = connection.execute(statement.order_by(number.desc(), c.system, c.code).limit(limit)).all()
    return [_cause(row) for row in rows]


def _cause(row: Any) -> Cause:  # noqa: ANN401 (a row)
    words = (row.code or "", row.message or "", row.cure or "")
    return Cause(row.system, row.stream, row.state, *words, int(row.n), row.first, row.last)


def of_cause(connection: sa.Connection, system: str, stream: str, state: str, code: str, message: str) -> Sequence[str]:  # noqa: PLR0913 (what makes writes alike)
    """Return the ids of the writes of one cause, oldest first."""
    c = table.c
    where = (c.system == system) & (c.stream == stream) & (c.state == state)
    where &= sa.func.coalesce(c.code, "") == code
    where &= sa.func.coalesce(c.message, "") == message
    return list(connection.scalars(sa.select(c.id).where(where).order_by(c.id)).all())
