"""The worker's thread: what it does when the machine's clock is set anew."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from flows.webhook_worker import CLOCK_JUMP, Worker
from golden_record.store import inbox
from golden_record.store.inbox import DONE, WAITING, Content
from tests.system.world import World, typed, world

PATIENCE = 60.0
PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}


def states(here: World) -> list[str]:
    with here.hub() as hub, hub.store.read() as connection:
        return [one.state for one in inbox.page(connection, None, None, 9)]


def until(here: World, wanted: list[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while states(here) != wanted:
        assert time.monotonic() < deadline, f"the events came to be {states(here)}"
        time.sleep(0.05)


def test_events_that_wait_for_a_time_by_the_old_clock_are_due_when_it_is_set(tmp_path: Path) -> None:
    ahead = 0.0
    with world(tmp_path / "project", [typed("zoho_crm", "contact", "c1", PERSON)], systems=("zoho_crm",)) as here:
        here.sync()
        content = Content(changes=(("Contacts", here.only("zoho_crm", "Contacts")),))
        with here.hub() as hub:

            def keep(key: str) -> str:
                with hub.store.write() as connection:
                    return inbox.keep(connection, hub.store.vault, "zoho_crm", key, content, hub.now()).event_id

            worker = Worker(hub, wall=lambda: time.time() + ahead)
            keep("of the time before")
            worker.start()
            until(here, [DONE])
            event = keep("put off")
            with hub.store.write() as connection:
                inbox.put_off(connection, [event], hub.now() + timedelta(hours=5), "no answer")
            ahead = CLOCK_JUMP / 2
            keep("after a drift")
            worker.ring()
            until(here, [DONE, WAITING, DONE])
            ahead = -5 * 3600.0
            worker.ring()
            until(here, [DONE, DONE, DONE])
            assert worker.stop(PATIENCE)
