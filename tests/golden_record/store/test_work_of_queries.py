"""A query's cost does not grow with rows that it does not want: counted in steps of SQLite's machine, not in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from ulid import ULID

from golden_record.bodies import Body
from golden_record.store import normalised_records, profiles, reviews, source_records
from golden_record.store.counts import counts
from golden_record.store.engine import Store, open_store
from golden_record.store.normalised_records import TO_INDEX, TO_SETTLE, NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.store.reviews import OPEN, Review
from golden_record.store.source_records import Shadow, record_ref, ref_of
from golden_record.store.tables import inbox, outbox
from golden_record.vault import KeyRing

NOW = datetime(2026, 1, 2, tzinfo=UTC)
FEW, MANY = 60, 1500


@pytest.fixture(params=[FEW, MANY], ids=["few", "many"])
def rows(request: pytest.FixtureRequest) -> int:
    """How many rows stand in the table that are not asked for."""
    return int(request.param)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path)
    yield made
    made.close()


def steps_of(store: Store, query: Callable[[sa.Connection], object]) -> int:
    """Return how many steps of SQLite's virtual machine *query* takes."""
    taken = count()
    with store.read() as connection:
        query(connection)  # the first time a statement is compiled; that is not its cost
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.set_progress_handler(lambda: next(taken) < 0, 1)
        query(connection)
        driver.set_progress_handler(None, 0)
    return next(taken)


def put_records(store: Store, how_many: int, stage: int) -> list[bytes]:
    refs = [ref_of(store.vault, "zoho", "Contacts", str(place)) for place in range(how_many)]
    shadows = [
        Shadow(ref, "zoho", "Contacts", str(place), b"c" * 16, "1", {}, "live", None, NOW, NOW, NOW)
        for place, ref in enumerate(refs)
    ]
    made = [
        NormalisedRow(record_ref(ref, 0), "zoho", "Contacts", str(place), 0, "person", Body(), "live", dirty=stage)
        for place, ref in enumerate(refs)
    ]
    with store.write() as connection:
        source_records.save(connection, store.vault, shadows, [])
        normalised_records.insert(connection, store.vault, made)
    return [row.ref for row in made]


def put_reviews(store: Store, refs: list[bytes], status: str = OPEN) -> list[str]:
    made = [
        Review(str(ULID()), "duplicate", status, ref[:16], ref[:16], "person", (ref,), opened_at=NOW) for ref in refs
    ]
    with store.write() as connection:
        reviews.add(connection, store.vault, made)
    return [one.review_id for one in made]


def put_profiles(store: Store, how_many: int) -> list[str]:
    made = [Profile(str(ULID()), "person", created_at=NOW, updated_at=NOW, version=1) for _ in range(how_many)]
    with store.write() as connection:
        profiles.save(connection, store.vault, made, [], frozenset())
    return sorted(one.profile_id for one in made)


def test_open_reviews_about_a_record_are_found_without_going_through_the_queue(store: Store, rows: int) -> None:
    put_reviews(store, [place.to_bytes(17, "big") for place in range(rows)])
    asked = [b"\xff" * 16 + bytes([place]) for place in range(20)]
    mine = put_reviews(store, asked)
    put_reviews(store, asked, status="decided")
    with store.read() as connection:
        assert reviews.open_about(connection, asked) == dict.fromkeys(mine, "duplicate")
    assert steps_of(store, lambda connection: reviews.open_about(connection, asked)) < 50 * len(asked)


@pytest.mark.parametrize("stage", [TO_INDEX, TO_SETTLE])
def test_a_batch_of_what_waits_is_taken_without_looking_at_the_rest(store: Store, rows: int, stage: int) -> None:
    refs = put_records(store, rows, stage)
    with store.read() as connection:
        assert normalised_records.dirty_refs(connection, stage, 50) == sorted(refs)[:50]
    assert steps_of(store, lambda connection: normalised_records.dirty_refs(connection, stage, 50)) < 20 * 50


def test_a_page_of_profiles_to_plan_is_taken_without_looking_at_the_rest(store: Store, rows: int) -> None:
    ids = put_profiles(store, rows)
    after = ids[len(ids) // 2]

    def page(connection: sa.Connection) -> list[str]:
        return profiles.waiting_for_plan(connection, "person", after, 20)

    with store.read() as connection:
        assert page(connection) == ids[len(ids) // 2 + 1 :][:20]
    assert steps_of(store, page) < 30 * 20


def test_how_the_hub_stands_costs_the_same_however_much_is_over(store: Store, rows: int) -> None:
    done = [
        {
            "id": str(ULID()),
            "system": "zoho",
            "dedupe": place.to_bytes(16, "big"),
            "body": store.vault.seal("a.place", "an id", {}),
            "state": "done",
            "received_at": NOW,
            "attempts": 0,
        }
        for place in range(rows)
    ]
    confirmed = [
        {
            "id": str(ULID()),
            "profile_id": str(ULID()),
            "system": "zoho",
            "stream": "Contacts",
            "kind": "update",
            "emit": 0,
            "state": state,
            "body": store.vault.seal("a.place", "an id", {}),
            "intent": b"i" * 16,
            "attempts": 1,
            "planned_at": NOW,
        }
        for state in ["rejected", *["confirmed"] * rows]
    ]
    with store.write() as connection:
        connection.execute(inbox.insert(), done)
        connection.execute(outbox.insert(), confirmed)
    with store.read() as connection:
        found = counts(connection, ended=False)
    assert found.writes == {("zoho", "rejected"): 1}
    assert found.events == {}
    assert found.last_events == {"zoho": NOW}
    assert steps_of(store, lambda connection: counts(connection, ended=False)) < 1200
