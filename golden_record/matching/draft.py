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

from golden_record.matching.draft_levels import ALIKE, KEYED, PARTS, UNIQUE, Level, Part
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
RETOLD, COVERED = 0.8, 0.5
"""A field repeats others where so many of its records hold their texts, and these make up so much of its own text."""
_SAME = 0.7
"""The share of one customer's pairs that are taken to agree wholly; how often strangers do is counted."""
LOOKED_AT = 20_000
"""Records that are looked at: enough to see how values are spread."""


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
    parts = {name: _parts(name, shape, seen[name], looked_at) for name, shape in shapes.items()}
    seen |= {name: _seen(name, looked_at, found[0].of) for name, found in parts.items() if found and found[0].alone}
    left_out: dict[str, str] = {}
    for name, one in seen.items():
        if len(looked_at) < FEWEST:
            continue
        if one.filled == 0:
            left_out[name] = "no record shows it as evidence"
        elif one.distinct < 2 or one.agree > MOST_SHARE:  # noqa: PLR2004 (one value)
            left_out[name] = "nearly all records agree on it"
    if len(looked_at) >= FEWEST:
        left_out |= _retold({name: shape for name, shape in shapes.items() if name not in left_out}, looked_at)
    used = {name: shape for name, shape in shapes.items() if name not in left_out}
    rules = _rules(used, parts, looked_at) if len(looked_at) >= FEWEST else _rules_by_type(used)
    model: dict[str, Any] = {
        "thresholds": {"auto": 8, "review": 0, "apart": -20},
        "prior": 0.0001,
        "needs": min(2, max(1, len(used) - 1)),
        "blocking": [{"fields": list(rule), "max": FULL} for rule in rules],
        "comparisons": [
            made
            for name, shape in used.items()
            for made in _comparisons(name, shape, seen[name], parts[name], looked_at)
        ],
    }
    return Drafted(model, left_out)


def _retold(shapes: Mapping[str, Shape], evidences: Sequence[Evidence]) -> dict[str, str]:
    """Return the fields that say once more what two others or more say: a whole name beside its parts.

    Compared beside them it would count the same agreement twice, and every namesake would become one customer.
    """
    found: dict[str, str] = {}
    shown = {name: [_plain(one, name) for one in evidences] for name in shapes}
    for name in (name for name, shape in shapes.items() if shape.type not in KEYED):
        others = [other for other in shapes if other != name and other not in found]
        parts = [other for other in others if _within(shown[other], shown[name])]
        covered = [
            sum(len(shown[part][place]) for part in parts) / len(text)
            for place, text in enumerate(shown[name])
            if text and any(shown[part][place] for part in parts)
        ]
        if len(parts) > 1 and sorted(covered)[len(covered) // 2] >= COVERED:
            found[name] = f"it repeats {' and '.join(parts)}"
    return found


def _plain(evidence: Evidence, name: str) -> str:
    """Return the text that a field shows first, without spaces; "" for none."""
    return next(
        (text.replace(" ", "") for value in evidence.features.get(name, NO_VALUES) if (text := value.get("key"))), ""
    )


def _within(parts: Sequence[str], wholes: Sequence[str]) -> bool:
    """Say whether the texts of one field mostly stand in those of another, which says more."""
    both = [(part, whole) for part, whole in zip(parts, wholes, strict=True) if part and whole]
    held = sum(part in whole and part != whole for part, whole in both)
    return len(both) >= FEWEST and held >= RETOLD * len(both)


def _seen(name: str, evidences: Iterable[Evidence], of: str = "key") -> _Seen:
    count: Counter[str] = Counter()
    filled = 0
    for one in evidences:
        keys = {key for value in one.features.get(name, NO_VALUES) if (key := value.get(of))}
        filled += bool(keys)
        count.update(keys)
    total = max(filled, 2)
    pairs = sum(n * (n - 1) for n in count.values())
    return _Seen(filled, len(count), pairs / (total * (total - 1)))


def _parts(name: str, shape: Shape, seen: _Seen, evidences: Sequence[Evidence]) -> Sequence[Part]:
    """Return the parts by which a field is compared; none: as a whole."""
    found = PARTS.get(shape.type, ())
    if not found or not found[0].alone:
        return found
    return found if seen.filled < _seen(name, evidences, found[0].of).filled / 2 else ()


def _comparisons(
    name: str, shape: Shape, seen: _Seen, parts: Sequence[Part], evidences: Sequence[Evidence]
) -> list[dict[str, Any]]:
    if not parts:
        first = {"when": "any_equal" if shape.many else "equal", "m": _SAME}
        alike = () if 0 < seen.distinct < CHOICES else ALIKE.get(shape.type, ())
        return [_comparison(name, shape, seen, (first, *alike))]
    made = []
    for part in parts:
        one = _comparison(name, shape, _seen(name, evidences, part.of), part.levels)
        made.append({"field": name, "name": part.name, **one} if len(parts) > 1 else one)
    return made


def _comparison(name: str, shape: Shape, seen: _Seen, levels: Sequence[Level]) -> dict[str, Any]:
    u = min(max(seen.agree, 1 / (seen.filled + 1_000)), 0.5)
    written: list[dict[str, Any]] = []
    for level in levels:
        counted = u if level["when"] in ("equal", "any_equal") and level["m"] == _SAME else None
        made = {"u": round(min(max(u, level["m"] / 10), 0.1) if counted is None else counted, 6), **level}
        last = ("m", "u", "name", "fixed")  # where a reader looks for them
        written.append(
            {key: made[key] for key in sorted(made, key=lambda key: last.index(key) + 1 if key in last else 0)}
        )
    found: dict[str, Any] = {"field": name}
    if CHOICES <= seen.distinct <= seen.filled / 2 and shape.type not in UNIQUE:
        found["frequency"] = True
    return found | {"levels": [*written, {"when": "else"}]}


# ------------------------------------------------------------------------------------------------ blocking


def _rules_by_type(shapes: Mapping[str, Shape]) -> list[tuple[str, ...]]:
    single: list[tuple[str, ...]] = [(name,) for name, shape in shapes.items() if shape.type in KEYED]
    rest = [name for name, shape in shapes.items() if shape.type not in KEYED]
    both = list(combinations(rest, 2))[: MOST_RULES - len(single)]
    return [*single, *both] or [(name,) for name in shapes]


def _rules(
    shapes: Mapping[str, Shape], parts: Mapping[str, Sequence[Part]], evidences: Sequence[Evidence]
) -> list[tuple[str, ...]]:
    """Return rules that make few pairs each: single fields first, then two fields, each field some times at most."""
    most = PAIRS_PER_RECORD * len(evidences)
    keys = {name: [one.blocks.get(name, ()) for one in evidences] for name in shapes}
    keys |= {
        f"{name}.{part.of}": [_texts(one, name, part.of) for one in evidences]
        for name in shapes
        for part in parts[name]
    }
    keys = {name: found for name, found in keys.items() if any(found)}
    made: dict[tuple[str, ...], int] = {(name,): _pairs(found) for name, found in keys.items()}
    single = [rule for rule, pairs in sorted(made.items(), key=lambda item: item[1]) if 0 < pairs <= most]
    several: list[tuple[int, tuple[str, ...]]] = []
    for one, other in combinations(keys, 2):
        if (one,) in single or (other,) in single:
            continue  # what they share the one field brings together already
        if one.split(".")[0] == other.split(".")[0]:
            continue
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


def _texts(evidence: Evidence, name: str, of: str) -> tuple[str, ...]:
    return tuple({text: None for value in evidence.features.get(name, NO_VALUES) if (text := value.get(of))})


def _pairs(keys: Iterable[Sequence[str]]) -> int:
    """Return how many pairs share a key, or more than any rule may make where a bucket is too full."""
    buckets = Counter(key for some in keys for key in set(some))
    if any(n > FULL for n in buckets.values()):
        usable = [n for n in buckets.values() if n <= FULL]
        lost = sum(n for n in buckets.values() if n > FULL)
        if lost > sum(usable):
            return 0
    return sum(n * (n - 1) // 2 for n in buckets.values() if n <= FULL)
