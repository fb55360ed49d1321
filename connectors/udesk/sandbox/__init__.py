"""A simulator of one Udesk account over real HTTP.

Room: connectors/udesk. Switches (served at `/__sim/config`), default first:

    missing     code | empty     how a missing customer is told of: a code and a message, or an empty `customer`
    status      200 | 4xx        whether a refusal comes under HTTP 200 or under a status of its own
    pairs       replace | add    whether written numbers and mails take the place of those before
    tags        list | text      how tags are shown
    updated_at  shown | hidden
    numbers     unique | shared  whether two customers may have one number
    created     customer | id    whether a create answers with the customer or with `customer_id`
"""

from __future__ import annotations

from connectors.sandboxes.contract import Sandbox, SandboxOptions
from connectors.udesk.sandbox.account import Account, identity_of
from connectors.udesk.sandbox.app import app
from connectors.udesk.sandbox.population import load

__all__ = ["build"]


def build(options: SandboxOptions) -> Sandbox:
    """Return the simulator, filled with its part of the population."""
    account = Account(options)
    load(account)
    config = {
        "base_url": options.base_url,
        "email": account.email,
        "api_token": account.token,
        "webhook_key": account.webhook_key,
        **({} if options.limits == "real" else {"calls_per_minute": 0}),
    }
    return Sandbox(
        name="udesk",
        app=app(account),
        book=account.book,
        config={
            "connector": "udesk",
            "department": "service",
            "config": config,
            "streams": ["customers"],
            "pull": {"schedule": "*/15 * * * *"},
            "push": {"mode": "create", "create": "when_contactable"},
        },
        identity_of=identity_of,
        expire_tokens=lambda: None,  # the token has no end
        writes=lambda method, path: method != "GET" and not path.endswith("/log_in"),
        save_as_person=account.save_as_person,
        error_body=lambda status: {"code": 9000 + status, "message": "system busy"},
        row_refusal=lambda _method, _path: (200, {"code": 2003, "message": "level is not valid"}),
        keep=lambda: {"last_id": account.last_id},
        recall=account.recall,
        post_event=account.post_event,
    )
