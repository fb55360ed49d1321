"""The calls of a product's pull API: the host, how a call is signed, its limit, and answers of any use.

What is asked for and how its pages are followed stands in `pulls/`, one file for each product.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from connectors.http import Call, HttpClient, Patience
from connectors.ports import Budget, Limit, MemoryTokenStore, TokenStore
from connectors.web_forms.failures import TABLES
from connectors.web_forms.pulls.registry import PULLS
from connectors.web_forms.settings import Settings
from connectors.web_forms.sign_in import sign_in_for
from connectors.web_forms.submission import STREAM

BUCKET = "api"


def limits(settings: Settings) -> tuple[Limit, ...]:
    """Return the account's rate limit: the operator's, else the product's; none where it is 0 or nothing is pulled."""
    pull = PULLS.get(settings.product)
    documented = pull.calls_per_second if pull else 0
    calls = documented if settings.calls_per_second is None else settings.calls_per_second
    return (Limit(BUCKET, calls, 1.0),) if calls else ()


class Client:
    """Makes signed calls to one account. Every method raises the errors of `connectors.http`."""

    def __init__(  # noqa: PLR0913 (wiring, all named)
        self,
        settings: Settings,
        *,
        budget: Budget,
        tokens: TokenStore | None = None,
        system: str = "web_forms",
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not settings.pulls:
            raise ValueError("there is nothing to pull without credentials")
        self.settings, self.system = settings, system
        self._root = settings.base_url or PULLS[settings.product].host

        def http(**sign_in: Any) -> HttpClient:  # noqa: ANN401 (HttpClient's own)
            return HttpClient(
                system,
                failures=TABLES[settings.product],
                budget=budget,
                patience=patience,
                read_timeout=settings.read_timeout,
                sleep=sleep,
                **sign_in,
            )

        self._http = http(sign_in=sign_in_for(settings, tokens or MemoryTokenStore(), http()))

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Mapping[str, Any]:
        """Read an object; a path of the product's host."""
        body: Mapping[str, Any] = self._http.call(
            Call("GET", self._root + path, params=params or {}, bucket=BUCKET, stream=STREAM)
        ).body
        return body

    def post(self, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        """Read an object from an API that is asked by post: nothing is written, so the call may be repeated."""
        body: Mapping[str, Any] = self._http.call(
            Call("POST", self._root + path, json=dict(asked), bucket=BUCKET, stream=STREAM, idempotent=True)
        ).body
        return body
