"""Note an act of the visitor for good: `await note(request, "mapping.changed", system=…)`. Room: console."""

from __future__ import annotations

from fastapi import Request

from console.web.frame.visit import visit_now
from console.web.state import in_thread, state_of
from golden_record.store import act_notes
from golden_record.store.act_notes import Said


async def note(request: Request, kind: str, *, who: str = "", **of: Said) -> None:
    """Note who did what to what (ids and names of fields, never a customer's value); *who* is the visitor by itself.

    Stewards' acts, pauses and approvals are noted where they are kept; this is for what nothing else keeps.
    """
    visit = visit_now(request)
    hub = state_of(request).hub
    actor = who or (visit.user.name if visit.user is not None else visit.account.name if visit.account else "")
    address = request.client.host if request.client is not None else None

    def work() -> None:
        with hub.store.write() as connection:
            act_notes.note(connection, hub.store.vault, kind, who=actor, at=hub.now(), address=address, **of)

    await in_thread(work)
