"""When a profile must be looked at again although nothing comes in: a pin ends, an order drops out of its window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from golden_record.store import normalised_records as records
from golden_record.store.normalised_records import CLEAN, TO_SETTLE
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import due as table


def set_for(connection: sa.Connection, ids: Iterable[str], at: Mapping[str, datetime]) -> None:
    """Keep for each of *ids* when it is due (those without a time in *at*: never)."""
    for part in chunks(ids):
        connection.execute(table.delete().where(among(table.c.profile_id, part)))
    if at:
        connection.execute(table.insert(), [{"profile_id": one, "at": when} for one, when in sorted(at.items())])


def wake(connection: sa.Connection, now: datetime, most: int) -> int:
    """Have the records of up to *most* profiles that are due settled anew; return how many profiles."""
    due = sa.select(table.c.profile_id).where(table.c.at <= now).order_by(table.c.at, table.c.profile_id).limit(most)
    ids = list(connection.scalars(due).all())
    records.set_stage(connection, records.refs_of_profiles(connection, ids), CLEAN, TO_SETTLE)
    set_for(connection, ids, {})
    return len(ids)
