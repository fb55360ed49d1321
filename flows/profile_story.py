"""The story of a profile: which records came when, why each belongs to it, who decided what, and how each value won.

Room: flows. Reads the store, changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import Show, instant, lineage_json, losing_json, record_json
from flows.stewards import act_json
from golden_record.matching.joining import Tie, how_joined
from golden_record.resolution.component import Component, component_of
from golden_record.store import acts, matching_index, profiles, reviews, source_records
from golden_record.store import normalised_records as records
from golden_record.store.matching_index import HUB, SaidWord
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Event

Item = dict[str, Any]


def story(hub: Hub, profile_id: str, show: Show) -> dict[str, Any] | None:
    """Return a profile's story; None where there is no such profile. An id that was merged away leads on.

    `records` in the order in which they came, each with `because`: by which tie it belongs to the ones before it.
    `turns`: what happened to the profile as such, oldest first. `decisions`: stewards' acts on it, undone ones too.
    `values`: per field who gave the value, by which rule it won, and what lost. `reviews`: open questions about it.
    """
    with hub.store.read() as connection:
        living = profiles.resolve_redirects(connection, [profile_id]).get(profile_id)
        if living is None:
            return None
        vault = hub.store.vault
        profile = profiles.load(connection, vault, [living])[living]
        rows = records.of_profiles(connection, vault, [living])
        once = profiles.redirected_from(connection, living)
        events = profiles.events_of(connection, vault, [living, *once])
        return {
            "profile_id": living,
            "entity": profile.entity,
            "created_at": instant(profile.created_at),
            "redirected_from": once,
            "records": _records(hub, connection, profile.entity, rows, events),
            "turns": [_turn(one) for one in events if one.kind in _TURNS],
            "decisions": _decisions(hub, connection, events),
            "values": _values(lineage_json(hub, profile, show), losing_json(hub, profile, rows.values(), show)),
            "reviews": sorted(reviews.open_about(connection, rows)),
        }


_TURNS = frozenset({"created", "records_joined", "merged", "restored", "joined", "kept_apart", "split", "undone"})
"""Events that say who belongs to whom; values have a history of their own (`profiles history`)."""


def _turn(event: Event) -> Item:
    detail = event.detail if isinstance(event.detail, Mapping) else {}
    turn: Item = {"at": instant(event.at), "kind": event.kind, "profile_id": event.profile_id, "run_id": event.run_id}
    if isinstance(keys := detail.get("records"), list):
        turn["records"] = [record_json(key) for key in keys]
    kept = ("into", "from", "profiles", "review", "act", "author", "reason", "undone")
    return turn | {name: detail[name] for name in kept if name in detail}


# ------------------------------------------------------------------------------------------------ records


def _records(
    hub: Hub, connection: sa.Connection, entity: str, rows: Mapping[bytes, NormalisedRow], events: Sequence[Event]
) -> list[Item]:
    shadows = source_records.shadows(connection, hub.store.vault, {row.source_ref for row in rows.values()})
    ordered = sorted(rows.values(), key=lambda row: (shadows[row.source_ref].first_seen_at, row.key))
    model = hub.rules.models.get(entity)
    least = model.thresholds.review if model is not None else 0.0
    auto = model.thresholds.auto if model is not None else math.inf
    component = component_of(connection, rows, least)
    names = {ref: row.key for ref, row in rows.items()}
    joined = how_joined([row.key for row in ordered], _ties(component, names, auto))
    words = matching_index.words(connection, hub.store.vault, [tie.word for tie in joined.values() if tie.word])
    by_id = {one.link.link_id: one for one in words}
    came = _came(events)
    return [
        {
            **record_json(row.key),
            "state": row.state,
            "department": hub.rules.departments.get(row.system, ""),
            "first_seen_at": instant(shadows[row.source_ref].first_seen_at),
            "joined_at": came.get(row.key, instant(shadows[row.source_ref].first_seen_at)),
            "made_by_the_hub": shadows[row.source_ref].binding_id is not None,
            "formerly": row.former_profile_id,
            "because": _because(row.key, joined.get(row.key), by_id, alone=place == 0),
        }
        for place, row in enumerate(ordered)
    ]


def _came(events: Sequence[Event]) -> dict[str, str | None]:
    """Return record -> when it last came to the profile."""
    found: dict[str, str | None] = {}
    for event in events:
        if event.kind in {"created", "records_joined"} and isinstance(event.detail, Mapping):
            found |= dict.fromkeys(event.detail.get("records", ()), instant(event.at))
    return found


def _ties(component: Component, names: Mapping[bytes, str], auto: float) -> list[Tie]:
    found = [
        Tie(names[link.a], names[link.b], "model", link.weight)
        for link in component.links
        if link.a in names and link.b in names and link.weight >= auto
    ]
    found += [
        Tie(names[word.a], names[word.b], "hub" if word.author == HUB else "must", math.inf, word.link_id)
        for word in component.words
        if word.kind == "must" and word.a in names and word.b in names
    ]
    return found + [
        Tie(names[a], names[b], "system", math.inf) for a, b in component.redirects.items() if a in names and b in names
    ]


def _because(key: str, tie: Tie | None, words: Mapping[str, SaidWord], *, alone: bool) -> Item:
    """Say why a record belongs to those before it; `kind` tells: first, evidence, steward, system, hub, earlier."""
    if tie is None:
        return {"kind": "first" if alone else "earlier"}
    found: Item = {
        "kind": {"model": "evidence", "must": "steward"}.get(tie.kind, tie.kind),
        "with": record_json(tie.b if tie.a == key else tie.a),
    }
    if tie.kind == "model":
        found["bits"] = round(tie.bits, 2)
    if tie.kind == "must" and tie.word in words:
        word = words[tie.word]
        found |= {"author": word.link.author, "reason": word.reason, "at": instant(word.at)}
    return found


# ---------------------------------------------------------------------------------------- words and values


def _decisions(hub: Hub, connection: sa.Connection, events: Sequence[Event]) -> list[Item]:
    ids = [
        str(event.detail["act"]) for event in events if isinstance(event.detail, Mapping) and event.detail.get("act")
    ]
    found = acts.of_ids(connection, hub.store.vault, ids)
    about = {
        str(event.detail["act"]): [str(name) for name in event.detail.get("fields", ())]
        for event in events
        if isinstance(event.detail, Mapping) and event.detail.get("act")
    }
    return [act_json(one) | ({"fields": about[one.act_id]} if about.get(one.act_id) else {}) for one in found]


def _values(lineage: Mapping[str, Any], losing: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {**lineage.get(name, {}), "losing": losing.get(name, [])} for name in sorted({*lineage, *losing})}
