"""Kept plans as pages and scripts see them: a list, one with its numbers, its writes page by page. Room: flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.hub import Hub
from flows.plan_json import field_json
from flows.profile_view import Show, instant
from golden_record.store import kept_plans, runs
from golden_record.store.kept_plans import PlanBlocked, PlanHead, PlanWrite, Sieve
from golden_record.store.runs import Run


def plan_list(hub: Hub, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of plans, the newest first: `{"items", "next"}`."""
    with hub.store.read() as connection:
        found = kept_plans.heads(connection, hub.store.vault, after, limit + 1)
    items = [head_json(one) for one in found[:limit]]
    return {"items": items, "next": found[limit - 1].plan_id if len(found) > limit else None}


def plan_shown(hub: Hub, plan_id: str) -> dict[str, Any] | None:
    """Return one plan with its numbers, and how far it is carried out (`push`); None where there is none."""
    with hub.store.read() as connection:
        found = kept_plans.head(connection, hub.store.vault, plan_id)
        if found is None:
            return None
        left_out = kept_plans.count(connection, plan_id, Sieve(left_out=True))
        making = runs.get(connection, plan_id) if found.state == kept_plans.MAKING else None
        pushed = runs.get(connection, found.push_run) if found.push_run is not None else None
        wanted = {
            name: kept_plans.count(connection, plan_id, Sieve(system=name, left_out=False))
            for name in (found.counts.get("writes", {}) if pushed is not None else ())
        }
    shown = {**head_json(found), "left_out": left_out, "push": None if pushed is None else _push_json(pushed, wanted)}
    if making is not None and making.status == "failed":  # its process died: nobody goes on with it
        shown["state"] = kept_plans.FAILED
    return shown


def _push_json(run: Run, wanted: Mapping[str, int]) -> dict[str, Any]:
    """Return how far the run is that carries a plan out: writes *wanted* and sent per system, and what came of them."""
    systems: Mapping[str, Any] = run.summary.get("systems", {})
    sent = run.summary.get("progress", {}).get("sent", {})
    done = {name: one["writes"] for name, one in systems.items()}
    if run.ended_at is not None:
        sent = {name: sum(one.values()) for name, one in done.items()}
    of = {*wanted, *(name for name, count in sent.items() if count)}  # a run also names systems that had nothing to do
    return {
        "run_id": run.run_id,
        "status": run.status,
        "ended": run.ended_at is not None,
        "wanted": dict(sorted(wanted.items())),
        "sent": {name: sent.get(name, 0) for name in sorted(of)},
        "confirmed": sum(count for one in done.values() for kind, count in one.items() if kind != "failed"),
        "failed": sum(one["failed"] for one in done.values()),
        "errors": len(run.summary.get("errors", ())) + run.summary.get("unlisted_errors", 0),
    }


def head_json(found: PlanHead) -> dict[str, Any]:
    """Return a plan without its writes; `above` names the ceilings that it passes: those need a second person."""
    counts = {"profiles": 0, "writes": {}, "fields": {}, "blocked": {}, "ceilings": [], **found.counts}
    return {
        "plan_id": found.plan_id,
        "state": found.state,
        "made_by": found.made_by,
        "made_at": instant(found.made_at),
        "systems": list(found.systems),
        "profiles": counts["profiles"],
        "writes": counts["writes"],
        "total": _total(counts["writes"]),
        "fields": counts["fields"],
        "blocked": counts["blocked"],
        "above": counts["ceilings"],
        "approved": {"by": found.approved_by, "at": found.approved_at, "reason": found.reason}
        if found.approved_by
        else None,
        "push_run": found.push_run,
    }


def _total(counted: Mapping[str, Mapping[str, int]]) -> int:
    return sum(number for kinds in counted.values() for number in kinds.values())


def writes_shown(  # noqa: PLR0913 (which page, shown how)
    hub: Hub, plan_id: str, sieve: Sieve, *, after: int, limit: int, show: Show
) -> dict[str, Any]:
    """Return a page of a plan's writes: `{"items", "next"}`; `next` is a number."""
    with hub.store.read() as connection:
        found = kept_plans.page(connection, hub.store.vault, plan_id, sieve, after, limit + 1)
    items = [_write_json(one, show) for one in found[:limit]]
    return {"items": items, "next": found[limit - 1].place if len(found) > limit else None}


def write_shown(hub: Hub, plan_id: str, write_id: str, show: Show) -> dict[str, Any] | None:
    """Return one write of a plan; None where there is none."""
    with hub.store.read() as connection:
        found = kept_plans.named(connection, hub.store.vault, plan_id, write_id)
    return _write_json(found, show) if found is not None else None


def _write_json(one: PlanWrite, show: Show) -> dict[str, Any]:
    return {
        "id": one.write_id,
        "system": one.system,
        "stream": one.stream,
        "record_id": one.record_id,
        "profile_id": one.profile_id,
        "entity": one.entity,
        "kind": one.kind,
        "left_out": one.left_out,
        "fields": {name: field_json(one.entity, write, show) for name, write in sorted(one.fields.items())},
    }


def blocked_shown(  # noqa: PLR0913 (which page of what)
    hub: Hub, plan_id: str, *, why: str | None, system: str | None, after: int, limit: int
) -> dict[str, Any]:
    """Return a page of what a plan does not write, with the reason: `{"items", "next"}`."""
    with hub.store.read() as connection:
        found = kept_plans.blocked_page(connection, plan_id, why, system, after, limit + 1)
    items = [_blocked_json(one) for one in found[:limit]]
    return {"items": items, "next": found[limit - 1].place if len(found) > limit else None}


def _blocked_json(one: PlanBlocked) -> dict[str, Any]:
    return {
        "system": one.system,
        "stream": one.stream,
        "record_id": one.record_id,
        "profile_id": one.profile_id,
        "field": one.field,
        "why": one.why,
    }
