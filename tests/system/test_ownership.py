"""Who owns a field, and what becomes of others' edits: put back, suggested, accepted; who gets records, who changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.decisions import Decision, decide
from flows.profile_view import view_of
from flows.stewards import review_page
from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}
DEPARTMENTS = {"zoho_crm": "sales", "fxiaoke": "marketing"}


def owned(**words: Any) -> Callable[[Any], None]:
    def change(said: Any) -> None:
        said["person"]["fields"]["job_title"].update(words)

    return change


def shown_in(here: World, contact: str, value: str) -> str:
    return next(name for name, one in here.records(*F)[contact].items() if one == value)


def open_reviews(here: World) -> list[dict[str, Any]]:
    with here.hub() as hub:
        found: list[dict[str, Any]] = review_page(
            hub, status="open", after=None, limit=9, show=view_of(hub, mask=False)
        )["items"]
    return found


def test_others_edits_are_put_back_suggested_or_accepted_as_the_field_says(tmp_path: Path) -> None:
    people = [
        typed("zoho_crm", "contact", "c", {**OUYANG, "job_title": "总监"}),
        typed("fxiaoke", "contact", "c", {**OUYANG, "job_title": "总监"}),
    ]
    with world(tmp_path, people, departments=DEPARTMENTS) as here:
        here.change_yaml("profile.yaml", owned(owner=["sales", "service"], not_owner="restore"))
        here.settle()
        zoho, contact = here.only(*Z), here.only(*F)
        title = shown_in(here, contact, "总监")
        here.edit(*F, contact, **{title: "经理"})
        here.settle()
        assert (here.value(*Z, zoho, "Title"), here.value(*F, contact, title)) == ("总监", "总监")
        assert open_reviews(here) == []

        here.change_yaml("profile.yaml", owned(not_owner="suggest"))
        here.settle()
        here.edit(*F, contact, **{title: "主任"})
        here.settle()
        [asked] = open_reviews(here)
        assert (asked["why"], [one["value"] for one in asked["candidates"]]) == ("not_owner", ["总监", "主任"])
        assert (here.value(*Z, zoho, "Title"), here.value(*F, contact, title)) == ("总监", "主任")
        with here.hub() as hub:
            decide(hub, asked["id"], Decision("pick", number=2), author="mei", reason="it is so")
        here.settle()
        assert (here.value(*Z, zoho, "Title"), here.value(*F, contact, title)) == ("主任", "主任")

        here.change_yaml("profile.yaml", owned(not_owner="accept_if_blank", cleared="clear"))
        here.settle()
        here.edit(*Z, zoho, Title=None)
        here.edit(*F, contact, **{title: "顾问"})
        here.settle()
        assert (here.value(*Z, zoho, "Title"), here.value(*F, contact, title)) == ("顾问", "顾问")


def test_a_stream_that_is_only_made_or_only_changed_is_left_alone_otherwise(tmp_path: Path) -> None:
    people = [
        typed("zoho_crm", "contact", "c", {**OUYANG, "job_title": "总监", "tier": "vip"}),
        typed("zoho_crm", "contact", "d", {"family": "王", "given": "芳", "mobile": "+8613911113333"}),
    ]
    with world(tmp_path, people, departments=DEPARTMENTS) as here:

        def only(key: str, create: str) -> Callable[[Any], None]:
            def change(said: Any) -> None:
                push = said["systems"]["fxiaoke"]["push"]
                push.pop("update_only", None)
                push.pop("create_only", None)
                push.update({key: ["ContactObj"], "create": create})

            return change

        here.change_yaml("hub.yaml", only("update_only", "always"))
        here.settle()
        assert here.records(*F) == {}
        here.change_yaml("hub.yaml", only("create_only", "job_title == '总监'"))
        here.settle()
        contact = here.only(*F)
        title = shown_in(here, contact, "总监")
        zoho = next(one for one, said in here.records(*Z).items() if said.get("Title") == "总监")
        here.edit(*Z, zoho, Title="副总")
        assert written(here.sync()) == 0
        assert here.value(*F, contact, title) == "总监"
        here.change_yaml("hub.yaml", only("update_only", "never"))
        here.settle()
        assert here.value(*F, contact, title) == "副总"
