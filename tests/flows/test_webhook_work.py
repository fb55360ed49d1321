"""How long events wait, and the worker's patience."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flows.webhook_work import FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS, pause_after


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_grow_with_every_failure_and_stay_bounded(attempts: int, chance: float) -> None:
    now, after = (pause_after(n, chance).total_seconds() for n in (attempts, attempts + 1))
    assert FIRST_WAIT <= now <= after <= LONGEST_WAIT * 1.25


def test_an_event_is_tried_for_more_than_an_hour_before_it_is_put_aside() -> None:
    assert sum(pause_after(n, 0).total_seconds() for n in range(1, MOST_ATTEMPTS)) > 3600
