"""Writes that need a person, by cause: the system's own words and the cure; retried or given up all at once.

Room: flows. Nothing is sent here: what is retried is planned anew from what holds then, by the next sync or push.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flows import outbox_acts
from flows.hub import Hub
from flows.profile_view import instant
from golden_record.errors import NotDecidable
from golden_record.store import outbox, write_causes
from golden_record.store.write_causes import Cause

MOST_CAUSES: Final = 100
MOST_AT_ONCE: Final = 2000
"""Writes of one cause that one act retries or gives up; the rest by doing it again."""
STATES: Final = (outbox.REJECTED, outbox.UNKNOWN, outbox.RETRY)
"""What may need a person: refused; of unknown outcome; not taken now."""


@dataclass(frozen=True, slots=True)
class CauseName:
    """What makes writes alike."""

    system: str
    stream: str
    state: str
    code: str
    message: str


def causes_shown(hub: Hub) -> dict[str, Any]:
    """Return `{"items": [{"system", "stream", "state", "code", "message", "cure", "writes", "first", "last"}]}`."""
    with hub.store.read() as connection:
        found = write_causes.causes(connection, hub.systems, STATES, MOST_CAUSES)
    return {"items": [_json(one) for one in found], "next": None}


def retry_all(hub: Hub, cause: CauseName) -> int:
    """Have the writes of a cause planned again; return how many.

    Raises:
        NotDecidable: there is none, or their outcome must be looked up first.
    """
    ids = _ids(hub, cause)
    return sum(_done(lambda one=one: outbox_acts.retry(hub, one)) for one in ids)


def dismiss_all(hub: Hub, cause: CauseName, *, author: str, reason: str) -> int:
    """Give the writes of a cause up; return how many.

    Raises:
        NotDecidable: there is none, or their outcome must be looked up first.
    """
    ids = _ids(hub, cause)
    return sum(_done(lambda one=one: outbox_acts.dismiss(hub, one, author=author, reason=reason)) for one in ids)


def _ids(hub: Hub, cause: CauseName) -> list[str]:
    if cause.state in outbox.UNDECIDED:
        said = f"nobody knows yet whether {cause.system} stored these writes"
        raise NotDecidable(said, "The next `crmhub sync` looks them up; decide after that")
    with hub.store.read() as connection:
        where = (cause.system, cause.stream, cause.state, cause.code, cause.message)
        ids = write_causes.of_cause(connection, *where)
    if not ids:
        raise NotDecidable("no write is refused for this reason any more", "Look again")
    return list(ids[:MOST_AT_ONCE])


def _done(act: Any) -> bool:  # noqa: ANN401 (an act without arguments)
    """Do one; what somebody else has done meanwhile is left as it is."""
    try:
        act()
    except NotDecidable:
        return False
    return True


def _json(one: Cause) -> dict[str, Any]:
    return {
        "system": one.system,
        "stream": one.stream,
        "state": one.state,
        "code": one.code,
        "message": one.message,
        "cure": one.cure,
        "writes": one.writes,
        "first": instant(one.first),
        "last": instant(one.last),
    }
