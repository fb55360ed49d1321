"""OAuth 1.0a without a user, as WordPress takes it over plain http: key and secret sign each call (RFC 5849).

Room: connectors/web_forms sandbox.
"""

from __future__ import annotations

import base64
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

if TYPE_CHECKING:
    from starlette.requests import Request

_PART = re.compile(r'(\w+)="([^"]*)"')
DIGESTS = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}


def signed_by(request: Request, key: str, secret: str) -> bool:
    """Say whether a call's `Authorization: OAuth` header is signed with this pair."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    told = {name: unquote(value) for name, value in _PART.findall(rest)}
    digest = DIGESTS.get(told.get("oauth_signature_method", ""))
    if kind != "OAuth" or told.get("oauth_consumer_key") != key or digest is None:
        return False
    right = signature(request.method, str(request.url), told, secret, digest)
    return hmac.compare_digest(told.get("oauth_signature", ""), right)


def signature(method: str, url: str, told: dict[str, str], secret: str, digest: str) -> str:
    """Return the signature of a call: over method, address and every parameter but itself and the realm."""
    address, _, query = url.partition("?")
    given = [(name, value) for name, value in told.items() if name not in {"oauth_signature", "realm"}]
    given += parse_qsl(query, keep_blank_values=True)
    encoded = "&".join(f"{name}={value}" for name, value in sorted((_safe(a), _safe(b)) for a, b in given))
    text = "&".join(_safe(one) for one in (method, address, encoded))
    return base64.b64encode(hmac.new(f"{_safe(secret)}&".encode(), text.encode(), digest).digest()).decode()


def _safe(text: str) -> str:
    return quote(text, safe="-._~")
