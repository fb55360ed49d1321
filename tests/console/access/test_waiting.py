"""How long to wait after failures."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.access.waiting import FREE, LONGEST_WAIT, wait_after

BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The machine may be busy with other things."""


@BUSY
@given(st.integers(0, 10_000), st.integers(1, 100))
def test_more_failures_never_wait_less_and_no_wait_is_for_ever(failures: int, free: int) -> None:
    assert wait_after(failures, free) <= wait_after(failures + 1, free) <= LONGEST_WAIT


def test_the_first_few_cost_nothing() -> None:
    assert [wait_after(count) for count in range(FREE)] == [timedelta(0)] * FREE
    assert wait_after(FREE) > timedelta(0)
