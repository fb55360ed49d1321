"""A customer who is over is deleted in other systems: only where they take it, planned, approved, and never an edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.kept_plans import approve, ask_for_plan, ask_for_push, carry_out, make_plan
from flows.project import ProjectBroken
from golden_record.store import audit
from tests.console.hands import Shell
from tests.console.web.desk import Desk, add_users
from tests.console.web.served import serving
from tests.system.test_deletions import BOTH, FD, OUYANG, F, Z, answer, asked, people, says
from tests.system.world import World, typed, world, written

ZD = ("zendesk", "users")
THREE = ("zoho_crm", "fxiaoke", "freshdesk")
EVERYWHERE = [*BOTH, typed("freshdesk", "user", "c", OUYANG)]


def takes(here: World, *systems: str, **more: Any) -> None:
    """Let systems take deletions."""

    def change(document: Any) -> None:
        for system in systems:
            document["systems"][system]["push"].update({"deletes": True, **more})

    here.change_yaml("hub.yaml", change)


def approved_push(shell: Shell, folder: Path, *more: str) -> dict[str, Any]:
    """Keep a plan, have a second person approve it, carry it out."""
    file = folder / "plan.json"
    file.unlink(missing_ok=True)
    assert shell.on("plan", *more, "--out", str(file), "--by", "li").code == 0
    assert shell.on("plan", "approve", str(file), "--by", "mei", "--reason", "seen").code == 0
    done: dict[str, Any] = shell.on("push", "--plan", str(file), "--json").json
    return done


def gone_in_fxiaoke(here: World) -> None:
    here.settle()
    here.delete(*F, here.only(*F))
    here.settle()


def test_what_is_deleted_elsewhere_is_planned_approved_read_back_and_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with world(tmp_path / "w", EVERYWHERE, systems=THREE) as here:
        says(here, *F, on_delete="propagate")
        takes(here, "zoho_crm")
        gone_in_fxiaoke(here)
        shell = Shell(here.folder, capsys)
        assert len(here.records(*Z)) == 1  # no sync deletes by itself
        assert here.sync()["status"] == "ok"
        planned = shell.ask("plan")
        [write] = planned["writes"]
        assert (write["system"], write["kind"], write["record_id"]) == ("zoho_crm", "delete", here.only(*Z))
        assert write["fields"]["Mobile"]["new"] is None
        assert write["fields"]["Last_Name"] | {"source": ""} == {
            "old": "欧阳",
            "new": None,
            "field": "name",
            "source": "",
            "rule": "propagate",
        }
        assert "The hub takes none back" in shell.on("plan").out
        assert written(shell.ask("push")) == 0
        file = tmp_path / "plan.json"
        shell.on("plan", "--out", str(file), "--by", "li")
        refused = shell.on("push", "--plan", str(file), "--json").json
        assert [one["code"] for one in refused["errors"]] == ["not_approved"]
        assert shell.on("plan", "approve", str(file), "--by", "li", "--reason", "me").code != 0
        assert len(here.records(*Z)) == 1
        done = approved_push(shell, tmp_path)
        assert (done["status"], done["systems"]["zoho_crm"]["writes"]["delete"]) == ("ok", 1)
        assert here.records(*Z) == {}
        assert len(here.records(*FD)) == 1  # no switch there
        with here.hub() as hub, hub.store.read() as connection:
            [entry] = [
                one for one in audit.page(connection, hub.store.vault, audit.WRITES, None, 99) if one.kind == "delete"
            ]
            assert entry.content is not None
            assert (entry.content["authority"]["approved_by"], entry.content["record_id"]) == (
                "mei",
                write["record_id"],
            )
        undone = shell.on("undo", done["run_id"], "--reason", "no", "--dry-run", "--json")
        assert "deleted" in undone.out
        here.settle()
        assert written(here.sync()) == 0
        assert (here.records(*Z), here.records(*F), asked(here)) == ({}, {}, [])
        [shown] = people(here)
        assert (shown["archived"], [one["system"] for one in shown["sources"]]) == (True, ["freshdesk"])


@pytest.mark.parametrize(
    ("system", "stream", "kind"),
    [("zoho_crm", "Contacts", "contact"), ("freshdesk", "contacts", "user"), ("zendesk", "users", "user")],
)
def test_a_lost_answer_to_a_delete_is_looked_up_in_each_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], system: str, stream: str, kind: str
) -> None:
    people_there = [typed("fxiaoke", "contact", "c", OUYANG), typed(system, kind, "c", OUYANG)]
    with world(tmp_path / "w", people_there, systems=("fxiaoke", system)) as here:
        says(here, *F, on_delete="propagate")
        takes(here, system)
        here.settle()
        there = len(here.records(system, stream))
        here.delete(*F, here.only(*F))
        here.settle()
        shell = Shell(here.folder, capsys)
        here.control("/_faults", [{"system": system, "method": "DELETE", "path": ".*", "kind": "cut"}])
        done = approved_push(shell, tmp_path)
        assert len(here.records(system, stream)) == there - 1
        here.control("/_faults", [])
        here.settle()
        states = [(one["kind"], one["state"]) for one in shell.ask("outbox", "list", "--state", "confirmed")["items"]]
        assert states == [("delete", "confirmed")], done
        assert (written(here.sync()), shell.ask("plan")["writes"], len(people(here))) == (0, [], 1)


def test_fxiaoke_makes_a_record_invalid_and_who_brings_it_back_is_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with world(tmp_path / "w", BOTH) as here:
        says(here, *Z, on_delete="propagate")
        takes(here, "fxiaoke")
        here.settle()
        here.delete(*Z, here.only(*Z))
        here.settle()
        [(record_id, _values)] = here.records(*F).items()
        approved_push(Shell(here.folder, capsys), tmp_path)
        assert here.records(*F) == {}
        here.running.sandboxes["fxiaoke"].book.restore("ContactObj", record_id, by="people")
        here.sync(full=True)
        here.settle()
        assert (list(here.records(*F)), people(here)[0]["archived"]) == ([record_id], True)


def test_an_edit_keeps_a_record_whenever_it_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with world(tmp_path / "w", EVERYWHERE, systems=THREE) as here:
        says(here, *F, on_delete="propagate")
        takes(here, "zoho_crm", "freshdesk")
        gone_in_fxiaoke(here)
        shell = Shell(here.folder, capsys)
        assert {one["system"] for one in shell.ask("plan")["writes"]} == {"zoho_crm", "freshdesk"}
        file = tmp_path / "plan.json"
        shell.on("plan", "--out", str(file), "--by", "li")
        shell.on("plan", "approve", str(file), "--by", "mei", "--reason", "seen")
        here.edit(*Z, here.only(*Z), Title="总监")  # between plan and push: found by the look before the delete
        here.delete(*FD, here.only(*FD))  # and one is deleted by its own people
        shell.on("push", "--plan", str(file), "--json")
        assert len(here.records(*Z)) == 1
        here.settle()
        assert shell.ask("plan")["writes"] == []
        assert ("zoho_crm", "edited_since") in {(one["system"], one["why"]) for one in shell.ask("plan")["blocked"]}
        assert (here.only(*Z), written(here.sync())) == (here.only(*Z), 0)


def test_a_steward_gives_a_customer_up_everywhere_or_keeps_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with world(tmp_path / "w", BOTH) as here:
        says(here, *F, on_delete="hold")
        gone_in_fxiaoke(here)
        shell = Shell(here.folder, capsys)
        [question] = asked(here)
        refused = shell.on("review", "decide", question["id"], "--propagate", "--reason", "closed down")
        assert (refused.code, "no other system takes deletions" in refused.err) == (1, True)
        takes(here, "zoho_crm", mode="report")
        answer(here, question["id"], "propagate")
        here.settle()
        [write] = shell.ask("plan")["writes"]
        assert (write["system"], write["kind"]) == ("zoho_crm", "delete")
        assert [one["code"] for one in approved_push(shell, tmp_path)["errors"]] == ["report"]
        kept = shell.on("profiles", "keep", write["profile_id"], "--reason", "still ours", "--by", "mei")
        assert kept.code == 0
        assert (shell.ask("plan")["writes"], len(here.records(*Z))) == ([], 1)


def test_a_company_that_people_hang_on_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    acme = {"company": "杭州锐达建筑工程有限公司", "phone": "0571-87654321"}
    account = typed("zoho_crm", "account", "a", acme)
    worker = typed("zoho_crm", "contact", "c", OUYANG, refers_to="zoho_crm-account-a")
    with world(tmp_path / "w", [account, worker]) as here:
        says(here, "fxiaoke", "AccountObj", on_delete="propagate")
        takes(here, "zoho_crm")
        here.settle()
        here.delete("fxiaoke", "AccountObj", here.only("fxiaoke", "AccountObj"))
        here.settle()
        found = Shell(here.folder, capsys).ask("plan")
        assert [one for one in found["writes"] if one["kind"] == "delete"] == []
        assert ("zoho_crm", "Accounts", "referred_to") in {
            (one["system"], one["stream"], one["why"]) for one in found["blocked"]
        }


@pytest.mark.parametrize(
    ("switch", "system", "push", "says_why"),
    [
        ("deletes", "udesk", {}, "it never deletes"),
        ("merges", "fxiaoke", {}, "it never merges"),
        ("deletes", "fxiaoke", {"mode": "fill"}, "mode `fill`"),
    ],
)
def test_a_switch_that_a_system_cannot_follow_is_a_mistake_with_its_line(
    tmp_path: Path, switch: str, system: str, push: dict[str, str], says_why: str
) -> None:
    with world(tmp_path, [], systems=(system,)) as here:

        def change(document: Any) -> None:
            document["systems"][system]["push"].update({switch: True, **push})

        here.change_yaml("hub.yaml", change)
        with pytest.raises(ProjectBroken, match=says_why), here.hub():
            pass


def test_a_kept_plan_says_before_that_a_delete_is_for_good_and_does_it_once_approved(tmp_path: Path) -> None:
    with world(tmp_path, BOTH) as here:
        says(here, *F, on_delete="propagate")
        takes(here, "zoho_crm")
        gone_in_fxiaoke(here)
        with serving(here.folder, work=False) as served:
            add_users(served)
            plan_id = ask_for_plan(served.hub, [], by="li")
            make_plan(served.hub, plan_id, wait=1)
            page = Desk(served, here).session("ops").see(f"/plans/{plan_id}").text
            assert "Deletes are never taken back by the hub" in page
            assert "the ceiling of one run is 0" in page
            approve(served.hub, plan_id, by="mei", reason="seen")
            carry_out(served.hub, ask_for_push(served.hub, plan_id), plan_id, wait=1)
        assert here.records(*Z) == {}
        assert written(here.sync()) == 0
