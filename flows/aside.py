"""The thread that works off runs which need no other to wait: what a tried mapping would change.

Room: flows. Beside the webhook worker, which must not be held up by it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from flows.hub import Hub
from flows.mapping_effect import work_out_effect
from golden_record.errors import GoldenRecordError
from golden_record.store import runs

log = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between looks when nobody rings: for what another process was asked for."""


def work_off_aside(hub: Hub) -> bool:
    """Work off the run that has waited longest; False where none waits."""
    with hub.store.read() as connection:
        asked = runs.asked(connection, aside=True)
    if asked is None:
        return False
    work_out_effect(hub, asked.run_id)
    return True


class Aside:
    """Works off what is asked for beside the syncs, one after the other. *look* gives the hub in force."""

    def __init__(self, look: Callable[[], Hub]) -> None:
        self._look = look
        self._news, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="aside", daemon=True)

    def start(self) -> None:
        """Begin; what died with an earlier process is closed."""
        self._thread.start()

    def ring(self) -> None:
        """Tell that something was asked for; from any thread."""
        self._news.set()

    def stop(self) -> None:
        """Stop after the work at hand; nobody waits for that, it is closed at the next start."""
        self._stopping.set()
        self._news.set()

    def _run(self) -> None:
        closed = False
        while not self._stopping.is_set():
            try:
                hub = self._look()
                if not closed:
                    with hub.store.write() as connection:
                        runs.close_abandoned_aside(connection, hub.now())
                    closed = True
                if work_off_aside(hub):
                    continue
            except GoldenRecordError as error:
                log.warning("aside: %s", error)
            except Exception as error:  # noqa: BLE001 (a mistake here must not end the thread)
                log.error("aside stopped on %s; it goes on", type(error).__name__)  # noqa: TRY400 (no values)
            self._news.wait(LOOK)
            self._news.clear()
