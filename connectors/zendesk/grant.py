"""Zendesk's consent: its page sends the browser back with a code, which PKCE binds to who asked.

The address of the page is Zendesk's usual one; the reference page names the token endpoint alone.
"""

from __future__ import annotations

from connectors.consent import Consent

CONSENT = Consent(
    page_at=lambda settings: f"{settings.base_url}/oauth/authorizations/new",
    token_at=lambda settings: f"{settings.base_url}/oauth/tokens",
    scope="read write",
    proof=True,
    as_json=True,
)
