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
from connectors.http import HttpClient
from connectors.ports import WindowBudget

if TYPE_CHECKING:
    from connectors.http import Call, Reply

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

    *page*: (settings, what is asked) -> the page that the owner opens. *exchange*: (settings, code, what was asked;
    None for a code that the vendor's console generated) -> the call that gives the token. *console* says where such a
    code is generated; empty where there is none.
    """

    page: Callable[[Any, Asked], str]
    exchange: Callable[[Any, str, Asked | None], Call]
    console: str = ""
    setting: str = "refresh_token"


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


def with_query(address: str, **asked: str) -> str:
    """Return an address with a query."""
    return f"{address}?{urlencode(asked)}"


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
