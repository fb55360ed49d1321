"""A value that returns after each push is recognised; people who change their minds are not."""

from __future__ import annotations

from golden_record.elements import Element
from golden_record.history import History, Mark, observe, push
from golden_record.oscillation import TURNS, WITHIN_MS, turned_back


def shown(value: str) -> list[tuple[str, Element]]:
    return [("", Element(value, value))]


def fought(turns: int, apart: int = 1000) -> History:
    history = observe((), shown("x"), at=0, seen=0, mark=Mark.FIRST_SIGHT)
    for turn in range(turns):
        history = push(history, shown("v"), sent=frozenset("v"), seen=turn * apart + 1)
        history = observe(history, shown("x"), at=turn * apart + 2, seen=turn * apart + 2)
    return history


def test_each_return_to_the_same_value_counts() -> None:
    assert [turned_back(fought(turns), {"v"}) for turns in range(TURNS + 1)] == list(range(TURNS + 1))


def test_another_value_starts_anew() -> None:
    assert turned_back(fought(TURNS), {"w"}) == 0
    elsewhere = observe(push(fought(TURNS), shown("v"), sent=frozenset("v"), seen=9000), shown("z"), at=9001, seen=9001)
    assert turned_back(elsewhere, {"v"}) == 1


def test_what_the_hub_has_just_written_is_turned_back_by_nobody() -> None:
    assert turned_back(push(fought(TURNS), shown("v"), sent=frozenset("v"), seen=9000), {"v"}) == 0
    assert turned_back((), {"v"}) == 0


def test_turns_of_other_days_do_not_count() -> None:
    assert turned_back(fought(TURNS, apart=WITHIN_MS), {"v"}) < TURNS
