"""Training finds the shares of levels that a base was made with, and refuses what cannot be learned from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from golden_record.bulk.train import CannotTrain, check_forecast, train
from golden_record.bulk.workbench import RuleForecast, workbench
from golden_record.matching.compiled import level_bits
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import Frequencies
from golden_record.matching.model import Model

CUSTOMERS = 400
KEPT = {"city": 0.9, "name": 0.8, "phone": 0.7}
"""How often a customer's second record says what the first one says."""
OF = {"city": 20, "name": 400, "phone": 5_000}
"""How many values there are; strangers agree once in so many pairs."""


def document(**more: Any) -> dict[str, Any]:
    """Return a model whose m and u are guessed, and badly."""
    comparisons = [
        {"field": field, "levels": [{"when": "equal", "m": 0.5, "u": 0.1, **more.get(field, {})}, {"when": "else"}]}
        for field in KEPT
    ]
    rules = [{"fields": [field], "max": 2000} for field in ("name", "phone")]
    limits = {"auto": 4, "review": 0}
    return {"thresholds": limits, "prior": 0.01, "blocking": rules, "comparisons": comparisons}


def record(number: int, values: dict[str, int]) -> Evidence:
    features = {field: ({"key": f"{field}{value}"},) for field, value in values.items()}
    blocks = {field: (f"{value}",) for field, value in values.items()}
    return Evidence(f"s/t/{number:05}#0", "thing", features, blocks)


def base(seed: int = 1) -> tuple[list[Evidence], list[tuple[str, str]]]:
    """Return two records of each customer, and the pairs that are one."""
    chance = random.Random(seed)
    made, pairs = [], []
    for number in range(CUSTOMERS):
        first = {field: chance.randrange(count) for field, count in OF.items()}
        second = {
            field: value if chance.random() < KEPT[field] else chance.randrange(OF[field])
            for field, value in first.items()
        }
        made += [record(2 * number, first), record(2 * number + 1, second)]
        pairs.append((made[-2].key, made[-1].key))
    chance.shuffle(made)
    return made, pairs


def trained(model: Model, records: Sequence[Evidence], labels: Sequence[tuple[str, str]] | None = None) -> Model:
    with workbench(model, Frequencies(total=len(records)), records) as bench:
        return train(bench, labels, strangers=40_000).model


def shares(model: Model) -> dict[str, tuple[float, float]]:
    return {one.field: one.weights[0] for one in model.comparisons}


@pytest.fixture(scope="module")
def learned() -> Model:
    return trained(Model.model_validate(document()), base()[0])


def test_the_shares_that_a_base_was_made_with_are_found_without_labels(learned: Model) -> None:
    for field, (m, u) in shares(learned).items():
        assert m == pytest.approx(KEPT[field] + (1 - KEPT[field]) / OF[field], abs=0.08), field
        assert u == pytest.approx(1 / OF[field], rel=0.35), field


def test_the_prior_is_the_share_of_matches(learned: Model) -> None:
    truly = CUSTOMERS / (CUSTOMERS * (2 * CUSTOMERS - 1))
    assert learned.prior == pytest.approx(truly, rel=0.2)
    assert learned.prior_base == 2 * CUSTOMERS


def test_what_stewards_joined_teaches_the_same() -> None:
    records, pairs = base(2)
    found = shares(trained(Model.model_validate(document()), records, pairs))
    for field, (m, _u) in found.items():
        assert m == pytest.approx(KEPT[field], abs=0.05), field


def test_training_again_gives_the_same_model(learned: Model) -> None:
    records, _ = base()
    assert trained(Model.model_validate(document()), list(reversed(records))) == learned


def test_a_fixed_level_keeps_its_weight() -> None:
    model = Model.model_validate(document(city={"m": 0.9, "u": 0.06, "fixed": True}))
    found = trained(model, base()[0])
    assert level_bits(*found.comparisons[0].weights[0]) == pytest.approx(level_bits(0.9, 0.06), abs=1e-9)
    assert shares(found)["name"][0] == pytest.approx(KEPT["name"], abs=0.08)


def test_twelve_records_are_refused() -> None:
    with pytest.raises(CannotTrain, match="12 records are too few"):
        trained(Model.model_validate(document()), base()[0][:12])


def test_records_that_no_rule_brings_together_are_refused() -> None:
    records = [record(number, {"city": 1, "phone": number}) for number in range(300)]
    with pytest.raises(CannotTrain, match="only 0 pairs"):
        trained(Model.model_validate(document()), records)


def test_few_decisions_are_refused() -> None:
    records, pairs = base()
    with pytest.raises(CannotTrain, match="3 pairs that stewards have joined"):
        trained(Model.model_validate(document()), records, [*pairs[:3], ("unknown", "records")])


def test_a_rule_that_makes_a_thousand_million_pairs_is_refused_with_the_forecast() -> None:
    size = 45_000
    rules = [RuleForecast("phone", 12, 0, 0, 3), RuleForecast("city", size * (size - 1) // 2, 0, 0, size)]
    with pytest.raises(CannotTrain) as refused:
        check_forecast(rules, 50_000)
    assert "[city] 1,012,477,500" in refused.value.what
    assert "45,000 of 50,000 records" in refused.value.what
    assert "[city]" in refused.value.cure
