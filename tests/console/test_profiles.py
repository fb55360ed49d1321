"""`crmhub profiles`: the golden records as scripts and stewards see them."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import LANDLINE, OUYANG, P1, P2
from tests.console.hands import Shell
from tests.system.world import World

PROFILE = {"profile_id", "entity", "fields", "sources", "relations", "updated_at"}


def ouyang(shell: Shell) -> dict[str, Any]:
    found = shell.ask("profiles", "search", OUYANG["email"])["items"]
    assert len(found) == 1
    return dict(found[0])


def test_the_shapes_are_as_promised(look: Shell) -> None:
    listed = look.ask("profiles", "list")
    assert set(listed) == {"items", "next"}
    assert all(set(one) == PROFILE for one in listed["items"])
    shown = look.ask("profiles", "show", ouyang(look)["profile_id"])
    assert set(shown) >= PROFILE | {"lineage", "redirected_from"}
    assert shown["fields"]["phones"] == [P1]
    assert shown["fields"]["name"] == "欧阳晓雯"
    assert {one["system"] for one in shown["sources"]} == {"zoho_crm", "fxiaoke"}
    assert set(shown["lineage"]) == set(shown["fields"])
    assert set(shown["lineage"]["tier"]) == {"system", "stream", "id", "at", "rule"}
    assert shown["lineage"]["tier"]["system"] == "zoho_crm"


def test_a_list_goes_on_from_its_cursor_and_ends(look: Shell) -> None:
    every = [one["profile_id"] for one in look.ask("profiles", "list")["items"]]
    found: list[str] = []
    after: list[str] = []
    while True:
        page = look.ask("profiles", "list", "--limit", "1", *after)
        found += [one["profile_id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert found == every
    assert len(every) == 5


@pytest.mark.parametrize(
    "text",
    ["139 1111 2222", "XIAOWEN.OUYANG@huaxin-cable.cn", "欧阳晓雯", "晓雯", "欧阳", "ouyang", "Xiaowen Ouyang", "oxw"],
)
def test_a_customer_is_found_by_what_is_at_hand(look: Shell, text: str) -> None:
    found = look.ask("profiles", "search", text)["items"]
    assert [one["fields"]["name"] for one in found] == ["欧阳晓雯"]


def test_a_customer_is_found_by_the_ids_of_its_records(look: Shell) -> None:
    known = ouyang(look)
    source = known["sources"][0]
    for text in (source["id"], f"{source['system']}/{source['stream']}/{source['id']}", known["profile_id"]):
        assert look.ask("profiles", "search", text)["items"] == [known]


def test_namesakes_are_found_by_name_page_by_page(look: Shell) -> None:
    first = look.ask("profiles", "search", "诸葛", "--limit", "1")
    second = look.ask("profiles", "search", "诸葛", "--limit", "1", "--after", first["next"])
    assert second["next"] is None
    assert first["items"][0]["profile_id"] < second["items"][0]["profile_id"]


def test_nothing_found_is_an_empty_list(look: Shell) -> None:
    assert look.ask("profiles", "search", "nobody@nowhere.example") == {"items": [], "next": None}


def test_mask_hides_personal_values_everywhere(look: Shell) -> None:
    profile_id = ouyang(look)["profile_id"]
    for command in (["list"], ["show", profile_id], ["history", profile_id], ["search", OUYANG["email"]]):
        answer = look.on("profiles", *command, "--mask", "--json")
        assert answer.code == 0
        for secret in (P1, P1.removeprefix("+86"), "欧阳晓雯", OUYANG["email"]):
            assert secret not in answer.out
    assert look.ask("profiles", "show", profile_id, "--mask")["fields"]["tier"] == "regular"


def test_history_tells_who_gave_what_in_order(look: Shell) -> None:
    found = look.ask("profiles", "history", ouyang(look)["profile_id"])
    assert found["next"] is None
    assert [one["at"] for one in found["items"]] == sorted(one["at"] for one in found["items"])
    given = [one for one in found["items"] if one["kind"] == "first_sight" and one["field"] == "phones"]
    assert [(one["system"], one["values"]) for one in given] == [("zoho_crm", [P1])]
    assert "created" in {one["kind"] for one in found["items"]}


def test_an_unknown_profile_is_a_wrong_command_line(look: Shell) -> None:
    for command in ("show", "history"):
        assert look.on("profiles", command, "01ARZ3NDEKTSV4RRFFQ69G5FAV").code == 2


def test_an_edit_holds_until_people_say_otherwise_and_reaches_the_systems(shell: Shell, synced: World) -> None:
    profile_id = ouyang(shell)["profile_id"]
    shell.ask("profiles", "edit", profile_id, "--set", "tier=vip", "--reason", "contract", "--by", "li")
    assert shell.ask("profiles", "show", profile_id)["lineage"]["tier"]["rule"] == "steward"
    synced.settle()
    z = next(one["id"] for one in ouyang(shell)["sources"] if one["system"] == "zoho_crm")
    assert synced.value("zoho_crm", "Contacts", z, "Rating") == "vip"
    synced.edit("zoho_crm", "Contacts", z, Rating="basic")
    synced.sync()
    assert ouyang(shell)["fields"]["tier"] == "basic"


def test_a_pin_holds_against_later_edits(shell: Shell, synced: World) -> None:
    profile_id = ouyang(shell)["profile_id"]
    shell.ask("profiles", "edit", profile_id, "--set", "tier=vip", "--pin", "--reason", "contract")
    synced.settle()
    z = next(one["id"] for one in ouyang(shell)["sources"] if one["system"] == "zoho_crm")
    synced.edit("zoho_crm", "Contacts", z, Rating="basic")
    synced.settle()
    assert synced.value("zoho_crm", "Contacts", z, "Rating") == "vip"


@pytest.mark.parametrize(
    "options",
    [
        ["--set", "nofield=1", "--reason", "r"],
        ["--set", "tier=marvellous", "--reason", "r"],
        ["--set", "birthday=yesterday-ish", "--reason", "r"],
        ["--set", "name=a", "--set", "name=b", "--reason", "r"],
        ["--set", "tier", "--reason", "r"],
        ["--set", "tier=vip"],
        ["--set", "tier=vip", "--until", "2030-01-01", "--reason", "r"],
        ["--reason", "r"],
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_nothing_is_kept(look: Shell, options: list[str]) -> None:
    known = ouyang(look)
    answer = look.on("profiles", "edit", known["profile_id"], *options)
    assert answer.code == 2
    assert len(answer.err.strip().splitlines()) == 1
    assert ouyang(look) == known


@pytest.mark.usefixtures("synced")
def test_a_profile_made_by_hand_is_new_or_joins_whom_it_is(shell: Shell) -> None:
    made = shell.ask("profiles", "create", "--set", "name=王小明", "--set", "phones=139 1234 5678", "--reason", "call")
    assert made["created"]
    again = shell.ask("profiles", "create", "--set", "name=欧阳晓雯", "--set", f"phones={P1}", "--reason", "call")
    assert not again["created"]
    assert again["profile_id"] == ouyang(shell)["profile_id"]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_an_export_holds_every_profile_and_is_private(look: Shell, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"out.{kind}"
    assert look.ask("profiles", "export", "--format", kind, "--out", str(out))["profiles"] == 5
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert list(tmp_path.glob(".out*")) == []
    if kind == "jsonl":
        assert [json.loads(line) for line in out.read_text().splitlines()] == look.ask("profiles", "list")["items"]
    else:
        assert out.read_bytes().startswith(b"\xef\xbb\xbf")
        with out.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["name"] for row in rows} == {"欧阳晓雯", "诸葛明远", "司马青衫", "令狐若水"}
        assert f"{P2}; {LANDLINE}" in {row["phones"] for row in rows}


@pytest.mark.usefixtures("synced")
def test_a_text_that_a_spreadsheet_would_run_is_defused(shell: Shell, tmp_path: Path) -> None:
    shell.ask("profiles", "create", "--set", "name=王小明", "--set", "job_title==1+2", "--reason", "test")
    shell.ask("profiles", "export", "--format", "csv", "--out", str(tmp_path / "out.csv"))
    assert "'=1+2" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


def test_an_export_that_cannot_be_written_says_so(look: Shell, tmp_path: Path) -> None:
    answer = look.on("profiles", "export", "--out", str(tmp_path / "no" / "out.jsonl"))
    assert answer.code == 2
    assert "cannot be written" in answer.err
