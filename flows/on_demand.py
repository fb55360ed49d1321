"""Runs that somebody asks for over HTTP: noted at once under an id, begun as soon as no other sync is at work.

Room: flows. A sync, a plan, or a plan to be carried out; the run's kind says which. What is asked for lies in the
store, so that a restart forgets none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ulid import ULID

from flows import kept_plans, quality_run, undo_run
from flows.hub import Hub
from flows.run_progress import noting
from flows.sync import Wanted, sync
from golden_record.errors import NotDecidable
from golden_record.store import runs

KIND = "api"


class NotThere(LookupError):
    """What was asked for is not in hub.yaml, or has no mapping."""


def ask(hub: Hub, systems: Sequence[str], records: Sequence[tuple[str, str, str]]) -> str:
    """Note a sync of *systems* (none: all), or, where any are named, of just *records* (system, stream, id).

    Returns:
        The run's id.

    Raises:
        NotThere: a system or stream is not known here.
    """
    _check(hub, systems, records)
    run_id = str(ULID())
    wanted = {"systems": list(systems), "records": [list(record) for record in records]}
    with hub.store.write() as connection:
        runs.ask(connection, run_id, KIND, wanted, hub.now())
    return run_id


def carry_out_next(hub: Hub, *, wait: float) -> bool:
    """Carry out the run that has waited longest; False where none waits.

    Raises:
        LeaseHeld: another sync is at work; the run waits on.
    """
    with hub.store.read() as connection:
        asked = runs.asked(connection)
    if asked is None:
        return False
    said = asked.summary.get("wanted", {})
    if asked.kind == kept_plans.PLAN:
        kept_plans.make_plan(hub, asked.run_id, wait=wait)
    elif asked.kind == kept_plans.PUSH:
        _carry_out_plan(hub, asked.run_id, str(said.get("plan", "")), wait)
    elif asked.kind == undo_run.KIND:
        _carry_out_undo(hub, asked.run_id, str(said.get("undo", "")), wait)
    elif asked.kind == quality_run.KIND:
        quality_run.measure_run(hub, asked.run_id, wait=wait)
    else:
        _sync(hub, asked, said, wait)
    return True


def _sync(hub: Hub, asked: runs.Run, said: Mapping[str, Any], wait: float) -> None:
    named = tuple(said.get("systems", ()))
    records = tuple((system, stream, record_id) for system, stream, record_id in said.get("records", ()))
    try:
        _check(hub, named, records)
    except NotThere:  # hub.yaml was changed since; "nothing left of it" must not become "all systems"
        with hub.store.write() as connection:
            runs.end(connection, asked.run_id, "failed", {"wanted": said, "code": "no_such_system"}, hub.now())
        return
    sync(
        hub,
        Wanted(named, records=records, wait=wait),
        noting(hub, asked.run_id),
        kind=KIND,
        run_id=asked.run_id,
    )


def _carry_out_plan(hub: Hub, run_id: str, plan_id: str, wait: float) -> None:
    try:
        kept_plans.carry_out(hub, run_id, plan_id, wait=wait)
    except NotDecidable as gone:
        with hub.store.write() as connection:
            runs.end(connection, run_id, "failed", {"wanted": {"plan": plan_id}, "code": gone.code}, hub.now())


def _carry_out_undo(hub: Hub, run_id: str, name: str, wait: float) -> None:
    try:
        undo_run.carry_out_asked(hub, run_id, name, wait=wait)
    except NotDecidable as gone:
        with hub.store.write() as connection:
            runs.end(connection, run_id, "failed", {"wanted": {"undo": name}, "code": gone.code}, hub.now())


def _check(hub: Hub, systems: Sequence[str], records: Sequence[tuple[str, str, str]]) -> None:
    for name in (*systems, *(system for system, _stream, _id in records)):
        if name not in hub.systems:
            raise NotThere(f"there is no system `{name}` in hub.yaml")
    for name, stream, _record_id in records:
        if stream not in hub.systems[name].mappings:
            raise NotThere(f"`{name}` has no mapped stream `{stream}`")
