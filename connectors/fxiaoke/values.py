"""What a value means to Fxiaoke: how it is written, and when two values are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

COMPANION = re.compile(r"__(r|l|o|v|p|e|relation_ids)$")
"""Read-only companions of a field in results (`owner__r`); `__o` may be written as free text beside `other`."""
SYSTEM_FIELDS = frozenset(
    {
        "_id",
        "create_time",
        "created_by",
        "is_deleted",
        "last_modified_by",
        "last_modified_time",
        "life_status",
        "life_status_before_invalid",
        "lock_status",
        "tenant_id",
        "version",
    }
)


def read_only(field: str) -> bool:
    """Say whether the API lets nobody write *field*."""
    return field in SYSTEM_FIELDS or (bool(COMPANION.search(field)) and not field.endswith("__o"))


TIMES = frozenset({"date", "date_time", "time"})
"""Field types that are whole milliseconds; every other number is a string in this API."""


def on_the_wire(value: object, kind: str = "") -> object:
    """Return a value as the API takes it in a field of type *kind*: numbers as strings, times as they are."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if kind in TIMES:
        return int(value)
    return str(value) if isinstance(value, int) else format(Decimal(str(value)), "f")


def empty(value: object) -> bool:
    """Say whether a value is none at all; the API leaves empty fields out of its answers."""
    return value is None or value in ("", [])


def same(one: object, other: object) -> bool:
    """Say whether two values are the same to this API, whichever of its forms they come in."""
    if empty(one) or empty(other):
        return empty(one) and empty(other)
    if isinstance(one, list) or isinstance(other, list):  # people are lists even when single
        held, wanted = (each if isinstance(each, list) else [each] for each in (one, other))
        return sorted(map(repr, held)) == sorted(map(repr, wanted))
    if isinstance(one, bool | dict) or isinstance(other, bool | dict):
        return one == other
    return str(on_the_wire(one)) == str(on_the_wire(other))  # "12" and 12


def shows(row: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """Say whether *row* holds all of *fields*."""
    return all(same(row.get(name), value) for name, value in fields.items())


def mail_key(value: object) -> str:
    """Return a mail address as it is compared, "" where there is none."""
    return value.strip().lower() if isinstance(value, str) and "@" in value else ""


def phone_key(value: object) -> str:
    """Return a phone number's digits as they are compared, without China's code before a mobile number."""
    if not isinstance(value, str):
        return ""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", value))
    digits = re.sub(r"^(00)?86(?=1\d{10}$)", "", digits)
    return digits if len(digits) >= SHORTEST_PHONE else ""


SHORTEST_PHONE = 5
"""Digits: what is shorter is an extension or a service number, not a customer's."""


def mail_spellings(value: str) -> list[str]:
    """Return the texts under which this address may stand in a field that is compared letter by letter."""
    return list(dict.fromkeys([value.strip(), mail_key(value)]))


def phone_spellings(value: str) -> list[str]:
    """Return the texts under which this number may stand; people and integrations write it in a few ways."""
    digits = phone_key(value)
    found = [value.strip(), digits]
    if re.fullmatch(r"1\d{10}", digits):
        found += [f"+86{digits}", f"+86 {digits}"]
    elif value.strip().startswith("+"):
        found.append(f"+{digits}")
    return list(dict.fromkeys(found))


def not_offered(value: object, field: Mapping[str, Any] | None) -> int:
    """Return how many choices in *value* a select field does not offer; 0 for other fields and undescribed options.

    >>> field = {"type": "select_one", "options": [{"value": "1", "label": "VIP"}]}
    >>> not_offered("1", field), not_offered("VIP", field), not_offered(None, field)
    (0, 1, 0)
    """
    if field is None or field.get("type") not in {"select_one", "select_many"}:
        return 0
    options = field.get("options")
    offered = (
        {str(one.get("value")) for one in options if isinstance(one, dict)} if isinstance(options, list) else set()
    )
    chosen = value if isinstance(value, list) else [value]
    return sum(str(one) not in offered for one in chosen if not empty(one)) if offered else 0
