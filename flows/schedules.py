"""Which scheduled flows does hub.yaml ask for? Room: flows; pure, and without Prefect."""

from __future__ import annotations

from dataclasses import dataclass

from flows.hub_config import HubConfig


@dataclass(frozen=True, slots=True)
class Schedule:
    """One deployment: *systems* that are synced together whenever *cron* comes round in *timezone*."""

    name: str
    cron: str
    timezone: str
    systems: tuple[str, ...]


def schedules_of(hub: HubConfig) -> list[Schedule]:
    """Return the schedules of a project: systems with the same cron line and time zone share one.

    One flow for all of them starts one process instead of several, and the first system's news reach the last one in
    the same run. A name is that of its systems, so that another schedule for them replaces the deployment.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for name, system in sorted(hub.systems.items()):
        if system.pull.schedule is not None:
            key = (" ".join(system.pull.schedule.split()), system.pull.timezone)
            groups.setdefault(key, []).append(name)
    return [Schedule("+".join(systems), cron, timezone, tuple(systems)) for (cron, timezone), systems in groups.items()]
