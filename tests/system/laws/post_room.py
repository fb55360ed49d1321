"""Where the systems' webhooks arrive: kept back, and handed to the hub early, late, twice, out of order, or never."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from tests.system.world import World

PATIENCE = 120.0
"""Seconds in which a sandbox must have posted what it has to post."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One post, as it came."""

    system: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes


@dataclass
class PostRoom:
    """A receiver that answers every post with 200 and keeps it."""

    letters: list[Letter] = field(default_factory=list)
    base_url: str = ""
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        room = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                split = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                room.letters.append(Letter(split.path.strip("/"), headers, dict(parse_qsl(split.query)), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_what: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, name="post-room", daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def subscribe(self, world: World, system: str) -> None:
        """Have a system post here."""
        world.control("/_webhooks", {"system": system, "url": f"{self.base_url}/{system}"})

    def wait(self, world: World) -> None:
        """Wait until all is posted that was to be posted: what there is then depends on no clock."""
        deadline = time.monotonic() + PATIENCE
        while any(one["waiting"] for one in world.control("/_webhooks").values()):
            assert time.monotonic() < deadline, "a sandbox does not post"
            time.sleep(0.002)

    def take(self, place: int) -> Letter | None:
        """Take a letter out: the one at *place*, counted round."""
        return self.letters.pop(place % len(self.letters)) if self.letters else None
