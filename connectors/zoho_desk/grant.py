"""Zoho Desk's consent: a grant code from the self client's console, or from its page by way of the browser."""

from __future__ import annotations

from connectors.consent import Asked, Consent, with_query
from connectors.http import Call
from connectors.zoho_desk.settings import Settings

SCOPES = "Desk.contacts.ALL,Desk.accounts.ALL,Desk.tickets.READ,Desk.basic.READ,Desk.search.READ"


def page(settings: Settings, asked: Asked) -> str:
    """Return the consent page; without `offline` and `consent` no refresh token would come of it."""
    return with_query(
        f"{settings.token_url.removesuffix('/token')}/auth",
        scope=SCOPES,
        client_id=settings.client_id,
        response_type="code",
        access_type="offline",
        prompt="consent",
        redirect_uri=asked.redirect_uri,
        state=asked.state,
    )


def exchange(settings: Settings, code: str, asked: Asked | None) -> Call:
    """Return the call that exchanges a code; a refusal comes with status 200."""
    form = {
        "grant_type": "authorization_code",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "code": code,
        **({"redirect_uri": asked.redirect_uri} if asked else {}),
    }
    return Call("POST", settings.token_url, data=form, idempotent=False)


CONSENT = Consent(
    page,
    exchange,
    console=f"Zoho's API console, your self client, Generate Code, with the scope {SCOPES}",
)
