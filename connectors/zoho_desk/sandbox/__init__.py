"""A simulator of one Zoho Desk portal over real HTTP, its accounts host on the same port.

Room: connectors/zoho_desk. Switches (served at `/__sim/config`), default first:

    search_rows     full | short       whether a search gives whole records or ids and names alone
    search_count    told | untold      whether a search says how many there are
    search_reach    5000               records that one search reaches
    search_lag      0                  seconds until the search knows a change
    create_status   200 | 201
    trash           hidden | readable  whether a record in the bin can still be read
    mails           shared | unique    whether the portal keeps mails unique by a rule of its own
    page            100 | 50           the largest page
"""

from __future__ import annotations

from connectors.sandboxes.contract import Sandbox, SandboxOptions
from connectors.zoho_desk.sandbox.app import app
from connectors.zoho_desk.sandbox.population import load
from connectors.zoho_desk.sandbox.portal import Portal, identity_of

__all__ = ["build"]


def build(options: SandboxOptions) -> Sandbox:
    """Return the simulator, filled with its part of the population."""
    portal = Portal(options)
    load(portal)
    unlimited = {"calls_per_day": 0, "calls_per_minute": 0}
    config = {
        "base_url": options.base_url,
        "accounts_url": options.base_url,
        "client_id": portal.client_id,
        "client_secret": portal.client_secret,
        "refresh_token": portal.refresh_token,
        "org_id": portal.org_id,
        "webhook_keys": [portal.public_key],
        "page_size": int(portal.switches["page"]),
        **({} if options.limits == "real" else unlimited),
    }
    return Sandbox(
        name="zoho_desk",
        app=app(portal),
        book=portal.book,
        config={
            "connector": "zoho_desk",
            "department": "service",
            "config": config,
            "streams": ["accounts", "contacts"],
            "pull": {"schedule": "*/15 * * * *"},
            "push": {"mode": "create", "create": "when_contactable"},
        },
        identity_of=identity_of,
        expire_tokens=portal.tokens.clear,
        writes=lambda method, path: method != "GET" and not path.startswith("/oauth/"),
        save_as_person=portal.save_as_person,
        error_body=lambda status: {"errorCode": "INTERNAL_SERVER_ERROR", "message": f"HTTP {status}"},
        row_refusal=lambda _method, _path: (
            422,
            {
                "errorCode": "INVALID_DATA",
                "message": "The data is invalid due to validation restrictions",
                "errors": [{"fieldName": "/lastName", "errorType": "invalid", "errorMessage": ""}],
            },
        ),
        keep=portal.keep,
        recall=portal.recall,
        post_event=portal.post_event,
    )
