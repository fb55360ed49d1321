from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandboxes.clock import VirtualClock
from connectors.sandboxes.limits import AtOnce, FixedWindow, SlidingWindow
from connectors.sandboxes.stats import pattern


class Still(VirtualClock):
    """A clock that moves only when told."""

    def __init__(self) -> None:
        super().__init__()
        self._start = super().now()

    def now(self) -> datetime:
        return self._start + self._ahead


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 3)), max_size=60))
def test_a_sliding_window_never_lets_more_through_than_its_limit(steps: list[tuple[float, int]]) -> None:
    clock, taken = Still(), []
    window = SlidingWindow(clock, 5, 20)
    for pause, cost in steps:
        clock.advance(pause)
        if window.take(cost) == 0:
            taken.append((clock.now(), cost))
        inside = [one for at, one in taken if (clock.now() - at).total_seconds() < 20]
        assert sum(inside) == 5 - window.remaining
        assert window.remaining >= 0


def test_a_sliding_window_says_how_long_to_wait() -> None:
    clock = Still()
    window = SlidingWindow(clock, 2, 60)
    window.take()
    clock.advance(10)
    window.take()
    assert window.take() == pytest.approx(50)
    assert window.take(2) == pytest.approx(60)
    assert window.take(3) == math.inf
    assert window.resets_in == pytest.approx(60)
    clock.advance(50)
    assert window.take() == 0


def test_a_fixed_window_opens_again_at_its_turn() -> None:
    clock = Still()
    day = FixedWindow(clock, 2, 86_400)
    assert [day.take(), day.take()] == [0, 0]
    wait = day.take()
    assert 0 < wait <= 86_400
    clock.advance(wait + 1)
    assert (day.take(), day.remaining) == (0, 1)


def test_places_are_given_back() -> None:
    lanes = AtOnce(1)
    with lanes.place() as first, lanes.place() as second:
        assert (first, second) == (True, False)
    with lanes.place() as again:
        assert again


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/crm/v8/Contacts", "/crm/v8/Contacts"),
        ("/crm/v8/Contacts/5725767000000524157", "/crm/v8/Contacts/{id}"),
        ("/api/v2/users/12.json", "/api/v2/users/{id}.json"),
        ("/api/v2/users/update_many.json", "/api/v2/users/update_many.json"),
        ("/api/v2/users/create_or_update_many.json", "/api/v2/users/create_or_update_many.json"),
        ("/cgi/crm/v2/data/query", "/cgi/crm/v2/data/query"),
        ("/r/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/r/{id}"),
        ("/r/5f9f1b9b9b9b9b9b9b9b9b9b/x", "/r/{id}/x"),
        ("/r/9b2d3c4e-1111-2222-3333-444455556666", "/r/{id}"),
    ],
)
def test_ids_in_paths_are_collapsed(path: str, shown: str) -> None:
    assert pattern(path) == shown
