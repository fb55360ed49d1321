"""A workflow that puts its own value back after each push is noticed: the field is left alone and named."""

from __future__ import annotations

from pathlib import Path

from golden_record.oscillation import TURNS
from tests.system.world import typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}


def test_a_field_that_is_turned_back_each_time_is_left_alone_and_named(tmp_path: Path) -> None:
    people = [
        typed("zoho_crm", "contact", "c", {**OUYANG, "job_title": "总监"}),
        typed("fxiaoke", "contact", "c", {**OUYANG, "job_title": "经理"}),
    ]
    with world(tmp_path, people, departments={"zoho_crm": "sales", "fxiaoke": "marketing"}) as here:

        def own(said: dict[str, dict[str, dict[str, dict[str, str]]]]) -> None:
            said["person"]["fields"]["job_title"].update(owner="sales", not_owner="restore")

        here.change_yaml("profile.yaml", own)
        here.settle()
        contact = here.only(*F)
        for _ in range(TURNS):
            shown = next(name for name, value in here.records(*F)[contact].items() if value == "总监")
            here.edit(*F, contact, **{shown: "经理"})
            last = here.sync()
        assert "oscillates" in {one["code"] for one in last["errors"]}
        assert "经理" in here.records(*F)[contact].values()
        assert written(here.sync()) == 0
        here.edit(*Z, here.only(*Z), Title="副总")
        here.settle()
        assert "副总" in here.records(*F)[contact].values()
