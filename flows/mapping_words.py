"""The words that an editor of a mapping may offer: keys of the language, profile fields, paths of the stream.

Room: flows. Names alone: of a record only what its fields are called, never what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from pydantic import BaseModel

from flows.contracts import load
from flows.hub import Hub
from flows.mapping_versions import Key
from golden_record.store import source_records
from mapping.language import Emit, FieldMapping, StreamMapping
from mapping.projection import Projection

LOOKED_AT: Final = 20
"""Stored records whose fields' names are offered as paths."""
MOST: Final = 500
"""Paths that are offered at most."""
_DEEP: Final = 3


def mapping_words(hub: Hub, key: Key) -> dict[str, Any]:
    """Return what may be typed where.

    Returns:
        `{"top", "emit", "field": keys of the language at each place, "entities": {entity: [field]}, "paths"}`.
    """
    return {
        "top": _keys(StreamMapping),
        "emit": _keys(Emit),
        "field": _keys(FieldMapping),
        "entities": {name: sorted(entity.fields) for name, entity in hub.project.profile.root.items()},
        "paths": sorted(set(_paths(hub, key)))[:MOST],
    }


def _keys(model: type[BaseModel]) -> list[str]:
    return sorted(shape.alias or name for name, shape in model.model_fields.items())


def _paths(hub: Hub, key: Key) -> Iterator[str]:
    mapping = hub.project.mappings.get(key)
    if mapping is not None:
        yield from mapping.projection.missing_from(Projection({}))
    yield from load(hub.store, [key])[key].shown
    with hub.store.read() as connection:
        shadows = islice(source_records.stream_shadows(connection, hub.store.vault, *key), LOOKED_AT)
        for shadow in shadows:
            yield from _names(shadow.payload, "", _DEEP)


def _names(record: Mapping[str, Any], before: str, deep: int) -> Iterator[str]:
    for name, value in record.items():
        yield f"{before}{name}"
        if isinstance(value, Mapping) and deep > 1:
            yield from _names(value, f"{before}{name}.", deep - 1)
