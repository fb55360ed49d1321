"""A module's live records in every order that a list call may ask for, and by equal value; kept as records change.

Room: connectors/zoho_crm sandbox. Lists stay sorted; what changes is merged in when the next call asks, so that a
page costs a slice and not a sort, and loading a population costs one sort.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from connectors.sandboxes.book import Stored

Key = tuple[datetime, int] | tuple[int, int]
FEW = 200
"""Changes that are put in one by one; more are worth a sort."""


class SortedRecords:
    """Records in order of *key*; ties fall to the id."""

    def __init__(self, key: Callable[[Stored], Key]) -> None:
        self._key = key
        self._order: list[tuple[Key, str]] = []
        self._at: dict[str, Key] = {}
        self._changed: dict[str, Key | None] = {}

    def put(self, stored: Stored) -> None:
        """Add a record, or move it to where it belongs now."""
        self._changed[stored.record_id] = self._key(stored)

    def drop(self, record_id: str) -> None:
        """Take a record out."""
        self._changed[record_id] = None

    def entries(self) -> Sequence[tuple[Key, str]]:
        """Return (key, id) in order; to be read only."""
        if self._changed:
            self._merge()
        return self._order

    def _merge(self) -> None:
        changed, self._changed = self._changed, {}
        if len(changed) > FEW:
            self._at = {one: key for one, key in {**self._at, **changed}.items() if key is not None}
            self._order = sorted((key, one) for one, key in self._at.items())
            return
        for one, key in changed.items():
            old = self._at.pop(one, None)
            if old is not None:
                del self._order[bisect_left(self._order, (old, one))]
            if key is not None:
                self._at[one] = key
                self._order.insert(bisect_left(self._order, (key, one)), (key, one))


class ByValue:
    """Which records show a text in a field, letters folded."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.fields = frozenset(fields)
        self._ids: dict[tuple[str, str], set[str]] = {}
        self._shown: dict[str, list[tuple[str, str]]] = {}

    def put(self, stored: Stored) -> None:
        """Note what the record shows now."""
        self.drop(stored.record_id)
        shown = [
            (name, value.casefold())
            for name in self.fields
            if isinstance(value := stored.values.get(name), str) and value
        ]
        self._shown[stored.record_id] = shown
        for entry in shown:
            self._ids.setdefault(entry, set()).add(stored.record_id)

    def drop(self, record_id: str) -> None:
        """Forget a record."""
        for entry in self._shown.pop(record_id, ()):
            self._ids[entry].discard(record_id)

    def ids(self, field: str, text: str) -> list[str]:
        """Return the records that show *text* in *field*, the oldest id first."""
        return sorted(self._ids.get((field, text.casefold()), ()), key=int)


class Shelf:
    """One module's records: live ones by id, by change and by creation (leads also apart by conversion), deleted."""

    def __init__(self, indexed: Sequence[str]) -> None:
        self.by_value = ByValue(indexed)
        self.deleted = SortedRecords(lambda one: (one.deleted_at or one.modified_at, int(one.record_id)))
        self._live = {
            (part, order): SortedRecords(key) for part in ("both", "false", "true") for order, key in _ORDERS.items()
        }

    def put(self, stored: Stored) -> None:
        """Shelve a record as it is now."""
        if stored.deleted_at is not None:
            self.deleted.put(stored)
            self.by_value.drop(stored.record_id)
            for order in self._live.values():
                order.drop(stored.record_id)
            return
        self.deleted.drop(stored.record_id)
        self.by_value.put(stored)
        mine = ("both", "true" if stored.values.get("Converted__s") is True else "false")
        for (part, _), order in self._live.items():
            if part in mine:
                order.put(stored)
            else:
                order.drop(stored.record_id)

    def live(self, order: str, converted: str = "both") -> Sequence[tuple[Key, str]]:
        """Return the live records' (key, id), ascending by *order* (id, Created_Time, Modified_Time)."""
        return self._live[converted, order].entries()

    def live_ids(self) -> Iterator[str]:
        """Iterate over the ids of live records, ascending."""
        return (one for _, one in self.live("id"))


def whole_second(moment: datetime) -> datetime:
    """Return *moment* as Zoho shows and compares it."""
    return moment.replace(microsecond=0)


_ORDERS: dict[str, Callable[[Stored], Key]] = {
    "id": lambda one: (int(one.record_id), 0),
    "Created_Time": lambda one: (whole_second(one.created_at), int(one.record_id)),
    "Modified_Time": lambda one: (whole_second(one.modified_at), int(one.record_id)),
}
