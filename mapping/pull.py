"""Pull: make of one source record the entities that its mapping emits.

Room: mapping; pure. A value that cannot be normalised is kept as it came and marked; only a record without an id
is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mapping.compile import DELETED_AT, MERGED_INTO, CompiledEmit, CompiledField, CompiledMapping
from mapping.instants import instant
from mapping.read_values import MAX_ELEMENTS, Values
from mapping.slots import Slot
from mapping.system_path import Absent, SystemPath
from mapping.values import BECAME, Emitted, FieldState, MappingError, NormalisedRecord, Reference, Slotted

ABSENT_STATE = FieldState("absent")


def pull(mapping: CompiledMapping, record: object) -> NormalisedRecord:
    """Return what *mapping* makes of *record*.

    Fields of an entity that the record does not carry are `absent`; an entity whose `when` or `needs` does not hold
    is not emitted. `issues` are codes of the record as a whole: `modified_unreadable`, `<field>:too_many_values`.

    Raises:
        MappingError: *record* is no object, or has no id.
    """
    if not isinstance(record, Mapping):
        raise MappingError(f"a record of {mapping.stream} is a {type(record).__name__}, not an object")
    record_id = record_id_of(mapping, record)
    issues: list[str] = []
    emits = tuple(_emitted(mapping, record_id, record, issues))
    return NormalisedRecord(
        record_id=record_id,
        modified_at=_modified(mapping, record, issues),
        deleted=bool(record.get(DELETED_AT)) or (mapping.deleted is not None and mapping.deleted(record)),
        merged_into=_id(record.get(MERGED_INTO)) or _id_at(mapping.merged_into, record),
        emits=emits,
        issues=tuple(issues),
    )


def record_id_of(mapping: CompiledMapping, record: Mapping[str, Any]) -> str:
    """Return the record's id as text.

    Raises:
        MappingError: there is none.
    """
    record_id = _id_at(mapping.key, record)
    if record_id is None:
        raise MappingError(f"a record of {mapping.stream} has no id under `{mapping.key.text}`")
    return record_id


def field_state(field: CompiledField, record: Mapping[str, Any]) -> FieldState:
    """Return what *record* shows in *field*."""
    if field.when is not None and not field.when(record):
        return ABSENT_STATE
    carried = False
    values: list[Slotted] = []
    null_slots: list[str] = []
    for slot in field.pull_slots:
        raw = slot.read(record)
        if isinstance(raw, Absent):
            continue
        carried = True
        found = field.read(raw)
        if found:
            values += _slotted(slot, found)
        else:
            null_slots.append(slot.name)
    if not carried:
        return ABSENT_STATE
    if not values and field.default:
        return FieldState(
            "value", tuple(Slotted("", value) for value in field.default), tuple(null_slots), derived=True
        )
    if not values:
        return FieldState("null", null_slots=tuple(null_slots), derived=field.derived)
    shown = values[:MAX_ELEMENTS] if field.many else [_first_of(values)]
    return FieldState("value", tuple(shown), tuple(null_slots), field.derived)


def _emitted(
    mapping: CompiledMapping, record_id: str, record: Mapping[str, Any], issues: list[str]
) -> Iterator[Emitted]:
    emitted: list[tuple[CompiledEmit, dict[str, FieldState]]] = []
    for emit in mapping.emits:
        if emit.when is not None and not emit.when(record):
            continue
        states = {name: field_state(field, record) for name, field in emit.fields.items()}
        if emit.needs and not any(states[name].presence == "value" for name in emit.needs if name in states):
            continue
        issues += [f"{name}:too_many_values" for name, state in states.items() if len(state.values) >= MAX_ELEMENTS]
        emitted.append((emit, states))
    for emit, states in emitted:
        references = list(_references(emit, record))
        if emit is emitted[0][0] and emit.place == 0:
            references += [
                Reference(other.relation, mapping.stream, record_id, other.place)
                for other, _ in emitted
                if other.relation is not None
            ]
        yield Emitted(emit.place, emit.entity, states, tuple(references), _became(emit, record))


def _references(emit: CompiledEmit, record: Mapping[str, Any]) -> Iterator[Reference]:
    for relation in emit.relations.values():
        related = _id_at(relation.pull, record)
        if related is not None:
            yield Reference(relation.name, relation.stream, related)


def _became(emit: CompiledEmit, record: Mapping[str, Any]) -> Reference | None:
    related = _id_at(emit.became.pull, record) if emit.became is not None else None
    return Reference(BECAME, emit.became.stream, related) if emit.became is not None and related is not None else None


def _slotted(slot: Slot, found: Values) -> Iterator[Slotted]:
    if slot.listed:
        return (Slotted(f"{slot.name}[{place}]", value) for place, value in enumerate(found))
    return (Slotted(slot.name, value) for value in found)


def _first_of(values: list[Slotted]) -> Slotted:
    """Take the first valid value; a record that shows only invalid ones shows its first."""
    return next((slotted for slotted in values if slotted.value.valid), values[0])


def _modified(mapping: CompiledMapping, record: Mapping[str, Any], issues: list[str]) -> datetime | None:
    if mapping.modified is None:
        return None
    raw = mapping.modified.read(record)
    if isinstance(raw, Absent) or raw is None or raw == "":
        return None
    moment = instant(raw, mapping.zone)
    if moment is None:
        issues.append("modified_unreadable")
    return moment


def _id_at(path: SystemPath | None, record: Mapping[str, Any]) -> str | None:
    return _id(path.read(record)) if path is not None else None


def _id(raw: object) -> str | None:
    """Return an id as text: a text, or a whole number. Anything else is none."""
    if isinstance(raw, str):
        return raw.strip() or None
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    return None
