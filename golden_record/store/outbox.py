"""The outbox: writes on their way to the systems until confirmed or dismissed; and the binding ids of creates.

States: planned -> sending -> confirmed | rejected | unknown | retry_at; dismissed (by a person) ends any of the open
ones; superseded: the hub gave it up for what it learned (the record had changed, or was there already) and plans anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from golden_record.store.source_records import among, chunks
from golden_record.store.tables import bindings
from golden_record.store.tables import outbox as table
from golden_record.vault import Vault

_PLACE = "outbox.body"

PLANNED, SENDING, CONFIRMED, UNKNOWN = "planned", "sending", "confirmed", "unknown"
RETRY, REJECTED, DISMISSED, SUPERSEDED = "retry_at", "rejected", "dismissed", "superseded"
UNDECIDED = (SENDING, UNKNOWN)
"""States in which the system may or may not hold the write: looked up before anything is tried again."""
WAITING = (PLANNED, RETRY)
LEEWAY = timedelta(minutes=1)
"""By how much hosts' clocks may differ."""


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """One system field of a write: what the hub last saw, what it writes, for which profile field, from whom, why."""

    old: Any
    new: Any
    profile_field: str
    source: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """One intended write. *ref* and *record_id* are None for a create until it is confirmed.

    *sent_keys*: profile field -> the canonical values sent for it, by which an echo is known later.
    *intent* is the keyed hash of what it would write: an equal rejected one is not tried again by itself.
    *refused*: of a rejected one, profile field -> the canonical values that its system named as the reason: they are
    not put into that record again, whatever else is. *authority*: on whose word it was planned beyond the rules: who
    kept and approved its plan, or who took an earlier write back.
    """

    write_id: str
    profile_id: str
    system: str
    stream: str
    kind: str
    emit: int
    fields: Mapping[str, FieldWrite]
    sent_keys: Mapping[str, tuple[str, ...]]
    intent: bytes
    state: str = PLANNED
    ref: bytes | None = None
    record_id: str | None = None
    binding_id: str | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    code: str | None = None
    message: str | None = None
    cure: str | None = None
    run_id: str | None = None
    planned_at: datetime | None = None
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    authority: Mapping[str, str] = field(default_factory=dict)


def add(connection: sa.Connection, vault: Vault, writes: Sequence[Write]) -> None:
    """Put writes into the outbox."""
    if writes:
        connection.execute(table.insert(), [_row(vault, write) for write in writes])


def in_state(  # noqa: PLR0913 (which of them, all named)
    connection: sa.Connection,
    vault: Vault,
    states: Sequence[str],
    *,
    system: str | None = None,
    run_id: str | None = None,
    limit: int = 500,
) -> list[Write]:
    """Return writes in these states (of one system, planned by one run), in the order in which they were planned."""
    statement = sa.select(table).where(table.c.state.in_(states)).order_by(table.c.id).limit(limit)
    if system is not None:
        statement = statement.where(table.c.system == system)
    if run_id is not None:
        statement = statement.where(table.c.run_id == run_id)
    return [_write(vault, row) for row in connection.execute(statement).all()]


@dataclass(frozen=True, slots=True)
class OpenWrite:
    """A write that was sent and is not ended; its body stays sealed."""

    write_id: str
    profile_id: str
    record_id: str | None
    state: str


def begun_writes(connection: sa.Connection, system: str, profile_ids: Iterable[str]) -> list[OpenWrite]:
    """Return the writes of these profiles in a system that were sent at least once and are not ended."""
    found: list[OpenWrite] = []
    columns = (table.c.id, table.c.profile_id, table.c.record_id, table.c.state)
    for part in chunks(profile_ids):
        where = among(table.c.profile_id, part) & (table.c.system == system) & table.c.state.in_((RETRY, *UNDECIDED))
        found += [OpenWrite(*row) for row in connection.execute(sa.select(*columns).where(where)).all()]
    return found


def systems_in_state(connection: sa.Connection, states: Sequence[str]) -> set[str]:
    """Return the systems that have a write in one of these states."""
    return set(connection.scalars(sa.select(table.c.system).where(table.c.state.in_(states)).distinct()).all())


def count_open(connection: sa.Connection, system: str) -> int:
    """Return how many writes to a system are on their way: planned, put off, or of unknown outcome."""
    where = (table.c.system == system) & table.c.state.in_((*WAITING, *UNDECIDED))
    return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())


def planned_for(connection: sa.Connection, profile_ids: Iterable[str]) -> set[tuple[str, str]]:
    """Return (profile, system) of the writes that are planned for these profiles and not sent."""
    found: set[tuple[str, str]] = set()
    for part in chunks(profile_ids):
        where = among(table.c.profile_id, part) & (table.c.state == PLANNED)
        rows = connection.execute(sa.select(table.c.profile_id, table.c.system).where(where).distinct())
        found |= {(row.profile_id, row.system) for row in rows}
    return found


def rejected_intents(connection: sa.Connection, intents: Iterable[bytes], systems: Collection[str]) -> set[bytes]:
    """Return which of *intents*, meant for *systems*, a system has refused, or a person dismissed, before."""
    found: set[bytes] = set()
    for part in chunks(intents):
        ended = table.c.system.in_(systems) & table.c.state.in_((REJECTED, DISMISSED))  # by index, not the whole outbox
        where = ended & among(table.c.intent, part)
        found |= {bytes(one) for one in connection.scalars(sa.select(table.c.intent).where(where)).all()}
    return found


Refused = dict[str, set[str]]
"""Profile field -> canonical values that a system does not take in one record."""


def refused_in_records(
    connection: sa.Connection, vault: Vault, refs: Iterable[bytes]
) -> dict[tuple[bytes, int], Refused]:
    """Return (record, place of the entity in it) -> the values that were refused there, until a person retries them."""
    found: dict[tuple[bytes, int], Refused] = {}
    for part in chunks(refs):
        where = among(table.c.ref, part) & table.c.state.in_((REJECTED, DISMISSED))
        for row in connection.execute(sa.select(table).where(where)).all():
            _take_refused(found.setdefault((bytes(row.ref), row.emit), {}), _write(vault, row))
    return found


def refused_in_creates(
    connection: sa.Connection, vault: Vault, profile_ids: Iterable[str]
) -> dict[tuple[str, str, str], Refused]:
    """Return (profile, system, stream) -> the values with which no record could be made, until a person retries."""
    found: dict[tuple[str, str, str], Refused] = {}
    for part in chunks(profile_ids):
        ended = table.c.state.in_((REJECTED, DISMISSED)) & (table.c.kind == "create")
        for row in connection.execute(sa.select(table).where(among(table.c.profile_id, part) & ended)).all():
            _take_refused(found.setdefault((row.profile_id, row.system, row.stream), {}), _write(vault, row))
    return found


def _take_refused(found: Refused, write: Write) -> None:
    for name, keys in write.refused.items():
        found.setdefault(name, set()).update(keys)


def cut_down(connection: sa.Connection, vault: Vault, write: Write) -> None:
    """Keep of a write only the part that *write* is: what its system refused."""
    connection.execute(table.update().where(table.c.id == write.write_id).values(body=_sealed(vault, write)))


def discard_planned(connection: sa.Connection, system: str, now: datetime) -> list[str]:
    """Forget a system's writes that were planned and never sent, or are due again; return their profiles.

    They are planned anew: what goes out is the current plan's. Of one that was sent later than it is now, the time at
    which it is due was set by a clock that had jumped ahead: it is due as well.
    """
    time_has_come = table.c.retry_at.is_(None) | (table.c.retry_at <= now) | (table.c.sent_at > now + LEEWAY)
    due = (table.c.state == RETRY) & time_has_come
    where = (table.c.system == system) & ((table.c.state == PLANNED) | due)
    ids = list(connection.scalars(sa.select(table.c.profile_id).where(where).distinct()).all())
    connection.execute(table.delete().where(where))
    return ids


def claim(connection: sa.Connection, ids: Iterable[str], now: datetime) -> set[str]:
    """Move waiting writes to `sending`; return those that were still waiting, which nobody else will send."""
    claimed: set[str] = set()
    for part in chunks(ids):
        where = among(table.c.id, part) & table.c.state.in_(WAITING)
        mine = set(connection.scalars(sa.select(table.c.id).where(where).with_for_update()).all())
        values = {"state": SENDING, "sent_at": now, "attempts": table.c.attempts + 1}
        connection.execute(table.update().where(table.c.id.in_(mine)).values(**values))
        claimed |= mine
    return claimed


def move(connection: sa.Connection, ids: Iterable[str], state: str, **values: Any) -> None:  # noqa: ANN401
    """Move writes to *state*, setting *values* beside it."""
    for part in chunks(ids):
        connection.execute(table.update().where(among(table.c.id, part)).values(state=state, **values))


def confirm(connection: sa.Connection, ended: Sequence[tuple[str, bytes, str]], now: datetime) -> None:
    """Note that writes were made: (write id, ref, record id)."""
    if ended:
        statement = table.update().where(table.c.id == sa.bindparam("w"))
        statement = statement.values(state=CONFIRMED, ref=sa.bindparam("r"), record_id=sa.bindparam("i"), ended_at=now)
        connection.execute(statement, [{"w": write_id, "r": ref, "i": record_id} for write_id, ref, record_id in ended])


def get(connection: sa.Connection, vault: Vault, write_id: str) -> Write | None:
    """Return one write."""
    row = connection.execute(sa.select(table).where(table.c.id == write_id)).first()
    return _write(vault, row) if row else None


def waiting_profiles(connection: sa.Connection, systems: Collection[str]) -> set[str]:
    """Return the profiles with a write that was planned and is not sent, or waits to be tried again."""
    where = table.c.system.in_(systems) & table.c.state.in_(WAITING)
    return set(connection.scalars(sa.select(table.c.profile_id).where(where).distinct()).all())


def of_run(connection: sa.Connection, vault: Vault, run_id: str) -> list[Write]:
    """Return the writes that a run planned and that were made, oldest first."""
    where = (table.c.run_id == run_id) & (table.c.state == CONFIRMED)
    return [_write(vault, row) for row in connection.execute(sa.select(table).where(where).order_by(table.c.id)).all()]


def page(connection: sa.Connection, vault: Vault, states: Sequence[str], after: str | None, limit: int) -> list[Write]:
    """Return writes in these states (all where none are named), oldest first."""
    statement = sa.select(table).order_by(table.c.id).limit(limit)
    if states:
        statement = statement.where(table.c.state.in_(states))
    if after:
        statement = statement.where(table.c.id > after)
    return [_write(vault, row) for row in connection.execute(statement).all()]


def of_profiles(connection: sa.Connection, vault: Vault, ids: Iterable[str]) -> list[Write]:
    """Return every write that was ever meant for these profiles, oldest first."""
    found: list[Write] = []
    for part in chunks(ids):
        where = among(table.c.profile_id, part)
        found += [
            _write(vault, row) for row in connection.execute(sa.select(table).where(where).order_by(table.c.id)).all()
        ]
    return found


def writes_since(connection: sa.Connection, refs: Iterable[bytes], since: datetime) -> dict[bytes, int]:
    """Return how often each record was written since then: what the fuse counts."""
    found: dict[bytes, int] = {}
    for part in chunks(refs):
        where = among(table.c.ref, part) & (table.c.sent_at > since)
        counted = sa.select(table.c.ref, sa.func.count().label("n")).where(where).group_by(table.c.ref)
        found |= {bytes(row.ref): int(row.n) for row in connection.execute(counted).all()}
    return found


# ----------------------------------------------------------------------------------------------- bindings


@dataclass(frozen=True, slots=True)
class Binding:
    """The mark of a record that the hub created (or is about to): minted once per profile, system and stream."""

    binding_id: str
    profile_id: str
    system: str
    stream: str
    ref: bytes | None


def bindings_of(connection: sa.Connection, profile_ids: Iterable[str], system: str) -> list[Binding]:
    """Return the bindings minted for these profiles in a system."""
    found: list[Binding] = []
    for part in chunks(profile_ids):
        where = among(bindings.c.profile_id, part) & (bindings.c.system == system)
        found += [_binding(row) for row in connection.execute(sa.select(bindings).where(where)).all()]
    return found


def known_bindings(connection: sa.Connection, ids: Iterable[str]) -> set[str]:
    """Return which of these binding ids this store has minted."""
    found: set[str] = set()
    for part in chunks(ids):
        found |= set(connection.scalars(sa.select(bindings.c.id).where(bindings.c.id.in_(part))).all())
    return found


def mint(connection: sa.Connection, new: Sequence[Binding], now: datetime) -> None:
    """Keep minted bindings before anything is created under them."""
    if new:
        rows = [
            {
                "id": b.binding_id,
                "profile_id": b.profile_id,
                "system": b.system,
                "stream": b.stream,
                "ref": b.ref,
                "minted_at": now,
            }
            for b in new
        ]
        connection.execute(bindings.insert(), rows)


def bind(connection: sa.Connection, found: Sequence[tuple[str, bytes]]) -> None:
    """Note which record carries which binding: (binding id, ref)."""
    if found:
        statement = bindings.update().where(bindings.c.id == sa.bindparam("b")).values(ref=sa.bindparam("r"))
        connection.execute(statement, [{"b": binding_id, "r": ref} for binding_id, ref in found])


def _binding(row: Any) -> Binding:  # noqa: ANN401 (a row)
    return Binding(row.id, row.profile_id, row.system, row.stream, bytes(row.ref) if row.ref else None)


def _sealed(vault: Vault, write: Write) -> bytes:
    body: dict[str, Any] = {
        "f": {name: [w.old, w.new, w.profile_field, w.source, w.rule] for name, w in write.fields.items()},
        "k": {name: list(keys) for name, keys in write.sent_keys.items()},
    }
    if write.refused:
        body["r"] = {name: list(keys) for name, keys in write.refused.items()}
    if write.authority:
        body["a"] = dict(write.authority)
    return vault.seal(_PLACE, write.write_id, body)


def _row(vault: Vault, write: Write) -> dict[str, Any]:
    return {
        "id": write.write_id,
        "profile_id": write.profile_id,
        "system": write.system,
        "stream": write.stream,
        "kind": write.kind,
        "ref": write.ref,
        "record_id": write.record_id,
        "binding_id": write.binding_id,
        "emit": write.emit,
        "state": write.state,
        "body": _sealed(vault, write),
        "intent": write.intent,
        "attempts": write.attempts,
        "retry_at": write.retry_at,
        "code": write.code,
        "message": write.message,
        "cure": write.cure,
        "run_id": write.run_id,
        "planned_at": write.planned_at,
        "sent_at": write.sent_at,
        "ended_at": write.ended_at,
    }


def _write(vault: Vault, row: Any) -> Write:  # noqa: ANN401 (a row)
    body = vault.open(_PLACE, row.id, row.body)
    return Write(
        row.id,
        row.profile_id,
        row.system,
        row.stream,
        row.kind,
        row.emit,
        {name: FieldWrite(*parts) for name, parts in body["f"].items()},
        {name: tuple(keys) for name, keys in body["k"].items()},
        bytes(row.intent),
        row.state,
        bytes(row.ref) if row.ref else None,
        row.record_id,
        row.binding_id,
        row.attempts,
        row.retry_at,
        row.code,
        row.message,
        row.cure,
        row.run_id,
        row.planned_at,
        row.sent_at,
        row.ended_at,
        {name: tuple(keys) for name, keys in body.get("r", {}).items()},
        body.get("a", {}),
    )
