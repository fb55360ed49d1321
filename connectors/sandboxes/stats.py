"""What was asked of a simulator: calls per method and path, reads, writes, records written by the hub."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from connectors.sandboxes.contract import Change

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_ID = re.compile(
    r"^(?:\d+"  # a number
    r"|[0-9A-HJKMNP-TV-Z]{26}"  # a ULID
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"  # a UUID
    r"|(?=[^/]*\d)[0-9A-Za-z_-]{16,}"  # a long mix with digits
    r")$"
)


class Stats:
    """Counters of one simulator; also a listener of its book."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again from zero."""
        self.calls: Counter[str] = Counter()
        self.reads = self.writes = self.records_written = 0

    def count(self, method: str, path: str, *, writes: bool) -> None:
        """Note one call."""
        self.calls[f"{method} {pattern(path)}"] += 1
        if writes:
            self.writes += 1
        else:
            self.reads += 1

    def note(self, change: Change) -> None:
        """Note one change of one record; only the hub's are counted."""
        if change.by == "hub":
            self.records_written += 1

    def shown(self) -> dict[str, Any]:
        """Return the JSON of the control port."""
        calls = dict(sorted(self.calls.items()))
        return {"calls": calls, "reads": self.reads, "writes": self.writes, "records_written": self.records_written}


class Counted:
    """Counts every call, whatever becomes of it; the simulator's own `/__sim/` pages are not counted."""

    def __init__(self, app: ASGIApp, stats: Stats, writes: Callable[[str, str], bool]) -> None:
        self.app, self.stats, self.writes = app, stats, writes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one call and pass it on."""
        if scope["type"] == "http" and not scope["path"].startswith("/__sim/"):
            method, path = scope["method"], scope["path"]
            self.stats.count(method, path, writes=self.writes(method, path))
        await self.app(scope, receive, send)


def pattern(path: str) -> str:
    """Return *path* with the ids in it collapsed.

    >>> pattern("/api/v2/users/1234567.json")
    '/api/v2/users/{id}.json'
    >>> pattern("/crm/v8/Contacts/5725767000000524157/actions/merge")
    '/crm/v8/Contacts/{id}/actions/merge'
    """
    return "/".join(_collapsed(segment) for segment in path.split("/"))


def _collapsed(segment: str) -> str:
    stem, dot, suffix = segment.partition(".")
    return "{id}" + dot + suffix if _ID.match(stem) else segment
