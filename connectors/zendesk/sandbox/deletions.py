"""Users who are gone: those deleted softly, and the second, lasting deletion that a request for erasure asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.zendesk.sandbox import render
from connectors.zendesk.sandbox.account import USERS, Account
from connectors.zendesk.sandbox.wire import Answer, Ask, Json, not_found, stamp

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored

NOBODY = "Permanently Deleted User"
_EMPTIED = ("email", "phone", "external_id", "notes", "details", "organization_id")
_LISTS = ("other_emails", "other_phones", "tags")


def listed(account: Account, _: Ask) -> Answer:
    """`GET /deleted_users`: those deleted softly and those deleted for good."""
    gone = [one for one in account.book.all(USERS) if one.deleted_at is not None]
    rows = [render.user(account, one) for one in gone]
    return Answer(body={"deleted_users": rows, "next_page": None, "previous_page": None, "count": len(rows)})


def show(account: Account, ask: Ask) -> Answer:
    """`GET /deleted_users/{id}`."""
    return Answer(body={"deleted_user": render.user(account, _gone(account, ask))})


def for_good(account: Account, ask: Ask) -> Answer:
    """`DELETE /deleted_users/{id}`: empties a user who was deleted softly before."""
    stored = _gone(account, ask)
    emptied: Json = {"name": NOBODY, "user_fields": {}, **dict.fromkeys(_EMPTIED), **{name: [] for name in _LISTS}}
    account.book.update(USERS, stored.record_id, emptied, by="hub")
    return Answer(body={"deleted_user": render.user(account, stored)})


def statuses(account: Account, ask: Ask) -> Answer:
    """`GET /users/{id}/compliance_deletion_statuses`: how far a lasting deletion is."""
    stored = _gone(account, ask)
    if stored.values.get("name") != NOBODY:
        raise not_found()
    row = {
        "action": "request_deletion",
        "application": "all",
        "user_id": int(stored.record_id),
        "executer_id": int(account.me_id),
        "created_at": stamp(stored.modified_at),
        "account_subdomain": "acme",
    }
    return Answer(body={"compliance_deletion_statuses": [row]})


def _gone(account: Account, ask: Ask) -> Stored:
    stored = account.book.get(USERS, ask.ids["id"])
    if stored is None or stored.deleted_at is None:
        raise not_found()
    return stored
