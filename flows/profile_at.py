"""What a profile showed at a time that has passed: its history played backwards from what it shows now.

Room: flows. Reads the store, changes nothing. What the profile showed is exact; why it showed it is told by the story
(`flows.profile_story`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flows.hub import Hub
from flows.profile_view import Show, instant, is_many
from golden_record.store import profiles
from golden_record.store.profiles import Event, Profile
from mapping.values import Json

Values = dict[str, list[Json]]


def profile_at(hub: Hub, profile_id: str, at: datetime, show: Show) -> dict[str, Any] | None:
    """Return `{"profile_id", "entity", "at", "existed", "fields", "changed_since"}`; None: there is no such profile.

    `fields` are those shown at that time, `changed_since` names the fields that show something else now. Before the
    profile was made it showed nothing (`existed` false). An id that was merged away is answered for itself up to then.
    """
    with hub.store.read() as connection:
        found = profiles.load(connection, hub.store.vault, [profile_id]).get(profile_id)
        if found is None:
            return None
        events = profiles.events_of(connection, hub.store.vault, [profile_id])
    existed = found.created_at is None or found.created_at <= at
    then = values_at(found, events, at) if existed else {}
    now = _values(found)
    return {
        "profile_id": profile_id,
        "entity": found.entity,
        "at": instant(at),
        "existed": existed,
        "merged_into": found.merged_into,
        "fields": {
            name: _shown(hub, found.entity, name, values, show) for name, values in sorted(then.items()) if values
        },
        "changed_since": sorted(name for name in {*then, *now} if existed and then.get(name, []) != now.get(name, [])),
    }


def values_at(profile: Profile, events: Sequence[Event], at: datetime) -> Values:
    """Return what a profile showed at *at*: what it shows now, with every later change taken back, the newest first."""
    shown = _values(profile)
    for event in reversed(events):
        if event.at <= at or not isinstance(event.detail, Mapping):
            continue
        for name, change in event.detail.items():
            if isinstance(change, Mapping) and {"old", "new"} <= change.keys():
                shown[name] = list(change["old"])
    return shown


def _values(profile: Profile) -> Values:
    return {name: [element.value for element in elements] for name, elements in profile.fields.items()}


def _shown(hub: Hub, entity: str, name: str, values: Sequence[Json], show: Show) -> Json:
    made = [show(entity, name, value) for value in values]
    return made if is_many(hub, entity, name) or len(made) > 1 else made[0]
