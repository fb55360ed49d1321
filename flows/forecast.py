"""Will the calls that are left do for this run? Room: flows. Said before a run begins; nothing is stopped by it.

What a run will need is taken from the last ones of its kind, which is right as long as people do as they did; a first
run, or one that reads everything, knows nothing of itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from flows.hub import ConfiguredSystem, Hub
from flows.quota import Quota, quotas
from golden_record.store import runs
from golden_record.store.runs import Run

LOOKED_AT = 60
"""Runs that are looked through for some of the same kind."""
ENOUGH = 10
"""Runs of the same kind that a forecast is made from, at most."""
LONG = 600
"""Seconds of the limits that a run can use up; a shorter one is waited for."""
_WHOLE = frozenset({"ok", "partial"})


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run of one system will need of one limit: *expected* calls, and *left* what is there for it."""

    system: str
    expected: int
    left: int
    quota: Quota

    @property
    def enough(self) -> bool:
        """Whether the run is likely to come to its end."""
        return self.expected <= self.left

    def text(self) -> str:
        """Say so in one line."""
        hours = self.quota.seconds / 3600
        of = f"{self.quota.calls:,} calls of {hours:g} h"
        if self.enough:
            return f"{self.system}: some {self.expected:,} calls are expected, {self.left:,} of {of} are left for it"
        return (
            f"{self.system}: some {self.expected:,} calls are expected and {self.left:,} of {of} are left for it: "
            "it will pause, and go on by itself later"
        )


def forecast(hub: Hub, systems: Sequence[ConfiguredSystem], kind: str = "sync") -> list[Forecast]:
    """Return a forecast for each long limit of each system of which earlier runs tell; calls nobody."""
    with hub.store.read() as connection:
        earlier = [one for one in runs.newest(connection, LOOKED_AT, None) if one.kind == kind and one.status in _WHOLE]
        left = quotas(connection, systems, hub.now())
    found = []
    for system in systems:
        spent = _calls(earlier, system.name)
        if not spent:
            continue
        expected = spent[0] if len(spent) == 1 else round(quantiles(spent, n=10, method="inclusive")[8])
        share = system.config.calls.pull
        for quota in left:
            if quota.system == system.name and quota.seconds >= LONG and quota.bucket == "api":
                reserve = quota.calls - int(quota.calls * share)
                found.append(Forecast(system.name, expected, max(0, quota.left - reserve), quota))
    return found


def _calls(earlier: Sequence[Run], system: str) -> list[int]:
    """Return what each of the last runs spent on a system."""
    spent = []
    for run in earlier:
        told: Mapping[str, Any] = run.summary.get("systems", {}).get(system, {})
        if told.get("calls"):
            spent.append(int(told["calls"]))
    return spent[:ENOUGH]
