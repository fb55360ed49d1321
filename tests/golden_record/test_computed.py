"""Computed fields: what they come to, until when, and the laws: order does not matter, and time alone changes them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from golden_record.computed import Computation, Happened, Result, Unit, compute

TODAY = date(2026, 6, 1)
DONE = {"kind": frozenset({"purchase"}), "outcome": frozenset({"done"})}
CASES = {"kind": frozenset({"case"})}
AMOUNT = Computation("interaction", "customer", "sum", "amount", DONE, within_days=365)
COUNT = Computation("interaction", "customer", "count", None, DONE, within_days=365)
OPEN = Computation("interaction", "customer", "count", None, CASES, {"outcome": frozenset({"open"})})
LAST = Computation("interaction", "customer", "latest", "happened_on", DONE)


def order(key: str, on: str, amount: float = 100, outcome: str = "done", **more: str) -> Happened:
    return Happened(key, {"kind": "purchase", "outcome": outcome, "happened_on": on, "amount": amount, **more})


def case(key: str, outcome: str) -> Happened:
    return Happened(key, {"kind": "case", "outcome": outcome, "happened_on": "2026-05-01"})


def test_who_never_ordered_shows_nothing_and_who_did_once_shows_zero() -> None:
    assert compute(COUNT, [], TODAY) == Result()
    assert compute(COUNT, [order("o", "2020-01-01", outcome="open")], TODAY) == Result()
    assert compute(COUNT, [order("o", "2020-01-01")], TODAY).value == 0
    assert compute(AMOUNT, [order("o", "2020-01-01")], TODAY).value == 0


def test_open_cases_go_down_to_zero() -> None:
    assert compute(OPEN, [case("a", "open"), case("b", "done")], TODAY).value == 1
    assert compute(OPEN, [case("a", "done")], TODAY).value == 0
    assert compute(OPEN, [order("o", "2026-01-01")], TODAY).value is None


def test_an_order_drops_out_on_its_day_and_the_day_is_named_before() -> None:
    found = [order("o", "2025-06-02"), order("p", "2026-01-01")]
    result = compute(COUNT, found, TODAY)
    assert (result.value, result.until) == (2, date(2026, 6, 2))
    assert compute(COUNT, found, date(2026, 6, 2)).value == 1


def test_amounts_are_added_exactly_and_refunds_are_taken_off() -> None:
    found = [order("a", "2026-01-01", 0.1), order("b", "2026-01-02", 0.2), order("c", "2026-01-03", -0.05)]
    assert compute(AMOUNT, found, TODAY).value == 0.25


def test_another_currency_is_converted_where_a_rate_is_given_and_else_there_is_no_sum() -> None:
    found = [order("a", "2026-01-01", 100), order("b", "2026-01-02", 10, currency="usd")]
    unit = Unit("currency", "CNY", {"USD": Decimal("7.2")})
    with_rate = Computation("interaction", "customer", "sum", "amount", DONE, unit=unit)
    assert compute(with_rate, found, TODAY).value == 172
    without = Computation("interaction", "customer", "sum", "amount", DONE, unit=Unit("currency", "CNY"))
    assert compute(without, found, TODAY).value is None
    assert compute(without, found[:1], TODAY).value == 100


def test_the_latest_names_the_interaction_it_rests_on() -> None:
    result = compute(LAST, [order("a", "2026-01-01"), order("b", "2026-02-01")], TODAY)
    assert (result.value, result.key, result.on) == ("2026-02-01", "b", date(2026, 2, 1))


def test_what_has_no_readable_day_counts_in_no_window() -> None:
    odd = Happened("x", {"kind": "purchase", "outcome": "done", "happened_on": "soon", "amount": 5})
    assert compute(COUNT, [odd], TODAY).value == 0
    assert compute(LAST, [odd], TODAY).value is None


days = st.dates(date(2024, 1, 1), date(2026, 12, 31)).map(date.isoformat)
happened = st.builds(
    order,
    st.text("abcdef", min_size=1, max_size=3),
    days,
    st.integers(-1000, 10_000).map(lambda cents: cents / 100),
    st.sampled_from(["done", "open", "cancelled"]),
)
several = st.lists(happened, max_size=8, unique_by=lambda one: one.key)
rules = st.sampled_from([AMOUNT, COUNT, LAST, Computation("interaction", "customer", "maximum", "amount", DONE)])


@given(several, rules, st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.randoms())
def test_the_order_of_interactions_does_not_matter(
    found: list[Happened], rule: Computation, today: date, chance: random.Random
) -> None:
    mixed = list(found)
    chance.shuffle(mixed)
    assert compute(rule, mixed, today) == compute(rule, found, today)


@given(several, rules, st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.integers(1, 400))
def test_a_value_holds_until_the_day_that_it_names(
    found: list[Happened], rule: Computation, today: date, later: int
) -> None:
    result = compute(rule, found, today)
    then = today + timedelta(days=later)
    if result.until is None or then < result.until:
        assert compute(rule, found, then).value == result.value
