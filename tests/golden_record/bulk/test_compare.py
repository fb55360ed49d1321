from __future__ import annotations

import pyarrow as pa

from golden_record.bulk.compare import Moved, compare
from golden_record.bulk.score_pairs import BulkScores
from golden_record.matching.model import Thresholds

LIMITS = Thresholds(auto=8, review=0, apart=-20)


def scores(*pairs: tuple[int, int, float]) -> BulkScores:
    a, b, weights = zip(*pairs, strict=True)
    return BulkScores(pa.table({"a": a, "b": b, "weight": weights, "uncapped": weights}), len(pairs))


def test_pairs_that_only_one_of_two_models_joins_are_told_apart_the_surest_first() -> None:
    old = scores((0, 1, 12.0), (0, 2, 9.0), (1, 2, 3.0), (2, 3, 1.0))
    new = scores((0, 1, 11.0), (1, 2, 8.0), (2, 3, 30.0), (3, 4, 2.0))

    found = compare("pqrst", old, new, (LIMITS, LIMITS))

    assert found.gained == (Moved("r", "s", 1.0, 30.0), Moved("q", "r", 3.0, 8.0))
    assert found.lost == (Moved("p", "r", 9.0, None),)
    assert (found.joined, found.band) == ((2, 3), (2, 1))


def test_a_model_that_changes_its_mind_on_very_many_pairs_is_compared_pair_by_pair() -> None:
    # Were each pair looked for among all the others, this would take minutes.
    many = 60_000
    keys = [f"{number:06d}" for number in range(many + 1)]
    old = scores(*((number, number + 1, 2.0) for number in range(many)))
    new = scores(*((number, number + 1, 10.0) for number in range(many)))

    found = compare(keys, old, new, (LIMITS, LIMITS))

    assert (len(found.gained), len(found.lost)) == (many, 0)
