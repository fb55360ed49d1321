"""An upgrade finds events in the inbox that an older version took in: the new one works them off."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.main import run
from golden_record.migrations.upgrade import known, upgrade
from golden_record.store import inbox, profiles
from golden_record.store.engine import make_engine, resolve_url
from golden_record.vault import Vault, load_key_ring
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
OLDER = known()[:-1]
SOME = (OLDER[0], OLDER[-1])


def take_in(here: World, url: str, version: str, record_id: str) -> None:
    """Leave a store as a program of *version* leaves it that took a post in and was stopped."""
    engine = make_engine(resolve_url(url, here.folder))
    upgrade(engine, version)
    vault = Vault(load_key_ring(here.folder / ".crmhub.key", None))
    with engine.begin() as connection:
        said = inbox.Content(changes=(("Contacts", record_id),))
        inbox.keep(connection, vault, "zoho_crm", "delivery-1", said, datetime.now(UTC))
    engine.dispose()


@pytest.mark.parametrize("version", [pytest.param(one, marks=() if one in SOME else pytest.mark.soak) for one in OLDER])
def test_events_that_wait_are_worked_off_after_an_upgrade(tmp_path: Path, version: str) -> None:
    people = [typed("zoho_crm", "contact", "c1", PERSON)]
    with world(tmp_path, people, systems=("zoho_crm",)) as here:
        take_in(here, "sqlite:///crmhub.db", version, here.only("zoho_crm", "Contacts"))
        assert run(["events", "work", "--project", str(tmp_path)]) == 0
        with here.hub() as hub, hub.store.read() as connection:
            assert [event.state for event in inbox.page(connection, None, None, 10)] == ["done"]
            assert profiles.count(connection) == 1
