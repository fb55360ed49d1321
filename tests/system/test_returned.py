"""A customer whose record people deleted is heard of again: asked, made again, or left gone, as the stream says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.decisions import Decision, decide
from flows.effect import effect_of_decision
from flows.profile_view import view_of
from flows.stewards import review_page, undo_acts
from golden_record.errors import NotDecidable
from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}


def asked(here: World) -> list[dict[str, Any]]:
    with here.hub() as hub:
        found: list[dict[str, Any]] = review_page(
            hub, status="open", after=None, limit=9, show=view_of(hub, mask=False)
        )["items"]
    return found


def on_return(here: World, said: str) -> None:
    mappings = here.folder / "config" / "mappings" / "fxiaoke"
    mappings.mkdir(parents=True, exist_ok=True)
    shipped = Path(__file__).parents[2] / "config" / "mappings" / "fxiaoke" / "ContactObj.yaml"
    text = shipped.read_text(encoding="utf-8")
    (mappings / "ContactObj.yaml").write_text(f"{text}\non_return: {said}\n", encoding="utf-8")


def test_a_deleted_customer_who_is_heard_of_again_is_put_to_a_steward(tmp_path: Path) -> None:
    people = [typed("zoho_crm", "contact", "c", OUYANG), typed("fxiaoke", "contact", "c", OUYANG)]
    with world(tmp_path, people) as here:
        here.settle()
        here.delete(*F, here.only(*F))
        here.settle()
        assert asked(here) == []
        here.edit(*Z, here.only(*Z), Title="总监")
        here.settle()
        assert here.records(*F) == {}
        [question] = asked(here)
        assert (question["kind"], question["why"], question["candidates"]) == ("returned", "spoke_again", [])
        with here.hub() as hub:
            with pytest.raises(NotDecidable, match="of the kind `returned`"):
                decide(hub, question["id"], Decision("match"), author="mei", reason="?")
            seen = effect_of_decision(
                hub, question["id"], Decision("restore"), author="mei", show=view_of(hub, mask=True)
            )
            [fxiaoke] = [one for one in seen["systems"] if one["system"] == "fxiaoke"]
            assert [one["kind"] for one in fxiaoke["records"]] == ["create"]
            decide(hub, question["id"], Decision("dismiss"), author="mei", reason="not ours any more")
        here.edit(*Z, here.only(*Z), Title="副总")
        here.settle()
        assert asked(here) == []
        assert here.records(*F) == {}

        here.edit(
            "zoho_crm", "Leads", None, Last_Name="欧阳", First_Name="晓雯", Mobile="+8613911112222", Company="甲公司"
        )
        here.settle()
        [again] = [one for one in asked(here) if one["kind"] == "returned"]
        with here.hub() as hub:
            done = decide(hub, again["id"], Decision("restore"), author="mei", reason="they came back")
            undo_acts(hub, [done.acts[0]], author="mei", reason="too fast")
        here.settle()
        assert here.records(*F) == {}
        with here.hub() as hub:
            decide(hub, again["id"], Decision("restore"), author="mei", reason="they did come back")
        here.settle()
        assert len(here.records(*F)) == 1
        assert written(here.sync()) == 0
        here.delete(*F, here.only(*F))
        here.settle()
        assert here.records(*F) == {}


@pytest.mark.parametrize(("said", "records"), [("restore", 1), ("ignore", 0)])
def test_a_stream_may_say_that_nobody_is_asked(tmp_path: Path, said: str, records: int) -> None:
    people = [typed("zoho_crm", "contact", "c", OUYANG), typed("fxiaoke", "contact", "c", OUYANG)]
    with world(tmp_path, people) as here:
        on_return(here, said)
        here.settle()
        here.delete(*F, here.only(*F))
        here.settle()
        here.edit(*Z, here.only(*Z), Title="总监")
        here.settle()
        assert (asked(here), len(here.records(*F))) == ([], records)
