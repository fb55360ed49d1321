"""What became of one record in one run: read, changed, matched, planned, written, confirmed or refused.

Room: flows. Nothing is logged per record while a run is at work; the trace is put together from what the store keeps
anyway (histories, events of profiles, reviews, writes), by the run's id and its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from flows.hub import Hub
from flows.plan_json import field_json
from flows.profile_view import Show, instant
from golden_record.store import normalised_records as records
from golden_record.store import outbox, profiles, reviews, runs, source_records
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.runs import Run
from golden_record.store.source_records import Shadow, ref_of

Step = dict[str, Any]


def trace(hub: Hub, run_id: str, system: str, stream: str, record_id: str, show: Show) -> dict[str, Any] | None:  # noqa: PLR0913 (the names of a record in a run)
    """Return what a run did with a record; None where there is no such run.

    Returns:
        `{"run_id", "system", "stream", "id", "known", "profiles", "steps": [{"stage", "what", "at", …}]}`, the steps in
        the order of the funnel. *what* is a word: of `read` first_seen, changed, unchanged, unknown, gone; of `mapped`
        the invalid fields; of `resolved` the events of its profiles; of `review` its questions; of `write` the writes
        to it and from its profiles, with their state; of `error` what the run noted against it.
    """
    vault = hub.store.vault
    with hub.store.read() as connection:
        run = runs.get(connection, run_id)
        if run is None:
            return None
        ref = ref_of(vault, system, stream, record_id)
        shadow = source_records.shadows(connection, vault, [ref]).get(ref)
        rows = sorted(records.of_sources(connection, vault, [ref]).values(), key=lambda row: row.emit)
        ids = sorted({row.profile_id for row in rows if row.profile_id})
        steps = [
            _read(run, shadow),
            *_mapped(run, rows, show),
            *_events(hub, connection, run, ids),
            *_reviews(hub, connection, run, rows),
            *_writes(hub, connection, run, ids, ref, show),
            *_errors(run, system, stream, record_id),
        ]
    return {
        "run_id": run_id,
        "system": system,
        "stream": stream,
        "id": record_id,
        "known": shadow is not None,
        "profiles": ids,
        "steps": steps,
    }


def _within(run: Run, at: datetime | None) -> bool:
    return at is not None and run.started_at <= at and (run.ended_at is None or at <= run.ended_at)


def _read(run: Run, shadow: Shadow | None) -> Step:
    if shadow is None:
        return {"stage": "read", "what": "unknown", "at": None}
    if _within(run, shadow.first_seen_at):
        what, at = "first_seen", shadow.first_seen_at
    elif _within(run, shadow.changed_at):
        what, at = ("changed" if shadow.state == "live" else "gone"), shadow.changed_at
    else:
        what, at = "unchanged", shadow.changed_at
    return {"stage": "read", "what": what, "at": instant(at), "modified_at": instant(shadow.modified_at)}


def _mapped(run: Run, rows: list[NormalisedRow], show: Show) -> Iterator[Step]:
    """Name the fields that say something else since this run, and those of which a value cannot be used."""
    for row in rows:
        news: dict[str, dict[str, Any]] = {}
        for name, entries in row.body.histories.items():
            for before, entry in zip((None, *entries), entries, strict=False):
                seen = datetime.fromtimestamp(entry.seen / 1000, UTC)
                if _within(run, seen):
                    old = [show(row.entity, name, one.value) for _slot, one in before.shown] if before else []
                    new = [show(row.entity, name, one.value) for _slot, one in entry.shown]
                    news[name] = {"old": news.get(name, {}).get("old", old), "new": new, "mark": entry.mark.value}
        if news or row.body.invalid:
            invalid = {name: list(codes) for name, codes in row.body.invalid.items()}
            yield {"stage": "mapped", "what": row.entity, "at": None, "fields": news, "invalid": invalid}


def _events(hub: Hub, connection: sa.Connection, run: Run, ids: list[str]) -> Iterator[Step]:
    for event in profiles.events_of(connection, hub.store.vault, ids) if ids else ():
        if event.run_id == run.run_id:
            names = sorted(event.detail) if isinstance(event.detail, Mapping) else []
            yield {
                "stage": "resolved",
                "what": event.kind,
                "at": instant(event.at),
                "profile_id": event.profile_id,
                "fields": names,
            }


def _reviews(hub: Hub, connection: sa.Connection, run: Run, rows: list[NormalisedRow]) -> Iterator[Step]:
    for review_id in sorted(reviews.open_about(connection, [row.ref for row in rows])):
        found = reviews.get(connection, hub.store.vault, review_id)
        if found is not None and found.run_id == run.run_id:
            yield {
                "stage": "review",
                "what": found.kind,
                "at": instant(found.opened_at),
                "review_id": review_id,
                "field": found.field,
            }


def _writes(  # noqa: PLR0913 (whose writes, in which run)
    hub: Hub, connection: sa.Connection, run: Run, ids: list[str], ref: bytes, show: Show
) -> Iterator[Step]:
    entities = {one: found.entity for one, found in profiles.load(connection, hub.store.vault, ids).items()}
    for write in outbox.of_profiles(connection, hub.store.vault, ids):
        if write.run_id != run.run_id and not _within(run, write.sent_at):
            continue
        entity = entities.get(write.profile_id, "")
        yield {
            "stage": "write",
            "what": write.state,
            "at": instant(write.ended_at or write.sent_at or write.planned_at),
            "write_id": write.write_id,
            "kind": write.kind,
            "here": write.ref == ref,
            "system": write.system,
            "stream": write.stream,
            "id": write.record_id,
            "fields": {name: field_json(entity, one, show) for name, one in sorted(write.fields.items())},
            "code": write.code,
            "message": write.message,
            "cure": write.cure,
        }


def _errors(run: Run, system: str, stream: str, record_id: str) -> Iterator[Step]:
    for said in run.summary.get("errors", ()):
        if (said["system"], said["stream"], said["id"]) == (system, stream, record_id):
            yield {
                "stage": "error",
                "what": said["code"],
                "at": None,
                "message": said["message"],
                "cure": said["cure"],
            }
