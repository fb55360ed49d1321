"""How a pull API wants its calls signed: a fixed token, a key pair, a token that is renewed, or a signature a call."""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.errors import StopSystem
from connectors.http import Call, HttpClient, SignIn
from connectors.web_forms.signatures import wenjuanxing_call

if TYPE_CHECKING:
    from connectors.ports import Tokens, TokenStore
    from connectors.web_forms.settings import Settings

EARLY = 60.0
"""Seconds before its end that a token is no longer used: a call in flight must not outlive it."""


class Fixed(SignIn):
    """The same header on every call; nothing to refresh: only a person can make other credentials."""

    def __init__(self, header: str) -> None:
        self._header = header

    def sign(self, call: Call) -> Call:
        """Add the header."""
        return replace(call, headers={**call.headers, "Authorization": self._header})

    def refresh(self, refused: Call) -> None:
        """Leave it."""


class PerCall(SignIn):
    """问卷星: every call is signed with the time, which is good for thirty seconds; a repeat is signed anew."""

    def __init__(self, app_id: str, app_key: str, now: Callable[[], float]) -> None:
        self._app_id, self._app_key, self._now = app_id, app_key, now

    def sign(self, call: Call) -> Call:
        """Add id, time, trace id and signature."""
        trace, asked = uuid.uuid4().hex, {**call.json, "appid": self._app_id, "ts": str(int(self._now()))}
        sign = wenjuanxing_call(self._app_key, {**asked, "traceid": trace})
        params = {"traceid": trace, "action": asked["action"]}
        return replace(call, params=params, json={**asked, "sign": sign})

    def refresh(self, refused: Call) -> None:
        """Nothing is kept: the next call is signed anew."""


class Refreshed(SignIn):
    """Google: an access token of an hour, got with a refresh token that stays the same."""

    def __init__(self, settings: Settings, tokens: TokenStore, http: HttpClient, now: Callable[[], float]) -> None:
        self._settings, self._tokens, self._http, self._now = settings, tokens, http, now
        grant = f"{settings.client_id}\n{settings.refresh_token.get_secret_value()}"
        self._account = f"google_forms:{hashlib.sha256(grant.encode()).hexdigest()[:16]}"

    def sign(self, call: Call) -> Call:
        """Add a live access token."""
        kept = self._usable() or self._renew(refused="")
        return replace(call, headers={**call.headers, "Authorization": f"Bearer {kept['access_token']}"})

    def refresh(self, refused: Call) -> None:
        """Get another token, unless another thread or process already has."""
        self._renew(refused=refused.headers.get("Authorization", "").removeprefix("Bearer "))

    def _usable(self) -> Tokens | None:
        kept = self._tokens.load(self._account)
        return kept if kept and float(kept.get("expires_at", 0)) - EARLY > self._now() else None

    def _renew(self, refused: str) -> Tokens:
        with self._tokens.locked(self._account):
            kept = self._usable()
            if kept is None or kept["access_token"] == refused:
                kept = self._ask()
                self._tokens.save(self._account, kept)
            return kept

    def _ask(self) -> Tokens:
        asked = {
            "grant_type": "refresh_token",
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
            "refresh_token": self._settings.refresh_token.get_secret_value(),
        }
        body = self._http.call(Call("POST", self._settings.token_url, data=asked, idempotent=True)).body
        token, lasts = (
            (body.get(key) for key in ("access_token", "expires_in")) if isinstance(body, Mapping) else ("", 0)
        )
        if not isinstance(token, str) or not token:
            raise StopSystem(
                "the sign-in answered without a token",
                system=self._http.system,
                code="no-token",
                cure="Check token_url and the OAuth client.",
            )
        return {"access_token": token, "expires_at": self._now() + float(lasts if isinstance(lasts, int) else 3600)}


def sign_in_for(
    settings: Settings, tokens: TokenStore, http: HttpClient, now: Callable[[], float] = time.time
) -> SignIn:
    """Return the way in that *settings* describe; *http* is an unsigned client for the token calls."""
    if settings.product == "google_forms":
        return Refreshed(settings, tokens, http, now)
    if settings.token is not None:
        return Fixed(f"Bearer {settings.token.get_secret_value()}")
    secret = settings.api_secret.get_secret_value()
    if settings.product == "wenjuanxing":
        return PerCall(settings.api_key, secret, now)
    pair = base64.b64encode(f"{settings.api_key}:{secret}".encode()).decode()
    return Fixed(f"Basic {pair}")
