"""The history of runs: what each came to, newest first. Room: flows. Ids and counts, never a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.hub import Hub
from flows.profile_view import instant
from flows.tally import STAGES, Tally
from golden_record.store import runs
from golden_record.store.runs import Run


def run_page(hub: Hub, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of runs, newest first: `{"items", "next"}`."""
    with hub.store.read() as connection:
        found = runs.newest(connection, limit + 1, after)
    items = [_head(one) | _counts(one) for one in found[:limit]]
    return {"items": items, "next": found[limit - 1].run_id if len(found) > limit else None}


def run_shown(hub: Hub, run_id: str) -> dict[str, Any] | None:
    """Return one run in the shape of `sync --json`, with its kind and times; one that died has counts of nothing."""
    with hub.store.read() as connection:
        run = runs.get(connection, run_id)
    if run is None:
        return None
    return {**Tally(run_id).to_json(), **run.summary, **_head(run)}


def _head(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "kind": run.kind,
        "status": run.status,
        "started_at": instant(run.started_at),
        "ended_at": instant(run.ended_at),
    }


def funnel_of(summary: Mapping[str, Any]) -> dict[str, int]:
    """Return a run's funnel over all systems and streams; a run of an earlier version knows only its beginning."""
    total = dict.fromkeys(STAGES, 0)
    for system in summary.get("systems", {}).values():
        for counts in system.get("funnel", system["streams"]).values():
            for stage, number in counts.items():
                total[stage] += number
    return total


def _counts(run: Run) -> dict[str, Any]:
    systems = run.summary.get("systems", {}).values()
    return {
        "funnel": funnel_of(run.summary),
        "read": sum(stream["read"] for system in systems for stream in system["streams"].values()),
        "writes": sum(system["writes"]["create"] + system["writes"]["update"] for system in systems),
        "errors": len(run.summary.get("errors", ())) + run.summary.get("unlisted_errors", 0),
        "paused": [one["system"] for kind in ("paused", "held") for one in run.summary.get(kind, ())],
    }
