"""What holds for every record and every profile, whatever they look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.canonical import canonical
from mapping.changes import new_fields, old_fields
from mapping.compile import CompiledMapping
from mapping.pull import pull
from mapping.push import changes
from mapping.values import FieldValue

MAPPING = """
key: id
blanks: [none]
emits:
- entity: person
  fields:
    name: {pull: {family: Last, given: First}, push: {family: Last, given: First}}
    phones: {pull: [Mobile, Phone, Fax], push: {mobile: Mobile, fixed: Phone, other: Fax}}
    emails: {pull: [Email, "more[]"], push: [Email, "more[]"]}
    tags: {pull: tags, push: tags, format: comma_text}
    title: {pull: [Title, Role], push: [Title, Role]}
    birthday: extra.born
    tier: {pull: Rating, push: Rating, values: {A: vip, B: regular}}
    consent: {pull: OptOut, push: OptOut, values: {true: false, false: true}}
- entity: company
  needs: [name]
  relation: employer
  fields: {name: {pull: "Company || Firm.name"}, website: Site}
required: [Last]
"""
NAMES = ["Last", "First", "Mobile", "Phone", "Fax", "Email", "more", "tags", "Title", "Role"]
NAMES += ["extra", "Rating", "OptOut", "Company", "Firm", "Site"]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
digits = st.from_regex(r"1[3-9][0-9]{9}|[0-9 -]{0,10}", fullmatch=True)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)
wild_records = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), anything).map(lambda r: {"id": "1", **r})
texts = st.none() | st.text(alphabet="abXY -", max_size=6)
tame_records = st.fixed_dictionaries(
    {"id": st.just("1")},
    optional={
        "Last": texts,
        "First": texts,
        "Mobile": st.none() | digits | st.sampled_from(["13800000001/88886666", "ask Li"]),
        "Phone": st.none() | digits,
        "Fax": st.none() | digits,
        "Email": texts,
        "more": st.none() | st.lists(texts, max_size=4),
        "tags": st.none() | st.sampled_from(["", "a, b", "x；b,A"]),
        "Title": texts,
        "Role": texts,
        "extra": st.none() | st.fixed_dictionaries({}, optional={"born": texts, "other": texts}),
        "Rating": st.sampled_from([None, "A", "B", "C", "none"]),
        "OptOut": st.none() | st.booleans(),
    },
)
phones = st.from_regex(r"1[3-9][0-9]{9}|[2-9][0-9]{6}", fullmatch=True).map(
    lambda text: FieldValue(text, text, parts={"type": "mobile" if len(text) == 11 else "fixed"})
)
words = st.text(alphabet="abxy", min_size=1, max_size=4).map(lambda text: FieldValue(text, text))
names = st.tuples(st.sampled_from(["", "wang"]), st.sampled_from(["li", "wei"])).map(
    lambda pair: FieldValue("-".join(filter(None, pair)), parts={"family": pair[0], "given": pair[1]})
)


def one(values: st.SearchStrategy[FieldValue]) -> st.SearchStrategy[tuple[FieldValue, ...]]:
    return st.just(()) | values.map(lambda value: (value,))


def several(values: st.SearchStrategy[FieldValue]) -> st.SearchStrategy[tuple[FieldValue, ...]]:
    return st.lists(values, max_size=5, unique_by=lambda value: canonical(value.value)).map(tuple)


wishes = st.fixed_dictionaries(
    {},
    optional={
        "name": one(names),
        "phones": several(phones),
        "emails": several(words),
        "tags": several(words),
        "title": one(words),
        "birthday": one(words),
        "tier": one(st.sampled_from([FieldValue(word) for word in ("vip", "regular", "gold")])),
        "consent": one(st.booleans().map(FieldValue)),
    },
)


@pytest.fixture(scope="module")
def mapping(load: Callable[[str], CompiledMapping]) -> CompiledMapping:
    return load(MAPPING)


def applied(record: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a system does: overwrite the fields, inside nested objects too."""
    result = dict(record)
    for name, value in payload.items():
        here = result.get(name)
        result[name] = applied(here if isinstance(here, dict) else {}, value) if isinstance(value, dict) else value
    return result


def shown(mapping: CompiledMapping, record: Mapping[str, Any], field: str) -> set[str]:
    state = pull(mapping, record).emits[0].fields[field]
    return {canonical(slotted.value.value) for slotted in state.values if slotted.value.valid}


@given(wild_records)
def test_no_record_raises_and_the_stored_part_gives_what_the_whole_gave(
    mapping: CompiledMapping, record: dict[str, Any]
) -> None:
    kept = mapping.mapped_paths(record)
    assert pull(mapping, kept) == pull(mapping, record)
    assert mapping.mapped_paths(kept) == kept


@given(wild_records, wishes)
def test_no_record_keeps_a_push_from_settling(
    mapping: CompiledMapping, record: dict[str, Any], desired: dict[str, tuple[FieldValue, ...]]
) -> None:
    changes(mapping, 0, desired, record)


@given(tame_records, wishes)
def test_a_second_push_writes_nothing(
    mapping: CompiledMapping, record: dict[str, Any], desired: dict[str, tuple[FieldValue, ...]]
) -> None:
    first = changes(mapping, 0, desired, record)
    after = applied(record, new_fields(first.changes))
    assert changes(mapping, 0, desired, after).changes == ()


@given(tame_records, wishes)
def test_what_the_profile_wants_is_shown_afterwards_or_named(
    mapping: CompiledMapping, record: dict[str, Any], desired: dict[str, tuple[FieldValue, ...]]
) -> None:
    outcome = changes(mapping, 0, desired, record)
    after = applied(record, new_fields(outcome.changes))
    for field, values in desired.items():
        wanted = {canonical(value.value) for value in values}
        named = {canonical(item.value.value) for item in outcome.overflow if item.profile_field == field}
        named |= {canonical(i.value.value) for i in outcome.unpushable if i.profile_field == field and i.value}
        stuck = any(item.profile_field == field and item.value is None for item in outcome.unpushable)
        now = shown(mapping, after, field)
        assert wanted - now <= named
        assert stuck or now <= wanted or bool(named)


@given(tame_records, wishes)
def test_the_plan_names_the_old_values_as_they_stand(
    mapping: CompiledMapping, record: dict[str, Any], desired: dict[str, tuple[FieldValue, ...]]
) -> None:
    found = changes(mapping, 0, desired, record).changes
    restored = applied(applied(record, new_fields(found)), old_fields(found))
    assert pull(mapping, restored).emits[0].fields.keys() == pull(mapping, record).emits[0].fields.keys()
    for field in desired:
        assert shown(mapping, restored, field) == shown(mapping, record, field)


@given(tame_records)
def test_pull_push_pull_is_the_identity_on_two_way_fields(mapping: CompiledMapping, record: dict[str, Any]) -> None:
    states = pull(mapping, record).emits[0].fields
    desired = {
        name: tuple(slotted.value for slotted in state.values if slotted.value.valid) for name, state in states.items()
    }
    created = changes(mapping, 0, desired, None)
    copy = applied({"id": "2"}, new_fields(created.changes))
    lost = {(item.profile_field, canonical(item.value.value)) for item in created.overflow}
    for name in desired:
        before = {(name, key) for key in shown(mapping, record, name)}
        assert {(name, key) for key in shown(mapping, copy, name)} == before - lost


@given(tame_records)
def test_a_record_that_shows_what_the_profile_says_is_not_touched(
    mapping: CompiledMapping, record: dict[str, Any]
) -> None:
    states = pull(mapping, record).emits[0].fields
    desired = {
        name: tuple(slotted.value for slotted in state.values if slotted.value.valid)
        for name, state in states.items()
        if state.presence == "value"
    }
    assert changes(mapping, 0, desired, record).changes == ()
