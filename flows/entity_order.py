"""In which order entities are written: parents before children, as the mappings' relations say. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from mapping.compile import CompiledMapping


def entity_order(mappings: Iterable[CompiledMapping], entities: Iterable[str]) -> tuple[str, ...]:
    """Return *entities*, those that others refer to first; ties (and circles) by name."""
    mappings = list(mappings)
    emitted = {mapping.stream: {emit.entity for emit in mapping.emits} for mapping in mappings}
    parents: dict[str, set[str]] = {entity: set() for entity in sorted(entities)}
    for mapping in mappings:
        for emit in mapping.emits:
            for relation in emit.relations.values():
                if relation.to is not None:
                    parents.setdefault(emit.entity, set()).update(emitted.get(relation.stream, set()) - {emit.entity})
    try:
        return tuple(TopologicalSorter(parents).static_order())
    except CycleError:
        return tuple(sorted(parents))
