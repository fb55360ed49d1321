"""What Fxiaoke's event subscription (事件变更订阅) posts: which record changed, sealed and signed, without its values.

The subscription is described only by a public integration guide, so its events are hints that make the hub read a
record earlier; what is true comes from reading. Which kinds of events there are is not known, and no kind is trusted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.contract import Changed, Delivery, Post, PostRefused
from connectors.fxiaoke.settings import Settings

LARGEST = 256 * 1024
"""Bytes; an event names one record."""
OLDEST = 600.0
"""Seconds by which an event's timestamp may differ from the hub's clock, a repetition included."""
_BLOCK = 128


def receive(post: Post, settings: Settings) -> Delivery:
    """Verify and open an event post.

    The answer is the sealed word `success`, which has to come within 3 s. A kind of event does not matter: each says
    "read this record again". Objects that are not configured are taken in and name no change.

    Raises:
        PostRefused: forged, too old, of another tenant, too large, or no JSON.
    """
    if settings.event_secret is None:
        raise PostRefused(401, "no event_secret is configured")
    secret = settings.event_secret.get_secret_value()
    envelope = _envelope(post)
    _verify(envelope, secret, settings.ea)
    _in_time(envelope, post)
    event = _opened(str(envelope["encryptedContent"]), secret)
    stream, record_id = event.get("apiName"), event.get("dataId")
    known = stream in settings.objects and isinstance(record_id, str) and record_id
    changes = (Changed(str(stream), str(record_id)),) if known else ()
    answer = json.dumps({"encryptedResult": _sealed(b"success", secret)}).encode()
    return Delivery(str(envelope["messageId"]), changes, answer=answer, answer_status=200)


def _envelope(post: Post) -> Mapping[str, Any]:
    if len(post.body) > LARGEST:
        raise PostRefused(413, "the post is larger than any event")
    try:
        body = json.loads(post.body)
    except (ValueError, RecursionError):
        raise PostRefused(415, "the post is not JSON") from None
    if not isinstance(body, dict):
        raise PostRefused(415, "the post is no event")
    return body


def _verify(envelope: Mapping[str, Any], secret: str, ea: str) -> None:
    """Check the signature; whether it covers the timestamp is told in two ways, so both are tried."""
    names = ("nonce", "messageId", "retryTimes", "enterpriseAccount", "encryptedContent")
    if any(not isinstance(envelope.get(name), str) or not envelope[name] for name in names if name != "retryTimes"):
        raise PostRefused(401, "the event lacks a part that is signed")
    rest = "".join(str(envelope.get(name, "")) for name in names) + secret
    given = str(envelope.get("signature", "")).encode(errors="replace")
    signed = (
        hashlib.sha1(text.encode(errors="replace"), usedforsecurity=False).hexdigest().encode()
        for text in (f"{envelope.get('timestamp', '')}{rest}", rest)
    )
    if not any(hmac.compare_digest(one, given) for one in signed):
        raise PostRefused(401, "the signature is wrong")
    if ea and envelope["enterpriseAccount"] != ea:
        raise PostRefused(401, "the event is another tenant's")


def _in_time(envelope: Mapping[str, Any], post: Post) -> None:
    try:
        sent = float(envelope["timestamp"]) / 1000
    except (KeyError, TypeError, ValueError):
        raise PostRefused(401, "the event has no timestamp") from None
    if not abs(post.received_at.timestamp() - sent) <= OLDEST:
        raise PostRefused(401, "the event is too old")


def _opened(sealed: str, secret: str) -> Mapping[str, Any]:
    try:
        decryptor = _cipher(secret).decryptor()
        padded = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
        unpadder = padding.PKCS7(_BLOCK).unpadder()
        event = json.loads(unpadder.update(padded) + unpadder.finalize())
    except (ValueError, binascii.Error):
        raise PostRefused(401, "the event cannot be opened with event_secret") from None
    return event if isinstance(event, dict) else {}


def _sealed(plain: bytes, secret: str) -> str:
    padder = padding.PKCS7(_BLOCK).padder()
    encryptor = _cipher(secret).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def _cipher(secret: str) -> Cipher[modes.CBC]:
    """AES-CBC; the key is the decoded secret and its first 16 bytes are the initial vector, as the vendor has it."""
    key = base64.b64decode(secret)
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
