"""`/api/systems`: who may ask, what is told, and that a pause holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.console.web.served import Served, serving, until
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "project", [typed("zoho_crm", "contact", "c1", PERSON)]) as made:
        made.sync(push=False)
        yield made


@pytest.fixture
def hub(here: World) -> Iterator[Served]:
    with serving(here.folder) as served:
        yield served


def test_a_paused_system_is_held_and_goes_on(here: World, hub: Served) -> None:
    held = hub.ask("/api/systems/fxiaoke/pause", {"reason": "upgrade", "hours": 2})
    assert held.status_code == 200
    assert (held.json()["by"], held.json()["until"] is not None) == ("test", True)
    assert hub.ask("/api/systems/fxiaoke/pause", {"reason": "again"}).status_code == 409
    shown = {one["system"]: one for one in hub.get("/api/systems").json()["items"]}
    assert (shown["fxiaoke"]["state"], shown["zoho_crm"]["state"]) == ("paused", "ok")
    run = hub.ask("/api/sync", {}).json()["run_id"]
    until(lambda: hub.get(f"/api/runs/{run}").json()["status"] == "paused")
    assert here.records("fxiaoke", "ContactObj") == {}
    assert hub.ask("/api/systems/fxiaoke/resume", {}).json() == {"system": "fxiaoke", "paused": False}
    assert hub.ask("/api/systems/fxiaoke/resume", {}).status_code == 409


def test_a_check_signs_in(hub: Served) -> None:
    said = hub.ask("/api/systems/zoho_crm/check", {}).json()
    assert (said["system"], said["ok"]) == ("zoho_crm", True)


def test_wrong_wishes_and_strangers_are_refused(hub: Served) -> None:
    for wish in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x", "hours": -1}, {"reason": "x", "why": "y"}):
        assert hub.ask("/api/systems/fxiaoke/pause", wish).status_code == 422
    for act in ("pause", "resume", "check"):
        assert hub.ask(f"/api/systems/nobody/{act}", {"reason": "x"}).status_code == 404
        assert requests.post(f"{hub.base_url}/api/systems/fxiaoke/{act}", json={}, timeout=60).status_code == 401
    assert hub.get("/api/systems", token="crmhub_guessed").status_code == 401
