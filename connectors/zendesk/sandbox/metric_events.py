"""`GET /incremental/ticket_metric_events`: when a ticket's reply, work and waiting times began and were fulfilled.

The hub asks for none of it; other clients of the account do. Events are made of what the account knows of a ticket: its
creation, and its last change where it is solved. They stand in the order of their time, and each page begins with the
whole second in which the one before ended, as in every export by time.
"""

from __future__ import annotations

from datetime import datetime

from connectors.sandboxes.book import Stored
from connectors.zendesk.sandbox import exports
from connectors.zendesk.sandbox.account import Account
from connectors.zendesk.sandbox.wire import Answer, Ask, Json, stamp

METRICS = ("agent_work_time", "reply_time", "requester_wait_time")
DONE = frozenset({"solved", "closed"})


def by_time(account: Account, ask: Ask) -> Answer:
    """Answer a page of events from a start time (whole seconds, inclusive) on."""
    (since, _), size = exports.start(account, ask), ask.number("per_page", exports.MOST, exports.MOST)
    seen = [(at, event) for at, event in _events(account) if since <= at <= exports.until(account)]
    again = sum(at == since for at, _ in seen)  # came with the page before, and must not fill this one
    last = seen[: size + again][-1][0] if seen else None
    page = [event for at, event in seen if last is not None and at <= last]  # a second is never cut
    link = f"{account.options.base_url}/api/v2/incremental/ticket_metric_events.json?start_time={last}"
    body = {
        "ticket_metric_events": page,
        "count": len(page),
        "end_time": last,
        "next_page": link if last is not None else None,
        "end_of_stream": len(page) == len(seen),
    }
    return Answer(body=body)


def _events(account: Account) -> list[tuple[int, Json]]:
    found = [event for one in account.book.all("tickets") if one.deleted_at is None for event in _of(account, one)]
    return sorted(found, key=lambda event: (event[0], event[1]["id"]))


def _of(account: Account, ticket: Stored) -> list[tuple[int, Json]]:
    told: list[tuple[str, str, datetime]] = [("activate", metric, ticket.created_at) for metric in METRICS]
    if ticket.values.get("status") in DONE:
        told += [("fulfill", metric, ticket.modified_at) for metric in METRICS]
    return [
        (
            int(at.timestamp()),
            {
                "id": account.identity_id(ticket.record_id, kind, metric),
                "ticket_id": int(ticket.record_id),
                "metric": metric,
                "instance_id": 1,
                "type": kind,
                "time": stamp(at),
            },
        )
        for kind, metric, at in told
    ]
