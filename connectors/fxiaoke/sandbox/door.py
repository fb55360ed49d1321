"""Who is let in: the two token endpoints, the two ways to carry a token, and the limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from connectors.fxiaoke.sandbox.desk import Gate, Style, TokenDesk
from connectors.fxiaoke.sandbox.errors import Refused, missing
from connectors.fxiaoke.sandbox.people import People
from connectors.fxiaoke.sandbox.rows import Caller

TOKENS: Mapping[str, Style] = {"/cgi/corpAccessToken/get/V2": "legacy", "/oauth2.0/token": "header"}


@dataclass(frozen=True)
class Tenant:
    """The app's credentials and the tenant's two ids."""

    app_id: str
    app_secret: str
    permanent_code: str
    corp_id: str
    ea: str
    event_secret: str


class Door:
    """Lets calls in, or refuses them."""

    def __init__(
        self, tenant: Tenant, people: People, tokens: TokenDesk, gate: Gate, switches: Mapping[str, str]
    ) -> None:
        self.tenant = tenant
        self._people, self._tokens, self._gate, self._switches = people, tokens, gate, switches

    def token(self, style: Style, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a token endpoint answers; its fields stand at the top of the envelope."""
        code = self._gate.refuses_token()
        if code:
            raise Refused(code, "the token endpoint takes 10 calls a minute")
        wanted = {
            "appId": self.tenant.app_id,
            "appSecret": self.tenant.app_secret,
            "permanentCode": self.tenant.permanent_code,
        } | ({"grantType": "app_secret"} if style == "header" else {})
        for name, value in wanted.items():
            if body.get(name) != value:
                raise missing(name)
        token, left = self._tokens.issue(style)
        seconds = left if self._switches["SIM_EXPIRES_IN"] == "remaining" else 7200
        if style == "legacy":
            return {"corpAccessToken": token.text, "corpId": self.tenant.corp_id, "expiresIn": seconds}
        # openUserId holds the tenant's id here: a trap of the real API.
        ids = {"ea": self.tenant.ea, "appId": self.tenant.app_id, "openUserId": self.tenant.corp_id}
        return {"accessToken": token.text, "expiresIn": seconds, **ids}

    def let_in(self, request: Request, body: Mapping[str, Any], *, needs_user: bool) -> Caller:
        """Return who calls, or refuse: no sign-in (20017), a wrong one (20016), no acting employee."""
        header = request.headers.get("authorization")
        style: Style = "legacy" if header is None else "header"
        user: object
        if header is not None:
            token, tenant, right = header.removeprefix("Bearer "), request.headers.get("x-fs-ea"), self.tenant.ea
            user = request.headers.get("x-fs-userid")
        else:
            token, tenant, right = body.get("corpAccessToken") or "", body.get("corpId"), self.tenant.corp_id
            user = body.get("currentOpenUserId")
            if not token:
                raise Refused("20017", "corpAccessToken为必填项，不能为空")
        if tenant != right or not self._tokens.valid(style, str(token)):
            raise Refused("20016", "the cropId,cropAccessToken or authorization is error")
        if self._switches["SIM_TRACE_ID"] == "required" and not request.query_params.get("thirdTraceId"):
            raise missing("thirdTraceId")
        if not needs_user:
            return Caller(self._people.admin, numbers=False)
        if not user:
            raise Refused(self._switches["SIM_NO_USER_CODE"], "currentOpenUserId must not be empty")
        employee = self._people.find(str(user))
        if employee is None:
            raise Refused("20012", "the employee does not exist")
        as_open = body.get("convertUserId", style == "legacy" or self._switches["SIM_HEADER_IDS"] == "open")
        return Caller(employee, numbers=not as_open)

    def count(self, path: str) -> None:
        """Count a call against the limits, or refuse it."""
        code = self._gate.refuses(path)
        if code:
            raise Refused(code, "the call was refused by a limit")


def parsed(raw: bytes) -> dict[str, Any]:
    """Return the body with a map under `data`, whatever came."""
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise Refused("10006", "the request body is not JSON") from None
    if not isinstance(body, dict):
        raise Refused("10006", "the request body is not an object")
    return {**body, "data": body["data"] if isinstance(body.get("data"), dict) else {}}
