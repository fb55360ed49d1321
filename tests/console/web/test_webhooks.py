"""Posts over real HTTP: what is taken, what is refused, and that the same event does its work once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.contract import Post
from flows.inbox import LARGEST, webhook_key
from golden_record.errors import StoreUnreachable
from golden_record.store import inbox
from golden_record.store.tables import inbox as inbox_table
from tests.console.web.served import serving, until, zoho_note
from tests.system.world import World, typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
FORMS = {
    "connector": "web_forms",
    "department": "marketing",
    "config": {"product": "json", "form_field": "form", "id_field": "entry", "time_field": "at"},
    "streams": ["entries"],
}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer in Zoho and Fxiaoke, in agreement."""
    people = [typed("zoho_crm", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c1", PERSON)]
    with world(tmp_path / "project", people) as made:
        made.change_yaml("hub.yaml", lambda hub: hub["systems"].update({"forms": FORMS}))
        made.settle()
        yield made


def token_of(world_: World) -> str:
    """Return the token that Zoho echoes."""
    return str(world_.running.describe()["systems"]["zoho_crm"]["config"]["config"]["webhook_token"])


def entry(number: int, revision: str, **fields: str) -> bytes:
    """Return a form's entry."""
    said = {"form": "F1", "entry": f"e{number}", "at": revision, "revision": revision, **fields}
    return json.dumps(said).encode()


def test_an_edit_in_zoho_reaches_fxiaoke_through_its_webhook(here: World) -> None:
    z, f = here.only(*Z), here.only(*F)
    with serving(here.folder) as hub:
        here.control("/_webhooks", {"system": "zoho_crm", "url": f"{hub.base_url}/webhooks/zoho_crm"})
        here.control("/_webhooks", {"system": "fxiaoke", "url": f"{hub.base_url}/webhooks/fxiaoke"})
        here.edit(*Z, z, Title="总监")
        until(lambda: here.value(*F, f, "job_title") == "总监")
        until(lambda: len(hub.events()) >= 2)  # the hub's own write is told of, too
        hub.settled()
        before = here.writes()
        assert {event.state for event in hub.events()} == {"done"}
    assert here.sync()["status"] == "ok"
    assert here.writes() == before


def test_a_burst_for_one_record_becomes_one_sync_and_one_read(here: World) -> None:
    z = here.only(*Z)
    with serving(here.folder, work=False) as hub:
        for n in range(20):
            here.edit(*Z, z, Title=f"职位{n}")
            assert hub.post("/webhooks/zoho_crm", zoho_note(z, token=token_of(here), server_time=n)).status_code == 202
        here.control("/_stats/reset", {})
        hub.worker.start()
        hub.settled()
        runs = hub.runs("webhook")
        hub.worker.stop(60)
    assert len(runs) == 1
    assert runs[0]["read"] == 1
    assert here.value(*F, here.only(*F), "job_title") == "职位19"
    assert here.control("/_stats")["fxiaoke"]["records_written"] == 1


def test_the_same_delivery_twice_is_answered_alike_and_works_once(here: World) -> None:
    note = zoho_note(here.only(*Z), token=token_of(here))
    with serving(here.folder, work=False) as hub:
        first, second = (hub.post("/webhooks/zoho_crm", note) for _ in range(2))
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.headers["X-Crmhub-Event"] == second.headers["X-Crmhub-Event"]
        assert first.content == second.content
        assert len(hub.events()) == 1


def test_a_sender_that_tries_a_new_address_out_with_get_is_told_that_posts_are_taken(here: World) -> None:
    with serving(here.folder) as hub:
        for system, status in (("zoho_crm", 200), ("nobody", 404)):
            assert requests.get(f"{hub.base_url}/webhooks/{system}", timeout=10).status_code == status


def test_what_is_forged_too_large_or_of_another_type_is_refused_and_not_kept(here: World) -> None:
    with serving(here.folder, work=False) as hub:
        z = here.only(*Z)
        assert hub.post("/webhooks/zoho_crm", zoho_note(z, token="guessed")).status_code == 401
        assert hub.post("/webhooks/forms?key=guessed", entry(1, "2026-01-01T00:00:00Z")).status_code == 401
        assert hub.post("/webhooks/zoho_crm", b"x" * (LARGEST + 1)).status_code == 413
        assert hub.post("/webhooks/zoho_crm", b"<xml/>").status_code == 415
        assert hub.post("/webhooks/nobody", b"{}").status_code == 404
        assert hub.events() == []


def test_a_body_that_is_too_large_is_refused_while_it_is_read(here: World) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    with serving(here.folder, work=False) as hub:
        url = f"{hub.base_url}/webhooks/zoho_crm"
        statuses = []
        with suppress(requests.ConnectionError):  # the server may close while we still send
            statuses.append(requests.post(url, data=endless(), timeout=60).status_code)
        assert statuses in ([413], [])
        assert hub.events() == []


def test_a_sender_that_cannot_sign_uses_the_key_of_its_system(here: World) -> None:
    with serving(here.folder) as hub:
        vault = hub.hub.store.vault
        path = f"/webhooks/forms?key={webhook_key(vault, 'forms')}"
        other = f"/webhooks/forms?key={webhook_key(vault, 'zoho_crm')}"
        body = entry(1, "2026-01-01T00:00:00Z", email="new.customer@huaxin-cable.cn", name="王芳", mobile="13911112222")
        assert hub.post(other, body).status_code == 401
        assert hub.post(path, body).status_code == 202
        hub.settled()
        until(lambda: len(here.records(*F)) == 2)
        assert [event.state for event in hub.events()] == ["done"]


def test_an_older_revision_that_comes_later_does_not_undo_a_newer_one(here: World) -> None:
    with serving(here.folder) as hub:
        path = f"/webhooks/forms?key={webhook_key(hub.hub.store.vault, 'forms')}"
        mail = PERSON["email"]
        hub.post(path, entry(1, "2026-03-02T00:00:00Z", email=mail, name="欧阳晓雯", job_title="新"))
        hub.settled()
        hub.post(path, entry(1, "2026-03-01T00:00:00Z", email=mail, name="欧阳晓雯", job_title="旧"))
        hub.settled()
        shown = hub.get(f"/api/profiles?q={mail}").json()["items"]
    assert [one["fields"]["job_title"] for one in shown] == ["新"]


def test_of_two_revisions_that_wait_together_the_newer_one_lands_whatever_their_order(here: World) -> None:
    with serving(here.folder, work=False) as hub:
        path = f"/webhooks/forms?key={webhook_key(hub.hub.store.vault, 'forms')}"
        for revision, title in (("2026-03-02T00:00:00Z", "新"), ("2026-03-01T00:00:00Z", "旧")):
            hub.post(path, entry(1, revision, email=PERSON["email"], name="欧阳晓雯", job_title=title))
        hub.worker.start()
        hub.settled()
        shown = hub.get(f"/api/profiles?q={PERSON['email']}").json()["items"]
        hub.worker.stop(60)
    assert [one["fields"]["job_title"] for one in shown] == ["新"]


def test_while_the_store_is_away_senders_are_asked_to_come_again(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: Any) -> Any:
        raise StoreUnreachable("the store does not answer", "Start it")

    note = zoho_note(here.only(*Z), token=token_of(here))
    with serving(here.folder, work=False) as hub:
        with monkeypatch.context() as patch:
            patch.setattr(inbox, "keep", away)
            refused = hub.post("/webhooks/zoho_crm", note)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert hub.post("/webhooks/zoho_crm", note).status_code == 202


def test_what_was_verified_but_cannot_be_read_is_taken_and_shown_as_failed(here: World) -> None:
    with serving(here.folder) as hub:
        path = f"/webhooks/forms?key={webhook_key(hub.hub.store.vault, 'forms')}"
        assert hub.post(path, b'{"email": "half').status_code == 202
        until(lambda: hub.events("failed"))
        [event] = hub.get("/api/events").json()["items"]
        assert event["note"].startswith("unreadable: ")
        assert "half" not in event["note"]


def test_a_system_that_is_down_puts_its_events_off_and_the_others_go_on(here: World) -> None:
    with serving(here.folder, work=False) as hub:
        here.control("/_faults", [{"system": "zoho_crm", "kind": "status", "status": 401, "rate": 1}])
        hub.post("/webhooks/zoho_crm", zoho_note(here.only(*Z), token=token_of(here)))
        path = f"/webhooks/forms?key={webhook_key(hub.hub.store.vault, 'forms')}"
        hub.post(path, entry(1, "2026-03-02T00:00:00Z", email=PERSON["email"], name="欧阳晓雯"))
        hub.worker.start()
        until(lambda: len(hub.events("done")) == 1 and hub.events("waiting")[0].attempts >= 1)
        [put_off] = hub.events("waiting")
        assert put_off.system == "zoho_crm"
        assert put_off.note
        here.control("/_faults", [])
        hub.settled()
        assert hub.events("failed") == []
        hub.worker.stop(60)


def test_nothing_of_what_was_posted_lies_in_the_store_in_the_clear(here: World) -> None:
    with serving(here.folder, work=False) as hub:
        path = f"/webhooks/forms?key={webhook_key(hub.hub.store.vault, 'forms')}"
        hub.post(path, entry(1, "2026-03-02T00:00:00Z", email="visible@huaxin-cable.cn", name="林徽因"))
        with hub.hub.store.read() as connection:
            [row] = connection.execute(inbox_table.select()).all()
    assert b"visible" not in bytes(row.body)
    assert "林徽因".encode() not in bytes(row.body)


def test_a_connector_that_breaks_on_a_post_is_no_word_on_the_post(
    here: World, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_post: Post, _settings: Any) -> Any:
        raise ValueError("13911112222")

    with serving(here.folder, work=False) as hub:
        system = hub.hub.systems["zoho_crm"]
        system.connector = replace(system.connector, receive=broken)
        answer = hub.post("/webhooks/zoho_crm", zoho_note(here.only(*Z), token=token_of(here)))
    assert answer.status_code == 500
    assert "13911112222" not in answer.text + caplog.text
