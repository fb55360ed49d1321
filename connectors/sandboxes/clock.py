"""A clock that tests can move: real time plus what was advanced."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_off: ContextVar[timedelta] = ContextVar("_off", default=timedelta())


def put_off(seconds: float) -> None:
    """Let the clock be *seconds* wrong for the rest of the call that this task serves."""
    _off.set(_off.get() + timedelta(seconds=seconds))


class VirtualClock:
    """Aware UTC; starts at real time. A fault may put it off for the length of a call (`put_off`)."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time that the sandboxes believe in."""
        return datetime.now(UTC) + self._ahead + _off.get()

    def advance(self, seconds: float) -> None:
        """Move all sandboxes forward."""
        self._ahead += timedelta(seconds=seconds)
