"""Zoho Desk's consent: a grant code from the self client's console, or from its page by way of the browser."""

from __future__ import annotations

from connectors.consent import Consent

SCOPES = "Desk.contacts.ALL,Desk.accounts.ALL,Desk.tickets.READ,Desk.basic.READ,Desk.search.READ"


CONSENT = Consent(
    page_at=lambda settings: f"{settings.token_url.removesuffix('/token')}/auth",
    token_at=lambda settings: settings.token_url,
    scope=SCOPES,
    offline=True,
    console=f"Zoho's API console, your self client, Generate Code, with the scope {SCOPES}",
)
