"""A record is deleted in its system: what follows is what its stream says, or a steward."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.decisions import Decision, decide
from flows.effect import effect_of_decision
from flows.plan import Blocked
from flows.planning import plan_now
from flows.profile_view import profile_page, view_of
from flows.stewards import keep_customer, review_page, undo_acts
from golden_record.errors import NotDecidable
from tests.system.world import World, typed, world, written

Z, F, FD = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj"), ("freshdesk", "contacts")
OUYANG = {
    "family": "欧阳",
    "given": "晓雯",
    "full_name": "欧阳晓雯",
    "mobile": "+8613911112222",
    "email": "wen@ouyang.cn",
}
SHIPPED = Path(__file__).parents[2] / "config" / "mappings"
ALONE = [typed("zoho_crm", "contact", "c", OUYANG)]
BOTH = [*ALONE, typed("fxiaoke", "contact", "c", OUYANG)]


def says(here: World, system: str, stream: str, **words: str) -> None:
    """Let a stream's mapping say more than the shipped one."""
    mappings = here.folder / "config" / "mappings" / system
    mappings.mkdir(parents=True, exist_ok=True)
    shipped = (SHIPPED / system / f"{stream}.yaml").read_text(encoding="utf-8")
    more = "".join(f"\n{name}: {word}\n" for name, word in words.items())
    (mappings / f"{stream}.yaml").write_text(shipped + more, encoding="utf-8")


def lets_make(here: World, system: str, create: str) -> None:
    """Let a system take creates, or none."""

    def change(document: Any) -> None:
        document["systems"][system]["push"]["create"] = create

    here.change_yaml("hub.yaml", change)


def asked(here: World, status: str = "open") -> list[dict[str, Any]]:
    with here.hub() as hub:
        found: list[dict[str, Any]] = review_page(
            hub, status=status, after=None, limit=9, show=view_of(hub, mask=False)
        )["items"]
    return found


def answer(here: World, review_id: str, kind: Any) -> str:
    with here.hub() as hub:
        return decide(hub, review_id, Decision(kind), author="mei", reason="seen").acts[0]


def people(here: World) -> list[dict[str, Any]]:
    """Return the persons as `profiles list` shows them."""
    with here.hub() as hub:
        found: list[dict[str, Any]] = profile_page(
            hub, entity="person", after=None, limit=9, show=view_of(hub, mask=False)
        )["items"]
    return found


def not_made(here: World) -> list[Blocked]:
    with here.hub() as hub:
        return [one for one in plan_now(hub, list(hub.systems.values()), every=True).blocked if one.record_id is None]


def test_where_nothing_is_said_a_customer_deleted_in_one_system_is_still_made_in_others(tmp_path: Path) -> None:
    with world(tmp_path, ALONE) as here:
        lets_make(here, "fxiaoke", "never")
        here.settle()
        here.delete(*Z, here.only(*Z))
        here.settle()
        lets_make(here, "fxiaoke", "always")
        here.settle()
        assert len(here.records(*F)) == 1
        assert "archived" not in people(here)[0]


def test_an_archived_customer_is_made_nowhere_and_its_other_records_stay_right(tmp_path: Path) -> None:
    with world(tmp_path, BOTH, systems=("zoho_crm", "fxiaoke", "freshdesk")) as here:
        says(here, *Z, on_delete="archive")
        lets_make(here, "freshdesk", "never")
        here.settle()
        before = people(here)[0]["fields"]
        here.delete(*Z, here.only(*Z))
        here.settle()
        [shown] = people(here)
        assert (shown["archived"], shown["fields"]) == (True, before)
        lets_make(here, "freshdesk", "always")
        here.settle()
        assert here.records(*FD) == {}
        assert {(one.system, one.why) for one in not_made(here)} == {
            ("zoho_crm", "deleted_there"),
            ("freshdesk", "archived"),
        }
        assert len(here.records(*F)) == 1
        with here.hub() as hub:
            done = keep_customer(hub, shown["profile_id"], author="mei", reason="a mistake of sales")
            with pytest.raises(NotDecidable, match="no deletion counts"):
                keep_customer(hub, shown["profile_id"], author="mei", reason="again")
            undo_acts(hub, [done.acts[0]], author="mei", reason="it was none")
        here.settle()
        assert (people(here)[0].get("archived"), here.records(*FD)) == (True, {})
        with here.hub() as hub:
            keep_customer(hub, shown["profile_id"], author="mei", reason="it was one")
        here.settle()
        assert ("archived" in people(here)[0], len(here.records(*FD))) == (False, 1)
        assert here.records(*Z) == {}


def test_an_archived_customer_who_is_heard_of_again_and_comes_back_is_archived_no_longer(tmp_path: Path) -> None:
    with world(tmp_path, BOTH) as here:
        says(here, *Z, on_delete="archive")
        here.settle()
        here.delete(*Z, here.only(*Z))
        here.settle()
        here.edit(*F, here.only(*F), name="欧阳小雯")
        here.settle()
        [question] = asked(here)
        assert (question["kind"], people(here)[0]["archived"]) == ("returned", True)
        act = answer(here, question["id"], "restore")
        with here.hub() as hub:
            undo_acts(hub, [act], author="mei", reason="too fast")
        assert (people(here)[0].get("archived"), len(asked(here))) == (True, 1)
        answer(here, question["id"], "restore")
        here.settle()
        assert (len(here.records(*Z)), "archived" in people(here)[0]) == (1, False)


def test_of_two_duplicates_one_may_be_deleted_without_a_word(tmp_path: Path) -> None:
    twice = [*BOTH, typed("zoho_crm", "contact", "c", OUYANG, key="again")]
    with world(tmp_path, twice) as here:
        says(here, *Z, on_delete="hold")
        here.settle()
        first, second = sorted(here.records(*Z))
        here.delete(*Z, first)
        here.settle()
        assert asked(here) == []
        here.delete(*Z, second)
        here.settle()
        [question] = asked(here)
        assert question["kind"] == "deleted"


def test_a_held_deletion_waits_for_a_steward_and_nothing_moves_meanwhile(tmp_path: Path) -> None:
    with world(tmp_path, ALONE, systems=("zoho_crm", "fxiaoke")) as here:
        says(here, *Z, on_delete="hold")
        lets_make(here, "fxiaoke", "never")
        here.settle()
        before = people(here)[0]["fields"]
        here.delete(*Z, here.only(*Z))
        here.settle()
        lets_make(here, "fxiaoke", "always")
        here.settle()
        [question] = asked(here)
        assert (question["kind"], question["why"], question["candidates"]) == ("deleted", "deleted_there", [])
        assert (here.records(*F), people(here)[0]["fields"]) == ({}, before)
        assert {(one.system, one.why) for one in not_made(here)} == {
            ("zoho_crm", "deleted_there"),
            ("fxiaoke", "deletion_held"),
        }
        with here.hub() as hub:
            with pytest.raises(NotDecidable, match="of the kind `deleted`"):
                decide(hub, question["id"], Decision("match"), author="mei", reason="?")
            show = view_of(hub, mask=True)
            seen = effect_of_decision(hub, question["id"], Decision("accept"), author="mei", show=show)
            made = {one["system"]: [record["kind"] for record in one["records"]] for one in seen["systems"]}
            assert made == {"zoho_crm": [], "fxiaoke": ["create"]}
            seen = effect_of_decision(hub, question["id"], Decision("archive"), author="mei", show=show)
            assert [one["records"] for one in seen["systems"]] == [[], []]
        assert len(asked(here)) == 1  # trying keeps nothing
        act = answer(here, question["id"], "accept")
        with here.hub() as hub:
            undo_acts(hub, [act], author="mei", reason="wait")
        here.settle()
        assert (len(asked(here)), here.records(*F)) == (1, {})
        answer(here, question["id"], "archive")
        here.settle()
        assert (asked(here), here.records(*F), people(here)[0]["archived"]) == ([], {}, True)


@pytest.mark.parametrize(("said", "in_zoho", "in_fxiaoke"), [("accept", 0, 1), ("dismiss", 0, 1), ("restore", 1, 1)])
def test_what_a_steward_says_of_a_held_deletion_is_done(
    tmp_path: Path, said: str, in_zoho: int, in_fxiaoke: int
) -> None:
    with world(tmp_path, ALONE) as here:
        says(here, *Z, on_delete="hold")
        lets_make(here, "fxiaoke", "never")
        here.settle()
        here.delete(*Z, here.only(*Z))
        here.settle()
        lets_make(here, "fxiaoke", "always")
        here.settle()
        answer(here, asked(here)[0]["id"], said)
        here.settle()
        assert (len(here.records(*Z)), len(here.records(*F)), asked(here)) == (in_zoho, in_fxiaoke, [])
        assert written(here.sync()) == 0


def test_a_record_cannot_be_asked_back_where_the_hub_makes_none(tmp_path: Path) -> None:
    with world(tmp_path, BOTH) as here:
        says(here, *Z, on_delete="hold")
        lets_make(here, "zoho_crm", "never")
        here.settle()
        here.delete(*Z, here.only(*Z))
        here.settle()
        [question] = asked(here)
        with here.hub() as hub, pytest.raises(NotDecidable, match="makes no person in zoho_crm"):
            decide(hub, question["id"], Decision("restore"), author="mei", reason="?")
        assert len(asked(here)) == 1


def test_a_question_falls_when_the_record_is_there_again(tmp_path: Path) -> None:
    with world(tmp_path, BOTH) as here:
        says(here, *Z, on_delete="hold")
        here.settle()
        here.delete(*Z, here.only(*Z))
        here.settle()
        assert len(asked(here)) == 1
        here.edit(*Z, None, Last_Name="欧阳", First_Name="晓雯", Mobile="+8613911112222", Email="wen@ouyang.cn")
        here.settle()
        assert (asked(here), len(asked(here, "obsolete")), len(people(here))) == ([], 1, 1)
        assert len(here.records(*Z)) == 1
        here.delete(*Z, here.only(*Z))  # and once more: a deletion like any other
        here.settle()
        [question] = asked(here)
        assert question["kind"] == "deleted"


def test_deleted_in_two_systems_at_once_is_asked_for_each_and_revives_nothing(tmp_path: Path) -> None:
    with world(tmp_path, BOTH) as here:
        says(here, *Z, on_delete="hold")
        says(here, *F, on_delete="archive")
        here.settle()
        before = people(here)[0]["fields"]
        here.delete(*Z, here.only(*Z))
        here.delete(*F, here.only(*F))
        here.settle()
        [question] = asked(here)
        [shown] = people(here)
        assert (question["kind"], shown["archived"], shown["fields"], shown["sources"]) == ("deleted", True, before, [])
        answer(here, question["id"], "accept")
        here.settle()
        assert (here.records(*Z), here.records(*F), people(here)[0]["archived"]) == ({}, {}, True)


def test_a_mapping_that_is_edited_later_says_nothing_of_earlier_deletions(tmp_path: Path) -> None:
    with world(tmp_path, BOTH) as here:
        here.settle()
        here.delete(*Z, here.only(*Z))
        here.settle()
        says(here, *Z, on_delete="hold")
        here.settle()
        here.sync(full=True)
        assert (asked(here), "archived" in people(here)[0]) == ([], False)
