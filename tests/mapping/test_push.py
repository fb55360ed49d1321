"""What would have to change in a record so that it shows what the profile says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mapping.changes import Changes, new_fields, old_fields
from mapping.compile import CompiledMapping
from mapping.push import changes, creation_gaps, reference_change
from mapping.values import FieldValue

Load = Callable[[str], CompiledMapping]

CONTACTS = """
key: id
emits:
- entity: person
  fields:
    name: {pull: {family: Last, given: First}, push: {family: Last, given: First}}
    phones: {pull: [Mobile, Phone, Fax], push: {mobile: Mobile, other: Phone}}
    emails: {pull: [Email, "more[]"], push: [Email, "more[]"]}
    tags: {pull: tags, push: tags, format: comma_text}
    title: Title
    birthday: {pull: extra.born, push: extra.born, only_if_empty: true}
    tier: {pull: Rating, push: Rating, values: {A: vip, VIP: vip, B: regular}, push_values: {vip: VIP}}
    consent: {pull: OptOut, push: OptOut, values: {true: false, false: true}, when: role != 'agent'}
  relations:
    employer: {stream: Accounts, pull: Account.id, push: {to: Account, as: {id: $id}}}
    mentor: {stream: Contacts, pull: mentor, push: {to: mentor, as: $id_number}}
    seen: {stream: Accounts, pull: seen}
required: [Last]
create_in: {person: true}
"""


@pytest.fixture(scope="module")
def contacts(load: Load) -> CompiledMapping:
    return load(CONTACTS)


def phone(digits: str) -> FieldValue:
    return FieldValue(digits, digits, parts={"type": "mobile" if digits.startswith("1") else "fixed"})


M1, M2, M3, F1, F2 = (phone(p) for p in ("13800000001", "13800000002", "13800000003", "88886661", "88886662"))


def text(value: Any) -> FieldValue:
    return FieldValue(value, value)


def name(family: str, given: str) -> FieldValue:
    return FieldValue("-".join(filter(None, (family, given))), parts={"family": family, "given": given})


def push(
    mapping: CompiledMapping,
    current: Mapping[str, Any] | None,
    refused: Mapping[str, frozenset[str]] | None = None,
    **desired: Any,
) -> Changes:
    wanted = {field: tuple(v) if isinstance(v, list | tuple) else (v,) for field, v in desired.items()}
    return changes(mapping, 0, wanted, current, refused or {})


def written(mapping: CompiledMapping, current: Mapping[str, Any] | None, **desired: Any) -> dict[str, Any]:
    return new_fields(push(mapping, current, **desired).changes)


# ------------------------------------------------------------------------------------------------ one value


def test_a_difference_that_vanishes_on_normalising_is_no_change(contacts: CompiledMapping) -> None:
    assert not push(contacts, {"Mobile": "138-0000-0001", "Title": " BUYER "}, phones=[M1], title=text("buyer"))


def test_a_field_that_the_profile_says_nothing_about_is_left_alone(contacts: CompiledMapping) -> None:
    assert not push(contacts, {"Title": "x", "Mobile": "13800000001"}, tier=())


def test_a_change_names_the_old_and_the_new_raw_value(contacts: CompiledMapping) -> None:
    (change,) = push(contacts, {"Title": "Buyer"}, title=text("boss")).changes
    assert (change.profile_field, change.system_field, change.old, change.new) == ("title", "Title", "Buyer", "boss")


def test_nested_fields_go_out_nested_and_so_does_what_is_expected_there(contacts: CompiledMapping) -> None:
    found = push(contacts, {"extra": {"born": None, "x": 1}}, birthday=text("1990-01-01")).changes
    assert new_fields(found) == {"extra": {"born": "1990-01-01"}}
    assert old_fields(found) == {"extra": {"born": None}}


def test_a_field_that_may_only_be_filled_is_not_changed(contacts: CompiledMapping) -> None:
    assert not push(contacts, {"extra": {"born": "1980-01-01"}}, birthday=text("1990-01-01"))


def test_only_the_parts_that_differ_are_written(contacts: CompiledMapping) -> None:
    assert written(contacts, {"Last": "王", "First": "伟"}, name=name("王", "玮")) == {"First": "玮"}


def test_a_name_without_the_required_part_goes_into_it_whole(contacts: CompiledMapping) -> None:
    assert written(contacts, {"Last": "x", "First": "y"}, name=name("", "Cher")) == {"Last": "Cher", "First": None}


def test_an_emptied_profile_field_empties_the_record_unless_the_system_insists(contacts: CompiledMapping) -> None:
    assert written(contacts, {"Title": "Buyer"}, title=()) == {"Title": None}
    assert written(contacts, {"Title": None}, title=()) == {}
    found = push(contacts, {"Last": "王"}, name=())
    assert (found.changes, [item.why for item in found.unpushable]) == ((), ["required"])


def test_a_value_map_is_inverted_and_never_guessed(contacts: CompiledMapping) -> None:
    assert written(contacts, {"Rating": "B"}, tier=text("vip")) == {"Rating": "VIP"}
    assert written(contacts, {"Rating": "A"}, tier=text("vip")) == {}
    found = push(contacts, {"Rating": "B"}, tier=text("gold"))
    assert (found.changes, [item.why for item in found.unpushable]) == ((), ["no_such_word"])


def test_a_flag_turned_round_is_turned_back(contacts: CompiledMapping) -> None:
    assert written(contacts, {"OptOut": False}, consent=text(value=False)) == {"OptOut": True}


def test_a_condition_keeps_the_field_of_such_records_untouched(contacts: CompiledMapping) -> None:
    assert not push(contacts, {"OptOut": False, "role": "agent"}, consent=text(value=False))


def test_an_invalid_value_is_never_pushed_and_never_empties(contacts: CompiledMapping) -> None:
    found = push(contacts, {"Title": "Buyer"}, title=FieldValue("?", "?", valid=False))
    assert (found.changes, [item.why for item in found.unpushable]) == ((), ["invalid"])


def test_a_refused_value_is_not_put_into_the_record(contacts: CompiledMapping) -> None:
    found = push(contacts, {"Title": "Buyer"}, {"title": frozenset({"boss"})}, title=text("boss"))
    assert (found.changes, [item.why for item in found.unpushable]) == ((), ["refused"])


def test_only_the_first_of_several_values_goes_into_a_single_field(contacts: CompiledMapping) -> None:
    found = push(contacts, None, title=[text("a"), text("b")])
    assert new_fields(found.changes) == {"Title": "a"}
    assert [item.value.value for item in found.overflow] == ["b"]


def test_reformat_pushes_what_differs_only_in_writing(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, fields: {title: {pull: T, push: T, reformat: true}}}]")
    assert written(mapping, {"T": " BUYER"}, title=text("buyer")) == {"T": "buyer"}
    assert written(mapping, {"T": "buyer"}, title=text("buyer")) == {}


def test_a_value_that_a_system_can_hold_only_roughly_is_written_once_and_not_for_ever(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, fields: {title: T}}]")
    rough = FieldValue("Boss\n", "Boss\n")  # comes back as boss, whatever is written
    assert written(mapping, {"T": "clerk"}, title=rough) == {"T": "Boss\n"}
    assert written(mapping, {"T": "BOSS"}, title=rough) == {}


def test_a_value_that_a_system_shows_as_nothing_is_not_written_for_ever(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, fields: {title: {pull: T, push: T, blanks: [none]}}}]\n")
    assert not push(mapping, {"T": None}, title=text("none"))
    assert written(mapping, {"T": None}, title=text("buyer")) == {"T": "buyer"}


def test_a_value_is_replaced_in_the_place_from_which_it_is_pulled(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, fields: {title: {pull: [A, B], push: [A, B]}}}]")
    assert written(mapping, {"A": "", "B": "old"}, title=text("new")) == {"B": "new"}
    assert written(mapping, {"A": "", "B": ""}, title=text("new")) == {"A": "new"}


def test_a_place_that_is_only_read_hides_what_is_written_behind_it(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, fields: {title: {pull: [A, B], push: B}}}]")
    found = push(mapping, {"A": "old", "B": None}, title=text("new"))
    assert (found.changes, [item.why for item in found.unpushable]) == ((), ["read_only_place"])


# --------------------------------------------------------------------------------------------- several values


def test_a_new_record_gets_each_value_in_the_field_of_its_kind(contacts: CompiledMapping) -> None:
    assert written(contacts, None, phones=[F1, M1]) == {"Mobile": M1.value, "Phone": F1.value}


def test_a_value_without_a_free_field_of_its_kind_takes_any(contacts: CompiledMapping) -> None:
    assert written(contacts, None, phones=[F1, F2]) == {"Phone": F1.value, "Mobile": F2.value}
    assert written(contacts, None, phones=[M1, M2]) == {"Mobile": M1.value, "Phone": M2.value}


def test_a_value_stays_where_people_put_it(contacts: CompiledMapping) -> None:
    assert written(contacts, {"Mobile": "88886661", "Phone": ""}, phones=[M1, F1]) == {"Phone": M1.value}


def test_a_value_that_is_no_longer_wanted_is_replaced_or_emptied(contacts: CompiledMapping) -> None:
    record = {"Mobile": M1.value, "Phone": F1.value}
    assert written(contacts, record, phones=[M2, F1]) == {"Mobile": M2.value}
    assert written(contacts, record, phones=[F1]) == {"Mobile": None}
    assert written(contacts, record, phones=()) == {"Mobile": None, "Phone": None}


def test_what_does_not_fit_is_counted_and_overwrites_nothing(contacts: CompiledMapping) -> None:
    found = push(contacts, {"Mobile": M1.value, "Phone": F1.value}, phones=[M1, M2, F1, F2])
    assert found.changes == ()
    assert [item.value.value for item in found.overflow] == [M2.value, F2.value]


def test_text_that_is_no_phone_is_peoples_and_keeps_its_field(contacts: CompiledMapping) -> None:
    found = push(contacts, {"Mobile": "ask Li", "Phone": None}, phones=[M1, M2])
    assert new_fields(found.changes) == {"Phone": M1.value}
    assert [item.value.value for item in found.overflow] == [M2.value]
    assert not push(contacts, {"Mobile": "ask Li"}, phones=())


def test_a_refused_value_is_not_put_back_but_stays_where_it_stands(contacts: CompiledMapping) -> None:
    refused = {"phones": frozenset({str(M1.value)})}
    found = push(contacts, {"Mobile": None}, refused, phones=[M1])
    assert (found.changes, [item.why for item in found.unpushable]) == ((), ["refused"])
    assert not push(contacts, {"Mobile": M1.value}, refused, phones=[M1])


def test_a_field_that_is_only_read_counts_as_shown_and_is_never_emptied(contacts: CompiledMapping) -> None:
    assert not push(contacts, {"Fax": "88886661"}, phones=[F1])
    found = push(contacts, {"Fax": "88886661"}, phones=())
    assert (found.changes, [item.why for item in found.unpushable]) == ((), ["read_only_place"])


def test_a_field_with_two_values_is_untouched_while_both_are_wanted(contacts: CompiledMapping) -> None:
    record = {"Mobile": f"{M1.value} / {M2.value}", "Phone": None}
    assert not push(contacts, record, phones=[M1, M2])
    assert written(contacts, record, phones=[M2]) == {"Mobile": M2.value}


def test_a_list_takes_what_has_no_field_and_keeps_its_order(contacts: CompiledMapping) -> None:
    record = {"Email": "a@x", "more": ["B@x", "c@x"]}
    wanted = [text("a@x"), text("b@x"), text("c@x"), text("d@x")]
    assert written(contacts, record, emails=wanted) == {"more": ["B@x", "c@x", "d@x"]}
    assert written(contacts, record, emails=wanted[:2]) == {"more": ["B@x"]}
    assert written(contacts, None, emails=wanted[:2]) == {"Email": "a@x", "more": ["b@x"]}


def test_what_a_list_holds_beside_values_is_peoples_and_stays(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, fields: {phones: 'all[]'}}]")
    assert written(mapping, {"all": ["ask Li", F1.value]}, phones=[M1]) == {"all": ["ask Li", M1.value]}


def test_a_list_that_holds_a_value_only_roughly_is_not_written_for_ever(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, fields: {tags: 'all[]'}}]")
    rough = FieldValue("New\n", "New\n")  # comes back as new, whatever is written
    assert written(mapping, {"all": ["old"]}, tags=[rough]) == {"all": ["New\n"]}
    assert written(mapping, {"all": ["New\n"]}, tags=[rough]) == {}


def test_a_list_in_one_text_is_written_as_one_text(contacts: CompiledMapping) -> None:
    assert written(contacts, {"tags": "old, vip"}, tags=[text("vip"), text("new")]) == {"tags": "vip,new"}
    assert not push(contacts, {"tags": "VIP；old"}, tags=[text("old"), text("vip")])


# ------------------------------------------------------------------------------------------------ relations


def test_a_relation_is_written_in_the_shape_that_the_system_wants(contacts: CompiledMapping) -> None:
    change = reference_change(contacts, 0, "employer", "42", {"Account": {"id": "41"}})
    assert change is not None
    assert (change.system_field, change.old, change.new) == ("Account", {"id": "41"}, {"id": "42"})
    number = reference_change(contacts, 0, "mentor", "42", None)
    assert number is not None
    assert number.new == 42


def test_a_relation_that_holds_already_or_is_only_read_is_no_change(contacts: CompiledMapping) -> None:
    assert reference_change(contacts, 0, "employer", "41", {"Account": {"id": "41", "name": "Acme"}}) is None
    assert reference_change(contacts, 0, "seen", "41", None) is None
    assert reference_change(contacts, 0, "unknown", "41", None) is None


def test_what_a_new_record_lacks_is_named(contacts: CompiledMapping) -> None:
    assert creation_gaps(contacts, {"First": "x"}) == ("Last",)
    assert creation_gaps(contacts, {"Last": "x"}) == ()


def test_nothing_is_written_to_a_record_that_does_not_yield_the_entity(load: Load) -> None:
    mapping = load("key: id\nemits: [{entity: person, when: role == 'user', fields: {title: T}}]")
    found = push(mapping, {"role": "agent"}, title=text("x"))
    assert (found.changes, [item.why for item in found.unpushable]) == ((), ["not_emitted"])


# ----------------------------------------------------------------------------------------------- never blank


@pytest.fixture(scope="module")
def kept(load: Load) -> CompiledMapping:
    return load(
        CONTACTS.replace("title: Title", "title: {pull: Title, push: Title, never_blank: true}").replace(
            "other: Phone}}", "other: Phone}, never_blank: true}"
        )
    )


def test_a_field_that_is_never_blank_is_changed_and_not_emptied(kept: CompiledMapping) -> None:
    assert written(kept, {"Title": "Buyer"}, title=text("boss")) == {"Title": "boss"}
    found = push(kept, {"Title": "Buyer"}, title=())
    assert not found
    assert [(one.profile_field, one.value, one.why) for one in found.unpushable] == [("title", None, "never_blank")]


def test_of_several_values_the_last_one_stays(kept: CompiledMapping) -> None:
    record = {"Mobile": M1.value, "Phone": F1.value}
    assert written(kept, record, phones=[M1]) == {"Phone": None}
    assert not push(kept, record, phones=())
    assert not push(kept, record, {"phones": frozenset({str(M2.value)})}, phones=[M2])


def test_a_new_record_may_lack_what_is_never_blank(kept: CompiledMapping) -> None:
    assert written(kept, None, title=(), phones=[M1]) == {"Mobile": M1.value}
