"""Zoho's consent: a grant code from the self client's console, or from its page by way of the browser.

Room: connectors/zoho_crm.
"""

from __future__ import annotations

from connectors.consent import Consent

SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ,ZohoCRM.coql.READ,ZohoCRM.bulk.ALL,"
    "ZohoCRM.notifications.ALL,ZohoFiles.files.ALL,ZohoSearch.securesearch.READ"
)


CONSENT = Consent(
    page_at=lambda settings: f"{settings.accounts_host}/oauth/v2/auth",
    token_at=lambda settings: f"{settings.accounts_host}/oauth/v2/token",
    scope=SCOPES,
    offline=True,
    console=f"Zoho's API console, your self client, Generate Code, with the scope {SCOPES}",
)
