"""A model's comparisons as closures: compiled once, then some microseconds for each comparison of a pair.

Room: golden_record, the pure half.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from golden_record.matching.evidence import NO_VALUES, Evidence
from golden_record.matching.frequencies import Frequencies, label_of
from golden_record.matching.level_test import Agreement, Test
from golden_record.matching.levels import COUNTED, compile_test, needed_feature
from golden_record.matching.model import Comparison, Condition, Level

MISSING = "missing"
SUPPORT_BITS = 1.0
"""From here on an agreement counts as an attribute that supports the match."""
REMEMBERED = 100_000
"""Agreed texts whose bits a scorer keeps at hand for each level: a look-up by keyed hash costs more than the rest."""


class Compared(NamedTuple):
    """What one comparison said: the level that held and its bits. `missing` is worth nothing."""

    field: str
    level: str
    bits: float


class Outcome(NamedTuple):
    """What one comparison means for the pair; see `model.Level` for the flags."""

    compared: Compared
    bits: float
    supports: bool = False
    decisive: bool = False
    conflict: bool = False


Compare = Callable[[Evidence, Evidence], Outcome]
_Comparable = Callable[[Evidence, Evidence], bool]
_Holds = Callable[[Evidence, Evidence], Agreement]


def level_bits(m: float, u: float) -> float:
    """Return the weight of a level in bits."""
    return math.log2(m / u)


_Judge = Callable[[Evidence, Evidence], Outcome | None]
"""One level: its outcome where it holds, else None."""


def compile_comparison(comparison: Comparison, frequencies: Frequencies) -> Compare:
    """Return the comparison as a function of two records."""
    *tested, rest = zip(comparison.levels, comparison.weights, strict=True)
    judges = [_compile_level(comparison, level, m, u, frequencies) for level, (m, u) in tested]
    comparable = _comparable(comparison)
    fields = tuple(comparison.fields())
    missing = Outcome(Compared(comparison.title, MISSING, 0.0), 0.0)
    otherwise = _outcome(comparison, rest[0], level_bits(*rest[1]))

    def compare(a: Evidence, b: Evidence) -> Outcome:
        mine, theirs = a.features, b.features
        for field in fields:
            if field in mine and field in theirs:
                break
        else:
            return missing
        for judge in judges:
            outcome = judge(a, b)
            if outcome is not None:
                return outcome
        return otherwise if comparable(a, b) else missing

    return compare


def _outcome(comparison: Comparison, level: Level, bits: float) -> Outcome:
    compared = Compared(comparison.title, level.title(comparison.field), bits)
    supports = bits >= SUPPORT_BITS and not level.context
    return Outcome(compared, bits, supports, level.decisive, level.conflict)


def _compile_level(comparison: Comparison, level: Level, m: float, u: float, frequencies: Frequencies) -> _Judge:
    holds = _all_conditions(comparison, level)
    by_frequency = comparison.frequency if level.frequency is None else level.frequency
    limit = comparison.shared_after
    if level.when in COUNTED and (by_frequency or limit is not None or level.held_by is not None):
        if level.held_by is not None:
            holds = _held_by_few(holds, level.held_by, _label(comparison, level), frequencies)
        return _counted_level(comparison, level, _weigh(comparison, level, m, u, frequencies), holds)
    outcome = _outcome(comparison, level, level_bits(m, u))
    return lambda a, b: outcome if holds(a, b) is not None else None


def _counted_level(comparison: Comparison, level: Level, weigh: Callable[[str], float | None], holds: _Holds) -> _Judge:
    """Return a level whose bits depend on the agreed text; of several the one that says most counts."""
    plain = _outcome(comparison, level, 0.0)
    shared = Outcome(Compared(comparison.title, f"{plain.compared.level} (shared)", 0.0), 0.0)
    known: dict[str, Outcome] = {}

    def outcome_of(text: str) -> Outcome:
        found = known.get(text)
        if found is None:
            if len(known) >= REMEMBERED:
                known.clear()
            bits = weigh(text)
            found = known[text] = shared if bits is None else _outcome(comparison, level, bits)
        return found

    def judge(a: Evidence, b: Evidence) -> Outcome | None:
        texts = holds(a, b)
        if not texts:
            return None
        return outcome_of(texts[0]) if len(texts) == 1 else max(map(outcome_of, texts), key=_bits)

    return judge


def _held_by_few(holds: _Holds, most: int, label: str, frequencies: Frequencies) -> _Holds:
    """Return *holds* for those texts alone that at most *most* hold."""

    def few(a: Evidence, b: Evidence) -> Agreement:
        texts = holds(a, b)
        return tuple([text for text in texts if frequencies.held_by(label, text) <= most]) or None if texts else None

    return few


def _label(comparison: Comparison, level: Level) -> str:
    return label_of(_field(comparison, level), level.test().of)


def _bits(outcome: Outcome) -> tuple[float, bool]:
    return outcome.bits, outcome.supports


def _weigh(
    comparison: Comparison, level: Level, m: float, u: float, frequencies: Frequencies
) -> Callable[[str], float | None]:
    """Return what turns an agreed text into bits; None where too many hold it."""
    by_frequency = comparison.frequency if level.frequency is None else level.frequency
    limit = comparison.shared_after
    label = _label(comparison, level)

    def weigh(text: str) -> float | None:
        bits = level_bits(m, frequencies.share(label, text, u) if by_frequency else u)
        if limit is not None and bits > 0 and frequencies.held_by(label, text) > limit:
            return None
        return bits

    return weigh


def _all_conditions(comparison: Comparison, level: Level) -> _Holds:
    first = _on_field(_field(comparison, level), compile_test(level.test()))
    also = [_on_field(_field(comparison, more), compile_test(more.test())) for more in level.also]
    if not also:
        return first

    def test(a: Evidence, b: Evidence) -> Agreement:
        agreement = first(a, b)
        if agreement is None or any(more(a, b) is None for more in also):
            return None
        return agreement

    return test


def _on_field(field: str, test: Test) -> _Holds:
    def on_field(a: Evidence, b: Evidence) -> Agreement:
        values_a = a.features.get(field)
        values_b = b.features.get(field)
        return test(values_a, values_b) if values_a and values_b else None

    return on_field


def _comparable(comparison: Comparison) -> _Comparable:
    """Return whether both sides have what at least one level looks at, feature by feature."""
    needed = tuple(
        dict.fromkeys(
            tuple(
                dict.fromkeys(
                    (_field(comparison, condition), needed_feature(condition.test()))
                    for condition in (level, *level.also)
                )
            )
            for level in comparison.levels[:-1]
        )
    )

    def comparable(a: Evidence, b: Evidence) -> bool:
        for features in needed:
            for field, of in features:
                if not (_shows(a, field, of) and _shows(b, field, of)):
                    break
            else:
                return True
        return False

    return comparable


def _shows(evidence: Evidence, field: str, of: str) -> bool:
    for value in evidence.features.get(field, NO_VALUES):  # noqa: SIM110 (a generator would cost more than the test)
        if value.get(of):
            return True
    return False


def _field(comparison: Comparison, condition: Condition) -> str:
    return condition.field or comparison.field
