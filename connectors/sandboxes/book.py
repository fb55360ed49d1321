"""The records of one simulated system, with who changed what and when.

What is stored over the API goes wrong here where a fault asks for it (`faults.as_stored`): the system then answers as
if all were well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.sandboxes.contract import Change
from connectors.sandboxes.damage import damaged
from connectors.sandboxes.faults import as_stored

if TYPE_CHECKING:
    from connectors.sandboxes.clock import VirtualClock

PEOPLE = "people"


@dataclass
class Stored:
    """One record as its system holds it; *values* under the system's own field names, the id not among them."""

    stream: str
    record_id: str
    values: dict[str, Any]
    created_at: datetime
    modified_at: datetime
    customers: Mapping[str, str] = field(default_factory=dict)
    deleted_at: datetime | None = None
    merged_into: str | None = None
    version: int = 1
    history: list[Change] = field(default_factory=list)


class RecordBook:
    """Creates, changes and remembers. One event loop uses it; no locking needed."""

    def __init__(self, clock: VirtualClock, new_id: Callable[[str], str]) -> None:
        self.clock = clock
        self._new_id = new_id
        self._streams: dict[str, dict[str, Stored]] = {}
        self.listeners: list[Callable[[Change], None]] = []

    def create(  # noqa: PLR0913 (the facts of a record, all named)
        self,
        stream: str,
        values: Mapping[str, Any],
        *,
        by: str,
        at: datetime | None = None,
        record_id: str | None = None,
        customers: Mapping[str, str] | None = None,
        modified_at: datetime | None = None,
    ) -> Stored:
        """Add a record; *at* defaults to now, *modified_at* to *at*."""
        at = at or self.clock.now()
        held = self._streams.setdefault(stream, {})
        wrong = None if by == PEOPLE else as_stored()
        if wrong == "stored_otherwise":
            values = damaged(values)
        stored = Stored(
            stream, record_id or self._free_id(stream, held), dict(values), at, modified_at or at, customers or {}
        )
        if wrong == "not_stored":
            return stored
        self._hold(stored, by)
        if wrong == "stored_twice":
            self._hold(replace(stored, record_id=self._free_id(stream, held), values=dict(values), history=[]), by)
        return stored

    def _hold(self, stored: Stored, by: str) -> None:
        self._streams[stored.stream][stored.record_id] = stored
        fields = {name: (None, value) for name, value in stored.values.items()}
        self._note(stored, Change(stored.created_at, by, "create", stored.stream, stored.record_id, fields))

    def update(
        self, stream: str, record_id: str, values: Mapping[str, Any], *, by: str, at: datetime | None = None
    ) -> Stored:
        """Set *values* (None clears) on a record that exists; an update that changes nothing still bumps the stamp."""
        stored = self._streams[stream][record_id]
        at = at or self.clock.now()
        wrong = None if by == PEOPLE else as_stored()
        if wrong == "stored_otherwise":
            values = damaged(values)
        elif wrong == "not_stored":
            return replace(stored, values={**stored.values, **values}, modified_at=at, version=stored.version + 1)
        fields = {k: (stored.values.get(k), v) for k, v in values.items() if stored.values.get(k) != v}
        stored.values.update(values)
        stored.modified_at, stored.version = at, stored.version + 1
        self._note(stored, Change(at, by, "update", stream, record_id, fields))
        return stored

    def delete(
        self, stream: str, record_id: str, *, by: str, at: datetime | None = None, merged_into: str | None = None
    ) -> Stored:
        """Mark a record deleted, or merged away into *merged_into*."""
        stored = self._streams[stream][record_id]
        at = at or self.clock.now()
        stored.deleted_at, stored.merged_into = at, merged_into
        stored.modified_at, stored.version = at, stored.version + 1
        self._note(stored, Change(at, by, "merge" if merged_into else "delete", stream, record_id, {}))
        return stored

    def restore(self, stream: str, record_id: str, *, by: str, at: datetime | None = None) -> Stored:
        """Bring a deleted record back."""
        stored = self._streams[stream][record_id]
        at = at or self.clock.now()
        stored.deleted_at = stored.merged_into = None
        stored.modified_at, stored.version = at, stored.version + 1
        self._note(stored, Change(at, by, "restore", stream, record_id, {}))
        return stored

    def get(self, stream: str, record_id: str) -> Stored | None:
        """Return a record, deleted ones included; None where it never was."""
        return self._streams.get(stream, {}).get(record_id)

    def all(self, stream: str) -> Iterator[Stored]:
        """Iterate over a stream in order of creation, deleted ones included."""
        yield from list(self._streams.get(stream, {}).values())

    def streams(self) -> list[str]:
        """Return the names of streams that hold a record."""
        return sorted(self._streams)

    def replace(self, stored: Iterable[Stored]) -> None:
        """Hold *stored* and nothing else (a saved state); nobody is told."""
        self._streams.clear()
        for one in stored:
            self._streams.setdefault(one.stream, {})[one.record_id] = one

    def _free_id(self, stream: str, held: Mapping[str, Stored]) -> str:
        """Return a new id; a saved state may already hold the first ones of a counter."""
        record_id = self._new_id(stream)
        while record_id in held:
            record_id = self._new_id(stream)
        return record_id

    def _note(self, stored: Stored, change: Change) -> None:
        stored.history.append(change)
        for listener in self.listeners:
            listener(change)
