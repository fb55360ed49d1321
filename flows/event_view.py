"""The webhook inbox as people see it: ids, states and notes, nothing of what was posted. Room: flows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flows.hub import Hub
from flows.profile_view import instant
from golden_record.store import inbox
from golden_record.store.inbox import Listed


def event_page(hub: Hub, state: str | None, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of events, newest first: `{"items", "next"}`."""
    with hub.store.read() as connection:
        found = inbox.page(connection, state, after, limit + 1)
    items = [_event_json(event) for event in found[:limit]]
    return {"items": items, "next": found[limit - 1].event_id if len(found) > limit else None}


def retry_event(hub: Hub, event_id: str) -> bool:
    """Let a failed event be tried again; False where there is none of this id."""
    with hub.store.write() as connection:
        return inbox.retry(connection, event_id)


def retry_failed(hub: Hub, system: str | None) -> int:
    """Let every failed event (of a *system*) be tried again; return how many."""
    with hub.store.write() as connection:
        return inbox.retry_failed(connection, system)


def replay_events(hub: Hub, system: str | None, since: datetime) -> int:
    """Let what came since then be worked off anew, in the order in which it came; return how many events.

    Records that are only named are read again, so nothing goes back to an older state; records that came whole are left
    out where the hub holds a newer one.
    """
    with hub.store.write() as connection:
        return inbox.replay(connection, since, system)


def _event_json(event: Listed) -> dict[str, Any]:
    return {
        "id": event.event_id,
        "system": event.system,
        "state": event.state,
        "received_at": instant(event.received_at),
        "attempts": event.attempts,
        "retry_at": instant(event.retry_at),
        "ended_at": instant(event.ended_at),
        "note": event.note,
    }
