"""Grades are kept once and counted from an index; measures are kept, then thinned out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from ulid import ULID

from golden_record.bodies import Body
from golden_record.store import grades, normalised_records, source_records
from golden_record.store.engine import Store, open_store
from golden_record.store.grades import KEEP, KEEP_ALL, Graded, Measure
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.source_records import Shadow, record_ref, ref_of
from golden_record.store.tables import grades as table
from golden_record.store.tables import quality_measures
from golden_record.vault import KeyRing

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path)
    yield made
    made.close()


def put(store: Store, marks: dict[str, str], stream: str = "Contacts") -> list[NormalisedRow]:
    """Land records: id -> marks."""
    graded = Graded(store.vault, "zoho", stream)
    shadows, rows = [], []
    for record_id, text in marks.items():
        ref = ref_of(store.vault, "zoho", stream, record_id)
        shadows.append(Shadow(ref, "zoho", stream, record_id, b"c" * 16, "1", {}, "live", None, NOW, NOW, NOW))
        row = NormalisedRow(record_ref(ref, 0), "zoho", stream, record_id, 0, "person", Body(), "live")
        rows.append(replace(row, grade=graded.add("person", text)))
    with store.write() as connection:
        source_records.save(connection, store.vault, shadows, [])
        normalised_records.insert(connection, store.vault, rows)
        graded.keep(connection)
    return rows


def counts(store: Store) -> dict[tuple[str, str], int]:
    with store.read() as connection:
        return {(one.stream, one.marks): one.records for one in grades.counted(connection)}


def test_equal_grades_of_a_stream_are_kept_once_and_counted(store: Store) -> None:
    put(store, {"1": "name=v", "2": "name=v", "3": "name=i:not_a_name"})
    put(store, {"4": "name=v"})
    put(store, {"1": "name=v"}, "Leads")
    assert counts(store) == {("Contacts", "name=v"): 3, ("Contacts", "name=i:not_a_name"): 1, ("Leads", "name=v"): 1}
    with store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 3


def test_a_stream_that_is_not_graded_adds_no_grade(store: Store) -> None:
    graded = Graded(store.vault, "by_hand", "person")
    assert graded.add("person", None) is None
    with store.write() as connection:
        graded.keep(connection)
    assert counts(store) == {}


def test_a_record_that_is_gone_or_mended_is_counted_so(store: Store) -> None:
    one, two = put(store, {"1": "name=v", "2": "name=i:not_a_name"})
    with store.write() as connection:
        normalised_records.update(connection, store.vault, [replace(one, state="orphan", grade=None)])
        good = Graded(store.vault, "zoho", "Contacts").add("person", "name=v")
        assert good is not None
        grades.set_grades(connection, {two.ref: good})
    assert counts(store) == {("Contacts", "name=v"): 1}


def test_counting_touches_no_record_but_its_index(store: Store) -> None:
    put(store, {"1": "name=v"})
    with store.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT grade, count(*) FROM normalised_records WHERE grade IS NOT NULL GROUP BY grade"
        ).all()
    assert ["COVERING INDEX ix_normalised_records_grade" in row[-1] for row in plan] == [True]


def test_records_with_a_grade_come_in_pages_in_one_order(store: Store) -> None:
    rows = put(store, {str(number): "name=v" for number in range(7)})
    (grade,) = {row.grade for row in rows}
    assert grade is not None
    found: list[bytes] = []
    with store.read() as connection:
        while page := grades.having(connection, [grade], found[-1] if found else b"", 3):
            found += [one.ref for one in page]
    assert found == sorted(row.ref for row in rows)


def keep(store: Store, at: datetime, records: int) -> str:
    run = str(ULID())
    with store.write() as connection:
        grades.keep_measure(connection, Measure(run, at, {"zoho/Contacts/person": {"records": records, "fields": {}}}))
    return run


def kept(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.scalars(sa.select(quality_measures.c.run_id)).all())


def test_a_measure_that_says_the_same_as_the_newest_is_not_kept_again(store: Store) -> None:
    first = keep(store, NOW, 1)
    keep(store, NOW + timedelta(hours=1), 1)
    third = keep(store, NOW + timedelta(hours=2), 2)
    assert kept(store) == {first, third}


def test_old_measures_are_thinned_to_the_last_of_each_day_and_then_forgotten(store: Store) -> None:
    ancient = keep(store, NOW - KEEP - timedelta(days=1), 1)
    old = NOW - KEEP_ALL - timedelta(days=5)
    morning, noon = keep(store, old - timedelta(hours=3), 2), keep(store, old, 3)
    recent, later = keep(store, NOW - timedelta(hours=3), 4), keep(store, NOW, 5)
    assert kept(store) == {noon, recent, later}
    assert ancient not in kept(store)
    assert morning not in kept(store)


def test_the_measure_that_held_at_a_time_is_the_newest_of_then(store: Store) -> None:
    first, second = keep(store, NOW, 1), keep(store, NOW + timedelta(days=1), 2)
    with store.read() as connection:
        at = [grades.measure_at(connection, NOW + timedelta(days=n)) for n in (-1, 0, 5)]
        oldest = grades.oldest_measure(connection)
    assert [one.run_id if one else None for one in at] == [None, first, second]
    assert oldest is not None
    assert oldest.run_id == first
