"""Holds as people and scripts see them. Room: flows. Reads the store, changes nothing."""

from __future__ import annotations

from typing import Any

from flows.hub import Hub
from flows.profile_view import instant
from golden_record.store import holds


def hold_page(hub: Hub, system: str | None, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the holds that stand: `{"items", "next"}`; names of fields, no values."""
    with hub.store.read() as connection:
        found = holds.page(connection, hub.store.vault, system, after, limit + 1)
    items = [
        {
            "id": one.hold_id,
            "system": one.system,
            "stream": one.stream,
            "record_id": one.record_id,
            "profile_id": one.profile_id,
            "kind": one.kind,
            "fields": sorted(one.fields),
            "writes": list(one.writes),
            "author": one.author,
            "reason": one.reason,
            "run_id": one.run_id,
            "at": instant(one.at),
        }
        for one in found[:limit]
    ]
    return {"items": items, "next": found[limit - 1].hold_id if len(found) > limit else None}
