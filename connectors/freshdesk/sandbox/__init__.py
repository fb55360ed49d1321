"""A simulator of one Freshdesk account over real HTTP.

Room: connectors/freshdesk. Switches (served at `/__sim/config`), default first:

    contact_order       updated | created | newest   in which order contacts are listed
    deleted_filter      known | ignored   whether `_updated_since` holds for the list of deleted contacts
    merge_status        204 | 200   what a merge is answered with
    autocomplete        wrapped | bare   whether found companies stand under `companies`
    rate_numbers        plain | decimal   whether the headers of the limit say 100 or 100.0
    deepest_page        300           the last page of tickets that is given
    numbers             shared | unique   whether two contacts may have one number
    lists               replace | add   whether a written list takes the place of the one before or is added to it
"""

from __future__ import annotations

from connectors.freshdesk.sandbox.account import Account, identity_of
from connectors.freshdesk.sandbox.app import app
from connectors.freshdesk.sandbox.population import load
from connectors.sandboxes.contract import Sandbox, SandboxOptions

__all__ = ["build"]


def build(options: SandboxOptions) -> Sandbox:
    """Return the simulator, filled with its part of the population."""
    account = Account(options)
    load(account)
    config = {
        "base_url": options.base_url,
        "api_key": account.api_key,
        "webhook_key": account.webhook_key,
        "calls_per_minute": 700 if options.limits == "real" else 0,
    }
    return Sandbox(
        name="freshdesk",
        app=app(account),
        book=account.book,
        config={
            "connector": "freshdesk",
            "department": "service",
            "config": config,
            "streams": ["companies", "contacts"],
            "pull": {"schedule": "*/15 * * * *"},
            "push": {"mode": "create", "create": "when_contactable"},
        },
        identity_of=identity_of,
        expire_tokens=lambda: None,  # keys have no end
        writes=lambda method, _path: method != "GET",
        save_as_person=account.save_as_person,
        error_body=lambda status: {"code": "trouble", "message": f"HTTP {status}"},
        row_refusal=lambda _method, _path: (
            400,
            {
                "description": "Validation failed",
                "errors": [{"field": "name", "message": "It is not valid", "code": "invalid_value"}],
            },
        ),
        keep=account.keep,
        recall=account.recall,
        post_event=account.post_event,
    )
