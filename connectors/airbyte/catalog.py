"""Which streams are read, and how: the catalog that a source offers, and the one that it is given. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.cells import joined_key, key_text

KEY = "_key"
"""The field that holds the key of a record whose key is made of several fields."""


@dataclass(frozen=True)
class Offered:
    """One stream as the source describes it."""

    name: str
    namespace: str | None
    described: Mapping[str, Any]

    @property
    def incremental(self) -> bool:
        """Whether the source can go on from a state without being told by which field."""
        modes = self.described.get("supported_sync_modes") or []
        by_itself = self.described.get("source_defined_cursor") or self.described.get("default_cursor_field")
        return "incremental" in modes and bool(by_itself)

    @property
    def key(self) -> list[list[str]]:
        """The paths of the key's fields; none where the source names no key."""
        return [path for path in self.described.get("source_defined_primary_key") or [] if path]

    def with_key(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return a record with `_key` where its key has several fields, all of them there."""
        if len(self.key) < 2:  # noqa: PLR2004 (several)
            return data
        parts = [key_text(_at(data, path)) for path in self.key]
        known = [part for part in parts if part is not None]
        return {**data, KEY: joined_key(known)} if len(known) == len(parts) else data


def offered(catalog: Mapping[str, Any]) -> dict[str, Offered]:
    """Return the streams of a catalog by name; of two of one name in different namespaces the first counts."""
    found: dict[str, Offered] = {}
    for described in catalog.get("streams") or []:
        if isinstance(described, Mapping) and isinstance(described.get("name"), str):
            one = Offered(described["name"], described.get("namespace"), described)
            found.setdefault(one.name, one)
    return found


def configured(streams: Sequence[Offered], full: Sequence[str] = ()) -> dict[str, Any]:
    """Return the catalog that a read is given: incremental where the source can, unless *full* names the stream."""
    return {"streams": [_configured(stream, whole=stream.name in full) for stream in streams]}


def _configured(stream: Offered, *, whole: bool) -> dict[str, Any]:
    incremental = stream.incremental and not whole
    made: dict[str, Any] = {
        "stream": dict(stream.described),
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if incremental and stream.key else "append",
        "primary_key": stream.key,
    }
    if incremental:
        made["cursor_field"] = stream.described.get("default_cursor_field") or []
    return made


def _at(data: Mapping[str, Any], path: Sequence[str]) -> Any:  # noqa: ANN401 (JSON)
    value: Any = data
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
