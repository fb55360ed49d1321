"""Run the examples of a mapping: what its records must give, and what must be written.

Room: mapping; pure. Examples are invented, so their values may be shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mapping.canonical import canonical
from mapping.changes import FieldChange, new_fields
from mapping.compile import CompiledEmit, CompiledField, CompiledMapping
from mapping.language import Example
from mapping.pull import pull
from mapping.push import changes
from mapping.values import FieldState, FieldValue, Json, MappingError, NormalisedRecord


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise than an example (counted from 1) says."""

    example: int
    where: str
    expected: Json
    got: Json

    def __str__(self) -> str:
        expected, got = _shown(self.expected), _shown(self.got)
        return f"example {self.example}, {self.where}:\n  - expected {expected}\n  + got      {got}"


def check_examples(mapping: CompiledMapping, examples: list[Example]) -> list[Difference]:
    """Return every difference between what *examples* say and what *mapping* does; none where all is well."""
    return [difference for number, example in enumerate(examples, 1) for difference in _check(mapping, number, example)]


def _check(mapping: CompiledMapping, number: int, example: Example) -> Iterator[Difference]:
    if example.gives:
        try:
            pulled = pull(mapping, {} if example.record is None else example.record)
        except MappingError as wrong:
            yield Difference(number, "record", "a usable record", str(wrong))
            return
        for entity, fields in example.gives.items():
            yield from _check_gives(pulled, number, entity, fields)
    if example.wants or example.writes is not None:
        yield from _check_writes(mapping, number, example)


def _check_gives(
    pulled: NormalisedRecord, number: int, entity: str, fields: Mapping[str, Any] | None
) -> Iterator[Difference]:
    emitted = next((emit for emit in pulled.emits if emit.entity == entity), None)
    if fields is None or emitted is None:
        if (fields is None) != (emitted is None):
            expected, got = ("not emitted", "emitted") if fields is None else ("emitted", "not emitted")
            yield Difference(number, entity, expected, got)
        return
    for name, expected in fields.items():
        state = emitted.fields.get(name)
        shown: Json = "not mapped" if state is None else _given(state, listed=isinstance(expected, list))
        if canonical(shown) != canonical(expected):
            yield Difference(number, f"{entity}.{name}", expected, shown)


def _given(state: FieldState, *, listed: bool) -> Json:
    values = [slotted.value.value for slotted in state.values if slotted.value.valid]
    if listed or len(values) > 1:
        return values
    return values[0] if values else None


def _check_writes(mapping: CompiledMapping, number: int, example: Example) -> Iterator[Difference]:
    found: list[FieldChange] = []
    for emit in mapping.emits:
        wanted = example.wants.get(emit.entity)
        if wanted is not None:
            found += changes(mapping, emit.place, _desired(emit, wanted), example.record).changes
    expected, got = example.writes or {}, new_fields(found)
    for name in dict.fromkeys([*expected, *got]):
        if name not in got:
            yield Difference(number, f"writes.{name}", expected[name], "not written")
        elif name not in expected:
            yield Difference(number, f"writes.{name}", "not written", got[name])
        elif canonical(got[name]) != canonical(expected[name]):
            yield Difference(number, f"writes.{name}", expected[name], got[name])


def _desired(emit: CompiledEmit, wanted: Mapping[str, Any]) -> dict[str, tuple[FieldValue, ...]]:
    return {name: _values(emit.fields[name], value) for name, value in wanted.items() if name in emit.fields}


def _values(field: CompiledField, written: Any) -> tuple[FieldValue, ...]:  # noqa: ANN401 (YAML data)
    items = written if isinstance(written, list) else [] if written is None else [written]
    return tuple(value for item in items for value in field.type.normalise(item, field.context))


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
