"""Systems that answer success and lie: what was to be written is not stored, stored otherwise, or stored twice.

What must hold: reading back finds it; the write is not called confirmed but named, with a cure; nothing that the system
made of it is taken for a person's word; nothing is sent again and again; a person can have it sent once more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.duplicates import duplicates
from flows.outbox_acts import retry
from flows.planning import plan_now
from golden_record.store import outbox
from golden_record.store.outbox import Write
from tests.system.test_kill_matrix import WRITES, Bench, bench
from tests.system.world import written

SYSTEMS = sorted(WRITES)
QUICK = ("freshdesk", "zoho_crm")
"""One that takes a record a call and shows it in its answer, and one that takes batches; the others in the soak."""
WHOLE = pytest.mark.soak
each_system = pytest.mark.parametrize(
    "system", [pytest.param(one, marks=() if one in QUICK else WHOLE) for one in SYSTEMS]
)


def lies(on: Bench, kind: str, write: str) -> None:
    """Let the next call of this kind of write lie."""
    on.here.control("/_faults", [{"system": on.system, "kind": kind, "count": 1, **WRITES[on.system][write]}])


def struck(on: Bench) -> bool:
    return bool(sum(one["struck"] for one in on.here.control("/_faults")))


def refused(on: Bench) -> list[Write]:
    with on.here.hub() as hub, hub.store.read() as connection:
        return outbox.in_state(connection, hub.store.vault, [outbox.REJECTED])


def is_at_rest(on: Bench) -> None:
    assert [written(one) for one in on.here.settle()][-1] == 0
    assert written(on.here.sync(full=True)) == 0, "something was taken for a person's word"
    with on.here.hub() as hub:
        assert plan_now(hub, list(hub.systems.values()), every=True).writes == []


@each_system
@pytest.mark.parametrize("kind", ["not_stored", "stored_otherwise"])
def test_an_update_that_is_not_stored_as_sent_is_named_and_can_be_sent_again(
    tmp_path: Path, system: str, kind: str
) -> None:
    with bench(tmp_path, system) as on:
        before = on.title(system, 0)
        lies(on, kind, "update")
        on.retitle(0, on.partner, "采购主管")
        done = on.here.sync()
        assert struck(on)
        (error,) = done["errors"]
        assert (error["system"], error["id"]) == (system, on.of(system, 0)[0].record_id)
        assert error["cure"]
        assert done["systems"][system]["writes"] == {"create": 0, "update": 0, "failed": 1}
        (write,) = refused(on)
        assert [one.profile_field for one in write.fields.values()] == ["job_title"]
        is_at_rest(on)
        assert on.title(on.partner, 0) == "采购主管"
        assert on.title(system, 0) == (before if kind == "not_stored" else "????")
        with on.here.hub() as hub:
            retry(hub, write.write_id)
        assert written(on.here.sync()) == 1
        assert on.title(system, 0) == "采购主管"
        is_at_rest(on)


@each_system
def test_a_create_that_lies_makes_neither_none_nor_a_third(tmp_path: Path, system: str) -> None:
    with bench(tmp_path, system) as on:
        lies(on, "not_stored", "create")
        lost = on.enter()
        on.here.sync()
        assert struck(on)
        is_at_rest(on)
        assert len(on.of(system, lost)) == 1

        lies(on, "stored_otherwise", "create")
        spoilt = on.enter()
        on.here.sync()
        assert struck(on)
        is_at_rest(on)
        (record,) = on.of(system, spoilt)
        assert "?" not in str(record.values)
        assert "?" not in str([one.values for one in on.of(on.partner, spoilt)])

        lies(on, "stored_twice", "create")
        twin = on.enter()
        on.here.sync()
        assert struck(on)
        is_at_rest(on)
        records = on.of(system, twin)
        assert len(records) == 2
        with on.here.hub() as hub:
            shown = duplicates(hub, system=system, department=None, after=None, limit=10, show=lambda _e, _f, v: v)
        assert [{one["id"] for one in item["records"]} for item in shown["items"]] == [
            {one.record_id for one in records}
        ]
        on.here.control("/_faults", [])
        on.retitle(twin, on.partner, "双份")
        is_at_rest(on)
        assert len(on.of(system, twin)) == 2
