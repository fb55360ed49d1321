"""What a mapping makes of a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mapping.compile import CompiledMapping
from mapping.pull import pull
from mapping.read_values import Reading, reader
from mapping.values import FieldState, FieldValue, MappingError, Reference, Slotted

Load = Callable[[str], CompiledMapping]

CONTACTS = """
key: id
modified: Modified_Time
deleted: status == 'gone'
blanks: [-None-]
emits:
- entity: person
  when: role != 'agent'
  fields:
    name: {pull: {family: Last, given: First}, push: {family: Last, given: First}}
    phones: {pull: [Mobile, Phone], push: {mobile: Mobile, other: Phone}}
    emails: {pull: [Email, "more[]"]}
    title: {pull: [Title, Role]}
    tier: {pull: Rating, values: {A: vip, 2: regular, true: vip}, blanks: [n/a]}
    consent: {pull: OptOut, values: {true: false, false: true}}
  relations:
    employer: {stream: Accounts, pull: Account.id}
- entity: company
  relation: works_for
  needs: [name]
  fields: {name: {pull: Company}}
"""


@pytest.fixture(scope="module")
def contacts(load: Load) -> CompiledMapping:
    return load(CONTACTS)


def state(mapping: CompiledMapping, field: str, **record: Any) -> FieldState:
    return pull(mapping, {"id": "1", **record}).emits[0].fields[field]


def values(mapping: CompiledMapping, field: str, **record: Any) -> list[tuple[str, Any, bool]]:
    found = state(mapping, field, **record).values
    return [(slotted.slot, slotted.value.value, slotted.value.valid) for slotted in found]


def test_absent_null_and_value_are_told_apart(contacts: CompiledMapping) -> None:
    assert state(contacts, "phones").presence == "absent"
    assert state(contacts, "phones", Mobile=None, Phone=" ") == FieldState("null", (), ("Mobile", "Phone"))
    shown = state(contacts, "phones", Mobile=None, Phone="88886666")
    assert (shown.presence, shown.null_slots) == ("value", ("Mobile",))


def test_a_slot_that_was_not_sent_is_no_null_slot(contacts: CompiledMapping) -> None:
    assert state(contacts, "phones", Phone="").null_slots == ("Phone",)


def test_values_of_a_many_field_come_in_slot_order_with_their_slots(contacts: CompiledMapping) -> None:
    assert values(contacts, "phones", Phone="88886666/77775555", Mobile="138 1234 5678") == [
        ("Mobile", "13812345678", True),
        ("Phone", "88886666", True),
        ("Phone", "77775555", True),
    ]


def test_elements_of_a_list_have_their_place_in_the_slot_name(contacts: CompiledMapping) -> None:
    assert values(contacts, "emails", Email="A@x", more=["b@x", "", "c@x"]) == [
        ("Email", "a@x", True),
        ("more[0]", "b@x", True),
        ("more[1]", "c@x", True),
    ]


def test_an_empty_list_is_an_emptied_slot(contacts: CompiledMapping) -> None:
    assert state(contacts, "emails", more=[]) == FieldState("null", (), ("more",))


def test_a_bad_value_is_kept_as_it_came_and_marked(contacts: CompiledMapping) -> None:
    (slotted,) = state(contacts, "phones", Mobile="?12").values
    assert (slotted.value.valid, slotted.value.raw, slotted.value.issues) == (False, "?12", ("too_short",))


def test_parts_make_one_value_in_one_slot(contacts: CompiledMapping) -> None:
    assert values(contacts, "name", Last="王", First="伟") == [("Last+First", "王-伟", True)]
    assert values(contacts, "name", Last="王") == [("Last+First", "王", True)]
    assert state(contacts, "name", Last=None, First="").presence == "null"


def test_a_single_field_shows_the_first_valid_value(contacts: CompiledMapping) -> None:
    assert values(contacts, "title", Title="", Role="Buyer") == [("Role", "buyer", True)]
    assert values(contacts, "title", Title={"odd": 1}, Role="Buyer") == [("Role", "buyer", True)]
    assert values(contacts, "title", Title={"odd": 1}) == [("Title", "?", False)]


@pytest.mark.parametrize(
    ("raw", "value", "valid"),
    [("A", "vip", True), (2, "regular", True), ("2", "regular", True), (True, "vip", True), ("C", "C", False)],
)
def test_a_value_map_translates_words_and_keeps_unknown_ones_invalid(
    contacts: CompiledMapping,
    raw: object,
    value: str,
    valid: bool,
) -> None:
    (slotted,) = state(contacts, "tier", Rating=raw).values
    assert (slotted.value.value, slotted.value.valid, slotted.value.raw) == (value, valid, raw)


def test_false_is_a_value_and_can_be_turned_round(contacts: CompiledMapping) -> None:
    assert values(contacts, "consent", OptOut=False) == [("OptOut", True, True)]
    assert values(contacts, "consent", OptOut=True) == [("OptOut", False, True)]


@pytest.mark.parametrize("blank", ["-None-", "n/a", " -None- "])
def test_a_systems_own_word_for_nothing_is_null(contacts: CompiledMapping, blank: str) -> None:
    assert state(contacts, "tier", Rating=blank) == FieldState("null", (), ("Rating",))


def test_an_entity_is_only_emitted_where_its_condition_and_its_needs_hold(contacts: CompiledMapping) -> None:
    def emitted(**record: Any) -> list[tuple[int, str]]:
        return [(emit.emit, emit.entity) for emit in pull(contacts, {"id": "1", **record}).emits]

    assert emitted(Company="Acme") == [(0, "person"), (1, "company")]
    assert emitted(Company="") == [(0, "person")]
    assert emitted(Company="Acme", role="agent") == [(1, "company")]


def test_relations_lead_to_records_of_the_system_and_to_the_entity_beside(contacts: CompiledMapping) -> None:
    person, company = pull(contacts, {"id": "1", "Company": "Acme", "Account": {"id": 77}}).emits
    assert person.references == (Reference("employer", "Accounts", "77"), Reference("works_for", "Contacts", "1", 1))
    assert company.references == ()


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-03-01T10:00:00+08:00", datetime(2026, 3, 1, 2, tzinfo=UTC)),
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 10:00:00", datetime(2026, 3, 1, 2, tzinfo=UTC)),
        (1767225660123, datetime(2026, 1, 1, 0, 1, 0, 123000, tzinfo=UTC)),
        ("1767225660", datetime(2026, 1, 1, 0, 1, tzinfo=UTC)),
    ],
)
def test_the_modified_time_is_utc_whatever_its_writing(
    contacts: CompiledMapping, raw: object, moment: datetime
) -> None:
    assert pull(contacts, {"id": "1", "Modified_Time": raw}).modified_at == moment


@pytest.mark.parametrize("raw", ["yesterday", 10**30, {"a": 1}, True])
def test_an_unreadable_modified_time_is_an_issue_and_no_error(contacts: CompiledMapping, raw: object) -> None:
    found = pull(contacts, {"id": "1", "Modified_Time": raw})
    assert (found.modified_at, found.issues) == (None, ("modified_unreadable",))


def test_deletion_comes_from_the_connectors_mark_or_the_mappings_rule(contacts: CompiledMapping) -> None:
    assert pull(contacts, {"id": "1", "_ab_cdc_deleted_at": "2026-01-01T00:00:00Z"}).deleted
    assert pull(contacts, {"id": "1", "status": "gone"}).deleted
    assert not pull(contacts, {"id": "1", "status": "new"}).deleted
    assert pull(contacts, {"id": "1", "_merged_into": 9}).merged_into == "9"


@pytest.mark.parametrize("record", [None, 7, "text", [], {}, {"id": None}, {"id": ""}, {"id": True}, {"id": [1]}])
def test_a_record_without_an_id_is_refused_without_its_values(contacts: CompiledMapping, record: object) -> None:
    with pytest.raises(MappingError, match="Contacts"):
        pull(contacts, record)


def test_a_whole_number_is_an_id_and_becomes_text(contacts: CompiledMapping) -> None:
    assert pull(contacts, {"id": 360001}).record_id == "360001"


def test_ten_thousand_phones_are_cut_off_and_named(contacts: CompiledMapping) -> None:
    found = pull(contacts, {"id": "1", "more": [f"{n}@x" for n in range(10_000)]})
    assert len(found.emits[0].fields["emails"].values) == 200
    assert found.issues == ("emails:too_many_values",)


def test_a_field_type_that_fails_costs_one_value_and_not_the_record(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, fields: {consent: a, title: b}}]")
    broken = mapping.emits[0].fields["consent"]

    class Broken(type(broken.type)):  # type: ignore[misc]
        def normalise(self, *_: object) -> tuple[FieldValue, ...]:
            raise ZeroDivisionError

    field = replace(broken, read=reader(Reading(Broken(), broken.context, broken.zone)))
    emit = replace(mapping.emits[0], fields={**mapping.emits[0].fields, "consent": field})
    (person,) = pull(replace(mapping, emits=(emit,)), {"id": "1", "a": "x", "b": "Buyer"}).emits
    assert person.fields["consent"].values == (
        Slotted("a", FieldValue("x", "x", issues=("type_failed",), valid=False, evidence=False)),
    )
    assert person.fields["title"].presence == "value"


def test_mapped_paths_keep_what_is_mapped_in_the_records_shape_and_nothing_else(contacts: CompiledMapping) -> None:
    record = {
        "id": "1",
        "Modified_Time": "2026-01-01T00:00:00Z",
        "Last": "王",
        "Secret": "x",
        "Account": {"id": "7", "name": "Acme", "owner": "y"},
        "status": "new",
        "_ab_cdc_deleted_at": "2026-01-01T00:00:00Z",
    }
    assert contacts.mapped_paths(record) == {
        "id": "1",
        "Last": "王",
        "Account": {"id": "7"},
        "status": "new",
        "_ab_cdc_deleted_at": True,
    }


def test_the_version_is_of_the_meaning_not_of_the_writing(load: Load) -> None:
    same = CONTACTS.replace("role != 'agent'", "\"role != 'agent'\"") + "examples: [{record: {id: '1'}}]\n# comment\n"
    assert load(same).version == load(CONTACTS).version
    assert load(CONTACTS.replace("Mobile", "Handy")).version != load(CONTACTS).version


LEADS = """
key: id
emits:
- entity: person
  fields: {name: {pull: Last}}
  became: {stream: Contacts, pull: Converted_Contact.id}
"""


def test_a_record_names_the_one_that_it_was_turned_into(load: Load) -> None:
    mapping = load(LEADS)
    turned = pull(mapping, {"id": "1", "Last": "Rao", "Converted_Contact": {"id": "7", "name": "Rao"}})
    assert turned.emits[0].became == Reference("became", "Contacts", "7")
    for still_itself in ({}, {"Converted_Contact": None}, {"Converted_Contact": {"id": ""}}):
        assert pull(mapping, {"id": "1", "Last": "Rao", **still_itself}).emits[0].became is None


def test_what_a_record_became_is_part_of_what_is_kept_of_it(load: Load) -> None:
    record = {"id": "1", "Last": "Rao", "Converted_Contact": {"id": "7", "name": "Rao"}}
    mapping = load(LEADS)
    assert pull(mapping, mapping.mapped_paths(record)).emits[0].became == Reference("became", "Contacts", "7")
