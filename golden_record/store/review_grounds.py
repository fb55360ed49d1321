"""What questions about pairs rest on, as it was when they were last looked at; with an answer it is frozen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from golden_record.store.source_records import among, chunks
from golden_record.store.tables import review_grounds as table
from golden_record.store.tables import reviews

Said = Mapping[str, str]
"""Field -> keyed digest of what people gave there; `<field` of what the record borrowed there, empty for nothing."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One record of the two customers asked about. *side*: of which of the two; *stands*: it was compared for them."""

    ref: bytes
    side: int
    stands: bool
    said: Said


@dataclass(frozen=True, slots=True)
class Kept:
    """The grounds of a question that was asked before, by record."""

    review_id: str
    status: str
    grounds: Mapping[bytes, Ground] = field(default_factory=dict)


def about(connection: sa.Connection, refs: Iterable[bytes]) -> list[Kept]:
    """Return the questions that any of these records was part of, the oldest first, with all their grounds."""
    ids: set[str] = set()
    for part in chunks(refs):
        ids |= set(connection.scalars(sa.select(table.c.review_id).where(among(table.c.ref, part))).all())
    return of(connection, ids)


def of(connection: sa.Connection, ids: Iterable[str]) -> list[Kept]:
    """Return the grounds of these questions, the oldest first; those without any are left out."""
    found: dict[str, dict[bytes, Ground]] = {}
    statuses: dict[str, str] = {}
    for part in chunks(ids):
        statement = (
            sa.select(table, reviews.c.status)
            .join(reviews, reviews.c.id == table.c.review_id)
            .where(among(table.c.review_id, part))
        )
        for row in connection.execute(statement).all():
            ground = Ground(bytes(row.ref), row.side, bool(row.stands), json.loads(row.said))
            found.setdefault(row.review_id, {})[ground.ref] = ground
            statuses[row.review_id] = row.status
    return [Kept(name, statuses[name], grounds) for name, grounds in sorted(found.items())]


def keep(connection: sa.Connection, grounds: Mapping[str, Sequence[Ground]]) -> None:
    """Keep the grounds of questions, in place of what was kept of them."""
    for part in chunks(grounds):
        connection.execute(table.delete().where(among(table.c.review_id, part)))
    rows = [
        {
            "review_id": review_id,
            "ref": one.ref,
            "side": one.side,
            "stands": one.stands,
            "said": json.dumps(one.said, sort_keys=True),
        }
        for review_id, mine in grounds.items()
        for one in mine
    ]
    if rows:
        connection.execute(table.insert(), rows)
