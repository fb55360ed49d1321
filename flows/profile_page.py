"""A profile's own page: its values and whose they are, what lost, its records as they stand, whom it is related to.

Room: flows. Reads the store, changes nothing. Timeline, history and story are asked apart: they are long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from flows.compare_fields import compare
from flows.hub import Hub
from flows.interactions import INTERACTION
from flows.profile_view import Show, instant, is_many, label_of, losing_json, profile_shown
from flows.review_page import cells_of, column_json, written_json
from golden_record.store import decrees, outbox, profiles, relations, reviews, source_records
from golden_record.store import normalised_records as records
from golden_record.store.normalised_records import NormalisedRow
from golden_record.survive import Decree

MOST_RELATED = 50
"""Related profiles that are named; a large company's people are counted."""
_NAMES = ("name", "company_name", "title")
"""Fields that a profile goes by, the first that it has."""

Json = dict[str, Any]


def profile_seen(hub: Hub, profile_id: str, show: Show, *, raw: bool) -> Json | None:
    """Return a profile with all that stands on its page; None: there is no such profile.

    Beside the shape of `profiles show`: `stamp`, which a form hands back (an edit of what has changed meanwhile is
    refused), `losing`, `table` (field by record), `words` (pins and set values that stand), `related`, `reviews`.
    """
    shown = profile_shown(hub, profile_id, show)
    if shown is None:
        return None
    living = shown["profile_id"]
    with hub.store.read() as connection:
        vault = hub.store.vault
        profile = profiles.load(connection, vault, [living])[living]
        rows = sorted(
            records.of_profiles(connection, vault, [living]).values(),
            key=lambda row: (row.state != "live", row.key),
        )
        shadows = source_records.shadows(connection, vault, {row.source_ref for row in rows})
        cells = [cells_of(hub, row, shadows.get(row.source_ref)) for row in rows]
        once = profiles.redirected_from(connection, living)
        said = decrees.of(connection, vault, [living, *once])
        return shown | {
            "title": title_of(profile.fields, profile.entity, show),
            "stamp": str(profile.version),
            "created_at": instant(profile.created_at),
            "records": [column_json(hub, row, shadows.get(row.source_ref)) for row in rows],
            "losing": losing_json(hub, profile, rows, show),
            "table": [
                {
                    "field": name,
                    "label": label_of(hub, profile.entity, name),
                    "many": is_many(hub, profile.entity, name),
                    "state": compare([one.get(name, ()) for one in cells]),
                    "cells": [
                        [written_json(profile.entity, name, one, show, raw=raw) for one in cell.get(name, ())]
                        for cell in cells
                    ],
                }
                for name in _names(hub, profile.entity)
                if any(name in one for one in cells)
            ],
            "words": [
                _word_json(profile.entity, name, one, show)
                for fields in said.values()
                for name, spoken in sorted(fields.items())
                for one in _standing(spoken, hub.now())
            ],
            "related": _related(hub, connection, rows, show),
            "reviews": sorted(reviews.open_about(connection, {row.ref for row in rows})),
            "writes": _writes(hub, connection, [living, *once]),
        }


def title_of(fields: Mapping[str, Sequence[Any]], entity: str, show: Show) -> str:
    """Return what a profile goes by."""
    for name in _NAMES:
        if elements := fields.get(name):
            return str(show(entity, name, elements[0].value))
    return ""


def _names(hub: Hub, entity: str) -> list[str]:
    rules = hub.rules.entities.get(entity)
    return list(rules.policies) if rules is not None else []


def _standing(spoken: Sequence[Decree], now: datetime) -> list[Decree]:
    """Return the word that counts: the newest pin in force, else the newest word."""
    pins = [one for one in spoken if one.pin and (one.until is None or one.until > now.timestamp() * 1000)]
    return [max(pins or spoken, key=lambda one: (one.at, one.key))] if spoken else []


def _word_json(entity: str, name: str, one: Decree, show: Show) -> Json:
    return {
        "field": name,
        "values": [show(entity, name, element.value) for element in one.elements],
        "pin": one.pin,
        "until": None if one.until is None else instant(datetime.fromtimestamp(one.until / 1000, UTC)),
        "at": instant(datetime.fromtimestamp(one.at / 1000, UTC)),
    }


def _related(hub: Hub, connection: sa.Connection, rows: Sequence[NormalisedRow], show: Show) -> Json:
    """Return whom the profile refers to, and who refers to it; interactions are on the timeline."""
    live = {row.ref for row in rows if row.state == "live"}
    stated = relations.of(connection, live)
    outward = {(name, target) for ties in stated.values() for name, target in ties.items()}
    inward = {(name, ref) for ref, name, _target in relations.referring(connection, {row.ref for row in rows})}
    bound = records.profiles_of(connection, {ref for _name, ref in (*outward, *inward)})
    mine = {row.profile_id for row in rows}
    found: Json = {}
    for way, ties in (("to", outward), ("from", inward)):
        pairs = sorted({(name, bound[ref]) for name, ref in ties if ref in bound})
        pairs = [one for one in pairs if one[1] not in mine]
        known = profiles.load(connection, hub.store.vault, [other for _name, other in pairs[: 4 * MOST_RELATED]])
        named = [
            {
                "relation": name,
                "profile_id": other,
                "entity": known[other].entity,
                "title": title_of(known[other].fields, known[other].entity, show),
            }
            for name, other in pairs
            if other in known and known[other].entity != INTERACTION
        ]
        found[way] = named[:MOST_RELATED]
        found[f"more_{way}"] = max(0, len(named) - MOST_RELATED)
    return found


def _writes(hub: Hub, connection: sa.Connection, ids: Sequence[str]) -> list[Json]:
    """Return the writes about the profile that are on their way or were refused."""
    return [
        {
            "id": one.write_id,
            "system": one.system,
            "stream": one.stream,
            "record_id": one.record_id,
            "kind": one.kind,
            "state": one.state,
            "fields": sorted(one.fields),
            "code": one.code,
        }
        for one in outbox.of_profiles(connection, hub.store.vault, ids)
        if one.state not in {outbox.CONFIRMED, outbox.DISMISSED, outbox.SUPERSEDED}
    ]
