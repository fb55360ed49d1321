"""The shipped models on the sandboxes' population, from seeds that no weight was chosen on."""

from __future__ import annotations

import pytest

from benchmarks.matching_quality import SYSTEMS, evidences, match
from connectors.population.make import make_population
from golden_record.matching.evaluate import Measure
from tests.golden_record.matching.made import shipped_models


@pytest.mark.slow
@pytest.mark.parametrize("seed", [9001, 9002])
def test_pairs_within_profiles_are_right_and_most_are_found(seed: int) -> None:
    models = shipped_models()
    made = list(evidences(make_population(1000, seed, SYSTEMS), models))
    found = [match(models[entity], [one for one in made if one[0].entity == entity]) for entity in sorted(models)]
    pairs = [matched.evaluation.pairs for matched in found]
    both = Measure(sum(p.found for p in pairs), sum(p.true for p in pairs), sum(p.right for p in pairs))
    assert both.precision >= 0.99
    assert both.recall >= 0.93
    assert sum(len(matched.clusters.candidates) for matched in found) < 300, "a steward can work off what is left"
