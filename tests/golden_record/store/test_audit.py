"""What is noted stays noted: each way to tamper is found, erasing a person is not tampering, and writers queue up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from golden_record.chain import Head
from golden_record.store import audit
from golden_record.store.audit import Entry
from golden_record.store.audit_tables import audit as table
from golden_record.store.audit_tables import audit_heads
from golden_record.store.engine import Store, open_store
from golden_record.store.sealing_keys import seal_all_anew
from golden_record.vault import KeyRing, Vault

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WANG, LI = b"w" * 16, b"l" * 16


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path)
    yield made
    made.close()


def noted(store: Store, *subjects: bytes) -> None:
    for place, subject in enumerate(subjects):
        with store.write() as connection:
            entry = Entry(NOW, "update", {"new": f"value {place}"}, subject, "run")
            audit.append(connection, store.vault, audit.WRITES, [entry])


def verdict(store: Store, head: Head | None = None) -> audit.Verdict:
    with store.read() as connection:
        return audit.verify(connection, store.vault, audit.WRITES, head)


def test_an_empty_chain_is_sound(store: Store) -> None:
    found = verdict(store)
    assert (found.sound, found.entries, found.head) == (True, 0, Head())


def test_entries_are_numbered_and_found_by_what_they_are_about(store: Store) -> None:
    noted(store, WANG, LI, WANG)
    with store.read() as connection:
        found = audit.about(connection, store.vault, audit.WRITES, [WANG])
        newest = audit.page(connection, store.vault, audit.WRITES, None, 2)
    assert [(one.number, one.content) for one in found] == [(1, {"new": "value 0"}), (3, {"new": "value 2"})]
    assert [one.number for one in newest] == [3, 2]
    assert verdict(store).sound


TAMPERED: dict[str, tuple[Callable[[sa.Connection], object], tuple[int, str]]] = {
    "an entry taken out": (lambda db: db.execute(table.delete().where(table.c.number == 2)), (2, "missing")),
    "the newest taken out": (lambda db: db.execute(table.delete().where(table.c.number == 4)), (4, "cut_off")),
    "another time": (
        lambda db: db.execute(table.update().where(table.c.number == 2).values(run_id="other")),
        (2, "does_not_follow"),
    ),
    "emptied": (lambda db: db.execute(table.update().where(table.c.number == 3).values(body=None)), (3, "emptied")),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_found_where_it_was_done(store: Store, how: str) -> None:
    noted(store, WANG, LI, WANG, LI)
    tamper, fault = TAMPERED[how]
    with store.write() as connection:
        tamper(connection)
    assert fault in verdict(store).faults


def test_a_value_sealed_anew_with_another_content_is_found(store: Store) -> None:
    noted(store, WANG, LI)
    with store.write() as connection:
        row = connection.execute(sa.select(table).where(table.c.number == 1)).one()
        forged = store.vault.seal("audit.body", row.id, {"s": "00", "c": {"new": "forged"}})
        connection.execute(table.update().where(table.c.id == row.id).values(body=forged))
    assert verdict(store).faults == [(1, "changed")]


def test_a_chain_that_was_cut_back_with_its_head_is_found_by_a_noted_head(store: Store) -> None:
    noted(store, WANG, LI, WANG)
    head = verdict(store).head
    with store.write() as connection:
        kept = connection.execute(sa.select(table).where(table.c.number == 2)).one()
        connection.execute(table.delete().where(table.c.number == 3))
        connection.execute(audit_heads.update().values(number=2, hash=bytes(kept.hash)))
    assert verdict(store).sound
    assert verdict(store, head).faults == [(3, "not_the_noted_head")]


def test_erasing_a_person_leaves_the_chain_sound_and_says_so(store: Store) -> None:
    noted(store, WANG, LI, WANG)
    with store.write() as connection:
        assert audit.erase(connection, store.vault, audit.WRITES, [WANG], NOW) == 2
    found = verdict(store)
    assert (found.sound, found.entries, found.erased) == (True, 4, 2)
    with store.read() as connection:
        assert [one.content for one in audit.about(connection, store.vault, audit.WRITES, [WANG])] == [None, None]


def test_a_new_sealing_key_does_not_break_the_chain(store: Store) -> None:
    noted(store, WANG, LI)
    ring = KeyRing.mint().with_new_key()
    older = open_store("sqlite://", KeyRing(ring.sealing, "k1", ring.index), base=Path())
    noted(older, WANG, LI)
    newer = Store(older.engine, Vault(ring))
    assert seal_all_anew(newer, ring.current, lambda _place, _rows: None) == 3  # and the key check
    assert verdict(newer).sound
    older.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_many_writers_at_once_make_one_chain(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = str(request.getfixturevalue("postgres_url")) if kind == "postgres" else "sqlite:///crmhub.db"
    store = open_store(url, KeyRing.mint(), base=tmp_path)
    try:
        with ThreadPoolExecutor(6) as writers:
            list(writers.map(lambda _place: noted(store, WANG, LI), range(12)))
        found = verdict(store)
        assert (found.sound, found.entries) == (True, 24)
    finally:
        store.close()
