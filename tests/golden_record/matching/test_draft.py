"""A first model for fields that nobody has written one for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
        if kind_name == "text":  # evidence where a model names it
            values = tuple(replace(value, evidence=True) for value in values)
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


@pytest.mark.parametrize("west", [True, False])
def test_a_whole_name_beside_its_parts_is_left_out_for_it_would_count_twice(west: bool) -> None:
    chance = Random(2)
    shapes = {name: Shape("text") for name in ("full_name", "first", "last", "town", "mail")} | {"born": Shape("date")}
    found = []
    for number in range(200):
        first, last = (chance.choice(GIVENS), chance.choice(FAMILIES)) if west else (chance.choice("伟芳娜敏静"), "王")
        said = {
            "full_name": f"{first} {chance.choice('ABC')}. {last}" if west else f"{last}{first}",
            "first": first,
            "last": last if west else chance.choice("王李"),
            "town": chance.choice(CITIES),
            "mail": f"{first}.{number}@example.com",
        }
        if not west:
            said["full_name"] = said["last"] + first
        fields = {name: ("text", text) for name, text in said.items()}
        found.append(record(f"s/t/{number}", **fields, born=("date", f"19{chance.randrange(40, 99)}-01-02")))

    made = draft(shapes, found)

    assert made.left_out == {"full_name": "it repeats first and last"}
    assert "full_name" not in {one["field"] for one in made.model["comparisons"]}


def test_a_text_that_says_more_than_the_fields_it_holds_is_compared() -> None:
    chance = Random(3)
    found = []
    for number in range(200):
        town, state = chance.choice(CITIES), chance.choice(("Kent", "York"))
        said = {"where": f"{number} Upper Mill Lane, {town}, {state}", "town": town, "state": state}
        found.append(record(f"s/t/{number}", **{name: ("text", text) for name, text in said.items()}))

    assert draft({name: Shape("text") for name in ("where", "town", "state")}, found).left_out == {}
