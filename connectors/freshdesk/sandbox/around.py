"""What the hub does not call and other clients do: the search, and what stands around contacts and companies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connectors.freshdesk.records import COMPANIES, CONTACTS, TICKETS
from connectors.freshdesk.sandbox.account import Account, stamp
from connectors.sandboxes.routing import Answer, Ask, Handler, Refusal, Route

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored

SEARCH_PAGE, SEARCH_PAGES, LONGEST_QUERY = 30, 10, 512
_TERM = re.compile(r"""^([\w.]+)\s*:\s*(?:'([^']*)'|(\S+))$""")
AGENT = {"id": 43_000_000, "available": True, "occasional": False, "ticket_scope": 1, "type": "support_agent"}
FIELDS = ("subject", "status", "priority", "type", "description")
OF_TICKETS = ("conversations", "satisfaction_ratings", "time_entries")
FIXED = ("groups", "roles", "products", "business_hours", "email_configs", "sla_policies", "time_entries", "surveys")


def around(account: Account, root: str) -> list[Route]:
    """Return the routes."""
    return [
        ("GET", f"{root}/search/{CONTACTS}", _search(account, CONTACTS)),
        ("GET", f"{root}/search/{COMPANIES}", _search(account, COMPANIES)),
        ("GET", f"{root}/search/{TICKETS}", _search(account, TICKETS)),
        ("GET", f"{root}/{CONTACTS}/autocomplete", _autocomplete(account)),
        ("GET", f"{root}/agents/me", lambda _ask: Answer(_agent(account))),
        ("GET", f"{root}/agents", lambda _ask: Answer([_agent(account)])),
        ("GET", f"{root}/ticket_fields", lambda _ask: Answer(_ticket_fields(account))),
        *(("GET", f"{root}/{TICKETS}/{{id}}/{name}", _of_ticket(account)) for name in OF_TICKETS),
        *(("GET", f"{root}/{name}", _nothing) for name in FIXED),
    ]


def _nothing(_ask: Ask) -> Answer:
    return Answer([])


def _search(account: Account, stream: str) -> Handler:
    """`?query="email:'a@b.example' AND name:'x'"`: the quotes belong to it; 30 a page, ten pages."""

    def handle(ask: Ask) -> Answer:
        text = ask.query.get("query", "")
        page = ask.number("page", 1, SEARCH_PAGES)
        if len(text) > LONGEST_QUERY or not re.fullmatch(r'".+"', text, re.DOTALL):
            raise _malformed()
        found = [one for one in account.listed(stream) if _meets(account, one, text[1:-1].strip())]
        shown = [account.show(one) for one in found[(page - 1) * SEARCH_PAGE : page * SEARCH_PAGE]]
        return Answer({"total": len(found), "results": shown})

    return handle


def _meets(account: Account, stored: Stored, query: str) -> bool:
    """Say whether a record meets terms joined by OR of terms joined by AND; brackets are passed over."""
    terms = [part.split(" AND ") for part in re.sub(r"[()]", " ", query).split(" OR ")]
    return any(all(_has(account, stored, one.strip()) for one in joined) for joined in terms)


def _has(account: Account, stored: Stored, term: str) -> bool:
    match = _TERM.fullmatch(term)
    if match is None:
        raise _malformed()
    name, wanted = match.group(1), match.group(2) if match.group(2) is not None else match.group(3)
    shown = account.show(stored)
    held: Any = shown.get(name, (shown.get("custom_fields") or {}).get(name))
    values = held if isinstance(held, list) else [held]
    if wanted == "null":
        return held in (None, [])
    return any(str(one).strip().lower() == wanted.strip().lower() for one in values if one is not None)


def _autocomplete(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        term = ask.query.get("term", "").lower()
        live = [one for one in account.listed(CONTACTS) if term and term in str(one.values.get("name")).lower()]
        return Answer([{"id": int(one.record_id), "name": one.values["name"]} for one in live])

    return handle


def _of_ticket(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        if account.live(TICKETS, ask.ids["id"]) is None:
            raise Refusal(404)
        return Answer([])

    return handle


def _agent(account: Account) -> dict[str, Any]:
    since = stamp(account.options.clock.now().replace(month=1, day=1, hour=0, minute=0, second=0))
    contact = {"active": True, "email": "hub@acme.example", "name": "Hub", "language": "en", "time_zone": "Beijing"}
    return {**AGENT, "created_at": since, "updated_at": since, "contact": {**contact, "created_at": since}}


def _ticket_fields(account: Account) -> list[dict[str, Any]]:
    since = stamp(account.options.clock.now().replace(month=1, day=1, hour=0, minute=0, second=0))
    times = {"created_at": since, "updated_at": since}
    return [
        {"id": at, "name": name, "label": name.title(), "type": f"default_{name}", "default": True, **times}
        for at, name in enumerate(FIELDS, 1)
    ]


def _malformed() -> Refusal:
    error = {"field": "query", "message": "Given query is invalid.", "code": "invalid_value"}
    return Refusal(400, {"description": "Validation failed", "errors": [error]})
