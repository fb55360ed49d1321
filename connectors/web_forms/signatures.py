"""Is this post from whom it says? Verification over the raw bytes, each scheme as its sender defines it.

Pure: secrets, headers, bytes and the time come in. Comparisons take constant time. Any of several secrets will do, so
that a secret can be replaced without losing posts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connectors.contract import PostRefused

ED25519_BYTES = 32


class BadKey(ValueError):
    """A configured secret is not of the form that its scheme asks for."""


def typeform_signature(secret: str, body: bytes) -> str:
    """Return the `Typeform-Signature` of *body*: `sha256=` and the HMAC in base64."""
    return "sha256=" + base64.b64encode(_hmac(secret.encode(), body)).decode()


def verify_typeform(secrets: Iterable[str], headers: Mapping[str, str], body: bytes) -> None:
    """Raise PostRefused unless the body is signed with one of *secrets*. There is no timestamp in this scheme."""
    given = headers.get("typeform-signature", "").strip()
    if not _any_equal(given, (typeform_signature(secret, body) for secret in secrets)):
        raise PostRefused(401, "signature")


def verify_key(secrets: Iterable[str], given: Iterable[str | None]) -> None:
    """Raise PostRefused unless one of the *given* keys (query, header) is one of *secrets*."""
    known = tuple(secrets)
    if not any(_any_equal(one, known) for one in given if one):
        raise PostRefused(401, "key")


def standard_signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the symmetric signature of Standard Webhooks 1.0: `v1,` and the HMAC in base64."""
    key = standard_key(secret)
    if not isinstance(key, bytes):
        raise BadKey("a public key cannot sign")
    return "v1," + base64.b64encode(_hmac(key, _signed(message_id, timestamp, body))).decode()


def standard_key(secret: str) -> bytes | Ed25519PublicKey:
    """Decode `whsec_…` (HMAC key, the prefix may lack) or `whpk_…` (ed25519); padding may be missing.

    Raises:
        BadKey: it is no base64 of such a key. The text never repeats it.
    """
    raw = _decoded(secret.removeprefix("whsec_").removeprefix("whpk_"))
    if not raw:
        raise BadKey("a secret must be whsec_ or whpk_ and base64")
    if not secret.startswith("whpk_"):
        return raw
    if len(raw) != ED25519_BYTES:
        raise BadKey("a whpk_ key must have 32 bytes")
    return Ed25519PublicKey.from_public_bytes(raw)


def verify_standard(
    secrets: Iterable[str], headers: Mapping[str, str], body: bytes, *, now: datetime, tolerance_seconds: int
) -> None:
    """Verify a Standard Webhooks 1.0 post; *now* is aware.

    Raises:
        PostRefused: a header lacks, no signature of a known version fits, or the attempt is too old or too early.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (timestamp.isascii() and timestamp.isdigit()):
        raise PostRefused(401, "headers")
    keys = [standard_key(secret) for secret in secrets]
    given = [one.partition(",")[::2] for one in headers.get("webhook-signature", "").split()]
    signed = _signed(message_id, timestamp, body)
    if not any(_fits(key, version, text, signed) for key in keys for version, text in given):
        raise PostRefused(401, "signature")
    if abs(now.timestamp() - int(timestamp)) > tolerance_seconds:
        raise PostRefused(401, "timestamp")


def _fits(key: bytes | Ed25519PublicKey, version: str, text: str, signed: bytes) -> bool:
    if version == "v1" and isinstance(key, bytes):
        return _any_equal(text, (base64.b64encode(_hmac(key, signed)).decode(),))
    if version == "v1a" and isinstance(key, Ed25519PublicKey):
        try:
            key.verify(base64.b64decode(text, validate=True), signed)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True
    return False


def _signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _hmac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()


def _any_equal(given: str, right: Iterable[str]) -> bool:
    """Say whether *given* is one of *right*; the time does not tell how near it was."""
    shown = given.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(shown, one.encode()) for one in right)


def _decoded(text: str) -> bytes:
    """Decode base64 with or without its padding; empty where it is none."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return b""


def wenjuanxing_sign(push_key: str, activity: str, index: str) -> str:
    """Return the `sign` of 问卷星's data push: SHA-1 over survey, number and key. It does not cover the answers."""
    return _sha1(f"{activity}{index}{push_key}".encode())


def verify_wenjuanxing_sign(secrets: Iterable[str], entry: Mapping[str, object]) -> None:
    """Raise PostRefused unless the entry's `sign` is made with one of *secrets*."""
    activity, index, given = (str(entry.get(key) or "") for key in ("activity", "index", "sign"))
    if not activity or not _any_equal(given, (wenjuanxing_sign(secret, activity, index) for secret in secrets)):
        raise PostRefused(401, "sign")


def wenjuanxing_body_signature(app_key: str, body: bytes) -> str:
    """Return the `X-Wjx-Signature` of 问卷星's open-API push: SHA-1 over the raw body and the app key."""
    return _sha1(body + app_key.encode())


def verify_wenjuanxing_body(secrets: Iterable[str], headers: Mapping[str, str], body: bytes) -> None:
    """Raise PostRefused unless the body is signed with one of *secrets*."""
    given = headers.get("x-wjx-signature", "").strip().lower()
    if not _any_equal(given, (wenjuanxing_body_signature(secret, body) for secret in secrets)):
        raise PostRefused(401, "signature")


def wenjuanxing_call(app_key: str, values: Mapping[str, str]) -> str:
    """Return the `sign` of a call to 问卷星: SHA-1 over the non-empty values in the order of their names, and the key.

    >>> wenjuanxing_call("k", {"b": "2", "a": "1", "c": ""}) == _sha1(b"12k")
    True
    """
    return _sha1("".join(values[name] for name in sorted(values) if values[name]).encode() + app_key.encode())


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()  # noqa: S324 (the vendor's scheme)
