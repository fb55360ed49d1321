"""The systems of a project as ops see them. Room: flows. Reads the store, asks no system.

What a system is said to be rests on the newest run in which it took part: `paused` (by a person), `quota` (its calls
are used up), `failing` (the run could not go on with it), `partly` (some records or streams failed), `ok`, or `new`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flows import contracts
from flows.cron import comes_round
from flows.freshness import freshness
from flows.hub import ConfiguredSystem, Hub
from flows.pauses import pause_json
from flows.profile_view import instant
from flows.quota import quotas
from golden_record.store import cursors, inbox, outbox, pauses, runs, source_records
from golden_record.store.pauses import Pause
from golden_record.store.runs import Run
from golden_record.store.waiting import waiting_events, waiting_writes

LOOKED_BACK: Final = 40
"""Runs in which the newest of a system is looked for."""
ERRORS_SHOWN: Final = 20
PAUSES_SHOWN: Final = 10
OPEN_WRITES: Final = (*outbox.WAITING, *outbox.UNDECIDED, outbox.REJECTED)


def systems_shown(hub: Hub) -> dict[str, Any]:
    """Return every system: `{"items": [{"system", "state", "last_run", "errors", "backlog", "pause", …}], "next"}`."""
    with hub.store.read() as connection:
        held = pauses.standing(connection, hub.store.vault, hub.now())
        read_at = cursors.freshness(connection)
        recent = runs.newest(connection, LOOKED_BACK)
        writes = waiting_writes(connection, hub.systems, OPEN_WRITES)
        events = waiting_events(connection, (inbox.WAITING, inbox.FAILED))
    items = []
    for name, system in hub.systems.items():
        run = newest_of(recent, name)
        items.append(
            {
                **_head(system, hub.now()),
                "state": state_of(name, run, held.get(name)),
                "pause": pause_json(held[name]) if name in held else None,
                "last_run": {"run_id": run.run_id, "status": run.status, "at": instant(run.started_at)}
                if run
                else None,
                "last_read": instant(_last_read(system, read_at)),
                "streams": [
                    {"stream": one, "mapped": one in system.mappings, "read_at": instant(read_at.get((name, one)))}
                    for one in system.config.streams
                ],
                "errors": errors_of(run, name),
                "backlog": {
                    "writes": {state: writes.get((name, state), 0) for state in OPEN_WRITES},
                    "events": events.get((name, inbox.WAITING), 0),
                    "failed_events": events.get((name, inbox.FAILED), 0),
                },
            }
        )
    return {"items": items, "next": None}


def system_shown(hub: Hub, name: str) -> dict[str, Any] | None:
    """Return one system: as in the list, with records, quota, drift of its fields and former pauses; None: no such."""
    if name not in hub.systems:
        return None
    [shown] = [one for one in systems_shown(hub)["items"] if one["system"] == name]
    system, now = hub.systems[name], hub.now()
    with hub.store.read() as connection:
        counted = source_records.counted(connection, name)
        left = quotas(connection, [system], now)
        former = pauses.past(connection, hub.store.vault, name, PAUSES_SHOWN)
        fresh = {key: at for key, at in cursors.freshness(connection).items() if at is not None}
    stale = {one.stream: one.stale for one in freshness(hub.project.hub, fresh, now) if one.system == name}
    keys = [(name, stream) for stream in system.config.streams if (name, stream) in hub.project.compiled]
    seen = contracts.load(hub.store, keys)
    held = {(one.stream, one.drift.path) for one in contracts.waiting(hub.store, hub.project) if one.system == name}
    drift = [
        {
            **contracts.Noticed(*key, one, hub.project.written[key].contract).to_json(),
            "held": (key[1], one.path) in held,
        }
        for key in keys
        for one in seen[key].drift(hub.project.compiled[key])
    ]
    for stream in shown["streams"]:
        stream["records"] = counted.get(stream["stream"], 0)
        stream["stale"] = stale.get(stream["stream"])
    broken = [
        {"stream": stream, "message": str(one)}
        for (of, stream), mistakes in hub.project.broken.items()
        if of == name
        for one in mistakes
    ]
    return {
        **shown,
        "quota": [one.to_json() for one in sorted(left, key=lambda one: one.share)],
        "drift": drift,
        "mappings_broken": broken,
        "pauses": [pause_json(one) for one in former],
    }


def _head(system: ConfiguredSystem, now: datetime) -> dict[str, Any]:
    push, schedule = system.config.push, system.config.pull.schedule
    return {
        "system": system.name,
        "connector": system.config.connector,
        "department": system.config.department,
        "mode": push.mode if push else None,
        "schedule": schedule,
        "timezone": system.config.pull.timezone,
        "next": instant(comes_round(schedule, system.config.pull.timezone, now)) if schedule else None,
    }


def _last_read(system: ConfiguredSystem, read_at: Mapping[tuple[str, str], datetime | None]) -> datetime | None:
    """Return when the stream was last read whose reading lies back furthest; None where none ever was."""
    times = [read_at.get((system.name, stream)) for stream in system.mappings]
    return min((one for one in times if one is not None), default=None)


def newest_of(recent: list[Run], system: str) -> Run | None:
    """Return the newest of some runs that ended and in which a system took part."""
    return next((run for run in recent if run.ended_at and system in run.summary.get("systems", {})), None)


def state_of(system: str, run: Run | None, held: Pause | None) -> str:
    """Say in a word how a system is."""
    if held is not None:
        return "paused"
    if run is None:
        return "new"
    if any(one["system"] == system for one in run.summary.get("paused", ())):
        return "quota"
    errors = [one for one in run.summary.get("errors", ()) if one["system"] == system]
    if any(one["stream"] is None and one["id"] is None for one in errors):
        return "failing"
    return "partly" if errors else "ok"


def errors_of(run: Run | None, system: str) -> list[dict[str, Any]]:
    """Return what a run noted against a system: `[{"stream", "id", "code", "message", "cure"}]`, the first ones."""
    said = run.summary.get("errors", ()) if run else ()
    mine = [one for one in said if one["system"] == system]
    return [{key: one[key] for key in ("stream", "id", "code", "message", "cure")} for one in mine[:ERRORS_SHOWN]]
