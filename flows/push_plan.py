"""Carry out what is planned: all of it as it stands now, or just the writes of a plan that a person looked at.

Room: flows. Nothing is pulled. A looked-at write goes out only where the plan of now would make the very same one;
the others are refused one by one, with the reason. A second person's approval stands above the ceilings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ulid import ULID

from flows import push as pushing
from flows.beside_sync import whole_hub
from flows.ceilings import ABOVE_CEILING, NOT_APPROVED, ONLY_APPROVED, Allow, ceilings_of
from flows.entity_order import entity_order
from flows.hub import ConfiguredSystem, Hub
from flows.merge_plan import merges_of
from flows.plan import Intended
from flows.plan_grounds import Planner
from flows.plan_json import Approved, KeptPlan, id_of, same_fields
from flows.planning import PAGE, plan_now, targets_of
from flows.put_out import put_out
from flows.sync import Watcher, each, finish, plan_and_push, resolve_changed, start
from flows.tally import Tally, Trouble
from golden_record.store import outbox, profiles
from golden_record.store.source_records import chunks

_SEE_OUTBOX = "See `crmhub outbox list`."
_CURES = {"ceiling": ABOVE_CEILING, NOT_APPROVED: ONLY_APPROVED}


def push_now(hub: Hub, systems: Sequence[ConfiguredSystem], watcher: Watcher, *, wait: float = 60.0) -> Tally:
    """Plan over all profiles and write what comes of it to *systems*; note it in `runs`.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait*.
    """
    with _run(hub, systems, wait) as tally:
        _recover(hub, systems, tally)
        resolve_changed(hub, tally)
        watcher.phase("plan")
        found = {write.profile_id for write in plan_now(hub, systems).writes}
        with hub.store.write() as connection:
            profiles.set_to_plan(connection, found, waiting=True)
        plan_and_push(hub, tally, watcher, [system for system in systems if system.pushes])
    return tally


def push_approved(  # noqa: PLR0913 (whose work, what, and under which id)
    hub: Hub,
    systems: Sequence[ConfiguredSystem],
    plan: KeptPlan,
    watcher: Watcher,
    *,
    wait: float = 60.0,
    run_id: str | None = None,
) -> Tally:
    """Write those of a plan's writes to *systems* that are still true; each other one is named as an error.

    Above a system's ceilings only what a second person approved goes out. *run_id*: where one was given out before.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait*.
    """
    approved = plan.writes
    names = {system.name for system in systems}
    mine = [one for one in approved if one.system in names]
    with _run(hub, systems, wait, run_id) as tally:
        for one in approved:
            if one.system not in hub.systems:
                _refuse(tally, one, "gone", "the system is not in hub.yaml any more", "Plan anew.")
        _recover(hub, systems, tally)
        resolve_changed(hub, tally)
        watcher.phase("plan")
        true = _still_true(hub, systems, mine, tally)
        allow = _ceilings(hub, systems, plan, tally)
        for entity in entity_order(hub.project.mappings.values(), hub.rules.entities):
            now = [write for write in true if write.entity == entity]
            _put_out(hub, now, systems, tally, allow, _authority(hub, plan))
            watcher.phase(f"push {entity}")
            each(hub, systems, tally, lambda system: _push(hub, system, tally, watcher))
        resolve_changed(hub, tally)
    return tally


def _still_true(
    hub: Hub, systems: Sequence[ConfiguredSystem], approved: Sequence[Approved], tally: Tally
) -> list[Intended]:
    """Return the writes of the plan of now that were approved."""
    now: dict[str, Intended] = {}
    targets = targets_of(hub, systems)
    with hub.store.read() as connection:
        living = profiles.resolve_redirects(connection, {one.profile_id for one in approved})
        for page in chunks(sorted({*living.values()}), PAGE):
            merges = merges_of(hub, connection, page, targets)
            for write in (*Planner(hub, connection).plan(page, targets).writes, *merges.writes):
                now[id_of(hub.store.vault, write)] = write
    silent = {system.name for system in systems if not system.pushes}
    found = []
    for one in approved:
        planned = now.get(one.write_id)
        if one.system in silent:
            _refuse(tally, one, "report", "the system is not written to", "Set push.mode in hub.yaml.")
        elif planned is None:
            _refuse(tally, one, "changed", "this is not what would be written now", "Plan anew and look again.")
        elif not same_fields(one, planned):
            _refuse(tally, one, "edited", "the file was edited", "Change values with `crmhub profiles edit`.")
        else:
            found.append(planned)
    return found


def _ceilings(hub: Hub, systems: Sequence[ConfiguredSystem], plan: KeptPlan, tally: Tally) -> Allow:
    if plan.stands(hub.store.vault):
        return lambda _target, _kind: True
    if plan.second is not None:
        what = "the plan's approval does not hold: it was edited afterwards, or approved by who made it"
        tally.trouble(Trouble(None, None, None, "not_approved", what, "Let it be approved again."))
    with hub.store.read() as connection:
        return ceilings_of(connection, targets_of(hub, systems), tally).allow


def _authority(hub: Hub, plan: KeptPlan) -> dict[str, str]:
    """Return on whose word a kept plan is carried out."""
    said = plan.second if plan.stands(hub.store.vault) else None
    approved = {"approved_by": said.by, "approved_at": said.at, "reason": said.reason} if said else {}
    return {"planned_by": plan.planned_by, **approved}


def _put_out(  # noqa: PLR0913 (one step of carrying a plan out)
    hub: Hub,
    writes: Sequence[Intended],
    systems: Sequence[ConfiguredSystem],
    tally: Tally,
    allow: Allow,
    authority: Mapping[str, str],
) -> None:
    """Put writes into the outbox in place of what waits there; what is left out is planned again by the next sync."""
    sending = [target for target in targets_of(hub, systems) if target.push.mode != "report"]
    with hub.store.write() as connection:
        for target in sending:
            profiles.set_to_plan(connection, outbox.discard_planned(connection, target.name, hub.now()), waiting=True)
    for page in chunks(writes, PAGE):
        with hub.store.write() as connection:
            blocked = put_out(hub, connection, page, sending, tally, allow, authority)
            profiles.set_to_plan(connection, {one.profile_id for one in blocked}, waiting=True)
        for one in blocked:
            tally.trouble(
                Trouble(one.system, one.stream, one.record_id, one.why, "not written", _CURES.get(one.why, _SEE_OUTBOX))
            )


def _recover(hub: Hub, systems: Sequence[ConfiguredSystem], tally: Tally) -> None:
    each(hub, systems, tally, lambda system: pushing.recover_system(hub, system, tally))


def _push(hub: Hub, system: ConfiguredSystem, tally: Tally, watcher: Watcher) -> bool:
    landed = pushing.push_system(hub, system, tally, progress=watcher.pushed)
    return pushing.recover_system(hub, system, tally) or landed


@contextmanager
def _run(hub: Hub, systems: Sequence[ConfiguredSystem], wait: float, run_id: str | None = None) -> Iterator[Tally]:
    tally = Tally(run_id or str(ULID()))
    for system in systems:
        tally.system(system.name)
    with whole_hub(hub, wait=wait):
        start(hub, tally, "push")
        status = "failed"
        try:
            yield tally
            status = tally.status()
        finally:
            finish(hub, tally, status)


def _refuse(tally: Tally, one: Approved, code: str, message: str, cure: str) -> None:
    where = one.record_id or f"profile {one.profile_id}"
    tally.trouble(Trouble(one.system, one.stream, where, code, message, cure))
