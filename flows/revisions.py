"""Which of the posted records are news? Posts overtake each other; an older version must not undo a newer one.

Room: flows. Only for records that came whole: one that is read again is always the newest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flows.hub import ConfiguredSystem, Hub
from golden_record.store import source_records
from golden_record.store.source_records import ref_of
from mapping.pull import pull
from mapping.values import MappingError

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def not_older(
    hub: Hub, system: ConfiguredSystem, stream: str, records: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the records that are not older than what the store shows of them, oldest first.

    A record is as old as its mapping's `modified` says; where it says nothing, it counts as new, in order of arrival.
    One that the mapping cannot read stays, so that landing names it.
    """
    mapping = system.mappings[stream]
    vault = hub.store.vault
    refs: list[bytes | None] = []
    times: list[datetime | None] = []
    for record in records:
        try:
            made = pull(mapping, record)
        except MappingError:
            refs.append(None)
            times.append(None)
        else:
            refs.append(ref_of(vault, system.name, stream, made.record_id))
            times.append(made.modified_at)
    with hub.store.read() as connection:
        known = source_records.shadows(connection, vault, {ref for ref in refs if ref is not None})
    kept = []
    for record, ref, at in zip(records, refs, times, strict=True):
        shadow = known.get(ref) if ref is not None else None
        seen = shadow.modified_at if shadow is not None else None
        if at is None or seen is None or _to_ms(at) >= _to_ms(seen):
            kept.append((at or _EARLIEST, record))
    return [record for _at, record in sorted(kept, key=lambda one: one[0])]


def _to_ms(at: datetime) -> int:
    """The store keeps whole milliseconds."""
    return int(at.timestamp() * 1000)
