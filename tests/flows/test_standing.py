"""One look at how the hub stands: what it says is what happened, and names nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.standing import standing
from golden_record.store import inbox
from golden_record.store.inbox import Content
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}
OTHER = {"family": "司马", "given": "青衫", "full_name": "司马青衫", "mobile": "+8613622223333"}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer whom both know, Zoho with a job title; one whom Zoho alone knows."""
    people = [
        typed("zoho_crm", "contact", "c1", {**PERSON, "job_title": "经理"}),
        typed("fxiaoke", "contact", "c1", PERSON),
        typed("zoho_crm", "contact", "c2", OTHER),
    ]
    with world(tmp_path / "project", people) as made:
        yield made


def test_the_funnel_counts_what_came_through_each_stage(here: World) -> None:
    first = here.sync()
    zoho, fxiaoke = (first["systems"][system]["funnel"][stream] for system, stream in (Z, F))
    assert zoho == {
        "read": 2, "changed": 2, "invalid": 0, "matched": 1, "planned": 0, "written": 0, "confirmed": 0, "rejected": 0,
    }  # fmt: skip
    assert fxiaoke == {
        "read": 1, "changed": 1, "invalid": 0, "matched": 1, "planned": 2, "written": 2, "confirmed": 2, "rejected": 0,
    }  # fmt: skip
    quiet = here.sync()["systems"][F[0]]["funnel"][F[1]]
    assert [quiet[stage] for stage in ("matched", "planned", "written", "confirmed", "rejected")] == [0, 0, 0, 0, 0]


def test_a_refused_write_ends_the_funnel_and_lies_among_the_dead_letters(tmp_path: Path) -> None:
    mail, home = "xiaowen.ouyang@huaxin-cable.cn", "ouyang.home@163.com"
    people = [
        typed("zoho_crm", "contact", "c1", {**PERSON, "email": mail, "email_2": home, "job_title": "经理"}),
        typed("zendesk", "user", "c1", {**PERSON, "email": mail}),
        typed("zendesk", "user", "c2", {**OTHER, "email": home}),
    ]
    with world(tmp_path, people, systems=("zoho_crm", "zendesk")) as here:
        funnel = here.sync()["systems"]["zendesk"]["funnel"]["users"]
        assert (funnel["written"], funnel["confirmed"], funnel["rejected"]) == (1, 0, 1), "another user has the mail"
        with here.hub() as hub:
            assert standing(hub).dead_letters == {"zendesk": {"events": 0, "writes": 1}}


def test_it_shows_freshness_backlog_and_quota(here: World) -> None:
    here.change_yaml("hub.yaml", lambda hub: hub["systems"]["zoho_crm"].update(pull={"schedule": "0 * * * *"}))
    here.sync(push=False)
    with here.hub() as hub:
        with hub.store.write() as connection:
            inbox.keep(connection, hub.store.vault, "zoho_crm", "k", Content(changes=(("Contacts", "1"),)), hub.now())
        found = standing(hub)
    assert {one.stream: one.stale for one in found.streams if one.system == "zoho_crm"}["Contacts"] is False
    assert all(one.stale is None for one in found.streams if one.system == "fxiaoke")
    assert all(one.read_at for one in found.streams)
    assert found.events_waiting == 1
    said = found.to_json()
    assert said["backlog"]["oldest_event_at"]
    assert said["backlog"]["to_resolve"] == 0
    assert said["backlog"]["to_plan"] > 0
    assert said["runs"]["recent"]["funnel"]["read"] == 3
    assert {one["system"] for one in said["quota"]} == {"zoho_crm", "fxiaoke"}
    assert all(0 <= one["left"] <= one["calls"] for one in said["quota"])


def test_it_names_no_customer(here: World) -> None:
    here.sync()
    with here.hub() as hub:
        text = json.dumps(standing(hub).to_json(), ensure_ascii=False)
    assert [value for value in ("欧阳", "晓雯", "13911112222", "司马", "经理") if value in text] == []
