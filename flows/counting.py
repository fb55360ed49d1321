"""Count the calls that a run makes, in front of the budget that allows them and of what stops them."""

from __future__ import annotations

import threading
from typing import Protocol

from connectors.ports import Unanswered, Watch
from flows.circuit_breaker import CircuitBreaker


class Shared(Protocol):
    """A budget of which a caller may be allowed a share of the long limits."""

    def spend(self, bucket: str, cost: int = 1, *, share: float = 1.0) -> None:
        """Take *cost* calls, unless that share is used up."""

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Learn what the system said."""

    def flush(self) -> None:
        """Tell others what was spent."""


class CountingBudget(Watch):
    """A budget that also counts; `calls` is what was spent since it was made.

    Its *breaker* stops the calls to an account that does not answer; without one nothing does.
    """

    def __init__(self, inner: Shared, breaker: CircuitBreaker | None = None) -> None:
        self._inner = inner
        self.breaker = breaker or CircuitBreaker()
        self._lock = threading.Lock()
        self.calls = 0

    def spend(self, bucket: str, cost: int = 1, *, share: float = 1.0) -> None:
        """Take and count.

        Raises:
            QuotaPaused: the place is too far away.
            NotAnswering: the account is given up for the run at hand.
        """
        self.breaker.heed()
        self._inner.spend(bucket, cost, share=share)
        with self._lock:
            self.calls += 1

    def flush(self) -> None:
        """Pass on."""
        self._inner.flush()

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Pass on."""
        self._inner.observe(bucket, remaining=remaining, wait_seconds=wait_seconds)

    def patience(self) -> Unanswered:
        """Ask the breaker."""
        return self.breaker.patience()

    def answered(self) -> None:
        """Tell the breaker."""
        self.breaker.answered()

    def unanswered(self) -> None:
        """Tell the breaker."""
        self.breaker.unanswered()


class ShareOf(Watch):
    """The part of an account's budget that one kind of work may use up."""

    def __init__(self, budget: CountingBudget, share: float) -> None:
        self._budget, self._share = budget, share

    def spend(self, bucket: str, cost: int = 1) -> None:
        """Take *cost* calls, unless the share is used up."""
        self._budget.spend(bucket, cost, share=self._share)

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Pass on."""
        self._budget.observe(bucket, remaining=remaining, wait_seconds=wait_seconds)

    def patience(self) -> Unanswered:
        """Pass on."""
        return self._budget.patience()

    def answered(self) -> None:
        """Pass on."""
        self._budget.answered()

    def unanswered(self) -> None:
        """Pass on."""
        self._budget.unanswered()
