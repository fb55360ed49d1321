"""A way to a server that can be shut and opened again: what goes through it is cut off as when the server is gone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.engine import URL, make_url

Address = tuple[str, int] | str
"""Host and port, or the path of a socket."""


class Gate:
    """Listens on a port of its own and passes on to *server*; `shut` breaks every connection and takes no new one."""

    def __init__(self, server: Address) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listening: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        """Take connections (again), on the same port."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(64)
        self.port = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def shut(self) -> None:
        """Break every connection and refuse new ones."""
        with self._lock:
            listening, self._listening = self._listening, None
            broken, self._open = self._open, set()
        for one in ([listening] if listening else []) + list(broken):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):  # the gate was shut
            while True:
                near, _ = listening.accept()
                far = socket.socket(socket.AF_UNIX if isinstance(self._server, str) else socket.AF_INET)
                far.connect(self._server)
                with self._lock:
                    if self._listening is not listening:
                        near.close()
                        far.close()
                        return
                    self._open |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def gate_before(url: str) -> Iterator[tuple[str, Gate]]:
    """Yield the address of a database behind a gate, and the gate."""
    made = make_url(url)
    gate = Gate(_server_of(made))
    try:
        query = {name: value for name, value in made.query.items() if name != "host"}
        behind = made.set(host="127.0.0.1", port=gate.port, query=query)
        yield behind.render_as_string(hide_password=False), gate
    finally:
        gate.shut()


def _server_of(url: URL) -> Address:
    folder = url.query.get("host")  # PostgreSQL's way to name the folder of its socket
    return f"{folder}/.s.PGSQL.{url.port or 5432}" if isinstance(folder, str) else (str(url.host), int(url.port or 0))
