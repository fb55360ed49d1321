"""One budget for an account: counted together by all processes, shared out, with a reserve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import QuotaPaused
from connectors.ports import Limit
from flows.accounts import StoreBudget
from flows.counting import CountingBudget, ShareOf
from golden_record.store.engine import Store, open_store
from golden_record.vault import KeyRing

DAY = Limit("api", 1000, 86_400.0)
MINUTE = Limit("export", 10, 60.0)
NOON = 86_400.0 * 20_000 + 43_200


class Clock:
    def __init__(self) -> None:
        self.at = NOON
        self.slept = 0.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept += seconds


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store("sqlite:///hub.db", KeyRing.mint(), base=tmp_path)
    yield made
    made.close()


def process(store: Store, clock: Clock) -> CountingBudget:
    """Another process of the hub: it shares nothing with the others but the store."""
    return CountingBudget(StoreBudget(store, "crm", (DAY, MINUTE), now=clock.now, sleep=clock.sleep))


def spend(budget: CountingBudget | ShareOf, calls: int, bucket: str = "api") -> int:
    """Spend until the budget pauses; return how many went through."""
    for done in range(calls):
        try:
            budget.spend(bucket)
        except QuotaPaused:
            return done
    return calls


def test_two_processes_together_stay_under_a_limit(store: Store) -> None:
    clock = Clock()
    first, second = process(store, clock), process(store, clock)
    done = 0
    while True:
        before = done
        done += spend(first, 7) + spend(second, 7)
        if done == before:
            break
    assert 1000 <= done <= 1000 + 2 * StoreBudget.BATCH


def test_pulls_leave_pushes_their_share_and_both_a_reserve_for_webhooks(store: Store) -> None:
    clock = Clock()
    pulled = spend(ShareOf(process(store, clock), 0.8), 2000)
    pushed = spend(ShareOf(process(store, clock), 0.95), 2000)
    hooked = spend(process(store, clock), 2000)
    assert pulled == pytest.approx(800, abs=StoreBudget.BATCH)
    assert pulled + pushed == pytest.approx(950, abs=2 * StoreBudget.BATCH)
    assert pulled + pushed + hooked == pytest.approx(1000, abs=3 * StoreBudget.BATCH)


def test_a_used_up_day_pauses_until_a_time_that_is_told_and_ends(store: Store) -> None:
    clock = Clock()
    budget = process(store, clock)
    spend(budget, 1000)
    with pytest.raises(QuotaPaused) as paused:
        budget.spend("api")
    clock.at = max(paused.value.continues_at.timestamp(), NOON + 2 * 86_400)
    budget.spend("api")
    assert paused.value.continues_at.timestamp() > NOON


def test_a_short_limit_is_waited_for_and_not_shared_out(store: Store) -> None:
    clock = Clock()
    share = ShareOf(process(store, clock), 0.5)
    assert spend(share, 10, "export") == 10
    assert clock.slept == 0
    share.spend("export")
    assert clock.slept > 0


def test_a_small_limit_is_not_overshot_by_several_processes(store: Store) -> None:
    clock = Clock()
    budgets = [process(store, clock) for _ in range(3)]
    for budget in budgets * 4:
        if clock.slept == 0:
            budget.spend("export")
    spent = sum(one.calls for one in budgets)
    assert spent <= MINUTE.calls + len(budgets)


def test_what_a_system_asked_one_process_to_wait_holds_for_all(store: Store) -> None:
    clock = Clock()
    first, second = process(store, clock), process(store, clock)
    first.spend("api")
    first.observe("api", wait_seconds=3600.0)
    with pytest.raises(QuotaPaused) as paused:
        second.spend("api")
    assert paused.value.continues_at.timestamp() == pytest.approx(NOON + 3600, abs=2)


def test_the_last_calls_of_a_process_are_counted_when_it_ends(store: Store) -> None:
    clock = Clock()
    first = process(store, clock)
    spend(first, 3)
    first.flush()
    assert spend(process(store, clock), 2000) == 997


@pytest.mark.parametrize("hours", [1, 9])
def test_what_was_noted_while_the_clock_was_ahead_holds_nobody_back_when_it_is_right_again(
    store: Store, hours: int
) -> None:
    clock = Clock()
    first = process(store, clock)
    first.spend("api")
    clock.at += hours * 3600
    first.observe("api", wait_seconds=60.0)
    clock.at -= hours * 3600
    slept = clock.slept
    for budget in (first, process(store, clock)):
        budget.spend("api")
    assert clock.slept == slept


def test_what_two_processes_were_told_at_once_is_kept_and_never_shortened(store: Store) -> None:
    clock = Clock()
    budgets = [process(store, clock) for _ in range(2)]
    for budget, wait in zip(budgets, (3600.0, 600.0), strict=True):
        budget.observe("api", wait_seconds=wait)
    with pytest.raises(QuotaPaused) as paused:
        process(store, clock).spend("api")
    assert paused.value.continues_at.timestamp() == pytest.approx(NOON + 3600, abs=2)
