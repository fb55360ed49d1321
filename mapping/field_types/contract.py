"""What a field type is: one file each in this folder, found by name through `mapping.field_types.registry`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mapping.values import FieldValue, Json


@dataclass(frozen=True, slots=True)
class FieldContext:
    """What a field type may know beside the raw value.

    *region* ISO 3166-1 alpha-2 of the system (or of the record, where the mapping says so); *timezone* IANA name
    of the system; *options* the field's own settings from profile.yaml or the mapping (`order: dmy`,
    `choices: [...]`, `placeholders: [...]`).
    """

    region: str = "CN"
    timezone: str = "Asia/Shanghai"
    options: Mapping[str, Json] = field(default_factory=dict)


class FieldType(Protocol):
    """What a kind of value is. Every method is pure, total (no input raises) and fast (tens of microseconds)."""

    name: str

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        """Return the values in *raw*: none for an empty one, several where one text holds several (two phones).

        *raw* is a JSON scalar, or a mapping of parts ({family, given}; {street, city, …}) where the mapping pulls
        by parts. What cannot be normalised comes back with valid=False, value=raw as text and the reason.
        Idempotent: normalising a valid result's value gives that value again.
        """

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return the match features of a value; without `key` where it is no evidence by itself.

        Such a value may still support another (the family name of 王先生, a city without a door), and finds nobody.
        `key` at least (lossy: folded, simplified), and what this type's comparison levels need (`pinyin`, `family`,
        `given`, `sorted`, `domain`, `core`, `place`, …).
        """

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return the texts under which records with a similar value are found; empty where it is no evidence."""

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return what is pushed: the whole value, or one *part* of it (`family`, `national`, `city`).

        normalise(render(v)) gives v again (for a part: together with the other parts).
        """

    def mask(self, value: FieldValue) -> str:
        """Return the value with its personal core hidden (138****8000)."""

    def show(self, value: FieldValue) -> str:
        """Return the value as a person reads it."""
