"""What a text would make of a few stored records, and what it would have to read again; nothing is kept of it.

Room: flows. Whoever may try texts may not see customers' values, and a text can point any field at any path. So a value
is shown only as its type masks it, or as a word of a closed list; a field that is mapped otherwise than in force is
masked more strictly, and ids of other records are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from flows.hub import Hub
from flows.mapping_diff import with_mappings
from flows.mapping_texts import check_text, mistakes_json
from flows.mapping_versions import Key
from flows.profile_view import masked
from flows.project import Made
from flows.remapping import forecast
from golden_record.store import source_records
from mapping.compile import CompiledField
from mapping.pull import pull
from mapping.values import FieldValue, Json, MappingError

MOST = 5
"""Records that a text is tried on."""
_CLOSED = frozenset({"boolean", "country"})
"""Types of few values, which name nobody."""


def try_text(hub: Hub, key: Key, text: str) -> dict[str, Any]:
    """Return what a text would make of stored records.

    Returns:
        `{"ok", "mistakes": [{"line", "path", "level", "message", "cure"}], "items": [{"id", "error", "deleted",
        "issues", "emits": [{"entity", "fields": [{"field", "value", "valid", "issues"}]}]}], "again": {"records",
        "fetch", "paths"} or None}`; *again*: stored records to be read again, and from the system, since it newly names
        these paths.
    """
    checked = check_text(hub, key, text)
    said = {"ok": checked.ok, "mistakes": mistakes_json(checked.mistakes), "items": [], "again": None}
    if checked.made is None:
        return said
    with hub.store.read() as connection:
        found = source_records.stream_shadows(connection, hub.store.vault, *key)
        records = [(one.record_id, one.payload) for one in islice(found, MOST)]
    said["items"] = [_tried(hub, key, checked.made, record_id, payload) for record_id, payload in records]
    said["again"] = _again(hub, key, checked.made)
    return said


def _again(hub: Hub, key: Key, made: Made) -> dict[str, Any] | None:
    edited = with_mappings(hub, {key: made})
    for one in forecast(edited, [edited.systems[key[0]]]):
        if one.stream == key[1]:
            return {"records": one.records, "fetch": one.fetch, "paths": list(one.paths)}
    return None


def _tried(hub: Hub, key: Key, made: Made, record_id: str, payload: Any) -> dict[str, Any]:  # noqa: ANN401 (a record)
    said: dict[str, Any] = {"id": record_id, "error": None, "deleted": False, "issues": [], "emits": []}
    try:
        record = pull(made[1], payload)
    except MappingError as wrong:
        return said | {"error": str(wrong)}
    said |= {"deleted": record.deleted, "issues": list(record.issues)}
    for emitted in record.emits:
        rows = [
            {"field": name, "value": shown, "valid": value.valid, "issues": list(value.issues)}
            for name, state in emitted.fields.items()
            for value, shown in _values(hub, key, made, emitted.emit, name, [one.value for one in state.values])
        ]
        said["emits"].append({"entity": emitted.entity, "fields": rows})
    return said


def _values(  # noqa: PLR0913 (a field's place)
    hub: Hub, key: Key, made: Made, place: int, name: str, values: list[FieldValue]
) -> Iterator[tuple[FieldValue, Json]]:
    field = made[1].emits[place].fields[name]
    entity = made[1].emits[place].entity
    as_before = _as_in_force(hub, key, made, place, name)
    for value in values:
        plainly = as_before and value.valid  # what is no mail address hides nothing when it is masked as one
        yield value, (masked(hub)(entity, name, value.value) if plainly else strictly(hub, entity, field, value))


def _as_in_force(hub: Hub, key: Key, made: Made, place: int, name: str) -> bool:
    """Whether the field reads what it reads in force: then nothing is shown that pages do not show anyway."""
    before = hub.project.written.get(key)
    if before is None or place >= len(before.emits) or before.emits[place].entity != made[0].emits[place].entity:
        return False
    return before.emits[place].fields.get(name) == made[0].emits[place].fields[name]


def strictly(hub: Hub, entity: str, field: CompiledField, value: FieldValue) -> str:
    """Return a value of a field that reads something new: as its type masks it where that hides a part, else hidden."""
    if not value.valid or value.value is None:
        return "***"
    said, hidden = str(value.value), field.type.mask(value)
    shape = hub.project.profile.field(entity, field.name)
    if field.type.name in _CLOSED or (shape is not None and said in {str(one) for one in shape.choices()}):
        return hidden
    return hidden if "*" in hidden and said not in hidden else "***"
