"""The heartbeat of a lease outlives a store that is busy for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from golden_record.errors import StoreUnreachable
from golden_record.store import leases
from golden_record.store.engine import Store, open_store
from golden_record.store.leases import Lease
from golden_record.vault import KeyRing


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
    leases._beat(busy, Lease("sync", "me", 1), stop)
    store.close()
    assert busy.asked == 2
