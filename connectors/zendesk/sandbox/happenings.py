"""What happened to tickets: `GET /incremental/ticket_metric_events` and `GET /incremental/ticket_events`.

The hub asks for none of it; other clients of the account do. Both are made of what the account knows of a ticket: its
creation, and its last change where it is solved. Events stand in the order of their time, and each page begins with the
whole second in which the one before ended, as in every export by time; by cursor where a client asks for `page[size]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from connectors.sandboxes.book import Stored
from connectors.zendesk.sandbox import exports, reads
from connectors.zendesk.sandbox.account import Account
from connectors.zendesk.sandbox.wire import Answer, Ask, Handler, Json, stamp

METRICS = ("agent_work_time", "reply_time", "requester_wait_time")
DONE = frozenset({"solved", "closed"})
Happened = tuple[datetime, Json]


def by_time(name: str, of_ticket: Callable[[Account, Stored], Iterable[Happened]]) -> Handler:
    """Return the handler of an export *name* from a start time (whole seconds, inclusive) on."""

    def handle(account: Account, ask: Ask) -> Answer:
        (since, _), size = exports.start(account, ask), ask.number("per_page", exports.MOST, exports.MOST)
        tickets = [one for one in account.book.all("tickets") if one.deleted_at is None]
        told = sorted(
            ((int(at.timestamp()), event) for one in tickets for at, event in of_ticket(account, one)),
            key=lambda event: (event[0], event[1]["id"]),
        )
        seen = [(at, event) for at, event in told if since <= at <= exports.until(account)]
        if "page[size]" in ask.query:
            return reads.in_pages(account, ask, name, [event for _, event in seen], lambda page: page)
        again = sum(at == since for at, _ in seen)  # came with the page before, and must not fill this one
        last = seen[: size + again][-1][0] if seen else None
        page = [event for at, event in seen if last is not None and at <= last]  # a second is never cut
        link = f"{account.options.base_url}/api/v2/incremental/{name}.json?start_time={last}"
        body = {
            name: page,
            "count": len(page),
            "end_time": last,
            "next_page": link if last is not None else None,
            "end_of_stream": len(page) == len(seen),
        }
        return Answer(body=body)

    return handle


def metric_events(account: Account, ticket: Stored) -> list[Happened]:
    """Say when a ticket's reply, work and waiting times began and were fulfilled."""
    return [
        (
            at,
            {
                "id": account.identity_id(ticket.record_id, kind, metric),
                "ticket_id": int(ticket.record_id),
                "metric": metric,
                "instance_id": 1,
                "type": kind,
                "time": stamp(at),
            },
        )
        for at, kind in _moments(ticket, "activate", "fulfill")
        for metric in METRICS
    ]


def events(account: Account, ticket: Stored) -> list[Happened]:
    """Say how a ticket came and ended, as the account's audits have it."""
    return [
        (
            at,
            {
                "id": account.identity_id(ticket.record_id, "ticket event", status),
                "ticket_id": int(ticket.record_id),
                "timestamp": int(at.timestamp()),
                "created_at": stamp(at),
                "updater_id": ticket.values.get("requester_id"),
                "via": "Web form",
                "event_type": "Audit",
                "child_events": [{"id": account.identity_id(ticket.record_id, "child", status), "status": status}],
            },
        )
        for at, status in _moments(ticket, "new", str(ticket.values.get("status")))
    ]


def _moments(ticket: Stored, first: str, last: str) -> list[tuple[datetime, str]]:
    ended = ticket.values.get("status") in DONE
    return [(ticket.created_at, first), *([(ticket.modified_at, last)] if ended else [])]
