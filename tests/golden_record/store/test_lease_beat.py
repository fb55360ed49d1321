"""Leases outlive a store that is busy or away for a while, and leave nothing behind that holds others up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from golden_record.errors import LeaseHeld, StoreUnreachable
from golden_record.store import leases
from golden_record.store.engine import Store, open_store
from golden_record.store.leases import Lease
from golden_record.store.tables import leases as table
from golden_record.vault import KeyRing


class AwayFor(Store):
    """Refuses the writes whose numbers are given, after they were done where *kept*: its answer was lost."""

    def __init__(self, store: Store, *numbers: int, kept: bool = False) -> None:
        super().__init__(store.engine, store.vault)
        self.asked, self.numbers, self.kept = 0, numbers, kept

    @contextmanager
    def write(self) -> Iterator[Any]:
        self.asked += 1
        away = self.asked in self.numbers
        if away and not self.kept:
            raise StoreUnreachable("the store does not answer", "Wait.")
        with super().write() as connection:
            yield connection
        if away:
            raise StoreUnreachable("the store does not answer", "Wait.")


class BusyAtFirst(Store):
    """Refuses the first write."""

    def __init__(self, store: Store, stop: threading.Event) -> None:
        super().__init__(store.engine, store.vault)
        self.asked, self.stop = 0, stop

    @contextmanager
    def write(self) -> Iterator[Any]:
        self.asked += 1
        if self.asked == 1:
            raise StoreUnreachable("the store does not answer", "Wait.")
        with super().write() as connection:
            yield connection
        self.stop.set()


def test_a_beat_that_a_busy_store_refuses_is_not_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.001)
    store, stop = open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path), threading.Event()
    busy = BusyAtFirst(store, stop)
    leases._beat(leases._Held(busy, Lease("sync", "me", 1), 0.0), stop)
    store.close()
    assert busy.asked == 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path)
    yield opened
    opened.close()


def test_a_lease_that_could_not_be_given_back_holds_its_own_process_up_no_more(store: Store) -> None:
    with leases.hold(AwayFor(store, 2), "sync"):
        pass
    with leases.hold(store, "sync"):
        pass


def test_a_lease_that_was_taken_without_an_answer_holds_its_own_process_up_no_more(store: Store) -> None:
    with pytest.raises(StoreUnreachable), leases.hold(AwayFor(store, 1, 2, kept=True), "sync"):
        pass
    with leases.hold(store, "sync"):
        pass


def test_a_lease_that_could_not_be_given_back_is_given_back_when_the_store_answers(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with leases.hold(AwayFor(store, 2, 3), "sync"):
        monkeypatch.setattr(leases, "BEAT", 0.001)
    deadline = time.monotonic() + 60
    while held(store):
        assert time.monotonic() < deadline, "other processes of this host would wait for good"
        time.sleep(0.001)


def test_a_lease_in_hand_is_not_taken_over_by_its_own_process(store: Store) -> None:
    with leases.hold(store, "sync"), pytest.raises(LeaseHeld), leases.hold(store, "sync"):
        pass


def held(store: Store) -> list[str]:
    with store.read() as connection:
        return [row.name for row in connection.execute(table.select())]
