"""Read a stream so that a system whose clock is put back hides no change.

A cursor is a time that the system's own clock gave. What is changed after that clock was put back is stamped before the
cursor, and would not be read until the clock has caught up. The clock is known by the `Date` of every answer: where it
went back between two reads, the stream is read from its beginning, then and until the clock has passed every cursor.

A clock that was behind between two reads only, and right at both, leaves no trace here: a sweep or a full sync finds
what was changed in that time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast, runtime_checkable

from connectors.contract import Page, StreamReader

AHEAD, UNTIL = "clock_ahead", "clock_back_until"
"""What a stream's state holds beside the reader's own: seconds, and (where it went back) a time of this machine."""
TOLERANCE = timedelta(seconds=60)
"""Less than the shortest overlap of two reads: `Date` tells whole seconds, and an answer takes its time."""


@runtime_checkable
class Clocked(Protocol):
    """A stream reader that knows its system's clock."""

    def clock_ahead(self) -> timedelta:
        """Return how far the system's clock is ahead of this machine's, by the last answer's `Date`."""


def read_past_jumps(
    reader: StreamReader, state: Mapping[str, Any] | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Page]:
    """Yield what `reader.read` yields, and the whole stream where its system's clock went back."""
    if not isinstance(reader, Clocked):
        yield from reader.read(state)
        return
    kept = dict(state or {})
    walk = _Walk(cast("_ClockedReader", reader), now, *_taken(kept))
    whole = walk.until is not None or not kept
    yield from walk.pages(None if whole else kept)
    if walk.until is not None and not whole:
        yield from walk.pages(None)
    yield from walk.end()


class _ClockedReader(Clocked, StreamReader, Protocol):
    """A stream reader that knows its system's clock."""


class _Walk:
    """One read of a stream; *before*: how far ahead its clock was at the last one, *until*: as the state has it."""

    def __init__(
        self,
        reader: _ClockedReader,
        now: Callable[[], datetime],
        before: timedelta | None,
        until: datetime | None,
    ) -> None:
        self._reader, self._now, self._before, self._began = reader, now, before, until
        self.until = until
        self._last: Mapping[str, Any] | None = None

    def pages(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield the pages from *state* on, each state with what is known of the clock by then."""
        for page in self._reader.read(state):
            self._look()
            if page.state is not None:
                self._last = page.state
                page = replace(page, state=self._noted(page.state))  # noqa: PLW2901 (the same page, with more to keep)
            yield page
        self._look()  # a window between a cursor and an earlier now holds no page

    def _look(self) -> None:
        """See whether the clock went back since the last read."""
        back = self._before - self._reader.clock_ahead() if self._before is not None else timedelta()
        if back > TOLERANCE:
            self.until = max(self.until or self._now(), self._now() + back)

    def end(self) -> Iterator[Page]:
        """Yield the last state once more where the clock has passed what it had to pass."""
        if self._last is not None and self._began is not None and self.until is not None and self.until <= self._now():
            self.until = None
            yield Page((), self._noted(self._last))

    def _noted(self, state: Mapping[str, Any]) -> dict[str, Any]:
        until = {UNTIL: self.until.isoformat()} if self.until is not None else {}
        return {**state, AHEAD: round(self._reader.clock_ahead().total_seconds()), **until}


def _taken(kept: dict[str, Any]) -> tuple[timedelta | None, datetime | None]:
    """Take out of a state what is noted of the clock."""
    ahead, until = kept.pop(AHEAD, None), kept.pop(UNTIL, None)
    return (
        timedelta(seconds=ahead) if isinstance(ahead, int | float) else None,
        datetime.fromisoformat(until) if isinstance(until, str) else None,
    )
