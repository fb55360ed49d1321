"""One value as the golden record keeps it, and when two of them are the same.

Room: golden_record, the pure half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mapping.canonical import canonical
from mapping.values import FieldValue, Json

_NO_PARTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Element:
    """A valid normalised value: *key* is its canonical JSON, by which equality is told."""

    key: str
    value: Json = field(compare=False)
    parts: Mapping[str, str] = field(default_factory=dict, compare=False)
    evidence: bool = field(default=True, compare=False)

    @classmethod
    def of(cls, value: FieldValue) -> Element:
        """Keep what a field type made."""
        return cls(canonical(value.value), value.value, value.parts, value.evidence)

    def to_field_value(self) -> FieldValue:
        """Return the form in which mappings push and field types compare."""
        return FieldValue(self.value, self.value, self.parts, evidence=self.evidence)

    def to_json(self) -> list[Any]:
        """Return the stored form."""
        return [self.value, dict(self.parts), self.evidence] if self.parts or not self.evidence else [self.value]

    @classmethod
    def from_json(cls, kept: list[Any]) -> Element:
        """Read the stored form."""
        value = kept[0]
        key = value if isinstance(value, str) else canonical(value)
        return cls(key, value, kept[1], kept[2]) if len(kept) > 1 else cls(key, value, _NO_PARTS)
