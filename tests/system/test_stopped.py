"""A sync that is asked to end (SIGTERM) in pull, resolve or push leaves the store right, and the next one goes on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from golden_record.store import runs
from golden_record.store.tables import leases
from tests.system.customers import SYSTEMS, Office, population
from tests.system.kills import Moment, stop_at
from tests.system.world import World, world, written

CUSTOMERS = 24
MOMENTS = {"pull": Moment("call", 5, 0.0), "resolve": Moment("deciding", 1, 0.05), "push": Moment("stored", 3, 0.001)}


@pytest.mark.slow
def test_a_sync_that_is_stopped_gives_its_work_back_and_the_next_one_finishes_it(tmp_path: Path) -> None:
    with world(tmp_path, population(CUSTOMERS, 4), systems=tuple(SYSTEMS)) as here:
        office = Office(here, random.Random(4), CUSTOMERS)
        for phase, moment in MOMENTS.items():
            assert stop_at(here, moment), f"{phase}: it had ended"
            assert left(here) == ("failed", set()), phase
            office.work(edits=3, newcomers=2)
        said = (tmp_path / "killed.stderr").read_text()
        assert said.count("Nothing is lost") == len(MOMENTS)
        assert "Traceback" not in said
        finished = here.sync()
        assert (finished["status"], finished["errors"]) == ("ok", [])
        here.settle()
        assert office.doubles() == office.lost() == office.missing() == []
        here.control("/_stats/reset", {})
        assert written(here.sync()) == 0
        assert set(here.writes().values()) == {0}


def left(here: World) -> tuple[str, set[str]]:
    """Return how the last run is noted, and whether it still holds the lease that other syncs wait for."""
    with here.hub() as hub, hub.store.read() as connection:
        held = {row.name for row in connection.execute(leases.select())}
        return runs.newest(connection, 1)[0].status, held & {"sync"}
