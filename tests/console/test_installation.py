"""`crmhub check`, `discover`, `doctor`, `migrate`, `mapping` and `runs`: is this installation sound?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golden_record.migrations.upgrade import head
from tests.console.conftest import P1
from tests.console.hands import Shell
from tests.system.world import World


def checks(answer: Any) -> dict[str, dict[str, Any]]:
    assert all(set(one) == {"name", "ok", "message", "cure"} for one in answer["checks"])
    return {one["name"]: one for one in answer["checks"]}


def test_check_reaches_every_system(look: Shell) -> None:
    found = look.ask("check")["systems"]
    assert {name: one["ok"] for name, one in found.items()} == {"zoho_crm": True, "fxiaoke": True}
    assert all(set(one) == {"ok", "message"} for one in found.values())
    assert set(look.ask("check", "fxiaoke")["systems"]) == {"fxiaoke"}


def test_check_names_the_system_that_cannot_be_signed_in_to(shell: Shell, here: World) -> None:
    here.change_yaml("hub.yaml", lambda said: said["systems"]["zoho_crm"]["config"].update(refresh_token="forged"))
    answer = shell.on("check", "--json")
    assert answer.code == 1
    systems = answer.json["systems"]
    assert (systems["zoho_crm"]["ok"], systems["fxiaoke"]["ok"]) == (False, True)
    assert "forged" not in answer.out + answer.err


def test_discover_lists_fields_and_what_is_mapped(look: Shell) -> None:
    streams = {one["stream"]: one for one in look.ask("discover", "zoho_crm")["streams"]}
    contacts = streams["Contacts"]
    assert (contacts["configured"], contacts["mapped"], contacts["key"]) == (True, True, "id")
    mapped = {field["name"]: field["mapped"] for field in contacts["fields"]}
    assert mapped["Mobile"]
    assert not all(mapped.values())
    assert look.on("discover", "nosuch").code == 2


def test_a_sound_installation_has_nothing_wrong(look: Shell) -> None:
    found = checks(look.ask("doctor", "--reach"))
    assert all(one["ok"] for one in found.values())
    assert {"versions", "disk", "telemetry", "config", "mappings", "key", "store", "schema", "store write"} <= set(
        found
    )
    assert {"system zoho_crm", "system fxiaoke"} <= set(found)


def test_a_new_project_has_no_store_yet_and_doctor_makes_none(shell: Shell, here: World) -> None:
    assert checks(shell.ask("doctor"))["store"]["ok"]
    assert not list(here.folder.glob("*.db*"))
    assert shell.ask("migrate") == {"from": None, "to": head()}
    assert shell.ask("migrate") == {"from": head(), "to": head()}


def test_a_wrong_key_is_named_with_its_cure(shell: Shell, synced: World) -> None:
    other = synced.folder.parent / "other"
    assert shell("init", str(other)).code == 0
    (synced.folder / ".crmhub.key").write_bytes((other / ".crmhub.key").read_bytes())
    answer = shell.on("doctor", "--json")
    assert answer.code == 1
    wrong = checks(answer.json)["store key"]
    assert not wrong["ok"]
    assert wrong["cure"]
    assert shell.on("profiles", "list").code == 1


def test_a_lost_key_and_one_that_others_read_are_named(shell: Shell, synced: World) -> None:
    key = synced.folder / ".crmhub.key"
    key.chmod(0o644)
    answer = shell.on("doctor", "--json")
    assert answer.code == 1
    assert checks(answer.json)["key file"]["cure"] == f"chmod 600 {key}"
    key.unlink()
    answer = shell.on("doctor", "--json")
    assert answer.code == 1
    assert not checks(answer.json)["key"]["ok"]


def test_yaml_mistakes_are_told_all_at_once_with_line_and_exit_2(shell: Shell, here: World) -> None:
    here.change_yaml("hub.yaml", lambda said: said.update(stroe="x", key_fil="y"))
    for command in ("doctor", "check", "plan"):
        answer = shell.on(command)
        assert answer.code == 2
        said = answer.out + answer.err
        assert "stroe" in said
        assert "key_fil" in said
        assert "Did you mean `store`?" in said
        assert "hub.yaml:" in said


def test_telemetry_that_somebody_turned_on_is_named(shell: Shell, here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "true")
    assert not checks(shell.on("doctor", "--json").json)["telemetry"]["ok"]
    assert here.folder.exists()


def test_the_shipped_mappings_lint_and_their_examples_hold(look: Shell) -> None:
    linted = look.ask("mapping", "lint")["files"]
    assert {one["stream"] for one in linted if one["system"] == "zoho_crm"} >= {"Contacts"}
    assert all(one["ok"] for one in linted)
    tested = look.ask("mapping", "test")["files"]
    assert all(one["ok"] and one["examples"] for one in tested)


def test_a_broken_mapping_is_named_by_file_and_line(shell: Shell, here: World) -> None:
    own = here.folder / "config" / "mappings" / "zoho_crm" / "Contacts.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("key: id\nemits:\n- entity: persn\n  fields:\n    name: Last_Name\n")
    answer = shell.on("mapping", "lint", "zoho_crm")
    assert answer.code == 2
    assert f"{own}:3:" in answer.out
    assert "Did you mean `person`?" in answer.out
    assert shell.on("mapping", "test", "zoho_crm").code == 2


def test_an_example_that_comes_out_otherwise_is_shown(shell: Shell, here: World) -> None:
    own = here.folder / "config" / "mappings" / "zoho_crm" / "Contacts.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(
        "key: id\nemits:\n- entity: person\n  fields:\n    job_title: Title\n"
        "examples:\n- record: {id: '1', Title: Boss}\n  gives: {person: {job_title: Clerk}}\n"
    )
    answer = shell.on("mapping", "test", "zoho_crm", "--json")
    assert answer.code == 1
    (wrong,) = [one for one in answer.json["files"] if not one["ok"]]
    (difference,) = wrong["differences"]
    assert (difference["expected"], difference["got"]) == ("Clerk", "Boss")


def test_a_preview_shows_what_the_mapping_makes_of_a_record(look: Shell, tmp_path: Path) -> None:
    found = look.ask("mapping", "preview", "zoho_crm", "Contacts", "--limit", "50")
    phones = [
        value["value"]
        for one in found["items"]
        for emitted in one["emits"]
        for value in emitted["fields"].get("phones", ())
    ]
    assert P1 in phones
    file = tmp_path / "record.json"
    file.write_text('{"id": "7", "Last_Name": "王", "Mobile": "not a phone"}')
    (one,) = look.ask("mapping", "preview", "zoho_crm", "Contacts", "--record", str(file))["items"]
    assert one["id"] == "7"
    (phone,) = one["emits"][0]["fields"]["phones"]
    assert (phone["valid"], bool(phone["issues"])) == (False, True)
    file.write_text("[]")
    assert look.on("mapping", "preview", "zoho_crm", "Contacts", "--record", str(file)).code == 2
    assert look.on("mapping", "preview", "zoho_crm", "Contact").code == 2


def test_the_schema_names_the_projects_own_fields(look: Shell) -> None:
    answer = look.on("mapping", "schema")
    assert answer.json["$defs"]["Emit"]["properties"]["entity"]["enum"] == ["person", "company", "interaction"]
    assert (
        "phone" in look.on("mapping", "schema", "profile").json["$defs"]["ProfileField"]["properties"]["type"]["enum"]
    )


def test_runs_are_listed_newest_first_and_shown(shell: Shell, here: World) -> None:
    first, second = (here.sync(push=False)["run_id"] for _ in range(2))
    found = shell.ask("runs", "--limit", "1")
    assert [one["run_id"] for one in found["items"]] == [second]
    older = shell.ask("runs", "--after", found["next"])
    assert [one["run_id"] for one in older["items"]] == [first]
    assert older["next"] is None
    shown = shell.ask("runs", "show", first)
    assert (shown["run_id"], shown["status"], shown["kind"]) == (first, "ok", "sync")
    assert shown["systems"]["zoho_crm"]["streams"]["Contacts"]["read"] == 3
    assert shell.on("runs", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV").code == 2
