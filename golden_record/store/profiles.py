"""The profiles: what survived, with lineage, under stable ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from golden_record.elements import Element
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import normalised_records, profile_events, relations
from golden_record.store.tables import profiles as table
from golden_record.survive import Source
from golden_record.vault import Vault

_PLACE = "profiles.body"
_EVENT_PLACE = "profile_events.detail"
_TIME = 10
"""Letters of an id that are its time, in milliseconds."""
_LONGEST_ACT = 3_600_000
"""Milliseconds within which an act has noted all its events."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One golden record. *sources* stand beside the elements of each field; *frozen* fields wait for a steward.

    *archived*: the customer was deleted where that counts for all, and is made nowhere any more.
    """

    profile_id: str
    entity: str
    fields: Mapping[str, tuple[Element, ...]] = field(default_factory=dict)
    sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0
    merged_into: str | None = None
    archived: bool = False

    def same_content(self, other: Profile) -> bool:
        """Whether the two show the same, for the same reasons."""
        return self._content() == other._content()

    def _content(self) -> dict[str, Any]:
        return _to_json(self)


def hold(connection: sa.Connection, profile_id: str) -> None:
    """Keep a profile for this transaction: who wants to hold it, too, waits until this one has ended."""
    connection.execute(sa.select(table.c.id).where(table.c.id == profile_id).with_for_update())


def load(connection: sa.Connection, vault: Vault, ids: Iterable[str]) -> dict[str, Profile]:
    """Return these profiles, redirects among them as they are."""
    found: dict[str, Profile] = {}
    for part in chunks(set(ids)):
        for row in connection.execute(sa.select(table).where(among(table.c.id, part))).all():
            found[row.id] = _profile(vault, row)
    return found


def page(connection: sa.Connection, vault: Vault, after: str | None, limit: int, entity: str | None) -> list[Profile]:
    """Return living profiles in order of id."""
    statement = sa.select(table).where(table.c.merged_into.is_(None)).order_by(table.c.id).limit(limit)
    if after:
        statement = statement.where(table.c.id > after)
    if entity:
        statement = statement.where(table.c.entity == entity)
    return [_profile(vault, row) for row in connection.execute(statement).all()]


def living_ids(connection: sa.Connection, entity: str, after: str, limit: int) -> list[str]:
    """Return ids of an entity's living profiles behind *after*, in order; nothing is opened."""
    where = (table.c.entity == entity) & table.c.merged_into.is_(None) & (table.c.id > after)
    return list(connection.scalars(sa.select(table.c.id).where(where).order_by(table.c.id).limit(limit)).all())


def resolve_redirects(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return id -> the living id that it redirects to, transitively; unknown ids are left out."""
    found: dict[str, str] = {}
    waiting = {one: one for one in set(ids)}
    while waiting:
        rows: dict[str, str | None] = {}
        for part in chunks(set(waiting.values())):
            rows |= {
                row.id: row.merged_into
                for row in connection.execute(
                    sa.select(table.c.id, table.c.merged_into).where(among(table.c.id, part))
                ).all()
            }
        onward: dict[str, str] = {}
        for start, here in waiting.items():
            if here in rows and rows[here] is None:
                found[start] = here
            elif (there := rows.get(here)) is not None:
                onward[start] = there
        waiting = onward
    return found


def redirected_from(connection: sa.Connection, profile_id: str) -> list[str]:
    """Return every id that leads to this one."""
    return list(redirected_to(connection, [profile_id]))


def redirected_to(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return old id -> the one of *ids* that it leads to, directly or through others.

    One of *ids* itself leads nowhere: it may be about to live again, and takes with it what leads to it.
    """
    found: dict[str, str] = {}
    layer = {one: one for one in ids}
    own = frozenset(layer)
    while layer:
        onward: dict[str, str] = {}
        for part in chunks(layer):
            where = among(table.c.merged_into, part)
            for row in connection.execute(
                sa.select(table.c.id, table.c.merged_into).where(where).order_by(table.c.id)
            ).all():
                if row.id not in own:
                    onward[row.id] = layer[row.merged_into]
        found |= onward
        layer = onward
    return found


def save(
    connection: sa.Connection,
    vault: Vault,
    new: Sequence[Profile],
    changed: Sequence[Profile],
    plain: frozenset[str],
) -> None:
    """Insert and update profiles, which then wait to be planned; *plain* fields stay readable for BI."""
    if new:
        insert(connection, [row_of(vault, profile, plain) for profile in new])
    if changed:
        keys = ("body", "plain", "updated_at", "version", "merged_into", "to_plan", "to_search")
        statement = table.update().where(table.c.id == sa.bindparam("of"))
        statement = statement.values({key: sa.bindparam(f"v_{key}") for key in keys})
        made = (row_of(vault, profile, plain) for profile in changed)
        connection.execute(statement, [{"of": row["id"], **{f"v_{key}": row[key] for key in keys}} for row in made])


def insert(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add profiles that are sealed already (`row_of`)."""
    if rows:
        connection.execute(table.insert(), rows)


def redirects_of(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return every merged-away id that *ids* lead through -> the next."""
    found: dict[str, str] = {}
    waiting = set(ids)
    while waiting:
        step: dict[str, str] = {}
        for part in chunks(waiting):
            where = among(table.c.id, part) & table.c.merged_into.is_not(None)
            rows = connection.execute(sa.select(table.c.id, table.c.merged_into).where(where))
            step |= {row.id: row.merged_into for row in rows}
        found |= step
        waiting = set(step.values()) - found.keys()
    return found


def redirect(connection: sa.Connection, loser: str, winner: str, now: datetime) -> None:
    """Let a profile that no record belongs to any more lead to another."""
    connection.execute(
        table.update().where(table.c.id == loser).values(merged_into=winner, updated_at=now, to_search=1)
    )


def live_members(connection: sa.Connection, ids: Iterable[str]) -> dict[str, int]:
    """Return profile id -> how many living records it has."""
    found: dict[str, int] = {}
    records = normalised_records
    for part in chunks(ids):
        where = among(records.c.profile_id, part) & (records.c.state == "live")
        counted = sa.select(records.c.profile_id, sa.func.count().label("n")).where(where)
        for row in connection.execute(counted.group_by(records.c.profile_id)).all():
            found[row.profile_id] = int(row.n)
    return found


PLANNED, WAITS, DIFFERS = 0, 1, 2
"""What `to_plan` says: planned and nothing left; to be planned; planned, and some system shows something else all the
same, since it is only reported on or may not be written there."""


def waiting_for_plan(connection: sa.Connection, entity: str, after: str, limit: int, mark: int = WAITS) -> list[str]:
    """Return ids of an entity's profiles that changed since they were last planned, in order, after *after*."""
    where = (table.c.to_plan == mark) & (table.c.id > after) & table.c.merged_into.is_(None)
    where &= table.c.entity == entity
    return list(connection.scalars(sa.select(table.c.id).where(where).order_by(table.c.id).limit(limit)).all())


def those_waiting_for_plan(connection: sa.Connection, ids: Iterable[str]) -> list[str]:
    """Return those of *ids* that live and changed since they were last planned, in order."""
    found: list[str] = []
    for part in chunks(ids):
        where = among(table.c.id, part) & (table.c.to_plan == WAITS) & table.c.merged_into.is_(None)
        found += connection.scalars(sa.select(table.c.id).where(where)).all()
    return sorted(found)


def set_differing(connection: sa.Connection, ids: Iterable[str]) -> None:
    """Mark profiles as planned, with something that a system does not get."""
    for part in chunks(ids):
        connection.execute(table.update().where(among(table.c.id, part)).values(to_plan=DIFFERS))


def set_to_plan(connection: sa.Connection, ids: Iterable[str], *, waiting: bool) -> None:
    """Mark profiles as waiting to be planned, or as planned."""
    for part in chunks(ids):
        connection.execute(table.update().where(among(table.c.id, part)).values(to_plan=int(waiting)))


def set_related_to_plan(connection: sa.Connection, refs: Iterable[bytes]) -> None:
    """Mark the profiles of records that refer to one of *refs* (a company's people) as waiting to be planned."""
    for part in chunks(refs):
        ids = (
            sa.select(normalised_records.c.profile_id)
            .join(relations, relations.c.ref == normalised_records.c.ref)
            .where(among(relations.c.target, part) & normalised_records.c.profile_id.is_not(None))
        )
        set_to_plan(connection, set(connection.scalars(ids).all()), waiting=True)


def plan_all(connection: sa.Connection) -> None:
    """Mark every living profile as waiting to be planned."""
    connection.execute(table.update().where(table.c.merged_into.is_(None)).values(to_plan=1))


def count(connection: sa.Connection) -> int:
    """Return how many living profiles there are."""
    statement = sa.select(sa.func.count()).select_from(table).where(table.c.merged_into.is_(None))
    return int(connection.execute(statement).scalar_one())


# ------------------------------------------------------------------------------------------------ history


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a profile."""

    event_id: str
    profile_id: str
    at: datetime
    kind: str
    run_id: str | None
    detail: Any


def note(connection: sa.Connection, vault: Vault, events: Sequence[Event]) -> None:
    """Keep events."""
    insert_events(connection, [event_row(vault, event) for event in events])


def insert_events(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep events that are sealed already (`event_row`)."""
    if rows:
        connection.execute(profile_events.insert(), rows)


def event_row(vault: Vault, event: Event) -> dict[str, Any]:
    """Return the row of an event, sealed."""
    return {
        "id": event.event_id,
        "profile_id": event.profile_id,
        "at": event.at,
        "kind": event.kind,
        "run_id": event.run_id,
        "detail": vault.seal(_EVENT_PLACE, event.event_id, event.detail),
    }


def events_of(connection: sa.Connection, vault: Vault, ids: Sequence[str]) -> list[Event]:
    """Return the events of these profiles, oldest first."""
    statement = sa.select(profile_events).where(profile_events.c.profile_id.in_(ids)).order_by(profile_events.c.id)
    return [_event(vault, row) for row in connection.execute(statement).all()]


def noted_in(connection: sa.Connection, vault: Vault, act_id: str, run_id: str) -> set[str]:
    """Return the profiles in whose histories an act was noted.

    An event's id begins with its time, and an act notes its events within its own transaction: so a range of ids does.
    """
    began = ULID.from_str(act_id).milliseconds
    first, last = (str(ULID.from_timestamp(one))[:_TIME] for one in (began, began + _LONGEST_ACT))
    table_ = profile_events.c
    statement = sa.select(profile_events).where((table_.id >= first) & (table_.id < last) & (table_.run_id == run_id))
    found = [_event(vault, row) for row in connection.execute(statement).all()]
    return {one.profile_id for one in found if isinstance(one.detail, Mapping) and one.detail.get("act") == act_id}


def _event(vault: Vault, row: Any) -> Event:  # noqa: ANN401 (a row)
    detail = vault.open(_EVENT_PLACE, row.id, row.detail)
    return Event(row.id, row.profile_id, row.at, row.kind, row.run_id, detail)


def _to_json(profile: Profile) -> dict[str, Any]:
    return {
        "f": {name: [element.to_json() for element in elements] for name, elements in profile.fields.items()},
        "s": {name: [[s.key, s.at, s.rule] for s in sources] for name, sources in profile.sources.items()},
        "z": sorted(profile.frozen),
        **({"a": True} if profile.archived else {}),
    }


def _profile(vault: Vault, row: Any) -> Profile:  # noqa: ANN401 (a row)
    kept = vault.open(_PLACE, row.id, row.body)
    return Profile(
        row.id,
        row.entity,
        {name: tuple(map(Element.from_json, elements)) for name, elements in kept["f"].items()},
        {name: tuple(Source(*source) for source in sources) for name, sources in kept["s"].items()},
        frozenset(kept["z"]),
        row.created_at,
        row.updated_at,
        row.version,
        row.merged_into,
        kept.get("a", False),
    )


def row_of(vault: Vault, profile: Profile, plain: frozenset[str]) -> dict[str, Any]:
    """Return the row of a profile, sealed; *plain* fields stay readable for BI."""
    readable = {name: [e.value for e in elements] for name, elements in profile.fields.items() if name in plain}
    return {
        "id": profile.profile_id,
        "entity": profile.entity,
        "body": vault.seal(_PLACE, profile.profile_id, _to_json(profile)),
        "plain": json.dumps(readable, ensure_ascii=False) if readable else None,
        "created_at": profile.created_at,
        "updated_at": profile.updated_at,
        "version": profile.version,
        "merged_into": profile.merged_into,
        "to_plan": 1,
        "to_search": 1,
    }
