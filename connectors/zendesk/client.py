"""The calls of one Zendesk account: sign-in, limits, and the checks that every answer needs."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.errors import StopSystem, TryAgain
from connectors.http import Call, HttpClient, Patience
from connectors.ports import Limit
from connectors.zendesk.failures import FAILURES
from connectors.zendesk.sign_in import sign_in_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.http import Reply
    from connectors.ports import Budget, TokenStore
    from connectors.zendesk.settings import Settings

log = logging.getLogger(__name__)

API, EXPORT = "api", "incremental"
BATCH = 100
"""Records in one show_many, and rows in one bulk job (the vendor's maximum for both)."""


def limits(settings: Settings) -> tuple[Limit, ...]:
    """Return the account's limits, as the plan's settings say; 0 stands for none."""
    declared = ((API, settings.calls_per_minute), (EXPORT, settings.export_calls_per_minute))
    return tuple(Limit(bucket, calls, 60.0) for bucket, calls in declared if calls)


def account(settings: Settings) -> str:
    """Return the name under which tokens are kept.

    One per account and client, whoever uses it: a refresh by one kills the tokens of all.
    """
    return f"zendesk:{urlsplit(settings.base_url).netloc}:{settings.client_id}"


class Client:
    """Makes signed calls under `/api/v2`; *patience* is shortened by tests."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "zendesk",
        patience: Patience | None = None,
    ) -> None:
        self.settings, self.system = settings, system
        self._root = f"{settings.base_url}/api/v2"
        bare = HttpClient(
            system, failures=FAILURES, budget=budget, patience=patience, read_timeout=settings.read_timeout
        )
        self._http = HttpClient(
            system,
            failures=FAILURES,
            budget=budget,
            sign_in=sign_in_for(settings, tokens, bare, account(settings)),
            patience=patience,
            read_timeout=settings.read_timeout,
        )

    @property
    def ahead(self) -> timedelta:
        """How far the system's clock is ahead of this machine's, by its last answer."""
        return self._http.ahead

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, stream: str | None = None, bucket: str = API
    ) -> dict[str, Any]:
        """Read *path* (under /api/v2); raises as `HttpClient.call` does, and `TryAgain` for an answer of no use."""
        return self._object(path, self._call("GET", path, params=params or {}, stream=stream, bucket=bucket))

    def send(  # noqa: PLR0913 (the facts of a call, all named)
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 (any JSON)
        *,
        params: Mapping[str, Any] | None = None,
        stream: str | None = None,
        record_id: str | None = None,
    ) -> dict[str, Any]:
        """Write; a lost answer is never repeated blindly but raises `OutcomeUnknown`. {} for an empty answer."""
        reply = self._call(
            method, path, params=params or {}, json=body, stream=stream, record_id=record_id, idempotent=False
        )
        warned = reply.headers.get("X-Zendesk-API-Warn")
        if warned:
            log.warning("%s/%s: Zendesk ignored attributes it does not know (%s %s)", self.system, stream, method, path)
        return self._object(path, reply) if reply.content else {}

    def me(self) -> dict[str, Any]:
        """Return the user whose token this is.

        Raises:
            StopSystem: nobody is signed in: Zendesk answers 200 with an anonymous user then.
        """
        user = self.get("users/me").get("user")
        if not isinstance(user, dict) or not user.get("id"):
            raise StopSystem(
                "Zendesk took the call for an anonymous visitor's",
                system=self.system,
                code="anonymous",
                cure="Renew the credentials with `crmhub connect`.",
            )
        return user

    def show_many(
        self, stream: str, ids: Sequence[str], *, by: str = "ids", include: str | None = None
    ) -> dict[str, Any]:
        """Read up to 100 records by `ids` or `external_ids`; those that are not there are simply missing."""
        params = {by: ",".join(ids)} | ({"include": include} if include else {})
        return self.get(f"{stream}/show_many", params, stream=stream)

    def _call(self, method: str, path: str, *, bucket: str = API, **facts: Any) -> Reply:  # noqa: ANN401 (Call's own)
        return self._http.call(Call(method, f"{self._root}/{path}", bucket=bucket, **facts))

    def _object(self, path: str, reply: Reply) -> dict[str, Any]:
        if isinstance(reply.body, dict):
            return reply.body
        raise TryAgain(
            f"the answer is no JSON object ({path.split('?', maxsplit=1)[0]})",
            system=self.system,
            code="no-object",
            cure="Check that base_url is the account's; the hub tries again at the next run.",
        )
