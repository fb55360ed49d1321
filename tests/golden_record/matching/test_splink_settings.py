"""A model goes to Splink's settings and comes back as it was."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from splink import SettingsCreator

from golden_record.matching.frequencies import Frequencies
from golden_record.matching.model import Model, ModelMistakes
from golden_record.matching.splink_settings import from_splink, to_splink
from tests.golden_record.matching.made import shipped_models


@pytest.fixture(params=["person", "company"])
def model(request: pytest.FixtureRequest) -> Model:
    return shipped_models()[request.param]


def settings_of(model: Model) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(dict(to_splink(model, Frequencies()).settings))
    return made


def test_settings_are_json_that_splink_reads(model: Model) -> None:
    written = json.loads(json.dumps(settings_of(model)))
    read = SettingsCreator.from_path_or_dict(written).get_settings("duckdb")
    assert len(read.comparisons) == len(model.comparisons)
    assert read._is_fully_trained


def test_a_model_comes_back_as_it_was(model: Model) -> None:
    back = from_splink(settings_of(model), model)
    for before, after in zip(model.comparisons, back.comparisons, strict=True):
        sums = [sum(pair[at] for pair in before.weights) for at in (0, 1)]
        for (m, u), (new_m, new_u) in zip(before.weights, after.weights, strict=True):
            assert new_m == pytest.approx(m / sums[0], rel=0.02, abs=1e-6)
            assert new_u == pytest.approx(u / sums[1], rel=1e-6)
    assert (back.thresholds, back.blocking, back.needs) == (model.thresholds, model.blocking, model.needs)


def test_trained_probabilities_are_taken_over(model: Model) -> None:
    settings = settings_of(model)
    level = settings["comparisons"][0]["comparison_levels"][0]
    level["m_probability"], level["u_probability"] = 0.123, 0.00456
    settings["probability_two_random_records_match"] = 0.0007
    back = from_splink(settings, model, base=5000)
    (m, u), (old_m, old_u) = back.comparisons[0].weights[0], model.comparisons[0].weights[0]
    assert m == pytest.approx(0.123 / (1 - old_m + 0.123), rel=0.02)
    assert u == pytest.approx(0.00456 / (1 - old_u + 0.00456), rel=0.02)
    assert (back.prior, back.prior_base) == (0.0007, 5000)


def test_settings_of_another_model_are_refused_by_place() -> None:
    person, company = shipped_models()["person"], shipped_models()["company"]
    with pytest.raises(ModelMistakes, match="comparisons"):
        from_splink(settings_of(company), person)
    settings = settings_of(person)
    settings["comparisons"][1]["comparison_levels"][0]["sql_condition"] = '"x_l" = "x_r"'
    with pytest.raises(ModelMistakes, match=r"comparisons\.1\.comparison_levels\.0: another condition"):
        from_splink(settings, person)


@pytest.mark.parametrize("wrong", [0, 1, -0.5, 2, "much", None])
def test_a_probability_outside_its_range_is_named(model: Model, wrong: object) -> None:
    settings = settings_of(model)
    settings["comparisons"][0]["comparison_levels"][0]["m_probability"] = wrong
    with pytest.raises(ModelMistakes, match=r"comparisons\.0\.levels\.0\.m: a probability lies between 0 and 1"):
        from_splink(settings, model)
