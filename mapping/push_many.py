"""Push a field that holds several values: into slots that stay as they are, and lists that keep people's order.

Room: mapping; pure; a part of `push`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mapping.canonical import canonical
from mapping.changes import FieldChange, Overflow, Unpushable
from mapping.compile import CompiledField
from mapping.place import Placement, Standing, place
from mapping.push_one import empty_slot, write_slot
from mapping.read_values import Values
from mapping.slots import Slot
from mapping.system_path import Absent
from mapping.values import FieldValue, Json
from mapping.write_values import is_empty, render

Outcome = FieldChange | Overflow | Unpushable


def changes_of_many(
    field: CompiledField,
    values: Values,
    record: Mapping[str, Any],
    refused: frozenset[str],
    required: frozenset[str],
) -> Iterator[Outcome]:
    """Yield what must change so that *record* shows just *values*; what fits nowhere is overflow."""
    wanted = {canonical(value.value): value for value in values}
    listed = next((slot for slot in field.push_slots if _holds_list(field, slot)), None)
    single = [slot for slot in dict.fromkeys((*field.push_slots, *field.pull_slots)) if slot is not listed]
    shown = {slot.name: field.read(slot.read(record)) for slot in single}
    in_single = {canonical(value.value): value for held in shown.values() for value in held if value.valid}
    in_list = _in_list(field, listed, record)
    new: dict[str, FieldValue] = {}
    for element, value in wanted.items():
        if element in in_single or element in in_list:
            continue
        why = "refused" if element in refused else render(field, value).why
        if why is None:
            new[element] = value
        else:
            yield Unpushable(field.name, value, why)
    at_home = {element: value for element, value in wanted.items() if element in in_single or element in new}
    placement = place([_standing(slot, shown[slot.name]) for slot in single], at_home)
    yield from _write_single(field, single, placement, wanted, record, required)
    yield from (Unpushable(field.name, in_single[element], "read_only_place") for element in placement.stuck)
    rest = [wanted[element] for element in placement.overflow]
    if listed is None:
        yield from (Overflow(field.name, value) for value in rest)
    else:
        yield from _write_list(field, listed, wanted, rest, record)


def _write_single(  # noqa: PLR0913 (what a placement needs to become changes)
    field: CompiledField,
    slots: Sequence[Slot],
    placement: Placement,
    wanted: Mapping[str, FieldValue],
    record: Mapping[str, Any],
    required: frozenset[str],
) -> Iterator[Outcome]:
    for slot in slots:
        if slot.name in placement.writes:
            element = placement.writes[slot.name]
            if element is None:
                yield from empty_slot(field, slot, record, required)
            else:
                yield from write_slot(field, slot, wanted[element], record, required)
        elif field.reformat and slot.pushed:
            held = field.read(slot.read(record))
            if len(held) == 1 and held[0].valid:
                yield from write_slot(field, slot, held[0], record, required)


def _write_list(
    field: CompiledField,
    slot: Slot,
    wanted: Mapping[str, FieldValue],
    rest: list[FieldValue],
    record: Mapping[str, Any],
) -> Iterator[Outcome]:
    """Yield the change of a list: what is wanted or not understood stays in its order, the new ones follow."""
    items = _items(field, slot, record)
    kept = [item for item in items if _stays(field.read(item), wanted)]
    added = [render(field, value).content for value in rest]
    if slot.path is None or (len(kept) == len(items) and not added):
        return
    old = slot.path.read(record)
    new: Json = [*kept, *added]
    if new == items:
        return
    if field.format is not None:
        new = field.format.encode(new, field.zone)
    yield FieldChange(field.name, slot.name, None if isinstance(old, Absent) else old, new)


def _stays(held: Values, wanted: Mapping[str, FieldValue]) -> bool:
    return any(not value.valid or canonical(value.value) in wanted for value in held) or not held


def _holds_list(field: CompiledField, slot: Slot) -> bool:
    return slot.listed or (field.format is not None and field.format.joins)


def _items(field: CompiledField, slot: Slot, record: Mapping[str, Any]) -> list[Any]:
    raw = slot.read(record)
    if isinstance(raw, Absent) or is_empty(raw):
        return []
    if field.format is not None and field.format.joins:
        raw = field.format.decode(raw, field.zone)
    return list(raw) if isinstance(raw, list | tuple) else [raw]


def _in_list(field: CompiledField, slot: Slot | None, record: Mapping[str, Any]) -> frozenset[str]:
    if slot is None:
        return frozenset()
    held = (value for item in _items(field, slot, record) for value in field.read(item))
    return frozenset(canonical(value.value) for value in held if value.valid)


def _standing(slot: Slot, held: Values) -> Standing:
    return Standing(
        name=slot.name,
        kind=slot.kind,
        writable=slot.pushed,
        elements=tuple(canonical(value.value) for value in held if value.valid),
        occupied=bool(held),
        garbled=any(not value.valid for value in held),
    )
