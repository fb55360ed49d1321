"""Who may call: OAuth tokens that rotate, and the legacy API token."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from connectors.zendesk.sandbox.wire import Answer, Json, Refusal

if TYPE_CHECKING:
    from connectors.zendesk.sandbox.account import Account

EMAIL = "admin@acme.example"


def secret(seed: int, name: str) -> str:
    """Return an invented secret that follows from the seed."""
    return hashlib.sha256(f"zendesk/{seed}/{name}".encode()).hexdigest()[:40]


@dataclass
class Door:
    """The live tokens of one account. A refresh kills the pair before it."""

    account: Account
    client_id: str = "crmhub"
    refreshes: int = 0
    _access: dict[str, float] = field(default_factory=dict)
    _codes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seed = self.account.options.seed
        self.client_secret = secret(seed, "client")
        self.api_token = secret(seed, "api")
        self.webhook_secret = secret(seed, "webhook")
        self.refresh_token = secret(seed, "refresh")

    def expire(self) -> None:
        """End every access token now; the refresh token lives on."""
        self._access.clear()

    def keep(self) -> Json:
        """Return the live tokens."""
        return {"refreshes": self.refreshes, "refresh_token": self.refresh_token, "access": self._access}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take back what `keep` gave."""
        self.refreshes, self.refresh_token = kept["refreshes"], kept["refresh_token"]
        self._access = dict(kept["access"])

    def token(self, body: object) -> Answer:
        """Answer `POST /oauth/tokens`."""
        given = body if isinstance(body, dict) else {}
        if given.get("client_id") != self.client_id or given.get("client_secret") != self.client_secret:
            raise _refused(401, "invalid_client", "Client authentication failed")
        if given.get("grant_type") == "authorization_code":
            return self._granted(given)
        if given.get("grant_type") != "refresh_token":
            raise _refused(400, "unsupported_grant_type", "The authorization grant type is not supported")
        if given.get("refresh_token") != self.refresh_token:
            raise _refused(400, "invalid_grant", "The refresh token is invalid, expired or revoked")
        return Answer(body=self._rotate())

    def consent(self, query: Mapping[str, str]) -> str:
        """Answer `GET /oauth/authorizations/new`: the owner agrees at once; return where the browser is sent."""
        back = query.get("redirect_uri", "")
        if query.get("client_id") != self.client_id or query.get("response_type") != "code" or not back:
            raise _refused(400, "invalid_request", "The request is missing a required parameter")
        code = secret(self.account.options.seed, f"code {len(self._codes)} {back}")
        self._codes[code] = (back, query.get("code_challenge", ""))
        return f"{back}?{urlencode({'code': code, 'state': query.get('state', '')})}"

    def _granted(self, given: Mapping[str, Any]) -> Answer:
        """Exchange a code, which is good once, for whoever asked for it."""
        back, challenge = self._codes.pop(str(given.get("code")), ("", ""))
        digest = hashlib.sha256(str(given.get("code_verifier", "")).encode()).digest()
        proven = not challenge or base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge
        if not back or given.get("redirect_uri") != back or not proven:
            raise _refused(400, "invalid_grant", "The provided authorization grant is invalid")
        return Answer(body=self._rotate())

    def _rotate(self) -> Json:
        self.refreshes += 1
        self.refresh_token = secret(self.account.options.seed, f"refresh {self.refreshes}")
        access = secret(self.account.options.seed, f"access {self.refreshes}")
        lasts = self.account.switches["access_token_seconds"]
        seconds = None if lasts == "none" else int(lasts)
        self._access = {access: self.account.seconds() + (seconds or 10**9)}
        return {
            "access_token": access,
            "refresh_token": self.refresh_token,
            "token_type": "bearer",
            "scope": self.account.switches["token_scope"],
            "expires_in": seconds,
            "refresh_token_expires_in": 7776000,
        }

    def knows(self, header: str) -> bool:
        """Say whether an Authorization header is good now."""
        kind, _, value = header.partition(" ")
        if kind.lower() == "bearer":
            return self._access.get(value, 0.0) > self.account.seconds()
        if kind.lower() == "basic":
            try:
                return base64.b64decode(value).decode() == f"{EMAIL}/token:{self.api_token}"
            except (ValueError, binascii.Error):
                return False
        return False


def _refused(status: int, error: str, said: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": said})
