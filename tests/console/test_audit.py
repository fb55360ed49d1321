"""`crmhub audit`: what the hub wrote into a record, on whose word, and whether the audit is whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.console.conftest import OUYANG, P1
from tests.console.hands import Shell
from tests.system.world import World


def fxiaoke_id(shell: Shell) -> str:
    found = shell.ask("profiles", "search", OUYANG["email"])["items"][0]["sources"]
    return str(next(one["id"] for one in found if one["system"] == "fxiaoke"))


@pytest.mark.usefixtures("synced")
def test_a_written_field_says_what_was_there_what_was_sent_and_why(shell: Shell) -> None:
    assert shell.ask("audit", "show", "fxiaoke", "ContactObj", fxiaoke_id(shell))["items"] == []
    run = shell.ask("push")["run_id"]
    (entry,) = shell.ask("audit", "show", "fxiaoke", "ContactObj", fxiaoke_id(shell))["items"]
    assert (entry["kind"], entry["run"]) == ("update", {"id": run, "kind": "push"})
    assert entry["sent_at"] >= entry["planned_at"]
    mobile = entry["fields"]["mobile1"]
    assert mobile["old"] is None
    assert mobile["new"].replace(" ", "") == mobile["read_back"].replace(" ", "") == P1
    assert (mobile["field"], mobile["rule"]) == ("phones", "union")
    assert mobile["source"].startswith("zoho_crm/Contacts/")
    one = shell.ask("audit", "show", "fxiaoke", "ContactObj", fxiaoke_id(shell), "tier__c")["items"]
    assert list(one[0]["fields"]) == ["tier__c"]
    assert P1 not in shell.on("audit", "show", "fxiaoke", "ContactObj", fxiaoke_id(shell), "--mask", "--json").out


@pytest.mark.usefixtures("synced")
def test_a_write_of_an_approved_plan_names_who_approved_it(shell: Shell, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    shell.ask("plan", "--out", str(plan), "--by", "chen")
    shell.ask("plan", "approve", str(plan), "--by", "zhou", "--reason", "looked at all of it")
    shell.ask("push", "--plan", str(plan))
    (entry,) = shell.ask("audit", "show", "fxiaoke", "ContactObj", fxiaoke_id(shell))["items"]
    said = entry["authority"]
    assert (said["planned_by"], said["approved_by"], said["reason"]) == ("chen", "zhou", "looked at all of it")


def test_a_changed_row_is_found_and_named(shell: Shell, synced: World) -> None:
    shell.ask("push")
    found = shell.ask("audit", "verify")
    writes = next(one for one in found["chains"] if one["chain"] == "writes")
    assert found["sound"]
    assert writes["entries"] == 3
    with synced.hub() as hub, hub.store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit SET kind = 'create' WHERE number = 2"))
    answer = shell.on("audit", "verify")
    assert answer.code == 1
    assert "writes entry 2: the entry is not the one that was noted" in " ".join(answer.err.split())
    assert shell.on("audit", "verify", "--chain", "writes", "--head", writes["head"], "--json").code == 1


@pytest.mark.usefixtures("synced")
def test_what_is_no_chain_and_no_head_is_a_wrong_command_line(shell: Shell) -> None:
    assert shell.on("audit", "verify", "--chain", "nosuch").code == 2
    assert shell.on("audit", "verify", "--head", "nonsense").code == 2
    assert shell.on("audit", "show", "nosuch", "Contacts", "1").code == 2
