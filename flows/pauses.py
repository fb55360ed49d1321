"""Pause a system, and let it go on: while it is paused nothing is pulled from it, written to it, or worked off for it.

Room: flows. What comes in meanwhile waits: posted events in the inbox, planned writes in the outbox, changes in the
system itself until the next pull. Other systems go on as ever (docs/ops.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.errors import StopSystem
from flows.hub import Hub
from flows.profile_view import instant
from flows.tally import Held
from golden_record.errors import NotDecidable
from golden_record.store import act_notes, leases, pauses
from golden_record.store.pauses import Pause


class SystemPaused(StopSystem):
    """A person has put the system on hold; not a failure."""

    def __init__(self, pause: Pause) -> None:
        self.pause = pause
        super().__init__(
            f"paused by {pause.author} since {pause.at:%Y-%m-%d %H:%M} UTC{_until(pause)}",
            system=pause.system,
            code="paused",
            cure=f"It goes on after `crmhub systems resume {pause.system}`.",
        )


def _until(pause: Pause) -> str:
    return f", until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else ""


def held_of(error: SystemPaused) -> Held:
    """Return what a run notes of it: who, and until when; the reason stays with the pause."""
    return Held(error.pause.system, error.pause.author, error.pause.until)


def paused(hub: Hub) -> dict[str, Pause]:
    """Return the systems that are paused now."""
    with hub.store.read() as connection:
        return pauses.standing(connection, hub.store.vault, hub.now())


def pause_of(hub: Hub, system: str) -> Pause | None:
    """Return a system's pause, if it is paused."""
    return paused(hub).get(system)


def heed(hub: Hub, system: str) -> None:
    """Go on only if the system is not paused, and the work at hand is still ours.

    Raises:
        SystemPaused: it is.
        LeaseLost: somebody has taken the work over.
    """
    leases.insist()
    with hub.store.read() as connection:
        if not pauses.is_paused(connection, system, hub.now()):
            return
    held = pause_of(hub, system)
    if held is not None:
        raise SystemPaused(held)


def pause(hub: Hub, system: str, *, author: str, reason: str, until: datetime | None = None) -> Pause:
    """Pause a system; what is at work on it stops after the batch at hand.

    Raises:
        NotDecidable: it is paused already, or *until* has passed.
    """
    now = hub.now()
    if until is not None and until <= now:
        raise NotDecidable("the pause would end before it begins", "Name a time that is still to come, or none")
    with hub.store.write() as connection:
        standing = pauses.standing(connection, hub.store.vault, now).get(system)
        if standing is not None:
            said = f"{system} is paused already, by {standing.author} since {standing.at:%Y-%m-%d %H:%M} UTC"
            raise NotDecidable(said, f"`crmhub systems resume {system}` ends it")
        begun = pauses.begin(connection, hub.store.vault, system, author=author, reason=reason, now=now, until=until)
        act_notes.note(connection, hub.store.vault, "system.paused", who=author, at=now, system=system)
        return begun


def resume(hub: Hub, system: str, *, author: str) -> None:
    """Let a system go on; the next sync takes up what waited.

    Raises:
        NotDecidable: it is not paused.
    """
    with hub.store.write() as connection:
        if not pauses.end(connection, system, author, hub.now()):
            raise NotDecidable(f"{system} is not paused", "There is nothing to resume")
        act_notes.note(connection, hub.store.vault, "system.resumed", who=author, at=hub.now(), system=system)


def pause_json(found: Pause) -> dict[str, Any]:
    """Return a pause as pages and scripts see it."""
    return {
        "system": found.system,
        "by": found.author,
        "reason": found.reason,
        "since": instant(found.at),
        "until": instant(found.until),
        "ended_at": instant(found.ended_at),
        "ended_by": found.ended_by,
    }
