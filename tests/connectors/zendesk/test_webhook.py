from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Changed, Post, PostRefused
from connectors.zendesk.settings import Settings
from connectors.zendesk.webhook import LARGEST, receive
from tests.connectors.zendesk.conftest import user

if TYPE_CHECKING:
    from tests.connectors.zendesk.conftest import Open

SECRET, STAMP = "zd-demo-secret", "2026-01-02T03:04:05Z"
NOW = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
SETTINGS = Settings.model_validate(
    {"base_url": "https://a.example", "email": "a@b.example", "api_token": "t", "webhook_secrets": ["older", SECRET]}
)


def signed(body: bytes, stamp: str = STAMP, secret: str = SECRET) -> dict[str, str]:
    mark = base64.b64encode(hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()).decode()
    return {"x-zendesk-webhook-signature": mark, "x-zendesk-webhook-signature-timestamp": stamp}


def post(body: bytes, headers: dict[str, str] | None = None, at: datetime = NOW) -> Post:
    return Post(signed(body) if headers is None else headers, {}, body, at)


def event(subject: str = "zen:user:42", **more: Any) -> bytes:
    return (json.dumps({"id": "e1", "type": "zen:event-type:user.created", "subject": subject, **more}) + "\n").encode()


def test_the_vector_of_the_reference_page_is_taken_in() -> None:
    body = b'{"type":"zen:event-type:user.created"}\n'
    headers = {
        "x-zendesk-webhook-signature": "mDPmvyEaOddEG4xwnS4ingDY9hero8kYlHztmxWdgIM=",
        "x-zendesk-webhook-signature-timestamp": STAMP,
    }
    assert receive(post(body, headers), SETTINGS).changes == ()


@pytest.mark.parametrize(
    ("subject", "stream"),
    [("zen:user:42", "users"), ("zen:organization:42", "organizations"), ("zen:ticket:42", "tickets")],
)
def test_an_event_names_the_record_to_read_again(subject: str, stream: str) -> None:
    delivery = receive(post(event(subject)), SETTINGS)
    assert (delivery.dedupe_key, delivery.changes) == ("e1", (Changed(stream, "42"),))


def test_an_event_about_something_else_is_taken_in_without_a_change() -> None:
    assert receive(post(event("zen:article:1")), SETTINGS).changes == ()


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (post(event(), {}), 401),
        (post(event(), signed(event(), secret="other")), 401),
        (post(event(), signed(event() + b" ")), 401),
        (post(event(), signed(event(), stamp="2025-01-01T00:00:00Z")), 401),
        (post(event(), signed(event(), stamp="2026-01-02T03:04:05")), 401),
        (post(event(), signed(event(), stamp="soon")), 401),
        (post(b"<html>"), 415),
        (post(b"[1]"), 415),
        (post(b" " * (LARGEST + 1)), 413),
    ],
)
def test_a_post_that_is_not_zendesks_is_refused(bad: Post, status: int) -> None:
    with pytest.raises(PostRefused) as raised:
        receive(bad, SETTINGS)
    assert raised.value.status == status


def test_without_a_secret_nothing_is_taken_in() -> None:
    with pytest.raises(PostRefused, match="no webhook secret"):
        receive(post(event()), SETTINGS.model_copy(update={"webhook_secrets": ()}))


def test_an_empty_body_is_no_trouble() -> None:
    assert receive(post(b""), SETTINGS).changes == ()


@given(st.binary(max_size=200))
def test_no_signed_body_breaks_it(body: bytes) -> None:
    try:
        refused: object = None if receive(post(body), SETTINGS).dedupe_key else "no key"
    except PostRefused as refusal:
        refused = refusal.status
    assert refused in {None, 415}


@pytest.fixture
def inbox() -> Iterator[tuple[str, Queue[Post]]]:
    posts: Queue[Post] = Queue()

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.put(Post({k.lower(): v for k, v in self.headers.items()}, {}, body, datetime.now(UTC)))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Inbox)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/webhooks/zendesk", posts
    server.shutdown()
    server.server_close()


def test_what_the_simulated_account_posts_is_taken_in(open_desk: Open, inbox: tuple[str, Queue[Post]]) -> None:
    url, posts = inbox
    desk = open_desk([user(1)])
    desk.control("POST", "/_webhooks", {"system": "zendesk", "url": url})
    user_id = desk.id_of("Ann 1")
    desk.edit("users", user_id, set={"name": "Anna"})
    assert receive(posts.get(timeout=10), desk.settings()).changes == (Changed("users", user_id),)
