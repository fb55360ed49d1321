"""Let a run say in the store how far it is, so that whoever asked for it sees it go on. Room: flows.

Counts by system and stream only. Written at most once in a while: a run must not be slowed by being watched.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from flows.hub import Hub
from flows.sync import Watcher
from golden_record.errors import GoldenRecordError
from golden_record.store import runs

log = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two notes; a change of phase is noted at once."""


def noting(hub: Hub, run_id: str, *, clock: Callable[[], float] = time.monotonic) -> Watcher:
    """Return a watcher that notes in `runs` how far the run is."""
    noted = _Noted(hub, run_id, clock)
    return Watcher(noted.phase, noted.pulled, noted.pushed)


class _Noted:
    def __init__(self, hub: Hub, run_id: str, clock: Callable[[], float]) -> None:
        self._hub, self._run_id, self._clock = hub, run_id, clock
        self._said: dict[str, Any] = {"phase": "", "read": {}, "sent": {}}
        self._last = clock() - EVERY
        self._lock = threading.Lock()

    def phase(self, name: str) -> None:
        with self._lock:
            self._said["phase"] = name
            self._last = self._clock() - EVERY
        self._note()

    def pulled(self, system: str, stream: str, read: int) -> None:
        with self._lock:
            self._said["read"][f"{system}/{stream}"] = read
        self._note()

    def pushed(self, system: str, done: int) -> None:
        with self._lock:
            self._said["sent"][system] = done
        self._note()

    def _note(self) -> None:
        with self._lock:
            now = self._clock()
            if now - self._last < EVERY:
                return
            self._last = now
            said = {"progress": {**self._said, "read": dict(self._said["read"]), "sent": dict(self._said["sent"])}}
        try:
            with self._hub.store.write() as connection:
                runs.note(connection, self._run_id, said)
        except GoldenRecordError as error:  # the run itself will meet it, if it lasts
            log.debug("how far run %s is could not be noted: %s", self._run_id, error)
