"""Wait at a loopback address for the browser that a vendor's consent page sends back with a code.

Room: flows. Only this machine can reach it, it answers one question, and a code with another state is not taken.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"
DONE = "<!doctype html><title>crmhub</title><p>Done. You can close this page and go back to the terminal."
NOT_OURS = "<!doctype html><title>crmhub</title><p>This is not what was asked for. Go back to the terminal."


class ConsentMissed(Exception):
    """No code came; the text says why."""


class Redirect:
    """The address, once it listens."""

    def __init__(self, port: int) -> None:
        self._came: dict[str, str] | None = None
        self._state = ""
        self._server = HTTPServer((HOST, port), self._handler())
        self.address = f"http://{HOST}:{self._server.server_address[1]}/callback"

    def code(self, state: str, seconds: float) -> str:
        """Wait until the browser comes back with *state*; return its code.

        Raises:
            ConsentMissed: nobody came in time, or the owner did not agree.
        """
        self._state, until = state, time.monotonic() + seconds
        while self._came is None and (left := until - time.monotonic()) > 0:
            self._server.timeout = min(1.0, left)
            self._server.handle_request()
        if self._came is None:
            raise ConsentMissed("nobody came back from the vendor's page in time")
        if "code" not in self._came:
            raise ConsentMissed("the vendor's page came back without a code: it was not agreed to")
        return self._came["code"]

    def close(self) -> None:
        """Listen no more."""
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        redirect = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                told = {name: values[0] for name, values in parse_qs(asked.query).items()}
                known = hmac.compare_digest(told.get("state", "").encode(), redirect._state.encode())
                mine = asked.path == "/callback" and known and bool(redirect._state)
                if mine:
                    redirect._came = told
                content = (DONE if mine else NOT_OURS).encode()
                self.send_response(200 if mine else 400)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing: the address holds the code."""

        return Answers


@contextmanager
def redirect_at(port: int) -> Iterator[Redirect]:
    """Listen at a port of this machine (0: any free one) until the block ends."""
    listening = Redirect(port)
    try:
        yield listening
    finally:
        listening.close()
