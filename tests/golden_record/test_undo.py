"""Whatever a steward did can be undone; undone in reverse order, the store is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_record import review_queue, stewardship, undo
from golden_record.errors import NotDecidable
from golden_record.store import normalised_records as records
from tests.golden_record.steward_desk import Desk, desk

SMALL = 40
"""Acts in one story of the quick test."""


@pytest.mark.parametrize("seed", range(3))
def test_acts_undone_in_reverse_order_leave_the_store_as_it_was(tmp_path: Path, seed: int) -> None:
    with desk(tmp_path, seed) as here:
        before = here.shown()
        for _ in range(SMALL):
            here.act()
        assert len(here.done) > SMALL // 3
        assert here.shown() != before
        here.undo_all()
        assert here.shown() == before


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
def test_ten_thousand_acts_undone_in_reverse_order_leave_the_store_as_it_was(tmp_path: Path) -> None:
    with desk(tmp_path, 1, customers=20) as here:
        before = here.shown()
        while len(here.done) < 10_000:
            here.act()
        here.undo_all()
        assert here.shown() == before


def people(here: Desk) -> list[str]:
    """Return the profiles of persons, those with most records first."""
    sizes = dict.fromkeys(here.shown()["profiles"], 0)
    for profile_id in here.shown()["bound"].values():
        sizes[profile_id] += 1
    return sorted(sizes, key=lambda one: (-sizes[one], one))


def test_the_id_stays_with_those_who_stay_when_most_records_leave(tmp_path: Path) -> None:
    with desk(tmp_path, 1) as here:
        joined, *others = people(here)[:3]
        for other in others:
            stewardship.merge(here.store, joined, other, here.new_act())
            here.resolve()
            (joined,) = {joined, other} & here.shown()["profiles"].keys()
        with here.store.read() as connection:
            refs = sorted(records.refs_of_profiles(connection, [joined]))
        assert len(refs) > 2
        stewardship.split(here.store, joined, refs[1:], here.new_act())
        here.resolve()
        bound = here.shown()["bound"]
        assert bound[refs[0]] == joined
        assert len({bound[ref] for ref in refs[1:]}) == 1
        assert bound[refs[1]] != joined


def test_an_act_is_undone_once_and_who_did_it_is_named(tmp_path: Path) -> None:
    with desk(tmp_path, 1) as here:
        a, b, *_ = people(here)
        act = here.new_act()
        stewardship.merge(here.store, a, b, act)
        here.resolve()
        (kept,) = undo.standing_acts(here.store, act.run_id)
        undo.undo(here.store, kept, here.new_act())
        with pytest.raises(NotDecidable, match="undone by li"):
            undo.undo(here.store, kept, here.new_act())
        with pytest.raises(NotDecidable, match="undone by li"):
            undo.standing_acts(here.store, kept.act_id)
        with pytest.raises(NotDecidable, match="no act of a steward"):
            undo.standing_acts(here.store, "nothing")


def test_a_word_that_a_later_act_contradicts_is_not_revived(tmp_path: Path) -> None:
    with desk(tmp_path, 1) as here:
        a, b, *_ = people(here)
        first = here.new_act()
        stewardship.merge(here.store, a, b, first)
        here.resolve()
        (joined,) = {a, b} & here.shown()["profiles"].keys()
        (gone,) = {a, b} - {joined}
        parting = here.new_act()
        stewardship.unmerge(here.store, gone, parting)  # takes the must-link back
        here.resolve()
        stewardship.merge(here.store, a, b, here.new_act())  # takes the cannot-links back
        here.resolve()
        together = here.shown()
        (kept,) = undo.standing_acts(here.store, parting.run_id)
        undo.undo(here.store, kept, here.new_act())
        here.resolve()
        assert here.shown()["profiles"] == together["profiles"]


def test_a_review_in_somebodys_hands_is_decided_by_nobody_else(tmp_path: Path) -> None:
    with desk(tmp_path, 2, customers=30) as here:
        mine = review_queue.take(here.store, None, here.new_act())
        wang = here.new_act()
        wang = type(wang)("wang", wang.reason, wang.at, wang.run_id)
        assert review_queue.take(here.store, None, wang) != mine
        with pytest.raises(NotDecidable, match="li works on review"):
            stewardship.dismiss(here.store, mine, wang)
        late = type(wang)("wang", wang.reason, wang.at + review_queue.IN_HAND, wang.run_id)
        stewardship.dismiss(here.store, mine, late)


def test_a_review_that_is_put_off_leaves_the_queue_until_then(tmp_path: Path) -> None:
    with desk(tmp_path, 2) as here:
        first = here.some_review(here.new_act())
        assert first is not None
        act = here.new_act()
        with pytest.raises(NotDecidable, match="is past"):
            review_queue.defer(here.store, first, act.at, act)
        review_queue.defer(here.store, first, act.at + review_queue.IN_HAND, act)
        seen = set()
        while True:
            try:
                seen.add(taken := review_queue.take(here.store, None, act))
            except NotDecidable:
                break
            stewardship.dismiss(here.store, taken, act)
        assert first not in seen
        later = type(act)(act.author, act.reason, act.at + review_queue.IN_HAND, act.run_id)
        assert review_queue.take(here.store, None, later) == first
