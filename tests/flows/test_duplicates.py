"""Duplicates inside one system are listed for the department whose they are, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.duplicates import duplicates
from flows.profile_view import as_it_is, masked
from tests.system.world import World, typed, world

WEI = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222", "email": "xw@huaxin.cn"}
LI = {"family": "司马", "given": "青衫", "full_name": "司马青衫", "mobile": "+8613622223333", "email": "qs@huaxin.cn"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    people = [
        typed("zoho_crm", "contact", "wei", WEI, key="one"),
        typed("zoho_crm", "contact", "wei", {**WEI, "title": "经理", "tier": "vip"}, key="two"),
        typed("fxiaoke", "contact", "wei", WEI),
        typed("fxiaoke", "contact", "li", LI, key="three"),
        typed("fxiaoke", "contact", "li", {**LI, "wechat": "qs"}, key="four"),
    ]
    folder: Path = tmp_path_factory.mktemp("duplicates") / "hub"
    departments = {"zoho_crm": "sales", "fxiaoke": "service"}
    with world(folder, people, departments=departments) as one:
        one.change_yaml("matching.yaml", lambda said: said["person"]["thresholds"].update(auto=2))
        one.sync(push=False)
        yield one


def listed(one: World, **which: Any) -> dict[str, Any]:
    wanted = {"system": None, "department": None, "after": None, "limit": 10, "show": as_it_is, **which}
    with one.hub() as hub:
        return duplicates(hub, **wanted)


def test_a_customer_with_two_records_in_one_stream_is_listed_with_the_fuller_one_to_keep(here: World) -> None:
    (found,) = listed(here, system="zoho_crm")["items"]
    assert (found["department"], found["stream"], found["name"]) == ("sales", "Contacts", "欧阳晓雯")
    first, second = found["records"]
    assert found["keep"] == first["id"]
    assert first["filled"] > second["filled"]
    assert {first["id"], second["id"]} == set(here.records("zoho_crm", "Contacts"))


def test_each_department_sees_its_own(here: World) -> None:
    assert [one["name"] for one in listed(here, department="service")["items"]] == ["司马青衫"]
    assert listed(here, department="marketing")["items"] == []


def test_pages_follow_each_other(here: World) -> None:
    first = listed(here, limit=1)
    second = listed(here, limit=1, after=first["next"])
    every = listed(here)
    assert [*first["items"], *second["items"]] == every["items"]
    assert len(every["items"]) == 2
    assert second["next"] is None


def test_names_are_masked_where_asked(here: World) -> None:
    with here.hub() as hub:
        found = duplicates(hub, system=None, department=None, after=None, limit=9, show=masked(hub))
    assert not any("晓雯" in str(one["name"]) for one in found["items"])
