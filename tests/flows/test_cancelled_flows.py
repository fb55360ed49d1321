"""A flow that is cancelled, paused or without its Prefect server leaves the store right, and the next sync goes on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from golden_record.store.engine import make_engine, resolve_url
from golden_record.store.tables import leases
from golden_record.store.tables import runs as runs_table
from tests.flows.prefect_server import ENDED, Prefect, deploy, kill, prefect
from tests.flows.test_prefect_flows import until
from tests.system.customers import SYSTEMS, Office, population
from tests.system.world import World, world, written

CUSTOMERS = 40
SLOW = [{"kind": "latency", "seconds": 0.5}]


class Looking:
    """Looks into a project's store without opening the hub."""

    def __init__(self, here: World) -> None:
        self.engine = make_engine(resolve_url(here.store, here.folder))

    def held(self) -> set[str]:
        """Return the leases that somebody holds."""
        with self.engine.connect() as connection:
            return set(connection.scalars(sa.select(leases.c.name)))

    def runs(self) -> list[str]:
        """Return how each run stands, the oldest first."""
        with self.engine.connect() as connection:
            return list(connection.scalars(sa.select(runs_table.c.status).order_by(runs_table.c.id)))


@contextmanager
def office_with_a_worker(tmp_path: Path) -> Iterator[tuple[World, Office, Prefect, str]]:
    """Yield a world, its people, a Prefect server with one worker, and the deployment that syncs everything."""
    with (
        world(tmp_path / "project", population(CUSTOMERS, 9), systems=tuple(SYSTEMS)) as here,
        prefect(tmp_path / "p") as server,
    ):
        deploy(server, here)
        server.start("one", "worker", "start", "--pool", "crmhub", "--name", "one", "--limit", "1")
        [deployment] = server.ask("/deployments/filter")
        yield here, Office(here, random.Random(9), CUSTOMERS), server, deployment["id"]


def calls(here: World) -> int:
    return sum(sum(one["calls"].values()) for one in here.control("/_stats").values())


def begin(server: Prefect, deployment: str, reached: Callable[[], bool]) -> str:
    """Start a flow run and return its id once *reached*; a look costs little, since a phase may last a moment only."""
    run_id: str = server.ask(f"/deployments/{deployment}/create_flow_run")["id"]
    deadline = time.monotonic() + 240
    while not reached():
        assert time.monotonic() < deadline, "the flow never came so far"
        time.sleep(0.005)
    return run_id


def flow_process() -> psutil.Process:
    """Return the process of the flow run that is at work under this test."""
    children = psutil.Process().children(recursive=True)
    found = [one for one in children if {"prefect.engine", "prefect.flow_engine"} & set(one.cmdline())]
    return found[0] if found else [one for one in children if "flow-run" in one.cmdline()][-1]


def at_rest(here: World, office: Office) -> None:
    """Sync to the end, and look that nothing is lost, doubled or written once more."""
    here.control("/_faults", [])
    finished = here.sync()
    assert (finished["status"], finished["errors"]) == ("ok", [])
    here.settle()
    assert office.doubles() == office.lost() == office.missing() == []
    here.control("/_stats/reset", {})
    assert written(here.sync()) == 0
    assert set(here.writes().values()) == {0}


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_flow_that_is_cancelled_in_pull_resolve_and_push_leaves_work_that_the_next_sync_ends(tmp_path: Path) -> None:
    with office_with_a_worker(tmp_path) as (here, office, server, deployment):
        here.settle()
        looking = Looking(here)
        noted = len(looking.runs())

        here.control("/_stats/reset", {})
        here.control("/_faults", SLOW)
        office.work(edits=6, newcomers=4)
        cancel(server, begin(server, deployment, lambda: calls(here) >= 3))
        assert looking.runs()[noted:] == ["failed"], "cancelled in pull"
        assert looking.held() == set()

        here.control("/_faults", [])
        office.work(edits=6, newcomers=4)
        run_id = begin(server, deployment, lambda: "resolve" in looking.held())
        flow_process().terminate()
        server.ended(run_id)
        until(lambda: looking.held() == set())
        assert looking.runs()[noted + 1 :] == ["failed"], "ended in resolve"

        here.control("/_faults", SLOW)
        office.work(edits=6, newcomers=4)
        here.control("/_stats/reset", {})
        cancel(server, begin(server, deployment, lambda: sum(here.writes().values()) >= 1))
        assert looking.runs()[noted + 2 :] == ["failed"], "cancelled in push"
        assert looking.held() == set()
        at_rest(here, office)


def cancel(server: Prefect, run_id: str) -> None:
    """Cancel a flow run as Prefect's pages do, and wait until its process has ended."""
    process = flow_process()
    server.ask(f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
    assert server.ended(run_id)["state_type"] == "CANCELLED"
    until(lambda: not process.is_running())


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_flow_goes_on_while_its_prefect_server_is_away_and_when_it_is_back(tmp_path: Path) -> None:
    with office_with_a_worker(tmp_path) as (here, office, server, deployment):
        here.settle()
        looking = Looking(here)
        noted = len(looking.runs())
        here.control("/_stats/reset", {})
        here.control("/_faults", SLOW)
        office.work(edits=10, newcomers=4)
        run_id = begin(server, deployment, lambda: calls(here) >= 3)
        kill(server.server)
        time.sleep(15)
        server.serve()
        ended = server.ended(run_id)
        until(lambda: "running" not in looking.runs()[noted:])
        print(f"Prefect says {ended['state_type']}, the hub {looking.runs()[noted:]}")  # noqa: T201 (for whoever runs it)
        until(lambda: looking.held() == set())
        at_rest(here, office)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_flow_that_is_paused_ends_its_work_in_order(tmp_path: Path) -> None:
    with office_with_a_worker(tmp_path) as (here, office, server, deployment):
        here.settle()
        looking = Looking(here)
        noted = len(looking.runs())
        here.control("/_stats/reset", {})
        here.control("/_faults", SLOW)
        office.work(edits=6, newcomers=4)
        run_id = begin(server, deployment, lambda: calls(here) >= 3)
        server.ask(f"/flow_runs/{run_id}/set_state", {"state": {"type": "PAUSED"}})
        until(lambda: server.run(run_id)["state_type"] in ENDED | {"PAUSED"} and looking.held() == set())
        print(f"Prefect says {server.run(run_id)['state_type']}, the hub {looking.runs()[noted:]}")  # noqa: T201
        at_rest(here, office)
