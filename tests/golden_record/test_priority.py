"""What makes a question press, and by how much: laws, and the figures that the guide names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden_record.priority import Cause, Pressure, causes, waits

PRESSURES = {
    "amount_12m": Pressure(each=20_000, at_most=4),
    "open_cases": Pressure(each=1, at_most=2),
    "tier": Pressure(words={"vip": 3, "regular": 1}),
}
numbers = st.one_of(
    st.none(), st.integers(-(10**9), 10**9), st.floats(allow_nan=True), st.sampled_from(["", "much", "12"])
)
customers = st.fixed_dictionaries(
    {},
    optional={
        "amount_12m": numbers,
        "open_cases": numbers,
        "tier": st.sampled_from(["vip", "regular", "basic", None]),
        "job_title": st.sampled_from(["总监", ""]),
    },
)
weights = st.one_of(st.none(), st.floats(-50, 50))
kinds = st.sampled_from(["duplicate", "value", "write", "returned"])


@pytest.mark.parametrize(
    ("kind", "weight", "customer", "days"),
    [
        ("duplicate", 6.0, {}, 8),
        ("duplicate", 6.0, {"tier": "vip"}, 5),
        ("duplicate", 6.0, {"tier": "vip", "amount_12m": 60_000, "open_cases": 5}, 1),
        ("duplicate", -3.0, {}, 14),
        ("value", None, {}, 2),
        ("value", None, {"open_cases": 1}, 1),
        ("value", None, {"tier": "vip", "amount_12m": "200000"}, 0.25),
        ("returned", None, {"amount_12m": "much"}, 2),
    ],
)
def test_how_long_a_question_may_wait(kind: str, weight: float | None, customer: dict[str, Any], days: float) -> None:
    assert waits(kind, causes(kind, weight, [customer], PRESSURES)) == timedelta(days=days)


def test_the_strongest_reason_comes_first_and_two_halves_of_a_customer_do_not_press_twice() -> None:
    found = causes("duplicate", 2.5, [{"tier": "vip"}, {"tier": "regular", "open_cases": 1}], PRESSURES)
    assert found == (Cause("tier", "vip", 3.0), Cause("weight", 2.5, 2.5), Cause("open_cases", 1, 1.0))


@given(kinds, weights, st.lists(customers, max_size=3))
def test_the_order_of_the_customers_makes_no_difference(
    kind: str, weight: float | None, some: list[dict[str, Any]]
) -> None:
    forwards, backwards = (causes(kind, weight, each, PRESSURES) for each in (some, some[::-1]))
    assert [(one.what, one.days) for one in forwards] == [(one.what, one.days) for one in backwards]


@given(kinds, weights, customers, customers)
def test_more_to_lose_never_waits_longer(
    kind: str, weight: float | None, one: dict[str, Any], other: dict[str, Any]
) -> None:
    alone = waits(kind, causes(kind, weight, [one], PRESSURES))
    assert timedelta(0) < waits(kind, causes(kind, weight, [one, other], PRESSURES)) <= alone
    assert alone <= timedelta(days=14)


@given(weights, customers, st.integers(1, 40))
def test_what_is_old_enough_comes_before_anything_new(weight: float | None, one: dict[str, Any], days: int) -> None:
    opened_before = timedelta(days=14 + days)
    heavy = waits("value", causes("value", None, [{"tier": "vip", "amount_12m": 10**9}], PRESSURES))
    assert waits("duplicate", causes("duplicate", weight, [one], PRESSURES)) - opened_before < heavy
