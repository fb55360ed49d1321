"""The calls of a Bazaar account: a short-lived token for the key, pages by `next`, batches of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.errors import TryAgain
from connectors.http import Call, HttpClient
from connectors.ports import Budget, TokenStore
from tests.connectors.bazaar.failures import FAILURES
from tests.connectors.bazaar.settings import Settings

ACCOUNT = "bazaar"


class Token:
    """A `connectors.http.SignIn`: the key gives a token, which dies when it likes."""

    def __init__(self, settings: Settings, tokens: TokenStore, http: HttpClient) -> None:
        self._settings, self._tokens, self._http = settings, tokens, http

    def sign(self, call: Call) -> Call:
        """Add the token at hand, or a new one."""
        kept = self._tokens.load(ACCOUNT) or self._new()
        return replace(call, headers={**call.headers, "Authorization": f"Bearer {kept['access_token']}"})

    def refresh(self, refused: Call) -> None:
        """Get a new token, unless somebody else has."""
        with self._tokens.locked(ACCOUNT):
            kept = self._tokens.load(ACCOUNT) or {}
            if refused.headers.get("Authorization") == f"Bearer {kept.get('access_token')}":
                self._new()

    def _new(self) -> dict[str, Any]:
        body = {"key": self._settings.key.get_secret_value()}
        answer = self._http.call(Call("POST", f"{self._settings.base_url}/token", json=body, idempotent=True))
        token = {"access_token": str(answer.body["token"])}
        self._tokens.save(ACCOUNT, token)
        return dict(token)


class Client:
    """Makes signed calls."""

    def __init__(self, settings: Settings, *, tokens: TokenStore, budget: Budget, system: str = ACCOUNT) -> None:
        shared: Any = {"failures": FAILURES, "budget": budget, "read_timeout": settings.read_timeout}
        self._root, self._system = settings.base_url, system
        self._http = HttpClient(system, sign_in=Token(settings, tokens, HttpClient(system, **shared)), **shared)

    def pages(self, after: int) -> Iterator[tuple[list[dict[str, Any]], int]]:
        """Yield pages of people changed behind *after*, each with the place behind it; a page may be empty."""
        while True:
            body = self._get("/people", {"after": after})
            rows, following = body.get("people"), body.get("next")
            if not isinstance(rows, list) or not isinstance(following, int):
                raise TryAgain("the page is none", system=self._system, code="page", cure="The next run tries again.")
            yield rows, following
            if not body.get("more"):
                return
            after = following

    def find(self, **by: str) -> list[dict[str, Any]]:
        """Return the people with this id, ref, mail or phone; deleted ones too where they are asked for by id."""
        return list(self._get("/people", by).get("people") or [])

    def batch(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Write rows; return an answer for each, in their order."""
        call = Call("POST", f"{self._root}/people/batch", json=list(rows))
        return list(self._http.call(call).body)

    def _get(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        body = self._http.call(Call("GET", f"{self._root}{path}", params=params)).body
        return body if isinstance(body, dict) else {}
