"""Make a plan in a run of its own and keep it; look at it, leave writes out, approve it, have it carried out.

Room: flows. No page and no request ever plans over all profiles: a run does, once, and what it found is paged. Carried
out is exactly what was kept and is still true then (flows.push_plan); above the ceilings a second person approves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from ulid import ULID

from flows.beside_sync import whole_hub
from flows.hub import Hub
from flows.plan import Plan
from flows.plan_json import Approved, KeptPlan, SecondWord, id_of
from flows.planning import plan_pages, targets_of
from flows.push_plan import push_approved
from flows.run_progress import noting
from flows.sync import finish, start
from flows.tally import Tally
from golden_record.errors import NotDecidable
from golden_record.store import act_notes, kept_plans, runs, source_records
from golden_record.store.kept_plans import PlanBlocked, PlanHead, PlanWrite, Sieve

PLAN, PUSH = "plan", "push"
"""Kinds of runs that are asked for."""
KEPT_FOR: Final = timedelta(days=7)
"""A plan of last week is no plan any more, and it holds values."""
KEPT_AT_LEAST: Final = 3
LISTED: Final = 500
"""Of what a plan does not write, so many are named one by one, per system and reason; all are counted."""


# --------------------------------------------------------------------------------------------------- asking


def ask_for_plan(hub: Hub, systems: Sequence[str], *, by: str) -> str:
    """Note that a plan for *systems* (none: all) is wanted; return its id, which is that of its run.

    Raises:
        NotDecidable: a system is not known, or takes no pushes at all.
    """
    known = {target.name for target in targets_of(hub, list(hub.systems.values()))}
    for name in systems:
        if name not in known:
            raise NotDecidable(f"nothing is ever planned for `{name}`", "Give it a `push:` block in hub.yaml")
    plan_id = str(ULID())
    with hub.store.write() as connection:
        kept_plans.begin(connection, plan_id, by, list(systems) or sorted(known), hub.now())
        runs.ask(connection, plan_id, PLAN, {"systems": list(systems) or sorted(known)}, hub.now())
    return plan_id


def ask_for_push(hub: Hub, plan_id: str) -> str:
    """Have a plan carried out; return the run that does it.

    Raises:
        NotDecidable: there is none, it is not ready, or it is carried out already.
    """
    run_id = str(ULID())
    with hub.store.write() as connection:
        found = kept_plans.head(connection, hub.store.vault, plan_id)
        if found is None:
            raise NotDecidable(f"there is no plan {plan_id}", "Make one")
        if not kept_plans.send(connection, plan_id, run_id):
            raise NotDecidable(f"plan {plan_id} is {found.state}", "Make a new one")
        runs.ask(connection, run_id, PUSH, {"plan": plan_id}, hub.now())
    return run_id


# --------------------------------------------------------------------------------------------------- making


def make_plan(hub: Hub, plan_id: str, *, wait: float) -> Tally:
    """Make the plan that was asked for, page by page; the run is noted as any other.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait*; the plan waits on.
    """
    tally = Tally(plan_id)
    with whole_hub(hub, wait=wait):
        with hub.store.read() as connection:
            wanted = kept_plans.head(connection, hub.store.vault, plan_id)
        start(hub, tally, PLAN)
        status, counts = "failed", Counts()
        try:
            for name in wanted.systems if wanted else ():
                tally.system(name)
            _keep_pages(hub, plan_id, wanted, counts)
            tally.blocked.update(counts.by_reason())
            status = "ok"
        finally:
            state = kept_plans.READY if status == "ok" else kept_plans.FAILED
            with hub.store.write() as connection:
                kept_plans.made(connection, plan_id, state, counts.to_json(hub))
                kept_plans.forget(connection, hub.now() - KEPT_FOR, KEPT_AT_LEAST)
            finish(hub, tally, status)
    return tally


def carry_out(hub: Hub, run_id: str, plan_id: str, *, wait: float) -> Tally:
    """Carry out a plan in the run that was asked for: what is still true of it, under its approval.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait*; the run waits on.
        NotDecidable: the plan is gone.
    """
    with hub.store.read() as connection:
        found = kept_plans.head(connection, hub.store.vault, plan_id)
    if found is None:
        raise NotDecidable(f"there is no plan {plan_id} any more", "Make a new one")
    systems = [hub.systems[name] for name in found.systems if name in hub.systems]
    plan = kept_plan(hub, found)
    return push_approved(hub, systems, plan, noting(hub, run_id), wait=wait, run_id=run_id)


class Counts:
    """Numbers of one plan."""

    def __init__(self) -> None:
        self.writes: Counter[tuple[str, str]] = Counter()
        self.fields: Counter[tuple[str, str]] = Counter()
        self.blocked: Counter[tuple[str, str]] = Counter()
        self.profiles = 0
        self.place = 0

    def next_place(self) -> int:
        """Return the next place in the plan's order."""
        self.place += 1
        return self.place

    def by_reason(self) -> Counter[str]:
        """Return why -> how many, over all systems."""
        found: Counter[str] = Counter()
        for (_system, why), number in self.blocked.items():
            found[why] += number
        return found

    def to_json(self, hub: Hub) -> dict[str, Any]:
        """Return `{"writes": {system: {kind: n}}, "fields": …, "blocked": {system: {why: n}}, "ceilings": […]}`."""
        return {
            "profiles": self.profiles,
            "writes": _nested(self.writes),
            "fields": _nested(self.fields),
            "blocked": _nested(self.blocked),
            "ceilings": self._ceilings(hub),
        }

    def _ceilings(self, hub: Hub) -> list[dict[str, Any]]:
        """Name the ceilings that carrying the plan out would pass."""
        found = []
        for (name, kind), planned in sorted(self.writes.items()):
            push = hub.systems[name].config.push
            with hub.store.read() as connection:
                living = source_records.count_living(connection, name) if push and push.ceilings.by_share else 0
            limit = push.ceilings.limit(kind, living) if push else None
            if limit is not None and planned > limit:
                found.append({"system": name, "kind": kind, "planned": planned, "ceiling": limit})
        return found


def _keep_pages(hub: Hub, plan_id: str, wanted: PlanHead | None, counts: Counts) -> None:
    systems = [hub.systems[name] for name in wanted.systems if name in hub.systems] if wanted else []
    for planned, looked_at in plan_pages(hub, systems):
        counts.profiles += looked_at
        found, kept_out = _rows(hub, planned, counts)
        with hub.store.write() as connection:
            kept_plans.add(connection, hub.store.vault, plan_id, found, kept_out)


def _rows(hub: Hub, plan: Plan, counts: Counts) -> tuple[list[PlanWrite], list[PlanBlocked]]:
    found, kept_out = [], []
    for one in plan.writes:
        counts.writes[one.system, one.kind] += 1
        counts.fields.update((one.system, name) for name in {write.profile_field for write in one.fields.values()})
        place = (one.system, one.stream, one.kind, one.record_id, one.profile_id, one.entity)
        found.append(PlanWrite(counts.next_place(), id_of(hub.store.vault, one), *place, one.fields))
    for held in plan.blocked:
        counts.blocked[held.system, held.why] += 1
        if counts.blocked[held.system, held.why] <= LISTED:
            record = (held.system, held.stream, held.record_id, held.profile_id)
            kept_out.append(PlanBlocked(counts.next_place(), *record, held.profile_field, held.why))
    return found, kept_out


def _nested(counted: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (first, second), number in sorted(counted.items()):
        found.setdefault(first, {})[second] = number
    return found


# --------------------------------------------------------------------------------------------------- acting


def leave_out(hub: Hub, plan_id: str, write_ids: Sequence[str], *, out: bool) -> int:
    """Leave writes out of a plan, or take them in again; return how many that changed.

    Raises:
        NotDecidable: the plan is not ready, or somebody has approved it as it is.
    """
    with hub.store.write() as connection:
        found = _ready(kept_plans.head(connection, hub.store.vault, plan_id), plan_id)
        if found.approved_by is not None:
            raise NotDecidable(f"{found.approved_by} has approved just this plan", "Make a new one to change it")
        return kept_plans.leave_out(connection, plan_id, write_ids, out=out)


def approve(hub: Hub, plan_id: str, *, by: str, reason: str) -> PlanHead:
    """Approve a plan as a second person, so that it may go above the ceilings.

    Raises:
        NotDecidable: it is not ready, approved already, or *by* is who made it.
    """
    with hub.store.read() as connection:
        found = _ready(kept_plans.head(connection, hub.store.vault, plan_id), plan_id)
    if by == found.made_by:
        raise NotDecidable(f"this plan was made by {by}", "Let another person look at it and approve it")
    at = hub.now().isoformat(timespec="seconds")
    seal = kept_plan(hub, found).seal(hub.store.vault, by, at, reason)
    with hub.store.write() as connection:
        if not kept_plans.approve(connection, hub.store.vault, plan_id, by=by, at=at, reason=reason, seal=seal):
            raise NotDecidable(f"plan {plan_id} was approved or carried out meanwhile", "Look at it again")
        approved = kept_plans.head(connection, hub.store.vault, plan_id)
        act_notes.note(connection, hub.store.vault, "plan.approved", who=by, at=hub.now(), plan=plan_id)
    return _ready(approved, plan_id)


def kept_plan(hub: Hub, found: PlanHead) -> KeptPlan:
    """Return a plan as carrying out takes it: its writes but those that were left out, and the approval."""
    wanted: list[Approved] = []
    after = 0
    while True:
        with hub.store.read() as connection:
            page = kept_plans.page(connection, hub.store.vault, found.plan_id, Sieve(left_out=False), after, 500)
        for one in page:
            said = {name: {"old": write.old, "new": write.new} for name, write in one.fields.items()}
            wanted.append(Approved(one.write_id, one.system, one.stream, one.record_id, one.profile_id, said))
        if not page:
            break
        after = page[-1].place
    second = None
    if found.approved_by and found.approved_at and found.seal:
        second = SecondWord(found.approved_by, found.approved_at, found.reason, found.seal)
    return KeptPlan(found.made_by, wanted, second)


def _ready(found: PlanHead | None, plan_id: str) -> PlanHead:
    if found is None:
        raise NotDecidable(f"there is no plan {plan_id}", "Make one; they are kept for a week")
    if found.state != kept_plans.READY:
        raise NotDecidable(f"plan {plan_id} is {found.state}", "Make a new one")
    return found
