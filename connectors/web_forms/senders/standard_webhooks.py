"""Senders that follow Standard Webhooks 1.0: signed, with an id per event; the entry is the event's `data`."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Post
from connectors.web_forms.json_body import Unreadable, read_json
from connectors.web_forms.senders.contract import JSON, Reading, Sender
from connectors.web_forms.senders.keyed import secrets
from connectors.web_forms.senders.plain import submission
from connectors.web_forms.settings import Settings
from connectors.web_forms.signatures import verify_standard


def verify(post: Post, settings: Settings) -> None:
    """Check signature and age."""
    verify_standard(
        secrets(settings),
        post.headers,
        post.body,
        now=post.received_at,
        tolerance_seconds=settings.tolerance_seconds,
    )


def read(post: Post, settings: Settings) -> Reading:
    """Read `{"type", "timestamp", "data"}`; the event's id is the same on every retry."""
    parsed = read_json(post.body, numbers="text")
    data = parsed.get("data") if isinstance(parsed, Mapping) else None
    if not isinstance(data, Mapping) or not data:
        raise Unreadable("no_entry")
    event_id, timestamp = post.headers["webhook-id"], parsed.get("timestamp")
    sent_at = timestamp if isinstance(timestamp, str) else ""
    entry = submission(data, settings, post.received_at, source="standard_webhooks", event_id=event_id, sent_at=sent_at)
    return Reading(f"standard_webhooks:{event_id}", (entry,))


SENDER = Sender("standard_webhooks", JSON, verify, read)
