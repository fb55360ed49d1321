"""The automatic threshold that suits scored pairs best: F1 by pairs after clustering, for every whole-bit cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What one engine reached: F1 at its best threshold, that threshold in bits, and the seconds it took."""

    f1: float
    precision: float
    recall: float
    bits: float
    seconds: float


def best_cut(pairs: Sequence[tuple[float, int, int]], truth: Sequence[str], seconds: float) -> Answer:
    """Return the best F1 over all whole-bit thresholds, pairs heaviest first, clusters by connected components."""
    sizes = Counter(truth)
    wanted = sum(size * (size - 1) // 2 for size in sizes.values())
    root = list(range(len(truth)))
    members: dict[int, Counter[str]] = {place: Counter([customer]) for place, customer in enumerate(truth)}
    found = right = 0
    best = Answer(0.0, 0.0, 0.0, 0.0, seconds)
    cut = 60.0
    for weight, a, b in pairs:
        while weight < cut:
            best = max(best, measured(found, right, wanted, cut, seconds), key=lambda one: one.f1)
            cut -= 1
        one, other = top(root, a), top(root, b)
        if one == other:
            continue
        if sum(members[one].values()) < sum(members[other].values()):
            one, other = other, one
        gone = members.pop(other)
        found += sum(members[one].values()) * sum(gone.values())
        right += sum(count * members[one][customer] for customer, count in gone.items())
        members[one] += gone
        root[other] = one
    return max(best, measured(found, right, wanted, cut, seconds), key=lambda one: one.f1)


def top(root: list[int], place: int) -> int:
    """Return the representative of a record's cluster."""
    while root[place] != place:
        root[place] = root[root[place]]
        place = root[place]
    return place


def measured(found: int, right: int, wanted: int, bits: float, seconds: float) -> Answer:
    """Return precision, recall and F1 of counts of pairs."""
    precision, recall = right / found if found else 1.0, right / wanted
    both = precision + recall
    return Answer(2 * precision * recall / both if both else 0.0, precision, recall, bits, seconds)
