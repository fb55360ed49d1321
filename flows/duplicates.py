"""Duplicates inside one system, per department: one customer, several records in the same stream.

Room: flows. Reads the store, changes nothing: all of them get the agreed values, and the department's own people merge
them, or let their system do it (`flows.merge_plan`), since only that can move what hangs on a record. What is merged
there, the hub follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import Show, instant
from golden_record.store import normalised_records as records
from golden_record.store import profiles, source_records
from golden_record.store.duplicates import Several, several
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.store.source_records import Shadow

_SEPARATOR = "|"


def duplicates(  # noqa: PLR0913 (which of them)
    hub: Hub, *, system: str | None, department: str | None, after: str | None, limit: int, show: Show
) -> dict[str, Any]:
    """Return a page of duplicates: `{"items", "next"}`, by system, stream and profile.

    Each names its records, the most complete one first: that is the one to `keep`.
    """
    wanted = [
        name
        for name, one in hub.systems.items()
        if system in {None, name} and department in {None, one.config.department}
    ]
    matched = sorted(hub.rules.models)  # entities that nothing matches have one record each
    place = (*(after or "").split(_SEPARATOR, 2), "", "", "")[:3]
    with hub.store.read() as connection:
        found = several(connection, wanted, matched, (place[0], place[1], place[2]), limit + 1)
        items = _items(hub, connection, found[:limit], show)
    last = found[limit - 1] if len(found) > limit else None
    cursor = _SEPARATOR.join((last.system, last.stream, last.profile_id)) if last else None
    return {"items": items, "next": cursor}


def _items(hub: Hub, connection: sa.Connection, found: Sequence[Several], show: Show) -> list[dict[str, Any]]:
    ids = [one.profile_id for one in found]
    known = profiles.load(connection, hub.store.vault, ids)
    rows = records.of_profiles(connection, hub.store.vault, ids)
    shadows = source_records.shadows(connection, hub.store.vault, {row.source_ref for row in rows.values()})
    return [_item(hub, one, known[one.profile_id], rows.values(), shadows, show) for one in found]


def _item(  # noqa: PLR0913 (what an item shows)
    hub: Hub,
    one: Several,
    profile: Profile,
    rows: Iterable[NormalisedRow],
    shadows: Mapping[bytes, Shadow],
    show: Show,
) -> dict[str, Any]:
    mine = [
        row
        for row in rows
        if (row.profile_id, row.system, row.stream, row.state) == (one.profile_id, one.system, one.stream, "live")
    ]
    ordered = most_complete_first(mine, shadows)
    name = next(iter(profile.fields.get("name", ())), None)
    return {
        "system": one.system,
        "department": hub.systems[one.system].config.department,
        "stream": one.stream,
        "entity": profile.entity,
        "profile_id": one.profile_id,
        "name": show(profile.entity, "name", name.value) if name is not None else None,
        "keep": ordered[0].record_id,
        "records": [
            {
                "system": row.system,
                "stream": row.stream,
                "id": row.record_id,
                "filled": _filled(row),
                "modified_at": instant(shadows[row.source_ref].modified_at),
                "made_by_the_hub": shadows[row.source_ref].binding_id is not None,
            }
            for row in ordered
        ],
    }


def most_complete_first(rows: Iterable[NormalisedRow], shadows: Mapping[bytes, Shadow]) -> list[NormalisedRow]:
    """Return records with the one to keep first: the most complete, then the one that was known first."""
    return sorted(rows, key=lambda row: (-_filled(row), shadows[row.source_ref].first_seen_at, row.key))


def _filled(row: NormalisedRow) -> int:
    """Return in how many fields the record shows something."""
    return sum(bool(history and history[-1].shown) for history in row.body.histories.values())
