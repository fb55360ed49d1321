"""What people of the service department typed in, rendered into Zendesk's streams."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account
from connectors.zendesk.sandbox.oauth import EMAIL
from connectors.zendesk.sandbox.people import PEOPLE
from connectors.zendesk.sandbox.rules import MAIL

if TYPE_CHECKING:
    from connectors.population.contract import TypedIn

_STAFF = (("Service Admin", EMAIL, "admin"), ("客服小李", "li@acme.example", "agent"))
_LOCALES = {"zh": "zh-CN", "en": "en-US"}
_DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?([a-z0-9.-]+\.[a-z]{2,})", re.IGNORECASE)
TICKET_EVERY = 5
"""Every so many users wrote a ticket."""


def load(account: Account) -> None:
    """Fill the account: staff, organizations, users, and a few tickets with ratings."""
    own = [one for one in account.options.population if one.kind in {"user", "organization"}]
    _load_staff(account)
    places: dict[str, str] = {}
    for one in own:
        if one.kind == "organization":
            places[one.key] = _load_organization(account, one)
    for one in own:
        if one.kind == "user":
            places[one.key] = _load_user(account, one, places)
    _load_tickets(account)
    account.loaded()


def _load_staff(account: Account) -> None:
    at = account.clock.now() - timedelta(days=900)
    for name, email, role in _STAFF:
        stored = account.book.create(
            USERS, {"name": name, "email": email, "role": role, "verified": True}, by=PEOPLE, at=at
        )
        account.me_id = account.me_id or stored.record_id


def _load_organization(account: Account, one: TypedIn) -> str:
    values = one.values
    domain = _DOMAIN.match(_text(values, "website"))
    stored = account.book.create(
        ORGANIZATIONS,
        {
            "name": _free_name(account, _text(values, "company") or _text(values, "full_name") or "?"),
            "external_id": None,
            "domain_names": [domain[1].lower()] if domain else [],
            "details": _address(values) or None,
            "notes": values.get("description"),
            "tags": _tags(values),
            "organization_fields": {
                "uscc": values.get("uscc"),
                "phone": values.get("phone"),
                "website": values.get("website"),
                "address": _address(values) or None,
                "customer_tier": values.get("tier"),
            },
        },
        by=PEOPLE,
        at=one.created_at,
        modified_at=one.modified_at,
        customers=one.customers,
    )
    if "deleted" in one.flags:
        account.book.delete(ORGANIZATIONS, stored.record_id, by=PEOPLE, at=one.modified_at)
    return stored.record_id


def _load_user(account: Account, one: TypedIn, places: Mapping[str, str]) -> str:
    values = one.values
    mails = _free_mails(account, [_text(values, "email"), _text(values, "email_2")])
    phones = [text for text in (_text(values, name) for name in ("mobile", "phone", "phone_2")) if text]
    organization = places.get(one.refers_to or "")
    stored = account.book.create(
        USERS,
        {
            "name": _name(values) or (mails[0] if mails else phones[0] if phones else "?"),
            "email": mails[0] if mails else None,
            "other_emails": mails[1:],
            "phone": phones[0] if phones else None,
            "other_phones": phones[1:],
            "role": "end-user",
            "external_id": None,
            "organization_id": int(organization) if organization else None,
            "notes": values.get("description") or values.get("message"),
            "details": _address(values) or None,
            "tags": _tags(values),
            "locale": _LOCALES.get(_text(values, "language")[:2], "zh-CN"),
            "suspended": "suspended" in one.flags,
            "user_fields": {
                "customer_tier": values.get("tier"),
                "job_title": values.get("job_title"),
                "birthday": values.get("birthday"),
                "wechat": values.get("wechat"),
                "city": values.get("city"),
                "address": _address(values) or None,
                "email_consent": values.get("consent"),
            },
        },
        by=PEOPLE,
        at=one.created_at,
        modified_at=one.modified_at,
        customers=one.customers,
    )
    if "deleted" in one.flags:
        account.book.delete(USERS, stored.record_id, by=PEOPLE, at=one.modified_at)
    return stored.record_id


def _load_tickets(account: Account) -> None:
    """Make a ticket for every fifth user, a rating for every fourth of these."""
    customers = [one for one in account.book.all(USERS) if one.values.get("role") == "end-user"]
    for at, user in enumerate(customers[::TICKET_EVERY]):
        ticket = account.book.create(
            "tickets",
            {
                "subject": f"Order question {at + 1}",
                "status": ("open", "pending", "solved", "closed")[at % 4],
                "requester_id": int(user.record_id),
                "organization_id": user.values.get("organization_id"),
                "via": {"channel": ("email", "web", "chat")[at % 3]},
                "tags": [],
                "custom_fields": [],
            },
            by=PEOPLE,
            at=user.modified_at,
        )
        if at % 4 == 0:
            rating = {
                "score": ("good", "bad")[at % 8 // 4],
                "ticket_id": int(ticket.record_id),
                "requester_id": int(user.record_id),
                "comment": None,
            }
            account.book.create("satisfaction_ratings", rating, by=PEOPLE, at=user.modified_at)


def _name(values: Mapping[str, Any]) -> str:
    if _text(values, "full_name"):
        return _text(values, "full_name")
    family, given = _text(values, "family"), _text(values, "given")
    return f"{given} {family}".strip() if f"{family}{given}".isascii() else f"{family}{given}"


def _free_mails(account: Account, mails: list[str]) -> list[str]:
    """Keep what Zendesk would store: well formed, lower case, nobody else's."""
    fitting = [mail.strip().lower() for mail in mails if MAIL.fullmatch(mail.strip())]
    return [mail for mail in dict.fromkeys(fitting) if not account.by("mail", mail)]


def _free_name(account: Account, name: str) -> str:
    """Zendesk allows a name once: the second one who types it in puts a number behind it."""
    tries = (name.strip() if at == 1 else f"{name.strip()} ({at})" for at in range(1, 10_000))
    return next(one for one in tries if not account.by("organizations:name", one))


def _address(values: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (_text(values, key) for key in ("state", "city", "street", "postcode", "country"))))


def _tags(values: Mapping[str, Any]) -> list[str]:
    tags = values.get("tags")
    return [one for one in tags if isinstance(one, str)] if isinstance(tags, list) else []


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""
