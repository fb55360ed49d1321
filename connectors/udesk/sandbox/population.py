"""What people of the service department typed in, rendered into Udesk's customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.population import typed
from connectors.udesk.records import CUSTOMERS
from connectors.udesk.sandbox.account import TIERS, digits

if TYPE_CHECKING:
    from connectors.udesk.sandbox.account import Account

PEOPLE = "people"


def load(account: Account) -> None:
    """Fill the account."""
    taken: set[str] = set()
    for one in account.options.population:
        values = one.values
        mails = [mail for mail in typed.mails(values) if _first(mail.lower(), taken)]
        numbers = [number for number in typed.numbers(values) if _first(digits(number), taken)]
        tier = typed.text(values, "tier")
        stored = account.book.create(
            CUSTOMERS,
            {
                "nick_name": typed.full_name(values) or next(iter([*mails, *numbers]), "?"),
                "email": mails[0] if mails else None,
                "more_emails": mails[1:],
                "phones": numbers,
                "level": "vip" if tier == "vip" else "normal",
                "description": values.get("description"),
                "tag_list": typed.tags(values),
                "custom_fields": {
                    "TextField_2": values.get("job_title"),
                    "TextField_3": values.get("company"),
                    "TextField_4": values.get("wechat"),
                    "TextField_5": values.get("birthday"),
                    "SelectField_1": [str(TIERS.index(tier))] if tier in TIERS else None,
                },
            },
            by=PEOPLE,
            at=one.created_at,
            modified_at=one.modified_at,
            customers=one.customers,
        )
        if "deleted" in one.flags:
            account.book.delete(CUSTOMERS, stored.record_id, by=PEOPLE, at=one.modified_at)


def _first(key: str, taken: set[str]) -> bool:
    """Say whether nobody had a mail or number before; the second one who types it in leaves it out."""
    fresh = key not in taken
    taken.add(key)
    return fresh
