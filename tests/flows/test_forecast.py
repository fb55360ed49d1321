"""Whether the calls that are left will do, from what earlier runs took."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.forecast import forecast
from flows.hub import Hub, open_hub
from flows.new_project import write_project
from golden_record.store import accounts, runs

ZOHO = {
    "connector": "zoho_crm",
    "department": "sales",
    "config": {
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
        "accounts_url": "http://127.0.0.1:9",
        "daily_credits": 1000,
    },
    "streams": ["Contacts"],
    "calls": {"pull": 0.5},
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    write_project(tmp_path, systems={"zoho_crm": ZOHO})
    with open_hub(tmp_path, dict(os.environ)) as opened:
        yield opened


def ran(hub: Hub, number: int, calls: int, status: str = "ok") -> None:
    with hub.store.write() as connection:
        run_id = f"01ARZ3NDEKTSV4RRFFQ69G{number:04d}"
        runs.start(connection, run_id, "sync", hub.now())
        runs.end(connection, run_id, status, {"systems": {"zoho_crm": {"calls": calls}}}, hub.now())


def test_nothing_is_said_before_the_first_run(hub: Hub) -> None:
    assert forecast(hub, list(hub.systems.values())) == []


def test_a_run_that_will_not_come_to_its_end_is_told_before_it_begins(hub: Hub) -> None:
    for number, calls in enumerate((100, 120, 110)):
        ran(hub, number, calls)
    (fine,) = forecast(hub, list(hub.systems.values()))
    assert fine.enough
    assert 110 <= fine.expected <= 120
    assert fine.left == 500
    with hub.store.write() as connection:
        window = int(hub.now().timestamp() // 86_400)
        accounts.add_calls(connection, "zoho_crm", "api", 86_400, window, 450)
    (short,) = forecast(hub, list(hub.systems.values()))
    assert not short.enough
    assert "it will pause" in short.text()


def test_runs_that_broke_off_say_nothing_of_what_a_whole_one_takes(hub: Hub) -> None:
    ran(hub, 1, 7, "failed")
    assert forecast(hub, list(hub.systems.values())) == []
