"""Stop calling a system that does not answer: once a call has waited in vain, nobody else has to, until the next run.

Room: flows; knows no store. A circuit breaker in the usual sense, with one thing more: that a call went unanswered says
little about the system (one slow report, one record that it cannot save), so that it is asked for something cheap
before it is given up. What it says does not matter, an answer is an answer.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.errors import ConnectorError, NotAnswering
from connectors.ports import Unanswered

CHEAP_ANSWER = 20.0
"""Seconds within which a system that is up answers the cheapest question that there is."""
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=15)
"""How long hasty work leaves a system alone after it was asked in vain: as long as it has been silent, within these."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A system does not answer *since* then; it was last asked in vain at *asked_at*. Both aware, UTC."""

    since: datetime
    asked_at: datetime

    def due(self, now: datetime) -> bool:
        """Say whether it is time to ask again; a clock that was put back asks at once."""
        pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, self.asked_at - self.since))
        return not self.asked_at <= now < self.asked_at + pause


class CircuitBreaker:
    """The breaker of one account; used by all threads of a process that work for it.

    Outside of runs (a check, a preview) it stops nothing. *ask* makes the cheapest call, over a budget that leads here;
    *keep* notes for later runs, in whatever process, that the system is silent, or (None) that it answers again.
    """

    def __init__(
        self,
        system: str = "",
        ask: Callable[[], object] = lambda: None,
        keep: Callable[[Silence | None], None] = lambda _silence: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._system, self._ask, self._keep, self._now = system, ask, keep, now
        self._lock = threading.Lock()
        self._asking: int | None = None
        self._end()

    def begin(self, known: Silence | None, *, for_seconds: float = math.inf, hasty: bool = False) -> None:
        """Begin a run, in which a call may go unanswered *for_seconds*.

        A system that was *known* to be silent is asked before anything else; by a *hasty* run only where that is due.
        """
        self._end()
        self._in_run, self._for_seconds, self._known = True, for_seconds, known
        if known is not None and hasty and not known.due(self._now()):
            self._given_up = True
        else:
            self._in_doubt = known is not None

    def end(self) -> datetime | None:
        """End the run; return since when the system is silent, if calls to it were stopped."""
        found = self._known.since if self._stopped and self._known is not None else None
        self._end()
        return found

    def _end(self) -> None:
        self._in_run = self._in_doubt = self._given_up = self._stopped = False
        self._tried_once = self._heard = False
        self._for_seconds, self._known = math.inf, None

    def heed(self) -> None:
        """Let a call pass.

        Raises:
            NotAnswering: the system is given up for this run.
        """
        if not (self._in_doubt or self._given_up) or self._asking == threading.get_ident():
            return
        with self._lock:  # whoever comes while it is being asked waits for what comes of it
            if self._in_doubt:
                self._find_out()
            if self._given_up and self._known is not None:
                self._stopped = True
                raise NotAnswering(system=self._system, since=self._known.since)

    def patience(self) -> Unanswered:
        """Return how long the next call may go unanswered: after one did, no other is tried twice before an answer."""
        if self._asking == threading.get_ident():
            return Unanswered(0.0, CHEAP_ANSWER)
        return Unanswered(0.0 if self._tried_once else self._for_seconds)

    def answered(self) -> None:
        """Learn that an answer came."""
        self._heard = True
        if self._asking != threading.get_ident():
            self._tried_once = False

    def unanswered(self) -> None:
        """Learn that a call has used up its patience: before the next one, the system is asked whether it is there."""
        if self._in_run and self._asking != threading.get_ident():
            self._tried_once = self._in_doubt = True

    def _find_out(self) -> None:
        """Ask the system; an answer that another thread gets meanwhile counts as well."""
        self._asking, self._heard = threading.get_ident(), False
        try:
            with suppress(ConnectorError):
                self._ask()
        finally:
            self._asking = None
        self._in_doubt = False
        if not self._heard:
            now = self._now()
            self._given_up = True
            self._known = Silence(self._known.since if self._known is not None else now, now)
            self._keep(self._known)
        elif self._known is not None:
            self._known = None
            self._keep(None)
