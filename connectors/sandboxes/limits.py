"""Rate limits as vendors count them, on the sandboxes' own clock, so that a test can let an hour pass at once.

Simulators ask these only where `SandboxOptions.limits` is `real`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.sandboxes.clock import VirtualClock


class SlidingWindow:
    """At most *calls* within any *seconds*; a refused call is not counted."""

    def __init__(self, clock: VirtualClock, calls: int, seconds: float) -> None:
        self.calls, self.seconds = calls, seconds
        self._clock = clock
        self._taken: deque[tuple[datetime, int]] = deque()
        self._sum = 0

    def take(self, cost: int = 1) -> float:
        """Take *cost* calls. Return 0.0 where they fit, else the seconds until they would; infinite where never."""
        now = self._clock.now()
        self._forget(now)
        if self._sum + cost <= self.calls:
            self._taken.append((now, cost))
            self._sum += cost
            return 0.0
        return self._wait(now, cost)

    @property
    def remaining(self) -> int:
        """Calls that still fit now."""
        self._forget(self._clock.now())
        return self.calls - self._sum

    @property
    def resets_in(self) -> float:
        """Seconds until the whole limit is free again."""
        now = self._clock.now()
        self._forget(now)
        return self._until(now, self._taken[-1][0]) if self._taken else 0.0

    def _wait(self, now: datetime, cost: int) -> float:
        free = self.calls - self._sum
        for at, one in self._taken:
            free += one
            if free >= cost:
                return self._until(now, at)
        return math.inf

    def _until(self, now: datetime, at: datetime) -> float:
        return max(0.001, (at + timedelta(seconds=self.seconds) - now).total_seconds())

    def _forget(self, now: datetime) -> None:
        edge = now - timedelta(seconds=self.seconds)
        while self._taken and self._taken[0][0] <= edge:
            self._sum -= self._taken.popleft()[1]


class FixedWindow:
    """At most *calls* per calendar window of *seconds* (a day's quota: 86,400), counted from midnight UTC."""

    def __init__(self, clock: VirtualClock, calls: int, seconds: int) -> None:
        self.calls, self.seconds = calls, seconds
        self._clock = clock
        self._window, self._used = -1, 0

    def take(self, cost: int = 1) -> float:
        """Take *cost* calls. Return 0.0 where they fit, else the seconds until the next window begins."""
        self._turn()
        if self._used + cost <= self.calls:
            self._used += cost
            return 0.0
        return self.resets_in

    @property
    def remaining(self) -> int:
        """Calls left in this window."""
        self._turn()
        return self.calls - self._used

    @property
    def resets_in(self) -> float:
        """Seconds until the next window begins."""
        now = self._clock.now().timestamp()
        return self.seconds - now % self.seconds

    def _turn(self) -> None:
        window = int(self._clock.now().timestamp() // self.seconds)
        if window != self._window:
            self._window, self._used = window, 0


class AtOnce:
    """At most *calls* under way at the same time."""

    def __init__(self, calls: int) -> None:
        self.calls, self._running = calls, 0

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Hold a place for the length of a call; yields False where none was free."""
        if self._running >= self.calls:
            yield False
            return
        self._running += 1
        try:
            yield True
        finally:
            self._running -= 1
