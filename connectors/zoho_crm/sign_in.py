"""Sign in to Zoho: one access token at a time, shared by every thread and process.

Room: connectors/zoho_crm; talks to the accounts host only. Zoho gives ten access tokens per refresh token in ten
minutes and lets fifteen live, so that workers refreshing in parallel would lock each other out.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

from connectors.http import Call, HttpClient
from connectors.ports import Tokens, TokenStore
from connectors.zoho_crm.settings import Settings

EARLY_SECONDS = 300.0
"""A token is renewed this long before it ends, so that none dies within a call."""
TOKEN_BUCKET = "token"  # noqa: S105 (the name of a rate limit)


class ZohoSignIn:
    """Signs calls with the shared access token; paths (`/crm/…`) get the account's API host.

    Args:
        http: the client for the accounts host, itself unsigned.
        now: epoch seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        http: HttpClient,
        account: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._tokens, self._http, self._now = settings, tokens, http, now
        self._account = account
        # A changed refresh token or client must not go on with the old one's access token.
        grant = f"{settings.client_id}\n{settings.refresh_token.get_secret_value()}"
        self._grant = hashlib.sha256(grant.encode()).hexdigest()[:16]

    def sign(self, call: Call) -> Call:
        """Return *call* with host and access token."""
        kept = self._usable() or self._renew(refused=None)
        host = self._settings.base_url or str(kept.get("api_domain") or self._settings.fallback_api_host)
        url = host.rstrip("/") + call.url if call.url.startswith("/") else call.url
        return replace(call, url=url, headers={**call.headers, "Authorization": _header(kept)})

    def refresh(self, refused: Call) -> None:
        """Sign in again, unless the kept token is already another than the refused one."""
        self._renew(refused=refused.headers.get("Authorization"))

    def _usable(self) -> Tokens | None:
        kept = self._tokens.load(self._account)
        if kept is None or kept.get("grant") != self._grant or not kept.get("access_token"):
            return None
        return kept if float(kept.get("expires_at", 0)) - EARLY_SECONDS > self._now() else None

    def _renew(self, refused: str | None) -> Tokens:
        with self._tokens.locked(self._account):
            kept = self._usable()
            if kept is not None and _header(kept) != refused:
                return kept
            fresh = self._ask()
            self._tokens.save(self._account, fresh)
            return fresh

    def _ask(self) -> Tokens:
        reply = self._http.call(
            Call(
                "POST",
                f"{self._settings.accounts_host}/oauth/v2/token",
                data={
                    "grant_type": "refresh_token",
                    "refresh_token": self._settings.refresh_token.get_secret_value(),
                    "client_id": self._settings.client_id,
                    "client_secret": self._settings.client_secret.get_secret_value(),
                },
                bucket=TOKEN_BUCKET,
                idempotent=True,
            )
        )
        answer = reply.body
        tokens: Tokens = {
            "access_token": answer["access_token"],
            "expires_at": self._now() + _lifetime(answer),
            "grant": self._grant,
        }
        if isinstance(answer.get("api_domain"), str):
            tokens["api_domain"] = answer["api_domain"]
        return tokens


def _header(tokens: Tokens) -> str:
    return f"Zoho-oauthtoken {tokens['access_token']}"


def _lifetime(answer: dict[str, object]) -> float:
    """Seconds that a token lives; in the old shape `expires_in` is in milliseconds beside `expires_in_sec`."""
    for key in ("expires_in_sec", "expires_in"):
        said = answer.get(key)
        if isinstance(said, (int, float)) and said > 0:
            return float(said)
    return 3600.0
