"""The weight of a pair of records in bits: positive speaks for one customer, negative against.

Room: golden_record, the pure half. The model is compiled into closures once; a pair then costs some microseconds
for each comparison. Same model, same frequencies, same pair: same weight, whichever record is named first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from golden_record.matching.compiled import Compared, Outcome, compile_comparison
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import Frequencies, counted_features
from golden_record.matching.model import Decision, Model, decide
from golden_record.matching.together import as_one, for_groups

BELOW_AUTO = 0.01
"""A capped pair weighs this many bits less than the automatic threshold: it leads the review queue."""


Cap = Literal["one_attribute", "conflict"]
"""Why a pair that weighs enough is still not merged automatically."""


@dataclass(frozen=True, slots=True)
class PairScore:
    """The evidence on one pair.

    *weight* is what decides: prior and comparisons summed, cut below the automatic threshold where *cap* says why.
    """

    weight: float
    prior: float
    comparisons: tuple[Compared, ...]
    decision: Decision
    cap: Cap | None = None
    conflict: bool = False

    @property
    def uncapped(self) -> float:
        """The plain sum of prior and comparisons."""
        return self.prior + self.evidence

    @property
    def evidence(self) -> float:
        """The sum of the comparisons alone: what the two records say, whatever the size of the base."""
        return math.fsum(compared.bits for compared in self.comparisons)

    @property
    def against(self) -> float:
        """The bits by which the pair speaks for (positive) or against sharing a profile by what lies between.

        A conflict speaks against without end. The prior stays out: that strangers are many says nothing against two.
        """
        return -math.inf if self.conflict else self.evidence


class Scorer:
    """A model and a frequency snapshot, ready to score pairs."""

    def __init__(self, model: Model, frequencies: Frequencies) -> None:
        self.model, self.frequencies = model, frequencies
        self._prior = model.prior_bits(frequencies.total)
        self.counted = counted_features(model)
        """The (field, feature) pairs by whose texts it asks how common they are."""
        self._compare = tuple(compile_comparison(comparison, frequencies) for comparison in model.comparisons)

    def score(self, a: Evidence, b: Evidence) -> PairScore:
        """Score two records of one entity.

        Raises:
            ValueError: they are of different entities, which never match (a sole trader is related to his firm).
        """
        if a.entity != b.entity:
            raise ValueError(f"{a.key} is a {a.entity} and {b.key} a {b.entity}: they are never one")
        outcomes = [compare(a, b) for compare in self._compare]
        weight = self._prior + math.fsum([outcome.bits for outcome in outcomes])
        auto = self.model.thresholds.auto
        conflict = any(outcome.conflict for outcome in outcomes)
        cap = self._cap(outcomes, conflict=conflict) if weight >= auto else None
        if cap is not None:
            weight = auto - BELOW_AUTO
        compared = tuple([outcome.compared for outcome in outcomes])
        return PairScore(weight, self._prior, compared, decide(self.model.thresholds, weight), cap, conflict)

    def weight_of_groups(self, one: Iterable[Evidence], other: Iterable[Evidence]) -> float:
        """Return the weight in bits of two groups of records, each taken as one customer, caps included."""
        return self._groups.score(as_one(one), as_one(other)).weight

    def of_groups(self, evidences: Mapping[str, Evidence]) -> Callable[[Sequence[str], Sequence[str]], float]:
        """Return the same as a function of two groups of keys."""
        return lambda one, other: self.weight_of_groups(
            [evidences[key] for key in one], [evidences[key] for key in other]
        )

    @cached_property
    def _groups(self) -> Scorer:
        return Scorer(for_groups(self.model), self.frequencies)

    def _cap(self, outcomes: list[Outcome], *, conflict: bool) -> Cap | None:
        if conflict:
            return "conflict"
        if any(outcome.decisive for outcome in outcomes):
            return None
        return "one_attribute" if sum(outcome.supports for outcome in outcomes) < self.model.needs else None


def score(model: Model, frequencies: Frequencies, a: Evidence, b: Evidence) -> PairScore:
    """Score one pair; who scores many makes one `Scorer`."""
    return Scorer(model, frequencies).score(a, b)
