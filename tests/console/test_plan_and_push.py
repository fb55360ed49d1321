"""`crmhub plan`, `push` and `outbox`: what would be written, and writing just that."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from console.access import passwords
from console.access.user import Scope
from golden_record.store import api_tokens, users
from tests.console.conftest import OUYANG, P1
from tests.console.hands import Shell
from tests.system.world import World, written

WRITE = {"id", "system", "stream", "record_id", "profile_id", "kind", "fields"}


def of_ouyang(shell: Shell, system: str) -> str:
    found = shell.ask("profiles", "search", OUYANG["email"])["items"][0]["sources"]
    return str(next(one["id"] for one in found if one["system"] == system))


def test_the_plan_tells_each_write_field_by_field(look: Shell) -> None:
    found = look.ask("plan")
    assert set(found) == {"writes", "blocked", "counts"}
    assert found["counts"]["writes"] == {"fxiaoke": {"create": 1, "update": 1}, "zoho_crm": {"create": 1}}
    assert found["counts"]["rules"]["fxiaoke"]["union"] == 2
    assert all(set(one) >= WRITE for one in found["writes"])
    kinds = sorted((one["system"], one["kind"], one["record_id"] is None) for one in found["writes"])
    assert kinds == [("fxiaoke", "create", True), ("fxiaoke", "update", False), ("zoho_crm", "create", True)]
    update = next(one for one in found["writes"] if one["kind"] == "update")
    assert set(update["fields"]) == {"mobile1", "tier__c"}
    mobile = update["fields"]["mobile1"]
    assert {"old", "new", "source", "rule"} <= mobile.keys()
    assert (mobile["old"], mobile["rule"]) == (None, "union")
    assert mobile["new"].replace(" ", "") == P1
    assert mobile["source"].startswith("zoho_crm/Contacts/")


def test_planning_twice_gives_the_same_ids_and_changes_nothing(look: Shell, seen: World) -> None:
    seen.control("/_stats/reset", {})
    assert look.ask("plan") == look.ask("plan")
    assert all(one["reads"] == one["writes"] == 0 for one in seen.control("/_stats").values())


def test_a_masked_plan_shows_no_customer_and_cannot_be_kept(look: Shell, tmp_path: Path) -> None:
    answer = look.on("plan", "--mask", "--json")
    assert P1 not in answer.out
    assert "欧阳晓雯" not in answer.out
    assert look.on("plan", "--mask", "--out", str(tmp_path / "plan.json")).code == 2


def test_only_the_named_system_is_planned(look: Shell) -> None:
    assert {one["system"] for one in look.ask("plan", "zoho_crm")["writes"]} == {"zoho_crm"}
    assert look.on("plan", "nosuch").code == 2


def test_a_push_does_what_the_plan_said_and_then_nothing_is_planned(shell: Shell, synced: World) -> None:
    planned = shell.ask("plan")["writes"]
    result = shell.ask("push")
    assert written(result) == len(planned) == 3
    assert result["status"] == "ok"
    assert set(result) >= {"run_id", "status", "systems", "profiles", "reviews", "errors"}
    assert shell.ask("plan")["writes"] == []
    assert written(shell.ask("push")) == 0
    assert synced.value("fxiaoke", "ContactObj", of_ouyang(shell, "fxiaoke"), "tier__c") == "regular"
    assert shell.ask("runs", "show", result["run_id"])["kind"] == "push"


def test_a_push_to_one_system_leaves_the_others_for_later(shell: Shell, synced: World) -> None:
    assert set(shell.ask("push", "zoho_crm")["systems"]) == {"zoho_crm"}
    assert {one["system"] for one in shell.ask("plan")["writes"]} == {"fxiaoke"}
    synced.settle()
    assert shell.ask("plan")["writes"] == []


def keep(shell: Shell, file: Path, change: Any = None) -> list[dict[str, Any]]:
    """Keep a plan in *file* as the person who looked at it left it; return its writes."""
    assert shell.on("plan", "--out", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = json.loads(file.read_text())
    if change is not None:
        change(said)
        file.write_text(json.dumps(said))
    return list(said["writes"])


def test_a_plan_that_was_looked_at_is_carried_out_as_it_stands(shell: Shell, synced: World, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"

    def only_updates(said: dict[str, Any]) -> None:
        said["writes"] = [one for one in said["writes"] if one["kind"] == "update"]

    keep(shell, file, only_updates)
    answer = shell.on("push", "--plan", str(file), "--json")
    assert answer.code == 0, answer.err
    assert written(answer.json) == 1
    assert sorted(one["kind"] for one in shell.ask("plan")["writes"]) == ["create", "create"]
    again = shell.on("push", "--plan", str(file), "--json")
    assert (again.code, written(again.json)) == (1, 0)
    assert [one["code"] for one in again.json["errors"]] == ["changed"]
    synced.settle()
    assert shell.ask("plan")["writes"] == []


def test_a_write_that_is_no_longer_true_is_refused_and_the_others_go_out(
    shell: Shell, synced: World, tmp_path: Path
) -> None:
    file = tmp_path / "plan.json"
    assert len(keep(shell, file)) == 3
    synced.edit("zoho_crm", "Contacts", of_ouyang(shell, "zoho_crm"), Rating="vip")
    synced.sync(push=False)
    answer = shell.on("push", "--plan", str(file), "--json")
    assert (answer.code, answer.json["status"], written(answer.json)) == (1, "partial", 2)
    error = answer.json["errors"][0]
    assert (error["system"], error["code"]) == ("fxiaoke", "changed")
    assert error["id"] == of_ouyang(shell, "fxiaoke")
    assert synced.value("fxiaoke", "ContactObj", error["id"], "tier__c") is None


def test_a_value_edited_in_the_file_is_not_written(shell: Shell, synced: World, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"

    def tamper(said: dict[str, Any]) -> None:
        update = next(one for one in said["writes"] if one["kind"] == "update")
        update["fields"]["tier__c"]["new"] = "vip"
        said["writes"] = [update]

    keep(shell, file, tamper)
    answer = shell.on("push", "--plan", str(file), "--json")
    assert (answer.code, [one["code"] for one in answer.json["errors"]]) == (1, ["edited"])
    assert synced.value("fxiaoke", "ContactObj", of_ouyang(shell, "fxiaoke"), "tier__c") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"writes": [1]}', '{"writes": [{"id": "x"}]}', "\udcff"])
def test_a_file_that_is_no_plan_is_a_wrong_command_line(look: Shell, tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text, errors="surrogateescape")
    answer = look.on("push", "--plan", str(file))
    assert answer.code == 2
    assert str(file) in answer.err
    assert look.on("push", "--plan", str(tmp_path / "none.json")).code == 2


@pytest.fixture
def refused(shell: Shell, synced: World) -> dict[str, Any]:
    """A new record whose job title is longer than Zoho takes: made without it; return the write of the refused part."""
    del synced
    (linghu,) = shell.ask("profiles", "search", "令狐若水")["items"]
    shell.ask("profiles", "edit", linghu["profile_id"], "--set", f"job_title={'x' * 300}", "--reason", "a long title")
    answer = shell.on("push", "zoho_crm", "--json")
    assert (answer.code, written(answer.json)) == (1, 1)
    listed = shell.ask("outbox", "list", "--state", "rejected")
    assert set(listed) == {"items", "next"}
    (write,) = listed["items"]
    assert (write["system"], write["state"], write["kind"]) == ("zoho_crm", "rejected", "create")
    assert write["code"]
    assert write["cure"]
    return dict(write)


def test_a_refused_write_is_tried_again_only_when_somebody_says_so(shell: Shell, refused: dict[str, Any]) -> None:
    assert [one["why"] for one in shell.ask("plan", "zoho_crm")["blocked"]].count("rejected_before") == 1
    assert written(shell.ask("push", "zoho_crm")) == 0
    shell.ask("outbox", "retry", refused["id"])
    again = shell.on("push", "zoho_crm", "--json")
    assert [one["code"] for one in again.json["errors"]] == [refused["code"]]
    (write,) = shell.ask("outbox", "list", "--state", "rejected")["items"]
    assert write["id"] != refused["id"]


def test_a_dismissed_write_is_not_planned_again_until_its_values_change(shell: Shell, refused: dict[str, Any]) -> None:
    shell.ask("outbox", "dismiss", refused["id"], "--reason", "a test customer")
    assert shell.on("outbox", "dismiss", refused["id"], "--reason", "again").code == 1
    assert written(shell.ask("push", "zoho_crm")) == 0
    shell.ask("profiles", "edit", refused["profile_id"], "--set", "job_title=经理", "--reason", "new job")
    assert written(shell.ask("push", "zoho_crm")) == 1


def test_an_unknown_write_or_state_is_named(look: Shell) -> None:
    assert look.on("outbox", "retry", "01ARZ3NDEKTSV4RRFFQ69G5FAV").code == 1
    assert look.on("outbox", "list", "--state", "sent").code == 2


def ceiling(here: World, **ceilings: Any) -> None:
    here.change_yaml("hub.yaml", lambda hub: [one["push"].update(ceilings=ceilings) for one in hub["systems"].values()])


def test_above_a_ceiling_a_second_person_approves(shell: Shell, synced: World, tmp_path: Path) -> None:
    ceiling(synced, create=0, update=0)
    file = tmp_path / "plan.json"
    assert shell.on("plan", "--out", str(file), "--by", "wang").code == 0
    refused = shell.on("push", "--plan", str(file), "--json")
    assert (refused.code, written(refused.json)) == (1, 0)
    assert {one["code"] for one in refused.json["errors"]} == {"ceiling"}
    assert "plan approve" in refused.json["errors"][0]["cure"]

    own = shell.on("plan", "approve", str(file), "--by", "wang", "--reason", "fine")
    assert own.code == 1
    assert "another person" in own.err
    assert shell.on("plan", "approve", str(file), "--by", "li", "--reason", " ").code == 2
    said = shell.on("plan", "approve", str(file), "--by", "li", "--reason", "looked at all three", "--json").json
    assert said == {"file": str(file), "planned_by": "wang", "approved_by": "li", "writes": 3}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert written(shell.on("push", "--plan", str(file), "--json").json) == 3


def test_where_the_hub_has_users_a_token_approves_and_no_typed_name(
    shell: Shell, synced: World, tmp_path: Path
) -> None:
    file = tmp_path / "plan.json"
    synced.edit("fxiaoke", "ContactObj", min(synced.records("fxiaoke", "ContactObj")), job_title="总监")
    synced.sync(push=False)
    assert shell.on("plan", "--out", str(file), "--by", "wang").code == 0
    with synced.hub() as hub, hub.store.write() as connection:
        users.add(
            connection,
            "li",
            shown="Li",
            roles=["ops"],
            departments=None,
            sensitive=False,
            password=passwords.kept("willow harbour lantern 7"),
            must_change=False,
            now=hub.now(),
        )
        made = {
            name: api_tokens.make(connection, hub.store.vault, name, hub.now(), scopes=scopes)
            for name, scopes in (("li.na", [Scope.OPERATE]), ("dashboards", [Scope.READ]))
        }
    approve = ("plan", "approve", str(file), "--reason", "looked at it")
    assert shell.on(*approve, "--by", "li").code == 2
    assert shell.on(*approve, "--token", made["dashboards"]).code == 2
    assert shell.on(*approve, "--token", "crmhub_nonsense").code == 2
    said = shell.on(*approve, "--token", made["li.na"], "--by", "somebody else", "--json").json
    assert said["approved_by"] == "li.na"


@pytest.mark.parametrize("forge", ["another write", "another planner", "another approver", "own hand"])
def test_an_approval_holds_for_what_was_approved_alone(shell: Shell, synced: World, tmp_path: Path, forge: str) -> None:
    ceiling(synced, create=0, update=0)
    file = tmp_path / "plan.json"
    shell.on("plan", "--out", str(file), "--by", "wang")
    said = json.loads(file.read_text())
    kept = said["writes"].pop()
    file.write_text(json.dumps(said))
    assert shell.on("plan", "approve", str(file), "--by", "li", "--reason", "looked at it").code == 0
    said = json.loads(file.read_text())
    if forge == "another write":
        said["writes"].append(kept)
    elif forge == "another planner":
        said["planned"]["by"] = "zhao"
    elif forge == "another approver":
        said["approved"]["by"] = "zhao"
    else:
        said["approved"] = {"by": "zhao", "at": "2026-11-23T00:00:00+00:00", "reason": "", "seal": "00" * 16}
    file.write_text(json.dumps(said))
    answer = shell.on("push", "--plan", str(file), "--json")
    assert (answer.code, written(answer.json)) == (1, 0)
    assert {one["code"] for one in answer.json["errors"]} == {"not_approved", "ceiling"}


def test_a_ceiling_may_be_a_share_of_the_systems_records(shell: Shell, synced: World) -> None:
    ceiling(synced, create="40%", update="1%")  # Zoho has 3 records: one create; Fxiaoke 3: one create, no update
    answer = shell.on("sync", "--json")
    assert answer.code == 1
    assert {name: one["writes"] for name, one in answer.json["systems"].items()} == {
        "zoho_crm": {"create": 1, "update": 0, "failed": 0},
        "fxiaoke": {"create": 1, "update": 0, "failed": 0},
    }
    assert [(one["system"], one["code"]) for one in answer.json["errors"]] == [("fxiaoke", "ceiling")]
    ceiling(synced, create="forty", update=1)
    assert shell.on("sync").code == 2


def test_a_part_of_the_plan_is_looked_at_and_kept(look: Shell, tmp_path: Path) -> None:
    whole = look.ask("plan")
    assert [one["kind"] for one in look.ask("plan", "--kind", "update")["writes"]] == ["update"]
    assert len(look.ask("plan", "--system", "zoho_crm")["writes"]) == 1
    assert (
        len(look.ask("plan", "--field", "tier")["writes"]) == len(look.ask("plan", "--field", "tier__c")["writes"]) == 1
    )
    mine = whole["writes"][0]["profile_id"]
    assert {one["profile_id"] for one in look.ask("plan", "--profile", mine.lower())["writes"]} == {mine}
    blocked = look.ask("plan", "--why", "maybe_there")
    assert (blocked["writes"], {one["why"] for one in blocked["blocked"]}) == ([], {"maybe_there"})
    kept = tmp_path / "part.json"
    look.ask("plan", "--kind", "update", "--out", str(kept))
    assert len(json.loads(kept.read_text())["writes"]) == 1
    assert look.on("plan", "--kind", "destroy").code == 2


def test_writes_of_one_cause_are_tried_again_and_given_up_together(shell: Shell, refused: dict[str, Any]) -> None:
    (cause,) = shell.ask("outbox", "causes")["items"]
    assert (cause["system"], cause["writes"], cause["cure"]) == ("zoho_crm", 1, refused["cure"])
    assert shell.on("outbox", "retry").code == 2
    assert shell.on("outbox", "retry", refused["id"], "--system", "zoho_crm").code == 2
    assert shell.on("outbox", "retry", "--code", "nosuch").code == 1
    assert shell.ask("outbox", "retry", "--code", refused["code"]) == {"writes": 1, "state": "retry_at"}
    shell.on("push", "zoho_crm")
    assert shell.on("outbox", "dismiss", "--system", "zoho_crm").code == 2  # says no reason
    done = shell.ask("outbox", "dismiss", "--system", "zoho_crm", "--reason", "a test customer")
    assert done == {"writes": 1, "state": "dismissed"}
    assert shell.ask("outbox", "causes")["items"] == []
