"""A workflow that puts its own value back after each push is noticed: the field is left alone and named."""

from __future__ import annotations

from pathlib import Path

from flows.decisions import Decision, decide
from flows.profile_view import view_of
from flows.stewards import review_page
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
        with here.hub() as hub:
            [asked] = review_page(hub, status="open", after=None, limit=9, show=view_of(hub, mask=False))["items"]
            assert (asked["kind"], asked["why"], asked["field"]) == ("value", "oscillates", "job_title")
            assert [(one["n"], one["value"]) for one in asked["candidates"]] == [(1, "总监"), (2, "经理")]
            decide(hub, asked["id"], Decision("pick", number=2), author="mei", reason="the workflow is right")
        here.settle()
        assert here.value(*Z, here.only(*Z), "Title") == "经理"
        assert "经理" in here.records(*F)[contact].values()
        here.edit(*Z, here.only(*Z), Title="副总")
        here.settle()
        assert "副总" in here.records(*F)[contact].values()


def test_the_hubs_value_is_written_again_once_a_steward_says_that_it_holds(tmp_path: Path) -> None:
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
            here.sync()
        with here.hub() as hub:
            [asked] = review_page(hub, status="open", after=None, limit=9, show=view_of(hub, mask=False))["items"]
            decide(hub, asked["id"], Decision("pick", number=1), author="mei", reason="the workflow is off now")
        here.settle()
        assert here.value(*F, contact, shown) == "总监"
        with here.hub() as hub:
            assert not review_page(hub, status="open", after=None, limit=9, show=view_of(hub, mask=False))["items"]
