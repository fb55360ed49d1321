"""A draft guesses by names, types and values in two languages, says why, and lints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.draft import Draft, draft_mapping
from mapping.draft_text import draft_text
from mapping.field_types.registry import field_type, names
from mapping.load import load_mapping
from mapping.mistakes import errors
from mapping.profile_fields import Profile, read_profile

SHIPPED = Path(__file__).parents[2] / "config" / "profile.yaml"
TEXT = {"type": ["null", "string"]}


@pytest.fixture(scope="module")
def shipped() -> Profile:
    read, mistakes = read_profile(SHIPPED, types=frozenset(names()))
    assert read is not None, mistakes
    return read


def drafted(profile: Profile, fields: dict[str, Any], stream: str = "Contacts", **more: Any) -> Draft:
    catalog = {"properties": {"id": {"type": "string"}, **fields}}
    return draft_mapping(catalog, stream=stream, key="id", modified=None, profile=profile, types=field_type, **more)


def paths(draft: Draft) -> dict[str, list[str]]:
    return {name: [guess.path for guess in guesses] for name, guesses in draft.guesses.items()}


def test_fields_are_recognised_by_their_names_in_english(shipped: Profile) -> None:
    fields = dict.fromkeys(
        ("Last_Name", "First_Name", "Mobile", "Work_Phone", "EMail", "Job Title", "Blood_Group"), TEXT
    )
    draft = drafted(shipped, fields)
    assert paths(draft) == {
        "name": ["Last_Name", "First_Name"],
        "phones": ["Mobile", "Work_Phone"],
        "emails": ["EMail"],
        "job_title": ["Job Title"],
    }
    assert draft.unmapped == [("Blood_Group", "", "nothing in the profile is called like it")]


def test_of_two_fields_for_one_part_the_one_that_is_called_most_like_it_is_taken(shipped: Profile) -> None:
    draft = drafted(shipped, dict.fromkeys(("first_and_surname", "first_name", "surname"), TEXT))
    assert paths(draft) == {"name": ["first_name", "surname"]}
    assert draft.unmapped == [("first_and_surname", "", "like another family of name")]


def test_the_name_of_a_street_is_no_persons_name(shipped: Profile) -> None:
    assert paths(drafted(shipped, dict.fromkeys(("name", "street_name", "city"), TEXT))) == {
        "name": ["name"],
        "address": ["street_name", "city"],
    }


def test_fields_are_recognised_by_their_chinese_labels(shipped: Profile) -> None:
    labels = {"f1": "客户姓名", "f2__c": "手机号码", "f3__c": "电子邮箱", "f4": "职务", "f5": "血型"}
    draft = drafted(shipped, {name: {**TEXT, "title": label} for name, label in labels.items()})
    assert paths(draft) == {"name": ["f1"], "phones": ["f2__c"], "emails": ["f3__c"], "job_title": ["f4"]}
    assert draft.guesses["phones"][0].mobile


def test_values_tell_what_a_name_does_not_and_speak_against_a_wrong_one(shipped: Profile) -> None:
    records = [{"id": str(n), "field_7": f"1380013800{n}", "Email": "n/a yet", "x": f"a{n}@acme.cn"} for n in range(8)]
    draft = drafted(shipped, dict.fromkeys(("field_7", "Email", "x"), TEXT), records=records)
    assert paths(draft) == {"phones": ["field_7"], "emails": ["x"]}
    assert draft.guesses["phones"][0].reason == "8 of 8 values are a phone"
    assert draft.unmapped == [("Email", "", "called like emails, but only 0 of 8 values are a email")]


def test_choices_become_a_value_map_where_word_or_label_is_the_profiles(shipped: Profile) -> None:
    level = {**TEXT, "title": "客户级别", "x-choices": {"1": "贵宾", "2": "普通", "9": "黑名单"}}
    draft = drafted(shipped, {"level": level, "rating": {**TEXT, "x-choices": {"A": "A"}}})
    assert draft.guesses["tier"][0].words == {"1": "vip", "2": "regular"}
    assert draft.unmapped[0][2].startswith("called like tier, but which of its words")


@pytest.mark.parametrize(("stream", "entity"), [("Accounts", "company"), ("ContactObj", "person"), ("客户", "company")])
def test_the_streams_name_says_what_a_record_is(shipped: Profile, stream: str, entity: str) -> None:
    assert drafted(shipped, {"name": TEXT}, stream=stream).entity == entity


def test_a_read_only_field_is_not_written_and_a_number_that_is_a_date_gets_its_format(shipped: Profile) -> None:
    fields = {"Email": {**TEXT, "readOnly": True}, "Phone": TEXT, "birthday": {"type": "integer"}}
    text = draft_text(drafted(shipped, fields), shipped, system="s", stream="t", push=True)
    assert "emails: {pull: [Email]}" in text
    assert "phones: {pull: [Phone], push: [Phone]}" in text
    assert "birthday: {pull: birthday, push: birthday, format: date_ms}" in text


def test_where_the_system_names_no_fields_those_of_its_records_are_taken(shipped: Profile) -> None:
    records = [{"id": 1, "手机": "13800138000"}, {"id": 2, "邮箱": "a@acme.cn"}]
    made = draft_mapping({}, stream="x", key="id", modified=None, profile=shipped, types=field_type, records=records)
    assert paths(made) == {"phones": ["手机"], "emails": ["邮箱"]}


odd = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12)


@given(
    st.dictionaries(odd, st.sampled_from([TEXT, {}, {"type": "array"}, {"type": "boolean"}]), max_size=6), st.booleans()
)
def test_whatever_fields_are_called_the_draft_lints(shipped: Profile, fields: dict[str, Any], push: bool) -> None:
    named = {f"{name} phone": schema for name, schema in fields.items()} | {"Mail": TEXT}
    named["a.b\nphone: x"] = {**TEXT, "title": "Phone\n- x: y"}
    text = draft_text(drafted(shipped, named), shipped, system="s", stream="t", push=push)
    found = load_mapping(text, stream="t", profile=shipped, types=field_type)
    assert [str(one) for one in errors(found.mistakes)] == [], text
