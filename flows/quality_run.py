"""Measure data quality as a whole, in a run that somebody asked for: what is stale too, which opens every profile.

Room: flows.
"""

from __future__ import annotations

from typing import Final

from ulid import ULID

from flows.hub import Hub
from flows.quality_measure import grade_backlog, measure_and_keep
from flows.sync import finish, start
from flows.tally import Tally
from golden_record.store import leases, runs

KIND: Final = "measure"


def ask_for_measure(hub: Hub) -> str:
    """Note that a measure is wanted; return its run."""
    run_id = str(ULID())
    with hub.store.write() as connection:
        runs.ask(connection, run_id, KIND, {}, hub.now())
    return run_id


def measure_run(hub: Hub, run_id: str, *, wait: float) -> None:
    """Measure in the run that was asked for.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait*; the run waits on.
    """
    tally = Tally(run_id)
    with leases.hold(hub.store, "sync", wait=wait):
        start(hub, tally, KIND)
        status = "failed"
        try:
            grade_backlog(hub, hub.systems.values())
            measure_and_keep(hub, run_id, stale=True)
            status = "ok"
        finally:
            finish(hub, tally, status)
