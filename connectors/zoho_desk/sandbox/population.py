"""What people of the service department typed in, rendered into Zoho Desk's streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.population import typed
from connectors.zoho_desk.records import ACCOUNTS, CONTACTS, TICKETS

if TYPE_CHECKING:
    from connectors.population.contract import TypedIn
    from connectors.zoho_desk.sandbox.portal import Portal

PEOPLE = "people"
TICKET_EVERY = 5


def load(portal: Portal) -> None:
    """Fill the portal: accounts, contacts, and a few tickets."""
    places: dict[str, str] = {}
    for one in portal.options.population:
        if one.kind == "organization":
            places[one.key] = _keep(portal, ACCOUNTS, one, _account(one))
    for one in portal.options.population:
        if one.kind == "user":
            _keep(portal, CONTACTS, one, _contact(one, places.get(one.refers_to or "")))
    for at, contact in enumerate(portal.listed(CONTACTS)[::TICKET_EVERY]):
        ticket = {
            "ticketNumber": str(100 + at),
            "subject": f"Order question {at + 1}",
            "status": ("Open", "On Hold", "Closed")[at % 3],
            "channel": ("Email", "Web", "Chat")[at % 3],
            "contactId": contact.record_id,
            "accountId": contact.values.get("accountId"),
        }
        portal.book.create(TICKETS, ticket, by=PEOPLE, at=contact.modified_at)


def _keep(portal: Portal, stream: str, one: TypedIn, values: dict[str, Any]) -> str:
    stored = portal.book.create(
        stream, values, by=PEOPLE, at=one.created_at, modified_at=one.modified_at, customers=one.customers
    )
    if "deleted" in one.flags:
        portal.book.delete(stream, stored.record_id, by=PEOPLE, at=one.modified_at)
    return stored.record_id


def _place(one: TypedIn) -> dict[str, Any]:
    values = one.values
    asked = (("street", "street"), ("city", "city"), ("state", "state"), ("country", "country"))
    return {name: values.get(key) for name, key in asked}


def _account(one: TypedIn) -> dict[str, Any]:
    values = one.values
    return {
        "accountName": typed.text(values, "company") or typed.full_name(values) or "?",
        "phone": values.get("phone"),
        "website": values.get("website"),
        "code": values.get("postcode"),
        "description": values.get("description"),
        **_place(one),
        "cf": {"cf_uscc": values.get("uscc"), "cf_customer_tier": values.get("tier")},
    }


def _contact(one: TypedIn, account: str | None) -> dict[str, Any]:
    values = one.values
    mails, numbers = typed.mails(values), typed.numbers(values)
    family, given = typed.family_and_given(values)
    return {
        "lastName": family or next(iter([*mails, *numbers]), "?"),
        "firstName": given or None,
        "email": mails[0] if mails else None,
        "secondaryEmail": mails[1] if len(mails) > 1 else None,
        "mobile": numbers[0] if numbers else None,
        "phone": numbers[1] if len(numbers) > 1 else None,
        "accountId": account,
        "title": values.get("job_title"),
        "zip": values.get("postcode"),
        "description": values.get("description"),
        "zohoCRMContact": None,
        **_place(one),
        "cf": {
            "cf_customer_tier": values.get("tier"),
            "cf_wechat": values.get("wechat"),
            "cf_birthday": values.get("birthday"),
            "cf_email_consent": values.get("consent"),
        },
    }
