"""All that a steward needs to answer one question.

The records side by side, what a match would make of them, why the hub asks, what was said before.
Room: flows. Reads the store, changes nothing. What the systems would receive is asked apart (`flows.effect`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from flows.compare_fields import Cell, Written, cell_of, compare
from flows.decisions import asked, stamp_of
from flows.explain_pair import pair_json
from flows.hub import Hub
from flows.profile_view import Show, instant, is_many, record_json
from flows.stewards import act_json, review_json
from flows.web_links import link_to
from golden_record.errors import NotDecidable
from golden_record.resolution.examine import Examiner
from golden_record.resolution.voices import voice_of
from golden_record.store import acts, decrees, profiles, reviews, source_records
from golden_record.store import normalised_records as records
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.store.reviews import Review
from golden_record.store.source_records import Shadow
from golden_record.survive import Choice, survive
from mapping.pull import pull
from mapping.values import MappingError

MOST_COLUMNS = 6
"""Records shown side by side; more are counted, and stand on the profiles' own pages."""

Json = dict[str, Any]


def review_seen(hub: Hub, review_id: str, show: Show, *, raw: bool) -> Json | None:
    """Return one question with all that speaks for and against its answers; None: no such question.

    *raw*: show texts as people wrote them beside the values (never of a masked one). `stamp` names what the page
    rests on; handed back with a decision, it keeps one from being made on what has changed meanwhile.
    """
    with hub.store.read() as connection:
        review = reviews.get(connection, hub.store.vault, review_id)
        if review is None:
            return None
        shown = review_json(hub, connection, review, show)
        rows = _rows(hub, connection, review)
        known = profiles.load(connection, hub.store.vault, {row.profile_id for row in rows if row.profile_id})
        said = _decrees(hub, connection, known)
        columns = rows[:MOST_COLUMNS]
        shadows = source_records.shadows(connection, hub.store.vault, {row.source_ref for row in columns})
        return shown | {
            "stamp": stamp_of(hub, connection, review),
            "columns": [column_json(hub, row, shadows.get(row.source_ref)) for row in columns],
            "more": len(rows) - len(columns),
            "fields": _fields(hub, review, rows, columns, shadows, known, said, show, raw=raw),
            "evidence": _evidence(hub, connection, review),
            "beside": _beside(hub, connection, review, rows),
            "earlier": _earlier(hub, connection, review, list(known)),
        }


def review_columns(hub: Hub, review_id: str) -> tuple[list[dict[str, str]], str | None]:
    """Return the records as the question's page numbers them, and the field in question.

    Raises:
        NotDecidable: there is no such question.
    """
    review = asked(hub.store, review_id)
    with hub.store.read() as connection:
        rows = _rows(hub, connection, review)[:MOST_COLUMNS]
    return [{"system": row.system, "stream": row.stream, "id": row.record_id} for row in rows], review.field


def _rows(hub: Hub, connection: sa.Connection, review: Review) -> list[NormalisedRow]:
    """Return the records of the question's profiles: those that it names first, then the others by turns."""
    named = records.load(connection, hub.store.vault, review.refs)
    ids = {row.profile_id for row in named.values() if row.profile_id}
    every = {**records.of_profiles(connection, hub.store.vault, ids), **named}
    first = sorted(named.values(), key=lambda row: row.key)
    order = {row.profile_id: place for place, row in reversed(list(enumerate(first)))}
    rest = sorted((row for ref, row in every.items() if ref not in named), key=lambda row: row.key)
    rest = [row for row in rest if row.entity == review.entity]
    turn: dict[str | None, int] = {}
    ranked = []
    for row in rest:
        turn[row.profile_id] = turn.get(row.profile_id, 0) + 1
        ranked.append((row.state != "live", turn[row.profile_id], order.get(row.profile_id, len(order)), row.key, row))
    return [*first, *(row for *_rank, row in sorted(ranked, key=lambda one: one[:4]))]


def column_json(hub: Hub, row: NormalisedRow, shadow: Shadow | None) -> Json:
    """Return a record as the head of a column: where it is, whose, how fresh, and where to look at it."""
    system = hub.systems.get(row.system)
    return {
        **record_json(row.key),
        "department": system.config.department if system else None,
        "state": row.state,
        "profile_id": row.profile_id,
        "modified_at": instant(shadow.modified_at) if shadow else None,
        "changed_at": instant(shadow.changed_at) if shadow else None,
        "made_by_hub": bool(shadow and shadow.binding_id),
        "link": link_to(hub, row.system, row.stream, row.record_id),
    }


# ------------------------------------------------------------------------------------------------- fields


def _fields(  # noqa: PLR0913 (what the table is made of)
    hub: Hub,
    review: Review,
    rows: Sequence[NormalisedRow],
    columns: Sequence[NormalisedRow],
    shadows: Mapping[bytes, Shadow],
    known: Mapping[str, Profile],
    said: decrees.ByField,
    show: Show,
    *,
    raw: bool,
) -> list[Json]:
    rules = hub.rules.entities.get(review.entity)
    if rules is None:
        return []
    cells = [cells_of(hub, row, shadows.get(row.source_ref)) for row in columns]
    proposed = proposed_values(hub, review.entity, rows, said)
    found = []
    for name in rules.policies:
        mine = [one.get(name, ()) for one in cells]
        choice = proposed.get(name, Choice())
        if not any(mine) and not choice.elements and name != review.field:
            continue
        label = getattr(hub.project.profile.field(review.entity, name), "label", None)
        winners = {source.key for source in choice.sources}
        found.append(
            {
                "field": name,
                "label": label.model_dump() if label else {"en": name, "zh": name},
                "many": is_many(hub, review.entity, name),
                "state": compare(mine),
                "in_question": name == review.field,
                "frozen": any(name in one.frozen for one in known.values()),
                "cells": [
                    {
                        "values": [written_json(review.entity, name, one, show, raw=raw) for one in cell],
                        "given_at": _given_at(row, name),
                        "wins": row.key in winners,
                    }
                    for row, cell in zip(columns, mine, strict=True)
                ],
                "proposed": [
                    {
                        "value": show(review.entity, name, element.value),
                        "from": record_json(source.key),
                        "at": instant(datetime.fromtimestamp(source.at / 1000, UTC)),
                        "rule": source.rule,
                    }
                    for element, source in zip(choice.elements, choice.sources, strict=True)
                ],
                "disputed": bool(choice.disputed or choice.suggested or choice.cleared_by),
            }
        )
    return found


def cells_of(hub: Hub, row: NormalisedRow, shadow: Shadow | None) -> dict[str, Cell]:
    """Return field -> what a record shows, as written; where no mapping reads it (made by hand), as kept."""
    mapping = hub.systems[row.system].mappings.get(row.stream) if row.system in hub.systems else None
    if mapping is not None and shadow is not None:
        try:
            emits = pull(mapping, shadow.payload).emits
        except MappingError:
            emits = ()
        mine = next((one for one in emits if one.emit == row.emit), None)
        if mine is not None:
            return {name: cell_of(state) for name, state in mine.fields.items() if state.presence == "value"}
    return {
        name: tuple(Written(element.value, element.value) for _slot, element in history[-1].shown)
        for name, history in row.body.histories.items()
        if history
    }


def proposed_values(hub: Hub, entity: str, rows: Sequence[NormalisedRow], said: decrees.ByField) -> dict[str, Choice]:
    """Return what one profile of all these records would show, by the rules in force and the stewards' words."""
    rules = hub.rules.entities[entity]
    now = int(hub.now().timestamp() * 1000)
    found = {}
    for name, policy in rules.policies.items():
        voices = [voice_of(hub.rules, row, name) for row in rows if row.body.histories.get(name)]
        if voices or name in said:
            found[name] = survive(voices, policy, said.get(name, ()), now=now)
    return found


def _decrees(hub: Hub, connection: sa.Connection, known: Mapping[str, Profile]) -> decrees.ByField:
    """Return the words that hold for these profiles, or that held for those merged into them."""
    ids = {*known, *profiles.redirected_to(connection, list(known))}
    joined: decrees.ByField = {}
    for fields in decrees.of(connection, hub.store.vault, ids).values():
        for name, spoken in fields.items():
            joined.setdefault(name, []).extend(spoken)
    return joined


def written_json(entity: str, name: str, one: Written, show: Show, *, raw: bool) -> Json:
    """Return one value as a cell shows it; its spelling beside it only where that differs and may be shown."""
    shown: Json = {"value": show(entity, name, one.value), "valid": one.valid, "issues": list(one.issues)}
    plain = raw and shown["value"] == one.value and one.spelling != one.key
    return shown | {"raw": one.raw} if plain else shown


def _given_at(row: NormalisedRow, name: str) -> str | None:
    history = row.body.histories.get(name, ())
    given = [entry.at for entry in history if entry.mark in {"first", "seen"}]
    return instant(datetime.fromtimestamp(max(given) / 1000, UTC)) if given else None


# ------------------------------------------------------------------------------------------------ evidence


def _evidence(hub: Hub, connection: sa.Connection, review: Review) -> Json | None:
    """Explain the pair that is asked about: bits per comparison, what speaks against, what would change the answer."""
    if review.kind != "duplicate" or len(review.refs) != 2:  # noqa: PLR2004 (a pair)
        return None
    rows = records.load(connection, hub.store.vault, review.refs)
    if len(rows) != 2:  # noqa: PLR2004 (a pair)
        return None
    a, b = sorted(review.refs, key=lambda ref: rows[ref].key)
    try:
        explained = pair_json(hub, connection, Examiner(hub.store, hub.rules, review.entity), a, b)
    except NotDecidable:  # matching.yaml has no model for the entity any more
        return None
    return explained | {"against": [step for step in explained["comparisons"] if step["bits"] < 0]}


def _beside(hub: Hub, connection: sa.Connection, review: Review, rows: Sequence[NormalisedRow]) -> list[Json]:
    """Return the other open questions about the same customers: one answer may settle several."""
    others = reviews.open_about(connection, {row.ref for row in rows})
    found = [reviews.get(connection, hub.store.vault, one) for one in sorted(others) if one != review.review_id]
    return [{"id": one.review_id, "kind": one.kind, "field": one.field, "weight": one.weight} for one in found if one]


_WORDS = frozenset({"joined", "kept_apart", "split", "set", "dismissed", "undone"})


def _earlier(hub: Hub, connection: sa.Connection, review: Review, ids: Sequence[str]) -> list[Json]:
    """Return what stewards said before: about this very question, and about its customers; the newest first."""
    asked = reviews.by_subject(connection, [review.subject]).get(review.subject, [])
    about = acts.about_reviews(connection, hub.store.vault, [one for one, _status, _evidence in asked])
    found = {one.act_id: act_json(one) for mine in about.values() for one in mine}
    every = [*ids, *profiles.redirected_to(connection, ids)]
    for event in profiles.events_of(connection, hub.store.vault, every):
        detail = event.detail if isinstance(event.detail, Mapping) else {}
        act_id = str(detail.get("act", ""))
        if event.kind in _WORDS and act_id and act_id not in found:
            kept = acts.named(connection, hub.store.vault, act_id)
            found |= {one.act_id: act_json(one) for one in kept if one.act_id == act_id}
    return [found[one] for one in sorted(found, reverse=True)]
