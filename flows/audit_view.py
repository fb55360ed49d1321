"""The audit of writes, for people: what the hub wrote into a record, when, why, on whose word; and whether it is whole.

Room: flows. Reads the store, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import Show, instant
from golden_record.chain import Head
from golden_record.store import audit, decrees, profiles, runs
from golden_record.store.audit import Kept, Verdict
from golden_record.store.source_records import ref_of

BY_STEWARD = frozenset({"pin", "steward"})
"""The rules by which a value won on a steward's word."""


@dataclass(frozen=True, slots=True)
class OfRecord:
    """A record whose writes are asked for; *field* is one of its system's fields, None: all."""

    system: str
    stream: str
    record_id: str
    field: str | None = None


def writes_of(hub: Hub, wanted: OfRecord, show: Show) -> dict[str, Any]:
    """Return what the hub wrote into a record, oldest first: `{"items", "next"}`.

    Each item names fields with what was there before, what was sent and what was read back, whose value it was and by
    which rule; the run and what kind of run; and the people on whose word it was written.
    """
    vault = hub.store.vault
    ref = ref_of(vault, wanted.system, wanted.stream, wanted.record_id)
    with hub.store.read() as connection:
        found = audit.about(connection, vault, audit.WRITES, [ref])
        kinds = {
            one: kept.kind for one in {kept.run_id for kept in found} if one and (kept := runs.get(connection, one))
        }
        entities = _entities(hub, connection, found)
        authors = _authors(connection, found)
    items = [_write_json(one, wanted, kinds, entities, authors, show) for one in found]
    return {"items": [one for one in items if one["fields"] or one["erased"]], "next": None}


def _entities(hub: Hub, connection: sa.Connection, found: Iterable[Kept]) -> dict[str, str]:
    ids = {str(one.content["profile_id"]) for one in found if one.content}
    now = profiles.resolve_redirects(connection, ids)
    loaded = profiles.load(connection, hub.store.vault, set(now.values()))
    return {one: loaded[later].entity for one, later in now.items() if later in loaded}


def _authors(connection: sa.Connection, found: Iterable[Kept]) -> dict[str, str]:
    """Return decree -> the steward who said it."""
    sources = {
        str(field["source"])
        for one in found
        if one.content
        for field in one.content["fields"].values()
        if field["rule"] in BY_STEWARD
    }
    return decrees.authors_of(connection, sources)


def _write_json(  # noqa: PLR0913 (what is known of one write)
    one: Kept,
    wanted: OfRecord,
    kinds: Mapping[str, str],
    entities: Mapping[str, str],
    authors: Mapping[str, str],
    show: Show,
) -> dict[str, Any]:
    said = one.content or {}
    entity = entities.get(str(said.get("profile_id")), "")
    fields = {
        name: _field_json(entity, field, authors, show)
        for name, field in sorted(said.get("fields", {}).items())
        if wanted.field is None or name == wanted.field
    }
    return {
        "number": one.number,
        "hash": one.head.hash.hex(),
        "at": instant(one.at),
        "kind": one.kind,
        "write_id": said.get("write"),
        "system": wanted.system,
        "stream": wanted.stream,
        "record_id": wanted.record_id,
        "profile_id": said.get("profile_id"),
        "planned_at": _instant(said.get("planned_at")),
        "sent_at": _instant(said.get("sent_at")),
        "run": {"id": one.run_id, "kind": kinds.get(one.run_id or "")},
        "authority": dict(said.get("authority", {})),
        "fields": fields,
        "erased": one.content is None,
    }


def _field_json(entity: str, field: Mapping[str, Any], authors: Mapping[str, str], show: Show) -> dict[str, Any]:
    name = str(field["field"])
    shown = {key: show(entity, name, field[key]) for key in ("old", "new", "read_back") if key in field}
    steward = authors.get(str(field["source"])) if field["rule"] in BY_STEWARD else None
    return {**shown, "field": name, "source": field["source"], "rule": field["rule"], "steward": steward}


def check_chains(hub: Hub, chains: Sequence[str], noted: Head | None = None) -> list[Verdict]:
    """Check whole chains; *noted* is a head of the only one that was written down earlier."""
    with hub.store.read() as connection:
        return [audit.verify(connection, hub.store.vault, chain, noted) for chain in chains]


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return what scripts read of a check."""
    return {
        "chain": verdict.chain,
        "sound": verdict.sound,
        "entries": verdict.entries,
        "erased": verdict.erased,
        "head": verdict.head.to_text(),
        "faults": [{"number": number, "what": what} for number, what in verdict.faults],
    }


def _instant(at: int | None) -> str | None:
    return None if at is None else instant(datetime.fromtimestamp(at / 1000, UTC))
