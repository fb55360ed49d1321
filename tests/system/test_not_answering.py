"""A system that takes calls and never answers holds nobody up: given up once, named, counted, tried by one probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import http
from flows.not_answering import silences
from flows.sync import Wanted, Watcher, sync
from flows.webhook_work import work_off
from golden_record.store import inbox, runs
from golden_record.store.inbox import Content
from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
OTHER = {"family": "王", "given": "伟", "full_name": "王伟", "email": "wei.wang@huaxin-cable.cn"}
HANGS = [{"system": "zoho_crm", "kind": "hang"}]
PROBE = 1
"""Calls that the probe makes."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two customers that both systems know, in step; a call that says nothing for a fifth of a second is unanswered."""
    monkeypatch.setattr(http, "PATIENCE", replace(http.PATIENCE, first_pause=0.01, longest_pause=0.05))
    people = [
        typed(system, "contact", customer, values)
        for system in ("zoho_crm", "fxiaoke")
        for customer, values in (("c1", PERSON), ("c2", OTHER))
    ]
    with world(tmp_path / "project", people) as made:
        made.settle()
        made.change_yaml("hub.yaml", impatient)
        yield made


def impatient(hub: Any) -> None:
    for system in hub["systems"].values():
        system["config"]["read_timeout"] = 0.2


def of(here: World, place: tuple[str, str], family: str) -> str:
    """Return the id of the record with this family name."""
    name = "Last_Name" if place == Z else "name"
    return next(one for one, record in here.records(*place).items() if str(record[name]).startswith(family))


def post(here: World, number: int, system: str, stream: str, record_id: str) -> None:
    """Keep an event as `serve` does."""
    with here.hub() as hub, hub.store.write() as connection:
        inbox.keep(
            connection, hub.store.vault, system, f"key {number}", Content(changes=((stream, record_id),)), hub.now()
        )


def calls(ran: Mapping[str, Any], system: str) -> int:
    return int(ran["systems"][system]["calls"])


def test_a_system_that_hangs_is_given_up_after_one_calls_patience_and_found_again_by_one_probe(here: World) -> None:
    mine = of(here, F, "欧阳")
    here.edit(*F, mine, job_title="总监")
    here.control("/_faults", HANGS)
    ran = here.sync()
    assert ran["status"] == "partial"
    [given_up] = ran["given_up"]
    streams = set(ran["systems"]["zoho_crm"]["funnel"]) | {"Accounts", "Leads"}
    assert given_up["system"] == "zoho_crm"
    assert given_up["writes_waiting"] == 1
    first, *others = [one for one in ran["errors"] if one["system"] == "zoho_crm"]
    assert first["code"] == "unreachable"
    assert {one["code"] for one in others} == {"not_answering"}
    assert {one["stream"] for one in others} >= (streams - {first["stream"]}), "every stream that was left is named"
    assert len({(one["stream"], one["code"]) for one in others}) == len(others), "and none twice"
    assert set(given_up["streams"]) == {one["stream"] for one in others} - {None}
    assert calls(ran, "zoho_crm") == http.PATIENCE.attempts + PROBE
    assert [one for one in ran["errors"] if one["system"] == "fxiaoke"] == []
    assert ran["systems"]["fxiaoke"]["streams"]["ContactObj"]["changed"] == 1

    again = here.sync()
    assert calls(again, "zoho_crm") == PROBE
    assert again["given_up"][0]["since"] == given_up["since"]
    assert again["given_up"][0]["writes_waiting"] == 1

    here.control("/_faults", [])
    healed = here.sync()
    assert (healed["status"], healed["given_up"]) == ("ok", [])
    assert here.value(*Z, of(here, Z, "欧阳"), "Title") == "总监"
    assert written(here.sync()) == 0
    with here.hub() as hub:
        assert silences(hub.store, hub.systems) == {}


def test_what_hangs_alone_is_named_and_the_rest_of_the_system_goes_on(here: World) -> None:
    here.edit(*F, of(here, F, "欧阳"), job_title="总监")
    here.control("/_faults", [{**HANGS[0], "path": "/crm/v8/(Leads|Accounts).*"}])
    ran = here.sync(full=True)
    assert ran["given_up"] == []
    assert {(one["stream"], one["code"]) for one in ran["errors"]} == {
        ("Leads", "unreachable"),
        ("Accounts", "unreachable"),
    }
    assert here.value(*Z, of(here, Z, "欧阳"), "Title") == "总监"


def test_a_system_that_falls_silent_in_mid_push_gets_the_rest_later_and_nothing_twice(here: World) -> None:
    for family in ("欧阳", "王"):
        here.edit(*F, of(here, F, family), job_title="总监")
    here.edit(*F, name="李娜", email="na.li@huaxin-cable.cn", tel1="13911113333")

    def phase(name: str) -> None:
        if name == "push person":
            here.control("/_faults", [{**HANGS[0], "skip": 2}])

    with here.hub() as hub:
        ran = sync(hub, Wanted(), Watcher(phase=phase)).to_json()
    assert ran["given_up"][0]["writes_waiting"] >= 1
    here.control("/_faults", [])
    here.late = timedelta(minutes=16)  # what was put back is planned again after a quarter of an hour
    here.settle()
    assert sorted(str(one.get("Title")) for one in here.records(*Z).values()) == ["None", "总监", "总监"]


def test_events_of_others_wait_for_a_silent_system_once_and_then_no_more(here: World) -> None:
    here.control("/_faults", HANGS)
    here.edit(*F, of(here, F, "欧阳"), job_title="总监")
    post(here, 1, *F, of(here, F, "欧阳"))
    post(here, 2, *Z, of(here, Z, "王"))
    with here.hub() as hub:
        assert work_off(hub).events == 2
        here.edit(*F, of(here, F, "王"), job_title="顾问")
        post(here, 3, *F, of(here, F, "王"))
        assert work_off(hub).events == 1
        with hub.store.read() as connection:
            second, first, *_ = [one.summary for one in runs.newest(connection, 9) if one.kind == "webhook"]
            states = [(one.system, one.state) for one in inbox.page(connection, None, None, 9)]
    assert states == [("fxiaoke", "done"), ("zoho_crm", "waiting"), ("fxiaoke", "done")]
    assert calls(first, "zoho_crm") == http.PATIENCE.attempts + PROBE
    assert first["given_up"][0]["writes_waiting"] == 1
    assert calls(second, "zoho_crm") == 0
    assert second["given_up"][0]["writes_waiting"] == 2
    here.control("/_faults", [])
    here.settle()
    assert sorted(str(one.get("Title")) for one in here.records(*Z).values()) == ["总监", "顾问"]
