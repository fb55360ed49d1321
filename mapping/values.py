"""The values that travel through the hub: what a field type makes of one raw value.

Three layers per value: *raw* (as it came), *value* (shown and pushed), *features* (only for matching;
made by the field type from the value, never stored in clear).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""A JSON value."""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One value of one field, normalised.

    *value* is canonical JSON: equal values are equal JSON. *parts* are what pushing by parts needs
    (family, given, extension, …); they never decide equality. *issues* are codes such as `no_area_code`.
    *valid* False: kept as it came (then *value* is the raw text), never pushed, never evidence.
    *evidence* False: valid, but says nothing about identity (placeholder, switchboard, 400 number, role name).
    """

    value: Json
    raw: Json = None
    parts: Mapping[str, str] = field(default_factory=dict, compare=False)
    issues: tuple[str, ...] = ()
    valid: bool = True
    evidence: bool = True


@dataclass(frozen=True, slots=True)
class Slotted:
    """A value and the slot of its record that it stood in (`Mobile`, `tags[2]`); "" where slots mean nothing."""

    slot: str
    value: FieldValue


Presence = Literal["absent", "null", "value"]
"""absent: the record did not carry the field. null: it carried it, empty. The two are not the same."""


@dataclass(frozen=True, slots=True)
class FieldState:
    """What one record shows in one profile field: no value, one, or (for `many` fields) several in slot order.

    *null_slots* names the slots that the record carried empty, so that an emptied slot can be told from one not sent.
    *derived*: the system fills the field by itself, so that a change in it is nobody's edit.
    """

    presence: Presence
    values: tuple[Slotted, ...] = ()
    null_slots: tuple[str, ...] = ()
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A relation to another source record of the same system: `employer` -> Accounts/42.

    Where it points to an entity emitted by the same record, *emit* is that entity's place.
    """

    relation: str
    stream: str
    record_id: str
    emit: int = 0


BECAME: Final = "became"
"""The relation of a record to the one of the same system that it was turned into (a converted lead's contact)."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """One entity that a record emits. *emit* is its place in the mapping's `emits` list.

    *became* is the record that it was turned into; its relation is BECAME.
    """

    emit: int
    entity: str
    fields: Mapping[str, FieldState]
    references: tuple[Reference, ...] = ()
    became: Reference | None = None


@dataclass(frozen=True, slots=True)
class NormalisedRecord:
    """What a mapping makes of one source record."""

    record_id: str
    modified_at: datetime | None
    deleted: bool
    merged_into: str | None
    emits: tuple[Emitted, ...]
    issues: tuple[str, ...] = ()


class MappingError(Exception):
    """A record that no mapping can use (no id, not an object). Text names the cause, never the values."""
