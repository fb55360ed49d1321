"""What goes wrong is named once, with its cure; the other systems go on; nothing is lost. Through the real command."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors import http
from console.main import run
from flows.accounts import StoreTokens
from golden_record.store import leases
from golden_record.vault import KeyRing, write_key_ring
from tests.system.kills import PATIENCE, Moment, kill_at, start
from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}


class Ran:
    """What one command came to."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        assert "Traceback" not in out + err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def errors(self, system: str) -> list[dict[str, Any]]:
        return [one for one in self.json["errors"] if one["system"] == system]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    people = [
        typed("zoho_crm", "contact", "c1", {**PERSON, "job_title": "经理"}),
        typed("fxiaoke", "contact", "c1", PERSON),
    ]
    with world(tmp_path, people) as made:
        made.change_yaml("hub.yaml", impatient)
        yield made


def impatient(hub: Any) -> None:
    """A call that says nothing for half a second counts as unanswered."""
    for system in hub["systems"].values():
        system["config"]["read_timeout"] = 0.5


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are tried again as often as ever, with pauses that nobody has to sit through."""
    monkeypatch.setattr(http, "PATIENCE", replace(http.PATIENCE, first_pause=0.01, longest_pause=0.1))


@pytest.fixture
def crmhub(here: World, capfd: pytest.CaptureFixture[str]) -> Any:
    def ran(*arguments: str) -> Ran:
        capfd.readouterr()
        code = run([*arguments, "--project", str(here.folder)])
        return Ran(code, *capfd.readouterr())

    return ran


def sync_of(crmhub: Any, *options: str) -> Ran:
    ran: Ran = crmhub("sync", "--json", *options)
    return ran


def test_refused_credentials_stop_one_system_and_name_the_cure(here: World, crmhub: Any) -> None:
    here.change_yaml("hub.yaml", lambda hub: hub["systems"]["zoho_crm"]["config"].update(refresh_token="expired"))
    ran = sync_of(crmhub)
    assert ran.code == 1
    assert ran.json["status"] == "partial"
    assert ran.errors("zoho_crm")
    assert all(error["cure"] for error in ran.errors("zoho_crm"))
    assert "expired" not in ran.out + ran.err
    assert ran.errors("fxiaoke") == []
    assert ran.json["systems"]["fxiaoke"]["streams"]["ContactObj"]["read"] == 1


@pytest.mark.parametrize("kind", ["status", "html", "hang", "cut"])
@pytest.mark.usefixtures("short_pauses")
def test_a_system_in_trouble_does_not_hold_up_the_others(here: World, crmhub: Any, kind: str) -> None:
    here.control("/_faults", [{"system": "zoho_crm", "kind": kind, "method": "GET"}])
    ran = sync_of(crmhub)
    assert ran.code == 1
    assert ran.errors("zoho_crm")
    assert all(error["cure"] and error["message"] for error in ran.errors("zoho_crm"))
    assert ran.errors("fxiaoke") == []
    assert ran.json["systems"]["fxiaoke"]["streams"]["ContactObj"]["read"] == 1
    here.control("/_faults", [])
    here.settle()
    assert here.value(*F, here.only(*F), "job_title") == "经理"


ODD = {
    "a megabyte of text": "经" * 350_000,
    "a lone surrogate": "经\ud83d理",
    "control characters": "经\x00\x07\x1b[31m理",
    "a list": [{"x": 1}, None],
    "a number": 1e300,
    "an object": {"a": {"b": [1]}},
}


@pytest.mark.parametrize("name", list(ODD))
def test_an_odd_value_stops_nothing(here: World, crmhub: Any, name: str) -> None:
    first = here.only(*Z)
    here.edit(*Z, None, Last_Name="司徒", First_Name="志远", Email="zhiyuan.situ@example-one.cn", Title="总监")
    here.edit(*Z, first, Title=ODD[name], Mobile=ODD[name])
    ran = sync_of(crmhub)
    assert all(error["id"] for error in ran.json["errors"]), "only the record itself may fail"
    assert "internal" not in {error["code"] for error in ran.json["errors"]}
    assert any(values.get("job_title") == "总监" for values in here.records(*F).values()), "the others go on"


def test_a_record_without_an_id_is_named_and_left_out(here: World, crmhub: Any) -> None:
    body = {"data": [{"Last_Name": "欧阳"}, {"id": "9", "Last_Name": "司徒"}], "info": {"more_records": False}}
    here.control(
        "/_faults", [{"system": "zoho_crm", "kind": "status", "status": 200, "path": "/Contacts$", "body": body}]
    )
    ran = sync_of(crmhub)
    assert ran.code in {0, 1}
    assert "internal" not in {error["code"] for error in ran.json["errors"]}
    assert "欧阳" not in ran.out + ran.err


def test_a_mistake_in_hub_yaml_is_named_by_line_with_a_suggestion(here: World, crmhub: Any) -> None:
    here.change_yaml("hub.yaml", lambda hub: hub["systems"]["zoho_crm"].update(departmnt="sales", streams=7))
    ran = sync_of(crmhub)
    assert ran.code == 2
    assert "hub.yaml:" in ran.err
    assert "department" in ran.err
    assert "streams" in ran.err


def test_a_broken_mapping_disables_its_stream_and_no_other(here: World, crmhub: Any) -> None:
    file = here.folder / "config" / "mappings" / "zoho_crm" / "Leads.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("key: id\nemits:\n- entity: person\n  feilds: {}\n")
    ran = sync_of(crmhub)
    assert ran.code == 1
    assert any("Leads.yaml" in error["message"] and error["stream"] == "Leads" for error in ran.errors("zoho_crm"))
    assert ran.json["systems"]["zoho_crm"]["streams"]["Contacts"]["read"] == 1


def test_an_unreachable_database_is_one_line_with_a_cure(here: World, crmhub: Any) -> None:
    url = "postgresql+psycopg://nobody:geheim@127.0.0.1:9/none"
    here.change_yaml("hub.yaml", lambda hub: hub.update(store=url))
    ran = sync_of(crmhub)
    assert ran.code == 1
    assert "hub.yaml" in ran.err
    assert "geheim" not in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_file_is_one_line_with_a_cure(here: World, crmhub: Any) -> None:
    here.settle()
    (here.folder / "crmhub.db").chmod(0o400)
    ran = sync_of(crmhub)
    assert ran.code == 1
    assert "cannot be written" in ran.err


def test_a_read_only_postgresql_is_one_line_with_a_cure(here: World, crmhub: Any, postgres_url: str) -> None:
    here.change_yaml("hub.yaml", lambda hub: hub.update(store=postgres_url))
    assert sync_of(crmhub).code == 0
    closed = postgres_url + ("&" if "?" in postgres_url else "?") + "options=-c%20default_transaction_read_only%3Don"
    here.change_yaml("hub.yaml", lambda hub: hub.update(store=closed))
    ran = sync_of(crmhub)
    assert ran.code == 1
    assert "cannot be written" in ran.err


def test_a_lost_key_and_a_wrong_key_are_told_apart(here: World, crmhub: Any) -> None:
    here.settle()
    key = here.folder / ".crmhub.key"
    kept = key.rename(here.folder / "kept")
    lost = sync_of(crmhub)
    assert (lost.code, "is not there" in lost.err, "backup" in lost.err) == (1, True, True)
    write_key_ring(key, KeyRing.mint())
    wrong = sync_of(crmhub)
    assert wrong.code == 1
    assert "key" in wrong.err
    kept.replace(key)
    assert sync_of(crmhub).code == 0


def test_a_second_sync_exits_and_names_the_first(here: World, crmhub: Any) -> None:
    with here.hub() as hub, leases.hold(hub.store, "sync"):
        ran = sync_of(crmhub, "--wait", "0")
    assert ran.code == 1
    assert str(os.getpid()) in ran.err
    assert "--wait" in ran.err
    assert sync_of(crmhub).code == 0


@pytest.mark.slow
def test_a_dead_process_holds_nothing_up(here: World, crmhub: Any) -> None:
    assert kill_at(here, Moment("call", 2, 0.0))
    assert sync_of(crmhub, "--wait", "0").code == 0


@pytest.mark.slow
def test_ctrl_c_ends_a_sync_that_waits_for_a_system_and_loses_nothing(here: World) -> None:
    here.change_yaml("hub.yaml", lambda hub: hub["systems"]["zoho_crm"]["config"].update(read_timeout=300.0))
    here.control("/_faults", [{"system": "zoho_crm", "kind": "hang", "method": "GET"}])
    process = start(["sync", "--project", str(here.folder)], here.folder / "stopped")
    deadline = time.monotonic() + PATIENCE
    while not here.control("/_faults")[0]["struck"] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    process.join(PATIENCE)
    try:
        assert process.exitcode == 1
    finally:
        process.kill()
    said = (here.folder / "stopped.stderr").read_text()
    assert "Nothing is lost" in said
    assert "Traceback" not in said
    here.control("/_faults", [])
    here.settle()
    assert here.value(*F, here.only(*F), "job_title") == "经理"
    assert written(here.sync()) == 0


@pytest.mark.usefixtures("here")
def test_a_mistake_of_the_hub_shows_no_traceback_and_no_value(crmhub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise ValueError("cannot read 欧阳晓雯")

    monkeypatch.setattr(StoreTokens, "load", broken)
    ran = sync_of(crmhub)
    assert ran.code == 1
    assert {error["code"] for error in ran.json["errors"]} == {"internal"}
    assert "欧阳" not in ran.out + ran.err


def test_yaml_that_is_no_yaml_is_named_by_line(here: World, crmhub: Any) -> None:
    file = here.folder / "config" / "profile.yaml"
    file.write_text("person:\n  fields: [\n")
    ran = sync_of(crmhub)
    assert ran.code == 2
    assert "profile.yaml:" in ran.err
