"""A transaction that the database gave up is run again; one within another is left to whoever opened that."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_record.errors import StoreUnreachable, TransactionGivenUp
from golden_record.store import again
from golden_record.store.again import TRIES, tried_again
from golden_record.store.engine import Store, open_store
from golden_record.store.one_transaction import one_transaction
from golden_record.vault import KeyRing


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(again, "LONGEST_PAUSE", 0.0)
    return open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path)


class Work:
    """Is given up so many times before it goes through."""

    def __init__(self, times: int, error: type[StoreUnreachable] = TransactionGivenUp) -> None:
        self.times, self.error, self.called = times, error, 0

    def __call__(self, _store: Store) -> str:
        self.called += 1
        if self.called <= self.times:
            raise self.error("given up", "again")
        return "done"


@pytest.mark.parametrize("times", range(TRIES))
def test_it_goes_through_in_the_end(store: Store, times: int) -> None:
    work = Work(times)

    @tried_again
    def act(store: Store) -> str:
        return work(store)

    assert act(store) == "done"
    assert work.called == times + 1


def test_it_ends_where_it_is_given_up_for_ever_and_where_the_store_is_away(store: Store) -> None:
    for work, called in ((Work(99), TRIES), (Work(99, StoreUnreachable), 1)):

        @tried_again
        def act(store: Store, work: Work = work) -> str:
            return work(store)

        with pytest.raises(StoreUnreachable):
            act(store)
        assert work.called == called


def test_within_a_transaction_nothing_is_tried_again(store: Store) -> None:
    work = Work(1)

    @tried_again
    def act(store: Store) -> str:
        return work(store)

    with pytest.raises(TransactionGivenUp), one_transaction(store) as within:
        act(within)
    assert work.called == 1
