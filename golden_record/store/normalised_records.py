"""The normalised records: one row per entity that a source record emits, with its histories."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from golden_record.bodies import Body
from golden_record.store.quick import rows_among
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import SOURCE_REF, relations
from golden_record.store.tables import normalised_records as table
from golden_record.store.tables import source_records as sources
from golden_record.vault import Vault

_PLACE = "normalised_records.body"

CLEAN, TO_INDEX, TO_SCORE, TO_SETTLE, IN_HAND = 0, 1, 2, 3, 4
"""How far a record's change has travelled: `dirty` in the table. IN_HAND: the bulk path works on it."""


@dataclass(frozen=True, slots=True)
class NormalisedRow:
    """One row, opened. *record_id* is its source record's.

    *on_delete*: what follows from its deletion (`golden_record.departed`); None: nothing, or it was not deleted.
    """

    ref: bytes
    system: str
    stream: str
    record_id: str
    emit: int
    entity: str
    body: Body
    state: str
    orphaned_at: datetime | None = None
    profile_id: str | None = None
    former_profile_id: str | None = None
    dirty: int = TO_INDEX
    grade: bytes | None = None
    on_delete: str | None = None

    @property
    def key(self) -> str:
        """The readable, stable name that orders ties: `system/stream/id#emit`."""
        return f"{self.system}/{self.stream}/{self.record_id}#{self.emit}"

    @property
    def source_ref(self) -> bytes:
        """The ref of the source record that emits it."""
        return self.ref[:SOURCE_REF]


_COLUMNS = (
    table.c.ref,
    table.c.system,
    table.c.stream,
    sources.c.record_id,
    table.c.emit,
    table.c.entity,
    table.c.body,
    table.c.state,
    table.c.orphaned_at,
    table.c.profile_id,
    table.c.former_profile_id,
    table.c.dirty,
    table.c.grade,
    table.c.on_delete,
)
_JOINED = sa.select(*_COLUMNS).join(sources, sources.c.ref == table.c.source_ref)


_LOADED = (
    "SELECT n.ref, n.system, n.stream, s.record_id, n.emit, n.entity, n.body, n.state, n.orphaned_at, n.profile_id,"
    " n.former_profile_id, n.dirty, n.grade, n.on_delete FROM normalised_records n"
    " JOIN source_records s ON s.ref = n.source_ref WHERE n.ref IN ({among})"
)


def load(
    connection: sa.Connection,
    vault: Vault,
    refs: Iterable[bytes],
    only: Callable[[str], Container[str]] | None = None,
) -> dict[bytes, NormalisedRow]:
    """Return these rows, opened; *only*: entity -> the fields whose histories are wanted, where not all are."""
    found: dict[bytes, NormalisedRow] = {}
    for row in rows_among(connection, _LOADED.replace("n.system", f"n.{_quoted(connection, 'system')}"), refs):
        key, system, stream, record_id, emit, entity, sealed, state, gone, profile_id, former, dirty, *rest = row
        ref, orphaned_at = bytes(key), None if gone is None else datetime.fromtimestamp(gone / 1000, UTC)
        body = Body.from_json(vault.open(_PLACE, ref, sealed), None if only is None else only(entity))
        names = (ref, system, stream, record_id, emit, entity)
        found[ref] = NormalisedRow(*names, body, state, orphaned_at, profile_id, former, dirty, *rest)
    return found


def _quoted(connection: sa.Connection, name: str) -> str:
    """Return a column's name as this database wants it: `system` is a word of its own in MySQL 8."""
    return connection.dialect.identifier_preparer.quote(name)


def of_sources(connection: sa.Connection, vault: Vault, refs: Iterable[bytes]) -> dict[bytes, NormalisedRow]:
    """Return the rows that these source records emit."""
    return _where(connection, vault, table.c.source_ref, refs)


def of_profiles(connection: sa.Connection, vault: Vault, ids: Iterable[str]) -> dict[bytes, NormalisedRow]:
    """Return the rows bound to these profiles."""
    return _where(connection, vault, table.c.profile_id, ids)


@dataclass(frozen=True, slots=True)
class Head:
    """Which record a profile has in a system; its body stays sealed."""

    ref: bytes
    profile_id: str
    stream: str
    record_id: str


def heads_of_profiles(connection: sa.Connection, ids: Iterable[str], system: str) -> list[Head]:
    """Return the living records that these profiles have in a system."""
    found: list[Head] = []
    for part in chunks(ids):
        statement = (
            sa.select(table.c.ref, table.c.profile_id, table.c.stream, sources.c.record_id)
            .join(sources, sources.c.ref == table.c.source_ref)
            .where(among(table.c.profile_id, part) & (table.c.system == system) & (table.c.state == "live"))
        )
        found += [
            Head(bytes(row.ref), row.profile_id, row.stream, row.record_id)
            for row in connection.execute(statement).all()
        ]
    return found


@dataclass(frozen=True, slots=True)
class Bound:
    """Which profile a normalised record is bound to, if any; its body stays sealed."""

    ref: bytes
    key: str
    entity: str
    profile_id: str | None


def bound_of_sources(connection: sa.Connection, source_refs: Iterable[bytes]) -> list[Bound]:
    """Return what these source records emit, and where each belongs."""
    found: list[Bound] = []
    columns = (table.c.ref, table.c.system, table.c.stream, sources.c.record_id, table.c.emit, table.c.entity)
    statement = sa.select(*columns, table.c.profile_id).join(sources, sources.c.ref == table.c.source_ref)
    for part in chunks(source_refs):
        for row in connection.execute(statement.where(among(table.c.source_ref, part))).all():
            key = f"{row.system}/{row.stream}/{row.record_id}#{row.emit}"
            found.append(Bound(bytes(row.ref), key, row.entity, row.profile_id))
    return found


def source_of(ref: bytes) -> bytes:
    """Return the ref of the source record that emits a normalised one."""
    return ref[:SOURCE_REF]


def keys_of(connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, str]:
    """Return ref -> the key of the record."""
    found: dict[bytes, str] = {}
    columns = (table.c.ref, table.c.system, table.c.stream, sources.c.record_id, table.c.emit)
    statement = sa.select(*columns).join(sources, sources.c.ref == table.c.source_ref)
    for part in chunks(refs):
        for row in connection.execute(statement.where(among(table.c.ref, part))).all():
            found[bytes(row.ref)] = f"{row.system}/{row.stream}/{row.record_id}#{row.emit}"
    return found


def profiles_by_key(connection: sa.Connection, entity: str) -> dict[str, str]:
    """Return record key -> profile, for every record of an entity that is bound to one."""
    columns = (table.c.system, table.c.stream, sources.c.record_id, table.c.emit, table.c.profile_id)
    statement = sa.select(*columns).join(sources, sources.c.ref == table.c.source_ref)
    where = (table.c.entity == entity) & table.c.profile_id.is_not(None)
    return {
        f"{row.system}/{row.stream}/{row.record_id}#{row.emit}": row.profile_id
        for row in connection.execute(statement.where(where))
    }


def refs_of_profiles(connection: sa.Connection, ids: Iterable[str]) -> list[bytes]:
    """Return the refs of all records bound to these profiles."""
    found: list[bytes] = []
    for part in chunks(ids):
        found += map(bytes, connection.scalars(sa.select(table.c.ref).where(among(table.c.profile_id, part))).all())
    return found


def systems_of_profiles(connection: sa.Connection, ids: Iterable[str]) -> dict[str, set[str]]:
    """Return profile -> the systems in which it has a living record."""
    found: dict[str, set[str]] = {}
    for part in chunks(ids):
        where = among(table.c.profile_id, part) & (table.c.state == "live")
        for row in connection.execute(sa.select(table.c.profile_id, table.c.system).where(where).distinct()).all():
            found.setdefault(row.profile_id, set()).add(row.system)
    return found


def profiles_of(connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, str]:
    """Return ref -> the profile that it is bound to."""
    found: dict[bytes, str] = {}
    for part in chunks(refs):
        where = among(table.c.ref, part) & table.c.profile_id.is_not(None)
        for row in connection.execute(sa.select(table.c.ref, table.c.profile_id).where(where)).all():
            found[bytes(row.ref)] = row.profile_id
    return found


def dirty_refs(connection: sa.Connection, stage: int, limit: int, only: Collection[bytes] | None = None) -> list[bytes]:
    """Return up to *limit* refs (of *only*, where given) that wait at *stage*, in a stable order.

    They are locked until the transaction ends.

    The lock keeps a pull that lands the same record meanwhile from being taken for done.
    """
    statement = sa.select(table.c.ref).where(table.c.dirty == stage).order_by(table.c.ref).limit(limit)
    if only is not None:
        statement = statement.where(among(table.c.ref, list(only)))
    return [bytes(ref) for ref in connection.scalars(statement.with_for_update()).all()]


def waits(connection: sa.Connection, stage: int, least: int) -> bool:
    """Say whether *least* records or more wait at *stage*; looks at no more than these."""
    statement = sa.select(table.c.ref).where(table.c.dirty == stage).limit(least)
    return len(connection.scalars(statement).all()) >= least


def insert(connection: sa.Connection, vault: Vault, rows: Sequence[NormalisedRow]) -> None:
    """Add rows."""
    if rows:
        connection.execute(table.insert(), [_row(vault, row) for row in rows])


def update(connection: sa.Connection, vault: Vault, rows: Sequence[NormalisedRow]) -> None:
    """Write body, state, stage and grade of rows that are there."""
    _update(connection, vault, rows, ("body", "state", "orphaned_at", "dirty", "grade", "on_delete"))


def update_in_place(connection: sa.Connection, vault: Vault, rows: Sequence[NormalisedRow]) -> None:
    """Write body and grade of rows that are there, and leave the stage to whoever moves it meanwhile."""
    _update(connection, vault, rows, ("body", "grade"))


def _update(connection: sa.Connection, vault: Vault, rows: Sequence[NormalisedRow], keys: Sequence[str]) -> None:
    if not rows:
        return
    statement = table.update().where(table.c.ref == sa.bindparam("of"))
    statement = statement.values({key: sa.bindparam(f"v_{key}") for key in keys})
    made = (_row(vault, row) for row in rows)
    connection.execute(statement, [{"of": row["ref"], **{f"v_{key}": row[key] for key in keys}} for row in made])


def set_on_delete(connection: sa.Connection, words: Mapping[bytes, str | None]) -> None:
    """Say of deleted records what follows from that (None: nothing)."""
    if words:
        statement = table.update().where(table.c.ref == sa.bindparam("of")).values(on_delete=sa.bindparam("w"))
        connection.execute(statement, [{"of": ref, "w": word} for ref, word in sorted(words.items())])


def set_stage(connection: sa.Connection, refs: Iterable[bytes], before: int, after: int) -> None:
    """Move those of *refs* that stand at stage *before* to stage *after*."""
    for part in chunks(refs):
        where = among(table.c.ref, part) & (table.c.dirty == before)
        connection.execute(table.update().where(where).values(dirty=after))


def score_again(connection: sa.Connection, refs: Iterable[bytes]) -> None:
    """Let those of *refs* be scored again that were scored already."""
    for part in chunks(refs):
        where = among(table.c.ref, part) & table.c.dirty.in_((CLEAN, TO_SETTLE))
        connection.execute(table.update().where(where).values(dirty=TO_SCORE))


def beside(connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """Return record -> the other normalised records that its source record emits."""
    wanted = set(refs)
    by_source: dict[bytes, list[bytes]] = {}
    emitted = "SELECT ref, source_ref FROM normalised_records WHERE source_ref IN ({among})"
    for ref, source in rows_among(connection, emitted, {ref[:SOURCE_REF] for ref in wanted}):
        by_source.setdefault(bytes(source), []).append(bytes(ref))
    return {
        ref: others for ref in wanted if (others := [one for one in by_source.get(ref[:SOURCE_REF], ()) if one != ref])
    }


def index_referrers(connection: sa.Connection, refs: Iterable[bytes]) -> None:
    """Mark the records that refer to one of *refs* to be indexed anew: they borrow evidence from it.

    Looked up first: MySQL and older MariaDB go through the whole table for an update with a subquery.
    """
    referring: set[bytes] = set()
    for part in chunks(refs):
        found = connection.scalars(sa.select(relations.c.ref).where(among(relations.c.target, part)))
        referring |= set(map(bytes, found))
    for part in chunks(referring):
        connection.execute(table.update().where(among(table.c.ref, part)).values(dirty=TO_INDEX))


def settle_targets(connection: sa.Connection, names: Iterable[str]) -> None:
    """Mark every resolved record to which others refer by one of the relations *names* to be settled anew."""
    wanted = sorted(names)
    referred = sa.select(relations.c.target).where(relations.c.relation.in_(wanted)).distinct()
    set_stage(connection, map(bytes, connection.scalars(referred).all() if wanted else ()), CLEAN, TO_SETTLE)


def settle_all(connection: sa.Connection) -> None:
    """Mark every resolved record to be settled anew: a rule has changed."""
    connection.execute(table.update().where(table.c.dirty == CLEAN).values(dirty=TO_SETTLE))


def bindings_of(connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, tuple[str | None, str | None]]:
    """Return ref -> (profile, the id that it went by before that one was merged away)."""
    found: dict[bytes, tuple[str | None, str | None]] = {}
    for part in chunks(refs):
        columns = (table.c.ref, table.c.profile_id, table.c.former_profile_id)
        for row in connection.execute(sa.select(*columns).where(table.c.ref.in_(part))).all():
            found[bytes(row.ref)] = (row.profile_id, row.former_profile_id)
    return found


def bind(connection: sa.Connection, bound: Sequence[tuple[bytes, str | None, str | None]]) -> None:
    """Bind rows to profiles: (ref, profile id, the id it had before where that one was merged away).

    Without a profile, settling gives the row one; nobody's id goes with it.
    """
    if bound:
        statement = table.update().where(table.c.ref == sa.bindparam("of"))
        statement = statement.values(profile_id=sa.bindparam("p"), former_profile_id=sa.bindparam("f"))
        connection.execute(statement, [{"of": ref, "p": profile, "f": former} for ref, profile, former in bound])


def count(connection: sa.Connection, entity: str) -> int:
    """Return how many records of an entity are known."""
    statement = sa.select(sa.func.count()).select_from(table).where(table.c.entity == entity)
    return int(connection.execute(statement).scalar_one())


def _where(
    connection: sa.Connection, vault: Vault, column: sa.Column[Any], values: Iterable[Any]
) -> dict[bytes, NormalisedRow]:
    found: dict[bytes, NormalisedRow] = {}
    for part in chunks(values):
        for row in connection.execute(_JOINED.where(among(column, part))).all():
            ref = bytes(row.ref)
            body = Body.from_json(vault.open(_PLACE, ref, row.body))
            found[ref] = NormalisedRow(ref, *row[1:6], body, *row[7:])
    return found


def _row(vault: Vault, row: NormalisedRow) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "source_ref": row.source_ref,
        "system": row.system,
        "stream": row.stream,
        "emit": row.emit,
        "entity": row.entity,
        "body": vault.seal(_PLACE, row.ref, row.body.to_json()),
        "state": row.state,
        "orphaned_at": row.orphaned_at,
        "profile_id": row.profile_id,
        "former_profile_id": row.former_profile_id,
        "dirty": row.dirty,
        "grade": row.grade,
        "on_delete": row.on_delete,
    }
