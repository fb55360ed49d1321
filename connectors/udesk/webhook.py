"""What Udesk posts: `{"action": "Customer_update", "message": {…customer…}}`, unsigned.

A key in the address is all that tells the sender; so the customer is read again rather than taken from the post.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from connectors.contract import Changed, Delivery, Post, PostRefused
from connectors.udesk.records import CUSTOMERS

if TYPE_CHECKING:
    from connectors.udesk.settings import Settings

LARGEST = 1_000_000
"""Bytes; one customer."""


def receive(post: Post, settings: Settings) -> Delivery:
    """Return the customer that a post is about; posts about organizations name nothing that is read.

    Raises:
        PostRefused: 401 without the key, 413 too large, 415 no JSON object.
    """
    if len(post.body) > LARGEST:
        raise PostRefused(413, "larger than any event")
    _check_key(post, settings)
    try:
        event = json.loads(post.body)
    except (ValueError, RecursionError):
        raise PostRefused(415, "not JSON") from None
    if not isinstance(event, dict):
        raise PostRefused(415, "not an event")
    noun, _, _ = str(event.get("action") or "").partition("_")
    message = event.get("message")
    record_id = str(message.get("id") or "") if isinstance(message, Mapping) else ""
    named = noun == "Customer" and record_id.isdigit()
    # A post has no id of its own: the same body within a minute is one event, later it tells of another change.
    minute = int(post.received_at.timestamp()) // 60
    key = hashlib.sha256(post.body + str(minute).encode()).hexdigest()
    return Delivery(key, (Changed(CUSTOMERS, record_id),) if named else (), answer_status=200, answer=b"{}")


def _check_key(post: Post, settings: Settings) -> None:
    if settings.webhook_key is None:
        if post.vouched:
            return
        raise PostRefused(401, "no webhook_key is configured")
    given = post.query.get("key", "")
    if not hmac.compare_digest(given.encode(), settings.webhook_key.get_secret_value().encode()):
        raise PostRefused(401, "the key is not ours")
