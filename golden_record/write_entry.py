"""What is noted for good of one confirmed write. Pure.

Room: golden_record. Field by field: what was there, what was sent, what was read back, whose value it was and by which
rule it won; and on whose word it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from golden_record.store.audit import Entry
from golden_record.store.outbox import FieldWrite, Write
from mapping.system_path import Absent, system_path


def write_entry(write: Write, record_id: str, shown: Mapping[str, Any], ref: bytes, now: datetime) -> Entry:
    """Return the entry of a confirmed write; *shown*: the record's mapped paths as read back."""
    content = {
        "write": write.write_id,
        "kind": write.kind,
        "system": write.system,
        "stream": write.stream,
        "record_id": record_id,
        "profile_id": write.profile_id,
        "binding_id": write.binding_id,
        "fields": {name: _field(name, one, shown) for name, one in write.fields.items()},
        "planned_at": _ms(write.planned_at),
        "sent_at": _ms(write.sent_at),
        "authority": dict(write.authority),
    }
    return Entry(now, write.kind, content, ref, write.run_id)


def _field(name: str, one: FieldWrite, shown: Mapping[str, Any]) -> dict[str, Any]:
    said = {"old": one.old, "new": one.new, "field": one.profile_field, "source": one.source, "rule": one.rule}
    read_back = system_path(name).read(shown)
    return said if isinstance(read_back, Absent) else {**said, "read_back": read_back}


def _ms(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at is not None else None
