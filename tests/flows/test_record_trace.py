"""What became of one record in one run, told from what the store keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.profile_view import as_it_is
from flows.record_trace import trace
from flows.sync import Wanted, sync
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    people = [typed("zoho_crm", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c1", PERSON)]
    with world(tmp_path / "project", people) as made:
        yield made


def traced(here: World, run_id: str, where: tuple[str, str], record_id: str) -> dict[str, Any]:
    with here.hub() as hub:
        found = trace(hub, run_id, *where, record_id, as_it_is)
    assert found is not None
    return found


def stages(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["stage"], step["what"]) for step in found["steps"]]


def test_a_record_is_followed_from_first_sight_through_an_edit_to_the_write(here: World) -> None:
    first = here.sync()["run_id"]
    z = here.only(*Z)
    seen = traced(here, first, Z, z)
    assert stages(seen)[0] == ("read", "first_seen")
    assert ("resolved", "created") in stages(seen)
    assert seen["known"]
    here.edit(*Z, z, Title="总监")
    second = here.sync()["run_id"]
    changed = traced(here, second, Z, z)
    assert stages(changed)[:2] == [("read", "changed"), ("mapped", "person")]
    mapped = changed["steps"][1]
    assert mapped["fields"] == {"job_title": {"old": [], "new": ["总监"], "mark": "seen"}}
    [write] = [step for step in changed["steps"] if step["stage"] == "write"]
    assert (write["what"], write["system"], write["here"]) == ("confirmed", "fxiaoke", False)
    assert write["fields"]["job_title"]["new"] == "总监"
    other = traced(here, second, F, here.only(*F))
    [write] = [step for step in other["steps"] if step["stage"] == "write"]
    assert write["here"]
    third = here.sync()["run_id"]
    assert stages(traced(here, third, Z, z)) == [("read", "unchanged")]


def test_what_the_run_noted_against_a_record_is_part_of_its_trace(here: World) -> None:
    here.sync()
    here.edit(*F, here.only(*F), job_title="总监")
    here.control("/_faults", [{"system": "zoho_crm", "kind": "fail_rows", "rate": 1.0}])
    run = here.sync()
    z = here.only(*Z)
    assert [one["id"] for one in run["errors"]] == [z]
    found = traced(here, run["run_id"], Z, z)
    [write] = [step for step in found["steps"] if step["stage"] == "write"]
    assert write["what"] == "retry_at"
    [error] = [step for step in found["steps"] if step["stage"] == "error"]
    assert error["message"] == write["message"]


def test_a_record_that_nobody_knows_and_a_run_that_never_was(here: World) -> None:
    run_id = here.sync()["run_id"]
    found = traced(here, run_id, Z, "nobody")
    assert (found["known"], stages(found)) == (False, [("read", "unknown")])
    with here.hub() as hub:
        assert trace(hub, "0" * 26, *Z, "nobody", as_it_is) is None


def test_a_record_that_is_deleted_is_gone_in_the_run_that_learned_of_it(here: World) -> None:
    here.sync()
    z = here.only(*Z)
    here.delete(*Z, z)
    with here.hub() as hub:
        run_id = sync(hub, Wanted()).run_id
    assert stages(traced(here, run_id, Z, z))[0] == ("read", "gone")
