"""The steward's queue by what somebody works on: filtered, in its order, with the neighbours of an item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.reviews import OPEN, Review, of_ids
from golden_record.store.tables import normalised_records as records
from golden_record.store.tables import review_profiles
from golden_record.store.tables import reviews as table
from golden_record.vault import Vault


@dataclass(frozen=True, slots=True)
class Filter:
    """Which open questions are meant: all that fit every part that is given.

    *systems*: one of its records is in one of them. *within*: the same, for what somebody may see at all; then a
    question is seen too that has no record in any of *owned*, the systems that are somebody's. *at_least*, *below*:
    bits. *free_for*: not in the hands of anybody else. *deferred*: those put off, instead of those that wait.
    """

    kind: str | None = None
    entity: str | None = None
    field: str | None = None
    systems: frozenset[str] | None = None
    within: frozenset[str] | None = None
    owned: frozenset[str] = frozenset()
    at_least: float | None = None
    below: float | None = None
    opened_before: datetime | None = None
    free_for: str | None = None
    deferred: bool = False


def page(  # noqa: PLR0913 (which page of what)
    connection: sa.Connection, vault: Vault, wanted: Filter, now: datetime, *, after: str | None, limit: int
) -> list[Review]:
    """Return the questions that fit, the most pressing first; *after* names the last one seen."""
    statement = _ids(wanted, now).order_by(table.c.due_at, table.c.id).limit(limit)
    place = _place(connection, after) if after else None
    if place is not None:
        statement = statement.where(_behind(*place))
    ids = list(connection.scalars(statement).all())
    found = {one.review_id: one for one in of_ids(connection, vault, ids)}
    return [found[one] for one in ids if one in found]


def neighbours(
    connection: sa.Connection, wanted: Filter, now: datetime, review_id: str
) -> tuple[str | None, str | None]:
    """Return the ids of the questions before and behind this one, whether it still waits or not."""
    place = _place(connection, review_id)
    if place is None:
        return None, first(connection, wanted, now)
    due, name = place
    before = (table.c.due_at < due) | ((table.c.due_at == due) & (table.c.id < name))
    backwards = _ids(wanted, now).where(before).order_by(table.c.due_at.desc(), table.c.id.desc()).limit(1)
    onwards = _ids(wanted, now).where(_behind(due, name)).order_by(table.c.due_at, table.c.id).limit(1)
    return connection.execute(backwards).scalar(), connection.execute(onwards).scalar()


def first(connection: sa.Connection, wanted: Filter, now: datetime) -> str | None:
    """Return the most pressing question that fits."""
    found: str | None = connection.execute(_ids(wanted, now).order_by(table.c.due_at, table.c.id).limit(1)).scalar()
    return found


def counts(connection: sa.Connection, wanted: Filter, now: datetime) -> dict[str, Counter[str]]:
    """Return how many fit, by kind and by field, each counted without its own part of the filter."""
    by_kind = _ids(replace(wanted, kind=None), now).with_only_columns(table.c.kind, sa.func.count())
    by_field = _ids(replace(wanted, field=None), now).with_only_columns(table.c.field, sa.func.count())
    kinds = {row[0]: int(row[1]) for row in connection.execute(by_kind.group_by(table.c.kind)).all()}
    fields = {row[0] or "": int(row[1]) for row in connection.execute(by_field.group_by(table.c.field)).all()}
    return {"kind": Counter(kinds), "field": Counter(fields)}


def count(connection: sa.Connection, wanted: Filter, now: datetime) -> int:
    """Return how many fit."""
    statement = _ids(wanted, now).with_only_columns(sa.func.count())
    return int(connection.execute(statement).scalar_one())


def systems_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, set[str]]:
    """Return question -> the systems of the records that it is about."""
    found: dict[str, set[str]] = {}
    statement = (
        sa.select(review_profiles.c.review_id, records.c.system)
        .join(records, records.c.ref == review_profiles.c.ref)
        .where(review_profiles.c.review_id.in_(ids))
    )
    for row in connection.execute(statement).all():
        found.setdefault(row.review_id, set()).add(row.system)
    return found


def _ids(wanted: Filter, now: datetime) -> sa.Select[Any]:
    put_off = table.c.deferred_until.is_not(None) & (table.c.deferred_until > now)
    statement = sa.select(table.c.id).where((table.c.status == OPEN) & (put_off if wanted.deferred else ~put_off))
    for column, value in ((table.c.kind, wanted.kind), (table.c.entity, wanted.entity), (table.c.field, wanted.field)):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.at_least is not None:
        statement = statement.where(table.c.weight >= wanted.at_least)
    if wanted.below is not None:
        statement = statement.where(table.c.weight < wanted.below)
    if wanted.opened_before is not None:
        statement = statement.where(table.c.opened_at < wanted.opened_before)
    if wanted.free_for is not None:
        free = table.c.held_by.is_(None) | (table.c.held_by == wanted.free_for) | (table.c.held_until <= now)
        statement = statement.where(free)
    if wanted.systems is not None:
        statement = statement.where(table.c.id.in_(_about(wanted.systems)))
    if wanted.within is not None:
        mine, somebodys = (table.c.id.in_(_about(names)) for names in (wanted.within, wanted.owned))
        statement = statement.where(mine | ~somebodys)
    return statement


def _about(systems: frozenset[str]) -> sa.Select[Any]:
    return (
        sa.select(review_profiles.c.review_id)
        .join(records, records.c.ref == review_profiles.c.ref)
        .where(records.c.system.in_(sorted(systems)))
    )


def _place(connection: sa.Connection, review_id: str) -> tuple[datetime, str] | None:
    due = connection.execute(sa.select(table.c.due_at).where(table.c.id == review_id)).scalar()
    return None if due is None else (due, review_id)


def _behind(due: datetime, name: str) -> sa.ColumnElement[bool]:
    return (table.c.due_at > due) | ((table.c.due_at == due) & (table.c.id > name))
