"""Count the calls that a run makes, in front of the budget that allows them."""

from __future__ import annotations

import threading

from connectors.ports import Budget


class CountingBudget:
    """A budget that also counts; `calls` is what was spent since it was made."""

    def __init__(self, inner: Budget) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self.calls = 0

    def spend(self, bucket: str, cost: int = 1) -> None:
        """Take and count."""
        self._inner.spend(bucket, cost)
        with self._lock:
            self.calls += 1

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Pass on."""
        self._inner.observe(bucket, remaining=remaining, wait_seconds=wait_seconds)
