"""What connectors need kept, backed by the hub's store: rotating tokens and the account's rate budget.

Room: flows. Shared by pull, push and webhooks, across processes.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from connectors.errors import QuotaPaused
from connectors.ports import Limit, Tokens
from golden_record.store import accounts, leases
from golden_record.store.engine import Store

TOKEN_WAIT = 60.0
"""Seconds to wait for another process that is signing in."""
A_MOMENT = 2.0
"""Seconds that a system may ask to wait without other processes being told."""
LONG = 600.0
"""Seconds of a limit's window from which on its calls are shared out; in a shorter one a place is never far away."""
LONGEST_WAIT = 90.0
"""Seconds that a run waits for a window to pass; a longer wait pauses the system until then."""


class StoreTokens:
    """A `connectors.ports.TokenStore` in the hub's store, so that a killed run never loses access."""

    def __init__(self, store: Store, system: str) -> None:
        self._store, self._system = store, system
        self._lock = threading.RLock()
        self._depth = 0

    def load(self, account: str) -> Tokens | None:
        """Return the tokens last saved by any process."""
        with self._store.read() as connection:
            return accounts.load_tokens(connection, self._store.vault, self._name(account))

    def save(self, account: str, tokens: Mapping[str, str | int | float]) -> None:
        """Keep the tokens; committed when this returns."""
        with self._store.write() as connection:
            accounts.save_tokens(connection, self._store.vault, self._name(account), tokens)

    @contextmanager
    def locked(self, account: str) -> Iterator[None]:
        """Hold the account's sign-in, against threads and other processes; re-entrant within a thread."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth > 1:
                    yield
                else:
                    with leases.hold(self._store, f"sign-in:{self._name(account)}", wait=TOKEN_WAIT):
                        yield
            finally:
                self._depth -= 1

    def _name(self, account: str) -> str:
        return f"{self._system}:{account}"[:120]


class StoreBudget:
    """A `connectors.ports.Budget` counted in the store, so that all processes together stay under the limits.

    Calls are counted in fixed windows of each limit's length; what the previous window spent counts with the share of
    it that a sliding window would still cover. Counts are written in small batches, to keep calls cheap: each process
    may overshoot by less than one batch, a twentieth of the limit at most. That the system asked to wait is told to all
    processes.
    """

    BATCH = 10

    def __init__(
        self,
        store: Store,
        system: str,
        limits: Sequence[Limit],
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._system, self._limits = store, system, tuple(limits)
        self._now, self._sleep = now, sleep
        self._lock = threading.Lock()
        self._blocked: dict[str, tuple[float, float]] = {}  # bucket -> until when, and when that was noted
        self._unwritten: dict[tuple[Limit, int], int] = {}
        self._known: dict[tuple[Limit, int], int] = {}

    def spend(self, bucket: str, cost: int = 1, *, share: float = 1.0) -> None:
        """Take *cost* calls; waits for a place.

        *share*: how much of a long limit may be used up by now, whoever did so, before this caller has to stop.

        Raises:
            QuotaPaused: the place is more than LONGEST_WAIT away.
        """
        while (pause := self._take(bucket, cost, share)) > 0:
            if pause > LONGEST_WAIT:
                until = datetime.fromtimestamp(self._now() + pause, UTC)
                raise QuotaPaused(system=self._system, bucket=bucket, continues_at=until)
            self._sleep(pause)

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Hold the bucket back for as long as the system asked, in every process where that is longer than a moment."""
        del remaining
        if not wait_seconds:
            return
        now = self._now()
        until = now + wait_seconds
        with self._lock:
            self._blocked[bucket] = (max(until, self._blocked_until(bucket, now)), now)
        if wait_seconds >= A_MOMENT:
            with self._store.write() as connection:
                accounts.hold_back(connection, self._system, bucket, math.ceil(until), now)

    def flush(self) -> None:
        """Write what is counted and not yet written; others see all of this process' calls then."""
        with self._lock:
            if self._unwritten:
                with self._store.write() as connection:
                    for (limit, window), calls in self._unwritten.items():
                        args = (self._system, limit.bucket, int(limit.seconds), window, calls)
                        accounts.add_calls(connection, *args)
                self._unwritten.clear()
                self._known.clear()

    def _take(self, bucket: str, cost: int, share: float) -> float:
        with self._lock:
            now = self._now()
            mine = [limit for limit in self._limits if limit.bucket == bucket]
            pause = 0.0
            for limit in mine:
                pause = max(pause, self._pause(limit, cost, now, share))
            pause = max(pause, self._blocked_until(bucket, now) - now)
            if pause == 0:
                for limit in mine:
                    self._count(limit, int(now // limit.seconds), cost)
            return pause

    def _blocked_until(self, bucket: str, now: float) -> float:
        """Return until when a bucket is held back; what was noted later than now, a clock has noted that was wrong."""
        until, noted = self._blocked.get(bucket, (0.0, 0.0))
        return until if noted <= now + accounts.LEEWAY else 0.0

    def _pause(self, limit: Limit, cost: int, now: float, share: float) -> float:
        window = int(now // limit.seconds)
        passed = now / limit.seconds - window
        spent = self._spent(limit, window) + self._spent(limit, window - 1) * (1 - passed)
        calls = limit.calls * share if limit.seconds >= LONG else limit.calls
        return 0.0 if spent == 0 or spent + cost <= calls else (1 - passed) * limit.seconds / 4 + 0.01

    def _spent(self, limit: Limit, window: int) -> int:
        key = (limit, window)
        if key not in self._known:
            with self._store.read() as connection:
                args = (self._system, limit.bucket, int(limit.seconds), window)
                self._known[key] = accounts.calls_in(connection, *args)
                now = self._now()
                until = accounts.held_back_until(connection, self._system, limit.bucket, now)
            if until > max(now, self._blocked_until(limit.bucket, now)):
                self._blocked[limit.bucket] = (float(until), now)
        return self._known[key] + self._unwritten.get(key, 0)

    def _count(self, limit: Limit, window: int, cost: int) -> None:
        key = (limit, window)
        self._unwritten[key] = self._unwritten.get(key, 0) + cost
        if self._unwritten[key] >= min(self.BATCH, max(1, limit.calls // 20)):
            with self._store.write() as connection:
                args = (self._system, limit.bucket, int(limit.seconds), window, self._unwritten.pop(key))
                accounts.add_calls(connection, *args)
            self._known = {known: n for known, n in self._known.items() if known != key and known[1] >= window - 1}
