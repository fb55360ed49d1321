"""The records that the bulk path has in hand: taken at once, and never done for a change that came meanwhile.

A record in hand stands at a stage of its own. A pull that lands it (or a neighbour that it borrows from) moves it back
to where it is to be indexed, and whoever has it in hand then finds it gone and leaves it to the path of single records.
Taken and let go of in slices, so that nobody waits for a million rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from golden_record.store.engine import Store
from golden_record.store.normalised_records import CLEAN, IN_HAND, TO_INDEX, TO_SCORE, TO_SETTLE
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import SOURCE_REF, relations, source_records, steward_links
from golden_record.store.tables import normalised_records as table

SLICE = 20_000
"""Rows of SQLite that are looked at in one transaction, some 100 ms."""
_PREFIXES = 256
"""Elsewhere: slices by the first byte of the refs, which are keyed hashes and so evenly spread."""
_ROW: sa.ColumnElement[int] = sa.literal_column("normalised_records.rowid", sa.BigInteger)


def waiting(connection: sa.Connection) -> int:
    """Return how many records wait to be indexed or scored."""
    counted = sa.select(sa.func.count()).where(table.c.dirty.in_((TO_INDEX, TO_SCORE)))
    return int(connection.scalar(counted) or 0)


def take(store: Store) -> list[bytes]:
    """Take every record in hand that waits to be indexed or scored; return their refs as the table lies on the disk."""
    _move(store, (TO_INDEX, TO_SCORE), IN_HAND)
    with store.read() as connection:
        order = _ROW if store.engine.dialect.name == "sqlite" else table.c.ref
        found = connection.scalars(sa.select(table.c.ref).where(table.c.dirty == IN_HAND).order_by(order))
        return [bytes(ref) for ref in found]


def put_back(store: Store) -> None:
    """Let everything in hand wait to be indexed again: whoever had it in hand was killed, or gave up."""
    with store.read() as connection:
        if connection.scalar(sa.select(table.c.ref).where(table.c.dirty == IN_HAND).limit(1)) is None:
            return
    _move(store, (IN_HAND,), TO_INDEX)


def leave_to_settle(store: Store) -> None:
    """Let what is still in hand, scored by now, be settled with all that it is tied to."""
    _move(store, (IN_HAND,), TO_SETTLE)


def let_settle(store: Store, scored: Sequence[bytes], moved: AbstractSet[bytes]) -> None:
    """Let those of *scored* be settled that wait to be scored, and those of *moved* that wait for nothing."""
    for part in chunks(scored, SLICE):
        changed = [ref for ref in part if ref in moved]
        with store.write() as connection:
            for refs, stage in ((part, TO_SCORE), (changed, CLEAN)):
                for some in chunks(refs):
                    where = among(table.c.ref, some) & (table.c.dirty == stage)
                    connection.execute(table.update().where(where).values(dirty=TO_SETTLE))


def still_in_hand(connection: sa.Connection, refs: Iterable[bytes]) -> set[bytes]:
    """Return those of *refs* that nothing has happened to, locked until the transaction ends."""
    found: set[bytes] = set()
    for part in chunks(refs):
        where = among(table.c.ref, part) & (table.c.dirty == IN_HAND)
        found |= set(map(bytes, connection.scalars(sa.select(table.c.ref).where(where).with_for_update())))
    return found


def settled(connection: sa.Connection, bound: Iterable[tuple[bytes, str | None]], clean: int) -> None:
    """Bind records to their profiles (None: they have none) and move them to the stage *clean*, in one go."""
    statement = table.update().where(table.c.ref == sa.bindparam("of"))
    statement = statement.values(profile_id=sa.bindparam("p"), dirty=clean)
    rows = [{"of": ref, "p": profile_id} for ref, profile_id in bound]
    if rows:
        connection.execute(statement, rows)


def tied(store: Store, became: str) -> tuple[set[bytes], set[bytes]]:
    """Return what more than links holds: records, and source records with all that they emit.

    Those bound to a profile already, or about which there is a standing word; merged away in their system, or turned
    into another record (the relation *became*): what happens to them depends on more than their own component.
    """
    refs: set[bytes] = set()
    with store.read() as connection:
        bound = table.c.profile_id.is_not(None) | table.c.former_profile_id.is_not(None)
        refs |= set(map(bytes, connection.scalars(sa.select(table.c.ref).where((table.c.dirty == IN_HAND) & bound))))
        words = sa.select(steward_links.c.a, steward_links.c.b).where(steward_links.c.undone_at.is_(None))
        refs |= {bytes(end) for row in connection.execute(words) for end in row}
        turned = sa.select(relations.c.ref, relations.c.target).where(relations.c.relation == became)
        refs |= {bytes(end) for row in connection.execute(turned) for end in row}
        merged = sa.select(source_records.c.ref, source_records.c.merged_into)
        gone = connection.execute(merged.where(source_records.c.merged_into.is_not(None)))
        sources = {bytes(end)[:SOURCE_REF] for row in gone for end in row}
    return refs, sources


def _move(store: Store, before: tuple[int, ...], after: int) -> None:
    for where in _slices(store):
        with store.write() as connection:
            connection.execute(table.update().where(where & table.c.dirty.in_(before)).values(dirty=after))


def _slices(store: Store) -> Iterator[sa.ColumnElement[bool]]:
    if store.engine.dialect.name == "sqlite":
        with store.read() as connection:
            last = connection.scalar(sa.select(sa.func.max(_ROW)).select_from(table)) or 0
        for start in range(0, last, SLICE):
            yield _ROW.between(start + 1, start + SLICE)
        return
    for first in range(_PREFIXES):
        where = table.c.ref >= bytes([first])
        yield where & (table.c.ref < bytes([first + 1])) if first + 1 < _PREFIXES else where
