"""A first model for fields that nobody has written one for."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from golden_record.matching.draft import Shape, draft
from golden_record.matching.evidence import Evidence
from golden_record.matching.model import read_models
from mapping.field_types.contract import FieldContext
from mapping.field_types.registry import field_type
from mapping.values import Json

FAMILIES = [f"{first}{last}" for first in ("Hart", "Brad", "Wal", "Nor", "Kings") for last in ("ley", "ton", "field")]
GIVENS = ["Robert", "Grace", "Logan", "Oliver", "Isla", "Evie", "Lucas", "Caleb", "Ava", "Harry", "Ella", "Ruby"]
CITIES = ["London", "Leeds", "Bradford", "Hull", "Swindon", "Luton"]


def record(key: str, **fields: tuple[str, Json]) -> Evidence:
    features: dict[str, Any] = {}
    blocks: dict[str, tuple[str, ...]] = {}
    for name, (kind_name, raw) in fields.items():
        kind = field_type(kind_name)
        values = kind.normalise(raw, FieldContext())
        features[name] = tuple(made for value in values if (made := kind.features(value)))
        blocks[name] = tuple(key for value in values for key in kind.blocking_keys(value))
    return Evidence(key, "person", features, blocks)


def people(count: int, *, street: bool) -> list[Evidence]:
    chance = Random(1)
    found = []
    for number in range(count):
        address = {"city": chance.choice(CITIES)} | ({"detail": f"{number} Mill Lane"} if street else {})
        name = {"family": chance.choice(FAMILIES), "given": chance.choice(GIVENS)}
        found.append(record(f"s/t/{number}", name=("person_name", name), address=("address", address)))
    return found


SHAPES = {"name": Shape("person_name"), "address": Shape("address", many=False)}


def drafted(evidences: list[Evidence], shapes: Mapping[str, Shape] = SHAPES) -> dict[str, Any]:
    model = draft(shapes, evidences).model
    read_models({"person": model}, {"person": shapes})  # it can be put in force
    return model


@pytest.mark.parametrize("count", [0, 300])
def test_a_name_is_compared_part_by_part(count: int) -> None:
    compared = [one.get("name", one["field"]) for one in drafted(people(count, street=True))["comparisons"]]
    assert compared == ["family name", "given name", "address"]


def test_records_meet_by_a_part_of_the_name_where_that_makes_few_pairs() -> None:
    rules = [rule["fields"] for rule in drafted(people(120, street=True))["blocking"]]
    assert ["name.family"] in rules
    crowd = [rule["fields"] for rule in drafted(people(3_000, street=True))["blocking"]]
    assert ["name.family"] not in crowd


def test_a_city_is_compared_where_addresses_say_no_more() -> None:
    def levels(*, street: bool) -> set[str | None]:
        (address,) = [one for one in drafted(people(300, street=street))["comparisons"] if one["field"] == "address"]
        return {level.get("of") for level in address["levels"]}

    assert levels(street=False) == {"city", None}
    assert "detail" in levels(street=True)


def test_how_often_strangers_agree_is_counted_for_each_part() -> None:
    family, given, _address = drafted(people(3_000, street=True))["comparisons"]
    (same_family,) = [one["u"] for one in family["levels"] if one.get("name") == "equal family name"]
    (same_given,) = [one["u"] for one in given["levels"] if one.get("name") == "equal given name"]
    assert same_family == pytest.approx(1 / len(FAMILIES), rel=0.1)
    assert same_given == pytest.approx(1 / len(GIVENS), rel=0.1)
