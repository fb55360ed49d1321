"""Stewards' acts, each with what it did, so that it can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store import act_notes
from golden_record.store.source_records import chunks
from golden_record.store.tables import acts as table
from golden_record.vault import Vault

_PLACE = "acts.body"
_REASON = "acts.reason"


@dataclass
class Effects:
    """What one act did.

    *said* and *took_back*: ids of steward links; *decrees*: ids; *closed*: reviews that it decided; *deferred*:
    review -> until when it had been deferred before (ms; None: not); *bound*: record -> (profile, former profile)
    before the act; *led*: merged-away profile of such a record -> where it led; *lifted*: tombstones (profile, system,
    stream) that it lifted; *departed*: deleted record -> what followed from its deletion before the act.
    """

    said: list[str] = field(default_factory=list)
    took_back: list[str] = field(default_factory=list)
    decrees: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    deferred: dict[str, int | None] = field(default_factory=dict)
    bound: dict[bytes, tuple[str | None, str | None]] = field(default_factory=dict)
    led: dict[str, str] = field(default_factory=dict)
    lifted: list[list[str]] = field(default_factory=list)
    departed: dict[str, str | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        kept = {name: value for name, value in vars(self).items() if value and name != "bound"}
        if self.bound:
            kept["bound"] = {ref.hex(): list(ids) for ref, ids in self.bound.items()}
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Effects:
        """Read the stored form."""
        bound = {bytes.fromhex(ref): (ids[0], ids[1]) for ref, ids in kept.get("bound", {}).items()}
        return cls(**{**kept, "bound": bound})


@dataclass(frozen=True, slots=True)
class KeptAct:
    """One act as kept."""

    act_id: str
    kind: str
    author: str
    reason: str
    at: datetime
    run_id: str
    review_id: str | None
    effects: Effects
    undone_at: datetime | None = None
    undone_by: str | None = None


def add(connection: sa.Connection, vault: Vault, act: KeptAct) -> None:
    """Keep an act."""
    connection.execute(
        table.insert().values(
            id=act.act_id,
            kind=act.kind,
            author=act.author,
            reason=vault.seal(_REASON, act.act_id, act.reason),
            at=act.at,
            run_id=act.run_id,
            review_id=act.review_id,
            body=vault.seal(_PLACE, act.act_id, act.effects.to_json()),
        )
    )
    act_notes.note(
        connection,
        vault,
        f"steward.{act.kind}",
        who=act.author,
        at=act.at,
        run_id=act.run_id,
        act=act.act_id,
        review=act.review_id,
    )


def named(connection: sa.Connection, vault: Vault, name: str) -> list[KeptAct]:
    """Return the act of this id, or all acts of the run of this id, the newest first."""
    where = (table.c.id == name) | (table.c.run_id == name)
    rows = connection.execute(sa.select(table).where(where).order_by(table.c.id.desc())).all()
    return [_opened(vault, row) for row in rows]


def about_reviews(connection: sa.Connection, vault: Vault, review_ids: Iterable[str]) -> dict[str, list[KeptAct]]:
    """Return review -> what stewards did with it, oldest first."""
    found: dict[str, list[KeptAct]] = {}
    for part in chunks(review_ids):
        rows = connection.execute(sa.select(table).where(table.c.review_id.in_(part)).order_by(table.c.id)).all()
        for row in rows:
            found.setdefault(row.review_id, []).append(_opened(vault, row))
    return found


@dataclass(frozen=True, slots=True)
class Which:
    """Which acts are meant: all that fit every part that is given. *kinds*: as an act is kept (joined, set, …)."""

    author: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    run_id: str | None = None


def standing(connection: sa.Connection, vault: Vault, which: Which) -> list[KeptAct]:
    """Return the acts that fit and were not undone, the newest first."""
    statement = sa.select(table).where(table.c.undone_at.is_(None)).order_by(table.c.id.desc())
    if which.author is not None:
        statement = statement.where(table.c.author == which.author)
    if which.since is not None:
        statement = statement.where(table.c.at >= which.since)
    if which.until is not None:
        statement = statement.where(table.c.at < which.until)
    if which.kinds:
        statement = statement.where(table.c.kind.in_(which.kinds))
    if which.run_id is not None:
        statement = statement.where(table.c.run_id == which.run_id)
    return [_opened(vault, row) for row in connection.execute(statement).all()]


def page_of(connection: sa.Connection, vault: Vault, kind: str, after: str | None, limit: int) -> list[KeptAct]:
    """Return standing acts of one kind, the newest first, from behind the act *after* on."""
    statement = sa.select(table).where((table.c.kind == kind) & table.c.undone_at.is_(None))
    if after is not None:
        statement = statement.where(table.c.id < after)
    rows = connection.execute(statement.order_by(table.c.id.desc()).limit(limit)).all()
    return [_opened(vault, row) for row in rows]


def of_ids(connection: sa.Connection, vault: Vault, ids: Iterable[str]) -> list[KeptAct]:
    """Return these acts, oldest first."""
    found: list[KeptAct] = []
    for part in chunks(sorted(set(ids))):
        found += [_opened(vault, row) for row in connection.execute(sa.select(table).where(table.c.id.in_(part))).all()]
    return sorted(found, key=lambda one: one.act_id)


def end(connection: sa.Connection, act_id: str, author: str, now: datetime) -> bool:
    """Note that an act was undone; False where it was already."""
    where = (table.c.id == act_id) & table.c.undone_at.is_(None)
    return connection.execute(table.update().where(where).values(undone_at=now, undone_by=author)).rowcount == 1


def _opened(vault: Vault, row: Any) -> KeptAct:  # noqa: ANN401 (a row)
    return KeptAct(
        row.id,
        row.kind,
        row.author,
        vault.open(_REASON, row.id, row.reason),
        row.at,
        row.run_id,
        row.review_id,
        Effects.from_json(vault.open(_PLACE, row.id, row.body)),
        row.undone_at,
        row.undone_by,
    )
