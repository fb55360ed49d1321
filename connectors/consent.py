"""A vendor's consent: an owner of the account agrees, and a code comes of it that is exchanged for a refresh token.

A system's folder offers `CONSENT` in `grant.py` where its vendor has such a thing. Two ways lead to a code: the
vendor's page sends the browser back to an address of ours with it (RFC 6749, with PKCE where the vendor knows it), or
the owner has the vendor's console generate one (Zoho's self client). A code is good once, for some minutes.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from connectors.errors import StopSystem
from connectors.failures import Action, Failure, FailureTable
from connectors.http import Call, HttpClient
from connectors.ports import WindowBudget

if TYPE_CHECKING:
    from connectors.http import Reply

_CODE = re.compile(r"[A-Za-z_ ]{3,40}")
CURE = "Get another code: one is good once, for some minutes. Check client id, secret and the address to come back to."


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to a vendor's consent page: *state* comes back with the code, *verifier* proves who asked."""

    redirect_uri: str
    state: str
    verifier: str

    @classmethod
    def anew(cls, redirect_uri: str) -> Asked:
        """Make one that nobody can guess."""
        return cls(redirect_uri, secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """What is shown of the verifier beforehand (PKCE, S256)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class Consent:
    """How one vendor does it; *setting* is what the consent gives.

    *page_at*, *token_at*: (settings) -> where the owner agrees, and where a code is exchanged. *scope* is what is asked
    for. *offline*: the page has to be told that a refresh token is wanted, and to ask anew. *proof*: PKCE (S256).
    *as_json*: the exchange is a JSON object that names the scope again, not a form. *console* says where the owner may
    have a code generated instead; empty where there is no such place.
    """

    page_at: Callable[[Any], str]
    token_at: Callable[[Any], str]
    scope: str
    offline: bool = False
    proof: bool = False
    as_json: bool = False
    console: str = ""
    setting: str = "refresh_token"

    def page(self, settings: Any, asked: Asked) -> str:  # noqa: ANN401 (the connector's own)
        """Return the page that the owner opens."""
        query = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": asked.redirect_uri,
            "scope": self.scope,
            "state": asked.state,
            **({"access_type": "offline", "prompt": "consent"} if self.offline else {}),
            **({"code_challenge": asked.challenge, "code_challenge_method": "S256"} if self.proof else {}),
        }
        return f"{self.page_at(settings)}?{urlencode(query)}"

    def exchange(self, settings: Any, code: str, asked: Asked | None) -> Call:  # noqa: ANN401 (the connector's own)
        """Return the call that gives the token; *asked* None: the code is one that the vendor's console generated."""
        body = {
            "grant_type": "authorization_code",
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
            "code": code,
            **({"scope": self.scope} if self.as_json else {}),
            **({"redirect_uri": asked.redirect_uri} if asked else {}),
            **({"code_verifier": asked.verifier} if asked and self.proof else {}),
        }
        way: dict[str, Any] = {"json": body} if self.as_json else {"data": body}
        return Call("POST", self.token_at(settings), **way, idempotent=False)


def token_for(
    consent: Consent,
    system: str,
    settings: Any,  # noqa: ANN401 (the connector's own)
    code: str,
    asked: Asked | None,
) -> str:
    """Exchange *code* and return the refresh token.

    Raises:
        StopSystem: the vendor refused it; says its reason, never the code or a token.
        TryAgain: the vendor could not be reached.
    """
    http = HttpClient(system, failures=_FAILURES, budget=WindowBudget())
    body = http.call(consent.exchange(settings, code, asked)).body
    token = body.get("refresh_token") if isinstance(body, Mapping) else None
    if not isinstance(token, str) or not token:
        what = "the vendor gave an access token alone, and no refresh token"
        raise StopSystem(what, system=system, code="no-refresh-token", cure="Ask for offline access, with a new code.")
    return token


def _code_of(reply: Reply) -> str:
    body = reply.body if isinstance(reply.body, Mapping) else {}
    said = body.get("error")
    if isinstance(said, str) and said:
        return said if _CODE.fullmatch(said) else "refused"
    return "" if reply.ok and reply.is_json else ("no-json" if reply.ok else "")


_FAILURES = FailureTable(
    (
        Failure(Action.STOP, "the vendor refused the code", CURE, status=200),
        Failure(Action.STOP, "the vendor refused the code", CURE, status=400),
        Failure(Action.STOP, "the vendor refused the client", CURE, status=401),
    ),
    _code_of,
)
