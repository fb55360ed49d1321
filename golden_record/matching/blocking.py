"""Who is compared with whom: block keys of a record, and the pairs that share one.

Room: golden_record, the pure half. The store keeps keyed hashes of these texts and finds candidates by them; `pairs`
does the same in memory for small bases, tests and benchmarks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, islice, product

from golden_record.matching.evidence import NO_VALUES, Evidence
from golden_record.matching.model import BlockingRule, Model

MOST_KEYS = 64
"""Block keys that one record gets from one rule at most: a record with 1,000 phones is not a customer."""

_SEPARATOR = "\x1f"


def block_keys(model: Model, evidence: Evidence) -> tuple[str, ...]:
    """Return the texts under which the record is found, each once.

    A key starts with the entity and the rule's place, so that a person and a company are never compared, and carries
    the rule's values. A rule gives none where the record lacks one of its fields.
    """
    keys: dict[str, None] = {}
    for place, rule in enumerate(model.blocking):
        for key in _rule_keys(rule, evidence):
            keys.setdefault(_SEPARATOR.join((evidence.entity, str(place), *key)))
    return tuple(keys)


def rule_place(key: str) -> int:
    """Return the place of the rule that made a key."""
    return int(key.split(_SEPARATOR, 2)[1])


def most_records(model: Model, key: str) -> int:
    """Return how many records a key's bucket may hold before it is skipped and reported."""
    return model.blocking[rule_place(key)].max


def rule_of(model: Model, key: str) -> str:
    """Return the rule that made a key, as reports name it; never its values."""
    return " + ".join(model.blocking[rule_place(key)].fields)


def _rule_keys(rule: BlockingRule, evidence: Evidence) -> Iterable[tuple[str, ...]]:
    parts = [_field_keys(name, evidence) for name in rule.fields]
    return islice(product(*parts), MOST_KEYS) if all(parts) else ()


def _field_keys(name: str, evidence: Evidence) -> tuple[str, ...]:
    field, _, feature = name.partition(".")
    if not feature:
        return evidence.blocks.get(field, ())
    texts = {text: None for value in evidence.features.get(field, NO_VALUES) if (text := value.get(feature))}
    return tuple(texts)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of record keys to score (the smaller first, sorted), and the buckets that were too full: rule -> sizes."""

    pairs: tuple[tuple[str, str], ...]
    skipped: Mapping[str, tuple[int, ...]]


def pairs(model: Model, evidences: Iterable[Evidence]) -> Candidates:
    """Return every pair of records that shares a block key, each once."""
    buckets: defaultdict[str, set[str]] = defaultdict(set)
    for evidence in evidences:
        for key in block_keys(model, evidence):
            buckets[key].add(evidence.key)
    found: set[tuple[str, str]] = set()
    skipped: defaultdict[str, list[int]] = defaultdict(list)
    for key, records in buckets.items():
        if len(records) > most_records(model, key):
            skipped[rule_of(model, key)].append(len(records))
        else:
            found.update(combinations(sorted(records), 2))
    return Candidates(tuple(sorted(found)), {rule: tuple(sorted(sizes)) for rule, sizes in sorted(skipped.items())})
