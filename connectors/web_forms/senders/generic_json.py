"""Any JSON: a flat or nested object, a `fields` list, our own canonical shape, or an array of these.

Zapier, Make, n8n, Apps Script, Zoho Forms and WPForms come this way, and so do subscriptions and messages of other
channels, with `kind` and `channel` beside `fields`. A CloudEvent (structured, in a batch, or with `ce-` headers) is
unwrapped: its `source` and `id` are the same on every retry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import Post
from connectors.web_forms.json_body import Unreadable, read_json
from connectors.web_forms.senders import keyed
from connectors.web_forms.senders.contract import JSON, Reading, Sender
from connectors.web_forms.senders.plain import digest, objects, submission
from connectors.web_forms.settings import Settings
from connectors.web_forms.submission import Submission


def read(post: Post, settings: Settings) -> Reading:
    """Read each posted object as one entry; numbers stay as written."""
    parsed = read_json(post.body, numbers="text")
    found = objects(parsed)
    if not found:
        raise Unreadable("no_entry")
    entries = tuple(_entry(one, post, settings) for one in found)
    left_out = len(parsed) - len(found) if isinstance(parsed, list) else 0
    key = post.headers.get("idempotency-key") or digest([[one.form_id, one.submission_id] for one in entries])
    return Reading(f"json:{key}", entries, (f"no_entry:{left_out}",) if left_out else ())


def _entry(one: Mapping[str, Any], post: Post, settings: Settings) -> Submission:
    """Return the entry that an object is, or carries as a CloudEvent."""
    headers = post.headers
    event = (
        {key: headers.get(f"ce-{key}", "") for key in ("id", "source", "time")} if "ce-specversion" in headers else {}
    )
    data: Mapping[str, Any] = one
    if not event and "specversion" in one and isinstance(one.get("data"), Mapping):
        event, data = {key: str(one.get(key) or "") for key in ("id", "source", "time")}, one["data"]
    event_id = digest([event["source"], event["id"]]) if event.get("id") else ""
    sent_at = event.get("time", "")
    return submission(data, settings, post.received_at, source="json", event_id=event_id, sent_at=sent_at)


SENDER = Sender("json", JSON, keyed.verify, read)
