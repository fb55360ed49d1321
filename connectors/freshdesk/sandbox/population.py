"""What people of the service department typed in, rendered into Freshdesk's streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.freshdesk.records import COMPANIES, CONTACTS, RATINGS, TICKETS
from connectors.population import typed

if TYPE_CHECKING:
    from connectors.freshdesk.sandbox.account import Account
    from connectors.population.contract import TypedIn

PEOPLE = "people"
TICKET_EVERY = 5


def load(account: Account) -> None:
    """Fill the account: companies, contacts, and a few tickets with ratings."""
    places: dict[str, str] = {}
    taken: set[str] = set()
    for one in account.options.population:
        if one.kind == "organization":
            places[one.key] = _keep(account, COMPANIES, one, _company(one, taken))
    for one in account.options.population:
        if one.kind == "user":
            _keep(account, CONTACTS, one, _contact(one, places.get(one.refers_to or ""), taken))
    _load_tickets(account)


def _keep(account: Account, stream: str, one: TypedIn, values: dict[str, Any]) -> str:
    stored = account.book.create(
        stream, values, by=PEOPLE, at=one.created_at, modified_at=one.modified_at, customers=one.customers
    )
    if "deleted" in one.flags:
        account.book.delete(stream, stored.record_id, by=PEOPLE, at=one.modified_at)
    return stored.record_id


def _company(one: TypedIn, taken: set[str]) -> dict[str, Any]:
    values = one.values
    domain = typed.domain(values)
    return {
        "name": _free(typed.text(values, "company") or typed.full_name(values) or "?", taken),
        "description": values.get("description"),
        "domains": [domain] if domain and _first(f"domain:{domain}", taken) else [],
        "custom_fields": {
            "uscc": values.get("uscc"),
            "phone": values.get("phone"),
            "website": values.get("website"),
            "address": typed.address_line(values) or None,
            "customer_tier": values.get("tier"),
        },
    }


def _contact(one: TypedIn, company: str | None, taken: set[str]) -> dict[str, Any]:
    values = one.values
    mails = [mail.lower() for mail in typed.mails(values) if _first(f"mail:{mail.lower()}", taken)]
    numbers = [number for number in typed.numbers(values) if _first(f"phone:{number}", taken)]
    name = typed.full_name(values) or next(iter([*mails, *numbers]), "?")
    return {
        "name": name,
        "email": mails[0] if mails else None,
        "other_emails": mails[1:],
        "mobile": numbers[0] if numbers else None,
        "phone": numbers[1] if len(numbers) > 1 else None,
        "company_id": int(company) if company else None,
        "job_title": values.get("job_title"),
        "address": typed.address_line(values) or None,
        "language": "zh-CN" if typed.text(values, "language").startswith("zh") else "en",
        "tags": typed.tags(values),
        "description": values.get("description"),
        "unique_external_id": None,
        "custom_fields": {
            "customer_tier": values.get("tier"),
            "wechat": values.get("wechat"),
            "birthday": values.get("birthday"),
            "email_consent": values.get("consent"),
        },
    }


def _load_tickets(account: Account) -> None:
    for at, contact in enumerate(account.listed(CONTACTS)[::TICKET_EVERY]):
        ticket = account.book.create(
            TICKETS,
            {
                "subject": f"Order question {at + 1}",
                "status": (2, 3, 4, 5)[at % 4],
                "priority": 1,
                "source": (1, 2, 7)[at % 3],
                "requester_id": int(contact.record_id),
                "company_id": contact.values.get("company_id"),
                "tags": [],
            },
            by=PEOPLE,
            at=contact.modified_at,
        )
        if at % 4 == 0:
            rating = {
                "user_id": int(contact.record_id),
                "ticket_id": int(ticket.record_id),
                "feedback": None,
                "ratings": {"default_question": 103 if at % 8 else -103},
            }
            account.book.create(RATINGS, rating, by=PEOPLE, at=contact.modified_at)


def _first(key: str, taken: set[str]) -> bool:
    """Say whether nobody had a unique value before; the second one who types it in leaves it out."""
    fresh = key not in taken
    taken.add(key)
    return fresh


def _free(name: str, taken: set[str]) -> str:
    """Freshdesk allows a company's name once: the second one who types it in puts a number behind it."""
    tries = (name.strip() if at == 1 else f"{name.strip()} ({at})" for at in range(1, 10_000))
    return next(one for one in tries if _first(f"company:{one.lower()}", taken))
