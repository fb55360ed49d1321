"""The API over real HTTP: tokens, shapes, syncs that are asked for, health and counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from flows.on_demand import ask
from golden_record.store import api_tokens, leases
from tests.console.web.served import Served, serving, until
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer in Zoho and Fxiaoke; Zoho's job title waits to be written to Fxiaoke."""
    people = [
        typed("zoho_crm", "contact", "c1", {**PERSON, "job_title": "经理"}),
        typed("fxiaoke", "contact", "c1", PERSON),
    ]
    with world(tmp_path / "project", people) as made:
        made.sync(push=False)
        yield made


@pytest.fixture
def hub(here: World) -> Iterator[Served]:
    """It serves."""
    with serving(here.folder) as served:
        yield served


def test_nothing_but_health_and_webhooks_answers_without_a_token(hub: Served) -> None:
    protected = ["/metrics", "/api/openapi.json", "/api/runs", "/api/profiles", "/api/reviews", "/api/plan"]
    for path in [*protected, "/api/events", "/api/runs/x", "/api/profiles/x", "/api/reviews/x"]:
        bare = requests.get(hub.base_url + path, timeout=60)
        assert (path, bare.status_code) == (path, 401)
        assert bare.headers["WWW-Authenticate"] == "Bearer"
        assert hub.get(path, token="crmhub_guessed").status_code == 401
    assert requests.post(hub.base_url + "/api/sync", json={}, timeout=60).status_code == 401
    assert requests.get(hub.base_url + "/docs", timeout=60).status_code == 404
    for path in ("/healthz", "/readyz"):
        assert requests.get(hub.base_url + path, timeout=60).status_code == 200


def test_a_revoked_token_stops_working(hub: Served) -> None:
    with hub.hub.store.write() as connection:
        [token] = api_tokens.every(connection)
        assert api_tokens.revoke(connection, token.token_id, hub.hub.now())
    assert hub.get("/api/runs").status_code == 401


def test_profiles_reviews_and_plan_have_the_shapes_of_the_command_line(hub: Served) -> None:
    page = hub.get("/api/profiles").json()
    [profile] = page["items"]
    assert page["next"] is None
    assert profile["fields"]["job_title"] == "经理"
    assert {source["system"] for source in profile["sources"]} == {"zoho_crm", "fxiaoke"}
    shown = hub.get(f"/api/profiles/{profile['profile_id']}").json()
    assert shown["lineage"]["job_title"]["system"] == "zoho_crm"
    masked = hub.get(f"/api/profiles/{profile['profile_id']}?mask=true").text
    assert PERSON["email"] not in masked
    assert hub.get("/api/profiles/00000000000000000000000000").status_code == 404
    assert hub.get("/api/reviews").json() == {"items": [], "next": None}
    plan = hub.get("/api/plan?system=fxiaoke").json()
    [write] = plan["writes"]
    assert write["fields"]["job_title"]["new"] == "经理"
    assert hub.get("/api/plan?system=nobody").status_code == 422


def test_a_sync_that_is_asked_for_is_answered_with_its_run_and_then_done(here: World, hub: Served) -> None:
    answer = hub.ask("/api/sync", {"systems": ["zoho_crm"]})
    assert answer.status_code == 202
    run = answer.json()["run_id"]
    until(lambda: hub.get(f"/api/runs/{run}").json()["status"] == "ok")
    shown = hub.get(f"/api/runs/{run}").json()
    assert shown["kind"] == "api"
    assert list(shown["systems"]["zoho_crm"]["streams"]) != []
    assert here.value(*F, here.only(*F), "job_title") == "经理"


def test_one_record_can_be_asked_for(here: World, hub: Served) -> None:
    z = here.only(*Z)
    here.edit(*Z, z, Title="总监")
    answer = hub.ask("/api/sync", {"records": [{"system": "zoho_crm", "stream": "Contacts", "id": z}]})
    run = answer.json()["run_id"]
    until(lambda: hub.get(f"/api/runs/{run}").json()["status"] == "ok")
    assert hub.get(f"/api/runs/{run}").json()["systems"]["zoho_crm"]["streams"]["Contacts"]["read"] == 1
    assert here.value(*F, here.only(*F), "job_title") == "总监"


@pytest.mark.parametrize(
    "wish",
    [
        {"systems": ["nobody"]},
        {"records": [{"system": "zoho_crm", "stream": "Deals", "id": "1"}]},
        {"system": ["zoho_crm"]},
        {"records": [{"system": "zoho_crm", "stream": "Contacts", "id": ""}]},
    ],
)
def test_a_wrong_wish_is_refused_and_begins_nothing(hub: Served, wish: dict[str, object]) -> None:
    before = len(hub.get("/api/runs").json()["items"])
    assert hub.ask("/api/sync", wish).status_code == 422
    assert len(hub.get("/api/runs").json()["items"]) == before


def test_a_run_that_was_asked_for_before_a_restart_is_done_after_it(here: World) -> None:
    with serving(here.folder, work=False) as before:
        run = ask(before.hub, ["zoho_crm"], [])
    with serving(here.folder) as after:
        until(lambda: after.get(f"/api/runs/{run}").json()["status"] == "ok")


def test_an_asked_for_run_waits_for_the_sync_at_work(here: World) -> None:
    with serving(here.folder) as hub:
        with leases.hold(hub.hub.store, "sync"):
            run = hub.ask("/api/sync", {}).json()["run_id"]
            assert hub.get(f"/api/runs/{run}").json()["status"] == "waiting"
        until(lambda: hub.get(f"/api/runs/{run}").json()["status"] == "ok")


def test_metrics_are_prometheus_text_without_a_customer(hub: Served) -> None:
    text = hub.get("/metrics").text
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(samples["crmhub_profiles"]) == 1
    assert float(samples['crmhub_runs{kind="sync",status="ok"}']) == 1
    assert float(samples["crmhub_inbox_oldest_seconds"]) == 0
    assert 'crmhub_quota_left{system="zoho_crm",bucket="api",seconds="86400"}' in samples
    assert samples['crmhub_waiting{what="to_resolve"}'] == "0"
    assert samples['crmhub_last_run_records{system="zoho_crm",stream="Contacts",stage="read"}'] == "1"
    assert "欧阳" not in text


def test_ready_only_while_the_store_is_there_and_of_this_version(hub: Served) -> None:
    assert hub.get("/readyz").json()["status"] == "ready"
    with hub.hub.store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    answer = hub.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "schema"


def test_health_tells_when_the_worker_is_gone(here: World) -> None:
    with serving(here.folder) as hub:
        assert hub.get("/healthz").status_code == 200
        assert hub.worker.stop(60)
        assert hub.get("/healthz").status_code == 503
