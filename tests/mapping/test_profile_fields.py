"""What profile.yaml may say."""

from __future__ import annotations

import pytest

from mapping.mistakes import Mistake
from mapping.profile_fields import Profile, Rule, read_profile

TYPES = frozenset({"text", "phone", "date"})


def read(field: str) -> tuple[Profile | None, list[Mistake]]:
    return read_profile(f"person:\n  fields:\n    x: {field}\n", types=TYPES, departments=frozenset({"sales"}))


def test_rules_are_names_or_names_with_systems() -> None:
    profile, _ = read("{type: date, survives: [source_priority: [zoho_crm, stores], most_recent]}")
    assert profile is not None
    field = profile.field("person", "x")
    assert field is not None
    assert field.survives == (Rule(name="source_priority", systems=("zoho_crm", "stores")), Rule(name="most_recent"))


@pytest.mark.parametrize(("field", "rule"), [("{type: text}", "most_recent"), ("{type: phone, many: true}", "union")])
def test_a_field_without_rules_has_the_one_that_fits(field: str, rule: str) -> None:
    profile, _ = read(field)
    assert profile is not None
    assert [one.name for one in profile.root["person"].fields["x"].survives] == [rule]


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("{type: fone}", "Did you mean `phone`?"),
        ("{type: text, survives: [most_recnt]}", "Did you mean `most_recent`?"),
        ("{type: text, survives: []}", "most_recent"),
        ("{type: text, survives: [union]}", "many: true"),
        ("{type: phone, many: true, survives: [longest]}", "Use union"),
        ("{type: text, survives: [owner]}", "owner: <department>"),
        ("{type: text, survives: [source_priority]}", "source_priority: ["),
        ("{type: text, survives: [most_recent: [a]]}", "source_priority: ["),
        ("{type: text, owner: sale}", "Did you mean `sales`?"),
        ("{type: text, protect: plane}", "Did you mean `plain`?"),
        ("{type: text, lable: {en: a, zh: b}}", "Did you mean `label`?"),
        ("{many: true}", "Add `type"),
        ("{type: text, survives: [strictest]}", "boolean"),
        ("{type: phone, many: true, stale_after: 90d}", "many: true"),
        ("{type: text, follows: x}", "fields of person"),
        ("{type: text, computed: {take: count}, survives: [most_recent]}", "without `survives`"),
        ("{type: text, computed: {take: count}, owner: sales}", "owner"),
        ("{type: text, survives: [computed]}", "computed: {take"),
        ("{type: text, computed: {take: sum}}", "field: amount"),
        ("{type: text, computed: {take: count, of: persn}}", "Did you mean `person`?"),
        ("{type: text, computed: {take: count, of: person, where: {y: 1}}}", "fields of person"),
    ],
)
def test_a_mistake_has_its_line_and_cure(field: str, word: str) -> None:
    profile, (found, *_) = read(field)
    assert profile is None
    assert (found.line, word in found.cure) == (3, True), found


def test_choices_reach_the_field_type_as_options() -> None:
    profile, _ = read("{type: text, values: {vip: {en: VIP, zh: 贵宾}, regular: {en: R, zh: 普通}}, options: {a: 1}}")
    assert profile is not None
    assert profile.root["person"].fields["x"].type_options() == {"a": 1, "choices": ["vip", "regular"]}


def test_field_names_are_plain_words() -> None:
    profile, _ = read_profile("person:\n  fields:\n    Phone-Nr: {type: text}\n", types=TYPES)
    assert profile is None


def test_an_owner_without_a_system_is_a_warning_and_a_slip_of_the_pen_a_mistake() -> None:
    profile, warnings = read("{type: text, owner: service}")
    assert profile is not None
    assert [(one.level, one.path) for one in warnings] == [("warning", "person.fields.x.owner")]
    nothing, mistakes = read("{type: text, owner: slaes}")
    assert nothing is None
    assert "Did you mean `sales`?" in str(mistakes[0])
