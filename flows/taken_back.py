"""What puts back what stood in a record before a write of the hub that was taken back. Pure.

Room: flows. A field is put back only where it still shows what that write left there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flows.partial_writes import shows
from golden_record.store.holds import HeldField
from golden_record.store.outbox import FieldWrite
from mapping.canonical import canonical
from mapping.changes import FieldChange, with_changes
from mapping.compile import CompiledMapping
from mapping.pull import field_state
from mapping.system_path import Absent, system_path

UNDONE = "undone"
"""Why a field is left alone: a write there was taken back; also the rule by which a value is put back."""


def restoring(profile_field: str, held: HeldField, payload: Mapping[str, Any]) -> Iterator[FieldChange]:
    """Yield what puts the field back; nothing where any part of it shows something else than the write left there."""
    if all(shows(raw(payload, path), left) for path, (left, _before) in held.restore.items()):
        for path, (_left, before) in held.restore.items():
            now = raw(payload, path)
            if now != before:
                yield FieldChange(profile_field, path, now, before)


def as_undone(change: FieldChange) -> FieldWrite:
    """Return the part of a write that puts a field back."""
    return FieldWrite(change.old, change.new, change.profile_field, "", UNDONE)


def keys_after(
    mapping: CompiledMapping, emit: int, payload: Mapping[str, Any], changes: Sequence[FieldChange]
) -> dict[str, tuple[str, ...]]:
    """Return profile field -> canonical values that the record shows there once *changes* are made."""
    fields = mapping.emits[emit].fields
    after = with_changes(payload, changes)
    return {
        name: tuple(canonical(one.value.value) for one in field_state(fields[name], after).values if one.value.valid)
        for name in sorted({change.profile_field for change in changes} & fields.keys())
    }


def raw(payload: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 (JSON)
    """Return what a record shows under a path; None where it carries nothing there."""
    found = system_path(path).read(payload)
    return None if isinstance(found, Absent) else found
