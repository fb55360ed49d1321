from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from connectors.contract import Changed, Post, PostRefused
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.webhook import LONGEST, receive
from tests.connectors.zoho_crm.conftest import Zoho, records

SETTINGS = Settings.model_validate(
    {"client_id": "c", "client_secret": "s", "refresh_token": "r", "data_center": "us", "webhook_token": "t0ken"}
)
NOTE = {
    "server_time": 1772355300000,
    "module": "Contacts",
    "ids": ["57257", "57258"],
    "operation": "update",
    "channel_id": "1001",
    "token": "t0ken",
}


def post(note: Any = NOTE, **changed: Any) -> Post:
    body = note if isinstance(note, bytes) else json.dumps({**note, **changed}).encode()
    return Post({"content-type": "application/json"}, {}, body, datetime.now(UTC))


def test_every_record_named_is_a_change() -> None:
    assert receive(post(), SETTINGS).changes == (Changed("Contacts", "57257"), Changed("Contacts", "57258"))


def test_the_same_delivery_twice_has_one_key_and_another_has_another() -> None:
    key = receive(post(), SETTINGS).dedupe_key
    assert receive(post(ids=["57258", "57257"]), SETTINGS).dedupe_key == key
    assert receive(post(server_time=1772355300001), SETTINGS).dedupe_key != key
    assert receive(post(operation="delete"), SETTINGS).dedupe_key != key


def test_a_module_that_is_not_configured_changes_nothing() -> None:
    assert receive(post(module="Campaigns"), SETTINGS).changes == ()


@pytest.mark.parametrize("token", ["other", "", None, 7, "t0ken\ud800"])
def test_a_post_with_another_token_is_refused(token: Any) -> None:
    with pytest.raises(PostRefused) as raised:
        receive(post(token=token), SETTINGS)
    assert raised.value.status == 401


def test_without_a_configured_token_nothing_is_taken_in() -> None:
    settings = Settings.model_validate(SETTINGS.model_dump() | {"webhook_token": None})
    with pytest.raises(PostRefused) as raised:
        receive(post(), settings)
    assert raised.value.status == 401


def test_the_hubs_own_key_is_enough_only_where_no_token_is_configured() -> None:
    bare = Settings.model_validate(SETTINGS.model_dump() | {"webhook_token": None})
    assert len(receive(replace(post(), vouched=True), bare).changes) == 2
    with pytest.raises(PostRefused):
        receive(replace(post(token="other"), vouched=True), SETTINGS)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"<html>", 415), (b"[1]", 415), (b"\xff\xfe", 415), (b"x" * (LONGEST + 1), 413), (b"[" * 100_000, 415)],
)
def test_what_is_no_notification_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(PostRefused) as raised:
        receive(post(body), SETTINGS)
    assert raised.value.status == status


@pytest.mark.parametrize("changed", [{"ids": "57257"}, {"module": None}, {"operation": "explode"}])
def test_a_notification_without_its_parts_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(PostRefused):
        receive(post(**changed), SETTINGS)


def test_what_the_simulator_posts_is_taken_in(zoho: Zoho) -> None:
    got: list[bytes] = []
    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(202)
            self.end_headers()
            arrived.set()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        zoho.control("POST", "/_webhooks", {"system": "zoho_crm", "url": f"http://127.0.0.1:{server.server_port}/?a=b"})
        record = records(zoho.reader().read(None))[0]["id"]
        zoho.edit("Contacts", record, set={"Title": "Dr"})
        assert arrived.wait(10)
    finally:
        server.shutdown()
        server.server_close()
    delivery = receive(Post({}, {}, got[0], datetime.now(UTC)), zoho.settings())
    assert delivery.changes == (Changed("Contacts", record),)
