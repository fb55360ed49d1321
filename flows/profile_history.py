"""What happened to a profile: its events, what people gave in which record, what was written where.

Room: flows. Reads the store, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import Show, instant
from golden_record.history import Mark
from golden_record.store import normalised_records as records
from golden_record.store import outbox, profiles

Item = dict[str, Any]

_MARKS = {
    Mark.FIRST_SIGHT: "first_sight",
    Mark.OBSERVED: "observed",
    Mark.PUSHED: "shown_after_push",
    Mark.REFORMATTED: "reformatted",
    Mark.REMAPPED: "read_by_a_new_mapping",
    Mark.DEFAULT: "came_with_the_record",
}


def history(hub: Hub, profile_id: str, *, after: str | None, limit: int, show: Show) -> dict[str, Any] | None:
    """Return what happened to a profile and to those merged into it, oldest first: `{"items", "next"}`; None: no such.

    The cursor is the number of items read so far.
    """
    with hub.store.read() as connection:
        living = profiles.resolve_redirects(connection, [profile_id]).get(profile_id)
        if living is None:
            return None
        ids = [living, *profiles.redirected_from(connection, living)]
        entity = profiles.load(connection, hub.store.vault, [living])[living].entity
        found = [
            *_events(hub, connection, ids, entity, show),
            *_contributions(hub, connection, living, show),
            *_writes(hub, connection, ids),
        ]
    found.sort(key=lambda item: str(item["at"]))
    start = int(after) if after and after.isdecimal() else 0
    end = start + limit
    return {"items": found[start:end], "next": str(end) if end < len(found) else None}


def _events(hub: Hub, connection: sa.Connection, ids: Sequence[str], entity: str, show: Show) -> Iterator[Item]:
    for event in profiles.events_of(connection, hub.store.vault, ids):
        yield {
            "at": instant(event.at),
            "kind": event.kind,
            "profile_id": event.profile_id,
            "run_id": event.run_id,
            "detail": _detail(entity, event.detail, show),
        }


def _detail(entity: str, detail: Any, show: Show) -> Any:  # noqa: ANN401 (JSON)
    """Show the values of a change as profiles show them; other events carry none."""
    if not isinstance(detail, Mapping):
        return detail
    return {
        name: {
            **change,
            "old": [show(entity, name, value) for value in change["old"]],
            "new": [show(entity, name, value) for value in change["new"]],
        }
        if isinstance(change, Mapping) and {"old", "new"} <= change.keys()
        else change
        for name, change in detail.items()
    }


def _contributions(hub: Hub, connection: sa.Connection, profile_id: str, show: Show) -> Iterator[Item]:
    rows = records.of_profiles(connection, hub.store.vault, [profile_id]).values()
    for row in sorted(rows, key=lambda row: row.key):
        for name, entries in row.body.histories.items():
            for entry in entries:
                yield {
                    "at": instant(datetime.fromtimestamp(entry.seen / 1000, UTC)),
                    "kind": _MARKS[entry.mark],
                    "profile_id": profile_id,
                    "system": row.system,
                    "stream": row.stream,
                    "id": row.record_id,
                    "field": name,
                    "given_at": instant(datetime.fromtimestamp(entry.at / 1000, UTC)),
                    "values": [show(row.entity, name, element.value) for _slot, element in entry.shown],
                }


def _writes(hub: Hub, connection: sa.Connection, ids: Sequence[str]) -> Iterator[Item]:
    for write in outbox.of_profiles(connection, hub.store.vault, ids):
        yield {
            "at": instant(write.ended_at or write.sent_at or write.planned_at),
            "kind": f"write_{write.state}",
            "profile_id": write.profile_id,
            "run_id": write.run_id,
            "write_id": write.write_id,
            "system": write.system,
            "stream": write.stream,
            "id": write.record_id,
            "fields": sorted(write.fields),
            "code": write.code,
        }
