"""Push a field that holds one value: find its slot, and write it there if the record shows anything else.

Room: mapping; pure; a part of `push`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mapping.canonical import canonical
from mapping.changes import FieldChange, Overflow, Unpushable
from mapping.compile import CompiledField
from mapping.read_values import Values
from mapping.slots import Slot
from mapping.system_path import Absent, SystemPath
from mapping.values import FieldValue, Json
from mapping.write_values import is_empty, render

Outcome = FieldChange | Overflow | Unpushable


def changes_of_one(
    field: CompiledField,
    values: Values,
    record: Mapping[str, Any],
    refused: frozenset[str],
    required: frozenset[str],
) -> Iterator[Outcome]:
    """Yield what must change so that *record* shows the first of *values*, or nothing where there is none."""
    if not values:
        yield from _emptied(field, record, required)
        return
    value = values[0]
    yield from (Overflow(field.name, extra) for extra in values[1:])
    slot, shown = _standing(field, record)
    if shown is not None and canonical(shown.value) == canonical(value.value) and not field.reformat:
        return
    if canonical(value.value) in refused:
        yield Unpushable(field.name, value, "refused")
        return
    if slot is None:
        yield Unpushable(field.name, value, "read_only_place")
        return
    yield from write_slot(field, slot, value, record, required)


def write_slot(
    field: CompiledField, slot: Slot, value: FieldValue, record: Mapping[str, Any], required: frozenset[str]
) -> Iterator[Outcome]:
    """Yield what must change so that *slot* shows *value*; nothing where it does already.

    A record that would read the same after the write as it does now is not written either: where a system can hold
    a value only roughly (an address as one text), that keeps the push from being repeated for ever.
    """
    held = field.read(slot.read(record))
    if _same(held, (value,)) and not field.reformat:
        return
    contents = _contents(field, slot, value, required)
    if isinstance(contents, Unpushable):
        yield contents
    elif field.reformat or _fills(field, held, contents) or not _same(held, _read_after(field, slot, contents, record)):
        for path, content in contents.items():
            yield from _change(field, path, record, content)


def _fills(field: CompiledField, held: Values, contents: Mapping[SystemPath, Json]) -> bool:
    """Whether *contents* surely show something where nothing is shown: no need then to read what they would show.

    By the contract of field types what a valid value renders to reads as a value; only the mapping's blanks do not.
    """
    return not held and any(
        isinstance(content, str) and bool(text := content.strip()) and text not in field.blanks
        for content in contents.values()
    )


def empty_slot(
    field: CompiledField, slot: Slot, record: Mapping[str, Any], required: frozenset[str]
) -> Iterator[Outcome]:
    """Yield what must change so that *slot* shows nothing."""
    targets = [path for path in slot.targets() if not is_empty(_content(path, record))]
    if any(path.text in required for path in targets):
        yield Unpushable(field.name, None, "required")
        return
    yield from (FieldChange(field.name, path.text, _content(path, record), None) for path in targets)


def _emptied(field: CompiledField, record: Mapping[str, Any], required: frozenset[str]) -> Iterator[Outcome]:
    """Empty every slot with a valid value; text that no field type understands is people's and stays."""
    for slot in dict.fromkeys((*field.pull_slots, *field.push_slots)):
        held = field.read(slot.read(record))
        if not any(value.valid for value in held):
            continue
        if slot.pushed:
            yield from empty_slot(field, slot, record, required)
        else:
            yield Unpushable(field.name, held[0], "read_only_place")


def _standing(field: CompiledField, record: Mapping[str, Any]) -> tuple[Slot | None, FieldValue | None]:
    """Return the slot to write, and the value that the record shows now.

    The value is what a pull takes: the first valid one. It is replaced where it stands; where that place is only
    read, the first slot that a pull looks at before it takes the new value.
    """
    for place, slot in enumerate(field.pull_slots):
        shown = next((value for value in field.read(slot.read(record)) if value.valid), None)
        if shown is None:
            continue
        if slot.pushed:
            return slot, shown
        earlier = (before for before in field.pull_slots[:place] if before.pushed)
        unseen = (other for other in field.push_slots if not other.pulled)
        return next(earlier, next(unseen, None)), shown
    return field.push_slots[0], None


def _contents(
    field: CompiledField, slot: Slot, value: FieldValue, required: frozenset[str]
) -> dict[SystemPath, Json] | Unpushable:
    """Return what *value* puts where, or why it cannot go there."""
    if not slot.push_parts:
        whole = render(field, value)
        if whole.why is not None or slot.path is None:
            return Unpushable(field.name, value, whole.why or "read_only_place")
        return {slot.path: whole.content}
    parts = {path: render(field, value, part) for part, path in slot.push_parts}
    why = next((rendered.why for rendered in parts.values() if rendered.why is not None), None)
    if why is not None:
        return Unpushable(field.name, value, why)
    contents: dict[SystemPath, Json] = {path: rendered.content for path, rendered in parts.items()}
    missing = [path for path, content in contents.items() if content is None and path.text in required]
    if not missing and any(content is not None for content in contents.values()):
        return contents
    # a name without a family part still needs its mandatory field: the whole goes there
    whole = render(field, value)
    if whole.why is not None:
        return Unpushable(field.name, value, whole.why)
    home = missing[0] if missing else slot.push_parts[0][1]
    return {path: whole.content if path is home else None for path in contents}


def _read_after(
    field: CompiledField, slot: Slot, contents: Mapping[SystemPath, Json], record: Mapping[str, Any]
) -> Values:
    if slot.path is not None:
        return field.read(contents.get(slot.path))
    return field.read(
        {part: contents[path] if path in contents else _content(path, record) for part, path in slot.parts}
    )


def _same(left: Values, right: Values) -> bool:
    return [(value.valid, canonical(value.value)) for value in left] == [
        (value.valid, canonical(value.value)) for value in right
    ]


def _change(field: CompiledField, path: SystemPath, record: Mapping[str, Any], content: Json) -> Iterator[FieldChange]:
    old = _content(path, record)
    if old != content and not (is_empty(old) and is_empty(content)):
        yield FieldChange(field.name, path.text, old, content)


def _content(path: SystemPath, record: Mapping[str, Any]) -> Json:
    raw = path.read(record)
    return None if isinstance(raw, Absent) else raw
