"""The writes on their way, for people: list them, have one planned again, or dismiss one.

Room: flows. Nothing is sent here. A write is never sent again as it was: it is planned anew from what holds now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ulid import ULID

from flows.hub import Hub
from flows.plan_json import field_json
from flows.profile_view import Show, instant
from golden_record.errors import NotDecidable
from golden_record.store import outbox, profiles
from golden_record.store.outbox import Write
from golden_record.store.profiles import Event

UNFINISHED = (*outbox.WAITING, *outbox.UNDECIDED, outbox.REJECTED)
"""What is listed unless a state is named: on its way, or refused by its system."""
STATES = (*UNFINISHED, outbox.CONFIRMED, outbox.DISMISSED, outbox.SUPERSEDED)
_RETRIED = {*outbox.WAITING, outbox.REJECTED, outbox.DISMISSED}
_DISMISSED = {*outbox.WAITING, outbox.REJECTED}


def write_page(hub: Hub, states: Sequence[str], *, after: str | None, limit: int, show: Show) -> dict[str, Any]:
    """Return a page of writes: `{"items", "next"}`."""
    with hub.store.read() as connection:
        found = outbox.page(connection, hub.store.vault, states, after, limit + 1)
        named = profiles.load(connection, hub.store.vault, {write.profile_id for write in found})
    entities = {profile_id: one.entity for profile_id, one in named.items()}
    items = [_write_json(write, entities.get(write.profile_id, ""), show) for write in found[:limit]]
    return {"items": items, "next": found[limit - 1].write_id if len(found) > limit else None}


def write_shown(hub: Hub, write_id: str, show: Show) -> dict[str, Any] | None:
    """Return one write as the list shows it; None where there is none."""
    with hub.store.read() as connection:
        found = outbox.get(connection, hub.store.vault, write_id)
        if found is None:
            return None
        profile = profiles.load(connection, hub.store.vault, [found.profile_id]).get(found.profile_id)
    return _write_json(found, profile.entity if profile is not None else "", show)


def write_of(hub: Hub, write_id: str) -> Write | None:
    """Return one write; None where there is none."""
    with hub.store.read() as connection:
        return outbox.get(connection, hub.store.vault, write_id)


def retry(hub: Hub, write_id: str) -> Write:
    """Have a refused, dismissed or waiting write planned again by the next sync or push.

    Raises:
        NotDecidable: there is no such write, it is done, or its outcome must be looked up first.
    """
    with hub.store.write() as connection:
        write = outbox.get(connection, hub.store.vault, write_id)
        write = _fitting(write, write_id, _RETRIED)
        outbox.move(connection, [write_id], outbox.RETRY, retry_at=hub.now(), ended_at=None)
        profiles.set_to_plan(connection, [write.profile_id], waiting=True)
    return write


def dismiss(hub: Hub, write_id: str, *, author: str, reason: str) -> Write:
    """Give a write up: the same is not written again, until its values change.

    Raises:
        NotDecidable: there is no such write, it is done, or its outcome must be looked up first.
    """
    now = hub.now()
    with hub.store.write() as connection:
        write = _fitting(outbox.get(connection, hub.store.vault, write_id), write_id, _DISMISSED)
        facts = {"code": "dismissed_by_person", "message": f"dismissed by {author}", "cure": "", "ended_at": now}
        outbox.move(connection, [write_id], outbox.DISMISSED, **facts)
        detail = {"author": author, "reason": reason, "write": write_id}
        event = Event(str(ULID()), write.profile_id, now, "write_given_up", None, detail)
        profiles.note(connection, hub.store.vault, [event])
    return write


def _fitting(write: Write | None, write_id: str, states: set[str]) -> Write:
    if write is None:
        raise NotDecidable(f"there is no write {write_id}", "See `crmhub outbox list`")
    if write.state in outbox.UNDECIDED:
        raise NotDecidable(
            f"nobody knows yet whether {write.system} stored write {write_id}",
            "The next `crmhub sync` looks it up; decide after that",
        )
    if write.state not in states:
        raise NotDecidable(f"write {write_id} is {write.state} already", "See `crmhub outbox list --state`")
    return write


def _write_json(write: Write, entity: str, show: Show) -> dict[str, Any]:
    return {
        "id": write.write_id,
        "system": write.system,
        "stream": write.stream,
        "record_id": write.record_id,
        "profile_id": write.profile_id,
        "entity": entity,
        "kind": write.kind,
        "state": write.state,
        "fields": {name: field_json(entity, one, show) for name, one in sorted(write.fields.items())},
        "attempts": write.attempts,
        "code": write.code,
        "message": write.message,
        "cure": write.cure,
        "run_id": write.run_id,
        "planned_at": instant(write.planned_at),
        "sent_at": instant(write.sent_at),
        "ended_at": instant(write.ended_at),
        "retry_at": instant(write.retry_at),
    }
