"""Two hubs on one CRM are recognised by the marks of the other; a store that was set back is not taken for one."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.backup import restore_backup, take_backup
from flows.hub import open_hub
from flows.new_project import write_project
from flows.other_hubs import adopt
from flows.sync import Wanted, sync
from tests.system.world import World, typed, world

SIMA = {"family": "司马", "given": "青衫", "full_name": "司马青衫", "mobile": "+8613622223333"}
LINGHU = {"family": "令狐", "given": "若水", "full_name": "令狐若水", "mobile": "+8613733334444"}
F = ("fxiaoke", "ContactObj")


def people() -> list[object]:
    return [typed("zoho_crm", "contact", "sima", SIMA)]


def codes(folder: Path) -> set[str]:
    with open_hub(folder, {}) as hub:
        return {str(one["code"]) for one in sync(hub, Wanted()).to_json()["errors"]}


def copied(here: World, folder: Path) -> Path:
    shutil.copytree(here.folder, folder)
    return folder


def test_a_second_hub_stops_writing_where_it_finds_the_firsts_mark_until_a_person_says_so(tmp_path: Path) -> None:
    with world(tmp_path / "first", people()) as here:  # type: ignore[arg-type]  # a list of TypedIn
        here.settle()
        made = here.only(*F)
        blocks = here.running.describe()["systems"]
        systems = {name: {**one["config"], "push": {"mode": "create"}} for name, one in blocks.items()}
        other = tmp_path / "second"
        write_project(other, systems=systems)
        here.edit("zoho_crm", "Contacts", Last_Name="令狐", First_Name="若水", Mobile=LINGHU["mobile"])
        found = codes(other)
        assert found == {"another_hub"}
        assert list(here.records(*F)) == [made]
        assert codes(other) == {"another_hub"}
        with open_hub(other, {}) as hub:
            adopt(hub, "fxiaoke", author="chen", reason="the first hub is switched off", for_good=False)
        assert codes(other) == set()
        assert len(here.records(*F)) == 2


def test_a_copy_of_the_project_that_runs_elsewhere_is_told_by_marks_that_it_does_not_remember(tmp_path: Path) -> None:
    with world(tmp_path / "first", people()) as here:  # type: ignore[arg-type]  # a list of TypedIn
        here.settle()
        twin = copied(here, tmp_path / "twin")
        assert codes(twin) == set()
        here.edit("zoho_crm", "Contacts", Last_Name="令狐", First_Name="若水", Mobile=LINGHU["mobile"])
        here.settle()
        assert codes(twin) == {"twin_hub"}


def test_a_restored_store_knows_the_marks_that_it_has_forgotten_for_its_own(tmp_path: Path) -> None:
    with world(tmp_path / "first", people()) as here:  # type: ignore[arg-type]  # a list of TypedIn
        here.sync(push=False)
        backup = tmp_path / "hub.backup"
        take_backup(here.folder, {}, backup, lambda _table, _rows: None)
        here.settle()
        for file in here.folder.glob("crmhub.db*"):
            file.unlink()
        restore_backup(here.folder, {}, backup, lambda _table, _rows: None)
        assert codes(here.folder) == set()
        assert len(here.records(*F)) == 1
