"""By which tie did each record of a profile come to the others? The strongest way, from the record that came first.

Room: golden_record, the pure half.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tie:
    """What holds two records together: *kind* `model`, `must`, `system` or `hub`; *bits* (infinite for words).

    *word*: the id of a steward's word.
    """

    a: str
    b: str
    kind: str
    bits: float
    word: str = ""


def how_joined(records: Sequence[str], ties: Iterable[Tie]) -> dict[str, Tie]:
    """Return record -> the tie by which it came to those before it; the first, and one that nothing ties, have none.

    Args:
        records: of one profile, in the order in which they came.
        ties: between them, any order; where several hold a pair the strongest counts. Others are ignored.

    The ties form a tree that is as strong as can be: each record is reached by its strongest tie to what is reached
    already; of equal ones by the one whose records came first.
    """
    place = {record: number for number, record in enumerate(records)}
    near: dict[str, list[Tie]] = {record: [] for record in records}
    for tie in ties:
        if tie.a in place and tie.b in place and tie.a != tie.b:
            near[tie.a].append(tie)
            near[tie.b].append(tie)
    found: dict[str, Tie] = {}
    reached: set[str] = set()
    for start in records:
        if start in reached:
            continue
        reached.add(start)
        open_ties = list(near[start])
        while open_ties:
            best = min(open_ties, key=lambda tie: (-tie.bits, max(place[tie.a], place[tie.b]), tie.kind, tie.word))
            new = best.b if best.a in reached else best.a
            found[new] = best
            reached.add(new)
            open_ties = [tie for tie in (*open_ties, *near[new]) if not {tie.a, tie.b} <= reached]
    return found
