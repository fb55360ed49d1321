"""The collector is held back while bulk work goes on, and comes back as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from flows.steady_memory import YOUNG, steady_memory


@pytest.fixture(autouse=True)
def own_thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(701, 11, 12)
    yield
    gc.set_threshold(*before)


def test_it_collects_seldom_within_the_block_only() -> None:
    with steady_memory():
        assert gc.get_threshold() == (YOUNG, 11, 12)
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (701, 11, 12)
    assert gc.get_freeze_count() == 0


def test_blocks_that_overlap_restore_once_the_last_has_ended() -> None:
    one, other = steady_memory(), steady_memory()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert gc.get_threshold()[0] == YOUNG
    other.__exit__(None, None, None)
    assert gc.get_threshold() == (701, 11, 12)


def test_a_block_that_fails_restores_too() -> None:
    with pytest.raises(KeyError), steady_memory():
        raise KeyError
    assert gc.get_threshold() == (701, 11, 12)


def test_cycles_made_within_the_block_are_still_collected() -> None:
    class Node:
        alive = 0

        def __init__(self) -> None:
            Node.alive += 1
            self.me = self

        def __del__(self) -> None:
            Node.alive -= 1

    with steady_memory():
        for _ in range(3 * YOUNG):
            Node()
        assert Node.alive <= YOUNG + 1
