"""Records that go or come back without a word are found by the sweep, and nothing is concluded from a bad one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from golden_record.store.source_records import live_refs
from golden_record.store.tables import source_records as table
from tests.system.world import World, typed, world, written

DAY = timedelta(days=1, minutes=1)


def person(number: int) -> Any:
    values = {"full_name": f"李雷{number}", "mobile": f"138000{number:05d}", "email": f"l{number}@a.example"}
    return typed("fxiaoke", "contact", f"p{number}", values)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "hub", [person(n) for n in range(3)], systems=("fxiaoke",)) as made:
        made.settle()
        yield made


def remove_for_good(one: World, record_id: str) -> None:
    """Invalidate and delete: no query shows the row any more."""
    one.delete("fxiaoke", "ContactObj", record_id)
    sandbox = one.running.sandboxes["fxiaoke"]
    kept = dict(sandbox.keep())
    sandbox.recall({**kept, "purged": [*kept["purged"], ["ContactObj", record_id]]})


def state(one: World, record_id: str) -> str:
    with one.hub() as hub, hub.store.read() as connection:
        where = table.c.record_id == record_id
        return str(connection.scalar(table.select().with_only_columns(table.c.state).where(where)))


def test_a_record_that_was_deleted_for_good_is_found_when_the_sweep_is_due_and_not_before(one: World) -> None:
    gone = min(one.records("fxiaoke", "ContactObj"))
    remove_for_good(one, gone)
    one.sync()
    assert state(one, gone) == "live"
    one.late = DAY
    result = one.sync()
    assert state(one, gone) == "deleted"
    assert (result["errors"], written(result)) == ([], 0)


def test_a_sweep_that_lost_most_of_what_was_known_is_not_believed(tmp_path: Path) -> None:
    with world(tmp_path / "hub", [person(n) for n in range(12)], systems=("fxiaoke",)) as one:
        one.settle()
        for record_id in sorted(one.records("fxiaoke", "ContactObj"))[:8]:
            remove_for_good(one, record_id)
        one.late = DAY
        result = one.sync()
        assert [error["code"] for error in result["errors"]] == ["shrunken_sweep"]
        with one.hub() as hub, hub.store.read() as connection:
            assert len(live_refs(connection, "fxiaoke", "ContactObj")) == 12


def test_a_sweep_that_breaks_off_concludes_nothing_and_is_tried_again_at_the_next_sync(one: World) -> None:
    gone = min(one.records("fxiaoke", "ContactObj"))
    remove_for_good(one, gone)
    one.late = DAY
    one.control(
        "/_faults", [{"system": "fxiaoke", "method": "POST", "path": "/query$", "kind": "status", "status": 403}]
    )
    one.sync()
    assert state(one, gone) == "live"
    one.control("/_faults", [])
    one.sync()
    assert state(one, gone) == "deleted"


def test_never_means_never(one: World) -> None:
    one.change_yaml("hub.yaml", lambda hub: hub["systems"]["fxiaoke"].setdefault("pull", {}).update(sweep="never"))
    gone = min(one.records("fxiaoke", "ContactObj"))
    remove_for_good(one, gone)
    one.late = DAY * 30
    one.sync()
    assert state(one, gone) == "live"


def test_a_zoho_record_restored_from_the_bin_with_its_old_stamp_comes_back(tmp_path: Path) -> None:
    people = [typed("zoho_crm", "contact", f"p{n}", {"family": "Lee", "given": f"Ann{n}"}) for n in range(2)]
    with world(tmp_path / "hub", people, systems=("zoho_crm",)) as one:
        one.settle()
        record_id = min(one.records("zoho_crm", "Contacts"))
        book = one.running.sandboxes["zoho_crm"].book
        stored = book.get("Contacts", record_id)
        assert stored is not None
        before = stored.modified_at
        one.delete("zoho_crm", "Contacts", record_id)
        one.sync()
        assert state(one, record_id) == "deleted"
        book.restore("Contacts", record_id, by="people", at=before)
        one.sync()
        assert state(one, record_id) == "deleted"
        one.late = DAY
        result = one.sync()
        assert state(one, record_id) == "live"
        assert result["errors"] == []
