"""Taking back what a run wrote, from its page and by the API: shown first, then asked for, with what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.on_demand import carry_out_next
from golden_record.store import runs
from tests.console.web.desk import Desk, Hand, add_users, violations
from tests.console.web.served import Served, serving
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
OTHER = {"family": "司马", "given": "青衫", "full_name": "司马青衫", "email": "qingshan.sima@huaxin-cable.cn"}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """Two customers in Zoho and Fxiaoke, in agreement."""
    people = [
        typed(system, "contact", who, said)
        for who, said in (("c1", PERSON), ("c2", OTHER))
        for system in ("zoho_crm", "fxiaoke")
    ]
    with world(tmp_path / "project", people) as made:
        made.settle()
        yield made


@pytest.fixture
def hub(here: World) -> Iterator[Served]:
    with serving(here.folder, work=False) as served:
        add_users(served)
        yield served


def hand_of(hub: Served, role: str) -> Hand:
    hand = Hand(hub.base_url)
    assert hand.sign_in(role).status_code == 303
    return hand


def written(here: World) -> tuple[str, dict[str, str]]:
    """Let two titles be written into Fxiaoke by one run; return it, and who has which record there."""
    zoho = here.records(*Z)
    for record_id in zoho:
        here.edit(*Z, record_id, Title="总监")
    run_id = str(here.sync()["run_id"])
    found = here.records(*F)
    assert {one["job_title"] for one in found.values()} == {"总监"}
    return run_id, {str(one["name"]): record_id for record_id, one in found.items()}


def test_what_a_run_wrote_is_taken_back_from_its_page_but_for_what_people_edited(here: World, hub: Served) -> None:
    run_id, records = written(here)
    (edited, left) = sorted(records.values())
    here.edit(*F, edited, job_title="我自己写的")
    here.sync(push=False)
    ops = hand_of(hub, "ops")
    assert f"/undo/{run_id}" in ops.see(f"/runs/{run_id}").text
    page = ops.see(f"/undo/{run_id}").text
    assert "people have edited it since" in page
    assert edited in page
    assert ops.fill(f"/undo/{run_id}", {"reason": " "}).status_code == 422
    asked = ops.fill(f"/undo/{run_id}", {"reason": "wrong mapping"})
    assert asked.status_code == 303
    assert carry_out_next(hub.hub, wait=20)
    said = hub.get(f"/api{asked.headers['location']}").json()
    assert (said["kind"], said["status"]) == ("undo", "ok")
    assert not here.value(*F, left, "job_title")
    assert here.value(*F, edited, "job_title") == "我自己写的"
    here.sync()
    assert here.value(*F, left, "job_title") in (None, ""), "it is not written again by itself"
    assert hub.ask(f"/api/undo/{run_id}", {"reason": "again"}).status_code == 409


def test_the_api_previews_and_names_what_is_nothing(here: World, hub: Served) -> None:
    run_id, _records = written(here)
    said = hub.get(f"/api/undo/{run_id}").json()
    assert (said["total"], said["back"], said["left"], said["systems"]) == (2, 2, {}, ["fxiaoke"])
    assert hub.get("/api/undo/01ARZ3NDEKTSV4RRFFQ69G5FAV").status_code == 404
    assert hub.ask("/api/undo/01ARZ3NDEKTSV4RRFFQ69G5FAV", {"reason": "x"}).status_code == 409
    assert hand_of(hub, "steward").see(f"/undo/{run_id}").status_code == 403


def test_the_page_is_accessible(seen_desk: Desk) -> None:
    """Of a run that wrote; the page is one of the few that ends in a button of danger."""
    hub = seen_desk.served.hub
    with hub.store.read() as connection:
        run_id = next(one.run_id for one in runs.newest(connection, 20) if one.kind == "sync")
    with seen_desk.page("ops", language="zh_CN", width=360) as page:
        page.goto(f"{seen_desk.url}/undo/{run_id}")
        assert violations(page) == []
