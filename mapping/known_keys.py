"""Find the keys that a model allows at a path, so that a slip of the pen gets a suggestion.

Room: mapping; pure. Walks the model's JSON Schema, and so works for every model of the project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from mapping.mistakes import DataPath

Schema = Mapping[str, Any]


def known_keys(model: type[BaseModel], path: DataPath) -> set[str]:
    """Return the names of the keys that *model* knows in the mapping at *path* of its data."""
    root = _schema_of(model)
    found: list[Schema] = [root]
    for step in path:
        found = [inner for schema in found for inner in _step(schema, step, root)]
    return {key for schema in found for variant in _variants(schema, root) for key in variant.get("properties", {})}


@cache
def _schema_of(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def _variants(schema: Schema, root: Schema) -> Iterator[Schema]:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield from _variants(root["$defs"][reference.rsplit("/", 1)[-1]], root)
        return
    yield schema
    for word in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(word, ()):
            yield from _variants(inner, root)


def _step(schema: Schema, step: str | int, root: Schema) -> Iterator[Schema]:
    for variant in _variants(schema, root):
        properties = variant.get("properties", {})
        rest = [variant.get("additionalProperties"), *variant.get("patternProperties", {}).values()]
        items = variant.get("items")
        if str(step) in properties:
            yield properties[str(step)]
        elif isinstance(step, int) and isinstance(items, Mapping):
            yield items
        else:
            yield from (schema for schema in rest if isinstance(schema, Mapping))
