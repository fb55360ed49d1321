"""The accounts host: refresh tokens in, access tokens out.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from connectors.sandboxes.answers import Json
from connectors.sandboxes.clock import VirtualClock
from connectors.sandboxes.contract import SandboxOptions
from connectors.sandboxes.form_body import form_fields
from connectors.sandboxes.limits import SlidingWindow
from connectors.zoho_crm.sandbox.answers import Refused
from connectors.zoho_crm.sandbox.switches import Switches

LIFETIME = timedelta(seconds=3600)
CODE_LIFE = timedelta(minutes=3)
LIVE_TOKENS = 15
"""Access tokens that live at once; one more ends the oldest."""
ALL_SCOPES = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ,ZohoCRM.coql.READ,"
ALL_SCOPES += "ZohoCRM.bulk.ALL,ZohoCRM.notifications.ALL,ZohoFiles.files.ALL,ZohoSearch.securesearch.READ"
NEEDED = (
    ("/settings", "ZohoCRM.settings"),
    ("/users", "ZohoCRM.users"),
    ("/org", "ZohoCRM.org"),
    ("/coql", "ZohoCRM.coql"),
    ("/bulk", "ZohoCRM.bulk"),
    ("/actions/watch", "ZohoCRM.notifications"),
    ("/search", "ZohoSearch.securesearch"),
    ("/actions/count", "ZohoSearch.securesearch"),
)


class Accounts:
    """Issues and knows access tokens."""

    def __init__(self, options: SandboxOptions, switches: Switches, zgid: str) -> None:
        chance = random.Random(f"{options.seed} secrets")  # noqa: S311 (invented secrets that can be made again)
        self.client_id = f"1000.{chance.randbytes(15).hex().upper()}"
        self.client_secret = chance.randbytes(21).hex()
        self.refresh_token = f"1000.{chance.randbytes(16).hex()}.{chance.randbytes(16).hex()}"
        self.webhook_token = chance.randbytes(16).hex()
        self._base_url, self._clock, self._switches, self._zgid = options.base_url, options.clock, switches, zgid
        self._window = _window(options)
        self.live: dict[str, datetime] = {}
        self._codes: dict[str, tuple[str | None, datetime]] = {}

    async def consent(self, request: Request) -> Response:
        """`GET /oauth/v2/auth`: the owner agrees at once; the browser is sent back with a code."""
        asked = request.query_params
        back = asked.get("redirect_uri", "")
        if asked.get("client_id") != self.client_id or asked.get("response_type") != "code" or not back:
            return Json({"error": "invalid_client"}, 400)
        told = {"code": self._code(back), "location": "us", "accounts-server": self._base_url}
        return RedirectResponse(f"{back}?{urlencode({**told, 'state': asked.get('state', '')})}", 302)

    async def generate(self, _request: Request) -> Json:
        """`GET /__sim/grant`: what Generate Code of a self client gives in the API console."""
        return Json({"code": self._code(None)})

    def _code(self, back: str | None) -> str:
        code = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
        self._codes[code] = (back, self._clock.now() + CODE_LIFE)
        return code

    async def token(self, request: Request) -> Json:
        """`POST /oauth/v2/token`, parameters in the form or in the query."""
        form = form_fields(request.headers.get("content-type", ""), await request.body())
        asked = {**request.query_params, **form}
        wrong = self._mistake(asked)
        if wrong is not None:
            return Json({"error": wrong})
        if asked.get("grant_type") == "authorization_code":
            return Json({**self._issued(), "refresh_token": self.refresh_token})
        if self._window is not None and self._window.take() > 0:
            said = "You have made too many requests continuously. Please try again after some time."
            body = {"error": "Access Denied", "error_description": said, "status": "failure"}
            return Json(body, int(self._switches.throttle_status))
        return Json(self._issued())

    def check(self, request: Request) -> None:
        """Refuse a call whose token is missing, unknown, expired or lacks the scope."""
        prefix, _, token = request.headers.get("Authorization", "").partition(" ")
        if prefix.lower() != "zoho-oauthtoken" or not token:
            raise Refused(401, "AUTHENTICATION_FAILURE", "Authentication failed")
        ends = self.live.get(token)
        if ends is None or ends <= self._clock.now():
            raise Refused(401, "INVALID_TOKEN", "invalid oauth token")
        if self._switches.scopes != "all":
            self._check_scope(request.url.path)

    def _check_scope(self, path: str) -> None:
        if path.startswith("/crm/bulk/"):
            path = "/crm/v8/bulk"
        rest = path.split("/", 3)[-1] if path.count("/") > 2 else path  # noqa: PLR2004 (/crm/v8/…)
        needed = next((scope for mark, scope in NEEDED if f"/{rest}".find(mark) >= 0), "ZohoCRM.modules")
        if not any(scope.startswith(needed) for scope in self._switches.scopes.split(",")):
            raise Refused(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")

    def _mistake(self, asked: dict[str, str]) -> str | None:
        if asked.get("client_id") != self.client_id:
            return "invalid_client"
        if asked.get("client_secret") != self.client_secret:
            return "invalid_client_secret"
        kind = asked.get("grant_type")
        if kind == "refresh_token":
            return None if asked.get("refresh_token") == self.refresh_token else "invalid_code"
        if kind == "client_credentials":
            said = asked.get("soid")
            return "missing_org_info" if not said else None if said == f"ZohoCRM.{self._zgid}" else "invalid_soid"
        if kind != "authorization_code":
            return "unsupported_grant_type"
        back, ends = self._codes.pop(asked.get("code", ""), (None, self._clock.now()))
        return None if ends > self._clock.now() and back == asked.get("redirect_uri") else "invalid_code"

    def _issued(self) -> dict[str, Any]:
        token = f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
        self.live[token] = self._clock.now() + LIFETIME
        while len(self.live) > LIVE_TOKENS:
            del self.live[next(iter(self.live))]
        scope = ALL_SCOPES if self._switches.scopes == "all" else self._switches.scopes
        return {
            "access_token": token,
            "scope": scope.replace(",", " "),
            "api_domain": self._base_url,
            "token_type": "Bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }


def _window(options: SandboxOptions) -> SlidingWindow | None:
    clock: VirtualClock = options.clock
    return SlidingWindow(clock, 10, 600) if options.limits == "real" else None
