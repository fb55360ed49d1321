"""The simulator's responses in the order in which they were submitted, so that a page needs no sorting."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.sandboxes.book import RecordBook, Stored
    from connectors.sandboxes.contract import Change

Place = tuple[float, str]
"""(submitted, epoch seconds; record id)."""


class SubmissionOrder:
    """Follows the book: one sorted list of places per form, oldest first."""

    def __init__(self, book: RecordBook, stream: str, submitted: Callable[[Stored], datetime]) -> None:
        self._book, self._stream, self._submitted = book, stream, submitted
        self._forms: dict[str, list[Place]] = {}
        self._places: dict[str, Place] = {}
        book.listeners.append(self.note)

    def note(self, change: Change) -> None:
        """Move one response to its place; a deleted one loses it."""
        held = self._book.get(self._stream, change.record_id)
        if held is None or change.stream != self._stream:
            return
        places = self._forms.setdefault(change.record_id.partition(":")[0], [])
        before = self._places.get(change.record_id)
        if before is not None and (at := bisect_left(places, before)) < len(places) and places[at] == before:
            del places[at]
        place = (self._submitted(held).timestamp(), change.record_id)
        self._places[change.record_id] = place
        if held.deleted_at is None:
            insort(places, place)

    def rebuild(self) -> None:
        """Read the whole book again (a saved state was put in its place)."""
        self._forms.clear()
        self._places.clear()
        for held in self._book.all(self._stream):
            place = (self._submitted(held).timestamp(), held.record_id)
            self._places[held.record_id] = place
            if held.deleted_at is None:
                self._forms.setdefault(held.record_id.partition(":")[0], []).append(place)
        for places in self._forms.values():
            places.sort()

    def knows(self, record_id: str) -> bool:
        """Say whether there is such a response, and was not deleted."""
        held = self._book.get(self._stream, record_id)
        return held is not None and held.deleted_at is None

    def between(
        self, form_id: str, since: float, until: float, *, after: str | None = None, before: str | None = None
    ) -> Sequence[Place]:
        """Return the places of a form submitted within [since, until], and after/before a response; oldest first."""
        places = self._forms.get(form_id, [])
        low, high = bisect_left(places, (since, "")), bisect_right(places, (until, "\uffff"))
        if after in self._places:
            low = max(low, bisect_right(places, self._places[after]))
        if before in self._places:
            high = min(high, bisect_left(places, self._places[before]))
        return places[low:high]
