"""Today: is all well, what happened, and what needs a person. Room: flows. Counts and names only, never a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from flows.hub import Hub
from flows.profile_view import instant
from flows.run_history import run_page
from flows.standing import Standing, standing
from flows.systems_view import systems_shown
from golden_record.store import grades, kept_plans, outbox, review_ages
from golden_record.store.grades import Measure
from golden_record.store.kept_plans import PlanHead
from mapping.mistakes import Mistake

RUNS: Final = 8
TREND: Final = timedelta(days=90)
MEASURES: Final = 30
AGES: Final = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""Bounds of the ages that reviews are counted by."""
LITTLE: Final = 0.1
"""A share of an account's calls that is nearly used up."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that goes on only when a person looks. *kind* is a word of this module; *system* where it is one's."""

    kind: str
    number: int = 1
    system: str = ""
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it for lists."""
        return {"kind": self.kind, "number": self.number, "system": self.system or None, "name": self.name or None}


def today(hub: Hub) -> dict[str, Any]:
    """Return what the first page shows: how the hub stands, the last runs, reviews by age, the trend, what is to do.

    Returns:
        `{"standing": (as `crmhub status --json`), "systems", "runs", "reviews": {"by_age": {kind: [n, …]}, "overdue"},
        "quality": [{"at", "records", "filled", "valid"}], "needs": [{"kind", "number", "system", "name"}]}`, the most
        pressing need first.
    """
    now = hub.now()
    stands = standing(hub)
    systems = systems_shown(hub)["items"]
    with hub.store.read() as connection:
        by_age = review_ages.open_by_age(connection, [now - one for one in AGES])
        overdue = review_ages.overdue(connection, now)
        measures = grades.measures(connection, now - TREND, MEASURES)
        plans = kept_plans.heads(connection, hub.store.vault, None, 10)
    return {
        "standing": stands.to_json(),
        "systems": systems,
        "runs": run_page(hub, after=None, limit=RUNS)["items"],
        "reviews": {"by_age": by_age, "overdue": overdue},
        "quality": [summed(one) for one in measures],
        "needs": [one.to_json() for one in needs(hub, stands, systems, overdue, plans)],
    }


def needs(hub: Hub, stands: Standing, systems: list[dict[str, Any]], overdue: int, plans: list[PlanHead]) -> list[Need]:
    """Return what needs a person, the most pressing first."""
    return [
        *(Need("mapping_broken", 1, name, stream) for name, stream in sorted(hub.project.broken)),
        *(Need("hub_yaml" if one.level == "warning" else "file_broken", 1, "", one.file) for one in _files(hub)),
        *(Need("system_failing", 1, one["system"]) for one in systems if one["state"] == "failing"),
        *(Need("stream_stale", 1, one.system, one.stream) for one in stands.streams if one.stale),
        *_of_writes(stands),
        *_of_events(stands),
        *(Need("drift", 1, one.system, one.stream) for one in stands.drift),
        *(Need("plan_to_approve", _planned(one), "", one.plan_id) for one in plans if _to_approve(one)),
        *([Need("reviews_overdue", overdue)] if overdue else []),
        *(Need("posts_stopped", 1, name) for name in stands.silent),
        *(Need("paused", 1, one["system"], one["pause"]["by"]) for one in systems if one["pause"]),
        *(Need("quota_low", one.left, one.system, one.bucket) for one in stands.quotas if one.share < LITTLE),
    ]


def _files(hub: Hub) -> Iterator[Mistake]:
    """Yield one mistake of each file that was edited and is not in force; a mapping is named by its stream already."""
    seen = {"/".join(("mappings", *key)) for key in hub.project.broken}
    for one in hub.project.not_in_force:
        if one.file not in seen and not any(one.file.endswith(f"{name}.yaml") for name in seen):
            seen.add(one.file)
            yield replace(one, file=one.file.rsplit("/", 1)[-1])


def _of_writes(stands: Standing) -> Iterator[Need]:
    for kind, state in (("writes_refused", outbox.REJECTED), ("writes_unknown", outbox.UNKNOWN)):
        for (system, at), number in sorted(stands.counts.writes.items()):
            if at == state and number:
                yield Need(kind, number, system)


def _of_events(stands: Standing) -> Iterator[Need]:
    for system, dead in stands.dead_letters.items():
        if dead["events"]:
            yield Need("events_failed", dead["events"], system)


def _to_approve(plan: PlanHead) -> bool:
    return plan.state == kept_plans.READY and bool(plan.counts.get("ceilings")) and plan.approved_by is None


def _planned(plan: PlanHead) -> int:
    return sum(number for kinds in plan.counts.get("writes", {}).values() for number in kinds.values())


def summed(measure: Measure) -> dict[str, Any]:
    """Sum a measure up over all streams and fields."""
    counts: Mapping[str, Any] = measure.counts
    fields = [field for place in counts.values() for field in place["fields"].values()]
    return {
        "at": instant(measure.at),
        "records": sum(place["records"] for place in counts.values()),
        "filled": sum(field["filled"] for field in fields),
        "valid": sum(field["valid"] for field in fields),
    }
