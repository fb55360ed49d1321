"""The inbox in real stores."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from golden_record.store import inbox
from golden_record.store.engine import Store, open_store
from golden_record.store.inbox import DONE, FAILED, Content, Event
from golden_record.store.whole_schema import metadata
from golden_record.vault import KeyRing

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HINT = Content(changes=(("Contacts", "1"),), raw="e30=")


@pytest.fixture
def store(tmp_path: Path, store_url: str) -> Iterator[Store]:
    made = open_store(store_url, KeyRing.mint(), base=tmp_path)
    yield made
    made.close()


def keep(store: Store, key: str, content: Content = HINT, system: str = "zoho", at: datetime = NOW) -> inbox.Kept:
    with store.write() as connection:
        return inbox.keep(connection, store.vault, system, key, content, at)


def due(store: Store, now: datetime = NOW, *, retried: bool = False) -> list[Event]:
    with store.read() as connection:
        return inbox.due(connection, store.vault, now, 100, retried=retried)


def test_an_event_comes_out_as_it_went_in(store: Store) -> None:
    content = Content((("Contacts", "1"),), (("entries", {"id": "e", "n": 1}),), ("bad_date",), "e30=", "text/plain")
    kept = keep(store, "k", content)
    [event] = due(store)
    assert kept.new
    assert (event.event_id, event.system, event.attempts, event.content) == (kept.event_id, "zoho", 0, content)


def test_the_same_key_is_one_event_per_system(store: Store) -> None:
    first, again, other = keep(store, "k"), keep(store, "k"), keep(store, "k", system="zendesk")
    assert again == inbox.Kept(first.event_id, new=False)
    assert other.new


def test_the_same_event_from_many_threads_is_kept_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _n: keep(store, "k"), range(24)))
    assert len({one.event_id for one in kept}) == 1
    assert sum(one.new for one in kept) == 1


def test_an_event_that_asks_for_nothing_is_done_at_once_and_still_known(store: Store) -> None:
    assert keep(store, "ping", Content(raw="e30=")).new
    assert due(store) == []
    assert not keep(store, "ping", Content(raw="e30=")).new


def test_what_was_put_off_comes_back_when_its_time_has_come(store: Store) -> None:
    kept = keep(store, "k")
    with store.write() as connection:
        inbox.put_off(connection, [kept.event_id], NOW + timedelta(seconds=5), "down")
    assert due(store) == []
    assert due(store, retried=True) == []
    assert [event.attempts for event in due(store, NOW + timedelta(seconds=5), retried=True)] == [1]
    with store.write() as connection:
        inbox.bring_forward(connection)
    assert len(due(store, retried=True)) == 1


def test_a_wait_that_is_nobodys_fault_counts_no_attempt(store: Store) -> None:
    kept = keep(store, "k")
    with store.write() as connection:
        inbox.put_off(connection, [kept.event_id], NOW, "another process", count=False)
    assert [event.attempts for event in due(store)] == [0]


def test_a_failed_event_can_be_tried_again_and_a_done_one_cannot(store: Store) -> None:
    failed, done = keep(store, "a"), keep(store, "b")
    with store.write() as connection:
        inbox.end(connection, [failed.event_id], FAILED, NOW, "why")
        inbox.end(connection, [done.event_id], DONE, NOW)
        assert inbox.retry(connection, failed.event_id)
        assert not inbox.retry(connection, done.event_id)
    assert [event.event_id for event in due(store)] == [failed.event_id]


def test_a_batch_ends_where_it_would_fill_the_memory_but_never_stays_empty(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_BYTES", 3000)
    for n in range(3):
        keep(store, f"k{n}", Content((("Contacts", str(n)),), raw="x" * 2000), at=NOW + timedelta(seconds=n))
    assert len(due(store)) == 1
    monkeypatch.setattr(inbox, "MOST_BYTES", 1)
    assert len(due(store)) == 1


def test_what_was_done_long_ago_is_forgotten_but_for_its_hash(store: Store) -> None:
    kept = keep(store, "k", Content((("Contacts", "1"),), raw="x" * 200))
    failed = keep(store, "f", Content((("Contacts", "2"),), raw="x" * 200))
    later = NOW + timedelta(days=8)
    with store.write() as connection:
        inbox.end(connection, [kept.event_id], DONE, NOW)
        inbox.end(connection, [failed.event_id], FAILED, NOW, "why")
        assert inbox.forget(connection, store.vault, later) == 1
        assert inbox.forget(connection, store.vault, later) == 0
        assert inbox.retry(connection, failed.event_id)
    assert [event.content.changes for event in due(store)] == [(("Contacts", "2"),)]
    assert not keep(store, "k").new


def test_migrations_and_tables_are_alike(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
