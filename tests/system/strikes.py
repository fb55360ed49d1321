"""Kill a `crmhub sync` at an exact moment: as an outbox write passes from one state to another, or at a call.

What runs here runs in the process that is to die. The moment is watched from inside, so that it is met every time: a
transition is *marked* inside the transaction that makes it, and the process killed just before that transaction is
committed, or just after.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
import sqlalchemy as sa

from connectors.http import HttpClient
from console.main import run
from golden_record.store import outbox
from golden_record.store.engine import Store
from golden_record.store.tables import outbox as table
from tests.system.kills import FORKS

TRANSITIONS = ("planned", "sending", "confirmed", "unknown", "retry_at", "rejected", "superseded")


@dataclass(frozen=True, slots=True)
class Strike:
    """Where to kill: a write of *kind* in *system* comes into *state*; *before* or after its transaction is kept.

    *calls*: instead, once so many calls were answered after a write was claimed. *meddle*: (url, body) of an edit that
    a person makes as the first write is claimed.
    """

    system: str
    kind: str
    state: str = ""
    before: bool = False
    calls: int = 0
    meddle: tuple[str, bytes] | None = None


def start_struck(arguments: list[str], out: Path, strike: Strike) -> BaseProcess:
    """Start `crmhub` with *arguments* in a process that *strike* kills."""
    process = FORKS.Process(target=_run, args=(arguments, str(out), strike))
    process.start()
    return process


def _run(arguments: list[str], out: str, strike: Strike) -> None:
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(f"{out}.{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
    _Watch(strike).install()
    sys.exit(run(arguments))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait()  # nothing after the kill may run


class _Watch:
    """Watches for one moment in this process; patched in for good, since the process ends with it."""

    def __init__(self, strike: Strike) -> None:
        self.strike = strike
        self._mark = threading.local()
        self._claimed = False
        self._answers = 0
        self._silent = ""

    def install(self) -> None:
        """Put the watch in."""
        patch.dict(HttpClient.__init__.__kwdefaults__ or {}, {"sleep": lambda _seconds: None}).start()
        patch.object(Store, "write", self._write(Store.write)).start()
        patch.object(requests.Session, "send", self._send(requests.Session.send)).start()
        for name, state in (("add", "planned"), ("claim", "sending"), ("confirm", "confirmed"), ("move", "")):
            patch.object(outbox, name, self._passing(getattr(outbox, name), name, state)).start()

    def _passing(self, function: Callable[..., Any], name: str, state: str) -> Callable[..., Any]:
        def passing(connection: sa.Connection, *arguments: Any, **options: Any) -> Any:
            if name == "claim" and not self._claimed and self._concerns(connection, arguments[0]):
                self._claimed = True
                self._let_meddle()
            done = function(connection, *arguments, **options)
            into = state or str(arguments[1])
            if into == self.strike.state and not self.strike.calls:
                ids = [write.write_id for write in arguments[1]] if name == "add" else arguments[0]
                ids = [one[0] for one in ids] if name == "confirm" else ids
                self._mark.hit = self._concerns(connection, ids)
            return done

        return passing

    def _concerns(self, connection: sa.Connection, ids: Any) -> bool:
        where = table.c.id.in_(list(ids)) & (table.c.system == self.strike.system) & (table.c.kind == self.strike.kind)
        return bool(connection.scalar(sa.select(sa.func.count()).select_from(table).where(where)))

    def _let_meddle(self) -> None:
        if self.strike.meddle is not None:
            url, body = self.strike.meddle
            request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=30).read()

    def _write(self, write: Callable[[Store], Any]) -> Callable[[Store], Any]:
        @contextmanager
        def watched(store: Store) -> Iterator[sa.Connection]:
            with write(store) as connection:
                yield connection
                if getattr(self._mark, "hit", False) and self.strike.before:
                    _die()
            if getattr(self._mark, "hit", False):
                _die()

        return watched

    def _send(self, send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
        def watched(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            place = urlsplit(str(request.url)).netloc
            if place == self._silent:
                raise requests.ConnectionError
            try:
                reply = send(session, request, **options)
            except requests.Timeout:
                # Most writers look at once for what became of a write: it stays unknown where that is not answered.
                self._silent = place if self.strike.state == "unknown" else ""
                raise
            self._answers += self._claimed
            if self._claimed and self._answers == self.strike.calls:
                _die()
            return reply

        return watched
