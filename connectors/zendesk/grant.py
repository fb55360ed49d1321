"""Zendesk's consent: its page sends the browser back with a code, which PKCE binds to who asked.

The address of the page is Zendesk's usual one; the reference page names the token endpoint alone.
"""

from __future__ import annotations

from connectors.consent import Asked, Consent, with_query
from connectors.http import Call
from connectors.zendesk.settings import Settings


def page(settings: Settings, asked: Asked) -> str:
    """Return the consent page."""
    return with_query(
        f"{settings.base_url}/oauth/authorizations/new",
        response_type="code",
        client_id=settings.client_id,
        redirect_uri=asked.redirect_uri,
        scope="read write",
        state=asked.state,
        code_challenge=asked.challenge,
        code_challenge_method="S256",
    )


def exchange(settings: Settings, code: str, asked: Asked | None) -> Call:
    """Return the call that exchanges a code."""
    body = {
        "grant_type": "authorization_code",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "code": code,
        "scope": "read write",
        **({"redirect_uri": asked.redirect_uri, "code_verifier": asked.verifier} if asked else {}),
    }
    return Call("POST", f"{settings.base_url}/oauth/tokens", json=body, idempotent=False)


CONSENT = Consent(page, exchange)
