"""Take in Zoho's notification posts: verify the echoed token, name the records that changed.

Room: connectors/zoho_crm; pure. Zoho signs nothing and dates nothing: a post is a hint, and the record is read again.
The channels that make it post are kept by channels.py.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from connectors.contract import Changed, Delivery, Post, PostRefused
from connectors.zoho_crm.settings import Settings

LONGEST = 1_000_000
"""Bytes of a post that are taken in; Zoho's largest documented ones are a few kilobytes."""
_OPERATIONS = frozenset({"insert", "update", "delete"})


def receive(post: Post, settings: Settings) -> Delivery:
    """Return the changes that *post* tells of.

    Changes of modules that are not configured are left out.

    Raises:
        PostRefused: 401 the token is not ours (or none is configured, nor the hub's key in the address), 413 too large,
            415 not a notification.
    """
    if len(post.body) > LONGEST:
        raise PostRefused(413, "the post is larger than any notification")
    note = _note(post.body)
    _verify(note, settings, vouched=post.vouched)
    module, ids, operation = note.get("module"), note.get("ids"), note.get("operation")
    if not isinstance(module, str) or not isinstance(ids, list) or operation not in _OPERATIONS:
        raise PostRefused(415, "the post names no module, ids or operation")
    record_ids = [str(one) for one in ids if isinstance(one, (str, int)) and not isinstance(one, bool)]
    facts = json.dumps([module, sorted(record_ids), operation, note.get("server_time"), note.get("channel_id")])
    changes = tuple(Changed(module, one) for one in record_ids) if module in settings.modules else ()
    return Delivery(dedupe_key=hashlib.sha256(facts.encode()).hexdigest(), changes=changes)


def _note(body: bytes) -> dict[str, Any]:
    try:
        note = json.loads(body)
    except (ValueError, RecursionError):
        note = None
    if not isinstance(note, dict):
        raise PostRefused(415, "the post is no JSON object")
    return note


def _verify(note: dict[str, Any], settings: Settings, *, vouched: bool) -> None:
    if settings.webhook_token is None:
        if vouched:
            return
        raise PostRefused(401, "no webhook_token is configured")
    shown = note.get("token")
    expected = settings.webhook_token.get_secret_value().encode()
    if not isinstance(shown, str) or not hmac.compare_digest(shown.encode("utf-8", "replace"), expected):
        raise PostRefused(401, "the token is not the one that the hub gave out")
