"""What a simulator reads out of a typed-in record: a name as one text, mails, numbers, an address in one line, tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_MAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>()]{2,}")
_DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?([a-z0-9.-]+\.[a-z]{2,})", re.IGNORECASE)


def text(values: Mapping[str, Any], key: str) -> str:
    """Return a text of the record; empty where it has none."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def full_name(values: Mapping[str, Any]) -> str:
    """Return the name as one text: family first and without a space where it is not Latin."""
    if text(values, "full_name"):
        return text(values, "full_name")
    family, given = text(values, "family"), text(values, "given")
    return f"{given} {family}".strip() if f"{family}{given}".isascii() else f"{family}{given}"


def family_and_given(values: Mapping[str, Any]) -> tuple[str, str]:
    """Return family and given name; a name that was typed in as one text is the family name."""
    family, given = text(values, "family"), text(values, "given")
    return (family, given) if family else (full_name(values), "")


def mails(values: Mapping[str, Any]) -> list[str]:
    """Return the well-formed mails, first the main one."""
    found = (text(values, name).strip() for name in ("email", "email_2"))
    return list(dict.fromkeys(one for one in found if _MAIL.fullmatch(one)))


def numbers(values: Mapping[str, Any]) -> list[str]:
    """Return the numbers as typed, the mobile first."""
    return [one for one in (text(values, name) for name in ("mobile", "phone", "phone_2")) if one]


def address_line(values: Mapping[str, Any]) -> str:
    """Return the address in one line."""
    return " ".join(filter(None, (text(values, key) for key in ("state", "city", "street", "postcode", "country"))))


def tags(values: Mapping[str, Any]) -> list[str]:
    """Return the tags."""
    found = values.get("tags")
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def domain(values: Mapping[str, Any]) -> str:
    """Return the domain of the website."""
    found = _DOMAIN.match(text(values, "website"))
    return found[1].lower() if found else ""


def identity_texts(mails_: tuple[object, ...], phones: tuple[object, ...]) -> list[str]:
    """Return mails in lower case and numbers as digits: what a person would know the record by."""
    written = [str(one).strip().lower() for one in mails_ if one]
    return [*written, *(digits for one in phones if one and (digits := re.sub(r"\D", "", str(one))))]
