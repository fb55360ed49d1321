"""One record's voice in one field, as survivorship hears it. Room: golden_record, the pure half."""

from __future__ import annotations

from golden_record.rules import Rules
from golden_record.store.normalised_records import NormalisedRow
from golden_record.survive import Voice


def voice_of(rules: Rules, row: NormalisedRow, name: str) -> Voice:
    """Return what *row* has said in the field *name*; it has a history there."""
    orphaned = int(row.orphaned_at.timestamp() * 1000) if row.orphaned_at else None
    return Voice(
        row.key,
        row.system,
        rules.departments.get(row.system, ""),
        row.body.histories[name],
        orphaned,
        rules.cleared.get((row.system, row.stream, row.emit, name)),
    )
