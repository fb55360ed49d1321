"""Signing in to Zendesk: OAuth with a rotating refresh token, or the legacy API token.

A refresh kills the access token and the refresh token before it. So only the holder of the account's lock
refreshes, looks first whether another process has done so, and keeps the new pair before anyone uses it.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.errors import StopSystem
from connectors.http import Call, HttpClient

if TYPE_CHECKING:
    from connectors.http import Reply, SignIn
    from connectors.ports import Tokens, TokenStore
    from connectors.zendesk.settings import Settings

EARLY = 60.0
"""Seconds before its end that an access token is no longer used: a call in flight must not outlive it."""
NEVER = 4102444800.0
"""The end of a token that names none (the year 2100)."""


class ApiToken:
    """Basic sign-in, user name `{email}/token`. Cannot be renewed."""

    def __init__(self, settings: Settings) -> None:
        pair = f"{settings.email}/token:{settings.api_token.get_secret_value()}".encode()
        self._header = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def sign(self, call: Call) -> Call:
        """Add the header."""
        return replace(call, headers={**call.headers, **self._header})

    def refresh(self, refused: Call) -> None:
        """Nothing can be renewed: a refusal is final."""


class OAuth:
    """Bearer sign-in; *account* names the tokens in the store."""

    def __init__(
        self,
        settings: Settings,
        tokens: TokenStore,
        http: HttpClient,
        account: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._tokens, self._http, self._account, self._now = settings, tokens, http, account, now
        self._first = settings.refresh_token.get_secret_value()
        self._seed = hashlib.sha256(self._first.encode()).hexdigest()[:16]
        self._held: Tokens | None = None

    def sign(self, call: Call) -> Call:
        """Add a live access token, refreshing where none is at hand."""
        if not self._alive(self._held):
            self._renew(refused="")
        return replace(call, headers={**call.headers, "Authorization": f"Bearer {self._access(self._held)}"})

    def refresh(self, refused: Call) -> None:
        """Get a new pair, unless another thread or process already has."""
        self._renew(refused=refused.headers.get("Authorization", "").removeprefix("Bearer "))

    def _renew(self, refused: str) -> None:
        with self._tokens.locked(self._account):
            kept = self._kept()
            if not self._alive(kept) or self._access(kept) == refused:
                kept = self._exchange(kept)
                self._tokens.save(self._account, kept)
            self._held = kept

    def _kept(self) -> Tokens | None:
        """Return the stored tokens, unless the operator has put a new first refresh token since."""
        kept = self._tokens.load(self._account)
        return kept if kept is not None and kept.get("seed") == self._seed else None

    def _exchange(self, kept: Tokens | None) -> Tokens:
        refresh_token = str(kept["refresh_token"]) if kept and kept.get("refresh_token") else self._first
        reply = self._http.call(
            Call(
                "POST",
                f"{self._settings.base_url}/oauth/tokens",
                json={
                    "grant_type": "refresh_token",
                    "refresh_token": refresh_token,
                    "client_id": self._settings.client_id,
                    "client_secret": self._settings.client_secret.get_secret_value(),
                },
                # A repeat either gives the pair that a lost answer kept from us, or is refused as used up.
                idempotent=True,
            )
        )
        return self._pair(reply, refresh_token)

    def _pair(self, reply: Reply, refresh_token: str) -> Tokens:
        body = reply.body if isinstance(reply.body, dict) else {}
        access, lasts = body.get("access_token"), body.get("expires_in")
        if not isinstance(access, str) or not access:
            raise StopSystem(
                "the sign-in answered without a token",
                system=self._http.system,
                code="no-token",
                cure="Check base_url, then sign in anew with `crmhub connect`.",
            )
        return {
            "access_token": access,
            "refresh_token": str(body.get("refresh_token") or refresh_token),
            "expires_at": self._now() + float(lasts) if isinstance(lasts, int | float) and lasts else NEVER,
            "seed": self._seed,
        }

    def _alive(self, tokens: Tokens | None) -> bool:
        return bool(tokens) and float((tokens or {}).get("expires_at", 0)) - EARLY > self._now()

    @staticmethod
    def _access(tokens: Tokens | None) -> str:
        return str((tokens or {}).get("access_token", ""))


def sign_in_for(settings: Settings, tokens: TokenStore, http: HttpClient, account: str) -> SignIn:
    """Return the way in that *settings* describe; *http* is an unsigned client for the token calls."""
    return ApiToken(settings) if settings.api_token else OAuth(settings, tokens, http, account)
