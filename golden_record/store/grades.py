"""Grades of records, each kept once and counted by the database; and the measures that runs leave behind.

A grade says how a record's fields are filled, never with what: it is readable, and its id a keyed hash. The ids of one
stream are written by whoever holds its system's lease, so that two writers never add the same one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from golden_record.store.reviews import OPEN
from golden_record.store.source_records import chunks
from golden_record.store.tables import (
    GRADE,
    normalised_records,
    quality_measures,
    review_profiles,
    reviews,
    source_records,
)
from golden_record.store.tables import grades as table
from golden_record.vault import Vault

KEEP_ALL = timedelta(days=31)
"""Every measure is kept for so long, then the last of each day."""
KEEP = timedelta(days=800)
"""Two years, and some weeks for comparing with them."""


class Graded:
    """Collects the grades of one batch."""

    def __init__(self, vault: Vault, system: str, stream: str) -> None:
        self._vault, self._system, self._stream = vault, system, stream
        self._found: dict[tuple[str, str], bytes] = {}

    def add(self, entity: str, marks: str | None) -> bytes | None:
        """Return the id of a grade; None where a stream is not graded."""
        if marks is None:
            return None
        key = (entity, marks)
        if key not in self._found:
            self._found[key] = self._vault.digest("grade", self._system, self._stream, entity, marks, size=GRADE)
        return self._found[key]

    def keep(self, connection: sa.Connection) -> None:
        """Add the grades that are not there yet."""
        known: set[bytes] = set()
        for part in chunks(self._found.values()):
            known |= set(map(bytes, connection.scalars(sa.select(table.c.id).where(table.c.id.in_(part))).all()))
        place = {"system": self._system, "stream": self._stream}
        rows = [
            {"id": key, **place, "entity": entity, "marks": marks}
            for (entity, marks), key in self._found.items()
            if key not in known
        ]
        if rows:
            connection.execute(table.insert(), rows)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many living records have one grade."""

    grade_id: bytes
    system: str
    stream: str
    entity: str
    marks: str
    records: int


def counted(connection: sa.Connection) -> list[Counted]:
    """Return every grade that a living record has, with their number."""
    records = normalised_records
    numbers = sa.select(records.c.grade, sa.func.count().label("n")).where(records.c.grade.is_not(None))
    by_grade = {bytes(row.grade): int(row.n) for row in connection.execute(numbers.group_by(records.c.grade)).all()}
    found = []
    for part in chunks(by_grade):
        for row in connection.execute(sa.select(table).where(table.c.id.in_(part))).all():
            one = bytes(row.id)
            found.append(Counted(one, row.system, row.stream, row.entity, row.marks, by_grade[one]))
    return sorted(found, key=lambda each: (each.system, each.stream, each.entity, each.marks))


def not_graded(connection: sa.Connection, system: str, stream: str, limit: int) -> list[tuple[bytes, bytes]]:
    """Return living records (ref, source ref) of a stream that have no grade: the store is older than grades."""
    records = normalised_records
    where = (records.c.system == system) & (records.c.stream == stream) & records.c.grade.is_(None)
    statement = sa.select(records.c.ref, records.c.source_ref).where(where & (records.c.state == "live"))
    found = connection.execute(statement.order_by(records.c.ref).limit(limit)).all()
    return [(bytes(row.ref), bytes(row.source_ref)) for row in found]


def set_grades(connection: sa.Connection, graded: Mapping[bytes, bytes]) -> None:
    """Grade records: ref -> grade's id."""
    if graded:
        statement = normalised_records.update().where(normalised_records.c.ref == sa.bindparam("of"))
        rows = [{"of": ref, "g": grade} for ref, grade in graded.items()]
        connection.execute(statement.values(grade=sa.bindparam("g")), rows)


@dataclass(frozen=True, slots=True)
class GradedRecord:
    """A record that has one of the grades asked for."""

    ref: bytes
    source_ref: bytes
    system: str
    stream: str
    record_id: str
    entity: str
    profile_id: str | None
    grade: bytes


def having(connection: sa.Connection, ids: Iterable[bytes], after: bytes, limit: int) -> list[GradedRecord]:
    """Return up to *limit* records with one of these grades, in order of ref, behind *after*."""
    records, sources = normalised_records, source_records
    columns = (records.c.ref, records.c.source_ref, records.c.system, records.c.stream, sources.c.record_id)
    found: list[GradedRecord] = []
    for part in chunks(ids):
        where = records.c.grade.in_(part) & (records.c.ref > after)
        first = sa.select(records.c.ref).where(where).order_by(records.c.ref).limit(limit).subquery()
        statement = (
            sa.select(*columns, records.c.entity, records.c.profile_id, records.c.grade)
            .join(first, first.c.ref == records.c.ref)
            .join(sources, sources.c.ref == records.c.source_ref)
            .order_by(records.c.ref)
        )
        found += [
            GradedRecord(bytes(row.ref), bytes(row.source_ref), *row[2:7], bytes(row.grade))
            for row in connection.execute(statement).all()
        ]
    return sorted(found, key=lambda one: one.ref)[:limit]


def disputed(connection: sa.Connection) -> dict[tuple[str, str, str, str], int]:
    """Return (system, stream, entity, field) -> living records whose value of the field is put before a steward."""
    records = normalised_records
    columns = (records.c.system, records.c.stream, records.c.entity, reviews.c.field)
    statement = (
        sa.select(*columns, sa.func.count(records.c.ref.distinct()).label("n"))
        .join(review_profiles, review_profiles.c.ref == records.c.ref)
        .join(reviews, reviews.c.id == review_profiles.c.review_id)
        .where((reviews.c.status == OPEN) & reviews.c.field.is_not(None) & (records.c.state == "live"))
        .group_by(*columns)
    )
    return {(row.system, row.stream, row.entity, row.field): int(row.n) for row in connection.execute(statement).all()}


# ------------------------------------------------------------------------------------------------ measures


@dataclass(frozen=True, slots=True)
class Measure:
    """What one run measured. *counts*: `system/stream/entity` -> {"records", "fields": {field: {count: n}}}."""

    run_id: str
    at: datetime
    counts: Mapping[str, Any]


def keep_measure(connection: sa.Connection, measure: Measure) -> None:
    """Keep a measure, unless the newest says the same; older ones are thinned out."""
    text = json.dumps(measure.counts, sort_keys=True)
    newest = sa.select(quality_measures.c.counts).order_by(quality_measures.c.at.desc()).limit(1)
    if connection.execute(newest).scalar() == text:
        return
    connection.execute(quality_measures.insert().values(run_id=measure.run_id, at=measure.at, counts=text))
    _thin(connection, measure.at)


def measure_at(connection: sa.Connection, at: datetime) -> Measure | None:
    """Return the measure that held at *at*: the newest of then; None where nothing was measured yet."""
    m = quality_measures
    row = connection.execute(sa.select(m).where(m.c.at <= at).order_by(m.c.at.desc()).limit(1)).first()
    return Measure(row.run_id, row.at, json.loads(row.counts)) if row else None


def oldest_measure(connection: sa.Connection) -> Measure | None:
    """Return the first measure that is kept."""
    m = quality_measures
    row = connection.execute(sa.select(m).order_by(m.c.at).limit(1)).first()
    return Measure(row.run_id, row.at, json.loads(row.counts)) if row else None


def measures(connection: sa.Connection, since: datetime, limit: int) -> list[Measure]:
    """Return the newest measures since then, oldest first."""
    m = quality_measures
    rows = connection.execute(sa.select(m).where(m.c.at >= since).order_by(m.c.at.desc()).limit(limit)).all()
    return [Measure(row.run_id, row.at, json.loads(row.counts)) for row in reversed(rows)]


def _thin(connection: sa.Connection, now: datetime) -> None:
    m = quality_measures
    old = connection.execute(sa.select(m.c.run_id, m.c.at).where(m.c.at < now - KEEP_ALL).order_by(m.c.at)).all()
    for part in chunks(_outlived([(row.run_id, row.at) for row in old], now)):
        connection.execute(m.delete().where(m.c.run_id.in_(part)))


def _outlived(old: list[tuple[str, datetime]], now: datetime) -> Iterator[str]:
    last_of_day = {at.date(): run_id for run_id, at in old}
    for run_id, at in old:
        if last_of_day[at.date()] != run_id or at < now - KEEP:
            yield run_id
