"""What was taken back in a record: values to be put back there, and what the hub does not write there again by itself.

A hold is kept in the transaction that decides on it, before anything is written: a killed run loses no undo. It stands
until a steward lifts it, or until people say the value anew (golden_record.held).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.columns import Encrypted, Instant, KeyBytes
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import SOURCE_REF, metadata
from golden_record.vault import Vault

_BODY, _REASON = "holds.body", "holds.reason"

table = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("ref", KeyBytes(SOURCE_REF), nullable=False, index=True),
    sa.Column("emit", sa.Integer, nullable=False),
    sa.Column("system", sa.String(120), nullable=False),
    sa.Column("stream", sa.String(120), nullable=False),
    sa.Column("record_id", sa.String(255), nullable=False),
    sa.Column("profile_id", sa.String(26), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),  # values; record: the hub made it and leaves it alone
    sa.Column("body", Encrypted, nullable=False),
    sa.Column("author", sa.String(120), nullable=False),
    sa.Column("reason", Encrypted, nullable=False),
    sa.Column("run_id", sa.String(26), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("lifted_at", Instant),
    sa.Column("lifted_by", sa.String(120)),
)

VALUES, RECORD = "values", "record"


@dataclass(frozen=True, slots=True)
class HeldField:
    """One profile field that is held in one record.

    *wanted*: the canonical values of the profile when the write was taken back: while it still says just these, the
    field is left alone here. *barred*: those that the hub had put there: not put there again with others either.
    *restore*: the system's field -> (what the hub's write shows there, what stood there before).
    """

    wanted: frozenset[str]
    barred: frozenset[str]
    restore: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """What was taken back in one record; *writes* are the ids of the writes that it takes back."""

    hold_id: str
    ref: bytes
    emit: int
    system: str
    stream: str
    record_id: str
    profile_id: str
    kind: str
    writes: tuple[str, ...]
    fields: Mapping[str, HeldField]
    author: str
    reason: str
    run_id: str
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None


def add(connection: sa.Connection, vault: Vault, holds: Sequence[Hold]) -> None:
    """Keep holds."""
    if holds:
        connection.execute(table.insert(), [_row(vault, one) for one in holds])


def of_records(connection: sa.Connection, vault: Vault, refs: Iterable[bytes]) -> dict[tuple[bytes, int], list[Hold]]:
    """Return (record, place of the entity in it) -> its standing holds, oldest first."""
    found: dict[tuple[bytes, int], list[Hold]] = {}
    for part in chunks(refs):
        where = among(table.c.ref, part) & table.c.lifted_at.is_(None)
        for row in connection.execute(sa.select(table).where(where).order_by(table.c.id)).all():
            found.setdefault((bytes(row.ref), row.emit), []).append(_hold(vault, row))
    return found


def page(connection: sa.Connection, vault: Vault, system: str | None, after: str | None, limit: int) -> list[Hold]:
    """Return standing holds, oldest first."""
    statement = sa.select(table).where(table.c.lifted_at.is_(None)).order_by(table.c.id).limit(limit)
    if system is not None:
        statement = statement.where(table.c.system == system)
    if after is not None:
        statement = statement.where(table.c.id > after)
    return [_hold(vault, row) for row in connection.execute(statement).all()]


def named(connection: sa.Connection, vault: Vault, name: str) -> list[Hold]:
    """Return the hold of this id, or those of the run of this id."""
    where = (table.c.id == name) | (table.c.run_id == name)
    return [_hold(vault, row) for row in connection.execute(sa.select(table).where(where).order_by(table.c.id)).all()]


def lift(connection: sa.Connection, ids: Iterable[str], author: str, now: datetime) -> set[str]:
    """End holds; return the profiles whose plan may change by that."""
    about: set[str] = set()
    for part in chunks(ids):
        where = table.c.id.in_(part) & table.c.lifted_at.is_(None)
        about |= set(connection.scalars(sa.select(table.c.profile_id).where(where)).all())
        connection.execute(table.update().where(where).values(lifted_at=now, lifted_by=author))
    return about


def _row(vault: Vault, one: Hold) -> dict[str, Any]:
    fields = {
        name: [sorted(held.wanted), sorted(held.barred), {path: list(two) for path, two in held.restore.items()}]
        for name, held in one.fields.items()
    }
    return {
        "id": one.hold_id,
        "ref": one.ref,
        "emit": one.emit,
        "system": one.system,
        "stream": one.stream,
        "record_id": one.record_id,
        "profile_id": one.profile_id,
        "kind": one.kind,
        "body": vault.seal(_BODY, one.hold_id, {"w": list(one.writes), "f": fields}),
        "author": one.author,
        "reason": vault.seal(_REASON, one.hold_id, one.reason),
        "run_id": one.run_id,
        "at": one.at,
    }


def _hold(vault: Vault, row: Any) -> Hold:  # noqa: ANN401 (a row)
    body = vault.open(_BODY, row.id, row.body)
    fields = {
        name: HeldField(frozenset(wanted), frozenset(barred), {path: (two[0], two[1]) for path, two in restore.items()})
        for name, (wanted, barred, restore) in body["f"].items()
    }
    return Hold(
        row.id,
        bytes(row.ref),
        row.emit,
        row.system,
        row.stream,
        row.record_id,
        row.profile_id,
        row.kind,
        tuple(body["w"]),
        fields,
        row.author,
        vault.open(_REASON, row.id, row.reason),
        row.run_id,
        row.at,
        row.lifted_at,
        row.lifted_by,
    )
