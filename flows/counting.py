"""Count the calls that a run makes, in front of the budget that allows them."""

from __future__ import annotations

import threading
from typing import Protocol


class Shared(Protocol):
    """A budget of which a caller may be allowed a share of the long limits."""

    def spend(self, bucket: str, cost: int = 1, *, share: float = 1.0) -> None:
        """Take *cost* calls, unless that share is used up."""

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Learn what the system said."""

    def flush(self) -> None:
        """Tell others what was spent."""


class CountingBudget:
    """A budget that also counts; `calls` is what was spent since it was made."""

    def __init__(self, inner: Shared) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self.calls = 0

    def spend(self, bucket: str, cost: int = 1, *, share: float = 1.0) -> None:
        """Take and count."""
        self._inner.spend(bucket, cost, share=share)
        with self._lock:
            self.calls += 1

    def flush(self) -> None:
        """Pass on."""
        self._inner.flush()

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Pass on."""
        self._inner.observe(bucket, remaining=remaining, wait_seconds=wait_seconds)


class ShareOf:
    """The part of an account's budget that one kind of work may use up."""

    def __init__(self, budget: CountingBudget, share: float) -> None:
        self._budget, self._share = budget, share

    def spend(self, bucket: str, cost: int = 1) -> None:
        """Take *cost* calls, unless the share is used up."""
        self._budget.spend(bucket, cost, share=self._share)

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Pass on."""
        self._budget.observe(bucket, remaining=remaining, wait_seconds=wait_seconds)
