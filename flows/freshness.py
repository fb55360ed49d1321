"""How fresh is each stream, and is it staler than its schedule allows? Room: flows; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.cron import came_round
from flows.hub_config import HubConfig
from flows.profile_view import instant

MISSED = 2
"""Times of its schedule that a stream may miss before it counts as stale: one may fall into another run."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """One stream: when it was last *read* to its end (None: never), and whether that is too long ago.

    *stale* is None where no schedule says how often it is read.
    """

    system: str
    stream: str
    read_at: datetime | None
    stale: bool | None

    def to_json(self) -> dict[str, Any]:
        """Return it for lists."""
        return {
            "system": self.system,
            "stream": self.stream,
            "read_at": instant(self.read_at) if self.read_at else None,
            "stale": self.stale,
        }


def freshness(hub: HubConfig, read: Mapping[tuple[str, str], datetime], now: datetime) -> list[Freshness]:
    """Return every configured stream. *read*: (system, stream) -> when it was last read to its end.

    A stream is stale when its schedule has come round twice since; so a night without schedules makes nothing stale.
    One that was never read is new, and not stale: what keeps it from being read is a failed run.
    """
    found = []
    for name, system in sorted(hub.systems.items()):
        schedule = system.pull.schedule
        due = came_round(schedule, system.pull.timezone, now, MISSED) if schedule else []
        latest = due[-1] if len(due) == MISSED else None
        for stream in system.streams:
            at = read.get((name, stream))
            stale = bool(at and latest and at < latest) if schedule else None
            found.append(Freshness(name, stream, at, stale))
    return found
