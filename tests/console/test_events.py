"""The inbox from the command line: what failed is tried again, what is done is worked off anew, in order and once."""

from __future__ import annotations

from typing import Any

from flows.inbox import webhook_key
from golden_record.store import inbox
from golden_record.store.inbox import Content
from tests.console.hands import Shell
from tests.system.world import World

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")


def posted(here: World, number: int, *ids: str, stream: str = "Contacts") -> None:
    """Keep an event as `serve` does."""
    with here.hub() as hub, hub.store.write() as connection:
        assert webhook_key(hub.store.vault, "zoho_crm")
        content = Content(changes=tuple((stream, one) for one in ids), raw="eyJ9" * 40)
        inbox.keep(connection, hub.store.vault, "zoho_crm", f"key {number}", content, hub.now())


def titled(here: World, title: str) -> list[str]:
    return [one for one, record in here.records(*F).items() if record.get("job_title") == title]


def ouyang(here: World) -> str:
    return next(one for one, record in here.records(*Z).items() if record["Last_Name"] == "欧阳")


def test_what_is_done_can_be_worked_off_anew_and_changes_nothing(shell: Shell, here: World) -> None:
    here.settle()
    here.edit(*Z, ouyang(here), Title="总监")
    posted(here, 1, ouyang(here))
    assert shell.ask("events", "work") == {"events": 1, "unknown": []}
    assert len(titled(here, "总监")) == 1
    here.control("/_stats/reset", {})
    assert shell.ask("events", "replay", "--since", "1h") == {"events": 1, "unknown": []}
    assert shell.ask("events", "work") == {"events": 1, "unknown": []}
    assert set(here.writes().values()) == {0}
    assert [one["state"] for one in shell.ask("events", "list")["items"]] == ["done"]
    assert shell.on("events", "replay", "--since", "yesterday").code == 2


def test_what_failed_is_listed_without_its_content_and_tried_again(shell: Shell, here: World) -> None:
    here.settle()
    posted(here, 1, ouyang(here))
    with here.hub() as hub, hub.store.write() as connection:
        [event] = inbox.page(connection, None, None, 9)
        inbox.end(connection, [event.event_id], inbox.FAILED, hub.now(), "not_found: text")
    [shown] = shell.ask("events", "list", "--state", "failed")["items"]
    assert (shown["id"], shown["note"]) == (event.event_id, "not_found: text")
    assert shell.ask("events", "retry") == {"events": 1, "unknown": []}
    answer: Any = shell.on("events", "retry", "01NOSUCH", "--json")
    assert (answer.code, answer.json) == (1, {"events": 0, "unknown": ["01NOSUCH"]})
    assert shell.ask("events", "work")["events"] == 1
