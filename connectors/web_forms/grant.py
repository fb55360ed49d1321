"""Google's consent, for Google Forms; the other products know keys and tokens that people copy from their pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.consent import Consent
from connectors.web_forms.settings import Settings

SCOPES = "https://www.googleapis.com/auth/forms.responses.readonly https://www.googleapis.com/auth/forms.body.readonly"
TOKEN_HOST, PAGE_HOST = "oauth2.googleapis.com", "accounts.google.com"


def page_at(settings: Settings) -> str:
    """Return where the owner agrees: on another host of Google's than tokens come from, or on a stand-in's own."""
    parts = urlsplit(settings.token_url)
    return f"{parts.scheme}://{PAGE_HOST if parts.hostname == TOKEN_HOST else parts.netloc}/o/oauth2/v2/auth"


CONSENT = Consent(page_at, lambda settings: settings.token_url, SCOPES, offline=True, proof=True)
