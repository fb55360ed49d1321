"""The thread beside the HTTP server: works off events and asked-for runs, until it is told to stop.

Room: flows. Whatever happens here never reaches the server: trouble is noted, and the thread pauses and goes on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from flows.hub import Hub
from flows.on_demand import carry_out_next
from flows.webhook_work import catch_up, work_off
from golden_record.errors import GoldenRecordError, LeaseHeld
from golden_record.store import inbox

log = logging.getLogger(__name__)

QUIET = 0.25
"""Seconds without a further event after which a burst counts as over."""
LONGEST_BURST = 1.0
"""Seconds that the first event of a burst waits for others, at most."""
LOOK = 2.0
"""Seconds between looks into the inbox when nobody rings: for retries, and events that another process took in."""
LONGEST_PAUSE = 60.0
"""Seconds of the longest pause after trouble; the first is LOOK, and each doubles."""
CLOCK_JUMP = 30.0
"""Seconds by which the wall clock has to move against the steady one to count as set anew."""
KEPT = timedelta(days=7)
"""How long the content of an event that is done is kept."""


class Worker:
    """Works off the inbox of one hub. `ring` when an event was kept; `stop` waits for the work at hand.

    *look* gives the hub by what the project says now; each turn goes by one of them from end to end. When the machine's
    *wall* clock is set anew, by hours perhaps, every event that waits for its time is due at once: that time is wrong.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        look: Callable[[], Hub] | None = None,
    ) -> None:
        self._hub, self._clock, self._wall = hub, clock, wall
        self._ahead = wall() - clock()
        self._look = look or (lambda: hub)
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._last_ring = 0.0
        self._left = False
        self._thread = threading.Thread(target=self._run, name="webhook-worker", daemon=True)

    def start(self) -> None:
        """Begin; every event that waits is due at once."""
        self._news.set()
        self._thread.start()

    def ring(self) -> None:
        """Tell that there is an event or an asked-for run; from any thread."""
        self._last_ring = self._clock()
        self._news.set()

    def stop(self, wait: float) -> bool:
        """Stop after the work at hand; return whether it ended within *wait* seconds. Nothing is lost if not."""
        self._stopping.set()
        self._news.set()
        self._thread.join(wait)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread is at work."""
        return self._thread.is_alive()

    def _run(self) -> None:
        troubles = 0
        fresh = True
        while not self._stopping.is_set():
            self._news.wait(LOOK)
            self._news.clear()
            self._let_burst_end()
            try:
                if fresh or self._clock_was_set():
                    self._begin()
                    fresh = False
                self._turn()
                troubles = 0
            except LeaseHeld:
                log.info("another sync is at work; events wait for it")
                self._news.set()
            except GoldenRecordError as error:
                troubles += 1
                log.warning("webhook worker: %s", error)
            except Exception as error:  # noqa: BLE001 (the worker must outlive any mistake in one event)
                troubles += 1
                log.error("webhook worker stopped on %s; it goes on", type(error).__name__)  # noqa: TRY400 (no values)
            if troubles:
                self._stopping.wait(min(LONGEST_PAUSE, LOOK * 2.0 ** min(troubles - 1, 10)))

    def _begin(self) -> None:
        ahead = self._wall() - self._clock()
        with self._hub.store.write() as connection:
            inbox.bring_forward(connection)
        self._ahead = ahead

    def _clock_was_set(self) -> bool:
        return abs(self._wall() - self._clock() - self._ahead) > CLOCK_JUMP

    def _turn(self) -> None:
        while not self._stopping.is_set():
            self._hub = self._look()
            done = work_off(self._hub)
            self._left = (self._left or done.beside) and not catch_up(self._hub)
            asked = not self._stopping.is_set() and self._carry_out()
            if not done.events and not asked:
                break
        with self._hub.store.write() as connection:
            inbox.forget(connection, self._hub.store.vault, self._hub.now() - KEPT)

    def _carry_out(self) -> bool:
        """Carry out what was asked for; while another sync is at work it waits, and events do not wait with it."""
        try:
            return carry_out_next(self._hub, wait=0.0)
        except LeaseHeld:
            return False

    def _let_burst_end(self) -> None:
        """Wait until no event came for a moment: a form saved field by field, or a bulk edit, becomes one sync."""
        began = self._clock()
        while not self._stopping.is_set():
            now = self._clock()
            if now - self._last_ring >= QUIET or now - began >= LONGEST_BURST:
                return
            self._stopping.wait(QUIET / 5)
