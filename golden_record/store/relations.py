"""Relations between records (a contact's employer), as their systems state them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from golden_record.store.quick import rows_among
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import SOURCE_REF
from golden_record.store.tables import normalised_records as records
from golden_record.store.tables import relations as table

Stated = Mapping[bytes, Sequence[tuple[str, bytes]]]
"""Record -> its relations: (name, target ref)."""


def replace(connection: sa.Connection, said: Stated) -> None:
    """Keep what these records say now; one that the hub wrote stays marked so while it is unchanged."""
    pushed: set[tuple[bytes, str, bytes]] = set()
    for part in chunks(said):
        where = among(table.c.ref, part)
        kept = connection.execute(
            sa.select(table.c.ref, table.c.relation, table.c.target).where(where & table.c.pushed)
        )
        pushed |= {(bytes(row.ref), row.relation, bytes(row.target)) for row in kept}
        connection.execute(table.delete().where(where))
    rows = {
        (ref, relation): {
            "ref": ref,
            "relation": relation,
            "target": target,
            "pushed": (ref, relation, target) in pushed,
        }
        for ref, stated in said.items()
        for relation, target in stated
    }
    if rows:
        connection.execute(table.insert(), list(rows.values()))


def note_pushed(connection: sa.Connection, written: Stated) -> None:
    """Keep relations that the hub has written."""
    rows = [
        {"ref": ref, "relation": relation, "target": target, "pushed": True}
        for ref, stated in written.items()
        for relation, target in stated
    ]
    for row in rows:
        where = (table.c.ref == row["ref"]) & (table.c.relation == row["relation"])
        connection.execute(table.delete().where(where))
    if rows:
        connection.execute(table.insert(), rows)


def called(connection: sa.Connection, relation: str, refs: Iterable[bytes]) -> dict[bytes, bytes]:
    """Return record -> target of each *relation* that starts from or leads to one of *refs*."""
    found: dict[bytes, bytes] = {}
    for part in chunks(refs):
        for end in (table.c.ref, table.c.target):
            where = (table.c.relation == relation) & among(end, part)
            rows = connection.execute(sa.select(table.c.ref, table.c.target).where(where)).all()
            found |= {bytes(row.ref): bytes(row.target) for row in rows}
    return found


def leading_to(
    connection: sa.Connection, targets: Iterable[bytes], names: Iterable[str]
) -> list[tuple[bytes, str, bytes]]:
    """Return (record, relation, target) of every relation of *names* that leads to one of *targets*."""
    found: list[tuple[bytes, str, bytes]] = []
    wanted = sorted(set(names))
    for part in chunks(targets):
        where = among(table.c.target, part) & table.c.relation.in_(wanted)
        rows = connection.execute(sa.select(table.c.ref, table.c.relation, table.c.target).where(where)).all()
        found += [(bytes(row.ref), row.relation, bytes(row.target)) for row in rows]
    return sorted(found)


def referred_to(connection: sa.Connection, targets: Iterable[bytes]) -> set[bytes]:
    """Return which of *targets* a living record refers to, but for those that come of the same source record."""
    found: set[bytes] = set()
    living = sa.select(table.c.ref, table.c.target).join(records, records.c.ref == table.c.ref)
    for part in chunks(targets):
        rows = connection.execute(living.where(among(table.c.target, part) & (records.c.state == "live"))).all()
        found |= {bytes(row.target) for row in rows if bytes(row.ref)[:SOURCE_REF] != bytes(row.target)[:SOURCE_REF]}
    return found


def targets(connection: sa.Connection, refs: Iterable[bytes], names: Iterable[str]) -> set[bytes]:
    """Return the records to which *refs* refer by one of *names*."""
    found: set[bytes] = set()
    wanted = sorted(set(names))
    for part in chunks(refs):
        where = among(table.c.ref, part) & table.c.relation.in_(wanted)
        found |= set(map(bytes, connection.scalars(sa.select(table.c.target).where(where)).all()))
    return found


def of(connection: sa.Connection, refs: Iterable[bytes], *, by_people: bool = False) -> dict[bytes, dict[str, bytes]]:
    """Return ref -> relation -> target ref; *by_people*: without those that the hub wrote."""
    found: dict[bytes, dict[str, bytes]] = {}
    stated = "SELECT ref, relation, target, pushed FROM relations WHERE ref IN ({among})"
    for ref, relation, target, pushed in rows_among(connection, stated, refs):
        if not (by_people and pushed):
            found.setdefault(bytes(ref), {})[relation] = bytes(target)
    return found


def referring(
    connection: sa.Connection, refs: Iterable[bytes], relation: str | None = None
) -> list[tuple[bytes, str, bytes]]:
    """Return (record, relation, target) of every relation that leads to one of *refs*; the other way round of `of`."""
    found: list[tuple[bytes, str, bytes]] = []
    for part in chunks(refs):
        statement = sa.select(table.c.ref, table.c.relation, table.c.target).where(among(table.c.target, part))
        if relation is not None:
            statement = statement.where(table.c.relation == relation)
        rows = connection.execute(statement.order_by(table.c.ref)).all()
        found += [(bytes(row.ref), row.relation, bytes(row.target)) for row in rows]
    return found
