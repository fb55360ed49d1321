"""`crmhub mapping diff` says what an edited mapping will do, and does none of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.project import shipped
from tests.console.conftest import P1
from tests.console.hands import Shell
from tests.system.world import World

Z = ("zoho_crm", "Contacts")


@pytest.fixture
def edited(here: World) -> Callable[[Callable[[Any], None]], None]:
    """A hub in step with its systems; edits the project's own mapping of Zoho's contacts."""
    target = here.folder / "config" / "mappings" / "zoho_crm" / "Contacts.yaml"
    target.parent.mkdir(parents=True)
    shutil.copy(shipped() / "mappings" / "zoho_crm" / "Contacts.yaml", target)
    here.settle()

    def edit(change: Callable[[Any], None]) -> None:
        here.change_yaml("mappings/zoho_crm/Contacts.yaml", change)

    return edit


def fields(mapping: Any) -> Any:
    return mapping["emits"][0]["fields"]


def test_an_edited_value_map_shows_in_records_profiles_and_writes_and_comes_so(
    here: World, shell: Shell, edited: Any
) -> None:
    edited(lambda mapping: fields(mapping)["tier"]["values"].update(B="basic", regular="basic"))
    edited(lambda mapping: fields(mapping)["tier"]["push_values"].update(basic="B", regular="regular"))
    before = shell.ask("profiles", "list")
    said = shell.ask("mapping", "diff", *Z)
    assert said["records"]["by_field"] == {"person.tier": 1}
    assert [(one["field"], one["old"], one["new"]) for one in said["profiles"]["items"]] == [
        ("person.tier", ["regular"], ["basic"])
    ]
    (write,) = said["writes"]["items"]
    assert (write["system"], write["what"], write["fields"]["tier__c"]["new"]) == ("fxiaoke", "added", "basic")
    assert shell.ask("profiles", "list") == before
    assert {name: one["writes"]["update"] for name, one in here.sync()["systems"].items()} == {
        "zoho_crm": 0,
        "fxiaoke": 1,
    }
    again = shell.ask("mapping", "diff", *Z)
    assert (again["records"]["read_anew"], again["profiles"]["changed"], again["writes"]["added"]) == (0, 0, 0)


def test_a_newly_mapped_path_is_read_from_the_system_for_a_sample(here: World, shell: Shell, edited: Any) -> None:
    contact = next(one for one, values in here.records(*Z).items() if "欧阳" in str(values))
    here.edit(*Z, contact, Description="老朋友")
    here.settle()
    edited(lambda mapping: fields(mapping).update(job_title={"pull": "Description"}))
    here.control("/_stats/reset", {})
    none = shell.ask("mapping", "diff", *Z, "--fetch", "0")
    assert (none["records"]["to_fetch"], none["records"]["fetched"]) == (len(here.records(*Z)), 0)
    assert none["records"]["new_paths"] == ["Description"]
    assert sum(here.writes().values()) == 0
    said = shell.ask("mapping", "diff", *Z)
    assert said["records"]["by_field"]["person.job_title"] == 1
    assert sum(here.writes().values()) == 0


def test_a_draft_elsewhere_can_be_compared_before_it_is_put_in_place(shell: Shell, edited: Any, tmp_path: Path) -> None:
    edited(lambda mapping: mapping.pop("examples"))
    own = shell.project / "config" / "mappings" / "zoho_crm" / "Contacts.yaml"
    draft = tmp_path / "draft.yaml"
    draft.write_text(own.read_text(encoding="utf-8").replace("region:", "") + "region: US\n", encoding="utf-8")
    answer = shell.on("mapping", "diff", *Z, "--file", str(draft))
    assert answer.code == 0
    assert "would be read anew" in answer.out


def test_values_are_masked_where_asked(shell: Shell, edited: Any) -> None:
    edited(lambda mapping: fields(mapping)["phones"].update(pull=["Phone"], push=["Phone"]))
    shown, hidden = (shell.on("mapping", "diff", *Z, *more).out for more in ((), ("--mask",)))
    assert P1 in shown
    assert P1 not in hidden


@pytest.mark.usefixtures("here")
def test_a_file_with_mistakes_and_a_stream_never_synced_are_told(shell: Shell, tmp_path: Path) -> None:
    assert shell.on("mapping", "diff", *Z).code == 1
    draft = tmp_path / "draft.yaml"
    draft.write_text("key: id\nemit: []\n", encoding="utf-8")
    answer = shell.on("mapping", "diff", *Z, "--file", str(draft))
    assert answer.code == 2
    assert "Did you mean `emits`?" in answer.out
