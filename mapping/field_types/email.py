"""Mail addresses: lower-cased local part and IDNA-ASCII domain (reference 2.2). No DNS is ever asked.

Room: mapping. Pure; touches nothing. A role mailbox (info@, kefu@) is a valid address and no evidence of a person:
its key has a name of its own, so that a model must ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from email_validator import EmailNotValidError, validate_email

from mapping.field_types.contract import FieldContext
from mapping.field_types.mailbox import (
    is_free_mail,
    looks_mistyped,
    meant_domain,
    phone_hint,
    qq_number,
    role_of,
    same_mailbox,
)
from mapping.field_types.placeholders import extra, is_filler, is_listed
from mapping.field_types.raw_values import each_text, invalid
from mapping.field_types.unicode_form import one_line
from mapping.values import FieldValue, Json

_SEPARATORS: Final = re.compile(r"[;、,|\n/]")  # never blanks: `zhang san@163.com` must not become san@163.com
_NAMED: Final = re.compile(r"^(?P<name>[^<>]*)<(?P<address>[^<>]*)>$")
_LABEL: Final = re.compile(r"^(?:mailto|e-?mail|邮箱|电子邮件|电子邮箱|郵箱|信箱)\s*[::]\s*", re.IGNORECASE)
_COMMA_FOR_DOT: Final = re.compile(r"^([^@\s,]+@[^@\s,]+),(com|cn|net|org|com\.cn|edu\.cn|hk|tw)$", re.IGNORECASE)
_TOLD_APART_BY: Final = re.compile("[0-9._-]+")
_NOBODY: Final = re.compile(r"(?:example|test)\.[a-z.]+")


class Email:
    """Mail addresses. *value* is `local@domain`, all lower case, the domain in ASCII (`xn--…`).

    Parts: `local`, `domain`, `display_name` (of `Zhang San <zs@acme.cn>`), `suggestion` (what a mistyped domain meant).
    Issues: `placeholder`, `domain_typo`, `doubtful` (no such QQ number, a local part in Chinese), `not_an_address`,
    `reserved_domain`.
    """

    name = "email"

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        """Return the addresses in *raw*, a text that may hold several."""
        more = extra(context)
        return each_text(raw, lambda text: _read(text, more))

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key` (one spelling per mailbox) for a person's mailbox, `role_key` and `role` for a role's.

        Beside it `domain` where it is an employer's, with `unnumbered`, the mailbox without digits, dots and dashes,
        by which those of namesakes are alike (wei.wang2@, weiwang@); `free` ("1") where it is not, `phone_hint` (E.164)
        and `qq` where the local part is one.
        """
        if not (value.valid and value.evidence and isinstance(value.value, str)):
            return {}
        return dict(_features(value.value))

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return the mailbox. The domain is none: a company's people are not one person."""
        found = self.features(value)
        key = found.get("key") or found.get("role_key")
        return (key,) if key else ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the address; parts `local` and `domain`."""
        del context
        if not value.valid or not isinstance(value.value, str):
            return value.raw if part is None else None
        local, _, domain = value.value.rpartition("@")
        return {None: value.value, "local": local, "domain": domain}.get(part)

    def mask(self, value: FieldValue) -> str:
        """Return z***@acme.cn."""
        if not value.valid or not isinstance(value.value, str):
            return "***"
        local, _, domain = value.value.rpartition("@")
        return f"{local[:1]}***@{domain}"

    def show(self, value: FieldValue) -> str:
        """Return the address with its domain in its own script (例子.公司)."""
        text = str(value.value)
        local, at, domain = text.rpartition("@")
        if not value.valid or "xn--" not in domain:
            return text
        try:
            return local + at + domain.encode("ascii").decode("idna")
        except UnicodeError:
            return text


@lru_cache(maxsize=32_768)
def _read(text: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    line = _LABEL.sub("", one_line(text))
    if is_filler(line):
        return (invalid(text, "placeholder"),)
    if line.count("@") <= 1:
        return (_address(line.strip(" ;、,|/"), text, more),)
    pieces = [piece.strip() for piece in _SEPARATORS.split(line)]
    return tuple(_address(piece, piece, more) for piece in pieces if piece)


def _address(written: str, raw: str, more: frozenset[str]) -> FieldValue:
    named = _NAMED.match(written)
    bare = _LABEL.sub("", named["address"] if named else written).strip(" .\"'")
    try:
        checked = validate_email(bare, check_deliverability=False, strict=True)
    except (EmailNotValidError, ValueError) as error:
        return _not_an_address(bare, raw, error)
    # The local part is lower-cased: no provider in use tells `Zhang` from `zhang`.
    value = f"{one_line(checked.local_part.lower())}@{(checked.ascii_domain or checked.domain).lower()}"
    display = named["name"].strip(" \"'") if named else ""
    return _judged(value, raw, display, more)


def _not_an_address(bare: str, raw: str, error: Exception) -> FieldValue:
    comma = _COMMA_FOR_DOT.match(bare)
    if comma:
        return invalid(raw, "domain_typo", {"suggestion": f"{comma[1]}.{comma[2]}".lower()})
    reserved = "special-use" in str(error)
    return invalid(raw, "reserved_domain" if reserved else "not_an_address")


def _judged(value: str, raw: str, display: str, more: frozenset[str]) -> FieldValue:
    local, _, domain = value.rpartition("@")
    parts = {"local": local, "domain": domain}
    issues = []
    meant = meant_domain(domain)
    if meant:
        issues.append("domain_typo")
        parts["suggestion"] = f"{local}@{meant}"
    if display:
        parts["display_name"] = display
    if looks_mistyped(local, domain):
        issues.append("doubtful")
    nobody = is_listed("email", value) or is_listed("email_local", local) or bool(_NOBODY.fullmatch(domain))
    if nobody or value in more:
        issues.append("placeholder")
    return FieldValue(value=value, raw=raw, parts=parts, issues=tuple(issues), evidence="placeholder" not in issues)


@lru_cache(maxsize=32_768)
def _features(address: str) -> tuple[tuple[str, str], ...]:
    local, _, domain = address.rpartition("@")
    role = role_of(local)
    mailbox = same_mailbox(local, domain)
    free = is_free_mail(domain) or bool(meant_domain(domain))
    found = {
        "key": "" if role else mailbox,
        "role_key": mailbox if role else "",
        "unnumbered": "" if role or free else f"{_TOLD_APART_BY.sub('', local)}@{domain}",
        "role": role,
        "domain": "" if free else domain,
        "free": "1" if free else "",
        "phone_hint": phone_hint(local),
        "qq": qq_number(local, domain),
    }
    return tuple((name, text) for name, text in found.items() if text)
