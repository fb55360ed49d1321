"""What Zendesk posts: verify the signature over the raw bytes, then name the record to read again.

Signature: base64 of HMAC-SHA256 with the secret's text as key, over timestamp header and raw body, nothing between.
Posts come at least once and in no order, so the record is read again rather than taken from the post.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import Changed, Delivery, Post, PostRefused
from connectors.zendesk.records import ORGANIZATIONS, TICKETS, USERS

if TYPE_CHECKING:
    from connectors.zendesk.settings import Settings

LARGEST = 1_000_000
"""Bytes; real events are a few thousand."""
OLDEST = timedelta(minutes=5)
"""How far a signed time may be from now: older posts may be replays."""
_STREAMS = {"user": USERS, "organization": ORGANIZATIONS, "ticket": TICKETS}
_SUBJECT = re.compile(r"zen:(user|organization|ticket):(\d+)")


def receive(post: Post, settings: Settings) -> Delivery:
    """Return what a post is about; events about other things are taken in without a change to read.

    Raises:
        PostRefused: 401 unsigned, forged or too old; 413 too large; 415 not the JSON of an event.
    """
    if len(post.body) > LARGEST:
        raise PostRefused(413, "larger than any event")
    stamp = post.headers.get("x-zendesk-webhook-signature-timestamp", "")
    _check_signature(post, stamp, settings)
    _check_age(stamp, post.received_at)
    if not post.body:
        return Delivery(dedupe_key=post.headers.get("x-zendesk-webhook-invocation-id") or f"empty:{stamp}")
    event = _event(post.body)
    key = event.get("id") or hashlib.sha256(post.body).hexdigest()
    return Delivery(dedupe_key=str(key), changes=_changes(event))


def _check_signature(post: Post, stamp: str, settings: Settings) -> None:
    given = post.headers.get("x-zendesk-webhook-signature", "").encode()
    if not settings.webhook_secrets:
        raise PostRefused(401, "no webhook secret is configured")
    good = False
    for secret in settings.webhook_secrets:
        made = hmac.new(secret.get_secret_value().encode(), stamp.encode() + post.body, hashlib.sha256).digest()
        good |= hmac.compare_digest(base64.b64encode(made), given)
    if not good:
        raise PostRefused(401, "the signature is not ours")


def _check_age(stamp: str, received_at: datetime) -> None:
    try:
        signed_at = datetime.fromisoformat(stamp)
        age = abs(received_at - signed_at)
    except (ValueError, TypeError):
        raise PostRefused(401, "the signed time cannot be read") from None
    if age > OLDEST:
        raise PostRefused(401, "the post is too old")


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except ValueError:
        raise PostRefused(415, "not JSON") from None
    if not isinstance(event, dict):
        raise PostRefused(415, "not an event")
    return event


def _changes(event: dict[str, Any]) -> tuple[Changed, ...]:
    subject = _SUBJECT.fullmatch(str(event.get("subject", "")))
    return (Changed(_STREAMS[subject[1]], subject[2]),) if subject else ()
