"""In what order an export gives records: by the time of the change, then by the order in which changes arrived."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

Place = tuple[int, int]
"""Epoch second and running number of a change."""


class ChangeOrder:
    """The latest change of every record, sorted; older entries of a record are passed over and swept now and then."""

    def __init__(self) -> None:
        self._latest: dict[str, Place] = {}
        self._entries: list[tuple[int, int, str]] = []
        self._sorted = True
        self._count = 0

    def note(self, record_id: str, second: int) -> None:
        """Remember that a record changed; it leaves its older place."""
        self._count += 1
        self._latest[record_id] = (second, self._count)
        if self._entries and self._entries[-1][0] > second:
            self._sorted = False
        self._entries.append((second, self._count, record_id))
        if len(self._entries) > 2 * len(self._latest) + 1000:
            self._entries = [entry for entry in self._entries if self._latest[entry[2]] == entry[:2]]

    def keep(self) -> dict[str, list[int]]:
        """Return every record's place, as JSON."""
        return {record_id: [*place] for record_id, place in self._latest.items()}

    def recall(self, latest: Mapping[str, Sequence[int]]) -> None:
        """Take back what `keep` gave."""
        self._latest = {record_id: (place[0], place[1]) for record_id, place in latest.items()}
        self._entries = sorted((*place, record_id) for record_id, place in self._latest.items())
        self._count = max((place[1] for place in self._latest.values()), default=0)
        self._sorted = True

    def after(self, place: Place, until: int, limit: int) -> tuple[list[tuple[Place, str]], bool]:
        """Return up to *limit* records changed behind *place* and no later than *until*, and whether that is all."""
        if not self._sorted:
            self._entries.sort()
            self._sorted = True
        found: list[tuple[Place, str]] = []
        for at in range(bisect_right(self._entries, (*place, "~")), len(self._entries)):
            second, number, record_id = self._entries[at]
            if second > until:
                break
            if self._latest[record_id] != (second, number):
                continue
            if len(found) == limit:
                return found, False
            found.append(((second, number), record_id))
        return found, True

    def same_second(self, place: Place) -> list[str]:
        """Return the records behind *place* within its second: a time-based page must not cut a second in two."""
        found, _ = self.after(place, place[0], len(self._entries))
        return [record_id for _, record_id in found]
