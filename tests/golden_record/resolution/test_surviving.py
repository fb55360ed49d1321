"""Fields that belong together come from one record."""

from __future__ import annotations

from datetime import UTC, datetime

from golden_record.bodies import Body
from golden_record.elements import Element
from golden_record.history import History, Mark, observe
from golden_record.resolution.surviving import Surviving
from golden_record.rules import EntityRules, Rules
from golden_record.store.normalised_records import NormalisedRow
from golden_record.survive import Decree, Policy
from mapping.field_types.registry import field_type

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TEXT = field_type("text")
ADDRESS = EntityRules(
    {"street": Policy(), "city": Policy(follows="street"), "title": Policy()},
    dict.fromkeys(("street", "city", "title"), TEXT),
    None,
)
RULES = Rules({"person": ADDRESS}, {"z": "sales", "f": "sales"})


def row(system: str, at: int, **fields: str) -> NormalisedRow:
    histories: dict[str, History] = {
        name: observe((), [("", Element(value, value))], at=at, seen=at, mark=Mark.OBSERVED)
        for name, value in fields.items()
    }
    return NormalisedRow(system.encode() * 17, system, "Contacts", "1", 0, "person", Body(histories), "live")


def shown(*rows: NormalisedRow, said: dict[str, list[Decree]] | None = None) -> dict[str, str]:
    found = Surviving(RULES, NOW).choices(rows, ADDRESS, said or {})
    return {name: str(one.elements[0].value) for name, one in found.items() if one.elements}


def test_the_city_stands_beside_its_own_street() -> None:
    old, new = row("z", 1, street="建国路88号", city="北京"), row("f", 5, street="南京路1号", city="上海")
    assert shown(old, new) == {"street": "南京路1号", "city": "上海"}
    assert shown(new, old) == {"street": "南京路1号", "city": "上海"}


def test_a_newer_city_without_a_street_does_not_move_the_street_of_another_record() -> None:
    whole, city_alone = row("z", 1, street="建国路88号", city="北京"), row("f", 5, city="上海", title="总监")
    assert shown(whole, city_alone) == {"street": "建国路88号", "city": "北京", "title": "总监"}


def test_where_the_winning_record_is_silent_nothing_is_mixed_in() -> None:
    whole, street_alone = row("z", 1, street="建国路88号", city="北京"), row("f", 5, street="南京路1号")
    assert shown(whole, street_alone) == {"street": "南京路1号"}


def test_without_a_street_the_city_goes_by_its_own_rules_and_a_stewards_word_stands_above() -> None:
    assert shown(row("z", 1, city="北京"), row("f", 5, city="上海")) == {"city": "上海"}
    word = Decree("d", (Element("天津", "天津"),), 9, pin=True)
    rows = row("z", 1, street="建国路88号", city="北京"), row("f", 5, street="南京路1号", city="上海")
    assert shown(*rows, said={"city": [word]})["city"] == "天津"
