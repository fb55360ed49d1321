"""Whose lease it is does not depend on what clocks show: they jump for hours, forward and back, on either host."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golden_record.errors import LeaseHeld, LeaseLost
from golden_record.store import leases
from golden_record.store.engine import Store, open_store
from golden_record.store.leases import BEAT, STALE
from golden_record.store.tables import leases as table
from golden_record.vault import KeyRing

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Here:
    """This host: what its clock shows, and what passes in truth."""

    def __init__(self, store: Store) -> None:
        self.store, self.shows, self.steady = store, NOON, 1000.0

    def passes(self, seconds: float) -> None:
        self.steady += seconds
        self.shows += timedelta(seconds=seconds)

    def gets(self, name: str = "sync") -> bool:
        try:
            with leases.hold(self.store, name):
                return True
        except LeaseHeld:
            return False

    def gets_while(self, seconds: float, every: float = 1.0, name: str = "sync") -> bool:
        """Ask again and again for so long."""
        asked = 0.0
        while not (got := self.gets(name)) and asked < seconds:
            self.passes(every)
            asked += every
        return got


class Elsewhere:
    """A holder on another host, whose clock shows what it likes."""

    def __init__(self, store: Store, *names: str, shows: datetime) -> None:
        self.store = store
        values = {"holder": "other", "host": "elsewhere", "process": "1@1", "fence": 1, "since": shows}
        with store.write() as connection:
            connection.execute(table.delete())
            connection.execute(table.insert(), [{"name": name, "beat_at": shows, **values} for name in names])

    def beats(self, shows: datetime) -> None:
        with self.store.write() as connection:
            connection.execute(table.update().values(beat_at=shows))


@pytest.fixture
def here(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    store = open_store(store_url, KeyRing.mint(), base=tmp_path)
    made = Here(store)
    monkeypatch.setattr(leases, "_now", lambda: made.shows)
    monkeypatch.setattr(leases, "_steady", lambda: made.steady)
    monkeypatch.setattr(leases, "_WATCHED", {})
    yield made
    store.close()


@pytest.mark.parametrize("off", [-7, -1, 0, 1, 7], ids=lambda hours: f"{hours:+d}h")
def test_a_silent_holder_elsewhere_is_taken_over_after_half_a_minute_whatever_its_clock_showed(
    here: Here, off: int
) -> None:
    Elsewhere(here.store, "sync", shows=NOON + timedelta(hours=off))
    assert not here.gets_while(STALE - 1)
    assert here.gets_while(3)


@pytest.mark.parametrize("jump", [-9, -1, 1, 9], ids=lambda hours: f"{hours:+d}h")
def test_a_living_holder_elsewhere_keeps_its_lease_when_the_clock_here_or_there_jumps(here: Here, jump: int) -> None:
    there, shown = Elsewhere(here.store, "sync", shows=NOON), NOON
    for minute in range(4):
        if minute == 1:
            here.shows += timedelta(hours=jump)
        if minute == 2:
            shown += timedelta(hours=jump)
        for _beat in range(12):
            there.beats(shown := shown + timedelta(seconds=BEAT))
            assert not here.gets_while(BEAT)
    assert here.gets_while(STALE + 3), "and it is taken over once it is silent"


def test_what_a_dead_holder_left_is_taken_over_at_once_where_its_first_lease_was_watched(here: Here) -> None:
    Elsewhere(here.store, "sync", "resolve", "system:crm", shows=NOON)
    assert here.gets_while(STALE + 3)
    assert here.gets("resolve")
    assert here.gets("system:crm")


def test_a_store_that_was_away_for_a_minute_costs_nobody_a_lease(here: Here) -> None:
    there = Elsewhere(here.store, "sync", shows=NOON)
    for _time in range(3):
        assert not here.gets_while(BEAT)
        here.passes(60)  # nobody reaches the store, the holder as little as we
        assert not here.gets()
        there.beats(here.shows)


def test_who_looks_once_and_ends_takes_over_what_is_a_day_old(here: Here) -> None:
    Elsewhere(here.store, "sync", shows=NOON - timedelta(hours=23))
    assert not here.gets()
    Elsewhere(here.store, "sync", shows=NOON - timedelta(hours=25))
    assert here.gets()


@contextmanager
def taken_over(here: Here) -> Iterator[None]:
    """Hold a lease, which somebody elsewhere takes over in the meantime."""
    with leases.hold(here.store, "sync"):
        leases.insist()
        Elsewhere(here.store, "sync", shows=NOON)
        yield


def test_who_stood_still_while_its_lease_was_taken_over_does_not_go_on(here: Here) -> None:
    with taken_over(here):
        here.passes(STALE + 1)  # the host slept
        with pytest.raises(LeaseLost, match="sync was taken over"):
            leases.insist()
    with here.store.read() as connection:
        assert [row.host for row in connection.execute(table.select())] == ["elsewhere"], "and takes nothing away"


def test_who_stood_still_and_was_not_missed_goes_on(here: Here) -> None:
    with leases.hold(here.store, "sync"):
        here.passes(STALE + 1)
        leases.insist()
        before = here.steady
        here.shows -= timedelta(hours=5)
        leases.insist()
        assert here.steady == before


def test_a_beat_that_finds_the_lease_taken_over_is_the_last(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT", 0.001)
    with taken_over(here):
        beating = [one for one in threading.enumerate() if one.name == "lease-sync"]
        for one in beating:
            one.join(30)
        with pytest.raises(LeaseLost):
            leases.insist()
