"""The words of the language between a raw value and its field type: there, and back where there is a way back."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.compile import TypeLookup
from mapping.language import FieldMapping
from mapping.load import load_mapping
from mapping.mistakes import errors
from mapping.profile_fields import Profile, read_profile
from mapping.pull import pull
from mapping.push import changes
from mapping.values import FieldValue, Json
from mapping.wire import wire_of
from tests.mapping.conftest import TYPES, Load

ZONE = ZoneInfo("UTC")
MORE = """
person:
  fields:
    title: {type: text}
    tags: {type: text, many: true}
    tier: {type: choice, values: [vip, regular]}
    revenue: {type: number}
    birthday: {type: date}
"""


def shown(load: Load, field: str, record: dict[str, Any]) -> dict[str, list[Any]]:
    mapping = load(f"key: id\nemits:\n- entity: person\n  fields:\n    {field}\n")
    (emitted,) = pull(mapping, {"id": "1", **record}).emits
    return {name: [one.value.value for one in state.values] for name, state in emitted.fields.items()}


def test_a_constant_is_said_by_every_record(load: Load) -> None:
    assert shown(load, "tier: {constant: vip}", {}) == {"tier": ["vip"]}
    assert shown(load, "title: {constant: 'a `b` \"c'}", {"x": 1}) == {"title": ['a `b` "c']}


def test_a_default_is_said_where_the_record_shows_nothing_and_is_nobodys_edit(load: Load) -> None:
    mapping = load("key: id\nemits:\n- entity: person\n  fields:\n    tier: {pull: T, default: regular}\n")
    states = [pull(mapping, {"id": "1", **more}).emits[0].fields["tier"] for more in ({"T": None}, {"T": "vip"}, {})]
    assert [(one.presence, one.derived) for one in states] == [("value", True), ("value", False), ("absent", False)]


def test_lines_are_joined_in_their_order_and_blank_ones_left_out(load: Load) -> None:
    record = {"A": "No. 1", "B": " ", "C": "-", "D": "Main St"}
    assert shown(load, "title: {pull: [A, B, C, D], join: ', ', blanks: ['-']}", record) == {
        "title": ["no. 1, main st"]
    }
    assert shown(load, "title: {pull: [A, B], join: ' '}", {"B": ""}) == {"title": []}


@pytest.mark.parametrize(("number", "found"), [(1, ["sales"]), (2, ["manager"]), (-1, ["east"]), (4, [])])
def test_one_piece_of_a_text_is_read(load: Load, number: int, found: list[str]) -> None:
    text = "Sales | Manager | East"
    assert shown(load, f"title: {{pull: T, piece: {{of: '|', number: {number}}}}}", {"T": text}) == {"title": found}


def test_a_separator_parts_what_is_read_and_joins_what_is_written(load: Load) -> None:
    mapping = load("key: id\nemits:\n- entity: person\n  fields:\n    tags: {pull: T, push: T, separator: ' / '}\n")
    record = {"id": "1", "T": "a / b"}
    assert [one.value.value for one in pull(mapping, record).emits[0].fields["tags"].values] == ["a", "b"]
    wanted = {"tags": tuple(FieldValue(one) for one in ("a", "b", "c"))}
    (change,) = changes(mapping, 0, wanted, record).changes
    assert change.new == "a / b / c"


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(["1000", "10000", "0.01", "100"]))
def test_a_scaled_number_comes_back_as_it_was(number: Any, factor: str) -> None:
    wire = wire_of(FieldMapping.model_validate({"pull": "A", "push": "A", "scale": factor}))
    assert wire is not None
    for raw in (str(number), float(number)):
        there = wire.decode(raw, ZONE)
        assert float(str(wire.encode(there, ZONE))) == pytest.approx(float(raw))


def test_units_are_exact_and_what_is_no_number_is_left() -> None:
    wire = wire_of(FieldMapping.model_validate({"pull": "A", "scale": 1000}))
    assert wire is not None
    raw: list[Json] = [1.1, "2.5", True, "n/a", None, {"amount": 3, "currency": "USD"}, "9" * 99]
    assert [wire.decode(one, ZONE) for one in raw] == [
        1100,
        "2500",
        True,
        "n/a",
        None,
        {"amount": 3000, "currency": "USD"},
        "9" * 99,
    ]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("title: {pull: [A, B], join: ' ', push: A}", "`join` has no way back"),
        ("title: {pull: A, piece: {of: '|'}, push: A}", "`piece` has no way back"),
        ("title: {pull: A, join: ' '}", "`join` needs several paths"),
        ("title: {pull: A, piece: {of: '|', number: 0}}", "pieces are counted from 1"),
        ("title: {constant: x, push: A}", "a constant is neither read"),
        ("tags: {pull: A, separator: ';', format: comma_text}", "both say how values are written"),
        ("title: {pull: A, separator: ';'}", "`title` holds one value"),
        ("title: {pull: A, scale: 1000}", "`title` is no number"),
        ("title: {pull: A, scale: 0}", "no number above 0"),
        ("tier: {pull: A, default: gold}", "`gold` is no value of tier"),
        ("title: {pull: A, timezone: Mars/Base}", "there is no time zone"),
    ],
)
def test_what_has_no_way_back_or_no_sense_is_a_mistake(
    profile: Profile, types: TypeLookup, field: str, message: str
) -> None:
    text = f"key: id\nemits:\n- entity: person\n  fields:\n    {field}\n"
    found = errors(load_mapping(text, stream="s", profile=profile, types=types).mistakes)
    assert any(message in one.message for one in found), [str(one) for one in found]


def test_placeholders_of_a_system_and_of_a_field_reach_the_type() -> None:
    profile, _ = read_profile(MORE, types=frozenset({*TYPES, "number", "date"}))
    assert profile is not None
    text = (
        "key: id\nplaceholders: [待补充]\nemits:\n- entity: person\n  fields:\n"
        "    title: {pull: A, placeholders: [x], timezone: Asia/Tokyo, options: {placeholders: [y]}}\n"
    )
    compiled = load_mapping(text, stream="s", profile=profile, types=TYPES.__getitem__).compiled
    assert compiled is not None
    field = compiled.emits[0].fields["title"]
    assert field.context.options["placeholders"] == ["y", "待补充", "x"]
    assert (field.context.timezone, field.zone.key) == ("Asia/Tokyo", "Asia/Tokyo")
