"""Splink over a model's settings gives every pair the weight that the hub's own scorer gives it, to 1e-6 bits."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from benchmarks.matching_quality import SYSTEMS, evidences
from connectors.population.make import make_population
from golden_record.bulk.score_pairs import BulkScores, score_pairs
from golden_record.bulk.workbench import workbench
from golden_record.matching.blocking import pairs
from golden_record.matching.evidence import Evidence, Values
from golden_record.matching.frequencies import Frequencies, count_frequencies
from golden_record.matching.levels import WHENS
from golden_record.matching.model import Model
from golden_record.matching.scorer import PairScore, Scorer
from tests.golden_record.matching.made import shipped_models

BITS = 1e-6


@pytest.fixture(scope="module")
def population() -> list[Evidence]:
    """Records of 150 customers, Chinese and Western, as departments type them in."""
    return [one for one, _customer in evidences(make_population(150, 11, SYSTEMS), shipped_models())]


def own_scores(model: Model, frequencies: Frequencies, records: Sequence[Evidence]) -> dict[tuple[str, str], PairScore]:
    scorer, by_key = Scorer(model, frequencies), {one.key: one for one in records}
    return {(a, b): scorer.score(by_key[a], by_key[b]) for a, b in pairs(model, records).pairs}


def in_bulk(model: Model, frequencies: Frequencies, records: Sequence[Evidence]) -> tuple[list[str], BulkScores]:
    with workbench(model, frequencies, records) as bench:
        return bench.keys, score_pairs(bench)


def differences(own: dict[tuple[str, str], PairScore], keys: list[str], bulk: BulkScores) -> list[object]:
    """Return the pairs on which the two disagree, in what they compare, weigh, cap or call a conflict."""
    rows = bulk.table.to_pylist()
    found = {(keys[row["a"]], keys[row["b"]]): row for row in rows}
    assert found.keys() == own.keys()
    return [
        (pair, own[pair].comparisons, row)
        for pair, row in found.items()
        if abs(row["uncapped"] - own[pair].uncapped) > BITS
        or abs(row["weight"] - own[pair].weight) > BITS
        or row["conflict"] != own[pair].conflict
    ]


@pytest.mark.parametrize("entity", ["person", "company"])
def test_shipped_models_weigh_alike(population: list[Evidence], entity: str) -> None:
    model, records = shipped_models()[entity], [one for one in population if one.entity == entity]
    frequencies = count_frequencies(model, records)
    own = own_scores(model, frequencies, records)
    assert len(own) > 200
    if entity == "person":
        assert any(score.cap for score in own.values()), "no pair is capped: the caps are not compared"
        assert any(score.conflict for score in own.values())
    assert differences(own, *in_bulk(model, frequencies, records)) == []


# --------------------------------------------------------------------------------- every test of the set

CHARACTERS = "王伟芳李娜欧阳é張张abc 北京市"
EVERY = [when for when in WHENS if when != "else"]


def model_of(when: str, *, counted: bool = False, shared_after: int | None = None) -> Model:
    """Return a model whose first comparison has one level of this test, and a second one that groups evidence."""
    level = {"when": when, "m": 0.6, "u": 0.02, **({"frequency": True} if counted else {})}
    other = {"when": "any_equal", "m": 0.3, "u": 0.1, "also": [{"when": when, "field": "name"}], "conflict": True}
    return Model.model_validate(
        {
            "thresholds": {"auto": 4, "review": 0},
            "prior": 0.1,
            "blocking": [["all"]],
            "comparisons": [
                {"field": "name", "shared_after": shared_after, "levels": [level, {"when": "else"}]},
                {"field": "mark", "levels": [other, {"when": "differ", "m": 0.2, "u": 0.4}, {"when": "else"}]},
            ],
        }
    )


def text(chance: random.Random) -> str:
    return "".join(chance.choices(CHARACTERS, k=chance.randint(1, 7))).strip() or "x"


def name(chance: random.Random) -> dict[str, str]:
    """Return a name's features, each there or not: short ones, so that many pairs agree somehow."""
    family, given = (
        chance.choice("王李张") + "" * 1,
        chance.choice(["伟", "芳", "J", "J.P.", "John Paul", "john", "李"]),
    )
    found = {
        "key": text(chance),
        "family": family,
        "given": given,
        "pinyin": chance.choice(["wang", "qiu|chou", "chou", "li"]),
        "nickname": chance.choice(["john jack", "jack", "伟伟"]),
        "sorted": chance.choice(["a b", "b c"]),
        "domain": chance.choice(["a.cn", "b.com", "王.cn"]),
    }
    return {feature: value for feature, value in found.items() if chance.random() < 0.8}


def drawn(seed: int) -> list[Evidence]:
    """Return 60 records with none to three names each, all in one bucket."""
    chance = random.Random(seed)
    made = []
    for number in range(60):
        several: Values = tuple(name(chance) for _ in range(chance.choice([0, 1, 1, 1, 2, 3])))
        mark: Values = tuple({"key": chance.choice("xyz")} for _ in range(chance.choice([0, 1, 2])))
        features = {field: values for field, values in (("name", several), ("mark", mark)) if values}
        made.append(Evidence(f"s/t/{number:03}#0", "thing", features, {"all": ("1",)}))
    return made


@pytest.mark.parametrize("when", EVERY)
def test_every_test_of_the_closed_set_is_the_same_in_sql(when: str) -> None:
    model, records = model_of(when), drawn(len(when))
    own = own_scores(model, Frequencies(), records)
    assert len({score.uncapped for score in own.values()}) > 2, "nothing agrees, or everything does"
    assert differences(own, *in_bulk(model, Frequencies(), records)) == []


@pytest.mark.parametrize("when", ["equal", "any_equal", "pinyin_equal", "same_domain"])
@pytest.mark.parametrize("shared_after", [None, 12])
def test_how_common_a_value_is_weighs_the_same(when: str, shared_after: int | None) -> None:
    model, records = model_of(when, counted=True, shared_after=shared_after), drawn(7)
    frequencies = count_frequencies(model, records)
    own = own_scores(model, frequencies, records)
    assert len({round(score.uncapped, 9) for score in own.values()}) > 3
    assert differences(own, *in_bulk(model, frequencies, records)) == []


def test_full_buckets_are_left_out_and_forecast() -> None:
    model = model_of("equal").model_copy(
        update={"blocking": (model_of("equal").blocking[0].model_copy(update={"max": 50}),)}
    )
    with workbench(model, Frequencies(), drawn(3)) as bench:
        (rule,) = bench.forecast()
        assert (rule.rule, rule.pairs, rule.full_buckets, rule.pairs_in_full, rule.largest) == ("all", 0, 1, 1770, 60)
        assert score_pairs(bench).compared == 0
