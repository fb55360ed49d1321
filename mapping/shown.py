"""What a record shows in every field that its mapping knows by a plain path: all that goes with it when it goes.

Room: mapping; pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mapping.changes import FieldChange
from mapping.compile import CompiledMapping
from mapping.system_path import Absent


def shown_fields(mapping: CompiledMapping, payload: Mapping[str, Any]) -> list[FieldChange]:
    """Return each field that the record carries as the change that empties it, whatever entity it belongs to.

    Empty ones are among them: what people fill in meanwhile is an edit like any other. No field comes twice.
    """
    found: dict[str, FieldChange] = {}
    for profile_field, path in _paths(mapping):
        held = path.read(payload)
        if path.text not in found and not isinstance(held, Absent):
            found[path.text] = FieldChange(profile_field, path.text, held, None)
    return [one for name, one in found.items() if not any(_within(name, other) for other in found)]


def _paths(mapping: CompiledMapping) -> Iterator[tuple[str, Any]]:
    for emit in mapping.emits:
        for name, field in emit.fields.items():
            for slot in (*field.pull_slots, *field.push_slots):
                yield from ((name, path) for path in slot.paths() if path.steps is not None)


def _within(name: str, other: str) -> bool:
    """Say whether a path leads into what another one holds whole: once is enough."""
    return name.startswith(f"{other}.")
