"""The calls of the pull API: Typeform's forms and responses, signed with a personal access token.

`GET /forms`, `GET /forms/{id}`, `GET /forms/{id}/responses`. Two calls a second; a token does not expire by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from connectors.http import Call, HttpClient, Patience, SignIn
from connectors.ports import Budget, Limit
from connectors.web_forms.failures import FAILURES
from connectors.web_forms.settings import Settings

BUCKET = "api"
FORMS_PER_PAGE = 200
IDS_PER_CALL = 100
"""Response ids in one address: 100 of 32 characters stay well below what proxies take (8,000)."""


def limits(settings: Settings) -> tuple[Limit, ...]:
    """Return the account's rate limit; none where the operator set 0."""
    return (Limit(BUCKET, settings.calls_per_second, 1.0),) if settings.calls_per_second else ()


class Bearer(SignIn):
    """A token that never changes: nothing to refresh."""

    def __init__(self, token: str) -> None:
        self._token = token

    def sign(self, call: Call) -> Call:
        """Add the token."""
        return replace(call, headers={**call.headers, "Authorization": f"Bearer {self._token}"})

    def refresh(self, refused: Call) -> None:
        """Leave it: only a person can make another token."""


class Client:
    """Reads one account's forms and responses. Every method raises the errors of `connectors.http`."""

    def __init__(
        self,
        settings: Settings,
        *,
        budget: Budget,
        system: str = "web_forms",
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if settings.token is None:
            raise ValueError("there is nothing to pull without a token")
        self.settings, self.system = settings, system
        self._http = HttpClient(
            system,
            failures=FAILURES,
            budget=budget,
            sign_in=Bearer(settings.token.get_secret_value()),
            patience=patience,
            read_timeout=settings.read_timeout,
            sleep=sleep,
        )

    def forms(self, page_size: int = FORMS_PER_PAGE) -> Iterator[str]:
        """Yield the ids of all forms that the token sees."""
        page = 1
        while True:
            answer = self._get("/forms", {"page": page, "page_size": page_size})
            items = objects(answer.get("items"))
            yield from (one["id"] for one in items if isinstance(one.get("id"), str))
            count = answer.get("page_count")
            if not items or not isinstance(count, int) or page >= count:
                return
            page += 1

    def form(self, form_id: str) -> Mapping[str, Any]:
        """Return a form's definition."""
        return self._get(f"/forms/{quote(form_id, safe='')}", {})

    def responses(self, form_id: str, **params: str | int | None) -> Mapping[str, Any]:
        """Return one page of finished responses, newest first; *params* as the API names them, None left out."""
        given = {key: value for key, value in params.items() if value is not None}
        return self._get(f"/forms/{quote(form_id, safe='')}/responses", {"response_type": "completed", **given})

    def _get(self, path: str, params: Mapping[str, str | int]) -> Mapping[str, Any]:
        body: Mapping[str, Any] = self._http.call(
            Call("GET", self.settings.base_url + path, params=params, bucket=BUCKET, stream="entries")
        ).body
        return body


def objects(value: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 (whatever stands where a list is due)
    """Return the objects of a list; nothing where it is none."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
