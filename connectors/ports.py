"""What a connector needs kept, as protocols, with the forms that serve a source run on its own.

`flows` hands in forms backed by the hub's store; `python -m connectors.<system>.source` uses these.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

Tokens = dict[str, str | int | float]
"""What a sign-in gave: `access_token`, `expires_at` (epoch seconds) and whatever else that system needs."""


class TokenStore(Protocol):
    """Keeps an account's tokens where every process of the hub finds them."""

    def load(self, account: str) -> Tokens | None:
        """Return the tokens last saved for *account*, or None."""

    def save(self, account: str, tokens: Mapping[str, str | int | float]) -> None:
        """Keep *tokens*; they are durable when this returns, before anyone uses them."""

    def locked(self, account: str) -> AbstractContextManager[None]:
        """Hold the account's lock, against threads and processes: only the holder may refresh."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A vendor's limit: *calls* per *seconds* in one *bucket*; the bucket is free text such as `api` or a path."""

    bucket: str
    calls: int
    seconds: float


class Budget(Protocol):
    """The rate budget of an account, shared by pull, push and webhooks."""

    def spend(self, bucket: str, cost: int = 1) -> None:
        """Take *cost* calls from *bucket*; waits for a place.

        Raises:
            QuotaPaused: the wait would be longer than the budget is willing to hold the run.
            NotAnswering: a budget that watches has given the account up.
        """

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Learn what the system said: calls remaining, or how long to wait."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """How long calls may go unanswered, beside the client's own patience.

    *for_seconds*: no call is tried again when it has gone unanswered for so long, all its tries together; *each*:
    seconds that one try may take.
    """

    for_seconds: float = math.inf
    each: float = math.inf


@runtime_checkable
class Watch(Protocol):
    """A budget may also watch whether its account answers at all, and stop the calls to one that does not.

    It stops them where every call has to pass: `Budget.spend` raises `NotAnswering`.
    """

    def patience(self) -> Unanswered:
        """Return how long the next call may go unanswered."""

    def answered(self) -> None:
        """Learn that an answer came, whatever it says."""

    def unanswered(self) -> None:
        """Learn that a call has used up its whole patience without any answer."""


class Unwatched:
    """For budgets that do not watch."""

    def patience(self) -> Unanswered:
        """As long as the client likes."""
        return Unanswered()

    def answered(self) -> None:
        """Nobody asks."""

    def unanswered(self) -> None:
        """Nobody asks."""


@dataclass
class MemoryTokenStore:
    """Tokens for the life of one process (tests, one-off checks)."""

    tokens: dict[str, Tokens] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def load(self, account: str) -> Tokens | None:
        """Return a copy of the account's tokens."""
        kept = self.tokens.get(account)
        return dict(kept) if kept is not None else None

    def save(self, account: str, tokens: Mapping[str, str | int | float]) -> None:
        """Keep a copy."""
        self.tokens[account] = dict(tokens)

    @contextmanager
    def locked(self, account: str) -> Iterator[None]:
        """One lock for all accounts: refreshes are rare."""
        del account
        with self._lock:
            yield


class FileTokenStore:
    """Tokens in one JSON file (mode 0600) beside a lock file, for a source run on its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(f"{path}.lock")

    def load(self, account: str) -> Tokens | None:
        """Return the account's tokens as last saved by any process."""
        return self._read().get(account)

    def save(self, account: str, tokens: Mapping[str, str | int | float]) -> None:
        """Replace the file as a whole, so that a kill leaves the old or the new one."""
        with self._lock:
            everything = self._read() | {account: dict(tokens)}
            draft = self._path.with_suffix(".new")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(everything, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)

    @contextmanager
    def locked(self, account: str) -> Iterator[None]:
        """Hold the file's lock; it is re-entrant within this object."""
        del account
        with self._lock:
            yield

    def _read(self) -> dict[str, Tokens]:
        try:
            return dict(json.loads(self._path.read_text()))
        except FileNotFoundError:
            return {}


class WindowBudget:
    """Holds each bucket under its limits by sliding windows, within one process.

    A bucket without a limit is free. What the system itself announces (`observe`) is obeyed on top.
    """

    def __init__(self, limits: tuple[Limit, ...] = ()) -> None:
        self._limits = limits
        self._spent: dict[Limit, list[float]] = {limit: [] for limit in limits}
        self._blocked_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def spend(self, bucket: str, cost: int = 1) -> None:
        """Wait until every limit of the bucket has room, then take it."""
        while (pause := self._take(bucket, cost)) > 0:
            time.sleep(pause)

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None:
        """Block the bucket for *wait_seconds*; *remaining* needs nothing here."""
        del remaining
        if wait_seconds is not None:
            with self._lock:
                self._blocked_until[bucket] = time.monotonic() + wait_seconds

    def _take(self, bucket: str, cost: int) -> float:
        with self._lock:
            now = time.monotonic()
            pause = self._blocked_until.get(bucket, now) - now
            for limit, stamps in self._spent.items():
                if limit.bucket != bucket:
                    continue
                stamps[:] = [stamp for stamp in stamps if stamp > now - limit.seconds]
                if stamps and len(stamps) + cost > limit.calls:
                    pause = max(pause, stamps[0] + limit.seconds - now)
            if pause <= 0:
                for limit, stamps in self._spent.items():
                    if limit.bucket == bucket:
                        stamps.extend([now] * cost)
            return pause
