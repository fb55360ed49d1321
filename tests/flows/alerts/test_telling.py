"""First, again while it lasts, and when it is over; and nothing lost where nobody could be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flows.alerts.conditions import Condition
from flows.alerts.telling import Told, telling
from golden_record.store.alerts import Kept

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
AGAIN, SETTLED = timedelta(hours=6), timedelta(minutes=5)
STALE = Condition("stale", "zoho/Contacts", {"read_at": "-"})


class Desk:
    """Looks again and again, and remembers what the store would keep."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.heard: list[tuple[int, str, str]] = []

    def look(self, minute: int, *found: Condition, heard: bool = True) -> Told:
        told = telling(NOON + timedelta(minutes=minute), found, self.kept, AGAIN, SETTLED)
        if heard:
            self.heard += [(minute, one.why, one.condition.name) for one in told.news]
        saved = told.if_told if heard else told.if_not
        gone = [name for name in told.over if heard or self.kept[name].told_at is None]
        self.kept = {one.name: one for one in saved if one.name not in gone} | {
            name: one for name, one in self.kept.items() if name not in gone and name not in {s.name for s in saved}
        }
        return told


def test_what_begins_is_told_once_then_again_and_when_it_is_over() -> None:
    desk = Desk()
    for minute in range(362):
        desk.look(minute, STALE)
    for minute in range(362, 380):
        desk.look(minute)
    assert desk.heard == [
        (0, "first", STALE.name),
        (360, "again", STALE.name),
        (367, "recovered", STALE.name),
    ]
    assert desk.kept == {}


def test_what_flickers_is_told_once() -> None:
    desk = Desk()
    for minute in range(30):
        desk.look(minute, *([STALE] if minute % 3 == 0 else []))
    assert [why for _, why, _ in desk.heard] == ["first"]


def test_what_nobody_could_be_told_is_told_later_and_what_passed_unheard_is_not() -> None:
    desk = Desk()
    desk.look(0, STALE, heard=False)
    desk.look(1, STALE)
    assert desk.heard == [(1, "first", STALE.name)]
    assert desk.kept[STALE.name].since == NOON, "it began when it was first seen"
    other = Condition("failure", "zoho", {})
    desk.look(2, STALE, other, heard=False)
    desk.look(3, STALE)
    assert other.name not in desk.kept
    desk.look(4, heard=False)
    desk.look(10, heard=False)
    desk.look(11)
    assert desk.heard[-1] == (11, "recovered", STALE.name)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_recovered_is_only_told_of_what_was_told_before(looks: list[tuple[bool, bool]]) -> None:
    desk = Desk()
    for minute, (there, heard) in enumerate(looks):
        desk.look(minute * 7, *([STALE] if there else []), heard=heard)
    open_ = False
    for _, why, _ in desk.heard:
        assert (why == "first") is not open_
        open_ = why != "recovered"
