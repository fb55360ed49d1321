"""A clock that tests can move: real time plus what was advanced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Aware UTC; starts at real time."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time that the sandboxes believe in."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move all sandboxes forward."""
        self._ahead += timedelta(seconds=seconds)
