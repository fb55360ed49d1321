"""What planning asks of the outbox: the writes that stand in the way of a new one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ulid import ULID

from golden_record.store import outbox
from golden_record.store.engine import Store, open_store
from golden_record.store.outbox import Write
from golden_record.vault import KeyRing

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path)
    yield made
    made.close()


def put(store: Store, profile: str, system: str, state: str, intent: bytes = b"i" * 16) -> str:
    key = str(ULID())
    write = Write(key, profile, system, "Contacts", "update", 0, {}, {}, intent, state, planned_at=NOW)
    with store.write() as connection:
        outbox.add(connection, store.vault, [write])
    return key


def test_only_writes_that_were_sent_and_are_not_ended_stand_in_the_way(store: Store) -> None:
    begun = {put(store, "p", "zoho", state) for state in (outbox.SENDING, outbox.UNKNOWN, outbox.RETRY)}
    for state in (outbox.PLANNED, outbox.CONFIRMED, outbox.REJECTED, outbox.DISMISSED):
        put(store, "p", "zoho", state)
    put(store, "p", "zendesk", outbox.SENDING)
    put(store, "other", "zoho", outbox.SENDING)
    with store.read() as connection:
        found = outbox.begun_writes(connection, "zoho", ["p"])
    assert {one.write_id for one in found} == begun


def test_more_profiles_than_one_list_takes_are_all_looked_up(store: Store) -> None:
    ids = [f"p{place}" for place in range(1000)]
    put(store, ids[0], "zoho", outbox.SENDING)
    put(store, ids[-1], "zoho", outbox.UNKNOWN)
    with store.read() as connection:
        found = outbox.begun_writes(connection, "zoho", ids)
    assert {one.profile_id for one in found} == {ids[0], ids[-1]}


def test_an_intent_counts_as_refused_where_it_was_refused_or_dismissed(store: Store) -> None:
    put(store, "p", "zoho", outbox.REJECTED, b"a" * 16)
    put(store, "p", "zoho", outbox.DISMISSED, b"b" * 16)
    put(store, "p", "zoho", outbox.CONFIRMED, b"c" * 16)
    put(store, "p", "zendesk", outbox.REJECTED, b"d" * 16)
    asked = [letter * 16 for letter in (b"a", b"b", b"c", b"d", b"e")]
    with store.read() as connection:
        assert outbox.rejected_intents(connection, asked, ["zoho"]) == {b"a" * 16, b"b" * 16}


@pytest.mark.parametrize(
    ("sent", "retry", "due"),
    [
        (timedelta(minutes=-1), timedelta(minutes=14), False),
        (timedelta(minutes=-16), timedelta(minutes=-1), True),
        (timedelta(hours=5), timedelta(hours=5, minutes=15), True),
        (timedelta(seconds=30), timedelta(minutes=15), False),
    ],
    ids=["just tried", "a quarter of an hour ago", "by a clock that was ahead", "by a host a little ahead"],
)
def test_a_write_that_was_put_off_is_planned_anew_when_its_time_has_come(
    store: Store, sent: timedelta, retry: timedelta, *, due: bool
) -> None:
    key = put(store, "p", "zoho", outbox.PLANNED)
    with store.write() as connection:
        outbox.claim(connection, [key], NOW + sent)
        outbox.move(connection, [key], outbox.RETRY, retry_at=NOW + retry)
        assert outbox.discard_planned(connection, "zoho", NOW) == (["p"] if due else [])
