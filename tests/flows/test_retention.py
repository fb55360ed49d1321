"""What is over is forgotten when hub.yaml says so; what waits for a person never is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from flows.retention import sweep
from golden_record.store import inbox
from golden_record.store.inbox import Content
from golden_record.store.tables import inbox as inbox_table
from golden_record.store.tables import outbox, runs
from tests.system.world import World, typed, world, written

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}


def counted(here: World) -> tuple[int, int, int]:
    with here.hub() as hub, hub.store.read() as connection:
        return tuple(  # type: ignore[return-value]  # three of them
            int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
            for table in (runs, inbox_table, outbox)
        )


def test_old_runs_events_and_writes_go_and_failed_events_stay(tmp_path: Path) -> None:
    with world(tmp_path, [typed("zoho_crm", "contact", "c1", PERSON)]) as here:
        here.settle()
        with here.hub() as hub, hub.store.write() as connection:
            for name in ("one", "two"):
                inbox.keep(connection, hub.store.vault, "zoho_crm", name, Content(), hub.now())
            failed = inbox.keep(connection, hub.store.vault, "zoho_crm", "3", Content(problems=("x",)), hub.now())
            inbox.end(connection, [failed.event_id], inbox.FAILED, hub.now(), "x")
        before = counted(here)
        assert before[1] == 3
        assert before[2] >= 1
        with here.hub() as hub:
            assert sweep(hub) == {}, "nothing goes unless hub.yaml says so"
        here.change_yaml(
            "hub.yaml", lambda hub: hub.update(retention={"runs": "30d", "events": "30d", "writes": "30d"})
        )
        with here.hub() as hub:
            assert sum(sweep(hub).values()) == 0
        here.late = timedelta(days=31)
        with here.hub() as hub:
            assert sweep(hub) == {"runs": before[0], "events": 2, "writes": before[2]}
        assert counted(here) == (0, 1, 0)
        here.late = timedelta()
        assert written(here.sync()) == 0, "the shadows know what was written"
