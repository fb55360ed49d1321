"""Sorted indexes over one object's rows, so that a page of 100 costs about 100 rows however many there are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Any

from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.contract import Change

_LAST = "\U0010ffff"


def milliseconds(stored: Stored) -> int:
    """Return a record's modification time as the API counts it."""
    return int(stored.modified_at.timestamp() * 1000)


class ObjectIndex:
    """Rows by id, by modification time, and by the value of any text field that a query asked for."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.stamps: list[tuple[int, str]] = []
        self.stamp_of: dict[str, int] = {}
        self._values: dict[str, dict[str, set[str]]] = {}

    def place(self, stored: Stored, stamp: int) -> None:
        """Take in a new row, or a row's new modification time."""
        record_id = stored.record_id
        old = self.stamp_of.get(record_id)
        if old is None:
            _insert(self.ids, record_id)
        elif old == stamp:
            return
        else:
            del self.stamps[bisect_left(self.stamps, (old, record_id))]
        _insert(self.stamps, (stamp, record_id))
        self.stamp_of[record_id] = stamp

    def note(self, change: Change) -> None:
        """Follow a change of values."""
        for field, (old, new) in change.fields.items():
            by_value = self._values.get(field)
            if by_value is None:
                continue
            if isinstance(old, str):
                by_value.get(old, set()).discard(change.record_id)
            if isinstance(new, str):
                by_value.setdefault(new, set()).add(change.record_id)

    def remove(self, record_id: str) -> None:
        """Forget a row that was deleted for good."""
        stamp = self.stamp_of.pop(record_id)
        del self.ids[bisect_left(self.ids, record_id)]
        del self.stamps[bisect_left(self.stamps, (stamp, record_id))]
        for by_value in self._values.values():
            for held in by_value.values():
                held.discard(record_id)

    def holding(self, field: str, values: Iterable[str], rows: Iterable[Stored]) -> set[str]:
        """Return the ids whose *field* is one of *values*; the first question about a field builds its index."""
        by_value = self._values.get(field)
        if by_value is None:
            by_value = self._values[field] = {}
            for stored in rows:
                value = stored.values.get(field)
                if isinstance(value, str) and stored.record_id in self.stamp_of:
                    by_value.setdefault(value, set()).add(stored.record_id)
        return {record_id for value in values for record_id in by_value.get(value, ())}

    def id_range(self, above: str, *, ascending: bool = True) -> Iterator[str]:
        """Iterate over ids greater than *above*."""
        start = bisect_right(self.ids, above) if above else 0
        places = range(start, len(self.ids)) if ascending else range(len(self.ids) - 1, start - 1, -1)
        return (self.ids[place] for place in places)

    def count_since(self, low: int, high: int) -> int:
        """Count rows modified between *low* and *high*, both included."""
        return max(0, bisect_right(self.stamps, (high, _LAST)) - bisect_left(self.stamps, (low, "")))

    def stamp_range(self, low: int, high: int, *, ascending: bool = True) -> Iterator[str]:
        """Iterate over ids modified between *low* and *high*, in order of time."""
        first, end = bisect_left(self.stamps, (low, "")), bisect_right(self.stamps, (high, _LAST))
        places = range(first, end) if ascending else range(end - 1, first - 1, -1)
        return (self.stamps[place][1] for place in places)


def _insert(ordered: list[Any], item: Any) -> None:  # noqa: ANN401 (ids or pairs)
    if not ordered or ordered[-1] < item:
        ordered.append(item)
    else:
        insort(ordered, item)


class Shelves:
    """The indexes of all objects, kept in step with the book.

    *bumps* tells whether a deletion changes the modification time that the API shows.
    """

    def __init__(self, book: RecordBook) -> None:
        self.book = book
        self.bumps = True
        self.purged: set[tuple[str, str]] = set()
        self._indexes: dict[str, ObjectIndex] = {}
        self.rebuild()
        book.listeners.append(self._follow)

    def of(self, stream: str) -> ObjectIndex:
        """Return an object's index."""
        index = self._indexes.get(stream)
        if index is None:
            index = self._indexes[stream] = ObjectIndex()
        return index

    def row(self, stream: str, record_id: str) -> Stored | None:
        """Return a row, invalid ones included, unless it was deleted for good."""
        return None if (stream, record_id) in self.purged else self.book.get(stream, record_id)

    def purge(self, stream: str, record_id: str) -> None:
        """Delete a row for good."""
        self.purged.add((stream, record_id))
        self.of(stream).remove(record_id)

    def rebuild(self) -> None:
        """Index what the book holds now (also after a saved state was read)."""
        self._indexes.clear()
        for stream in self.book.streams():
            index = self.of(stream)
            for stored in self.book.all(stream):
                if (stream, stored.record_id) not in self.purged:
                    index.place(stored, milliseconds(stored))

    def _follow(self, change: Change) -> None:
        stored = self.row(change.stream, change.record_id)
        if stored is None:
            return
        index = self.of(change.stream)
        index.note(change)
        if change.kind not in {"delete", "merge"} or self.bumps:
            index.place(stored, milliseconds(stored))
