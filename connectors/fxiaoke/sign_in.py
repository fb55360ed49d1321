"""How calls to Fxiaoke are signed: one token for all processes, in the body or in headers.

The token lives 7200 s. Asking again before its age is 6600 s gives the same one, later a new one while the old one
still works; the endpoint takes 10 calls a minute and none at once. So one process asks, under the account's lock.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from connectors.errors import StopSystem
from connectors.fxiaoke.settings import Settings
from connectors.http import Call, HttpClient, Reply
from connectors.ports import Tokens, TokenStore

TOKEN_PATHS = {"legacy": "/cgi/corpAccessToken/get/V2", "header": "/oauth2.0/token"}
USER_PATH = "/cgi/user/getByMobile"
EARLIER = 600.0
"""Seconds before its end at which a token is given up: from then on the gateway hands out a new one."""


class FreshTrace(Mapping[str, str]):
    """Query parameters with another `thirdTraceId` at each reading, since a retry must not repeat the first one's."""

    def __getitem__(self, key: str) -> str:
        if key != "thirdTraceId":
            raise KeyError(key)
        return str(uuid.uuid4())

    def __iter__(self) -> Iterator[str]:
        return iter(("thirdTraceId",))

    def __len__(self) -> int:
        return 1


class FxiaokeSignIn:
    """Signs calls for one tenant and one acting employee.

    Args:
        anonymous: a client without sign-in, for the token endpoint.
        account: the name under which the tokens are kept.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        anonymous: HttpClient,
        account: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._tokens, self._anonymous = settings, tokens, anonymous
        self._account, self._now = account, now

    def sign(self, call: Call) -> Call:
        """Return *call* with token, tenant and acting employee."""
        kept = self._current()
        if self._settings.param_style == "header":
            signed = {
                "authorization": f"Bearer {kept['access_token']}",
                "x-fs-ea": str(kept["tenant"]),
                "x-fs-userid": self._settings.employee_id,
            }
            return replace(call, headers={**call.headers, **signed})
        trio = {
            "corpAccessToken": kept["access_token"],
            "corpId": kept["tenant"],
            "currentOpenUserId": kept["acting"],
        }
        return replace(call, json={**trio, **(call.json or {})})

    def refresh(self, refused: Call) -> None:
        """Ask for a token, unless another process has got one since *refused* was signed."""
        with self._tokens.locked(self._account):
            kept = self._tokens.load(self._account)
            if kept is None or kept.get("access_token") == _token_of(refused):
                self._ask()

    def acting(self) -> str:
        """Return the acting employee's id in the style of the calls."""
        if self._settings.param_style == "header":
            return self._settings.employee_id
        return str(self._current()["acting"])

    def _current(self) -> Tokens:
        kept = self._tokens.load(self._account)
        if self._usable(kept):
            return kept  # type: ignore[return-value]  # usable ones are there
        with self._tokens.locked(self._account):
            kept = self._tokens.load(self._account)
            return kept if kept is not None and self._usable(kept) else self._ask()

    def _usable(self, kept: Tokens | None) -> bool:
        return (
            kept is not None
            and kept.get("style") == self._settings.param_style
            and float(kept.get("expires_at", 0)) > self._now()
        )

    def _ask(self) -> Tokens:
        style = self._settings.param_style
        asked = {
            "appId": self._settings.app_id,
            "appSecret": self._settings.app_secret.get_secret_value(),
            "permanentCode": self._settings.permanent_code.get_secret_value(),
        } | ({"grantType": "app_secret"} if style == "header" else {})
        body = self._post(TOKEN_PATHS[style], asked)
        token, tenant = (
            (body.get("accessToken"), body.get("ea"))
            if style == "header"
            else (body.get("corpAccessToken"), body.get("corpId"))
        )
        if not token or not tenant:
            raise self._stop("the sign-in answer names no token or no tenant", "no-token")
        tokens: Tokens = {
            "access_token": str(token),
            "tenant": str(tenant),
            "style": style,
            "expires_at": self._now() + max(60.0, _seconds(body.get("expiresIn")) - EARLIER),
        }
        tokens["acting"] = self._settings.open_user_id or self._resolve(tokens)
        self._tokens.save(self._account, tokens)
        return tokens

    def _resolve(self, tokens: Tokens) -> str:
        """Find the acting employee by mobile number; the header style names them by number instead."""
        if self._settings.mobile is None or self._settings.param_style == "header":
            return self._settings.employee_id
        number = self._settings.mobile.get_secret_value()
        body = self._post(
            USER_PATH, {"corpAccessToken": tokens["access_token"], "corpId": tokens["tenant"], "mobile": number}
        )
        people = body.get("empList")
        first = people[0] if isinstance(people, list) and people else None
        if not isinstance(first, dict) or not first.get("openUserId"):
            raise self._stop("no employee has the configured mobile number", "no-employee")
        return str(first["openUserId"])

    def _post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        call = Call(
            "POST", self._settings.root + path, params=FreshTrace(), json=dict(body), bucket=path, idempotent=True
        )
        reply: Reply = self._anonymous.call(call)
        return reply.body if isinstance(reply.body, dict) else {}

    def _stop(self, what: str, code: str) -> StopSystem:
        return StopSystem(
            what, system=self._account, code=code, cure="Check base_url, the app and open_user_id or mobile."
        )


def _token_of(call: Call) -> str:
    if "authorization" in call.headers:
        return call.headers["authorization"].removeprefix("Bearer ")
    return str((call.json or {}).get("corpAccessToken", ""))


def _seconds(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
