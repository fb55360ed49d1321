"""A look over real channels: HTTP that signs, a mail server, and a store that remembers."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors.web_forms.signatures import verify_standard
from flows.alerts.look import listed, look, tell_test
from golden_record.errors import LeaseHeld
from golden_record.store import leases
from tests.system.world import World, typed, world

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}


@dataclass
class Received:
    """What a channel was sent; *answer* is what it says."""

    url: str = ""
    answer: tuple[int, bytes] = (200, b'{"errcode":0}')
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def channel() -> Iterator[Received]:
    got = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.posts.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(got.answer[0])
            self.end_headers()
            self.wfile.write(got.answer[1])

        def log_message(self, *_args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        got.url = f"http://127.0.0.1:{server.server_port}"
        yield got
        server.shutdown()


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """Yield a mail server's port, and what was sent through it."""
    letters: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    content = b""
                    while not content.endswith(b"\r\n.\r\n"):
                        content += self.rfile.readline()
                    letters.append(content.decode())
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], letters
        server.shutdown()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "project", [typed("zoho_crm", "contact", "c1", PERSON)]) as made:
        yield made


def tell(here: World, *channels: dict[str, Any], **others: Any) -> None:
    here.change_yaml("hub.yaml", lambda hub: hub.update(alerts={"to": list(channels), **others}))


def break_zoho(here: World) -> None:
    here.control("/_faults", [{"system": "zoho_crm", "path": "/crm/.*", "kind": "status", "status": 401}])


def test_a_system_that_fails_is_told_once_and_once_more_when_it_is_well(here: World, channel: Received) -> None:
    tell(here, {"kind": "webhook", "url": f"{channel.url}/hook", "secret": SECRET}, settle="1m")
    here.sync()
    with here.hub() as hub:
        assert look(hub).news == ()
    break_zoho(here)
    here.sync()
    for _ in range(3):
        with here.hub() as hub:  # each time as after a restart
            look(hub)
    here.control("/_faults", [])
    here.sync()
    with here.hub() as hub:
        look(hub)
    here.late = timedelta(minutes=2)
    with here.hub() as hub:
        look(hub)
        assert listed(hub) == []
    said = [json.loads(body)["data"]["alerts"] for _, _, body in channel.posts]
    assert [[(one["why"], one["kind"], one["subject"]) for one in alerts] for alerts in said] == [
        [("first", "failure", "zoho_crm")],
        [("recovered", "failure", "zoho_crm")],
    ]
    path, headers, body = channel.posts[0]
    assert path == "/hook"
    verify_standard([SECRET], headers, body, now=datetime.now(UTC), tolerance_seconds=300)
    assert "欧阳" not in body.decode()


def test_a_channel_that_is_down_hears_of_it_later(here: World, channel: Received) -> None:
    tell(here, {"kind": "wecom", "url": channel.url})
    break_zoho(here)
    here.sync()
    channel.answer = (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')
    with here.hub() as hub:
        assert look(hub).not_taken == ("wecom: code 93000",)
        [waiting] = listed(hub)
        assert waiting["told_at"] is None
    channel.answer = (200, b'{"errcode":0}')
    with here.hub() as hub:
        assert look(hub).not_taken == ()
        assert listed(hub)[0]["times"] == 1
    assert len(channel.posts) == 2


def test_mail_goes_out_in_the_language_of_its_readers(here: World) -> None:
    with mail_server() as (port, letters):
        mail = {"kind": "mail", "host": "127.0.0.1", "port": port, "tls": "none", "sender": "hub@example.cn"}
        tell(here, {**mail, "to": ["ops@example.cn"]}, language="zh")
        break_zoho(here)
        here.sync()
        with here.hub() as hub:
            assert look(hub).not_taken == ()
        [letter] = letters
        assert "To: ops@example.cn" in letter


def test_a_test_says_which_channel_took_it_and_shows_no_address(here: World, channel: Received) -> None:
    dead = "http://127.0.0.1:9/secret-key"
    tell(here, {"kind": "dingtalk", "url": channel.url, "secret": "SECx"}, {"kind": "feishu", "url": dead})
    with here.hub() as hub:
        (good, nothing), (bad, why) = tell_test(hub)
    assert (good, nothing, bad) == ("dingtalk", "", "feishu")
    assert why
    assert "secret-key" not in why


def test_two_processes_do_not_tell_the_same_twice(here: World) -> None:
    with here.hub() as hub, leases.hold(hub.store, "alerts"), pytest.raises(LeaseHeld):
        look(hub)
