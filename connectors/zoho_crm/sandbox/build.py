"""Put the simulator together.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.sandboxes.contract import Sandbox, SandboxOptions
from connectors.zoho_crm.sandbox.answers import trouble
from connectors.zoho_crm.sandbox.app import Api
from connectors.zoho_crm.sandbox.modules import BINDING
from connectors.zoho_crm.sandbox.notifying import notification
from connectors.zoho_crm.sandbox.org import Org
from connectors.zoho_crm.sandbox.population import populate
from connectors.zoho_crm.sandbox.sign_in import Accounts

_MAILS = ("Email", "Secondary_Email")
_PHONES = ("Mobile", "Phone", "Home_Phone", "Other_Phone")


def build(options: SandboxOptions) -> Sandbox:
    """Return the simulator of one Zoho organisation with its population.

    Raises:
        ValueError: a switch is unknown.
    """
    org = Org(options)
    accounts = Accounts(options, org.switches, org.zgid)
    api = Api(options, org, accounts)
    populate(org, options.population)

    def recall(kept: Mapping[str, Any]) -> None:
        accounts.live = {token: datetime.fromisoformat(ends) for token, ends in kept["tokens"].items()}
        api.channels.recall(kept.get("channels", ()))
        org.shelve_anew()

    return Sandbox(
        name="zoho_crm",
        app=api.app(),
        book=org.book,
        config=_config(options, accounts),
        identity_of=_identity,
        company_streams=frozenset({"Accounts"}),
        expire_tokens=lambda: accounts.live.clear(),  # noqa: PLW0108 (a saved state replaces the table)
        writes=_writes,
        post_event=lambda url, change: notification(org, accounts.webhook_token, url, change),
        own_posts=api.channels.posts,
        save_as_person=api.writing.save_as_person,
        error_body=trouble,
        keep=lambda: {"tokens": accounts.live, "channels": api.channels.keep()},
        recall=recall,
    )


def _config(options: SandboxOptions, accounts: Accounts) -> Mapping[str, Any]:
    return {
        "connector": "zoho_crm",
        "department": "sales",
        "config": {
            "base_url": options.base_url,
            "accounts_url": options.base_url,
            "content_url": options.base_url,
            "client_id": accounts.client_id,
            "client_secret": accounts.client_secret,
            "refresh_token": accounts.refresh_token,
            "binding_field": BINDING,
            "webhook_token": accounts.webhook_token,
        },
        "streams": ["Contacts", "Leads", "Accounts"],
        "pull": {"schedule": "*/15 * * * *", "lookback": "5m"},
        "push": {"mode": "create", "create": "when_contactable"},
    }


def _identity(stream: str, values: Mapping[str, Any]) -> Sequence[str]:
    mails = [str(values[name]).strip().lower() for name in _MAILS if values.get(name)]
    phones = [re.sub(r"\D", "", str(values[name])) for name in _PHONES if values.get(name)]
    names = [str(values["Account_Name"])] if stream == "Accounts" and values.get("Account_Name") else []
    return [*mails, *phones, *names]


def _writes(method: str, path: str) -> bool:
    if path.startswith("/crm/bulk/"):
        return method == "POST" and path.endswith("/write")
    if path.startswith("/oauth/") or path.endswith(("/coql", "/actions/watch", "/settings/fields", "/upload")):
        return False
    return method in {"POST", "PUT", "DELETE"}
