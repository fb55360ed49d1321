"""How common a value is: the snapshot that weights rest on.

Room: golden_record, the pure half. The snapshot is an input and changes only with a model version, so that a pair's
weight today is its weight tomorrow. A value that the snapshot does not know counts as held once.

Holders, not records: one customer's four records with one mobile are one holder. Without profiles at hand a holder
is told by the model's `holders` (a person's name in pinyin), the cheapest thing that differs between strangers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from golden_record.matching.evidence import NO_VALUES, Evidence
from golden_record.matching.level_test import READINGS
from golden_record.matching.levels import COUNTED
from golden_record.matching.model import Comparison, Level, Model

FrequencyKey = tuple[str, str]
"""(label, text): the label is the field, or `field.feature` for another feature than `key`."""

SMOOTHING = 1_000
"""Records that the model's own u counts as, beside the base's: a base of 50 records cannot say how common a name is."""


@dataclass(frozen=True, slots=True)
class Frequencies:
    """The snapshot: *total* records in the base, and how many hold each value.

    For fields with `shared_after` or `held_by` these are distinct holders, for others records; see `count_frequencies`.
    """

    total: int = 0
    counts: Mapping[FrequencyKey, int] = field(default_factory=dict)

    def held_by(self, label: str, text: str) -> int:
        """Return how many hold this value; at least one, since somebody asks."""
        return max(1, self.counts.get((label, text), 1))

    def share(self, label: str, text: str, u: float) -> float:
        """Return the value's share of the base, drawn towards *u* while the base is small."""
        return (self.held_by(label, text) + SMOOTHING * u) / (self.total + SMOOTHING)


class HashedCounts(Mapping[FrequencyKey, int]):
    """Counts whose texts are kept only as keyed hashes: looks a text up by its *digest*."""

    def __init__(self, counts: Mapping[tuple[str, bytes], int], digest: Callable[[str, str], bytes]) -> None:
        self._counts, self._digest = counts, digest

    @property
    def hashed(self) -> Mapping[tuple[str, bytes], int]:
        """The counts by keyed hash."""
        return self._counts

    def key_of(self, label: str, text: str) -> tuple[str, bytes]:
        """Return under which hash a text is counted."""
        return label, self._digest(label, text)

    def __getitem__(self, key: FrequencyKey) -> int:
        label, text = key
        return self._counts[label, self._digest(label, text)]

    def __iter__(self) -> Iterator[FrequencyKey]:
        raise TypeError("the texts behind keyed hashes cannot be listed")

    def __len__(self) -> int:
        return len(self._counts)


def label_of(field: str, of: str) -> str:
    """Return the label under which a field's feature is counted."""
    return field if of == "key" else f"{field}.{of}"


def counted_features(model: Model) -> tuple[tuple[str, str], ...]:
    """Return the (field, feature) pairs whose values the model wants counted."""
    found: dict[tuple[str, str], None] = {}
    for comparison in model.comparisons:
        for condition in _counted_conditions(comparison):
            test = condition.test()
            found.setdefault((condition.field or comparison.field, test.of))
    return tuple(found)


def _counted_conditions(comparison: Comparison) -> Iterator[Level]:
    for level in comparison.levels:
        counts = comparison.frequency if level.frequency is None else level.frequency
        if level.when in COUNTED and (counts or comparison.shared_after is not None or level.held_by is not None):
            yield level


def keys_of(counted: Iterable[tuple[str, str]], evidence: Evidence) -> Iterator[FrequencyKey]:
    """Yield what a record adds to the counts of the *counted* features, each once."""
    for name, of in counted:
        texts = {word for value in evidence.features.get(name, NO_VALUES) for word in _texts(value, of)}
        for text in sorted(texts):
            yield label_of(name, of), text


def _texts(value: Mapping[str, str], of: str) -> list[str]:
    text = value.get(of, "")
    return text.split(READINGS) if of == "pinyin" and text else [text] if text else []


def holder_of(model: Model, evidence: Evidence) -> str | None:
    """Return what tells this record's holder from others, or None where the record does not say."""
    for holder in model.holders:
        for value in evidence.features.get(holder.field, NO_VALUES):
            if text := value.get(holder.of):
                return text
    return None


def count_frequencies(model: Model, evidences: Iterable[Evidence]) -> Frequencies:
    """Take the snapshot of a base.

    Fields with `shared_after` or `held_by` count distinct holders where the model names any, all others count records.
    """
    by_holder = labels_by_holder(model) if model.holders else frozenset()
    records: Counter[FrequencyKey] = Counter()
    holders: defaultdict[FrequencyKey, set[str]] = defaultdict(set)
    counted = counted_features(model)
    total = 0
    for evidence in evidences:
        total += 1
        holder = holder_of(model, evidence)
        for key in keys_of(counted, evidence):
            if key[0] not in by_holder:
                records[key] += 1
            elif holder is not None:
                holders[key].add(holder)
    return Frequencies(total, {**records, **{key: len(found) for key, found in holders.items()}})


def labels_by_holder(model: Model) -> frozenset[str]:
    """Return the labels whose counts are of distinct holders, where the model names any; all others count records."""
    return frozenset(
        label_of(condition.field or comparison.field, condition.test().of)
        for comparison in model.comparisons
        for condition in _counted_conditions(comparison)
        if comparison.shared_after is not None or condition.held_by is not None
    )
