"""Where a profile field stands in a system: the paths that are read and written, and what is special about it.

Room: mapping; pure. What docs/fields-across-systems.md and the console's table of fields are made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mapping.compile import CompiledField
from mapping.language import FieldMapping
from mapping.slots import Slot

BOTH, READ, WRITTEN = "⇄", "←", "→"


@dataclass(frozen=True, slots=True)
class Stands:
    """One place of a field in a stream: *paths* that are together one value, and which way it goes."""

    arrow: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A field in one stream: its places, and *notes*: `if_empty`, `shown`; *format* that the system writes it in."""

    places: tuple[Stands, ...]
    notes: tuple[str, ...]
    format: str | None

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        places = [{"arrow": one.arrow, "paths": list(one.paths)} for one in self.places]
        return {"places": places, "notes": list(self.notes), "format": self.format}


def standing(field: CompiledField, written: FieldMapping) -> Standing:
    """Return where a field stands in the stream of its mapping."""
    places = [_place(slot, BOTH if slot.pushed else READ) for slot in field.pull_slots]
    places += [_place(slot, WRITTEN) for slot in field.push_slots if slot not in field.pull_slots]
    notes = [word for word, holds in (("if_empty", field.only_if_empty), ("shown", field.derived)) if holds]
    return Standing(tuple(places), tuple(notes), str(written.format) if written.format else None)


def _place(slot: Slot, arrow: str) -> Stands:
    return Stands(arrow, tuple(dict.fromkeys(path.text for path in slot.paths())))
