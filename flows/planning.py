"""Which profiles are planned, and when: those that wait, those of which something was left, or every one.

Room: flows. The profiles' mark `to_plan` was set in the transaction that changed them, so that no killed run loses an
intent to write; planning for real takes the mark off in the transaction that puts the writes into the outbox, under the
lease `resolve`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from flows.ceilings import ceilings_of
from flows.hub import ConfiguredSystem, Hub
from flows.in_force import edited_since_sync
from flows.plan import OSCILLATES, Blocked, Plan, Target
from flows.plan_grounds import NOT_REREAD, Planner
from flows.put_out import as_it_would_go, put_out
from flows.tally import Tally, Trouble
from golden_record.store import outbox, profiles, source_records

PAGE = 200
"""Profiles planned in one transaction."""
HELD = frozenset({"ceiling", "fuse", "on_its_way", "retry_later", NOT_REREAD})
"""Reasons for which a profile stays waiting to be planned."""


def targets_of(hub: Hub, systems: Iterable[ConfiguredSystem]) -> list[Target]:
    """Return those of *systems* that take pushes (in `report` mode too: planned, not sent)."""
    policies = {entity: rules.policies for entity, rules in hub.rules.entities.items()}
    return [
        Target(
            system.name,
            system.config.department,
            system.config.push,
            system.mappings,
            policies,
            hub.rules.cleared,
            system.connector.removals,
        )
        for system in systems
        if system.config.push is not None and system.connector.writer is not None
    ]


def plan_waiting(hub: Hub, systems: Sequence[ConfiguredSystem], entity: str, tally: Tally) -> int:
    """Plan every waiting profile of *entity* and put the writes into the outbox; the caller holds `resolve`.

    Returns how many writes were planned. Systems in `report` mode are planned as well, but nothing of theirs is put
    into the outbox. One page is held in memory at a time, however large the base.
    """
    targets = targets_of(hub, systems)
    sending = [target for target in targets if target.push.mode != "report"]
    with hub.store.write() as connection:
        for target in sending:
            profiles.set_to_plan(connection, outbox.discard_planned(connection, target.name, hub.now()), waiting=True)
        ceilings = ceilings_of(connection, sending, tally)
    names = {target.name for target in sending}
    planned = 0
    after = ""
    while True:
        with hub.store.write() as connection:
            ids = profiles.waiting_for_plan(connection, entity, after, PAGE)
            if not ids:
                break
            after = ids[-1]
            page = Planner(hub, connection).plan(ids, targets)
            planned += len(page.writes)
            refused = put_out(hub, connection, page.writes, sending, tally, ceilings.allow)
            reported = {write.profile_id for write in page.writes if write.system not in names}
            _mark_planned(connection, ids, (*page.blocked, *refused), reported, tally)
    return planned


def plan_beside(hub: Hub, systems: Sequence[ConfiguredSystem], ids: Iterable[str], tally: Tally) -> set[str]:
    """Plan those of *ids* that wait, beside a sync that is at work; the caller holds `resolve`.

    Only updates, and only where the sync has planned nothing for the same profile: a customer without a record in a
    system may have one there that is read and not resolved yet. What is left goes on waiting, for the sync or for
    whoever comes after it.

    Returns:
        The systems for which something was planned.
    """
    targets = targets_of(hub, systems)
    sending = [target for target in targets if target.push.mode != "report"]
    names = {target.name for target in sending}
    written: set[str] = set()
    with hub.store.write() as connection:
        ceilings = ceilings_of(connection, sending, tally)
        living = set(profiles.resolve_redirects(connection, ids).values())
    for part in source_records.chunks(sorted(living), PAGE):
        with hub.store.write() as connection:
            waiting = profiles.those_waiting_for_plan(connection, part)
            page = Planner(hub, connection).plan(waiting, targets)
            planned = outbox.planned_for(connection, waiting)
            now = [one for one in page.writes if one.kind == "update" and (one.profile_id, one.system) not in planned]
            later = {one.profile_id for one in page.writes if one not in now}
            refused = put_out(hub, connection, now, sending, tally, ceilings.allow)
            written |= {one.system for one in now if one.system in names}
            reported = {one.profile_id for one in now if one.system not in names}
            _mark_planned(connection, waiting, (*page.blocked, *refused), reported, tally, later)
    return written


def _mark_planned(  # noqa: PLR0913 (what became of a page)
    connection: sa.Connection,
    ids: Sequence[str],
    left: Sequence[Blocked],
    reported: AbstractSet[str],
    tally: Tally,
    later: AbstractSet[str] = frozenset(),
) -> None:
    """Take the mark off those profiles of a page that need not be planned again, and count what is *left*."""
    tally.blocked.update(one.why for one in left)
    for one in left:
        if one.why == OSCILLATES:
            tally.trouble(_oscillation(one))
    held = {one.profile_id for one in left if one.why in HELD} | later
    profiles.set_to_plan(connection, set(ids) - held, waiting=False)
    profiles.set_differing(connection, ({one.profile_id for one in left} | reported) - held)


def _oscillation(one: Blocked) -> Trouble:
    what = f"{one.profile_field} was turned back to the same value each of the last times that the hub wrote it"
    cure = (
        "Find what else writes there (a workflow, an import, another sync) and stop it; then say which value holds: "
        "it is on the stewards' queue (`crmhub review list`)."
    )
    return Trouble(one.system, one.stream, one.record_id, OSCILLATES, what, cure)


def plan_now(hub: Hub, systems: Sequence[ConfiguredSystem], *, every: bool = False) -> Plan:
    """Return what would be written now; changes nothing. *every*: look at every profile, whatever its mark says."""
    whole = Plan()
    for planned, _looked_at in plan_pages(hub, systems, every=every):
        whole.add(planned)
    return whole


def plan_pages(hub: Hub, systems: Sequence[ConfiguredSystem], *, every: bool = False) -> Iterator[tuple[Plan, int]]:
    """Plan a page of profiles at a time: (what would be written now, profiles looked at). Changes nothing.

    Looked at are the profiles that changed since they were last planned and those of which something was left then:
    the others show everywhere what they say. Where hub.yaml, profile.yaml or a mapping was edited since the last sync,
    every profile is.
    """
    targets = targets_of(hub, systems)
    pages = _every_page(hub) if every or edited_since_sync(hub) else _marked_pages(hub, targets)
    for ids in pages if targets else ():
        with hub.store.read() as connection:
            planned = plan_these(hub, connection, ids, targets)
        yield planned, len(ids)


def _every_page(hub: Hub) -> Iterator[list[str]]:
    after: str | None = None
    while True:
        with hub.store.read() as connection:
            page = profiles.page(connection, hub.store.vault, after, PAGE, None)
        if not page:
            return
        yield [one.profile_id for one in page]
        after = page[-1].profile_id


def _marked_pages(hub: Hub, targets: Sequence[Target]) -> Iterator[list[str]]:
    with hub.store.read() as connection:
        waiting = outbox.waiting_profiles(connection, [target.name for target in targets])
        living = profiles.resolve_redirects(connection, waiting)
    left = set(living.values())
    for mark in (profiles.WAITS, profiles.DIFFERS):
        for entity in hub.rules.entities:
            after = ""
            while True:
                with hub.store.read() as connection:
                    ids = profiles.waiting_for_plan(connection, entity, after, PAGE, mark)
                if not ids:
                    break
                left.difference_update(ids)
                yield ids
                after = ids[-1]
    yield from source_records.chunks(sorted(left), PAGE)


def plan_these(hub: Hub, connection: sa.Connection, ids: Sequence[str], targets: Sequence[Target]) -> Plan:
    """Return what would be written now for these living profiles; changes nothing."""
    return as_it_would_go(hub, connection, Planner(hub, connection).plan(ids, targets), targets)
