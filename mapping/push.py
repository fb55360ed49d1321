"""Push: what would have to change in one record so that it shows what the profile says.

Room: mapping; pure. The record is compared after normalising: what differs only in writing is no change, unless the
mapping says `reformat`. A field that the profile says nothing about is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mapping.changes import Changes, FieldChange, Overflow, Unpushable, with_changes
from mapping.compile import CompiledEmit, CompiledField, CompiledMapping
from mapping.push_many import changes_of_many
from mapping.push_one import changes_of_one
from mapping.system_path import Absent
from mapping.values import FieldValue, Json

NOTHING: Final[Mapping[str, Any]] = {}
NONE_REFUSED: Final[frozenset[str]] = frozenset()

Desired = Mapping[str, tuple[FieldValue, ...]]
Outcome = FieldChange | Overflow | Unpushable


def changes(
    mapping: CompiledMapping,
    emit: int,
    desired: Desired,
    current: Mapping[str, Any] | None,
    refused: Mapping[str, frozenset[str]] = NOTHING,
) -> Changes:
    """Return what must be written to one record for entity number *emit* of the mapping.

    Args:
        mapping: the stream's mapping.
        emit: the entity's place in `emits`.
        desired: profile field -> values in order of importance; () means that the field must become empty; a field
            that is not in it is left alone.
        current: the record as last seen (raw, at least the mapped paths); None for a record to be created.
        refused: profile field -> canonical texts (`mapping.canonical`) of values that must not be put in.

    Never raises for any value in *desired* or *current*. Applying the changes and calling again gives no changes.
    """
    compiled = mapping.emits[emit]
    record = NOTHING if current is None else current
    if current is not None and compiled.when is not None and not compiled.when(current):
        return Changes(unpushable=tuple(_not_emitted(compiled, desired)))
    found: list[Outcome] = []
    for name, field in compiled.fields.items():
        values = desired.get(name)
        if values is None or not field.push_slots:
            continue
        if current is not None and field.when is not None and not field.when(current):
            continue
        if field.only_if_empty and _shows_something(field, record):
            continue
        outcome = list(_field_changes(field, values, record, refused.get(name, NONE_REFUSED), mapping.required))
        found += _never_blank(field, outcome, record) if field.never_blank and current is not None else outcome
    return Changes(
        changes=tuple(item for item in found if isinstance(item, FieldChange)),
        overflow=tuple(item for item in found if isinstance(item, Overflow)),
        unpushable=tuple(item for item in found if isinstance(item, Unpushable)),
    )


def reference_change(
    mapping: CompiledMapping, emit: int, relation: str, record_id: str, current: Mapping[str, Any] | None
) -> FieldChange | None:
    """Return the change that makes *relation* point to *record_id*; None where it does already, or is only read."""
    compiled = mapping.emits[emit].relations.get(relation)
    if compiled is None or compiled.to is None:
        return None
    record = NOTHING if current is None else current
    if compiled.pull is not None and _as_id(compiled.pull.read(record)) == record_id:
        return None
    old = compiled.to.read(record)
    new = _filled(compiled.shape, record_id)
    old = None if isinstance(old, Absent) else old
    return None if old == new else FieldChange(relation, compiled.to.text, old, new)


def creation_gaps(mapping: CompiledMapping, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the required fields of the system that *payload*, meant to create a record, does not fill."""
    return tuple(sorted(name for name in mapping.required if payload.get(name.split(".")[0]) in (None, "", [], {})))


def _field_changes(
    field: CompiledField,
    values: tuple[FieldValue, ...],
    record: Mapping[str, Any],
    refused: frozenset[str],
    required: frozenset[str],
) -> Iterator[Outcome]:
    valid = tuple(value for value in values if value.valid)
    yield from (Unpushable(field.name, value, "invalid") for value in values if not value.valid)
    if values and not valid:
        return
    if field.many:
        yield from changes_of_many(field, valid, record, refused, required)
    else:
        yield from changes_of_one(field, valid, record, refused, required)


def _never_blank(field: CompiledField, outcome: list[Outcome], record: Mapping[str, Any]) -> list[Outcome]:
    """Return *outcome* without its changes where they would leave a field empty that shows something now."""
    made = [one for one in outcome if isinstance(one, FieldChange)]
    if not made or not _shows_something(field, record) or _shows_something(field, with_changes(record, made)):
        return outcome
    return [*(one for one in outcome if not isinstance(one, FieldChange)), Unpushable(field.name, None, "never_blank")]


def _not_emitted(compiled: CompiledEmit, desired: Desired) -> Iterator[Unpushable]:
    for name, values in desired.items():
        if name in compiled.fields and compiled.fields[name].pushed:
            yield Unpushable(name, values[0] if values else None, "not_emitted")


def _shows_something(field: CompiledField, record: Mapping[str, Any]) -> bool:
    return any(field.read(slot.read(record)) for slot in (*field.pull_slots, *field.push_slots))


def _as_id(raw: object) -> str | None:
    return str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else None


def _filled(shape: Json, record_id: str) -> Json:
    if shape == "$id":
        return record_id
    if shape == "$id_number":
        return int(record_id) if record_id.isdigit() else record_id
    if isinstance(shape, Mapping):
        return {key: _filled(inner, record_id) for key, inner in shape.items()}
    if isinstance(shape, list | tuple):
        return [_filled(inner, record_id) for inner in shape]
    return shape
