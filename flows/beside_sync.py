"""Bring single records everywhere while a sync is at work: what may be done beside it, and what is left for later.

Room: flows; docs/decisions/0037-beside-a-sync.md has the races one by one. Systems are had one at a time, by the lease
that pulls and pushes take as well; resolving and planning by the lease `resolve`. Whoever must have the whole hub to
himself (an undo, a kept plan, a reconciliation) holds ALONE beside `sync`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from flows.hub import ConfiguredSystem, Hub
from flows.planning import plan_beside
from flows.push import push_system, recover_system
from flows.sync import each, note_resolved
from flows.tally import Tally
from golden_record.errors import LeaseHeld
from golden_record.resolution.resolve import resolve_these
from golden_record.store import leases, outbox, profiles
from golden_record.store import normalised_records as records
from golden_record.store.source_records import ref_of

ALONE = "alone"
"""The lease of those beside whom nothing may be done."""


@contextmanager
def whole_hub(hub: Hub, *, wait: float) -> Iterator[None]:
    """Have the hub alone: no sync, and no events beside it.

    Raises:
        LeaseHeld: somebody else was at work for longer than *wait*.
    """
    with leases.hold(hub.store, "sync", wait=wait), leases.hold(hub.store, ALONE, wait=wait):
        yield


def resolve_and_push(hub: Hub, named: Mapping[str, Collection[tuple[str, str]]], tally: Tally, *, wait: float) -> bool:
    """Resolve these records (system -> stream and id), plan their profiles, push to the systems that are free.

    Returns:
        False where somebody else resolves for longer than *wait*, or nothing was ever resolved: then nothing was done.
    """
    vault = hub.store.vault
    sources = {ref_of(vault, system, stream, one) for system, mine in named.items() for stream, one in mine}
    with hub.store.read() as connection:
        refs = {one.ref: one.entity for one in records.bound_of_sources(connection, sources)}
    try:
        with leases.hold(hub.store, "resolve", wait=wait):
            resolved = resolve_these(hub.store, hub.rules, refs, tally.run_id, hub.now)
            if resolved is None:
                return False
            note_resolved(resolved, tally)
            with hub.store.read() as connection:
                mine = set(records.profiles_of(connection, refs).values())
            written = plan_beside(hub, list(hub.systems.values()), mine, tally)
    except LeaseHeld:
        return False
    systems = [system for system in hub.systems.values() if system.name in written]
    each(hub, systems, tally, lambda system: _push(hub, system, tally), busy=lambda _system: None)
    return True


def _push(hub: Hub, system: ConfiguredSystem, tally: Tally) -> None:
    push_system(hub, system, tally, of_run=tally.run_id)
    recover_system(hub, system, tally)


def left_over(hub: Hub) -> bool:
    """Say whether something waits to be resolved, planned or sent."""
    with hub.store.read() as connection:
        return (
            any(
                records.waits(connection, stage, 1) for stage in (records.TO_INDEX, records.TO_SCORE, records.TO_SETTLE)
            )
            or any(profiles.waiting_for_plan(connection, entity, "", 1) for entity in hub.rules.entities)
            or bool(outbox.in_state(connection, hub.store.vault, [outbox.PLANNED], limit=1))
        )
