"""The steward's queue: one item per question that the rules cannot or must not settle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.source_records import among, chunks
from golden_record.store.tables import review_profiles
from golden_record.store.tables import reviews as table
from golden_record.vault import Vault

_PLACE = "reviews.body"
_REASON = "reviews.reason"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Review:
    """One item.

    *subject* is equal for the same question, *evidence* for the same grounds: a question that was decided is opened
    again only on other grounds. *refs*: the normalised records it is about. *candidates*: JSON per candidate value.
    *due_at*: when it should be decided, by what it is and weighs; the queue is in this order. Until *held_until* it is
    in the hands of *held_by*.
    """

    review_id: str
    kind: str
    status: str
    subject: bytes
    evidence: bytes
    entity: str
    refs: tuple[bytes, ...]
    candidates: tuple[Mapping[str, Any], ...] = ()
    field: str | None = None
    weight: float | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    decision: str | None = None
    author: str | None = None
    run_id: str | None = None
    note: str = ""
    due_at: datetime | None = None
    deferred_until: datetime | None = None
    held_by: str | None = None
    held_until: datetime | None = None


def get(connection: sa.Connection, vault: Vault, review_id: str) -> Review | None:
    """Return one review."""
    row = connection.execute(sa.select(table).where(table.c.id == review_id)).first()
    return _opened(connection, vault, [row])[0] if row else None


def of_ids(connection: sa.Connection, vault: Vault, ids: Iterable[str]) -> list[Review]:
    """Return these reviews, in no order."""
    found: list[Review] = []
    for part in chunks(ids):
        found += _opened(connection, vault, connection.execute(sa.select(table).where(table.c.id.in_(part))).all())
    return found


def page(connection: sa.Connection, vault: Vault, status: str | None, after: str | None, limit: int) -> list[Review]:
    """Return reviews in the order in which they were opened."""
    statement = sa.select(table).order_by(table.c.id).limit(limit)
    if status:
        statement = statement.where(table.c.status == status)
    if after:
        statement = statement.where(table.c.id > after)
    return _opened(connection, vault, connection.execute(statement).all())


def queue(connection: sa.Connection, vault: Vault, after: str | None, limit: int, now: datetime) -> list[Review]:
    """Return open reviews that are not put off, the most pressing first; *after* names the last one seen."""
    statement = sa.select(table).where(_waiting(now)).order_by(table.c.due_at, table.c.id).limit(limit)
    if after:
        seen = connection.execute(sa.select(table.c.due_at).where(table.c.id == after)).scalar()
        if seen is not None:
            behind = (table.c.due_at > seen) | ((table.c.due_at == seen) & (table.c.id > after))
            statement = statement.where(behind)
    return _opened(connection, vault, connection.execute(statement).all())


def most_pressing(connection: sa.Connection, author: str, now: datetime) -> str | None:
    """Return the open review that presses most, of those that are in nobody else's hands."""
    free = table.c.held_by.is_(None) | (table.c.held_by == author) | (table.c.held_until <= now)
    statement = sa.select(table.c.id).where(_waiting(now) & free).order_by(table.c.due_at, table.c.id).limit(1)
    found: str | None = connection.execute(statement).scalar()
    return found


def _waiting(now: datetime) -> sa.ColumnElement[bool]:
    return (table.c.status == OPEN) & (table.c.deferred_until.is_(None) | (table.c.deferred_until <= now))


def hold(connection: sa.Connection, review_id: str, author: str | None, until: datetime | None) -> None:
    """Put a review into somebody's hands, or into nobody's."""
    connection.execute(table.update().where(table.c.id == review_id).values(held_by=author, held_until=until))


def defer(connection: sa.Connection, until: Mapping[str, datetime | None]) -> None:
    """Put reviews off until then (None: not at all)."""
    for review_id, at in until.items():
        connection.execute(table.update().where(table.c.id == review_id).values(deferred_until=at))


def reopen(connection: sa.Connection, ids: Iterable[str]) -> set[bytes]:
    """Open again what a steward had closed; return the records that it is about.

    A question that has been asked anew meanwhile stays closed: it is on the queue already.
    """
    about: set[bytes] = set()
    for part in chunks(ids):
        closed = sa.select(table.c.id, table.c.subject).where(table.c.id.in_(part) & (table.c.status != OPEN))
        rows = connection.execute(closed).all()
        asked = by_subject(connection, [bytes(row.subject) for row in rows])
        back = [row.id for row in rows if all(status != OPEN for _, status, _ in asked[bytes(row.subject)])]
        nothing = dict.fromkeys(("decision", "author", "reason", "ended_at", "held_by", "held_until"))
        connection.execute(table.update().where(table.c.id.in_(back)).values(status=OPEN, **nothing))
        refs = connection.scalars(sa.select(review_profiles.c.ref).where(review_profiles.c.review_id.in_(part)))
        about |= set(map(bytes, refs.all()))
    return about


def by_subject(connection: sa.Connection, subjects: Iterable[bytes]) -> dict[bytes, list[tuple[str, str, bytes]]]:
    """Return subject -> (id, status, evidence) of every review there ever was about it, oldest first."""
    found: dict[bytes, list[tuple[str, str, bytes]]] = {}
    columns = (table.c.subject, table.c.id, table.c.status, table.c.evidence)
    for part in chunks(set(subjects)):
        for row in connection.execute(
            sa.select(*columns).where(among(table.c.subject, part)).order_by(table.c.id)
        ).all():
            found.setdefault(bytes(row.subject), []).append((row.id, row.status, bytes(row.evidence)))
    return found


def open_about(connection: sa.Connection, refs: Iterable[bytes]) -> dict[str, str]:
    """Return the open reviews about any of *refs*: id -> kind.

    The status is compared here: in the statement it tempts a database to go through every open review there is, which
    made resolving quadratic.
    """
    found: dict[str, str] = {}
    for part in chunks(refs):
        statement = (
            sa.select(table.c.id, table.c.kind, table.c.status)
            .join(review_profiles, review_profiles.c.review_id == table.c.id)
            .where(among(review_profiles.c.ref, part))
        )
        found |= {row.id: row.kind for row in connection.execute(statement).all() if row.status == OPEN}
    return found


def add(connection: sa.Connection, vault: Vault, new: Sequence[Review]) -> None:
    """Open reviews."""
    if not new:
        return
    rows = [
        {
            "id": review.review_id,
            "kind": review.kind,
            "status": review.status,
            "subject": review.subject,
            "evidence": review.evidence,
            "entity": review.entity,
            "field": review.field,
            "weight": review.weight,
            "body": vault.seal(_PLACE, review.review_id, {"c": list(review.candidates), "n": review.note}),
            "opened_at": review.opened_at,
            "run_id": review.run_id,
            "due_at": review.due_at or review.opened_at,
        }
        for review in new
    ]
    connection.execute(table.insert(), rows)
    about = [{"review_id": review.review_id, "ref": ref} for review in new for ref in sorted(set(review.refs))]
    if about:
        connection.execute(review_profiles.insert(), about)


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a question weighs now, and when it should be answered."""

    evidence: bytes
    weight: float | None
    opened_at: datetime
    due_at: datetime | None


def weights(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Weight]:
    """Return how much these reviews weigh."""
    found: dict[str, Weight] = {}
    columns = (table.c.id, table.c.evidence, table.c.weight, table.c.opened_at, table.c.due_at)
    for part in chunks(ids):
        for row in connection.execute(sa.select(*columns).where(among(table.c.id, part))).all():
            found[row.id] = Weight(bytes(row.evidence), row.weight, row.opened_at, row.due_at)
    return found


def weigh(connection: sa.Connection, vault: Vault, review_id: str, now: Weight, note: str | None) -> None:
    """Let a question weigh what it weighs *now*; *note*: why a pair is asked about now (None: as before)."""
    values: dict[str, Any] = {"evidence": now.evidence, "weight": now.weight, "due_at": now.due_at}
    if note is not None:
        values["body"] = vault.seal(_PLACE, review_id, {"c": [], "n": note})
    connection.execute(table.update().where(table.c.id == review_id).values(**values))


def rest_on(connection: sa.Connection, ids: Iterable[str], evidence: bytes) -> None:
    """Keep what reviews rest on."""
    for part in chunks(ids):
        connection.execute(table.update().where(among(table.c.id, part)).values(evidence=evidence))


def end(  # noqa: PLR0913 (the facts of a decision)
    connection: sa.Connection,
    vault: Vault,
    review_id: str,
    *,
    status: str,
    decision: str,
    author: str,
    reason: str,
    now: datetime,
) -> bool:
    """Close an open review; False where somebody else has closed it."""
    sealed = vault.seal(_REASON, review_id, reason)
    values = {"status": status, "decision": decision, "author": author, "reason": sealed, "ended_at": now}
    where = (table.c.id == review_id) & (table.c.status == OPEN)
    return connection.execute(table.update().where(where).values(**values)).rowcount == 1


def obsolete(connection: sa.Connection, ids: Iterable[str], now: datetime) -> None:
    """Close open reviews whose question no longer stands."""
    for part in chunks(ids):
        where = among(table.c.id, part) & (table.c.status == OPEN)
        connection.execute(table.update().where(where).values(status="obsolete", ended_at=now))


def count_open(connection: sa.Connection) -> int:
    """Return how many are open."""
    statement = sa.select(sa.func.count()).select_from(table).where(table.c.status == OPEN)
    return int(connection.execute(statement).scalar_one())


def oldest_open(connection: sa.Connection) -> datetime | None:
    """Return when the open review was opened that has waited longest."""
    statement = sa.select(sa.func.min(table.c.opened_at)).where(table.c.status == OPEN)
    at: datetime | None = connection.execute(statement).scalar()
    return at


def _opened(connection: sa.Connection, vault: Vault, rows: Sequence[Any]) -> list[Review]:
    refs: dict[str, list[bytes]] = {}
    for part in chunks([row.id for row in rows]):
        about = (
            sa.select(review_profiles).where(among(review_profiles.c.review_id, part)).order_by(review_profiles.c.ref)
        )
        for row in connection.execute(about).all():
            refs.setdefault(row.review_id, []).append(bytes(row.ref))
    found = []
    for row in rows:
        body = vault.open(_PLACE, row.id, row.body)
        found.append(
            Review(
                row.id,
                row.kind,
                row.status,
                bytes(row.subject),
                bytes(row.evidence),
                row.entity,
                tuple(refs.get(row.id, ())),
                tuple(body["c"]),
                row.field,
                row.weight,
                row.opened_at,
                row.ended_at,
                row.decision,
                row.author,
                row.run_id,
                body["n"],
                row.due_at,
                row.deferred_until,
                row.held_by,
                row.held_until,
            )
        )
    return found
