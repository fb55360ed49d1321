"""Plans that are kept, to be looked at page by page, approved, and carried out later.

A plan is one row, its writes are rows of their own, so that a page of them costs the same however many there are.
Values are sealed. Plans grow old quickly: they are forgotten after some days (`forget`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.columns import Encrypted, Instant
from golden_record.store.outbox import FieldWrite
from golden_record.store.source_records import chunks
from golden_record.store.tables import metadata
from golden_record.vault import Vault

MAKING, READY, FAILED, SENT = "making", "ready", "failed", "sent"
"""A plan's way: its run makes it, it is looked at (and approved), it was carried out."""
_WRITE, _REASON = "kept_writes.body", "kept_plans.reason"
_NAME, _ULID = sa.String(120), sa.String(26)

plans = sa.Table(
    "kept_plans",
    metadata,
    sa.Column("id", _ULID, primary_key=True),  # that of the run which makes it
    sa.Column("made_by", _NAME, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # making ready failed sent
    sa.Column("systems", sa.Text, nullable=False),  # JSON: the systems that were planned for
    sa.Column("counts", sa.Text),  # JSON: numbers by system, kind and reason
    sa.Column("approved_by", _NAME),
    sa.Column("approved_at", sa.String(40)),  # as it was sealed
    sa.Column("reason", Encrypted),
    sa.Column("seal", sa.String(64)),
    sa.Column("push_run", _ULID),  # the run that carries it out
)

writes = sa.Table(
    "kept_writes",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),  # plan's id and place: in the plan's order
    sa.Column("plan_id", _ULID, nullable=False),
    sa.Column("write_id", sa.String(32), nullable=False),  # keyed hash of all that it would do
    sa.Column("system", _NAME, nullable=False),
    sa.Column("stream", _NAME, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("record_id", sa.String(255)),
    sa.Column("profile_id", _ULID, nullable=False),
    sa.Column("entity", _NAME, nullable=False),
    sa.Column("names", sa.Text, nullable=False),  # the profile fields that it writes, each between spaces
    sa.Column("body", Encrypted, nullable=False),
    sa.Column("left_out", sa.Boolean, nullable=False),
    sa.Index(None, "plan_id", "system", "kind"),
    sa.Index(None, "profile_id"),
)

blocked = sa.Table(
    "kept_blocked",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("plan_id", _ULID, nullable=False),
    sa.Column("system", _NAME, nullable=False),
    sa.Column("stream", _NAME, nullable=False),
    sa.Column("record_id", sa.String(255)),
    sa.Column("profile_id", _ULID, nullable=False),
    sa.Column("field", _NAME),
    sa.Column("why", _NAME, nullable=False),
    sa.Index(None, "plan_id", "why"),
)


@dataclass(frozen=True, slots=True)
class PlanHead:
    """A plan without its writes. *counts*: see flows.kept_plans; *reason*: of its approval."""

    plan_id: str
    made_by: str
    made_at: datetime
    state: str
    systems: tuple[str, ...]
    counts: Mapping[str, Any]
    approved_by: str | None = None
    approved_at: str | None = None
    reason: str = ""
    seal: str | None = None
    push_run: str | None = None


@dataclass(frozen=True, slots=True)
class PlanWrite:
    """One write of a plan; *place* orders them."""

    place: int
    write_id: str
    system: str
    stream: str
    kind: str
    record_id: str | None
    profile_id: str
    entity: str
    fields: Mapping[str, FieldWrite] = field(default_factory=dict)
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class PlanBlocked:
    """One thing that a plan does not write, and why."""

    place: int
    system: str
    stream: str
    record_id: str | None
    profile_id: str
    field: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which writes of a plan are shown; None: whichever."""

    system: str | None = None
    stream: str | None = None
    kind: str | None = None
    field: str | None = None
    profile_id: str | None = None
    left_out: bool | None = None

    def where(self, plan_id: str) -> sa.ColumnElement[bool]:
        """Return the condition."""
        found = writes.c.plan_id == plan_id
        for column, wanted in (
            (writes.c.system, self.system),
            (writes.c.stream, self.stream),
            (writes.c.kind, self.kind),
            (writes.c.profile_id, self.profile_id),
            (writes.c.left_out, self.left_out),
        ):
            if wanted is not None:
                found &= column == wanted
        if self.field is not None:
            found &= writes.c.names.contains(f" {self.field} ", autoescape=True)
        return found


# --------------------------------------------------------------------------------------------------- making


def begin(connection: sa.Connection, plan_id: str, made_by: str, systems: Sequence[str], now: datetime) -> None:
    """Note that a plan is being made."""
    values = {"id": plan_id, "made_by": made_by, "made_at": now, "state": MAKING, "systems": json.dumps(list(systems))}
    connection.execute(plans.insert().values(**values))


def add(
    connection: sa.Connection, vault: Vault, plan_id: str, found: Sequence[PlanWrite], kept_out: Sequence[PlanBlocked]
) -> None:
    """Keep a part of a plan."""
    if found:
        connection.execute(writes.insert(), [_row(vault, plan_id, one) for one in found])
    if kept_out:
        rows = [
            {
                "id": _key(plan_id, one.place),
                "plan_id": plan_id,
                "system": one.system,
                "stream": one.stream,
                "record_id": one.record_id,
                "profile_id": one.profile_id,
                "field": one.field,
                "why": one.why,
            }
            for one in kept_out
        ]
        connection.execute(blocked.insert(), rows)


def made(connection: sa.Connection, plan_id: str, state: str, counts: Mapping[str, Any]) -> None:
    """Note that a plan is ready to be looked at, or could not be made."""
    values = {"state": state, "counts": json.dumps(counts)}
    connection.execute(plans.update().where(plans.c.id == plan_id).values(**values))


def forget(connection: sa.Connection, before: datetime, keep: int) -> int:
    """Forget plans that are older, all but the *keep* newest; return how many."""
    newest = list(connection.scalars(sa.select(plans.c.id).order_by(plans.c.id.desc()).limit(keep)).all())
    where = (plans.c.made_at < before) & plans.c.id.not_in(newest)
    old = list(connection.scalars(sa.select(plans.c.id).where(where)).all())
    for part in chunks(old):
        connection.execute(writes.delete().where(writes.c.plan_id.in_(part)))
        connection.execute(blocked.delete().where(blocked.c.plan_id.in_(part)))
        connection.execute(plans.delete().where(plans.c.id.in_(part)))
    return len(old)


def forget_profiles(connection: sa.Connection, profile_ids: Iterable[str]) -> None:
    """Take what would have been written for these profiles out of every plan."""
    for part in chunks(profile_ids):
        connection.execute(writes.delete().where(writes.c.profile_id.in_(part)))
        connection.execute(blocked.delete().where(blocked.c.profile_id.in_(part)))


# -------------------------------------------------------------------------------------------------- looking


def head(connection: sa.Connection, vault: Vault, plan_id: str) -> PlanHead | None:
    """Return one plan."""
    row = connection.execute(sa.select(plans).where(plans.c.id == plan_id)).first()
    return _head(vault, row) if row else None


def heads(connection: sa.Connection, vault: Vault, before: str | None, limit: int) -> list[PlanHead]:
    """Return plans, the newest first."""
    statement = sa.select(plans).order_by(plans.c.id.desc()).limit(limit)
    if before:
        statement = statement.where(plans.c.id < before)
    return [_head(vault, row) for row in connection.execute(statement).all()]


def page(  # noqa: PLR0913 (which page of what)
    connection: sa.Connection, vault: Vault, plan_id: str, sieve: Sieve, after: int, limit: int
) -> list[PlanWrite]:
    """Return writes of a plan behind the place *after*, in order."""
    statement = sa.select(writes).where(sieve.where(plan_id) & (writes.c.id > _key(plan_id, after)))
    return [_write(vault, row) for row in connection.execute(statement.order_by(writes.c.id).limit(limit)).all()]


def named(connection: sa.Connection, vault: Vault, plan_id: str, write_id: str) -> PlanWrite | None:
    """Return a write of a plan by its id."""
    where = (writes.c.plan_id == plan_id) & (writes.c.write_id == write_id)
    row = connection.execute(sa.select(writes).where(where)).one_or_none()
    return _write(vault, row) if row is not None else None


def count(connection: sa.Connection, plan_id: str, sieve: Sieve) -> int:
    """Return how many writes of a plan pass."""
    statement = sa.select(sa.func.count()).select_from(writes).where(sieve.where(plan_id))
    return int(connection.execute(statement).scalar_one())


def blocked_page(  # noqa: PLR0913 (which page of what)
    connection: sa.Connection, plan_id: str, why: str | None, system: str | None, after: int, limit: int
) -> list[PlanBlocked]:
    """Return what a plan does not write, behind the place *after*."""
    where = (blocked.c.plan_id == plan_id) & (blocked.c.id > _key(plan_id, after))
    if why:
        where &= blocked.c.why == why
    if system:
        where &= blocked.c.system == system
    return [
        PlanBlocked(_place(row.id), row.system, row.stream, row.record_id, row.profile_id, row.field, row.why)
        for row in connection.execute(sa.select(blocked).where(where).order_by(blocked.c.id).limit(limit)).all()
    ]


# --------------------------------------------------------------------------------------------------- acting


def leave_out(connection: sa.Connection, plan_id: str, write_ids: Iterable[str], *, out: bool) -> int:
    """Leave writes out of a plan, or take them in again; return how many that changed."""
    changed = 0
    for part in chunks(write_ids):
        where = (writes.c.plan_id == plan_id) & writes.c.write_id.in_(part) & (writes.c.left_out != out)
        changed += connection.execute(writes.update().where(where).values(left_out=out)).rowcount
    return changed


def approve(  # noqa: PLR0913 (a second person's word)
    connection: sa.Connection, vault: Vault, plan_id: str, *, by: str, at: str, reason: str, seal: str
) -> bool:
    """Keep a second person's approval; False where the plan is not ready any more, or has one."""
    where = (plans.c.id == plan_id) & (plans.c.state == READY) & plans.c.approved_by.is_(None)
    values = {"approved_by": by, "approved_at": at, "seal": seal, "reason": vault.seal(_REASON, plan_id, reason)}
    return connection.execute(plans.update().where(where).values(**values)).rowcount == 1


def send(connection: sa.Connection, plan_id: str, run_id: str) -> bool:
    """Note which run carries a plan out; False where one does already, or it is not ready."""
    where = (plans.c.id == plan_id) & (plans.c.state == READY)
    return connection.execute(plans.update().where(where).values(state=SENT, push_run=run_id)).rowcount == 1


def _row(vault: Vault, plan_id: str, one: PlanWrite) -> dict[str, Any]:
    key = _key(plan_id, one.place)
    body = {name: [w.old, w.new, w.profile_field, w.source, w.rule] for name, w in one.fields.items()}
    names = sorted({write.profile_field for write in one.fields.values()})
    return {
        "id": key,
        "plan_id": plan_id,
        "write_id": one.write_id,
        "system": one.system,
        "stream": one.stream,
        "kind": one.kind,
        "record_id": one.record_id,
        "profile_id": one.profile_id,
        "entity": one.entity,
        "names": f" {' '.join(names)} ",
        "body": vault.seal(_WRITE, key, body),
        "left_out": one.left_out,
    }


def _write(vault: Vault, row: Any) -> PlanWrite:  # noqa: ANN401 (a row)
    fields = {name: FieldWrite(*parts) for name, parts in vault.open(_WRITE, row.id, row.body).items()}
    place = (_place(row.id), row.write_id, row.system, row.stream, row.kind, row.record_id, row.profile_id, row.entity)
    return PlanWrite(*place, fields, bool(row.left_out))


def _head(vault: Vault, row: Any) -> PlanHead:  # noqa: ANN401 (a row)
    return PlanHead(
        row.id,
        row.made_by,
        row.made_at,
        row.state,
        tuple(json.loads(row.systems)),
        json.loads(row.counts) if row.counts else {},
        row.approved_by,
        row.approved_at,
        vault.open(_REASON, row.id, row.reason) if row.reason else "",
        row.seal,
        row.push_run,
    )


def _key(plan_id: str, place: int) -> str:
    """Return a row's key: keys sort as places do.

    >>> _key("01HZX", 7)
    '01HZX0000000007'
    """
    return f"{plan_id}{place:010d}"


def _place(key: str) -> int:
    return int(key[-10:])
