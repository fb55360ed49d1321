"""Sign in with a refresh token that stays the same: one access token at a time, shared by threads and processes.

Room: connectors. For systems whose refresh does not rotate the refresh token (Google, Zoho): only the holder of the
account's lock asks for a new access token, and looks first whether another process has done so.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from connectors.errors import StopSystem
from connectors.http import Call, HttpClient

if TYPE_CHECKING:
    from connectors.ports import Tokens, TokenStore

EARLY = 60.0
"""Seconds before its end that a token is no longer used: a call in flight must not outlive it."""
USUAL_SECONDS = 3600.0
"""How long a token lives where the answer does not say."""


@dataclass(frozen=True)
class Grant:
    """What is exchanged for access tokens: the accounts host's address and its three secrets."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


class RefreshedToken:
    """A `connectors.http.SignIn`.

    Args:
        http: an unsigned client for the token calls.
        kind: names the tokens in the store, together with a hash of the grant: another grant never goes on with the
            token of the one before.
        scheme: the word before the token in the header.
        headers: further headers of every call.
        now: epoch seconds.
    """

    def __init__(  # noqa: PLR0913 (wiring, all named)
        self,
        grant: Grant,
        tokens: TokenStore,
        http: HttpClient,
        *,
        kind: str,
        scheme: str = "Bearer",
        headers: Mapping[str, str] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._grant, self._tokens, self._http, self._now = grant, tokens, http, now
        self._scheme, self._headers = scheme, dict(headers or {})
        mark = hashlib.sha256(f"{grant.token_url}\n{grant.client_id}\n{grant.refresh_token}".encode()).hexdigest()[:16]
        self._account = f"{kind}:{mark}"

    def sign(self, call: Call) -> Call:
        """Add a live access token."""
        kept = self._usable() or self._renew(refused="")
        return replace(call, headers={**call.headers, **self._headers, "Authorization": self._header(kept)})

    def refresh(self, refused: Call) -> None:
        """Get another token, unless another thread or process already has."""
        self._renew(refused=refused.headers.get("Authorization", ""))

    def _header(self, kept: Tokens) -> str:
        return f"{self._scheme} {kept['access_token']}"

    def _usable(self) -> Tokens | None:
        kept = self._tokens.load(self._account)
        return kept if kept and float(kept.get("expires_at", 0)) - EARLY > self._now() else None

    def _renew(self, refused: str) -> Tokens:
        with self._tokens.locked(self._account):
            kept = self._usable()
            if kept is None or self._header(kept) == refused:
                kept = self._ask()
                self._tokens.save(self._account, kept)
            return kept

    def _ask(self) -> Tokens:
        asked = {
            "grant_type": "refresh_token",
            "client_id": self._grant.client_id,
            "client_secret": self._grant.client_secret,
            "refresh_token": self._grant.refresh_token,
        }
        body = self._http.call(Call("POST", self._grant.token_url, data=asked, bucket="token", idempotent=True)).body
        facts: Mapping[str, object] = body if isinstance(body, Mapping) else {}
        token, lasts = facts.get("access_token"), facts.get("expires_in")
        if not isinstance(token, str) or not token:
            raise StopSystem(
                "the sign-in answered without a token",
                system=self._http.system,
                code="no-token",
                cure="Check the address of the accounts host, then the OAuth client.",
            )
        seconds = float(lasts) if isinstance(lasts, int | float) and lasts else USUAL_SECONDS
        return {"access_token": token, "expires_at": self._now() + seconds}
