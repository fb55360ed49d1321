"""A flow that is cancelled, paused or without its Prefect server leaves the store right, and the next sync goes on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from flows.deploying import ON_DEMAND
from golden_record.store.engine import make_engine, resolve_url
from golden_record.store.tables import leases
from golden_record.store.tables import runs as runs_table
from tests.flows.prefect_server import Prefect, deploy, kill, prefect
from tests.flows.test_prefect_flows import until
from tests.system.customers import SYSTEMS, Office, population
from tests.system.world import World, world, written

CUSTOMERS = 40
SLOW = [{"kind": "latency", "seconds": 0.5}]
AWAY = 15
"""Seconds that Prefect's server is away: longer than its client waits between two tries."""


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


@dataclass(frozen=True)
class Team:
    """A world, its people, a Prefect server with one worker, a deployment that syncs all, a look into the store."""

    here: World
    office: Office
    server: Prefect
    deployment: str
    looking: Looking

    def begin(self, reached: Callable[[], bool]) -> str:
        """Start a flow run and return its id once *reached*; a look costs little: a phase may last a moment only."""
        run_id: str = self.server.ask(f"/deployments/{self.deployment}/create_flow_run")["id"]
        deadline = time.monotonic() + 240
        while not reached():
            assert time.monotonic() < deadline, "the flow never came so far"
            time.sleep(0.005)
        return run_id

    def at_work(self, *, faults: Sequence[dict[str, Any]] = ()) -> None:
        """Let people work, and systems be as *faults* say."""
        self.here.control("/_stats/reset", {})
        self.here.control("/_faults", list(faults))
        self.office.work(edits=6, newcomers=4)

    def at_rest(self) -> None:
        """Sync to the end, and look that nothing is lost, doubled or written once more."""
        self.here.control("/_faults", [])
        finished = self.here.sync()
        assert (finished["status"], finished["errors"]) == ("ok", [])
        self.here.settle()
        assert self.office.doubles() == self.office.lost() == self.office.missing() == []
        self.here.control("/_stats/reset", {})
        assert written(self.here.sync()) == 0
        assert set(self.here.writes().values()) == {0}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("team")
    with (
        world(folder / "project", population(CUSTOMERS, 9), systems=tuple(SYSTEMS)) as here,
        prefect(folder / "p") as server,
    ):
        deploy(server, here)
        server.start("one", "worker", "start", "--pool", "crmhub", "--name", "one", "--limit", "1")
        deployment = next(one for one in server.ask("/deployments/filter") if one["name"].startswith(ON_DEMAND))
        here.settle()
        yield Team(here, Office(here, random.Random(9), CUSTOMERS), server, deployment["id"], Looking(here))


def calls(here: World) -> int:
    return sum(sum(one["calls"].values()) for one in here.control("/_stats").values())


def flow_process() -> psutil.Process:
    """Return the process of the flow run that is at work under this test."""
    children = psutil.Process().children(recursive=True)
    found = [one for one in children if {"prefect.engine", "prefect.flow_engine"} & set(one.cmdline())]
    return found[0] if found else [one for one in children if "flow-run" in one.cmdline()][-1]


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_flow_that_is_cancelled_in_pull_resolve_and_push_leaves_work_that_the_next_sync_ends(team: Team) -> None:
    looking, noted = team.looking, len(team.looking.runs())

    team.at_work(faults=SLOW)
    cancel(team, team.begin(lambda: calls(team.here) >= 3))
    assert looking.runs()[noted:] == ["failed"], "cancelled in pull"
    assert looking.held() == set()

    team.at_work()
    run_id = team.begin(lambda: "resolve" in looking.held())
    flow_process().terminate()
    team.server.ended(run_id)
    until(lambda: looking.held() == set())
    assert looking.runs()[noted + 1 :] == ["failed"], "ended in resolve"

    team.at_work(faults=SLOW)
    cancel(team, team.begin(lambda: sum(team.here.writes().values()) >= 1))
    assert looking.runs()[noted + 2 :] == ["failed"], "cancelled in push"
    assert looking.held() == set()
    team.at_rest()


def cancel(team: Team, run_id: str) -> None:
    """Cancel a flow run as Prefect's pages do, and wait until its process has ended."""
    process = flow_process()
    team.server.ask(f"/flow_runs/{run_id}/set_state", {"state": {"type": "CANCELLING"}})
    assert team.server.ended(run_id)["state_type"] == "CANCELLED"
    until(lambda: not process.is_running())


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_flow_that_is_paused_leaves_work_that_the_next_sync_ends(team: Team) -> None:
    noted = len(team.looking.runs())
    team.at_work(faults=SLOW)
    run_id = team.begin(lambda: calls(team.here) >= 3)
    team.server.ask(f"/flow_runs/{run_id}/set_state", {"state": {"type": "PAUSED"}})
    until(lambda: "running" not in team.looking.runs()[noted:] and not team.looking.held())
    said = team.server.run(run_id)["state_type"]
    print(f"paused: Prefect says {said}, the hub {team.looking.runs()[noted:]}")  # noqa: T201 (for whoever runs it)
    team.at_rest()


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_flow_whose_prefect_server_is_away_and_comes_back_leaves_work_that_the_next_sync_ends(team: Team) -> None:
    noted = len(team.looking.runs())
    team.at_work(faults=SLOW)
    run_id = team.begin(lambda: calls(team.here) >= 3)
    kill(team.server.server)
    time.sleep(AWAY)
    team.server.serve()
    ended = team.server.ended(run_id)
    until(lambda: "running" not in team.looking.runs()[noted:] and not team.looking.held())
    said = f"Prefect says {ended['state_type']}, the hub {team.looking.runs()[noted:]}"
    print(f"away for {AWAY} s: {said}")  # noqa: T201 (for whoever runs it)
    team.at_rest()
