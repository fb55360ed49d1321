"""What an act would come to, before it is kept: the profiles after it, and what each system would receive.

Room: flows. The act is done for real in a transaction that is taken back, for what it touches alone; so what is
shown is what will happen, as far as nobody changes anything meanwhile. No system is asked, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from flows.decisions import Decision, asked, carry_out
from flows.hub import Hub
from flows.plan import Intended, Plan
from flows.plan_json import field_json
from flows.planning import plan_these, targets_of
from flows.profile_view import Show, lineage_json, profiles_json
from golden_record.resolution.settle import settle_these
from golden_record.stewardship import Act
from golden_record.store import normalised_records as records
from golden_record.store import profiles
from golden_record.store.engine import Store
from golden_record.store.one_transaction import rolled_back

Do = Callable[[Store, Act], Sequence[str]]
"""An act on a store; returns the profiles that it is about."""
_REASON = "to see what it would come to"


@dataclass(frozen=True, slots=True)
class _Change:
    """One field of one record (or of a record to be made) as a plan would write it."""

    entity: str
    write: Intended
    name: str


Place = tuple[str, str, str, int, str]
"""System, stream, record id or profile, place of the entity, system field."""


def effect_of_decision(hub: Hub, review_id: str, decision: Decision, *, author: str, show: Show) -> dict[str, Any]:
    """Return what a decision on a question would come to.

    Raises:
        NotDecidable, WrongValue: as the decision itself would.
    """
    review = asked(hub.store, review_id)
    with hub.store.read() as connection:
        about = set(records.profiles_of(connection, review.refs).values())

    def do(store: Store, act: Act) -> Sequence[str]:
        return carry_out(hub, store, asked(store, review_id), decision, act)

    return effect_of(hub, do, about, refs=review.refs, author=author, show=show)


def effect_of(  # noqa: PLR0913 (what is tried, on whom, by whom)
    hub: Hub,
    do: Do,
    about: Iterable[str],
    *,
    refs: Iterable[bytes] = (),
    author: str,
    show: Show,
) -> dict[str, Any]:
    """Return what an act would come to: `{"profiles", "systems", "opened"}`.

    *about*: the living profiles it touches, *refs*: records beside theirs. Under `systems` stands each system with what
    it would receive: a field is `due` where it would be written so without the act as well.
    """
    ids = sorted(set(about))
    with rolled_back(hub.store) as store:
        trial = replace(hub, store=store)
        with store.read() as connection:
            seeds = {*records.refs_of_profiles(connection, ids), *refs}
            due = plan_these(trial, connection, ids, targets_of(trial, hub.systems.values()))
            act = Act(author, _REASON, hub.now(), str(ULID()))
            do(store, act)
            settled = settle_these(store, hub.rules, seeds, act.run_id, act.at)
            after = _living(connection, ids, seeds)
            planned = plan_these(trial, connection, after, targets_of(trial, hub.systems.values()))
            found = profiles.load(connection, hub.store.vault, after)
            mine = [found[one] for one in after]
            shown = profiles_json(trial, connection, mine, show)
            for one, profile in zip(shown, mine, strict=True):
                one["lineage"] = lineage_json(trial, profile, show)
                one["in_review"] = sorted(profile.frozen)
    return {"profiles": shown, "systems": _systems(hub, due, planned, show), "opened": settled.opened}


def _living(connection: sa.Connection, ids: Sequence[str], seeds: Iterable[bytes]) -> list[str]:
    living = set(profiles.resolve_redirects(connection, ids).values())
    return sorted(living | set(records.profiles_of(connection, seeds).values()))


def _systems(hub: Hub, due: Plan, planned: Plan, show: Show) -> list[dict[str, Any]]:
    """Return per system what it would receive, in the order of hub.yaml; those that receive nothing too."""
    before, after = _changes(due), _changes(planned)
    found = []
    for name, system in hub.systems.items():
        push = system.config.push
        takes = push is not None and system.connector.writer is not None
        mine = {place: one for place, one in after.items() if place[0] == name}
        gone = {place: one for place, one in before.items() if place[0] == name and place not in after}
        found.append(
            {
                "system": name,
                "department": system.config.department,
                "mode": push.mode if push is not None and takes else None,
                "records": _records(mine, before, show),
                "no_longer": _records(gone, {}, show),
                "held": sorted({one.why for one in planned.blocked if one.system == name}),
            }
        )
    return found


def _changes(plan: Plan) -> dict[Place, _Change]:
    found: dict[Place, _Change] = {}
    for write in plan.writes:
        where = write.record_id or f"+{write.profile_id}"
        for name in write.fields:
            found[write.system, write.stream, where, write.emit, name] = _Change(write.entity, write, name)
    return found


def _records(changes: Mapping[Place, _Change], before: Mapping[Place, _Change], show: Show) -> list[dict[str, Any]]:
    """Return the records with their fields; a field is `due` where it would be written so without the act as well."""
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    for place, one in sorted(changes.items()):
        write = one.write
        record = found.setdefault(
            place[1:4],
            {
                "stream": write.stream,
                "record_id": write.record_id,
                "profile_id": write.profile_id,
                "kind": write.kind,
                "fields": {},
            },
        )
        now = write.fields[one.name]
        earlier = before.get(place)
        due = earlier is not None and earlier.write.fields[one.name].new == now.new
        record["fields"][one.name] = {**field_json(one.entity, now, show), "due": due}
    return list(found.values())
