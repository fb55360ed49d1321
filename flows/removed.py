"""Deletes and merges on their way: what a writer is asked, and what is kept of a record that the hub has taken out.

Room: flows. A merge names the record that stays under the key field of the one that goes: old id -> new id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import sqlalchemy as sa

from connectors.contract import DELETED_AT, MERGED_INTO, WriteRequest
from connectors.removals import MERGE
from flows.hub import ConfiguredSystem, Hub
from flows.tally import Tally
from golden_record.departed import UNLINK
from golden_record.landing import Pulled, land
from golden_record.store import audit, outbox, profiles
from golden_record.store.outbox import Write
from golden_record.store.source_records import ref_of
from golden_record.write_entry import write_entry
from mapping.changes import FieldChange, old_fields
from mapping.compile import CompiledMapping
from mapping.pull import pull


def removing_request(system: ConfiguredSystem, write: Write) -> WriteRequest:
    """Return what a writer is asked for a delete or a merge: the record must still show all that the hub knows."""
    key = system.mappings[write.stream].key.text
    shown = [FieldChange(one.profile_field, name, one.old, None) for name, one in write.fields.items() if name != key]
    kind: Literal["delete", "merge"] = "merge" if write.kind == MERGE else "delete"
    into = merged_into(system, write)
    return WriteRequest(write.write_id, write.stream, kind, {}, write.record_id, old_fields(shown), into=into)


def merged_into(system: ConfiguredSystem, write: Write) -> str | None:
    """Return the record that a merge keeps; None for a delete."""
    if write.kind != MERGE:
        return None
    return str(write.fields[system.mappings[write.stream].key.text].new)


def is_gone(mapping: CompiledMapping, record: Mapping[str, Any]) -> bool:
    """Whether a record, as a fetch gives it, is deleted or merged away."""
    found = pull(mapping, record)
    return bool(found.deleted or found.merged_into)


def confirm_removed(hub: Hub, system: ConfiguredSystem, write: Write, tally: Tally) -> None:
    """Take a confirmed removal into the shadow, the outbox and the audit, in one transaction.

    What people said in the record stands, as of every deleted one; nothing follows from it by the stream's `on_delete`.
    """
    vault, now, record_id = hub.store.vault, hub.now(), str(write.record_id)
    mapping, into = system.mappings[write.stream], merged_into(system, write)
    mark = {DELETED_AT: now.isoformat()} if into is None else {MERGED_INTO: into}
    record: dict[str, Any] = {mapping.key.text: record_id, **mark}
    ref = ref_of(vault, system.name, write.stream, record_id)

    def beside(connection: sa.Connection) -> None:
        outbox.confirm(connection, [(write.write_id, ref, record_id)], now)
        profiles.set_to_plan(connection, {write.profile_id}, waiting=True)
        audit.append(connection, vault, audit.WRITES, [write_entry(write, record_id, {}, ref, now)])

    stream = replace(system.landing(write.stream), on_delete=UNLINK)
    landed = land(hub.store, stream, [Pulled(record_id, mapping.mapped_paths(record), record)], now=now, beside=beside)
    tally.stream(system.name, write.stream).changed += landed.changed
