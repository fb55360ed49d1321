"""The index that candidates are found by, the links between records, and the frequencies that weights rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from ulid import ULID

from golden_record.store.quick import rows_among, rows_up_to
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import blocks, frequencies, links, models, normalised_records, steward_links
from golden_record.vault import Vault

HUB = "hub"
"""The author of words that tie a record which the hub made to the profile it was made for."""
_REASON = "steward_links.reason"
_STREAMED = 10_000
"""Rows that are taken out of the database at a time."""


def blocks_of(connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, set[bytes]]:
    """Return record -> its block keys."""
    found: dict[bytes, set[bytes]] = {}
    for part in chunks(refs):
        for row in connection.execute(sa.select(blocks).where(among(blocks.c.ref, part))).all():
            found.setdefault(bytes(row.ref), set()).add(bytes(row.block))
    return found


def change_blocks(
    connection: sa.Connection, added: Sequence[tuple[bytes, bytes]], removed: Sequence[tuple[bytes, bytes]]
) -> None:
    """Add and remove (block, ref) pairs."""
    if removed:
        where = (blocks.c.block == sa.bindparam("k")) & (blocks.c.ref == sa.bindparam("r"))
        connection.execute(blocks.delete().where(where), [{"k": block, "r": ref} for block, ref in removed])
    if added:
        connection.execute(blocks.insert(), [{"block": block, "ref": ref} for block, ref in added])


def every_block(connection: sa.Connection) -> Iterator[list[tuple[bytes, bytes]]]:
    """Yield all (block, ref) there are, some thousands at a time."""
    rows = connection.execution_options(yield_per=_STREAMED).execute(sa.select(blocks.c.block, blocks.c.ref))
    for part in rows.partitions():
        yield [(bytes(row.block), bytes(row.ref)) for row in part]


def block_sizes(connection: sa.Connection, keys: Iterable[bytes]) -> dict[bytes, int]:
    """Return how many records hold each key."""
    counted = "SELECT block, count(*) FROM blocks WHERE block IN ({among}) GROUP BY block"
    return {bytes(key): int(n) for key, n in rows_among(connection, counted, keys)}


def holders_within(connection: sa.Connection, limits: Mapping[bytes, int]) -> dict[bytes, list[bytes]]:
    """Return block key -> records that hold it, of each key no more than one above its limit: then it is too full.

    What a key costs is bounded by its limit, however many hold it.
    """
    found: dict[bytes, list[bytes]] = {}
    held = "SELECT block, ref FROM blocks WHERE block = {one}"
    for key, ref in rows_up_to(connection, held, {key: limit + 1 for key, limit in limits.items()}):
        found.setdefault(bytes(key), []).append(bytes(ref))
    return found


def holders(connection: sa.Connection, keys: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """Return block key -> the records that hold it, in a stable order."""
    found: dict[bytes, list[bytes]] = {}
    held = "SELECT block, ref FROM blocks WHERE block IN ({among}) ORDER BY block, ref"
    for key, ref in rows_among(connection, held, keys):
        found.setdefault(bytes(key), []).append(bytes(ref))
    return found


# ------------------------------------------------------------------------------------------------- links


@dataclass(frozen=True, slots=True)
class Link:
    """Scored evidence about two records, in bits; *a* is the smaller ref."""

    a: bytes
    b: bytes
    weight: float


@dataclass(frozen=True, slots=True)
class StewardLink:
    """A steward's word on two records: must or cannot be one customer."""

    link_id: str
    a: bytes
    b: bytes
    kind: str
    author: str = ""


def links_of(connection: sa.Connection, refs: Iterable[bytes], least: float | None = None) -> list[Link]:
    """Return every link (of at least *least* bits, where given) that touches one of *refs*."""
    found: dict[tuple[bytes, bytes], Link] = {}
    for part in chunks(refs):
        for column in (links.c.a, links.c.b):
            where: sa.ColumnElement[bool] = among(column, part)
            if least is not None:
                where &= links.c.weight >= least
            for row in connection.execute(sa.select(links).where(where)).all():
                found[bytes(row.a), bytes(row.b)] = Link(bytes(row.a), bytes(row.b), row.weight)
    return list(found.values())


def any_link(connection: sa.Connection) -> bool:
    """Say whether there is any link at all."""
    return connection.scalar(sa.select(links.c.a).limit(1)) is not None


def links_of_entity(connection: sa.Connection, entity: str) -> Iterator[Link]:
    """Yield every link between records of an entity."""
    joined = sa.select(links).join(normalised_records, normalised_records.c.ref == links.c.a)
    rows = connection.execution_options(yield_per=_STREAMED).execute(
        joined.where(normalised_records.c.entity == entity)
    )
    for row in rows:
        yield Link(bytes(row.a), bytes(row.b), row.weight)


def drop_links(connection: sa.Connection, pairs: Iterable[tuple[bytes, bytes]]) -> None:
    """Forget these links."""
    where = (links.c.a == sa.bindparam("one")) & (links.c.b == sa.bindparam("other"))
    rows = [{"one": a, "other": b} for a, b in pairs]
    if rows:
        connection.execute(links.delete().where(where), rows)


def replace_links(connection: sa.Connection, refs: Iterable[bytes], found: Iterable[Link]) -> None:
    """Forget the links that touch *refs* and keep *found* (each touching one of them) instead."""
    for part in chunks(refs):
        connection.execute(links.delete().where(among(links.c.a, part)))
        connection.execute(links.delete().where(among(links.c.b, part)))
    rows = {(link.a, link.b): {"a": link.a, "b": link.b, "weight": link.weight} for link in found}
    if rows:
        connection.execute(links.insert(), list(rows.values()))


def steward_links_of(connection: sa.Connection, refs: Iterable[bytes]) -> list[StewardLink]:
    """Return the standing words of stewards that touch one of *refs*."""
    found: dict[str, StewardLink] = {}
    for part in chunks(refs):
        for column in (steward_links.c.a, steward_links.c.b):
            where = among(column, part) & steward_links.c.undone_at.is_(None)
            for row in connection.execute(sa.select(steward_links).where(where)).all():
                found[row.id] = StewardLink(row.id, bytes(row.a), bytes(row.b), row.kind, row.author)
    return list(found.values())


def joined_by_people(connection: sa.Connection, entity: str) -> list[tuple[bytes, bytes]]:
    """Return the pairs of an entity's records that stewards have joined, by words that stand."""
    table = steward_links
    where = (table.c.kind == "must") & table.c.undone_at.is_(None) & (table.c.author != HUB)
    statement = sa.select(table.c.a, table.c.b).join(normalised_records, normalised_records.c.ref == table.c.a)
    rows = connection.execute(statement.where(where & (normalised_records.c.entity == entity)).order_by(table.c.id))
    return [(bytes(row.a), bytes(row.b)) for row in rows]


def say(  # noqa: PLR0913 (the facts of a steward's word)
    connection: sa.Connection,
    vault: Vault,
    pairs: Iterable[tuple[bytes, bytes]],
    kind: str,
    *,
    author: str,
    reason: str,
    now: datetime,
) -> list[str]:
    """Keep a steward's word on pairs of records: *kind* `must` or `cannot`; return the words' ids."""
    rows = []
    ids = []
    for one, other in pairs:
        key = str(ULID())
        a, b = sorted((one, other))
        sealed = vault.seal(_REASON, key, reason)
        rows.append({"id": key, "a": a, "b": b, "kind": kind, "author": author, "reason": sealed, "at": now})
        ids.append(key)
    if rows:
        connection.execute(steward_links.insert(), rows)
    return ids


def take_back(connection: sa.Connection, link_ids: Iterable[str], now: datetime) -> None:
    """End words that a newer one contradicts; they stay in the history."""
    for part in chunks(link_ids):
        where = among(steward_links.c.id, part) & steward_links.c.undone_at.is_(None)
        connection.execute(steward_links.update().where(where).values(undone_at=now))


def revive(connection: sa.Connection, link_ids: Iterable[str]) -> list[StewardLink]:
    """Let words stand again that had ended, but for those on whose pair a standing word says the opposite."""
    found: list[StewardLink] = []
    for part in chunks(link_ids):
        where = steward_links.c.id.in_(part) & steward_links.c.undone_at.is_not(None)
        rows = connection.execute(sa.select(steward_links).where(where)).all()
        found += [StewardLink(row.id, bytes(row.a), bytes(row.b), row.kind, row.author) for row in rows]
    said = {(one.a, one.b): one.kind for one in steward_links_of(connection, {one.a for one in found})}
    back = [one for one in found if said.get((one.a, one.b), one.kind) == one.kind]
    for ids in chunks([one.link_id for one in back]):
        connection.execute(steward_links.update().where(steward_links.c.id.in_(ids)).values(undone_at=None))
    return back


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A steward's word with who said it, why and when; *undone_at* once it was taken back."""

    link: StewardLink
    reason: str
    at: datetime
    undone_at: datetime | None


def words(connection: sa.Connection, vault: Vault, link_ids: Iterable[str]) -> list[SaidWord]:
    """Return these words, standing or not, oldest first."""
    found: list[SaidWord] = []
    for part in chunks(sorted(set(link_ids))):
        rows = connection.execute(sa.select(steward_links).where(steward_links.c.id.in_(part))).all()
        for row in rows:
            link = StewardLink(row.id, bytes(row.a), bytes(row.b), row.kind, row.author)
            reason = "" if row.reason is None else vault.open(_REASON, row.id, row.reason)
            found.append(SaidWord(link, reason, row.at, row.undone_at))
    return sorted(found, key=lambda word: word.link.link_id)


def ends_of(connection: sa.Connection, link_ids: Iterable[str]) -> set[bytes]:
    """Return the records that these words are about."""
    found: set[bytes] = set()
    for part in chunks(link_ids):
        for row in connection.execute(sa.select(steward_links).where(steward_links.c.id.in_(part))).all():
            found |= {bytes(row.a), bytes(row.b)}
    return found


def hold_together(connection: sa.Connection, made: Mapping[bytes, str], now: datetime) -> None:
    """Tie records that the hub made (ref -> profile id) each to a record of the profile it was made for.

    They have said nothing yet, so nothing else would hold them there when clusters are formed again.
    """
    anchors: dict[str, bytes] = {}
    records = normalised_records
    for part in chunks(set(made.values())):
        mine = among(records.c.profile_id, part) & records.c.ref.not_in(list(made))
        for row in connection.execute(sa.select(records.c.profile_id, records.c.ref).where(mine)).all():
            # The least is found here: PostgreSQL knows no min() of bytes before 18.
            anchors[row.profile_id] = min(bytes(row.ref), anchors.get(row.profile_id, bytes(row.ref)))
    rows = []
    for ref, profile_id in made.items():
        if profile_id in anchors:
            a, b = sorted((anchors[profile_id], ref))
            rows.append({"id": str(ULID()), "a": a, "b": b, "kind": "must", "author": "hub", "at": now})
    if rows:
        connection.execute(steward_links.insert(), rows)


# ------------------------------------------------------------------------------------------- frequencies


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """Which model is in force for an entity: digest of its YAML, and the base that its frequencies were counted on."""

    version: int
    entity: str
    digest: str
    total: int


def model_in_force(connection: sa.Connection, entity: str) -> ModelVersion | None:
    """Return the newest version."""
    statement = sa.select(models).where(models.c.entity == entity).order_by(models.c.version.desc()).limit(1)
    row = connection.execute(statement).first()
    return ModelVersion(row.version, row.entity, row.digest, int(row.total)) if row else None


def put_in_force(
    connection: sa.Connection, version: ModelVersion, counts: Mapping[tuple[str, bytes], int], now: datetime
) -> None:
    """Make *version* the one in force, with its frequencies: (field, keyed hash) -> records."""
    connection.execute(
        models.insert().values(
            version=version.version, entity=version.entity, digest=version.digest, total=version.total, at=now
        )
    )
    connection.execute(frequencies.delete().where(frequencies.c.entity == version.entity))
    rows = (
        {"entity": version.entity, "field": field, "key": key, "records": count}
        for (field, key), count in counts.items()
    )
    for part in chunks(rows, 5000):
        connection.execute(frequencies.insert(), part)


def load_frequencies(connection: sa.Connection, entity: str) -> dict[tuple[str, bytes], int]:
    """Return the entity's frequencies."""
    rows = connection.execute(sa.select(frequencies).where(frequencies.c.entity == entity))
    return {(row.field, bytes(row.key)): int(row.records) for row in rows}


def frequencies_of(
    connection: sa.Connection, entity: str, keys: Iterable[tuple[str, bytes]]
) -> dict[tuple[str, bytes], int]:
    """Return those frequencies of an entity that are asked for: (field, keyed hash) -> records."""
    wanted: dict[str, set[bytes]] = {}
    for field, key in keys:
        wanted.setdefault(field, set()).add(key)
    # Field by field, as the table's key begins with it: asked without it, a database reads all that the entity has.
    counted = "SELECT {key}, records FROM frequencies WHERE entity = {one} AND field = {one} AND {key} IN ({among})"
    counted = counted.replace("{key}", connection.dialect.identifier_preparer.quote("key"))
    return {
        (field, bytes(key)): int(n)
        for field, some in wanted.items()
        for key, n in rows_among(connection, counted, some, entity, field)
    }
