"""Profiles as people and scripts see them: the JSON of the interfaces page, masked where asked.

Room: flows. Reads the store, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from golden_record.elements import Element
from golden_record.history import replay
from golden_record.store import normalised_records as records
from golden_record.store import profiles, relations
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.survive import Source
from mapping.values import FieldValue, Json

Show = Callable[[str, str, Json], Json]
"""(entity, field, value) -> what is shown of it."""


def label_of(hub: Hub, entity: str, name: str) -> dict[str, str]:
    """Return what people call a field, in both languages."""
    shape = hub.project.profile.field(entity, name)
    return shape.label.model_dump() if shape is not None and shape.label else {"en": name, "zh": name}


def as_it_is(_entity: str, _field: str, value: Json) -> Json:
    """Show a value as it is."""
    return value


def masked(hub: Hub) -> Show:
    """Return the view that hides the personal core of every value, but for fields that are `protect: plain`."""

    def show(entity: str, name: str, value: Json) -> Json:
        rules = hub.rules.entities.get(entity)
        kind = rules.types.get(name) if rules else None
        if rules is None or kind is None:
            return "***" if value is not None else None
        return value if name in rules.plain or value is None else kind.mask(FieldValue(value, value))

    return show


def view_of(hub: Hub, *, mask: bool) -> Show:
    """Return how values are shown."""
    return masked(hub) if mask else as_it_is


def profiles_json(hub: Hub, connection: sa.Connection, found: Sequence[Profile], show: Show) -> list[dict[str, Any]]:
    """Return profiles in the shape of `profiles show` and of each line of an export."""
    ids = [one.profile_id for one in found]
    rows = records.of_profiles(connection, hub.store.vault, ids)
    by_profile: dict[str, list[NormalisedRow]] = {}
    for row in sorted(rows.values(), key=lambda row: row.key):
        by_profile.setdefault(row.profile_id or "", []).append(row)
    related = _related(connection, by_profile)
    return [_profile_json(hub, one, by_profile.get(one.profile_id, ()), related, show) for one in found]


def _profile_json(
    hub: Hub,
    profile: Profile,
    rows: Sequence[NormalisedRow],
    related: Mapping[str, list[dict[str, str]]],
    show: Show,
) -> dict[str, Any]:
    return {
        "profile_id": profile.profile_id,
        "entity": profile.entity,
        "fields": {
            name: _value(hub, profile.entity, name, elements, show)
            for name, elements in profile.fields.items()
            if elements
        },
        "sources": [
            {"system": row.system, "stream": row.stream, "id": row.record_id} for row in rows if row.state == "live"
        ],
        "relations": related.get(profile.profile_id, []),
        "updated_at": instant(profile.updated_at),
        **({"archived": True} if profile.archived else {}),
    }


def _value(hub: Hub, entity: str, name: str, elements: Sequence[Element], show: Show) -> Json:
    shown = [show(entity, name, element.value) for element in elements]
    return shown if is_many(hub, entity, name) or len(shown) > 1 else shown[0]


def is_many(hub: Hub, entity: str, name: str) -> bool:
    """Whether a field holds a list."""
    rules = hub.rules.entities.get(entity)
    return bool(rules and name in rules.policies and rules.policies[name].many)


def _related(
    connection: sa.Connection, by_profile: Mapping[str, Sequence[NormalisedRow]]
) -> dict[str, list[dict[str, str]]]:
    """Return profile -> the profiles that its living records refer to, each once."""
    stated = relations.of(connection, [row.ref for rows in by_profile.values() for row in rows if row.state == "live"])
    targets = records.profiles_of(connection, {ref for ties in stated.values() for ref in ties.values()})
    found: dict[str, list[dict[str, str]]] = {}
    for profile_id, rows in by_profile.items():
        ties = {
            (name, targets[target])
            for row in rows
            for name, target in stated.get(row.ref, {}).items()
            if target in targets
        }
        found[profile_id] = [{"relation": name, "profile_id": other} for name, other in sorted(ties)]
    return found


# ------------------------------------------------------------------------------------------------- lineage


def lineage_json(hub: Hub, profile: Profile, show: Show) -> dict[str, Any]:
    """Return field -> where its value comes from; a field that holds many has each value's under `values` as well."""
    found: dict[str, Any] = {}
    for name, sources in profile.sources.items():
        if not sources:
            continue
        found[name] = source_json(sources[0])
        if is_many(hub, profile.entity, name):
            found[name]["values"] = [
                {"value": show(profile.entity, name, element.value), **source_json(source)}
                for element, source in zip(profile.fields.get(name, ()), sources, strict=False)
            ]
    return found


def losing_json(
    hub: Hub, profile: Profile, rows: Iterable[NormalisedRow], show: Show
) -> dict[str, list[dict[str, Any]]]:
    """Return field -> the values that people gave and that do not show, with whose they are: what lost, and to what.

    `lost_to`: the rule by which another value won; `orphaned`: the record is gone.
    """
    rules = hub.rules.entities.get(profile.entity)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row.key):
        for name, history in row.body.histories.items():
            policy = rules.policies.get(name) if rules else None
            if policy is None:
                continue
            cleared = hub.rules.cleared.get((row.system, row.stream, row.emit, name), policy.cleared)
            given = replay(history, many=policy.many, keep_cleared=cleared != "clear").supports
            shown = {element.key for element in profile.fields.get(name, ())}
            sources = profile.sources.get(name, ())
            found.setdefault(name, []).extend(
                {
                    "value": show(profile.entity, name, support.element.value),
                    **record_json(row.key),
                    "at": instant(datetime.fromtimestamp(support.at / 1000, UTC)),
                    "seen_to_change": support.observed,
                    "orphaned": row.state != "live",
                    "lost_to": sources[0].rule if sources else None,
                }
                for key, support in given.items()
                if key not in shown
            )
    return {name: lost for name, lost in found.items() if lost}


def source_json(source: Source) -> dict[str, Any]:
    """Return a source's record, time and rule; a steward's word has no system, and its own id."""
    at = instant(datetime.fromtimestamp(source.at / 1000, UTC))
    return {**record_json(source.key), "at": at, "rule": source.rule}


def record_json(key: str) -> dict[str, Any]:
    """Return the record that a key `system/stream/id#emit` names; of a steward's word, only its id."""
    system, _, rest = key.partition("/")
    stream, slash, rest = rest.partition("/")
    if not slash:
        return {"system": None, "stream": None, "id": key}
    return {"system": system, "stream": stream, "id": rest.rpartition("#")[0]}


def instant(at: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def records_json(rows: Iterable[NormalisedRow]) -> list[dict[str, str]]:
    """Return where records are."""
    ordered = sorted(rows, key=lambda row: row.key)
    return [{"system": row.system, "stream": row.stream, "id": row.record_id} for row in ordered]


# ------------------------------------------------------------------------------------------------- look-ups


def profile_page(hub: Hub, *, entity: str | None, after: str | None, limit: int, show: Show) -> dict[str, Any]:
    """Return a page of living profiles: `{"items", "next"}`."""
    with hub.store.read() as connection:
        found = profiles.page(connection, hub.store.vault, after, limit + 1, entity)
        items = profiles_json(hub, connection, found[:limit], show)
    return {"items": items, "next": found[limit - 1].profile_id if len(found) > limit else None}


def profile_shown(hub: Hub, profile_id: str, show: Show) -> dict[str, Any] | None:
    """Return one profile with lineage and redirects; an id that was merged away leads to where it went."""
    with hub.store.read() as connection:
        living = profiles.resolve_redirects(connection, [profile_id]).get(profile_id)
        if living is None:
            return None
        profile = profiles.load(connection, hub.store.vault, [living])[living]
        shown = profiles_json(hub, connection, [profile], show)[0]
        lineage = lineage_json(hub, profile, show)
        rows = records.of_profiles(connection, hub.store.vault, [living]).values()
        for name, lost in losing_json(hub, profile, rows, show).items():
            if name in lineage:
                lineage[name]["losing"] = lost
        shown["lineage"] = lineage
        shown["redirected_from"] = profiles.redirected_from(connection, living)
        shown["in_review"] = sorted(profile.frozen)
    return shown
