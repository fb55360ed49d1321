"""Whose customers a thing is about: the departments whose systems hold its records.

Room: flows. Reads the store, changes nothing. What was entered by hand, or by customers themselves, is no department's;
what is no department's is everybody's, and so is what is not there.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from flows.hub import Hub
from flows.stewards import profiles_named
from golden_record.store import acts, inbox, kept_plans, profiles, queue_filter
from golden_record.store import normalised_records as records
from golden_record.store.acts import KeptAct


def departments_of(hub: Hub, systems: Iterable[str]) -> frozenset[str]:
    """Return the departments whose people work in these systems."""
    return frozenset(hub.systems[one].config.department for one in systems if one in hub.systems)


def departments_of_profile(hub: Hub, name: str) -> frozenset[str]:
    """Return those of a profile's living records; of a merged-away one, of where it went.

    *name*: all that an act on a profile takes: an id in any case, or a record as `system/stream/id`.
    """
    with hub.store.read() as connection:
        return departments_of(hub, _systems(connection, profiles_named(hub, connection, name)))


def departments_of_record(hub: Hub, system: str, stream: str, record_id: str) -> frozenset[str]:
    """Return those of a record's profiles, and of its own system."""
    with hub.store.read() as connection:
        ids = profiles_named(hub, connection, f"{system}/{stream}/{record_id}")
        return departments_of(hub, {system, *_systems(connection, ids)})


def departments_of_review(hub: Hub, review_id: str) -> frozenset[str]:
    """Return those of the records that a question is about."""
    with hub.store.read() as connection:
        return departments_of(hub, queue_filter.systems_of(connection, [review_id]).get(review_id, set()))


def departments_of_acts(hub: Hub, name: str) -> list[frozenset[str]]:
    """Return those of each act of this id, or of the run of this id."""
    with hub.store.read() as connection:
        return [_of_act(hub, connection, one) for one in acts.named(connection, hub.store.vault, name.upper())]


def _of_act(hub: Hub, connection: sa.Connection, act: KeptAct) -> frozenset[str]:
    ids = profiles.noted_in(connection, hub.store.vault, act.act_id, act.run_id)
    systems = _systems(connection, profiles.resolve_redirects(connection, ids).values())
    if act.review_id is not None:
        systems |= queue_filter.systems_of(connection, [act.review_id]).get(act.review_id, set())
    return departments_of(hub, systems)


def systems_of_plan(hub: Hub, plan_id: str) -> tuple[str, ...]:
    """Return the systems that a kept plan is for; none where there is no such plan."""
    with hub.store.read() as connection:
        found = kept_plans.head(connection, hub.store.vault, plan_id)
    return () if found is None else tuple(found.systems)


def system_of_event(hub: Hub, event_id: str) -> str | None:
    """Return the system that posted an event."""
    with hub.store.read() as connection:
        return inbox.system_of(connection, event_id)


def _systems(connection: sa.Connection, ids: Iterable[str]) -> set[str]:
    found = records.systems_of_profiles(connection, ids)
    return {one for systems in found.values() for one in systems}
