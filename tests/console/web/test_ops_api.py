"""What ops look at over HTTP: today, traces, refused writes by cause, data quality."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.console.web.served import Served, serving, until
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
BAD = {"family": "司徒", "given": "建军", "full_name": "司徒建军", "email": "not a mail", "mobile": "+8613911115555"}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """Two customers of Fxiaoke, whose records Zoho would not make; one has a mail that is none."""
    people = [typed("fxiaoke", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c2", BAD)]
    with world(tmp_path / "project", people) as made:
        made.control("/_faults", [{"system": "zoho_crm", "kind": "fail_rows", "rate": 1.0}])
        made.sync()
        made.control("/_faults", [])
        yield made


@pytest.fixture
def hub(here: World) -> Iterator[Served]:
    with serving(here.folder) as served:
        yield served


def test_today_names_what_happened_and_what_needs_a_person(hub: Served) -> None:
    said = hub.get("/api/today").json()
    assert said["runs"][0]["kind"] == "sync"
    assert {one["system"] for one in said["systems"]} == {"zoho_crm", "fxiaoke"}
    assert said["standing"]["backlog"]["writes"] == {"zoho_crm": {"retry_at": 2}}
    assert said["quality"][-1]["records"] == 2
    assert said["needs"] == []
    hub.ask("/api/systems/zoho_crm/pause", {"reason": "x"})
    needs = hub.get("/api/today").json()["needs"]
    assert needs == [{"kind": "paused", "number": 1, "system": "zoho_crm", "name": "test"}]
    assert "欧阳" not in hub.get("/api/today").text


def test_one_system_is_shown_with_records_quota_and_former_pauses(hub: Served) -> None:
    said = hub.get("/api/systems/fxiaoke").json()
    records = {one["stream"]: one["records"] for one in said["streams"]}
    assert records["ContactObj"] == 2
    assert said["drift"] == said["pauses"] == []
    assert all(one["left"] <= one["calls"] for one in said["quota"])
    hub.ask("/api/systems/fxiaoke/pause", {"reason": "upgrade"})
    hub.ask("/api/systems/fxiaoke/resume", {})
    [former] = hub.get("/api/systems/fxiaoke").json()["pauses"]
    assert (former["reason"], former["ended_by"]) == ("upgrade", "test")
    assert hub.get("/api/systems/nobody").status_code == 404


def test_a_record_is_traced_through_a_run(here: World, hub: Served) -> None:
    run_id = hub.runs("sync")[0]["run_id"]
    record = min(here.records(*F))
    path = f"/api/runs/{run_id}/trace?system=fxiaoke&stream=ContactObj&id={record}"
    found = hub.get(path).json()
    assert (found["steps"][0]["what"], found["known"]) == ("first_seen", True)
    assert PERSON["email"] not in hub.get(path + "&mask=true").text
    assert hub.get(path.replace(run_id, "0" * 26)).status_code == 404
    assert hub.get(f"/api/runs/{run_id}/trace?system=fxiaoke").status_code == 422


def test_refused_writes_are_retried_by_cause(here: World, hub: Served) -> None:
    [cause] = hub.get("/api/writes/causes").json()["items"]
    assert (cause["system"], cause["writes"]) == ("zoho_crm", 2)
    assert len(hub.get("/api/writes?state=retry_at").json()["items"]) == 2
    assert hub.get("/api/writes?state=lost").status_code == 422
    name = {key: cause[key] for key in ("system", "stream", "state", "code", "message")}
    assert hub.ask("/api/writes/causes/retry", name).json() == {"writes": 2}
    run = hub.ask("/api/sync", {}).json()["run_id"]
    until(lambda: hub.get(f"/api/runs/{run}").json()["status"] == "ok")
    assert len(here.records(*Z)) == 2
    assert hub.ask("/api/writes/causes/retry", name).status_code == 409


def test_one_write_is_given_up_with_a_reason(hub: Served) -> None:
    [one, _other] = hub.get("/api/writes").json()["items"]
    assert hub.ask(f"/api/writes/{one['id']}/dismiss", {"reason": " "}).status_code == 422
    assert hub.ask(f"/api/writes/{one['id']}/dismiss", {"reason": "no"}).json()["state"] == "dismissed"
    assert hub.ask(f"/api/writes/{one['id']}/dismiss", {"reason": "no"}).status_code == 409
    assert hub.ask(f"/api/writes/{one['id']}/retry", {}).json()["state"] == "retry_at"
    [cause] = [one for one in hub.get("/api/writes/causes").json()["items"] if one["code"] != "dismissed_by_person"]
    name = {key: cause[key] for key in ("system", "stream", "state", "code", "message")}
    assert hub.ask("/api/writes/causes/dismiss", {**name, "reason": "the form is closed"}).json() == {"writes": 1}


def test_quality_is_shown_as_measured_and_measured_when_asked_for(hub: Served) -> None:
    before = hub.get("/api/quality?system=fxiaoke").json()
    [mails] = [one for one in before["fields"] if (one["field"], one["stream"]) == ("emails", "ContactObj")]
    assert (mails["records"], mails["filled"], mails["valid"], mails["stale"]) == (2, 2, 1, None)
    run = hub.ask("/api/quality", {}).json()["run_id"]
    until(lambda: hub.get(f"/api/runs/{run}").json()["status"] == "ok")
    after = hub.get("/api/quality?system=fxiaoke").json()
    [mails] = [one for one in after["fields"] if (one["field"], one["stream"]) == ("emails", "ContactObj")]
    assert mails["stale"] is not None
    [item] = hub.get("/api/quality/list?kind=mend").json()["items"]
    assert (item["field"], item["value"], item["department"]) == ("emails", ["not a mail"], item["department"])
    assert hub.get("/api/quality/list?kind=mend&field=phones").json()["items"] == []
    assert hub.get("/api/quality/list?after=nonsense").status_code == 422


def test_strangers_learn_nothing(hub: Served) -> None:
    for path in ("today", "writes", "writes/causes", "quality", "quality/list", "systems/fxiaoke", "runs/x/trace"):
        assert requests.get(f"{hub.base_url}/api/{path}", timeout=60).status_code == 401
    for path in ("quality", "writes/causes/retry", "writes/causes/dismiss", "writes/x/retry", "writes/x/dismiss"):
        assert requests.post(f"{hub.base_url}/api/{path}", json={}, timeout=60).status_code == 401
