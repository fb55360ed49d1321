"""What becomes of a planned write whose record is deleted, merged, locked or brought back before it goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.sync import Wanted, Watcher, sync
from tests.system.customers import person
from tests.system.laws.mishaps import without_pauses
from tests.system.world import World, typed, world, written

DESKS = (("zoho_crm", "contact"), ("freshdesk", "user"))
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    people = [typed("zoho_crm", "contact", "0", person(0)), typed("fxiaoke", "contact", "0", person(0))]
    with world(tmp_path, people) as started:
        started.settle()
        yield started


def pushed(here: World, meanwhile: Callable[[], object]) -> dict[str, Any]:
    """Let somebody in Fxiaoke write a title; *meanwhile* happens when its write is planned and not sent."""
    here.edit(*F, here.only(*F), job_title="经理")
    left = [meanwhile]

    def phase(name: str) -> None:
        if name == "push person" and left:
            left.pop()()

    with here.hub() as hub:
        done = sync(hub, Wanted(), Watcher(phase=phase)).to_json()
    assert not left
    return done


def act(here: World, record_id: str, **what: Any) -> None:
    here.running.clock.advance(2)
    here.control("/_edit", {"system": Z[0], "stream": Z[1], "id": record_id, **what})


def is_at_rest(here: World) -> None:
    here.late += timedelta(minutes=20)
    here.settle()
    assert written(here.sync(full=True)) == 0


def test_a_record_that_is_deleted_before_its_write_goes_out_is_neither_written_nor_made_again(here: World) -> None:
    record_id = here.only(*Z)
    done = pushed(here, lambda: act(here, record_id, delete=True))
    assert done["systems"]["zoho_crm"]["writes"]["update"] == 0
    is_at_rest(here)
    assert here.records(*Z) == {}
    assert here.value(*F, here.only(*F), "job_title") == "经理"


def test_a_record_that_is_deleted_and_brought_back_before_its_write_gets_it(here: World) -> None:
    record_id = here.only(*Z)

    def there_and_back() -> None:
        act(here, record_id, delete=True)
        act(here, record_id, restore=True)

    pushed(here, there_and_back)
    is_at_rest(here)
    assert here.value(*Z, here.only(*Z), "Title") == "经理"


def test_a_record_that_is_merged_away_before_its_write_leaves_it_to_the_winner(here: World) -> None:
    record_id = here.only(*Z)
    values = here.records(*Z)[record_id]
    typed_in = {name: values[name] for name in ("Last_Name", "First_Name", "Email") if values.get(name)}
    winner = here.edit(*Z, None, **typed_in)
    here.settle()
    pushed(here, lambda: act(here, record_id, delete=True, merge_into=winner))
    is_at_rest(here)
    assert list(here.records(*Z)) == [winner]
    assert here.value(*Z, winner, "Title") == "经理"


def test_a_record_that_is_locked_before_its_write_is_named_and_written_when_it_is_free(here: World) -> None:
    record_id = here.only(*Z)
    done = pushed(here, lambda: act(here, record_id, set={"Locked__s": True}))
    assert [(one["id"], one["code"]) for one in done["errors"]] in ([], [(record_id, "RECORD_LOCKED")])
    here.late += timedelta(minutes=20)
    locked = here.sync()
    assert [(one["id"], one["code"]) for one in locked["errors"]] == [(record_id, "RECORD_LOCKED")]
    assert locked["errors"][0]["cure"]
    act(here, record_id, set={"Locked__s": False})
    is_at_rest(here)
    assert here.value(*Z, record_id, "Title") == "经理"


def test_a_quota_that_ends_half_way_through_a_push_leaves_the_rest_for_later(tmp_path: Path) -> None:
    numbers = range(5)
    people = [typed(name, kind, str(n), person(n)) for n in numbers for name, kind in DESKS]
    with without_pauses(), world(tmp_path, people, systems=[name for name, _kind in DESKS]) as here:
        here.settle()
        titles: dict[str, str] = {}
        for record_id in here.records("zoho_crm", "Contacts"):
            titles[here.records("zoho_crm", "Contacts")[record_id]["Email"]] = title = f"经理{len(titles)}"
            here.edit("zoho_crm", "Contacts", record_id, Title=title)
        rule = {"system": "freshdesk", "kind": "status", "status": 429, "method": "PUT", "skip": 2}
        here.control("/_faults", [{**rule, "headers": {"Retry-After": "3600"}}])
        here.control("/_stats/reset", {})
        done = here.sync()
        assert done["systems"]["freshdesk"]["writes"]["update"] == 2
        here.control("/_faults", [])
        here.late += timedelta(hours=2)
        here.settle()
        shown = {one["email"]: one["job_title"] for one in here.records("freshdesk", "contacts").values()}
        assert shown == titles
        assert here.writes()["freshdesk"] == len(titles)
