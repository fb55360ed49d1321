"""Two Prefect workers on one PostgreSQL: one is killed in the middle of a run, and the other takes its work over."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from golden_record.store import runs
from golden_record.store.tables import leases
from tests.flows.prefect_server import ENDED, Prefect, deploy, kill, prefect
from tests.flows.test_prefect_flows import found_in, until
from tests.system.customers import SYSTEMS, Office, population, values_of
from tests.system.world import World, world, written

CUSTOMERS = 40
SLOW = [
    {"kind": "latency", "seconds": 0.5, "method": "POST", "path": ".*(create|update|Contacts|Accounts|Leads).*"},
    {"kind": "latency", "seconds": 0.5, "method": "PUT"},
]
TAKEN_OVER = 60.0
"""Seconds from a worker's death until another one is at its work, at most."""


def kinds(here: World) -> list[tuple[str, str]]:
    with here.hub() as hub, hub.store.read() as connection:
        return [(run.kind, run.status) for run in runs.newest(connection, 20)]


def hub_writes(here: World) -> int:
    return sum(here.writes().values())


def begin(server: Prefect, deployment: str, reached: Callable[[], bool]) -> str:
    """Start a flow run, and return its id once it is in the middle of its work."""
    run_id: str = server.ask(f"/deployments/{deployment}/create_flow_run")["id"]
    until(lambda: reached() or server.run(run_id)["state_type"] in ENDED)
    return run_id


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_killed_workers_run_is_taken_over_and_nothing_is_lost_or_doubled(tmp_path: Path, postgres_url: str) -> None:
    people = population(CUSTOMERS, 5)
    with (
        world(tmp_path / "project", people, systems=tuple(SYSTEMS), store=postgres_url) as here,
        prefect(tmp_path / "p") as server,
    ):
        here.change_yaml(
            "hub.yaml", lambda hub: [one.update(pull={"schedule": "0 3 * * *"}) for one in hub["systems"].values()]
        )
        first = deploy(server, here)
        assert first["pool"] == {"name": "crmhub", "made": True}
        assert deploy(server, here) == {**first, "pool": {"name": "crmhub", "made": False}}, "twice is once"
        workers = {
            name: server.start(name, "worker", "start", "--pool", "crmhub", "--name", name, "--limit", "1")
            for name in ("one", "two")
        }
        every = {one["name"]: one for one in server.ask("/deployments/filter")}
        scheduled = next(one for name, one in every.items() if name.startswith("fxiaoke+zendesk+zoho_crm"))
        assert [one["schedule"]["timezone"] for one in scheduled["schedules"]] == ["Asia/Shanghai"]
        deployment = scheduled["id"]

        here.control("/_faults", SLOW)
        running = begin(server, deployment, lambda: hub_writes(here) >= 3)
        assert server.run(running)["state_type"] == "RUNNING"
        busy = next(name for name in workers if running in (tmp_path / "p" / f"{name}.log").read_text())
        kill(workers[busy])
        began = time.monotonic()
        here.control("/_faults", [])
        second_id = server.ask(f"/deployments/{deployment}/create_flow_run")["id"]
        until(lambda: len(kinds(here)) == 2)
        taken_over = time.monotonic() - began
        second = server.ended(second_id)
        done = time.monotonic() - began
        assert second["state_type"] == "COMPLETED", second["state"]["message"]
        print(f"taken over after {taken_over:.0f} s, done after {done:.0f} s")  # noqa: T201 (for whoever runs the soak)
        assert taken_over < TAKEN_OVER
        assert kinds(here)[:2] == [("scheduled", "ok"), ("scheduled", "failed")]

        office = Office(here, random.Random(1), CUSTOMERS)
        assert office.doubles() == []
        here.settle()
        assert office.doubles() == office.lost() == office.missing() == []
        here.control("/_stats/reset", {})
        assert written(here.sync()) == 0

        here.control("/_faults", SLOW)
        office.work(edits=20)
        cancelled = begin(server, deployment, lambda: hub_writes(here) >= 1)
        server.ask(f"/flow_runs/{cancelled}/set_state", {"state": {"type": "CANCELLING"}})
        assert server.ended(cancelled)["state_type"] == "CANCELLED"
        here.control("/_faults", [])
        until(lambda: not held(here))
        assert kinds(here)[0] == ("scheduled", "failed"), "noted as ended, in order"
        here.settle()
        assert office.doubles() == office.lost() == office.missing() == []

        artifacts = server.ask("/artifacts/filter")
        assert {one["key"] for one in artifacts} == {"crmhub-sync"}
        rows = json.loads(artifacts[0]["data"]) if isinstance(artifacts[0]["data"], str) else artifacts[0]["data"]
        assert {"system", "stream", "read", "written"} <= set(rows[0])
        for process in server.started:
            kill(process)
        assert found_in(tmp_path / "p", values_of(here, at_least=CUSTOMERS)) == []


def held(here: World) -> list[str]:
    with here.hub() as hub, hub.store.read() as connection:
        return [row.name for row in connection.execute(leases.select())]
