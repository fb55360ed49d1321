"""How systems fail, and how a process dies.

A death is played in this process: at a chosen call or transaction everything stops, and nothing that the dying program
still tries (its `finally` blocks, its other threads) reaches the store or a system. What a real `kill -9` leaves is the
same; tests/system/test_kill_matrix.py makes real ones.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import pytest
import requests
import sqlalchemy as sa

from connectors.http import HttpClient
from connectors.sandboxes.faults import Kind
from flows.hub import Hub
from golden_record.store.tables import leases

METHODS = ("GET", "POST", "PUT", "PATCH")
STRIKES = {"hang": 1, "stored_then_timeout": 1, "expire_token": 2}
"""How often a kind strikes where that is not drawn: those that cost the time of a read time-out, seldom."""


def faults() -> list[dict[str, Any]]:
    """Return every kind of fault that the sandboxes can do, as rules without their system."""
    found: list[dict[str, Any]] = [
        {"kind": "status", "status": 500, "rate": 0.3, "count": 4},
        {"kind": "status", "status": 403, "count": 1},
        {"kind": "status", "status": 404, "count": 1},
        {"kind": "status", "status": 429, "count": 2, "headers": {"Retry-After": "1"}},
        {"kind": "status", "status": 429, "count": 2},
        {"kind": "status", "status": 503, "count": 2, "method": "PUT"},
        {"kind": "html", "status": 200, "count": 1},
        {"kind": "html", "status": 502, "count": 2},
        {"kind": "latency", "seconds": 0.05, "count": 3},
    ]
    others = sorted(set(get_args(Kind)) - {"status", "html", "latency", "clock"})
    found += [{"kind": kind, "count": STRIKES.get(kind, 1)} for kind in others]
    found += [
        {"kind": kind, "count": STRIKES.get(kind, 1), "method": method} for kind in others for method in METHODS[1:]
    ]
    return found


CLOCKS: list[dict[str, Any]] = [
    {"kind": "clock", "seconds": seconds, **how}
    for seconds in (3 * 3600, -3 * 3600)
    for how in ({}, {"rate": 0.5}, {"count": 3})
]
"""How a clock goes wrong: for good, now and then, or for a few calls."""


class Died(BaseException):
    """The process dies here."""


class Death:
    """Counts a hub's transactions and calls, and lets it die at the *at*-th; from then on nothing gets through."""

    def __init__(self, at: int) -> None:
        self._left, self.dead, self._lock = at, False, threading.Lock()

    def pass_by(self) -> None:
        """One more moment: before or after a transaction or a call."""
        with self._lock:
            self._left -= 1
            self.dead |= self._left < 0
            if self.dead:
                raise Died


@contextmanager
def dying(hub: Hub, at: int) -> Iterator[Death]:
    """Let *hub* die at the *at*-th moment inside the block; its leases end with it."""
    death = Death(at)
    send, write = requests.Session.send, hub.store.write

    def deadly_send(*arguments: Any, **options: Any) -> requests.Response:
        death.pass_by()
        reply = send(*arguments, **options)
        death.pass_by()
        return reply

    @contextmanager
    def deadly_write() -> Iterator[sa.Connection]:
        death.pass_by()
        with write() as connection:
            yield connection
        death.pass_by()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", deadly_send)
        patch.setattr(hub.store, "write", deadly_write)
        try:
            yield death
        finally:
            if death.dead:
                with write() as connection:
                    connection.execute(leases.delete())


@contextmanager
def without_pauses() -> Iterator[None]:
    """Let clients try again at once: the stories have a clock of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HttpClient.__init__.__kwdefaults__ or {}, "sleep", lambda _seconds: None)
        yield
