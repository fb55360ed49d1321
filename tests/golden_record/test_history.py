"""What a history says after pulls and pushes."""

from __future__ import annotations

import pytest

from golden_record.elements import Element
from golden_record.history import History, Mark, from_json, observe, push, replay, to_json


def shows(*values: str, slots: tuple[str, ...] = ("Mobile", "Phone", "Other")) -> list[tuple[str, Element]]:
    return [(slot, Element(value, value)) for slot, value in zip(slots, values, strict=False)]


def seen(history: History, *values: str, at: int, slots: tuple[str, ...] = ("Mobile", "Phone", "Other")) -> History:
    return observe(history, shows(*values, slots=slots), at=at, seen=at)


def first(*values: str, at: int = 1) -> History:
    return observe((), shows(*values), at=at, seen=at, mark=Mark.FIRST_SIGHT)


def test_first_sight_gives_support_that_is_not_observed() -> None:
    standing = replay(first("p1"), many=False, keep_cleared=True)
    assert not standing.supports["p1"].observed


def test_an_unchanged_pull_adds_nothing() -> None:
    history = first("p1")
    assert seen(history, "p1", at=5) == history


def test_what_the_hub_pushed_is_no_contribution_when_it_comes_back() -> None:
    history = push((), shows("p1"), sent=frozenset({"p1"}), seen=2)
    assert replay(seen(history, "p1", at=3), many=False, keep_cleared=True).supports == {}


def test_a_value_that_the_system_reformats_later_is_still_an_echo() -> None:
    history = push((), shows("p1-cut"), sent=frozenset({"p1-whole"}), seen=2)
    assert replay(seen(history, "p1-whole", at=3), many=False, keep_cleared=True).supports == {}


def test_going_back_by_hand_to_a_pushed_value_is_a_contribution() -> None:
    history = push((), shows("p2"), sent=frozenset({"p2"}), seen=2)
    history = seen(seen(history, "p3", at=3), "p2", at=4)
    assert replay(history, many=False, keep_cleared=True).supports["p2"].observed


def test_a_push_displaces_but_does_not_take_back_what_people_gave() -> None:
    history = push(first("p1"), shows("p2"), sent=frozenset({"p2"}), seen=2)
    standing = replay(history, many=False, keep_cleared=True)
    assert set(standing.supports) == {"p1"}
    assert [element.key for _slot, element in standing.shown] == ["p2"]


def test_a_replaced_element_is_withdrawn_and_not_refilled_there() -> None:
    history = seen(first("a", "b"), "a", "e", at=5)
    standing = replay(history, many=True, keep_cleared=True)
    assert set(standing.supports) == {"a", "e"}
    assert standing.refused == {"b"}


def test_an_emptied_slot_takes_nothing_back_where_clearing_is_ignored() -> None:
    history = observe(first("a", "b"), shows("a"), at=5, seen=5)
    assert set(replay(history, many=True, keep_cleared=True).supports) == {"a", "b"}
    cleared = replay(history, many=True, keep_cleared=False)
    assert set(cleared.supports) == {"a"}
    assert cleared.refused == {"b"}


def test_a_tag_taken_from_a_list_without_slots_is_withdrawn() -> None:
    history = observe((), shows("x", "y", slots=("", "")), at=1, seen=1, mark=Mark.FIRST_SIGHT)
    history = seen(history, "x", at=2, slots=("",))
    assert set(replay(history, many=True, keep_cleared=True).supports) == {"x"}


@pytest.mark.parametrize(("left", "gone"), [("x", "y"), ("y", "x")])
def test_whichever_tag_is_taken_from_a_joined_text_it_is_no_form_that_the_system_gave(left: str, gone: str) -> None:
    history = observe((), shows("x", "y", slots=("tags", "tags")), at=1, seen=1, mark=Mark.FIRST_SIGHT)
    history = observe(history, shows(left, slots=("tags",)), at=2, seen=2)
    assert history[-1].mark is Mark.OBSERVED
    assert gone not in replay(history, many=True, keep_cleared=True).supports


def test_two_shown_values_are_never_forms_of_one_written_value() -> None:
    history = push((), shows("ab", "cd", slots=("", "")), sent=frozenset({"ab", "cd"}), seen=1)
    history = observe(history, shows("AB", "Ab", slots=("", "")), at=2, seen=2, alike=lambda a, b: a == b.lower())
    assert history[-1].mark is Mark.OBSERVED


def test_the_last_item_taken_from_a_list_is_withdrawn_like_any_other() -> None:
    history = observe((), shows("x", "y", slots=("tags[0]", "tags[1]")), at=1, seen=1, mark=Mark.FIRST_SIGHT)
    history = seen(history, "x", at=2, slots=("tags[0]",))
    standing = replay(history, many=True, keep_cleared=True)
    assert set(standing.supports) == {"x"}
    assert standing.refused == {"y"}


def test_a_cleared_single_value_is_told_with_its_time() -> None:
    history = observe(first("p1"), [], at=7, seen=8)
    assert replay(history, many=False, keep_cleared=False).cleared == (7, 8)
    assert set(replay(history, many=False, keep_cleared=True).supports) == {"p1"}


def test_an_edited_mapping_changes_values_and_keeps_their_stamps() -> None:
    history = observe(first("WANG", at=3), shows("Wang"), at=9, seen=9, mark=Mark.REMAPPED)
    support = replay(history, many=False, keep_cleared=True).supports["Wang"]
    assert (support.at, support.observed) == (3, False)
    assert history[-1].mark is Mark.REMAPPED


def test_the_stored_form_gives_the_history_back() -> None:
    history = push(seen(first("a", "b"), "a", "e", at=5), shows("a", "c"), sent=frozenset({"c"}), seen=6)
    assert from_json(to_json(history)) == history
