"""A read that breaks off, answers nonsense or finds nothing proves no deletion, in whichever system."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.fxiaoke.client import Client
from golden_record.store.tables import source_records as table
from tests.system.laws.mishaps import without_pauses
from tests.system.test_deletions import OUYANG, asked, people, says
from tests.system.world import World, typed, world, written

STREAMS = {
    "zoho_crm": "Contacts",
    "fxiaoke": "ContactObj",
    "zendesk": "users",
    "freshdesk": "contacts",
    "zoho_desk": "contacts",
    "udesk": "customers",
}
BAD: list[dict[str, Any]] = [{"kind": "cut"}, {"kind": "html"}, {"kind": "status", "status": 404}]
NO_SIGN_IN = "(?i)^(?!.*(oauth|token|log_in))."
"""Path of a call that reads or writes."""
DAY = timedelta(days=1, minutes=1)


def states(here: World) -> dict[str, set[str]]:
    """Return system -> the states of its customers' records, as the hub knows them."""
    found: dict[str, set[str]] = {}
    with here.hub() as hub, hub.store.read() as connection:
        for row in connection.execute(table.select().with_only_columns(table.c.system, table.c.stream, table.c.state)):
            if STREAMS[row.system] == row.stream:
                found.setdefault(row.system, set()).add(row.state)
    return found


def test_a_bad_read_archives_nobody_deletes_nothing_and_makes_nobody_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second: dict[str, Any] = {"full_name": "李雷", "mobile": "+8613800138000", "email": "lei@li.cn"}
    known = [typed("zoho_crm", "contact", "c", OUYANG), typed("zoho_crm", "contact", "d", second)]
    monkeypatch.setitem(Client.__init__.__kwdefaults__ or {}, "sleep", lambda _seconds: None)
    with without_pauses(), world(tmp_path, known, systems=tuple(STREAMS)) as here:
        for system, stream in STREAMS.items():
            says(here, system, stream, on_delete="archive")
        here.settle()
        before, shown = states(here), people(here)
        assert len(shown) == 2
        assert all("live" in held for held in before.values())
        there = {system: sorted(here.records(system, stream)) for system, stream in STREAMS.items()}
        for place, bad in enumerate(BAD):
            rules = [{"system": one, "path": NO_SIGN_IN, **bad} for one in STREAMS]
            here.control("/_faults", rules)
            here.late = DAY * (place + 1)  # so that whatever is swept is swept
            result = here.sync(full=True)
            assert {one["system"] for one in result["errors"]} == set(STREAMS), bad
            here.control("/_faults", [])
            assert (states(here), asked(here)) == (before, []), bad
            assert [one for one in people(here) if "archived" in one] == [], bad
        here.late = DAY * (len(BAD) + 1)
        here.settle()
        assert {system: sorted(here.records(system, stream)) for system, stream in STREAMS.items()} == there
        assert (written(here.sync(full=True)), people(here)) == (0, shown)
