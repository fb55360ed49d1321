"""What another model would do to the same pairs: which it would join that this one does not, and which not any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from golden_record.bulk.score_pairs import BulkScores
from golden_record.matching.model import Thresholds


@dataclass(frozen=True, slots=True)
class Moved:
    """A pair that the two models decide otherwise: record keys and bits; None where it is below what was kept."""

    a: str
    b: str
    old: float | None
    new: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Pairs that only the new model joins, pairs that only the old one joins, and the size of each review band."""

    gained: tuple[Moved, ...]
    lost: tuple[Moved, ...]
    joined: tuple[int, int]
    band: tuple[int, int]


def compare(keys: Sequence[str], old: BulkScores, new: BulkScores, limits: tuple[Thresholds, Thresholds]) -> Difference:
    """Compare the scores of the same records under two models; *limits*: the old one's thresholds, the new one's.

    Gained pairs come with the heaviest first, lost ones with those first that the old model was surest of.
    """
    with duckdb.connect() as connection:
        connection.register("old", old.table)
        connection.register("new", new.table)
        both = (
            "from (select coalesce(o.a, n.a) as a, coalesce(o.b, n.b) as b, o.weight as before, n.weight as after"
            " from old o full join new n on o.a = n.a and o.b = n.b)"
        )
        joins = [
            f"coalesce({side} >= {one.auto!r}, false)" for side, one in zip(("before", "after"), limits, strict=True)
        ]
        rows = connection.execute(f"select a, b, before, after {both} where ({joins[0]}) <> ({joins[1]})").fetchall()
        counts = [
            connection.execute(
                f"select count(*) filter (weight >= {one.auto!r}), "  # noqa: S608 (numbers)
                f"count(*) filter (weight >= {one.review!r} and weight < {one.auto!r}) from {side}"
            ).fetchall()[0]
            for side, one in zip(("old", "new"), limits, strict=True)
        ]
    moved = [Moved(keys[a], keys[b], before, after) for a, b, before, after in rows]
    gained: list[Moved] = []
    lost: list[Moved] = []
    for one in moved:
        (gained if one.new is not None and one.new >= limits[1].auto else lost).append(one)
    return Difference(
        tuple(sorted(gained, key=lambda one: (-(one.new or 0), one.a, one.b))),
        tuple(sorted(lost, key=lambda one: (-(one.old or 0), one.a, one.b))),
        (int(counts[0][0]), int(counts[1][0])),
        (int(counts[0][1]), int(counts[1][1])),
    )
