"""A user's mails and phone numbers: list, add, change, make primary, verify, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.zendesk.sandbox import render, rules
from connectors.zendesk.sandbox.account import USERS, Account, texts
from connectors.zendesk.sandbox.reads import MOST, decoded
from connectors.zendesk.sandbox.wire import Answer, Ask, Json, invalid, not_found

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored


def listed(account: Account, ask: Ask) -> Answer:
    """`GET /users/{id}/identities`."""
    rows = render.identities(account, _user(account, ask))
    size, start = ask.number("page[size]", MOST, MOST), decoded(ask.query.get("page[after]", ""))
    page = rows[start : start + size]
    meta = {"has_more": start + size < len(rows), "after_cursor": None, "before_cursor": None}
    return Answer(body={"identities": page, "meta": meta, "next_page": None, "count": len(rows)})


def add(account: Account, ask: Ask) -> Answer:
    """`POST /users/{id}/identities`: 201; the first mail becomes the primary one."""
    stored, given = _user(account, ask), ask.part("identity")
    kind, value = given.get("type"), str(given.get("value") or "")
    if kind == "email":
        mail = rules.free_mail(account, value, None)
        if given.get("skip_verify_email") is not True and given.get("verified") is not True:
            account.verification_mails += 1
        held = list(texts(stored.values.get("other_emails")))
        change: Json = {"other_emails": [*held, mail]} if stored.values.get("email") else {"email": mail}
        value = mail
    elif kind == "phone_number":
        if not value.strip():
            raise invalid("value", "Value: cannot be blank", "BlankValue")
        change = {"other_phones": [*texts(stored.values.get("other_phones")), value]}
    else:
        raise invalid("type", "Type: is not supported")
    _change(account, stored, change)
    identity = next(one for one in render.identities(account, stored) if one["type"] == kind and one["value"] == value)
    return Answer(201, {"identity": identity}, {"Location": identity["url"]})


def show(account: Account, ask: Ask) -> Answer:
    """`GET /users/{id}/identities/{iid}`; verifying answers alike."""
    return Answer(body={"identity": _identity(account, ask)[1]})


def make_primary(account: Account, ask: Ask) -> Answer:
    """`PUT …/make_primary`: answers with the whole list."""
    stored, identity = _identity(account, ask)
    if identity["type"] == "email":
        old, new = stored.values.get("email"), identity["value"]
        others = [one for one in texts(stored.values.get("other_emails")) if one != new]
        change = {"email": new, "other_emails": [*others, old] if old and old != new else others}
    else:
        change = {"phone": identity["value"]}
    _change(account, stored, change)
    return Answer(body={"identities": render.identities(account, stored)})


def remove(account: Account, ask: Ask) -> Answer:
    """`DELETE …/{iid}`: 204."""
    stored, identity = _identity(account, ask)
    name = "other_emails" if identity["type"] == "email" else "other_phones"
    if identity["type"] == "email" and identity["primary"]:
        others = list(texts(stored.values.get(name)))
        change: Json = {"email": others[0] if others else None, name: others[1:]}
    else:
        change = {name: [one for one in texts(stored.values.get(name)) if one != identity["value"]]}
        if identity["type"] == "phone_number" and stored.values.get("phone") == identity["value"]:
            change["phone"] = None
    _change(account, stored, change)
    return Answer(204)


def _user(account: Account, ask: Ask) -> Stored:
    stored = account.live(USERS, ask.ids["id"])
    if stored is None:
        raise not_found()
    return stored


def _identity(account: Account, ask: Ask) -> tuple[Stored, Json]:
    stored = _user(account, ask)
    for identity in render.identities(account, stored):
        if str(identity["id"]) == ask.ids["iid"]:
            return stored, identity
    raise not_found()


def _change(account: Account, stored: Stored, change: Json) -> None:
    rules.note_staff(account, stored)
    account.book.update(USERS, stored.record_id, change, by=rules.HUB)
