"""The steward's queue as somebody sees it: filtered, ordered by what presses, limited to what concerns them.

Room: flows. Reads the store, changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flows.hub import Hub
from flows.profile_view import Show, profiles_json
from flows.stewards import reviews_json
from golden_record.store import profiles, queue_filter, reviews
from golden_record.store.queue_filter import Filter


def systems_within(hub: Hub, departments: Collection[str] | None) -> frozenset[str] | None:
    """Return the systems whose customers somebody of these departments works on; None: all."""
    if departments is None:
        return None
    return frozenset(name for name, system in hub.systems.items() if system.config.department in departments)


def systems_of_department(hub: Hub, department: str) -> frozenset[str]:
    """Return the systems that a department owns."""
    return frozenset(name for name, one in hub.systems.items() if one.config.department == department)


def queue_page(hub: Hub, wanted: Filter, *, after: str | None, limit: int, show: Show) -> dict[str, Any]:
    """Return a page of the queue: `{"items", "next", "total", "counts"}`.

    Each item has the shape of `review show`, and `customers`: what its profiles show, so that one can tell them apart.
    """
    with hub.store.read() as connection:
        now = hub.now()
        found = queue_filter.page(connection, hub.store.vault, wanted, now, after=after, limit=limit + 1)
        items = reviews_json(hub, connection, found[:limit], show)
        ids = {one for item in items for one in item["profiles"]}
        known = profiles.load(connection, hub.store.vault, ids)
        shown = {one["profile_id"]: one for one in profiles_json(hub, connection, list(known.values()), show)}
        for item in items:
            item["customers"] = [shown[one] for one in item["profiles"] if one in shown]
        return {
            "items": items,
            "next": found[limit - 1].review_id if len(found) > limit else None,
            "total": queue_filter.count(connection, wanted, now),
            "counts": {name: dict(one) for name, one in queue_filter.counts(connection, wanted, now).items()},
        }


def neighbours(hub: Hub, wanted: Filter, review_id: str) -> tuple[str | None, str | None]:
    """Return the questions before and behind this one in the queue as filtered."""
    with hub.store.read() as connection:
        return queue_filter.neighbours(connection, wanted, hub.now(), review_id)


def most_pressing(hub: Hub, wanted: Filter) -> str | None:
    """Return the most pressing question that fits."""
    with hub.store.read() as connection:
        return queue_filter.first(connection, wanted, hub.now())


def is_open(hub: Hub, review_id: str) -> bool:
    """Whether a question still waits for an answer."""
    with hub.store.read() as connection:
        found = reviews.get(connection, hub.store.vault, review_id)
    return found is not None and found.status == reviews.OPEN
