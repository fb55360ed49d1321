"""A run says how far it is, not too often, and whatever the store does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.hub import Hub
from flows.run_history import run_shown
from flows.run_progress import EVERY, noting
from golden_record.store import runs
from tests.system.world import world


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with world(tmp_path / "project", []) as made, made.hub() as opened:
        with opened.store.write() as connection:
            runs.start(connection, "R", "sync", opened.now())
        yield opened


def test_phases_show_at_once_and_counts_now_and_then(hub: Hub) -> None:
    time = [0.0]
    watcher = noting(hub, "R", clock=lambda: time[0])

    def shown() -> dict[str, object]:
        found = run_shown(hub, "R")
        assert found is not None
        return dict(found["progress"])

    watcher.phase("pull")
    assert shown() == {"phase": "pull", "read": {}, "sent": {}}
    watcher.pulled("zoho_crm", "Contacts", 500)
    assert shown()["read"] == {}
    time[0] = EVERY
    watcher.pulled("zoho_crm", "Contacts", 1000)
    assert shown()["read"] == {"zoho_crm/Contacts": 1000}
    watcher.phase("push person")
    watcher.pushed("fxiaoke", 7)
    assert shown() == {"phase": "push person", "read": {"zoho_crm/Contacts": 1000}, "sent": {}}
    time[0] += EVERY
    watcher.pushed("fxiaoke", 9)
    assert shown()["sent"] == {"fxiaoke": 9}


def test_a_run_that_has_ended_is_not_written_over(hub: Hub) -> None:
    with hub.store.write() as connection:
        runs.end(connection, "R", "ok", {"systems": {}}, hub.now())
    noting(hub, "R").phase("pull")
    assert "progress" not in (run_shown(hub, "R") or {})
