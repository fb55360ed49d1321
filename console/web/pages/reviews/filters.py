"""The queue's filter as it stands in an address: read, checked, written again. Room: console; pure.

What cannot be read is left out: an address typed by hand shows more, never an error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flows.hub import Hub
from flows.review_list import systems_of_department, systems_within
from golden_record.store.queue_filter import Filter

KINDS = ("duplicate", "value", "write", "returned", "deleted")
AGES = (1, 3, 7, 14, 30)
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to see of the queue; empty parts mean all. *older*: opened more than so many days ago."""

    kind: str = ""
    entity: str = ""
    field: str = ""
    system: str = ""
    department: str = ""
    at_least: str = ""
    below: str = ""
    older: str = ""
    free: str = ""
    deferred: str = ""

    @property
    def query(self) -> str:
        """The wish as it stands behind an address: `?kind=value`, or nothing."""
        said = {name: text for name in self.__slots__ if (text := getattr(self, name))}
        return "?" + urlencode(said) if said else ""

    def with_(self, **said: str) -> Wish:
        """Return the wish with parts changed."""
        return Wish(**{name: said.get(name, getattr(self, name)) for name in self.__slots__})


def wish_of(query: Mapping[str, str]) -> Wish:
    """Read a wish out of an address."""
    return Wish(**{name: query.get(name, "").strip()[:_LONGEST] for name in Wish.__slots__})


def filter_of(hub: Hub, wish: Wish, *, who: str, departments: frozenset[str] | None, now: datetime) -> Filter:
    """Return what a wish means for somebody of these departments (None: of all)."""
    systems: frozenset[str] | None = None
    if wish.system:
        systems = frozenset({wish.system})
    elif wish.department:
        systems = systems_of_department(hub, wish.department)
    days = int(wish.older) if wish.older.isdecimal() and int(wish.older) < 10_000 else None  # noqa: PLR2004 (27 years)
    return Filter(
        kind=wish.kind or None,
        entity=wish.entity or None,
        field=wish.field or None,
        systems=systems,
        within=systems_within(hub, departments),
        owned=frozenset(hub.systems),
        at_least=_number(wish.at_least),
        below=_number(wish.below),
        opened_before=None if days is None else now - timedelta(days=days),
        free_for=who if wish.free else None,
        deferred=bool(wish.deferred),
    )


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
