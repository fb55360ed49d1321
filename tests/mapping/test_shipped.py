"""The profile and the mappings that come with the hub, with the real field types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.changes import new_fields
from mapping.check_examples import check_examples
from mapping.compile import CompiledMapping
from mapping.field_types.registry import field_type, names
from mapping.load import Loaded, load_mapping
from mapping.profile_fields import Profile, read_profile
from mapping.pull import pull
from mapping.push import changes, reference_change

CONFIG = Path(__file__).parents[2] / "config"
FILES = {f"{path.parent.name}/{path.stem}": path for path in sorted((CONFIG / "mappings").glob("*/*.yaml"))}
SHIPPED = [
    "files/customers",
    "freshdesk/companies",
    "freshdesk/contacts",
    "freshdesk/tickets",
    "fxiaoke/AccountObj",
    "fxiaoke/CasesObj",
    "fxiaoke/ContactObj",
    "fxiaoke/LeadsObj",
    "fxiaoke/SalesOrderObj",
    "udesk/customers",
    "web_forms/entries",
    "zendesk/organizations",
    "zendesk/satisfaction_ratings",
    "zendesk/tickets",
    "zendesk/users",
    "zoho_crm/Accounts",
    "zoho_crm/Contacts",
    "zoho_crm/Deals",
    "zoho_crm/Leads",
    "zoho_desk/accounts",
    "zoho_desk/contacts",
    "zoho_desk/tickets",
]


MADE_IN = ["freshdesk", "fxiaoke", "udesk", "zendesk", "zoho_crm", "zoho_desk"]
"""Systems in which new customers are made."""


def _profile() -> Profile:
    profile, mistakes = read_profile(
        CONFIG / "profile.yaml", types=frozenset(names()), departments=frozenset({"sales", "service", "marketing"})
    )
    assert profile is not None, [str(mistake) for mistake in mistakes]
    return profile


PROFILE = _profile()
LOADED = {name: load_mapping(path, stream=path.stem, profile=PROFILE, types=field_type) for name, path in FILES.items()}


def compiled(name: str) -> CompiledMapping:
    found = LOADED[name].compiled
    assert found is not None, [str(mistake) for mistake in LOADED[name].mistakes]
    return found


def test_every_stream_that_is_shipped_is_listed_here() -> None:
    assert sorted(FILES) == SHIPPED


def test_every_field_of_the_profile_has_a_label_in_both_languages() -> None:
    assert [(entity, name) for entity, name, field in PROFILE.walk() if field.label is None] == []


@pytest.mark.parametrize("loaded", LOADED.values(), ids=LOADED.keys())
def test_a_shipped_mapping_has_no_mistakes_and_no_warnings(loaded: Loaded) -> None:
    assert [str(mistake) for mistake in loaded.mistakes] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_mapping_carries_examples_and_they_hold(name: str) -> None:
    written = LOADED[name].written
    assert written is not None
    assert written.examples
    assert [str(difference) for difference in check_examples(compiled(name), written.examples)] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_binding_and_system_fields_are_never_written(name: str) -> None:
    targets = {
        path.text
        for emit in compiled(name).emits
        for field in emit.fields.values()
        for slot in field.push_slots
        for path in slot.targets()
    }
    assert not targets & {"external_id", "hub_id__c", "Crmhub_Binding", "owner", "Owner", "id", "_id", "role"}


def test_web_forms_are_only_read() -> None:
    assert not any(field.pushed for emit in compiled("web_forms/entries").emits for field in emit.fields.values())


def test_each_system_makes_persons_and_companies_in_one_stream_each() -> None:
    made: dict[str, list[str]] = {}
    for name in SHIPPED:
        for entity in compiled(name).create_in:
            made.setdefault(f"{name.split('/')[0]} {entity}", []).append(name)
    assert {key: len(streams) for key, streams in made.items()} == dict.fromkeys(made, 1)
    assert sorted({key.split()[0] for key in made}) == MADE_IN


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("zoho_crm/Contacts", {"Account_Name": {"id": "42"}}),
        ("fxiaoke/ContactObj", {"account_id": "42"}),
        ("zendesk/users", {"organization_id": 42}),
    ],
)
def test_the_employer_is_written_as_each_system_wants_its_lookups(name: str, payload: dict[str, Any]) -> None:
    mapping = compiled(name)
    change = reference_change(mapping, 0, "employer", "42", None)
    assert change is not None
    assert new_fields([change]) == payload
    (reference,) = pull(mapping, {"id": "1", "_id": "1", "role": "end-user", **payload}).emits[0].references
    assert (reference.relation, reference.record_id) == ("employer", "42")


def test_a_birthday_is_the_same_day_in_fxiaoke_also_in_the_summers_that_had_summer_time() -> None:
    mapping = compiled("fxiaoke/ContactObj")
    for milliseconds, day in ((583689600000, "1988-07-01"), (946656000000, "2000-01-01")):
        (person,) = pull(mapping, {"_id": "1", "date_of_birth": milliseconds}).emits
        (shown,) = person.fields["birthday"].values
        assert shown.value.value == day
        found = changes(mapping, 0, {"birthday": (shown.value,)}, None).changes
        assert new_fields(found) == {"date_of_birth": milliseconds}


people = st.text(alphabet="王伟李雷娜欧阳abcDEF ·'-", min_size=1, max_size=8)
mobiles = st.from_regex(r"(\+86 ?)?1(38|39|50|86)[0-9]{8}", fullmatch=True)
mails = st.from_regex(r"[A-Za-z]{1,8}@(acme\.cn|Example\.com\.cn|qq\.com)", fullmatch=True)
streets = st.sampled_from(["建国路88号", "北京市朝阳区建国路88号", "Main St 1", "", "无", "朝阳区"])
contacts = st.fixed_dictionaries(
    {"id": st.just("1"), "Last_Name": people},
    optional={
        "First_Name": st.none() | people,
        "Mobile": st.none() | mobiles,
        "Phone": st.none() | st.sampled_from(["010-88886666转8001", "400 820 8820", "021-62345678", "无", "12"]),
        "Home_Phone": st.none() | mobiles,
        "Email": st.none() | mails,
        "Secondary_Email": st.none() | mails,
        "Title": st.none() | st.text(max_size=10),
        "Rating": st.sampled_from([None, "-None-", "A", "vip", "Acquired"]),
        "Lead_Source": st.sampled_from([None, "Trade Show", "exhibition", "?"]),
        "Date_of_Birth": st.sampled_from([None, "1988-07-01", "1900-01-01", "soon"]),
        "Mailing_Street": st.none() | streets,
        "Mailing_City": st.sampled_from([None, "北京", "上海市", "Berlin"]),
        "Mailing_Country": st.sampled_from([None, "中国", "Germany", "DE"]),
        "WeChat": st.none() | st.text(alphabet="abc_12", max_size=8),
        "Email_Opt_Out": st.none() | st.booleans(),
    },
)


@given(contacts)
def test_a_contact_that_shows_what_the_profile_says_is_not_touched(record: dict[str, Any]) -> None:
    mapping = compiled("zoho_crm/Contacts")
    desired = {
        name: tuple(slotted.value for slotted in state.values if slotted.value.valid)
        for name, state in pull(mapping, record).emits[0].fields.items()
        if state.presence == "value"
    }
    assert changes(mapping, 0, desired, record).changes == ()


@given(contacts)
def test_what_is_pulled_from_zoho_comes_back_the_same_from_fxiaoke(record: dict[str, Any]) -> None:
    zoho, fxiaoke = compiled("zoho_crm/Contacts"), compiled("fxiaoke/ContactObj")
    desired = {
        name: tuple(slotted.value for slotted in state.values if slotted.value.valid)
        for name, state in pull(zoho, record).emits[0].fields.items()
    }
    created = changes(fxiaoke, 0, desired, None)
    made = {"_id": "1", **new_fields(created.changes)}
    assert changes(fxiaoke, 0, desired, made).changes == ()
    (person,) = pull(fxiaoke, made).emits
    left_out = {item.profile_field for item in created.overflow} | {item.profile_field for item in created.unpushable}
    # an address is one text there, and only a tick of consent says anything: both come back with less in them
    for name in fxiaoke.emits[0].fields.keys() - left_out - {"address", "marketing_consent", "company_name"}:
        back = {str(slotted.value.value) for slotted in person.fields[name].values}
        assert back == {str(value.value) for value in desired.get(name, ())}, name
