"""What the hub wrote is taken back, by the same checks as any write, and stays taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ulid import ULID

from flows.profile_view import as_it_is
from flows.sync import Watcher
from flows.undo_writes import carry_out_undo, holds_named, lift_holds, plan_undo, writes_named
from golden_record.errors import NotDecidable
from golden_record.store import holds, profiles
from tests.system.world import World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
P1, P2 = "+8613911112222", "+8613911113333"
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
SIMA = {"family": "司马", "given": "青衫", "full_name": "司马青衫", "mobile": "+8613622223333"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer in both systems, with a phone and a tier in one of them; another in Zoho alone."""
    people = [
        typed("zoho_crm", "contact", "ouyang", {**OUYANG, "mobile": P1, "tier": "regular"}),
        typed("fxiaoke", "contact", "ouyang", OUYANG),
        typed("zoho_crm", "contact", "sima", SIMA),
    ]
    with world(tmp_path, people) as made:
        yield made


def named(here: World, stream: tuple[str, str], name: str) -> str:
    return next(key for key, one in here.records(*stream).items() if name in str(one))


def undo(here: World, name: str) -> dict[str, Any]:
    """Take back what *name* wrote, as `crmhub undo` does."""
    with here.hub() as hub:
        run_id = str(ULID())
        taking = plan_undo(hub, writes_named(hub, name), run_id=run_id, author="chen", reason="a mistake")
        shown = taking.to_json(hub, as_it_is)
        if not taking.holds:
            return shown
        return {**shown, **carry_out_undo(hub, taking, run_id, Watcher()).to_json()}


def test_a_run_is_taken_back_in_every_system_and_the_next_sync_leaves_it_so(here: World) -> None:
    run = here.sync()["run_id"]
    contact = named(here, F, "欧阳")
    assert here.value(*F, contact, "mobile1") == P1
    here.settle()
    done = undo(here, run)
    assert (done["status"], done["systems"]["fxiaoke"]["writes"]["update"]) == ("ok", 1)
    assert not here.value(*F, contact, "mobile1")
    assert [(one["why"], one["system"]) for one in done["left_alone"]] == [("created", "fxiaoke")]
    for _ in range(2):
        after = here.sync()
        assert written(after) == 0
        assert after["errors"] == []
        assert not here.value(*F, contact, "mobile1")
    full = here.sync(full=True)
    assert written(full) == 0


def test_what_people_have_edited_since_is_left_alone_and_named(here: World) -> None:
    run = here.sync()["run_id"]
    contact = named(here, F, "欧阳")
    here.edit(*F, contact, mobile1=P2)
    here.sync(push=False)
    done = undo(here, run)
    assert {(one["field"], one["why"]) for one in done["left_alone"]} == {("phones", "edited_since"), (None, "created")}
    assert here.value(*F, contact, "mobile1") == P2
    assert not here.value(*F, contact, "tier__c")


def test_an_edit_that_the_hub_has_not_seen_yet_is_not_written_over(here: World) -> None:
    run = here.sync()["run_id"]
    contact = named(here, F, "欧阳")
    here.edit(*F, contact, mobile1=P2)
    undo(here, run)
    assert here.value(*F, contact, "mobile1") == P2
    here.settle()
    assert here.value(*F, contact, "mobile1") == P2


def test_a_record_that_the_hub_made_is_left_alone_and_not_made_again(here: World) -> None:
    run = here.sync()["run_id"]
    made = named(here, F, "司马")
    undo(here, run)
    assert made in here.records(*F)
    here.edit(*Z, named(here, Z, "司马"), Title="总监")
    assert written(here.sync()) == 0
    here.delete(*F, made)
    here.settle()
    assert written(here.sync()) == 0
    assert not [one for one in here.records(*F).values() if "司马" in str(one)]


def test_another_value_is_written_and_people_who_say_the_same_again_end_the_hold(here: World) -> None:
    run = here.sync()["run_id"]
    contact, lead = named(here, F, "欧阳"), named(here, Z, "欧阳")
    undo(here, run)
    here.edit(*Z, lead, Mobile=P2)
    here.settle()
    assert here.value(*F, contact, "mobile1") == P2
    here.edit(*Z, lead, Mobile=P1)
    here.settle()
    assert here.value(*F, contact, "mobile1") == P1


def test_a_lifted_hold_and_an_undone_undo_write_again_what_the_profile_says(here: World) -> None:
    run = here.sync()["run_id"]
    contact = named(here, F, "欧阳")
    done = undo(here, run)
    with here.hub() as hub:
        found = holds_named(hub, done["run_id"])
        assert len(found) == 2
        lift_holds(hub, found, author="chen")
    here.settle()
    assert here.value(*F, contact, "mobile1") == P1


def test_a_kill_between_the_word_and_the_write_loses_no_undo(here: World) -> None:
    run = here.sync()["run_id"]
    contact = named(here, F, "欧阳")
    with here.hub() as hub:
        taking = plan_undo(hub, writes_named(hub, run), run_id=str(ULID()), author="chen", reason="a mistake")
        with hub.store.write() as connection:
            holds.add(connection, hub.store.vault, taking.holds)
            profiles.set_to_plan(connection, {one.profile_id for one in taking.holds}, waiting=True)
    here.settle()
    assert not here.value(*F, contact, "mobile1")
    assert written(here.sync()) == 0


def test_the_same_is_not_taken_back_twice_and_what_was_not_made_is_refused(here: World) -> None:
    run = here.sync()["run_id"]
    undo(here, run)
    with here.hub() as hub, pytest.raises(NotDecidable, match="taken back already"):
        plan_undo(hub, writes_named(hub, run), run_id=str(ULID()), author="chen", reason="")


def test_two_writes_of_a_field_in_one_record_are_taken_back_to_what_stood_before_both(here: World) -> None:
    first = here.sync()["run_id"]
    contact, lead = named(here, F, "欧阳"), named(here, Z, "欧阳")
    here.edit(*Z, lead, Rating="A")
    second = here.sync()["run_id"]
    assert here.value(*F, contact, "tier__c") is not None
    with here.hub() as hub:
        run_id = str(ULID())
        both = [*writes_named(hub, first), *writes_named(hub, second)]
        taking = plan_undo(hub, both, run_id=run_id, author="chen", reason="a mistake")
        carry_out_undo(hub, taking, run_id, Watcher())
    assert not here.value(*F, contact, "tier__c")
    here.settle()
    assert not here.value(*F, contact, "tier__c")
