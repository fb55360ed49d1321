"""What the hub makes of Zendesk's records: the ids it can use, the further mails and phones, the deletion mark.

Pure. A record keeps Zendesk's own fields; added are `identities` (side-loaded), the two lists made of them
(`other_emails`, `other_phones`), and the reserved keys of `connectors.contract`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from connectors.contract import DELETED_AT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

USERS, ORGANIZATIONS, TICKETS, RATINGS = "users", "organizations", "tickets", "satisfaction_ratings"
IDENTITIES, OTHER_EMAILS, OTHER_PHONES = "identities", "other_emails", "other_phones"
END_USER = "end-user"
_ID = re.compile(r"[0-9]{1,20}")
_NO_DIGIT = re.compile(r"\D")


def is_id(text: object) -> bool:
    """Say whether a text can be a record's id: digits, as many as 64 bits have."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def id_of(record: Any) -> str | None:  # noqa: ANN401 (a stranger's JSON)
    """Return a record's id as text; None where it has none that can be used."""
    value = record.get("id") if isinstance(record, dict) else None
    return str(value) if type(value) is int or is_id(value) else None  # a bool is an int, and no id


def is_staff(user: Mapping[str, Any]) -> bool:
    """Say whether a user is an agent or an admin: such are never written to."""
    return user.get("role") != END_USER


def digits(text: object) -> str:
    """Return the digits of a phone number, without an international 00."""
    return _NO_DIGIT.sub("", str(text)).removeprefix("00")


def same_phone(one: object, other: object) -> bool:
    """Say whether two texts are one number, with or without its country code.

    >>> same_phone("+86 138 1234 5678", "138-1234-5678"), same_phone("8000", "10138000")
    (True, False)
    """
    shorter = longer = digits(one)
    if one != other:
        longer = digits(other)
    if len(shorter) > len(longer):
        shorter, longer = longer, shorter
    return bool(shorter) and (shorter == longer or (len(shorter) >= LOCAL_DIGITS and longer.endswith(shorter)))


LOCAL_DIGITS = 10
"""A number of this length without its country code is still one person's or office's (mobile numbers in most plans)."""


def with_identities(user: Mapping[str, Any], identities: Iterable[Any]) -> dict[str, Any]:
    """Return *user* with its identities and the lists of further mails and phones, in order of their making."""
    own = [one for one in identities if isinstance(one, dict)]
    if len(own) > 1:
        own.sort(key=lambda one: int(id_of(one) or 0))
    mail, phone = str(user.get("email") or "").lower(), user.get("phone") or ""
    mails: list[str] = []
    phones: list[str] = []
    for one in own:
        kind, value = one.get("type"), one.get("value")
        if not isinstance(value, str):
            continue
        if kind == "email" and value.lower() != mail:
            mails.append(value)
        elif kind == "phone_number" and not same_phone(value, phone):
            phones.append(value)
    return {**user, IDENTITIES: own, OTHER_EMAILS: mails, OTHER_PHONES: phones}


def by_user(identities: object) -> dict[str, list[dict[str, Any]]]:
    """Group side-loaded identities by the user that they belong to."""
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in identities if isinstance(identities, list) else ():
        if isinstance(one, dict):
            grouped[str(one.get("user_id"))].append(one)
    return grouped


def gone(record_id: str, at: str) -> dict[str, Any]:
    """Return what stands for a record that is no longer there."""
    return {"id": int(record_id) if is_id(record_id) else record_id, DELETED_AT: at}


def marked(stream: str, record: Mapping[str, Any], *, include_staff: bool) -> dict[str, Any]:
    """Return *record* with the deletion mark where it is deleted.

    A user with `active: false` is deleted or merged away (Zendesk does not say into whom). Staff are no customers:
    unless they are included, they are shown as gone, and so is a customer who was made an agent.
    """
    if stream == USERS:
        if is_staff(record) and not include_staff:
            return {"id": record["id"], "role": record.get("role"), DELETED_AT: _stamp(record)}
        is_gone = record.get("active") is False
    elif stream == TICKETS:
        is_gone = record.get("status") == "deleted"
    else:
        is_gone = bool(record.get("deleted_at"))
    return {**record, DELETED_AT: record.get("deleted_at") or _stamp(record)} if is_gone else dict(record)


def _stamp(record: Mapping[str, Any]) -> str:
    return str(record.get("updated_at") or record.get("created_at") or "1970-01-01T00:00:00Z")
