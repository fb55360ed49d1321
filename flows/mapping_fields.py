"""The table of fields across all systems, from the project's own mappings as their files lie now. Room: flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.hub import Hub
from flows.project import Made, with_mapping_files_of_now
from mapping.field_table import standing


def fields_json(hub: Hub) -> dict[str, Any]:
    """Return where each profile field stands in every system.

    Returns:
        `{"systems": [name], "broken": ["system/stream"], "entities": [{"name", "label", "fields": [{"name", "label",
        "type", "many", "systems": {system: [{"stream", "places": [{"arrow", "paths"}], "notes", "format"}]}}]}]}`;
        a label is `{"en", "zh"}` or None; a mapping that cannot be used is among the broken ones.
    """
    project = with_mapping_files_of_now(hub.project)
    made = {key: (project.written[key], project.compiled[key]) for key in project.compiled}
    entities = [
        {
            "name": name,
            "label": entity.label.model_dump() if entity.label else None,
            "fields": [
                {
                    "name": field,
                    "label": shape.label.model_dump() if shape.label else None,
                    "type": shape.type,
                    "many": shape.many,
                    "systems": _cells(made, name, field),
                }
                for field, shape in entity.fields.items()
            ],
        }
        for name, entity in project.profile.root.items()
    ]
    broken = ["/".join(key) for key in project.broken]
    return {"systems": list(project.hub.systems), "broken": broken, "entities": entities}


def _cells(every: Mapping[tuple[str, str], Made], entity: str, field: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for (system, stream), (written, compiled) in every.items():
        for emit in compiled.emits:
            if emit.entity == entity and field in emit.fields:
                stands = standing(emit.fields[field], written.emits[emit.place].fields[field])
                found.setdefault(system, []).append({"stream": stream} | stands.to_json())
    return found
