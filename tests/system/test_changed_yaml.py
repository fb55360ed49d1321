"""What ops change in YAML reaches every profile with the next sync, without anybody editing a record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}


def _pair(**z: Any) -> list[Any]:
    return [typed("zoho_crm", "contact", "c1", {**PERSON, **z}), typed("fxiaoke", "contact", "c1", PERSON)]


def _mode(here: World, mode: str) -> None:
    here.change_yaml("hub.yaml", lambda hub: [one["push"].update({"mode": mode}) for one in hub["systems"].values()])


def test_what_was_only_reported_is_written_once_the_system_may_be_updated(tmp_path: Path) -> None:
    with world(tmp_path / "w", _pair(job_title="经理"), push={"mode": "report"}) as here:
        assert written(here.sync()) == 0
        _mode(here, "update")
        assert written(here.sync()) == 1
        assert here.value(*F, here.only(*F), "job_title") == "经理"
        assert written(here.sync()) == 0


def test_an_edited_rule_decides_anew_over_what_is_known(tmp_path: Path) -> None:
    with world(tmp_path / "w", _pair(job_title="经理")) as here:
        here.settle()
        z, f = here.only(*Z), here.only(*F)
        here.edit(*F, f, job_title="总裁")
        here.settle()
        assert here.value(*Z, z, "Title") == "总裁"
        rules = [{"source_priority": ["zoho_crm", "fxiaoke"]}, "most_recent"]
        here.change_yaml("profile.yaml", lambda p: p["person"]["fields"]["job_title"].update({"survives": rules}))
        here.settle()
        assert here.value(*F, f, "job_title") == "经理"
        assert here.value(*Z, z, "Title") == "经理"
