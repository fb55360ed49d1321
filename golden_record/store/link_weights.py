"""How many scored pairs there are by weight: what a threshold would move. Counted by the database, nothing opened."""

from __future__ import annotations

import sqlalchemy as sa

from golden_record.store.tables import links, normalised_records


def by_weight(connection: sa.Connection, entity: str) -> dict[int, int]:
    """Return whole bits (rounded down) -> how many pairs of an entity's records have that weight."""
    bits = sa.cast(sa.func.floor(links.c.weight), sa.Integer).label("bits")
    statement = (
        sa.select(bits, sa.func.count().label("n"))
        .join(normalised_records, normalised_records.c.ref == links.c.a)
        .where(normalised_records.c.entity == entity)
        .group_by(bits)
        .order_by(bits)
    )
    return {int(row.bits): int(row.n) for row in connection.execute(statement).all()}
