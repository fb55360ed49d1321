"""The calls of one Freshdesk account: the key, the limit, pages by their link, and answers of any use."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.errors import StopSystem, TryAgain
from connectors.freshdesk.failures import FAILURES
from connectors.http import Call, HttpClient, Patience, SignIn
from connectors.ports import Limit

if TYPE_CHECKING:
    from connectors.freshdesk.settings import Settings
    from connectors.http import Reply
    from connectors.ports import Budget

API = "api"
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')


def limits(settings: Settings) -> tuple[Limit, ...]:
    """Return the account's limit; none where the operator set 0."""
    return (Limit(API, settings.calls_per_minute, 60.0),) if settings.calls_per_minute else ()


class ApiKey(SignIn):
    """Basic sign-in: the key is the user, the password any text. Cannot be renewed."""

    def __init__(self, key: str) -> None:
        self._header = f"Basic {base64.b64encode(f'{key}:X'.encode()).decode()}"

    def sign(self, call: Call) -> Call:
        """Add the header."""
        return replace(call, headers={**call.headers, "Authorization": self._header})

    def refresh(self, refused: Call) -> None:
        """Nothing can be renewed: a refusal is final."""


class Client:
    """Makes signed calls under `/api/v2`."""

    def __init__(
        self, settings: Settings, *, budget: Budget, system: str = "freshdesk", patience: Patience | None = None
    ) -> None:
        self.settings, self.system = settings, system
        self._root = f"{settings.base_url}/api/v2"
        self._http = HttpClient(
            system,
            failures=FAILURES,
            budget=budget,
            sign_in=ApiKey(settings.api_key.get_secret_value()),
            patience=patience,
            read_timeout=settings.read_timeout,
        )

    @property
    def ahead(self) -> timedelta:
        """How far the system's clock is ahead of this machine's, by its last answer."""
        return self._http.ahead

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, stream: str | None = None) -> dict[str, Any]:
        """Read one object."""
        return self._object(path, self._call("GET", f"{self._root}/{path}", params=params or {}, stream=stream))

    def rows(self, path: str, params: Mapping[str, Any], *, stream: str) -> list[dict[str, Any]]:
        """Read one list of objects, bare or under the stream's name; what is no object in it is left out."""
        reply = self._call("GET", f"{self._root}/{path}", params=params, stream=stream)
        if isinstance(reply.body, dict) and isinstance(reply.body.get(stream), list):
            reply = replace(reply, body=reply.body[stream])
        return self._objects(path, reply)

    def pages(self, path: str, params: Mapping[str, Any], *, stream: str) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages of a list; the next one is named in the header `Link` alone.

        Raises:
            StopSystem: a page is said to be on another host, which must not get the key.
        """
        url, given = f"{self._root}/{path}", dict(params)
        seen: set[str] = set()
        while True:
            reply = self._call("GET", url, params=given, stream=stream)
            yield self._objects(path, reply)
            following = _NEXT.search(reply.headers.get("Link", ""))
            if following is None:
                return
            url, given = following[1], {}
            if urlsplit(url)[:2] != urlsplit(self._root)[:2]:
                raise StopSystem(
                    "the next page is said to be on another host",
                    system=self.system,
                    stream=stream,
                    code="foreign-page",
                    cure="Check that base_url is the account's own address.",
                )
            if url in seen:
                raise self._useless(path, "the list gives the same page again", "stuck")
            seen.add(url)

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        stream: str,
        record_id: str | None = None,
    ) -> dict[str, Any]:
        """Write; a lost answer is never repeated blindly but raises `OutcomeUnknown`. {} for an empty answer."""
        url = f"{self._root}/{path}"
        reply = self._call(method, url, json=body, stream=stream, record_id=record_id, idempotent=False)
        return self._object(path, reply) if reply.content else {}

    def _call(self, method: str, url: str, **facts: Any) -> Reply:  # noqa: ANN401 (Call's own)
        return self._http.call(Call(method, url, bucket=API, **facts))

    def _object(self, path: str, reply: Reply) -> dict[str, Any]:
        if isinstance(reply.body, dict):
            return reply.body
        raise self._useless(path, "the answer is no JSON object", "no-object")

    def _objects(self, path: str, reply: Reply) -> list[dict[str, Any]]:
        found: Sequence[Any] | None = reply.body if isinstance(reply.body, list) else None
        if found is None:
            raise self._useless(path, "the answer is no list", "no-list")
        return [one for one in found if isinstance(one, dict)]

    def _useless(self, path: str, what: str, code: str) -> TryAgain:
        cure = "Check that base_url is the account's; the hub tries again at the next run."
        return TryAgain(f"{what} ({path})", system=self.system, code=code, cure=cure)
