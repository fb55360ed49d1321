"""A paused system is left alone, whatever would work on it; what waited is taken up when it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import push as pushing
from flows.doctor import diagnose
from flows.pauses import SystemPaused, pause, resume
from flows.reconcile import reconcile
from flows.sync import Wanted, Watcher, sync
from flows.webhook_work import work_off
from golden_record.errors import NotDecidable
from golden_record.store import inbox, outbox
from golden_record.store.inbox import Content
from tests.system.world import World, typed, world, written

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer in two systems that agree."""
    people = [typed("zoho_crm", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c1", PERSON)]
    with world(tmp_path / "project", people) as made:
        made.settle()
        yield made


def hold(here: World, system: str, **facts: Any) -> None:
    with here.hub() as hub:
        pause(hub, system, author="li", reason="upgrade of the CRM", **facts)


def go_on(here: World, system: str) -> None:
    with here.hub() as hub:
        resume(hub, system, author="li")


def title(here: World, where: tuple[str, str]) -> Any:
    return here.value(*where, here.only(*where), {"zoho_crm": "Title", "fxiaoke": "job_title"}[where[0]])


def test_nothing_is_written_to_a_paused_system_until_it_goes_on(here: World) -> None:
    hold(here, "fxiaoke")
    here.control("/_stats/reset", {})
    here.edit(*Z, here.only(*Z), Title="总监")
    done = here.sync()
    assert done["status"] == "paused"
    assert done["held"] == [{"system": "fxiaoke", "by": "li", "until": None}]
    assert done["errors"] == []
    assert done["systems"]["zoho_crm"]["streams"]["Contacts"]["changed"] == 1
    assert here.control("/_stats")["fxiaoke"]["reads"] == 0
    assert title(here, F) is None
    go_on(here, "fxiaoke")
    assert written(here.sync()) == 1
    assert title(here, F) == "总监"


def test_nothing_is_read_from_a_paused_system_until_it_goes_on(here: World) -> None:
    hold(here, "zoho_crm")
    here.control("/_stats/reset", {})
    here.edit(*Z, here.only(*Z), Title="总监")
    here.sync(systems=["zoho_crm"])
    assert here.control("/_stats")["zoho_crm"]["reads"] == 0
    go_on(here, "zoho_crm")
    here.sync()
    assert title(here, F) == "总监"


def test_one_record_of_a_paused_system_is_not_read_either(here: World) -> None:
    hold(here, "zoho_crm")
    done = here.sync(records=[(*Z, here.only(*Z))])
    assert done["status"] == "paused"
    assert done["systems"]["zoho_crm"]["calls"] == 0


def test_events_of_a_paused_system_wait_without_counting_as_tried(here: World) -> None:
    hold(here, "zoho_crm")
    here.edit(*Z, here.only(*Z), Title="总监")
    with here.hub() as hub:
        with hub.store.write() as connection:
            said = Content(changes=(("Contacts", here.only(*Z)),))
            inbox.keep(connection, hub.store.vault, "zoho_crm", "one", said, hub.now())
        assert work_off(hub).events == 0
        with hub.store.read() as connection:
            [event] = inbox.page(connection, None, None, 10)
        assert (event.state, event.attempts, event.retry_at) == ("waiting", 0, None)
        resume(hub, "zoho_crm", author="li")
        assert work_off(hub).events == 1
    assert title(here, F) == "总监"


def test_a_push_at_work_stops_after_the_batch_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [
        typed("zoho_crm", "contact", f"c{n}", {"family": "欧阳", "given": f"晓{n}", "email": f"c{n}@huaxin-cable.cn"})
        for n in range(3)
    ]
    monkeypatch.setattr(pushing, "BATCH", 1)
    with world(tmp_path / "project", people) as here, here.hub() as hub:

        def stop(system: str, _done: int) -> None:
            pause(hub, system, author="li", reason="too many records are made")

        done = sync(hub, Wanted(), Watcher(pushed=stop)).to_json()
        assert len(here.records(*F)) == 1
        assert [one["system"] for one in done["held"]] == ["fxiaoke"]
        with hub.store.read() as connection:
            left = outbox.page(connection, hub.store.vault, outbox.WAITING, None, 10)
        assert len(left) == 2
        resume(hub, "fxiaoke", author="li")
        sync(hub, Wanted())
        assert len(here.records(*F)) == 3


def test_a_pause_with_an_end_ends_by_itself(here: World) -> None:
    hold(here, "fxiaoke", until=datetime.now(UTC) + timedelta(hours=1))
    here.edit(*Z, here.only(*Z), Title="总监")
    assert here.sync()["held"][0]["until"] is not None
    here.late = timedelta(hours=2)
    assert here.sync()["held"] == []
    assert title(here, F) == "总监"


def test_what_makes_no_sense_is_refused(here: World) -> None:
    with here.hub() as hub:
        with pytest.raises(NotDecidable, match="is not paused"):
            resume(hub, "fxiaoke", author="li")
        with pytest.raises(NotDecidable, match="before it begins"):
            pause(hub, "fxiaoke", author="li", reason="x", until=hub.now())
        pause(hub, "fxiaoke", author="li", reason="x")
        with pytest.raises(NotDecidable, match="paused already, by li"):
            pause(hub, "fxiaoke", author="wang", reason="y")
        with pytest.raises(SystemPaused, match="paused by li since"):
            reconcile(hub, hub.systems["fxiaoke"], mend=False)


def test_the_doctor_names_a_pause_and_finds_fault_with_a_forgotten_one(here: World) -> None:
    def said() -> tuple[bool, str, str]:
        [one] = [one for one in diagnose(here.folder, {}, reach=False).checks if one.name == "pauses"]
        return one.ok, one.message, one.cure

    assert said() == (True, "no system is paused", "")
    here.late = -timedelta(days=2)
    hold(here, "fxiaoke")
    ok, message, cure = said()
    assert not ok
    assert "fxiaoke is paused by li since" in message
    assert cure == "`crmhub systems resume fxiaoke`"
    here.late = timedelta()
    go_on(here, "fxiaoke")
    hold(here, "fxiaoke")
    assert said()[0]
