"""What Zoho Desk posts: an array of events. Their header proves who posts, not what: each record is read again.

    [{"eventType": "Contact_Update", "payload": {"id": "1"}, "eventTime": "1767323045000", "orgId": "1"}]

`X-ZDesk-JWT` is signed (RS256) and names the organization; the body is not covered by it. A new webhook is tried out
with an empty post, which has to be answered with 200 like any other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from connectors.contract import Changed, Delivery, Post, PostRefused
from connectors.zoho_desk.records import ACCOUNTS, CONTACTS, TICKETS

if TYPE_CHECKING:
    from connectors.zoho_desk.settings import Settings

LARGEST = 2_000_000
"""Bytes; an array of events with their records."""
HEADER = "x-zdesk-jwt"
OLDEST = 300.0
"""Seconds that a signed time may be from now."""
_STREAMS = {"Contact": CONTACTS, "Account": ACCOUNTS, "Ticket": TICKETS}


def receive(post: Post, settings: Settings) -> Delivery:
    """Return the records that the events name; events of another organization are left out.

    Raises:
        PostRefused: 401 neither signed nor vouched for, 413 too large, 415 no JSON.
    """
    if len(post.body) > LARGEST:
        raise PostRefused(413, "larger than any post")
    _check(post, settings)
    try:
        parsed = json.loads(post.body) if post.body.strip() else []
    except (ValueError, RecursionError):
        raise PostRefused(415, "not JSON") from None
    events = [one for one in (parsed if isinstance(parsed, list) else [parsed]) if isinstance(one, Mapping)]
    mine = [one for one in events if str(one.get("orgId") or settings.org_id) == settings.org_id]
    changes = dict.fromkeys(change for one in mine if (change := _change(one)) is not None)
    key = hashlib.sha256(post.body).hexdigest()
    return Delivery(key, tuple(changes), answer=b"{}", answer_status=200)


def _change(event: Mapping[str, Any]) -> Changed | None:
    noun, _, _ = str(event.get("eventType") or "").partition("_")
    payload = event.get("payload")
    record_id = str(payload.get("id") or "") if isinstance(payload, Mapping) else ""
    return Changed(_STREAMS[noun], record_id) if noun in _STREAMS and record_id.isdigit() else None


def _check(post: Post, settings: Settings) -> None:
    if not settings.webhook_keys:
        if post.vouched:
            return
        raise PostRefused(401, "no webhook_keys are configured")
    head, body, signature = [*post.headers.get(HEADER, "").split("."), "", "", ""][:3]
    claims, said = _object(body), _object(head)
    signed = f"{head}.{body}".encode()
    if said.get("alg") != "RS256" or not any(_fits(key, signature, signed) for key in settings.webhook_keys):
        raise PostRefused(401, "the header is not signed by a known key")
    if claims.get("iss") != f"orgId:{settings.org_id}":
        raise PostRefused(401, "signed for another organization")
    issued = claims.get("iat")
    if isinstance(issued, int | float) and abs(post.received_at.timestamp() - issued) > OLDEST:
        raise PostRefused(401, "signed too long ago")


def _fits(pem: str, signature: str, signed: bytes) -> bool:
    key = load_pem_public_key(pem.encode())
    try:
        raw = _decoded(signature)
        if not isinstance(key, RSAPublicKey):
            return False
        key.verify(raw, signed, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _object(part: str) -> Mapping[str, Any]:
    try:
        found = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
