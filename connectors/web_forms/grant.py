"""Google's consent, for Google Forms; the other products know keys and tokens that people copy from their pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.consent import Asked, Consent, with_query
from connectors.http import Call
from connectors.web_forms.settings import Settings

SCOPES = "https://www.googleapis.com/auth/forms.responses.readonly https://www.googleapis.com/auth/forms.body.readonly"
TOKEN_HOST, PAGE_HOST = "oauth2.googleapis.com", "accounts.google.com"


def page(settings: Settings, asked: Asked) -> str:
    """Return the consent page; without `offline` and `consent` no refresh token would come of it."""
    parts = urlsplit(settings.token_url)
    host = PAGE_HOST if parts.hostname == TOKEN_HOST else parts.netloc
    return with_query(
        f"{parts.scheme}://{host}/o/oauth2/v2/auth",
        response_type="code",
        client_id=settings.client_id,
        redirect_uri=asked.redirect_uri,
        scope=SCOPES,
        state=asked.state,
        access_type="offline",
        prompt="consent",
        code_challenge=asked.challenge,
        code_challenge_method="S256",
    )


def exchange(settings: Settings, code: str, asked: Asked | None) -> Call:
    """Return the call that exchanges a code."""
    form = {
        "grant_type": "authorization_code",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "code": code,
        **({"redirect_uri": asked.redirect_uri, "code_verifier": asked.verifier} if asked else {}),
    }
    return Call("POST", settings.token_url, data=form, idempotent=False)


CONSENT = Consent(page, exchange)
