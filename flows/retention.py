"""Forget what is over for as long as hub.yaml says, a little at a time. Room: flows."""

from __future__ import annotations

import logging

from flows.durations import duration_in
from flows.hub import Hub
from golden_record.store.retention import Kind, forget

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Rows deleted in one transaction, so that nobody waits."""
MOST = 20
"""Transactions of one sweep, so that the first one after years does not take hours; the next goes on."""


def sweep(hub: Hub) -> dict[Kind, int]:
    """Forget once; return how many rows of each kind went. Without a setting nothing ever goes."""
    said = hub.project.hub.retention
    longest: dict[Kind, str] = {"runs": said.runs, "events": said.events, "writes": said.writes}
    gone: dict[Kind, int] = {}
    for kind, text in longest.items():
        kept = duration_in(text)
        if kept is None:
            continue
        for _ in range(MOST):
            with hub.store.write() as connection:
                went = forget(connection, kind, hub.now() - kept, AT_ONCE)
            gone[kind] = gone.get(kind, 0) + went
            if went < AT_ONCE:
                break
    if any(gone.values()):
        log.info("forgotten: %s", ", ".join(f"{number} {kind}" for kind, number in gone.items() if number))
    return gone
