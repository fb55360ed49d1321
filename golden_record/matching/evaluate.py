"""How good a matching is against known truth: by pairs, by clusters, and by threshold.

Room: golden_record, the pure half.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """Right ones among those found (precision) and found ones among the right (recall), with the counts behind."""

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """1.0 where nothing was found: nothing found is nothing wrong."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """1.0 where there is nothing to find."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def to_json(self) -> dict[str, float]:
        """Return the shape that `match evaluate` prints."""
        return {"precision": round(self.precision, 6), "recall": round(self.recall, 6), "f1": round(self.f1, 6)}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One matching against the truth.

    *exact* counts clusters that are some customer's records, all and no others. *b_cubed_precision* and
    *b_cubed_recall* average over records: how much of a record's cluster is its customer, how much of its customer is
    in its cluster (they weigh each record alike, where pairs let large clusters dominate).
    """

    pairs: Measure
    exact: Measure
    b_cubed_precision: float
    b_cubed_recall: float

    def to_json(self) -> dict[str, dict[str, float]]:
        """Return the shape that `match evaluate` prints."""
        cubed = {"b_cubed_precision": round(self.b_cubed_precision, 6), "b_cubed_recall": round(self.b_cubed_recall, 6)}
        return {"pairs": self.pairs.to_json(), "clusters": {**self.exact.to_json(), **cubed}}


def evaluate(found: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Evaluation:
    """Compare a partition with the truth: both record -> cluster or customer.

    Only records that both know are judged: a label for an unknown record is the caller's to report.
    """
    judged = [record for record in found if record in truth]
    ours = Counter(found[record] for record in judged)
    theirs = Counter(truth[record] for record in judged)
    both = Counter((found[record], truth[record]) for record in judged)
    pairs = Measure(_pairs(ours), _pairs(theirs), _pairs(both))
    same = sum(count == ours[mine] == theirs[customer] for (mine, customer), count in both.items())
    total = len(judged) or 1
    precision = sum(count * count / ours[mine] for (mine, _), count in both.items()) / total
    recall = sum(count * count / theirs[customer] for (_, customer), count in both.items()) / total
    return Evaluation(pairs, Measure(len(ours), len(theirs), same), precision, recall)


def evaluate_pairs(found: Mapping[str, Hashable], labels: Iterable[tuple[str, str, bool]]) -> Measure:
    """Compare a partition with labelled pairs (a, b, match); a record that *found* does not know matches nobody."""
    hits = claimed = true = 0
    for a, b, match in labels:
        joined = a in found and b in found and found[a] == found[b]
        claimed += joined
        true += match
        hits += joined and match
    return Measure(claimed, true, hits)


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What the automatic threshold *bits* would have given."""

    bits: float
    pairs: Measure


def by_threshold(
    cuts: Iterable[float],
    partition: Callable[[float], Mapping[str, Hashable]],
    judge: Callable[[Mapping[str, Hashable]], Measure],
    *,
    needed_from: float = -math.inf,
) -> tuple[AtThreshold, ...]:
    """Cluster again with each automatic threshold of *cuts* (bits) and measure the pairs; the lowest cut comes first.

    Args:
        cuts: in bits; each is measured once, from the highest down.
        partition: the clusters that an automatic threshold gives: record -> cluster.
        judge: how right such clusters are.
        needed_from: cuts below this are left out once F1 has fallen under half of the best. The lower the cut, the
            larger the clusters and the dearer the next one, and it can only say the same more loudly.
    """
    found: list[AtThreshold] = []
    best = 0.0
    for cut in sorted(set(cuts), reverse=True):
        if cut < needed_from and found and found[-1].pairs.f1 < best / 2:
            break
        found.append(AtThreshold(cut, judge(partition(cut))))
        best = max(best, found[-1].pairs.f1)
    return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Errors:
    """The pairs that are wrong, sorted: joined though different customers, and apart though one."""

    false_merges: tuple[tuple[str, str], ...]
    misses: tuple[tuple[str, str], ...]


def wrong_pairs(found: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Errors:
    """Name every wrong pair, for looking at one by one; the smaller key first."""
    judged = sorted(record for record in found if record in truth)
    merged = _pairs_of(judged, found) - (true := _pairs_of(judged, truth))
    missed = true - _pairs_of(judged, found)
    return Errors(tuple(sorted(merged)), tuple(sorted(missed)))


def _pairs_of(records: Iterable[str], parts: Mapping[str, Hashable]) -> set[tuple[str, str]]:
    groups: defaultdict[Hashable, list[str]] = defaultdict(list)
    for record in records:
        groups[parts[record]].append(record)
    return {(a, b) for group in groups.values() for place, a in enumerate(group) for b in group[place + 1 :]}


def _pairs(sizes: Mapping[Hashable, int] | Mapping[tuple[Hashable, Hashable], int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())
