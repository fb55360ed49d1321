"""`crmhub reconcile`: read one system as a whole, compare it with what the hub holds, say how far they had drifted.

Room: flows. Writes to no system: what it finds is resolved, and the next sync pushes what follows from it.
"""

from __future__ import annotations

from typing import Any

from ulid import ULID

from flows.hub import ConfiguredSystem, Hub
from flows.in_force import take_in_changes
from flows.pull import pull_system
from flows.sweep import sweep_system
from flows.sync import Watcher, each, finish, resolve_changed, start
from flows.tally import Tally
from golden_record.store import leases

KIND = "reconcile"


def reconcile(
    hub: Hub, system: ConfiguredSystem, watcher: Watcher | None = None, *, wait: float = 60.0
) -> dict[str, Any]:
    """Read *system* from the beginning, sweep its ids, resolve; return the run's JSON with `drift` per stream.

    A stream's drift: records that read differently than the hub held them (`changed`), that it held and the system has
    no more (`missing`), that the system has and it did not hold (`unknown`); `swept` is false where the connector
    cannot name its records or the sweep was not believed.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait* seconds.
    """
    watcher = watcher or Watcher()
    tally = Tally(str(ULID()))
    with leases.hold(hub.store, "sync", wait=wait):
        start(hub, tally, KIND)
        status = "failed"
        try:
            tally.system(system.name)
            take_in_changes(hub)
            watcher.phase("pull")
            drift = each(hub, [system], tally, lambda one: _drift(hub, one, tally, watcher))
            watcher.phase("resolve")
            resolve_changed(hub, tally)
            status = tally.status()
        finally:
            finish(hub, tally, status)
    return {**tally.to_json(), "drift": drift[0] if drift else {}}


def _drift(hub: Hub, system: ConfiguredSystem, tally: Tally, watcher: Watcher) -> dict[str, dict[str, Any]]:
    pull_system(hub, system, tally, full=True, progress=watcher.pulled)
    read = {stream: vars(tally.stream(system.name, stream)).copy() for stream in system.mappings}
    swept = sweep_system(hub, system, tally)
    found = {}
    for stream, one in swept.items():
        counts = {"missing": one.missing, "unknown": one.unknown} if one else {"missing": 0, "unknown": 0}
        found[stream] = {
            "read": read[stream]["read"],
            "changed": read[stream]["changed"],
            **counts,
            "swept": one is not None,
        }
    return found
