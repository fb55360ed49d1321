"""Why two records match or not, and what would change it.

Room: golden_record, the pure half. Carries fields, levels and bits; never values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from golden_record.matching.compiled import MISSING, Compared, level_bits
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import Frequencies
from golden_record.matching.model import Decision, Model, decide
from golden_record.matching.scorer import Cap, PairScore, Scorer

CAP_REASONS = {
    "one_attribute": "only one attribute agrees, and one alone never merges automatically",
    "conflict": "a level that contradicts (conflict: true) allows no automatic merge",
}


@dataclass(frozen=True, slots=True)
class Change:
    """If this comparison stood on this level, the pair would weigh *weight* and lead to *decision*."""

    field: str
    level: str
    weight: float
    decision: Decision


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pair's score with its steps: the prior, then each comparison, and what one other outcome would have done.

    *changes* holds, for each comparison, the one level nearest to its own that changes the decision; levels by the
    model's own weights, without the frequency of a value that nobody knows yet.
    """

    score: PairScore
    why: str
    changes: tuple[Change, ...]

    def to_json(self) -> dict[str, object]:
        """Return the shape that `match explain` prints, but for the links."""
        steps = (Compared("prior", "", self.score.prior), *self.score.comparisons)
        return {
            "weight": round(self.score.weight, 3),
            "decision": self.score.decision,
            "why": self.why,
            "comparisons": [{"field": step.field, "level": step.level, "bits": round(step.bits, 3)} for step in steps],
            "changes": [
                {
                    "field": change.field,
                    "level": change.level,
                    "weight": round(change.weight, 3),
                    "decision": change.decision,
                }
                for change in self.changes
            ],
        }


def explain(model: Model, frequencies: Frequencies, a: Evidence, b: Evidence) -> Explanation:
    """Explain the score of two records of one entity; raises ValueError for two entities, as the scorer does."""
    score = Scorer(model, frequencies).score(a, b)
    return Explanation(score, _why(model, score), tuple(_changes(model, score)))


def _why(model: Model, score: PairScore) -> str:
    limits = model.thresholds
    text = f"{score.weight:.1f} bits; automatic from {limits.auto:g}, review from {limits.review:g}"
    cap: Cap | None = score.cap
    return f"{text}; {CAP_REASONS[cap]} (it would be {score.uncapped:.1f})" if cap else text


def _changes(model: Model, score: PairScore) -> Iterator[Change]:
    for comparison, compared in zip(model.comparisons, score.comparisons, strict=True):
        rest = score.uncapped - compared.bits
        options: list[tuple[float, Change]] = []
        titles = [level.title(comparison.field) for level in comparison.levels]
        outcomes = [(title, level_bits(*weights)) for title, weights in zip(titles, comparison.weights, strict=True)]
        for level, bits in [*outcomes, (MISSING, 0.0)]:
            decision = decide(model.thresholds, rest + bits)
            if level != compared.level and decision != score.decision:
                options.append((abs(bits - compared.bits), Change(comparison.title, level, rest + bits, decision)))
        if options:
            yield min(options, key=lambda option: (option[0], option[1].level))[1]
