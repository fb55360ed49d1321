"""`/api/plans` over real HTTP: from the wish to the write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.console.web.served import Served, serving, until
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
F = ("fxiaoke", "ContactObj")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    people = [
        typed("zoho_crm", "contact", "c1", {**PERSON, "job_title": "经理"}),
        typed("fxiaoke", "contact", "c1", PERSON),
    ]
    with world(tmp_path / "project", people) as made:
        made.sync(push=False)
        yield made


@pytest.fixture
def hub(here: World) -> Iterator[Served]:
    with serving(here.folder) as served:
        yield served


def ready(hub: Served) -> str:
    """Ask for a plan and wait until it is there."""
    answer = hub.ask("/api/plans", {"systems": ["fxiaoke"]})
    assert answer.status_code == 202
    plan_id = str(answer.json()["plan_id"])
    until(lambda: hub.get(f"/api/plans/{plan_id}").json()["state"] == "ready")
    return plan_id


def test_a_plan_is_asked_for_looked_at_and_carried_out(here: World, hub: Served) -> None:
    plan_id = ready(hub)
    assert hub.get(f"/api/plans/{plan_id}").json()["writes"] == {"fxiaoke": {"update": 1}}
    assert [one["plan_id"] for one in hub.get("/api/plans").json()["items"]] == [plan_id]
    [write] = hub.get(f"/api/plans/{plan_id}/writes?field=job_title&kind=update").json()["items"]
    assert write["fields"]["job_title"]["new"] == "经理"
    assert "经理" not in hub.get(f"/api/plans/{plan_id}/writes?mask=true").text
    assert hub.get(f"/api/plans/{plan_id}/writes?field=phones").json()["items"] == []
    assert hub.get(f"/api/plans/{plan_id}/blocked").json() == {"items": [], "next": None}
    pushed = hub.ask(f"/api/plans/{plan_id}/push", {})
    assert pushed.status_code == 202
    run_id = pushed.json()["run_id"]
    until(lambda: hub.get(f"/api/runs/{run_id}").json()["status"] == "ok")
    assert here.value(*F, here.only(*F), "job_title") == "经理"
    assert hub.ask(f"/api/plans/{plan_id}/push", {}).status_code == 409


def test_who_made_a_plan_cannot_approve_it_and_a_write_can_be_left_out(hub: Served) -> None:
    plan_id = ready(hub)
    refused = hub.ask(f"/api/plans/{plan_id}/approve", {"reason": "looked at"})
    assert (refused.status_code, "made by test" in refused.text) == (409, True)
    [write] = hub.get(f"/api/plans/{plan_id}/writes").json()["items"]
    left = hub.ask(f"/api/plans/{plan_id}/leave-out", {"ids": [write["id"]]}).json()
    assert left == {"plan_id": plan_id, "changed": 1}
    assert hub.get(f"/api/plans/{plan_id}/writes?left_out=false").json()["items"] == []


def test_wrong_wishes_and_strangers_are_refused(hub: Served) -> None:
    assert hub.ask("/api/plans", {"systems": ["nobody"]}).status_code == 422
    assert hub.ask("/api/plans", {"system": "fxiaoke"}).status_code == 422
    nobody = "0" * 26
    for path in ("", "/writes", "/blocked"):
        assert hub.get(f"/api/plans/{nobody}{path}").status_code == 404
        assert requests.get(f"{hub.base_url}/api/plans/{nobody}{path}", timeout=60).status_code == 401
    assert hub.ask(f"/api/plans/{nobody}/push", {}).status_code == 409
    assert hub.ask(f"/api/plans/{nobody}/approve", {"reason": " "}).status_code == 422
    assert requests.post(f"{hub.base_url}/api/plans", json={}, timeout=60).status_code == 401
