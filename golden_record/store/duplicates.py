"""Profiles that have several living records in one stream of one system: duplicates that its own people could merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from golden_record.store.tables import normalised_records as table


@dataclass(frozen=True, slots=True)
class Several:
    """One profile with *count* living records in one stream."""

    profile_id: str
    system: str
    stream: str
    count: int


def several(
    connection: sa.Connection, systems: Sequence[str], entities: Sequence[str], after: tuple[str, str, str], limit: int
) -> list[Several]:
    """Return such profiles in order of (system, stream, profile), behind *after*."""
    where = (
        (table.c.state == "live")
        & table.c.profile_id.is_not(None)
        & table.c.system.in_(systems)
        & table.c.entity.in_(entities)
    )
    system, stream, profile_id = after
    if system:
        behind = (table.c.system > system) | (
            (table.c.system == system)
            & ((table.c.stream > stream) | ((table.c.stream == stream) & (table.c.profile_id > profile_id)))
        )
        where &= behind
    key = (table.c.system, table.c.stream, table.c.profile_id)
    counted = sa.func.count(table.c.source_ref.distinct())
    statement = sa.select(*key, counted.label("n")).where(where).group_by(*key).having(counted > 1)
    rows = connection.execute(statement.order_by(*key).limit(limit)).all()
    return [Several(row.profile_id, row.system, row.stream, int(row.n)) for row in rows]
