"""A first model for fields that nobody has written one for: levels by field type, blocking by what the data hold.

Room: golden_record, the pure half. The weights are a start, for `match train` to learn from; how often strangers agree
(u) is counted, how often one customer's records do (m) is a guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from golden_record.matching.evidence import NO_VALUES, Evidence

FEWEST = 50
"""Records under which the data say nothing of blocking: the types decide alone."""
MOST_SHARE = 0.9
"""A field that so many pairs of strangers agree on tells nobody apart."""
PAIRS_PER_RECORD = 10
"""Pairs that one rule may make for each record."""
FULL = 500
"""Records in a bucket above which it is skipped, as in a model."""
MOST_RULES, TIMES = 8, 3
"""Blocking rules at most, and how often one field may take part in those of several."""
CHOICES = 20
"""A field with fewer values than this is a list of choices: no two of them are nearly equal."""
LOOKED_AT = 20_000
"""Records that are looked at: enough to see how values are spread."""

_ALIKE: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "person_name": (
        {"when": "pinyin_equal", "m": 0.05},
        {"when": "swapped", "m": 0.02},
        {"when": "nickname", "m": 0.02},
        {"when": "initials", "m": 0.03},
        {"when": "jaro_winkler", "at_least": 0.88, "m": 0.10},
    ),
    "company_name": (
        {"when": "equal", "of": "core", "m": 0.10, "name": "equal core"},
        {"when": "tokens", "at_least": 0.9, "m": 0.08},
        {"when": "jaro_winkler", "at_least": 0.88, "m": 0.08},
    ),
    "address": (
        {"when": "equal", "of": "detail", "m": 0.08, "name": "equal street and door"},
        {"when": "jaro_winkler", "of": "detail", "at_least": 0.88, "m": 0.10},
        {"when": "equal", "of": "city", "m": 0.10, "name": "equal city"},
    ),
    "phone": ({"when": "one_char", "at_least": 8, "m": 0.04},),
    "email": ({"when": "one_char", "at_least": 8, "m": 0.04}, {"when": "same_domain", "m": 0.05}),
    "date": ({"when": "one_char", "at_least": 1, "m": 0.08},),
    "identifier": ({"when": "jaro_winkler", "at_least": 0.88, "m": 0.12},),
    "text": (
        {"when": "jaro_winkler", "at_least": 0.92, "m": 0.08},
        {"when": "tokens", "at_least": 0.9, "m": 0.06},
        {"when": "jaro_winkler", "at_least": 0.8, "m": 0.06},
    ),
}
"""Levels between equal and else, by field type; other types have none. Their u is a tenth of m where nothing counts."""
_UNIQUE = ("uscc", "resident_id", "social_handle", "url")
"""Types of which two that agree are hardly ever strangers, and one that differs by a letter is another one."""
_KEYED = ("phone", "email", "identifier", "date", "address", *_UNIQUE)
"""Types by which one looks somebody up, where the data say nothing yet."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A field as profile.yaml has it: its type, and whether it holds many values."""

    type: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Drafted:
    """The model as matching.yaml writes it, and the fields that are left out, with the reason."""

    model: dict[str, Any]
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """How a field is filled: records that show it, values that differ, and the share of strangers' pairs that agree."""

    filled: int
    distinct: int
    agree: float


def draft(shapes: Mapping[str, Shape], evidences: Sequence[Evidence]) -> Drafted:
    """Draft a model of one entity.

    Args:
        shapes: the fields of profile.yaml that may be evidence.
        evidences: records with *all* of these fields; few or none where nothing is pulled yet.
    """
    looked_at = evidences[:LOOKED_AT]
    seen = {name: _seen(name, looked_at) for name in shapes}
    left_out: dict[str, str] = {}
    for name, one in seen.items():
        if len(looked_at) < FEWEST:
            continue
        if one.filled == 0:
            left_out[name] = "no record shows it as evidence"
        elif one.distinct < 2 or one.agree > MOST_SHARE:  # noqa: PLR2004 (one value)
            left_out[name] = "nearly all records agree on it"
    used = {name: shape for name, shape in shapes.items() if name not in left_out}
    rules = _rules(used, looked_at) if len(looked_at) >= FEWEST else _rules_by_type(used)
    model: dict[str, Any] = {
        "thresholds": {"auto": 8, "review": 0, "apart": -20},
        "prior": 0.0001,
        "needs": min(2, max(1, len(used) - 1)),
        "blocking": [{"fields": list(rule), "max": FULL} for rule in rules],
        "comparisons": [_comparison(name, shape, seen[name]) for name, shape in used.items()],
    }
    return Drafted(model, left_out)


def _seen(name: str, evidences: Iterable[Evidence]) -> _Seen:
    count: Counter[str] = Counter()
    filled = 0
    for one in evidences:
        keys = {key for value in one.features.get(name, NO_VALUES) if (key := value.get("key"))}
        filled += bool(keys)
        count.update(keys)
    total = max(filled, 2)
    pairs = sum(n * (n - 1) for n in count.values())
    return _Seen(filled, len(count), pairs / (total * (total - 1)))


def _comparison(name: str, shape: Shape, seen: _Seen) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"when": "any_equal" if shape.many else "equal", "m": 0.7}]
    if not 0 < seen.distinct < CHOICES:
        levels += [dict(level) for level in _ALIKE.get(shape.type, ())]
    u = min(max(seen.agree, 1 / (seen.filled + 1_000)), 0.5)
    for place, level in enumerate(levels):
        level["u"] = round(u if place == 0 else min(max(u, level["m"] / 10), 0.1), 6)
        if "name" in level:  # last, where a reader looks for it
            level["name"] = level.pop("name")
    written: dict[str, Any] = {"field": name}
    frequent = CHOICES <= seen.distinct <= seen.filled / 2
    if frequent and shape.type not in _UNIQUE:
        written["frequency"] = True
    return written | {"levels": [*levels, {"when": "else"}]}


# ------------------------------------------------------------------------------------------------ blocking


def _rules_by_type(shapes: Mapping[str, Shape]) -> list[tuple[str, ...]]:
    single: list[tuple[str, ...]] = [(name,) for name, shape in shapes.items() if shape.type in _KEYED]
    rest = [name for name, shape in shapes.items() if shape.type not in _KEYED]
    both = list(combinations(rest, 2))[: MOST_RULES - len(single)]
    return [*single, *both] or [(name,) for name in shapes]


def _rules(shapes: Mapping[str, Shape], evidences: Sequence[Evidence]) -> list[tuple[str, ...]]:
    """Return rules that make few pairs each: single fields first, then two fields, each field some times at most."""
    most = PAIRS_PER_RECORD * len(evidences)
    keys = {name: [one.blocks.get(name, ()) for one in evidences] for name in shapes}
    keys = {name: found for name, found in keys.items() if any(found)}
    made: dict[tuple[str, ...], int] = {(name,): _pairs(found) for name, found in keys.items()}
    single = [rule for rule, pairs in sorted(made.items(), key=lambda item: item[1]) if 0 < pairs <= most]
    several: list[tuple[int, tuple[str, ...]]] = []
    for one, other in combinations(keys, 2):
        if (one,) in single or (other,) in single:
            continue  # what they share the one field brings together already
        both = [
            tuple(map("\x1f".join, product(a, b))) if a and b else ()
            for a, b in zip(keys[one], keys[other], strict=True)
        ]
        pairs = _pairs(both)
        if 0 < pairs <= most:
            several.append((-sum(map(bool, both)), (one, other)))
    rules, times = list(single[:MOST_RULES]), Counter[str]()
    for _shown, rule in sorted(several):
        if len(rules) < MOST_RULES and all(times[name] < TIMES for name in rule):
            rules.append(rule)
            times.update(rule)
    return rules or _rules_by_type(shapes)


def _pairs(keys: Iterable[Sequence[str]]) -> int:
    """Return how many pairs share a key, or more than any rule may make where a bucket is too full."""
    buckets = Counter(key for some in keys for key in set(some))
    if any(n > FULL for n in buckets.values()):
        usable = [n for n in buckets.values() if n <= FULL]
        lost = sum(n for n in buckets.values() if n > FULL)
        if lost > sum(usable):
            return 0
    return sum(n * (n - 1) // 2 for n in buckets.values() if n <= FULL)
