"""How a pull API wants its calls signed: a fixed token, a key pair, a token that is renewed, or a signature a call."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.http import Call, HttpClient, SignIn
from connectors.refreshed_token import Grant, RefreshedToken
from connectors.web_forms.signatures import wenjuanxing_call

if TYPE_CHECKING:
    from connectors.ports import TokenStore
    from connectors.web_forms.settings import Settings


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
    """问卷星: every call is signed with the time, which is good for thirty seconds; so a repeat is signed anew."""

    each_attempt = True

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


def sign_in_for(
    settings: Settings, tokens: TokenStore, http: HttpClient, now: Callable[[], float] = time.time
) -> SignIn:
    """Return the way in that *settings* describe; *http* is an unsigned client for the token calls."""
    if settings.product == "google_forms":
        grant = Grant(
            settings.token_url,
            settings.client_id,
            settings.client_secret.get_secret_value(),
            settings.refresh_token.get_secret_value(),
        )
        return RefreshedToken(grant, tokens, http, kind="google_forms", now=now)
    if settings.token is not None:
        return Fixed(f"Bearer {settings.token.get_secret_value()}")
    secret = settings.api_secret.get_secret_value()
    if settings.product == "wenjuanxing":
        return PerCall(settings.api_key, secret, now)
    pair = base64.b64encode(f"{settings.api_key}:{secret}".encode()).decode()
    return Fixed(f"Basic {pair}")
