"""What kind of mailbox an address names, and which spellings of an address reach the same one.

Room: mapping. Pure; reads its tables (`data/mail_*.txt`) at first use. Provider rules after reference 2.2, free-mail
domains after 3.3, role names after RFC 2142 and Chinese practice.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mapping.field_types.data_files import pairs, words

_GOOGLE: Final = frozenset({"gmail.com", "googlemail.com"})
_PLUS_TAGS: Final = re.compile(
    r"(?:outlook|hotmail|live)\.[a-z.]{2,6}|icloud\.com|me\.com|mac\.com|proton\.me|protonmail\.com|pm\.me|fastmail\.(?:com|fm)"
)
_CHINA_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_QQ_NUMBER: Final = re.compile(r"[1-9]\d{4,10}")
_ROLE_TAIL: Final = re.compile(r"[-_.]?\d{0,2}$")  # info2, sales_01


@lru_cache(maxsize=65_536)
def same_mailbox(local: str, domain: str) -> str:
    """Return one spelling for all addresses that this provider delivers to the same mailbox.

    >>> same_mailbox("john.smith+news", "googlemail.com")
    'johnsmith@gmail.com'
    """
    untagged = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{untagged.replace('.', '') or local}@gmail.com"
    return f"{untagged if _PLUS_TAGS.fullmatch(domain) else local}@{domain}"


def role_of(local: str) -> str:
    """Return the role that *local* names (`info`, `kefu`, …), "" for a person's mailbox."""
    roles = words("mail_roles.txt")
    if local in roles:
        return local
    shorter = _ROLE_TAIL.sub("", local)
    return shorter if shorter in roles else ""


def is_free_mail(domain: str) -> bool:
    """Return whether anyone can have a mailbox at *domain*, so that it says nothing about an employer."""
    return domain in words("mail_free.txt")


def meant_domain(domain: str) -> str:
    """Return the domain that a well-known mistyping (gmial.com, 163.con) most likely meant, "" if none is known."""
    typos = pairs("mail_typos.txt")
    if domain in typos:
        return typos[domain]
    for wrong, right in ((".con", ".com"), (".cmo", ".com"), (".comm", ".com"), (".ocm", ".com"), (".cim", ".com")):
        if domain.endswith(wrong):
            return domain.removesuffix(wrong) + right
    return ""


def looks_mistyped(local: str, domain: str) -> bool:
    """Return whether the provider never gave out this address: a QQ number of 4 digits, or one starting with 0."""
    qq = domain in {"qq.com", "vip.qq.com"} and local.isdigit() and not _QQ_NUMBER.fullmatch(local)
    return qq or not local.isascii()


def qq_number(local: str, domain: str) -> str:
    """Return the QQ number of a numeric QQ address, "" if it is none."""
    return local if domain == "qq.com" and _QQ_NUMBER.fullmatch(local) else ""


def phone_hint(local: str) -> str:
    """Return the mobile number (E.164) that a Chinese user took as his mailbox name, "" if it is none."""
    return f"+86{local}" if _CHINA_MOBILE.fullmatch(local) else ""
