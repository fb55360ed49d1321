from __future__ import annotations

import pytest

from golden_record.matching.clusters import Link, form_clusters
from golden_record.matching.evaluate import by_threshold, evaluate, evaluate_pairs, wrong_pairs
from golden_record.matching.model import Thresholds

TRUTH = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}


def test_a_perfect_matching_measures_one_everywhere() -> None:
    found = evaluate(TRUTH, TRUTH)
    assert found.to_json() == {
        "pairs": {"precision": 1, "recall": 1, "f1": 1},
        "clusters": {"precision": 1, "recall": 1, "f1": 1, "b_cubed_precision": 1, "b_cubed_recall": 1},
    }


def test_a_false_merge_costs_precision_and_a_miss_recall() -> None:
    found = evaluate({"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}, TRUTH)
    assert (found.pairs.found, found.pairs.true, found.pairs.right) == (2, 4, 1)
    assert (found.pairs.precision, found.pairs.recall) == (0.5, 0.25)
    assert found.pairs.f1 == pytest.approx(1 / 3)
    assert (found.exact.found, found.exact.true, found.exact.right) == (3, 2, 0)
    assert found.b_cubed_precision == pytest.approx((1 + 1 + 0.5 + 0.5 + 1) / 5)
    assert found.b_cubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 0.5 + 0.5) / 5)


def test_records_that_only_one_side_knows_are_not_judged() -> None:
    assert evaluate({"a": 1, "b": 1, "x": 1}, {"a": 1, "b": 1, "y": 1}).pairs.f1 == 1


def test_nothing_found_is_nothing_wrong() -> None:
    found = evaluate({"a": 1, "b": 2}, {"a": 1, "b": 1}).pairs
    assert (found.precision, found.recall, found.f1) == (1.0, 0.0, 0.0)


def test_labelled_pairs_are_judged_as_pairs() -> None:
    labels = [("a", "b", True), ("a", "d", True), ("a", "c", False), ("z", "a", True)]
    found = evaluate_pairs({"a": 1, "b": 1, "c": 1, "d": 2}, labels)
    assert (found.found, found.true, found.right) == (2, 3, 1)


def test_wrong_pairs_are_named_one_by_one() -> None:
    errors = wrong_pairs({"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}, TRUTH)
    assert errors.false_merges == (("c", "d"),)
    assert errors.misses == (("a", "c"), ("b", "c"), ("d", "e"))


def test_a_higher_threshold_trades_recall_for_precision() -> None:
    links = [Link("a", "b", 9), Link("b", "c", 7), Link("d", "e", 5), Link("c", "d", 4)]

    def partition(cut: float) -> dict[str, int]:
        return form_clusters("abcde", links, thresholds=Thresholds(auto=cut, review=cut)).of()

    low, high = by_threshold([8, 4, 8], partition, lambda found: evaluate(found, TRUTH).pairs)
    assert (low.bits, low.pairs.recall, low.pairs.precision) == (4, 1.0, 0.4)
    assert (high.bits, high.pairs.recall, high.pairs.precision) == (8, 0.25, 1.0)


def test_thresholds_far_below_the_best_are_not_tried_unless_they_are_needed() -> None:
    links = [Link("a", "b", 9), Link("b", "c", 8), Link("c", "d", 3)]
    tried: list[float] = []
    true = {"a": 1, "b": 1, "c": 2, "d": 3}

    def partition(cut: float) -> dict[str, int]:
        tried.append(cut)
        return form_clusters("abcd", links, thresholds=Thresholds(auto=cut, review=cut)).of()

    found = by_threshold([9, 8, 3, 2, 1], partition, lambda parts: evaluate(parts, true).pairs, needed_from=3)

    assert tried == [9, 8, 3], "F1 is 1, then a half, then 2 in 7: less than half of the best"
    assert [one.bits for one in found] == [3, 8, 9]
    again = by_threshold([9, 8, 3, 2, 1], partition, lambda parts: evaluate(parts, true).pairs, needed_from=1)
    assert [one.bits for one in again] == [1, 2, 3, 8, 9]
