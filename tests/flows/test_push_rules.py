"""What hub.yaml says of pushes: mistakes have their line and cure, and the create policy its reason."""

from __future__ import annotations

import pytest

from flows.hub_config import HubConfig, Push
from flows.push_rules import creation_warnings, push_mistakes, unwritable_warnings, why_not_made
from golden_record.elements import Element
from golden_record.store.profiles import Profile
from mapping.profile_fields import read_profile
from mapping.yaml_file import check_document, open_document

SHAPES, _ = read_profile(
    "person:\n  fields:\n    tier: {type: text}\n    phones: {type: text, many: true}\n", types=frozenset({"text"})
)


def mistakes(push: str) -> list[tuple[int, str, str]]:
    document = open_document(
        "systems:\n  crm:\n    connector: zoho_crm\n    department: sales\n    streams: [Contacts, Leads]\n"
        f"    push:\n{push}\n"
    )
    hub, wrong = check_document(document, HubConfig)
    found = [*wrong, *(push_mistakes(hub, SHAPES, document) if hub is not None else ())]
    return [(one.line, one.message, one.cure) for one in found]


@pytest.mark.parametrize(
    ("push", "line", "said", "cure"),
    [
        ("      update_only: [Lead]", 7, "no stream `Lead`", "`Leads`"),
        ("      mode: create\n      create_only: [Contcts]", 8, "no stream `Contcts`", "`Contacts`"),
        ("      update_only: [Leads]\n      create_only: [Leads]", 8, "changed only and made only", "one of the two"),
        ("      create: teir == 'vip'", 7, "no profile has a field `teir`", "`tier`"),
        ("      create: alway", 7, "no profile has a field `alway`", "`always`"),
        ('      create: "tier == \'vip"', 7, "neither a plain name nor JMESPath", "Quote"),
    ],
)
def test_a_mistake_in_push_has_its_line_and_cure(push: str, line: int, said: str, cure: str) -> None:
    [(where, message, remedy)] = mistakes(push)
    assert where == line
    assert said in message
    assert cure in remedy


def test_what_fits_is_no_mistake() -> None:
    text = "      create: \"entity == 'person' && tier == 'vip'\"\n      update_only: [Leads]\n"
    text += "      create_only: [Contacts]"
    assert mistakes(text) == []


def profile(*phones: str, tier: str = "", frozen: frozenset[str] = frozenset()) -> Profile:
    fields = {"phones": tuple(Element(one, one) for one in phones), "tier": (Element(tier, tier),) if tier else ()}
    return Profile("P", "person", {name: one for name, one in fields.items() if one}, {}, frozen)


@pytest.mark.parametrize(
    ("create", "made"),
    [
        ("always", True),
        ("never", False),
        ("tier == 'vip'", True),
        ("tier == 'gold'", False),
        ("phones[0] == '1'", True),
        ("length(phones) > `1`", False),
        ("entity == 'company'", False),
        ("emails", False),
        ("length(emails) > `0`", False),
    ],
)
def test_a_condition_sees_the_profile_as_it_is_shown(create: str, made: bool) -> None:
    why = why_not_made(Push(create=create), profile("1", tier="vip"), {"phones"}, contactable=False)
    assert (why is None) == made


def test_what_is_in_dispute_fulfils_no_condition() -> None:
    frozen = profile(tier="vip", frozen=frozenset({"tier"}))
    assert why_not_made(Push(create="tier == 'vip'"), frozen, {"phones"}, contactable=True) == "create_condition"


def doubts(push: str, **made_in: bool) -> list[tuple[int, str]]:
    document = open_document(
        "systems:\n  crm:\n    connector: zoho_crm\n    department: sales\n    streams: [Contacts, Leads]\n"
        f"    push:\n{push}\n"
    )
    hub, _ = check_document(document, HubConfig)
    assert hub is not None
    found = list(creation_warnings(hub, {"crm": made_in}, document))
    assert all(one.level == "warning" for one in found)
    return [(one.line, one.cure) for one in found]


@pytest.mark.parametrize(
    ("push", "made_in", "cure"),
    [
        ("      mode: create", {"Contacts": False, "Leads": False}, "create_in"),
        ("      update_only: [Leads]\n      mode: create", {"Contacts": False, "Leads": True}, "update_only"),
    ],
)
def test_a_system_that_is_to_make_records_and_nowhere_can_is_named(
    push: str, made_in: dict[str, bool], cure: str
) -> None:
    [(line, remedy)] = doubts(push, **made_in)
    assert line == 7 + push.count("\n")
    assert cure in remedy


@pytest.mark.parametrize(
    ("push", "made_in"),
    [
        ("      mode: create", {"Contacts": True, "Leads": False}),
        ("      mode: update", {"Contacts": False, "Leads": False}),
        ("      mode: create\n      create: never", {"Contacts": False, "Leads": False}),
        ("      mode: create", {"Contacts": False}),  # the other mapping cannot be used, which is said elsewhere
    ],
)
def test_a_system_that_makes_records_or_need_not_is_no_doubt(push: str, made_in: dict[str, bool]) -> None:
    assert doubts(push, **made_in) == []


@pytest.mark.parametrize(("mode", "count"), [("report", 0), ("fill", 1), ("create", 1)])
def test_a_push_to_what_is_only_read_is_named(mode: str, count: int) -> None:
    document = open_document(
        "systems:\n  shop:\n    connector: files\n    department: sales\n    streams: [people]\n"
        f"    push:\n      mode: {mode}\n"
    )
    hub, _ = check_document(document, HubConfig)
    assert hub is not None
    found = list(unwritable_warnings(hub, document, lambda connector: connector != "files"))
    assert [(one.line, one.level) for one in found] == [(7, "warning")] * count
    assert list(unwritable_warnings(hub, document, lambda _connector: True)) == []
