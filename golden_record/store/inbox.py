"""The inbox: events that systems posted, kept before they are answered, worked off in the order of their arrival.

States: waiting -> done | failed. What an event says is sealed; ids of events, systems, counts and notes are not. The
keyed hash of an event's own key stays for good, so that a repetition is known however late it comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from golden_record.store.source_records import chunks
from golden_record.store.tables import inbox as table
from golden_record.vault import Vault

WAITING, DONE, FAILED = "waiting", "done", "failed"
MOST_BYTES = 32 * 1024 * 1024
"""Sealed bytes opened in one batch, so that large posts cannot fill the memory."""
_PLACE = "inbox.body"


@dataclass(frozen=True, slots=True)
class Content:
    """What an event says: *changes* (stream, id) to read, whole *records* (stream, record), *problems* (codes).

    *raw* is the post's body in base64 and *content_type* its type: for people who look into what could not be read.
    """

    changes: tuple[tuple[str, str], ...] = ()
    records: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    problems: tuple[str, ...] = ()
    raw: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the inbox; *attempts* that failed so far."""

    event_id: str
    system: str
    attempts: int
    received_at: datetime
    content: Content


@dataclass(frozen=True, slots=True)
class Listed:
    """An event as lists show it: nothing of what it says."""

    event_id: str
    system: str
    state: str
    received_at: datetime
    attempts: int
    retry_at: datetime | None
    ended_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Under which id an event is kept, and whether it is *new*."""

    event_id: str
    new: bool


def keep(  # noqa: PLR0913 (the facts of an event)
    connection: sa.Connection, vault: Vault, system: str, dedupe_key: str, content: Content, now: datetime
) -> Kept:
    """Keep an event, once; a repetition gets the id of the first. One that asks for nothing is done at once."""
    dedupe = vault.digest("inbox", system, dedupe_key)
    known = _known(connection, system, dedupe)
    if known is not None:
        return Kept(known, new=False)
    event_id = str(ULID())
    idle = not (content.changes or content.records or content.problems)
    values = {
        "id": event_id,
        "system": system,
        "dedupe": dedupe,
        "body": vault.seal(_PLACE, event_id, _to_json(content)),
        "state": DONE if idle else WAITING,
        "received_at": now,
        "attempts": 0,
        "ended_at": now if idle else None,
        "note": "nothing to do" if idle else None,
    }
    try:
        with connection.begin_nested():
            connection.execute(table.insert().values(**values))
    except sa.exc.IntegrityError:  # the same event, taken in by somebody else at this moment
        known = _known(connection, system, dedupe)
        if known is None:
            raise
        return Kept(known, new=False)
    return Kept(event_id, new=True)


def due(  # noqa: PLR0913 (which events)
    connection: sa.Connection,
    vault: Vault,
    now: datetime,
    limit: int,
    *,
    retried: bool,
    without: Collection[str] = (),
) -> list[Event]:
    """Return waiting events whose time has come, oldest first: those never tried, or those *retried*.

    *without*: of these systems none.
    """
    tried = table.c.attempts > 0 if retried else table.c.attempts == 0
    where = (table.c.state == WAITING) & tried & (table.c.retry_at.is_(None) | (table.c.retry_at <= now))
    if without:
        where &= table.c.system.not_in(without)
    sizes = sa.select(table.c.id, sa.func.length(table.c.body).label("size")).where(where)
    ids: list[str] = []
    room = MOST_BYTES
    for row in connection.execute(sizes.order_by(table.c.id).limit(limit)):
        room -= row.size
        if ids and room < 0:
            break
        ids.append(row.id)
    found = []
    for part in chunks(ids):
        for row in connection.execute(sa.select(table).where(table.c.id.in_(part)).order_by(table.c.id)):
            content = _from_json(vault.open(_PLACE, row.id, row.body))
            found.append(Event(row.id, row.system, row.attempts, row.received_at, content))
    return found


def end(connection: sa.Connection, ids: Sequence[str], state: str, now: datetime, note: str | None = None) -> None:
    """Note that events are done, or failed for good."""
    for part in chunks(ids):
        values = {"state": state, "ended_at": now, "note": note, "retry_at": None}
        connection.execute(table.update().where(table.c.id.in_(part)).values(**values))


def put_off(connection: sa.Connection, ids: Sequence[str], until: datetime, note: str, *, count: bool = True) -> None:
    """Let events wait; *count* it as a failed attempt or not."""
    for part in chunks(ids):
        values = {"retry_at": until, "note": note, "attempts": table.c.attempts + int(count)}
        connection.execute(table.update().where(table.c.id.in_(part)).values(**values))


def bring_forward(connection: sa.Connection) -> None:
    """Let every waiting event be due at once: whoever starts the hub again has often mended what was wrong."""
    connection.execute(table.update().where(table.c.state == WAITING).values(retry_at=None))


def system_of(connection: sa.Connection, event_id: str) -> str | None:
    """Return the system that posted an event; None: there is none of this id."""
    found: str | None = connection.execute(sa.select(table.c.system).where(table.c.id == event_id)).scalar()
    return found


def retry(connection: sa.Connection, event_id: str) -> bool:
    """Let a failed event be tried again; False where there is none of this id."""
    where = (table.c.id == event_id) & (table.c.state == FAILED)
    values = {"state": WAITING, "attempts": 0, "retry_at": None, "ended_at": None, "note": None}
    return connection.execute(table.update().where(where).values(**values)).rowcount == 1


def retry_failed(connection: sa.Connection, system: str | None = None) -> int:
    """Let every failed event (of a *system*) be tried again; return how many."""
    where = table.c.state == FAILED
    if system is not None:
        where &= table.c.system == system
    values = {"state": WAITING, "attempts": 0, "retry_at": None, "ended_at": None, "note": None}
    return connection.execute(table.update().where(where).values(**values)).rowcount


def replay(connection: sa.Connection, since: datetime, system: str | None = None) -> int:
    """Let events (of a *system*) that came since then and are done be worked off anew; return how many.

    Those whose content was forgotten have nothing left to say, and stay done.
    """
    where = (table.c.state == DONE) & (table.c.received_at >= since) & (sa.func.length(table.c.body) > _EMPTY)
    if system is not None:
        where &= table.c.system == system
    values = {"state": WAITING, "attempts": 0, "retry_at": None, "ended_at": None, "note": "replayed"}
    return connection.execute(table.update().where(where).values(**values)).rowcount


def page(connection: sa.Connection, state: str | None, before: str | None, limit: int) -> list[Listed]:
    """Return events, newest first; *before* is the last id of the page before."""
    columns = [column for column in table.c if column.name not in {"body", "dedupe"}]
    statement = sa.select(*columns).order_by(table.c.id.desc()).limit(limit)
    if state:
        statement = statement.where(table.c.state == state)
    if before:
        statement = statement.where(table.c.id < before)
    return [
        Listed(r.id, r.system, r.state, r.received_at, r.attempts, r.retry_at, r.ended_at, r.note)
        for r in connection.execute(statement)
    ]


def forget(connection: sa.Connection, vault: Vault, before: datetime, limit: int = 200) -> int:
    """Forget what events said that were done before then; their hash stays. Returns how many, at most *limit*."""
    where = (table.c.state == DONE) & (table.c.ended_at < before) & (sa.func.length(table.c.body) > _EMPTY)
    ids = list(connection.scalars(sa.select(table.c.id).where(where).limit(limit)))
    for event_id in ids:
        sealed = vault.seal(_PLACE, event_id, _to_json(Content()))
        connection.execute(table.update().where(table.c.id == event_id).values(body=sealed))
    return len(ids)


_EMPTY = 120
"""Bytes; a sealed body of nothing is shorter, one of anything longer."""


def _known(connection: sa.Connection, system: str, dedupe: bytes) -> str | None:
    where = (table.c.system == system) & (table.c.dedupe == dedupe)
    return connection.execute(sa.select(table.c.id).where(where)).scalar()


def _to_json(content: Content) -> dict[str, Any]:
    return {
        "c": [list(change) for change in content.changes],
        "r": [[stream, dict(record)] for stream, record in content.records],
        "p": list(content.problems),
        "b": content.raw,
        "t": content.content_type,
    }


def _from_json(kept: Mapping[str, Any]) -> Content:
    return Content(
        tuple((stream, record_id) for stream, record_id in kept["c"]),
        tuple((stream, record) for stream, record in kept["r"]),
        tuple(kept["p"]),
        kept["b"],
        kept["t"],
    )
