"""What the account accepts: the checks behind every write, and what a write changes.

Each function raises `Refusal` in Zendesk's words, or changes the book and returns the record. *by* is always the hub:
whoever comes over the API with credentials.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account, first, texts
from connectors.zendesk.sandbox.people import give_mails
from connectors.zendesk.sandbox.render import ORGANIZATION_FIELDS, USER_FIELDS
from connectors.zendesk.sandbox.wire import Json, Refusal, invalid, not_found

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored

HUB = "hub"
MAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>()]{2,}")

_USER_WRITABLE = frozenset(
    (
        "name",
        "phone",
        "alias",
        "details",
        "notes",
        "tags",
        "locale",
        "locale_id",
        "time_zone",
        "verified",
        "suspended",
        "signature",
        "moderator",
        "ticket_restriction",
        "only_private_comments",
        "custom_role_id",
        "default_group_id",
        "organization_id",
        "role",
        "external_id",
        "user_fields",
    )
)
_USER_SILENT = frozenset(("id", "email", "identities", "skip_verify_email"))
_ORGANIZATION_WRITABLE = frozenset(
    (
        "name",
        "external_id",
        "domain_names",
        "details",
        "notes",
        "tags",
        "group_id",
        "shared_tickets",
        "shared_comments",
        "organization_fields",
    )
)
_DUPLICATE = "DuplicateValue"


def unknown(stream: str, given: Json) -> list[str]:
    """Return the attributes that Zendesk ignores, for the header that warns of them."""
    known = _USER_WRITABLE | _USER_SILENT if stream == USERS else _ORGANIZATION_WRITABLE | {"id"}
    custom, fields = ("user_fields", USER_FIELDS) if stream == USERS else ("organization_fields", ORGANIZATION_FIELDS)
    inner = given.get(custom)
    extra = [f"{custom}.{key}" for key in inner if key not in fields] if isinstance(inner, dict) else []
    return [*(key for key in given if key not in known), *extra]


def create(account: Account, stream: str, given: Json) -> Stored:
    """Create a user or an organization."""
    changes = _checked(account, stream, given, None)
    if not str(changes.get("name") or "").strip():
        raise invalid("name", "Name: is too short (minimum one character)", "BlankValue")
    if stream == USERS:
        changes = {"role": "end-user", "verified": False, "tags": [], **changes, **_new_mails(account, given)}
        if changes["email"] and given.get("skip_verify_email") is not True:
            account.verification_mails += 1
    return account.book.create(stream, changes, by=HUB)


def update(account: Account, stream: str, record_id: object, given: Json) -> Stored:
    """Change a live user or organization; a new mail becomes a further identity, unless there was none."""
    stored = account.live(stream, record_id)
    if stored is None:
        raise not_found()
    changes = _checked(account, stream, given, stored)
    if stream == USERS:
        note_staff(account, stored)
        changes |= _added_mail(account, given, stored)
    return account.book.update(stream, stored.record_id, changes, by=HUB)


def note_staff(account: Account, stored: Stored) -> None:
    """Count a write to an agent or admin: Zendesk takes it, a hub must never make it."""
    if stored.values.get("role", "end-user") != "end-user":
        account.staff_writes += 1


def create_or_update(account: Account, stream: str, given: Json) -> tuple[Stored, bool]:
    """Match by mail or external id (users), by id or external id (organizations); say whether it is new."""
    external, mail = given.get("external_id"), given.get("email")
    by_external = first(account.by(f"{stream}:external_id", external)) if external else None
    other = first(account.by("mail", mail)) if mail and stream == USERS else None
    if stream == ORGANIZATIONS and given.get("id"):
        other = str(given["id"])
    if by_external and other and by_external != other:
        raise invalid("email", f"Email: {mail} is already being used by another user", _DUPLICATE)
    match = by_external or other
    return (update(account, stream, match, given), False) if match else (create(account, stream, given), True)


def delete(account: Account, stream: str, record_id: object) -> Stored:
    """Delete softly (users) or for good (organizations; the book remembers)."""
    if account.live(stream, record_id) is None:
        raise not_found()
    return account.book.delete(stream, str(record_id), by=HUB)


def merge(account: Account, loser_id: object, winner_id: object) -> Stored:
    """Merge one end-user into another: the winner gets the mails, everything else of the loser is lost."""
    loser, winner = account.live(USERS, loser_id), account.live(USERS, winner_id)
    if loser is None or winner is None or loser is winner:
        raise not_found()
    if any(one.values.get("role", "end-user") != "end-user" for one in (loser, winner)):
        raise Refusal(422, {"error": "RecordInvalid", "description": "Only end-users can be merged"})
    account.book.delete(USERS, loser.record_id, by=HUB, merged_into=winner.record_id)
    return give_mails(account, loser, winner.record_id, by=HUB, at=None) or winner


def free_mail(account: Account, mail: str, owner: str | None) -> str:
    """Return *mail* as it is stored; refuses a malformed one and one that another user has."""
    mail = mail.strip().lower()
    if not MAIL.fullmatch(mail):
        raise invalid("email", f"Email: {mail} is not properly formatted")
    if any(user_id != owner for user_id in account.by("mail", mail)):
        raise invalid("email", f"Email: {mail} is already being used by another user", _DUPLICATE)
    return mail


def _checked(account: Account, stream: str, given: Json, stored: Stored | None) -> Json:
    """Return the plain changes in *given* that the account takes."""
    writable = _USER_WRITABLE if stream == USERS else _ORGANIZATION_WRITABLE
    changes: Json = {key: value for key, value in given.items() if key in writable}
    own = stored.record_id if stored else None
    if "name" in changes and not str(changes["name"] or "").strip():
        raise invalid("name", "Name: is too short (minimum one character)", "BlankValue")
    external = changes.get("external_id")
    if external and any(one != own for one in account.by(f"{stream}:external_id", external)):
        raise invalid("external_id", "External has already been taken", _DUPLICATE)
    if stream == ORGANIZATIONS:
        _check_organization(account, changes, own)
    else:
        _check_user(account, changes)
    _merge_custom(stream, changes, stored)
    return changes


def _check_organization(account: Account, changes: Json, own: str | None) -> None:
    if "name" in changes:
        changes["name"] = str(changes["name"]).strip()
        if any(one != own for one in account.by("organizations:name", changes["name"])):
            raise invalid("name", f"Name: {changes['name']} has already been taken", _DUPLICATE)


def _check_user(account: Account, changes: Json) -> None:
    organization_id = changes.get("organization_id")
    if organization_id and account.live(ORGANIZATIONS, organization_id) is None:
        raise invalid("organization_id", "Organization: is invalid")
    if changes.get("role") not in {None, "end-user", "agent", "admin"}:
        raise invalid("role", "Role: is invalid")
    if "tags" in changes and not isinstance(changes["tags"], list):
        raise invalid("tags", "Tags: are invalid")


def _merge_custom(stream: str, changes: Json, stored: Stored | None) -> None:
    """Custom fields are changed key by key; unknown keys are ignored."""
    name, known = ("user_fields", USER_FIELDS) if stream == USERS else ("organization_fields", ORGANIZATION_FIELDS)
    if name in changes:
        kept: Any = stored.values.get(name) if stored else None
        given = changes[name] if isinstance(changes[name], dict) else {}
        changes[name] = {**(kept or {}), **{key: value for key, value in given.items() if key in known}}


def _new_mails(account: Account, given: Json) -> Json:
    primary = free_mail(account, str(given["email"]), None) if given.get("email") else None
    mails: list[str] = []
    phones: list[str] = []
    taken = given.get("identities") if account.switches["create_identities"] == "yes" else None
    for one in taken if isinstance(taken, list) else ():
        if one.get("type") == "email":
            mails.append(free_mail(account, str(one.get("value")), None))
        elif one.get("type") == "phone_number":
            phones.append(str(one.get("value")))
    return {"email": primary, "other_emails": mails, "other_phones": phones}


def _added_mail(account: Account, given: Json, stored: Stored) -> Json:
    if not given.get("email"):
        return {}
    mail = free_mail(account, str(given["email"]), stored.record_id)
    held = [str(stored.values.get("email") or "").lower(), *texts(stored.values.get("other_emails"))]
    if not stored.values.get("email"):
        return {"email": mail}
    return {} if mail in held else {"other_emails": [*texts(stored.values.get("other_emails")), mail]}
