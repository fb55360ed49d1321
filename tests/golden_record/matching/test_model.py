from __future__ import annotations

from typing import Any

import pytest

from golden_record.matching.model import Comparison, Model, ModelMistakes, Thresholds, decide, read_models
from tests.golden_record.matching.made import shipped_models


def document(**changes: Any) -> dict[str, Any]:
    model = {
        "thresholds": {"auto": 6, "review": 0},
        "prior": 0.001,
        "blocking": [["phones"]],
        "comparisons": [
            {"field": "phones", "levels": [{"when": "any_equal", "m": 0.9, "u": 0.0001}, {"when": "else"}]},
        ],
    }
    return {"person": {**model, **changes}}


def levels(*given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"field": "phones", "levels": list(given)}]


def mistakes_of(written: dict[str, Any], fields: dict[str, list[str]] | None = None) -> str:
    with pytest.raises(ModelMistakes) as wrong:
        read_models(written, fields)
    return str(wrong.value)


def test_else_takes_what_the_other_levels_leave() -> None:
    model = read_models(document())["person"]
    assert model.comparisons[0].weights[1] == pytest.approx((0.1, 0.9999))


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"comparisons": levels({"when": "any_equal", "m": 1.0, "u": 0.1}, {"when": "else"})}, "less than 1"),
        ({"comparisons": levels({"when": "any_equal", "m": 0.5, "u": 0}, {"when": "else"})}, "greater than 0"),
        (
            {"comparisons": levels({"when": "sounds_like", "m": 0.5, "u": 0.1}, {"when": "else"})},
            "sounds_like|any_equal",
        ),
        (
            {"comparisons": levels({"when": "any_equal", "m": 0.5, "u": 0.1}, {"when": "else", "m": 0.9, "u": 0.9})},
            "add up to 1.4",
        ),
        ({"comparisons": levels({"when": "any_equal", "m": 0.5}, {"when": "else"})}, "only `else` may leave u out"),
        (
            {"comparisons": levels({"when": "any_equal", "m": 0.5, "u": 0.1}, {"when": "differ", "m": 0.5, "u": 0.9})},
            "must be `else`",
        ),
        (
            {"comparisons": levels({"when": "equal", "m": 0.5, "u": 0.1, "at_least": 0.9}, {"when": "else"})},
            "takes no at_least",
        ),
        (
            {"comparisons": levels({"when": "jaro_winkler", "m": 0.5, "u": 0.1, "at_least": 92}, {"when": "else"})},
            "between 0 and 1",
        ),
        ({"thresholds": {"auto": 2, "review": 3}}, "must rise"),
        ({"blocking": []}, "at least 1"),
        ({"priors": 1}, "Extra inputs"),
        ({"prior": 1.5}, "less than 1"),
    ],
)
def test_a_model_that_cannot_be_meant_is_refused_with_the_reason(changes: dict[str, Any], part: str) -> None:
    text = mistakes_of(document(**changes))
    assert any(one in text for one in part.split("|"))


def test_all_mistakes_are_named_at_once_with_their_places() -> None:
    with pytest.raises(ModelMistakes) as wrong:
        read_models({**document(prior=2), "company": document(thresholds={"auto": 1})["person"]})
    places = {path for path, _ in wrong.value.mistakes}
    assert {("person", "prior"), ("company", "thresholds", "review")} <= places


def test_fields_that_the_profile_lacks_are_mistakes() -> None:
    text = mistakes_of(document(blocking=[["phones"], ["emails.domain"]]), {"person": ["phones"]})
    assert "no field `emails`" in text
    assert "no such entity" in mistakes_of(document(), {"company": ["phones"]})


def test_the_prior_falls_as_the_base_grows() -> None:
    model = read_models(document(prior=0.001, prior_base=10_000))["person"]
    assert model.prior_bits(10_000) == pytest.approx(-9.96, abs=0.01)
    assert model.prior_bits(1_000_000) == pytest.approx(model.prior_bits(10_000) - 6.64, abs=0.01)
    assert model.prior_bits(0) == model.prior_bits(1_000)


def test_a_decision_follows_from_the_two_thresholds() -> None:
    limits = Thresholds(auto=6, review=0)
    assert [decide(limits, weight) for weight in (6, 5.9, 0, -0.1)] == ["auto", "review", "review", "apart"]


def test_the_shipped_models_are_sound_and_match_persons_and_companies() -> None:
    models = shipped_models()
    assert set(models) == {"person", "company"}
    for model in models.values():
        for comparison in model.comparisons:
            best = comparison.weights[0]
            assert best[0] > best[1], f"{comparison.title}: the best level must speak for a match"


def test_a_model_survives_being_written_and_read() -> None:
    model = shipped_models()["person"]
    assert Model.model_validate(model.model_dump(mode="json")) == model


def test_a_comparison_names_every_field_that_it_reads() -> None:
    comparison = Comparison.model_validate(
        {
            "field": "company",
            "levels": [
                {"when": "equal", "m": 0.5, "u": 0.1, "also": [{"when": "equal", "field": "address"}]},
                {"when": "same_domain", "field": "emails", "m": 0.1, "u": 0.1},
                {"when": "else"},
            ],
        }
    )
    assert comparison.fields() == {"company", "address", "emails"}
