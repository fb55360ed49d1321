"""What the hub has learned of how systems reformat fields, as people and scripts see it; and how it forgets that.

Room: flows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.hub import Hub
from flows.profile_view import instant
from golden_record.store import act_notes, habits, profiles
from golden_record.store.habits import EXACT, Habit


def habits_shown(hub: Hub, system: str | None = None) -> dict[str, Any]:
    """Return `{"items", "next"}`: a line per field with its habits and the number of exact pairs; no values."""
    with hub.store.read() as connection:
        found = habits.listed(connection, system=system)
    by_field: dict[tuple[str, str, int, str], list[Habit]] = {}
    for one in found:
        by_field.setdefault((one.system, one.stream, one.emit, one.field), []).append(one)
    items = [
        {
            "system": place[0],
            "stream": place[1],
            "entity": _entity(hub, *place[:3]),
            "field": place[3],
            "habits": [
                {"habit": one.habit, "values": one.seen, "in_force": one.in_force} for one in mine if one.habit != EXACT
            ],
            "pairs": sum(one.seen for one in mine if one.habit == EXACT),
            "at": instant(max(one.at for one in mine)),
        }
        for place, mine in by_field.items()
    ]
    return {"items": items, "next": None}


def forget_habits(  # noqa: PLR0913 (what, and who says so)
    hub: Hub, system: str, stream: str | None, field: str | None, *, author: str, reason: str
) -> Sequence[Habit]:
    """Forget what was learned of a system, a stream of it, or a field there; every profile is planned anew.

    What systems show in their own form is then written again once, and learned anew from what is read back.
    """
    with hub.store.write() as connection:
        gone = habits.forget(connection, system, stream, field)
        if gone:
            profiles.plan_all(connection)
            of = {"system": system, "stream": stream, "field": field, "reason": reason}
            act_notes.note(connection, hub.store.vault, "habits.forgotten", who=author, at=hub.now(), **of)
    return list(gone)


def _entity(hub: Hub, system: str, stream: str, emit: int) -> str | None:
    mapping = hub.project.mappings.get((system, stream))
    return mapping.emits[emit].entity if mapping is not None and emit < len(mapping.emits) else None
