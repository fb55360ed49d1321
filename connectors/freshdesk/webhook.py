"""What automation rules of Freshdesk post: a body that the operator's template makes, with a secret in a header.

Freshdesk signs nothing. The secret is compared, and what the post names is read again; nothing else of it is believed.

    {"contact_id": "{{ticket.requester.id}}", "company_id": "{{ticket.company.id}}", "ticket_id": "{{ticket.id}}"}
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from connectors.contract import Changed, Delivery, Post, PostRefused
from connectors.freshdesk.records import COMPANIES, CONTACTS, TICKETS

if TYPE_CHECKING:
    from connectors.freshdesk.settings import Settings

LARGEST = 1_000_000
"""Bytes; a template's post is a few hundred."""
HEADER = "x-crmhub-key"
_STREAMS = {"contact_id": CONTACTS, "requester_id": CONTACTS, "company_id": COMPANIES, "ticket_id": TICKETS}


def receive(post: Post, settings: Settings) -> Delivery:
    """Return the records that a post names.

    Raises:
        PostRefused: 401 without the secret, 413 too large, 415 no JSON object.
    """
    if len(post.body) > LARGEST:
        raise PostRefused(413, "larger than any event")
    _check_key(post, settings)
    try:
        body = json.loads(post.body)
    except (ValueError, RecursionError):
        raise PostRefused(415, "not JSON") from None
    if not isinstance(body, dict):
        raise PostRefused(415, "not an event")
    inner = body.get("freshdesk_webhook")
    changes = tuple(dict.fromkeys(_changes(inner if isinstance(inner, Mapping) else body)))
    # A post carries no id of its own: the same body within a minute is one event, later it tells of another change.
    minute = int(post.received_at.timestamp()) // 60
    return Delivery(hashlib.sha256(post.body + str(minute).encode()).hexdigest(), changes)


def _check_key(post: Post, settings: Settings) -> None:
    if settings.webhook_key is None:
        if post.vouched:
            return
        raise PostRefused(401, "no webhook_key is configured")
    given = post.headers.get(HEADER, "") or post.query.get("key", "")
    if not hmac.compare_digest(given.encode(), settings.webhook_key.get_secret_value().encode()):
        raise PostRefused(401, "the key is not ours")


def _changes(body: Mapping[str, Any]) -> Iterator[Changed]:
    for key, stream in _STREAMS.items():
        value = body.get(key) or body.get(f"ticket_{key}")
        if str(value or "").isdigit():
            yield Changed(stream, str(value))
