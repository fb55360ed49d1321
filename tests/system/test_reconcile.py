"""Reconciling: what pulls have missed is found, told apart, and mended; nothing is concluded from a broken sweep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Page
from flows.reconcile import reconcile
from tests.system.customers import population
from tests.system.world import World, world, written

STREAM = {"zoho_crm": "Contacts", "fxiaoke": "ContactObj", "zendesk": "users"}


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "project", population(8, 5), systems=("zoho_crm", "fxiaoke", "zendesk")) as here:
        here.settle()
        yield here


def compare(here: World, system: str, *, mend: bool = False) -> Any:
    with here.hub() as hub:
        return reconcile(hub, hub.systems[system], mend=mend).to_json()


class Forgetful:
    """A stream whose list leaves out two of three records, which are there when they are asked for."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def read(self, state: Any) -> Iterator[Page]:
        for page in self._reader.read(state):
            yield Page(page.records[::3], page.state)

    def fetch(self, ids: Any) -> Any:
        return self._reader.fetch(ids)


@pytest.mark.slow
@pytest.mark.parametrize("system", sorted(STREAM))
def test_a_system_at_rest_has_no_difference(settled: World, system: str) -> None:
    found = compare(settled, system)
    assert found["status"] == "ok"
    for stream in found["streams"].values():
        assert (stream["missed"], stream["drifted"], stream["gone"], stream["unlisted"]) == (0, 0, 0, 0)
        assert stream["concluded"]
    one = found["streams"][STREAM[system]]
    assert one["read"] >= one["known"] > 5


@pytest.mark.slow
def test_what_pulls_missed_is_told_apart_and_mended(settled: World) -> None:
    system, stream = "zoho_crm", STREAM["zoho_crm"]
    edited, deleted, *_ = sorted(settled.records(system, stream))
    settled.edit(system, stream, edited, Title="财务总监")
    settled.delete(system, stream, deleted)
    new = settled.edit(system, stream, Last_Name="公孙", First_Name="文博", Email="gongsun.wenbo@beichen.cn")
    settled.control("/_stats/reset", {})
    found = compare(settled, system)["streams"][stream]
    assert found["records"] == {"drifted": [edited], "gone": [deleted], "missed": [new]}
    assert "Title" in found["fields"]
    assert sum(settled.writes().values()) == 0

    mended = compare(settled, system, mend=True)
    assert mended["status"] == "ok"
    again = compare(settled, system)["streams"][stream]
    assert (again["missed"], again["drifted"], again["gone"]) == (0, 0, 0)
    assert sum(settled.writes().values()) == 0
    assert written(settled.sync()) > 0  # the news goes to the other systems in the normal way
    settled.settle()
    assert "财务总监" in {one.get("job_title") for one in settled.records("fxiaoke", "ContactObj").values()}


@pytest.mark.slow
def test_nothing_is_concluded_from_a_sweep_that_shrank_or_broke_off(settled: World) -> None:
    system, stream = "zendesk", STREAM["zendesk"]
    records = sorted(settled.records(system, stream))
    settled.control("/_faults", [{"system": system, "path": "users", "kind": "status", "status": 403, "rate": 1.0}])
    broken = compare(settled, system, mend=True)
    assert broken["status"] == "failed"
    assert not broken["streams"][stream]["concluded"]
    assert broken["streams"][stream]["gone"] == 0
    settled.control("/_faults", [])

    with settled.hub() as hub:
        whole = hub.systems[system].readers()
        hub.systems[system].readers = lambda: {name: Forgetful(one) for name, one in whole.items()}  # type: ignore[method-assign,misc]  # a fake in its place
        shrunken = reconcile(hub, hub.systems[system], mend=True).to_json()
    assert {one["code"] for one in shrunken["errors"]} == {"shrunken"}
    assert shrunken["streams"][stream]["gone"] == 0
    assert compare(settled, system)["streams"][stream]["known"] > len(records) // 2
    assert written(settled.sync()) == 0
