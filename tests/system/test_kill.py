"""`kill -9` at random moments of a sync: nothing twice, nothing lost, and quiet in the end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.system.customers import SYSTEMS, Office, population
from tests.system.kills import kill_at, moments
from tests.system.world import world, written

CUSTOMERS = 24


def survive(folder: Path, store: str, *, kills: int, seed: int) -> None:
    """Kill *kills* syncs, each followed by a normal one, while people go on working; then look."""
    chance = random.Random(seed)
    with world(folder, population(CUSTOMERS, seed), systems=tuple(SYSTEMS), store=store) as here:
        office = Office(here, chance, CUSTOMERS)
        killed, story = 0, []
        for moment in moments(chance):
            office.work(edits=3, newcomers=2)
            hit = kill_at(here, moment)
            killed += hit
            story.append(f"{moment}{'' if hit else ' (ended before)'}")
            office.work(edits=2)
            after = here.sync()
            assert after["errors"] == [], story
            assert after["status"] == "ok", story
            assert office.doubles() == [], story
            if killed == kills:
                break
        here.settle()
        assert office.doubles() == []
        assert office.lost() == []
        assert office.missing() == []
        assert set(office.bindings().values()) <= {1}
        here.control("/_stats/reset", {})
        assert written(here.sync()) == 0
        assert set(here.writes().values()) == {0}


@pytest.mark.slow
def test_a_killed_sync_leaves_nothing_twice_and_nothing_lost(tmp_path: Path) -> None:
    survive(tmp_path, "sqlite:///crmhub.db", kills=6, seed=1)


@pytest.mark.slow
def test_a_killed_sync_on_postgresql_likewise(tmp_path: Path, postgres_url: str) -> None:
    survive(tmp_path, postgres_url, kills=3, seed=2)


@pytest.mark.slow
def test_a_killed_sync_on_mariadb_likewise(tmp_path: Path, mariadb_url: str) -> None:
    survive(tmp_path, mariadb_url, kills=2, seed=3)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [11, 12])
def test_fifty_kills(tmp_path: Path, seed: int) -> None:
    survive(tmp_path, "sqlite:///crmhub.db", kills=50, seed=seed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_fifty_kills_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    survive(tmp_path, postgres_url, kills=50, seed=13)
