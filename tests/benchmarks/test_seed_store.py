"""A seeded store is what pulling and resolving would have left: resolving it all again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.one_record import opened
from benchmarks.seed_store import seed_store
from flows.hub import rules_of
from golden_record.resolution.resolve import resolve
from golden_record.store import profiles
from golden_record.store.normalised_records import TO_INDEX
from golden_record.store.tables import blocks, normalised_records, source_records
from golden_record.store.tables import profiles as profile_table

RECORDS = 150


def test_resolving_a_seeded_store_again_finds_the_same_customers_and_values(tmp_path: Path) -> None:
    made = seed_store(tmp_path / "p", RECORDS, seed=3)
    with opened(tmp_path / "p") as (store, project):
        with store.write() as connection:
            before = profiles.page(connection, store.vault, None, RECORDS, None)
            keys = connection.scalar(sa.select(sa.func.count()).select_from(blocks))
            connection.execute(normalised_records.update().values(dirty=TO_INDEX))
        done = resolve(store, rules_of(project, project.models), "0" * 26, lambda: datetime(2026, 1, 3, tzinfo=UTC))
        with store.read() as connection:
            after = profiles.page(connection, store.vault, None, RECORDS, None)
            assert connection.scalar(sa.select(sa.func.count()).select_from(blocks)) == keys
            assert connection.scalar(sa.select(sa.func.count()).select_from(source_records)) == RECORDS
    assert (done.settled.created, done.settled.changed, done.settled.merged) == (0, 0, 0)
    assert (made["records"], made["profiles"]) == (RECORDS, len(before))
    assert {one.profile_id: one.fields for one in after} == {one.profile_id: one.fields for one in before}


def test_the_same_seed_makes_the_same_customers(tmp_path: Path) -> None:
    found = []
    for place in ("a", "b"):
        seed_store(tmp_path / place, 40, seed=5)
        with opened(tmp_path / place) as (store, _), store.read() as connection:
            found.append([one.fields for one in profiles.page(connection, store.vault, None, 40, None)])
            ids = connection.scalars(sa.select(profile_table.c.id)).all()
            assert len(set(ids)) == len(ids)
    assert found[0] == found[1]
