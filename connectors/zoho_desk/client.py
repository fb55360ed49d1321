"""The calls of one portal: sign-in, organization, credits, and lists that end with an empty answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.errors import TryAgain
from connectors.http import Call, HttpClient, Patience
from connectors.ports import Limit
from connectors.refreshed_token import Grant, RefreshedToken
from connectors.zoho_desk.failures import FAILURES

if TYPE_CHECKING:
    from connectors.http import Reply
    from connectors.ports import Budget, TokenStore
    from connectors.zoho_desk.settings import Settings

API = "api"
DAY = 86_400.0
LIST_COST, DEEP_COST, DEEP = 3, 5, 2_000
"""Credits of a list by its offset; a record alone costs one."""


def limits(settings: Settings) -> tuple[Limit, ...]:
    """Return the portal's limits; 0 stands for none. Zoho gives ten access tokens in ten minutes at most."""
    declared = ((API, settings.calls_per_day, DAY), (API, settings.calls_per_minute, 60.0))
    found = tuple(Limit(bucket, calls, seconds) for bucket, calls, seconds in declared if calls)
    return (*found, Limit("token", 10, 600.0)) if found else ()


class Client:
    """Makes signed calls under `/api/v1`."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "zoho_desk",
        patience: Patience | None = None,
    ) -> None:
        self.settings, self.system = settings, system
        self._root = settings.api_root

        def http(**sign_in: Any) -> HttpClient:  # noqa: ANN401 (HttpClient's own)
            timeout = settings.read_timeout
            return HttpClient(
                system, failures=FAILURES, budget=budget, patience=patience, read_timeout=timeout, **sign_in
            )

        grant = Grant(
            settings.token_url,
            settings.client_id,
            settings.client_secret.get_secret_value(),
            settings.refresh_token.get_secret_value(),
        )
        headers = {"orgId": settings.org_id} | ({"sourceId": settings.source_id} if settings.source_id else {})
        signed = RefreshedToken(grant, tokens, http(), kind="zoho_desk", scheme="Zoho-oauthtoken", headers=headers)
        self._http = http(sign_in=signed)

    @property
    def ahead(self) -> timedelta:
        """How far the system's clock is ahead of this machine's, by its last answer."""
        return self._http.ahead

    def system_time(self, here: datetime) -> datetime:
        """Return what Zoho's clock shows when this machine's shows *here*."""
        return self._http.system_time(here)

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, stream: str | None = None) -> dict[str, Any]:
        """Read one object."""
        reply = self._call("GET", path, params=params or {}, stream=stream)
        if isinstance(reply.body, dict):
            return reply.body
        raise self._useless(path, stream)

    def rows(self, path: str, params: Mapping[str, Any], *, stream: str) -> tuple[list[dict[str, Any]], int | None]:
        """Read one page of a list and how many there are in all, where that is told; none at the end (204)."""
        cost = DEEP_COST if int(params.get("from") or 0) > DEEP else LIST_COST
        reply = self._call("GET", path, params=params, stream=stream, cost=cost)
        if not reply.content:
            return [], 0
        body = reply.body if isinstance(reply.body, dict) else {}
        if not isinstance(body.get("data"), list):
            raise self._useless(path, stream)
        count = body.get("count")
        total = int(count) if isinstance(count, int | str) and str(count).isdigit() else None
        return [one for one in body["data"] if isinstance(one, dict)], total

    def send(
        self, method: str, path: str, body: Mapping[str, Any], *, stream: str, record_id: str | None = None
    ) -> dict[str, Any]:
        """Write; a lost answer is never repeated blindly but raises `OutcomeUnknown`. {} for an empty answer."""
        reply = self._call(method, path, json=dict(body), stream=stream, record_id=record_id, idempotent=False)
        return reply.body if isinstance(reply.body, dict) else {}

    def _call(self, method: str, path: str, **facts: Any) -> Reply:  # noqa: ANN401 (Call's own)
        return self._http.call(Call(method, f"{self._root}/{path}", bucket=API, **facts))

    def _useless(self, path: str, stream: str | None) -> TryAgain:
        cure = "Check base_url and data_centre; the hub tries again at the next run."
        what = f"the answer is not what was asked for ({path})"
        return TryAgain(what, system=self.system, stream=stream, code="no-object", cure=cure)
