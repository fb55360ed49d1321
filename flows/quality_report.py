"""The quality of the data as people and scripts see it: per system, stream and field, with its trend.

Room: flows. Counts only, never a customer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from flows.hub import Hub
from flows.profile_view import instant
from flows.quality_measure import COUNTS, Counts, grade_backlog, measure_and_keep
from golden_record.store import grades
from golden_record.store.grades import Measure


def quality_json(hub: Hub, *, systems: Collection[str] = (), since: timedelta = timedelta(days=30)) -> dict[str, Any]:
    """Measure now, keep it, and return it beside what held *since* ago (or at the first measure that is kept).

    Returns:
        `{"measured_at", "compared_with", "fields": [{"system", "stream", "entity", "field", "label", "records",
        "filled", "valid", "invalid", "corrected", "placeholder", "stale", "disputed", "before"}]}`. `stale` is null
        for a field without `verify_after`; `before` holds the same counts as they were then, or null.
    """
    now = hub.now()
    with hub.store.read() as connection:
        then = grades.measure_at(connection, now - since) or grades.oldest_measure(connection)
    grade_backlog(hub, hub.systems.values())
    counts = measure_and_keep(hub, None, stale=True)
    return _report(hub, counts, now, then, systems)


def quality_kept(hub: Hub, *, systems: Collection[str] = (), since: timedelta = timedelta(days=30)) -> dict[str, Any]:
    """Return what was measured last, in the same shape; nothing is measured. `measured_at` is null where nothing was.

    What is stale is counted by some measures only (`crmhub quality`, the console's): it is null in the others.
    """
    with hub.store.read() as connection:
        last = grades.measure_at(connection, hub.now())
        then = grades.measure_at(connection, (last.at if last else hub.now()) - since)
        then = then or grades.oldest_measure(connection)
    return _report(hub, dict(last.counts) if last else {}, last.at if last else None, then, systems)


def _report(
    hub: Hub, counts: Counts, at: datetime | None, then: Measure | None, systems: Collection[str]
) -> dict[str, Any]:
    return {
        "measured_at": instant(at),
        "compared_with": instant(then.at) if then else None,
        "fields": [
            _field_json(hub, key, name, counts, then)
            for key, place in sorted(counts.items())
            if not systems or key.split("/", 1)[0] in systems
            for name in _in_order(hub, key, place["fields"])
        ],
    }


def _in_order(hub: Hub, key: str, fields: Mapping[str, Any]) -> list[str]:
    """Return the fields in the order of profile.yaml; what it no longer has comes last."""
    entity = hub.project.profile.entity(key.rpartition("/")[2])
    order = list(entity.fields) if entity else []
    return sorted(fields, key=lambda name: (order.index(name) if name in order else len(order), name))


def _field_json(hub: Hub, key: str, name: str, counts: Counts, then: Measure | None) -> dict[str, Any]:
    system, rest = key.split("/", 1)
    stream, _, entity = rest.rpartition("/")
    shape = hub.project.profile.field(entity, name)
    before = then.counts.get(key) if then else None
    return {
        "system": system,
        "stream": stream,
        "entity": entity,
        "field": name,
        "label": shape.label.model_dump() if shape and shape.label else None,
        **_numbers(counts[key], name),
        "before": _numbers(before, name) if before and name in before["fields"] else None,
    }


def _numbers(place: Mapping[str, Any], name: str) -> dict[str, Any]:
    field = place["fields"][name]
    return {
        "records": place["records"],
        **{count: field.get(count, 0) for count in COUNTS},
        "stale": field.get("stale"),
        "disputed": field.get("disputed", 0),
    }
