"""What edited YAML would write is seen before it is in force, kept, approved, and then carried out as it was seen."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from flows.candidate import plan_candidate
from flows.plan_json import id_of
from flows.planning import plan_now
from flows.profile_view import view_of
from flows.project import ProjectBroken
from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}


def drafted(here: World, folder: Path, name: str, change: Any) -> Path:
    folder.mkdir(exist_ok=True)
    yaml = YAML()
    document = yaml.load(here.folder / "config" / name)
    change(document)
    with (folder / name).open("w", encoding="utf-8") as out:
        yaml.dump(document, out)
    return folder


def planned(here: World, folder: Path) -> tuple[dict[str, Any], list[str], list[dict[str, Any]]]:
    with here.hub() as hub:
        found = plan_candidate(hub, folder, {}, (), view_of(hub, mask=True))
        ids = sorted(id_of(hub.store.vault, one) for one in found.plan.writes)
        fields = [dict(one.fields) for one in found.plan.writes]
    return found.to_json(), ids, fields


def test_a_rule_shows_what_it_would_write_and_writes_just_that_once_it_is_in_force(tmp_path: Path) -> None:
    people = [
        typed("zoho_crm", "contact", "c", {**OUYANG, "job_title": "总监"}),
        typed("fxiaoke", "contact", "c", {**OUYANG, "job_title": "经理"}),
    ]
    departments = {"zoho_crm": "sales", "fxiaoke": "service"}
    with world(tmp_path, people, departments=departments, push={"ceilings": {"update": 0}}) as here:

        def own(department: str) -> Any:
            return lambda said: said["person"]["fields"]["job_title"].update(
                owner=department, survives=["owner"], not_owner="restore"
            )

        def unlimited(said: Any) -> None:
            for system in said["systems"].values():
                system["push"].pop("ceilings", None)

        here.sync()
        shutil.copytree(here.folder / "config", tmp_path / "before")
        titles = {}
        for owner, value in (("sales", "总监"), ("service", "经理")):
            seen, ids, fields = planned(here, drafted(here, tmp_path / owner, "profile.yaml", own(owner)))
            titles[owner] = ids
            assert {write.new for one in fields for write in one.values()} >= {value}
            assert {one["kind"] for one in seen["above_ceiling"]} == {"update"}
        assert titles["sales"] != titles["service"]
        assert (tmp_path / "before" / "profile.yaml").read_text() == (here.folder / "config/profile.yaml").read_text()
        assert here.value(*Z, here.only(*Z), "Title") == "总监"

        here.change_yaml("profile.yaml", own("service"))
        assert written(here.sync()) == 0  # held by the ceiling
        with here.hub() as hub:
            now = sorted(id_of(hub.store.vault, one) for one in plan_now(hub, list(hub.systems.values())).writes)
        assert now == titles["service"]
        here.change_yaml("hub.yaml", unlimited)
        here.settle()
        assert here.value(*Z, here.only(*Z), "Title") == "经理"


def test_a_candidate_that_cannot_be_used_is_named_with_its_line(tmp_path: Path) -> None:
    with world(tmp_path, [typed("zoho_crm", "contact", "c", OUYANG)], systems=["zoho_crm"]) as here:
        here.sync()

        def wrong(said: Any) -> None:
            said["person"]["fields"]["job_title"]["owner"] = ["sales", "sales"]

        folder = drafted(here, tmp_path / "wrong", "profile.yaml", wrong)
        with pytest.raises(ProjectBroken) as broken:
            planned(here, folder)
        [mistake] = broken.value.mistakes
        assert (mistake.line > 1, "twice" in mistake.message) == (True, True)
        assert len(planned(here, drafted(here, tmp_path / "same", "profile.yaml", lambda _said: None))[1]) == 0
