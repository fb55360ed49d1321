"""Edits made straight in a system arrive everywhere they should and nowhere else; then all is quiet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.customers import SYSTEMS
from tests.system.world import World, typed, world, written

Z, F, D = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj"), ("zendesk", "users")
ONE = {
    "family": "欧阳",
    "given": "晓雯",
    "full_name": "欧阳晓雯",
    "email": "xiaowen.ouyang@huaxin-cable.cn",
    "tier": "regular",
}
TWO = {
    "family": "司徒",
    "given": "志远",
    "full_name": "司徒志远",
    "email": "zhiyuan.situ@beihai-tools.cn",
    "tier": "basic",
}

IDLE = {
    "zoho_crm": 6,
    "fxiaoke": 3,
    "zendesk": 2,
}
"""Calls that it takes to learn that nothing changed. Zoho: per stream what was modified and what was deleted (three
streams); Fxiaoke: one query per object (three); Zendesk: one incremental export per stream (two)."""


@pytest.fixture
def here(tmp_path: Path, store_url: str) -> Iterator[World]:
    people = [
        typed(system, kind, customer, values, key=f"{system}-{customer}")
        for system, (_stream, kind) in SYSTEMS.items()
        for customer, values in (("one", ONE), ("two", TWO))
    ]
    with world(tmp_path, people, systems=tuple(SYSTEMS), store=store_url) as made:
        made.settle()
        made.control("/_stats/reset", {})
        yield made


@pytest.fixture
def touched(here: World) -> set[tuple[str, str]]:
    """Return the (system, id) of the records that the hub writes from here on."""
    found: set[tuple[str, str]] = set()

    def listener(system: str) -> Any:
        return lambda change: found.add((system, change.record_id)) if change.by == "hub" else None

    for system, sandbox in here.running.sandboxes.items():
        sandbox.book.listeners.append(listener(system))
    return found


def record_of(here: World, place: tuple[str, str], address: str) -> str:
    """Return the id of the record with this mail."""
    found = here.records(*place)
    return next(key for key, one in found.items() if (one.get("Email") or one.get("email")) == address)


def tiers(here: World, address: str) -> tuple[Any, Any, Any]:
    """Return a customer's tier in Zoho, Fxiaoke and Zendesk."""
    user = here.value(*D, record_of(here, D, address), "user_fields")
    return (
        here.value(*Z, record_of(here, Z, address), "Rating"),
        here.value(*F, record_of(here, F, address), "tier__c"),
        user["customer_tier"],
    )


def quiet(here: World) -> None:
    """The next sync writes nothing, and calls just to learn that there is no news."""
    here.control("/_stats/reset", {})
    assert written(here.sync()) == 0
    stats = here.control("/_stats")
    assert {name: one["records_written"] for name, one in stats.items()} == dict.fromkeys(SYSTEMS, 0)
    assert {name: sum(one["calls"].values()) for name, one in stats.items()} == IDLE, stats


def test_nothing_edited_is_nothing_done(here: World) -> None:
    quiet(here)


def test_a_phone_from_zoho_goes_to_that_customer_everywhere(here: World, touched: set[tuple[str, str]]) -> None:
    here.edit(*Z, record_of(here, Z, ONE["email"]), Mobile="+8613911112222")
    here.settle()
    f, d = record_of(here, F, ONE["email"]), record_of(here, D, ONE["email"])
    assert str(here.value(*F, f, "mobile1")).endswith("13911112222")
    assert str(here.value(*D, d, "phone")).endswith("13911112222")
    assert touched == {("fxiaoke", f), ("zendesk", d)}
    quiet(here)


def test_a_tier_from_fxiaoke_goes_to_that_customer_everywhere(here: World, touched: set[tuple[str, str]]) -> None:
    here.edit(*F, record_of(here, F, ONE["email"]), tier__c="vip")
    here.settle()
    assert tiers(here, ONE["email"]) == ("vip", "vip", "vip")
    assert {system for system, _ in touched} == {"zoho_crm", "zendesk"}
    assert len(touched) == 2
    quiet(here)


def test_one_field_edited_in_two_systems_at_once_is_for_a_steward(here: World, touched: set[tuple[str, str]]) -> None:
    before = tiers(here, ONE["email"])
    here.edit(*Z, record_of(here, Z, ONE["email"]), Rating="vip")
    here.edit(*F, record_of(here, F, ONE["email"]), tier__c="prospect")
    last = here.settle()[-1]
    assert tiers(here, ONE["email"]) == ("vip", "prospect", before[2])
    assert last["reviews"]["open"] == 1
    assert touched == set()
    quiet(here)


def test_a_cleared_field_is_filled_again_where_the_policy_says_so(here: World, touched: set[tuple[str, str]]) -> None:
    z = record_of(here, Z, ONE["email"])
    here.edit(*Z, z, Rating=None)
    here.settle()
    assert tiers(here, ONE["email"])[1:] == ("regular", "regular")
    assert here.value(*Z, z, "Rating") in {"regular", "B"}
    assert touched == {("zoho_crm", z)}
    quiet(here)


def test_a_deleted_record_stays_deleted_and_the_others_stay_as_they_are(
    here: World, touched: set[tuple[str, str]]
) -> None:
    here.delete(*F, record_of(here, F, ONE["email"]))
    here.settle()
    assert [one["email"] for one in here.records(*F).values()] == [TWO["email"]]
    assert len(here.records(*Z)) == 2
    assert touched == set()
    quiet(here)
