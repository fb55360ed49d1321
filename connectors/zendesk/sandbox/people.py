"""What agents do in Zendesk's own pages, carried out for the control port: by the same rules, noted as `people`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.zendesk.sandbox.account import USERS, Account, texts

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored

PEOPLE = "people"
_CUSTOM = ("user_fields", "organization_fields")


def save(account: Account, stream: str, record_id: str | None, values: Mapping[str, Any], at: datetime) -> Stored:
    """Save what a person typed; custom fields change key by key (`user_fields` or `user_fields.key`)."""
    held: Mapping[str, Any] = {}
    if record_id is not None and (stored := account.book.get(stream, record_id)) is not None:
        held = stored.values
    changes = _typed(values, held)
    if record_id is None:
        fresh = {"role": "end-user", "tags": []} | changes if stream == USERS else changes
        return account.book.create(stream, fresh, by=PEOPLE, at=at)
    return account.book.update(stream, record_id, changes, by=PEOPLE, at=at)


def delete(account: Account, stream: str, record_id: str, at: datetime, merged_into: str | None) -> Stored:
    """Delete, or merge away: the winner then gets the mails."""
    stored = account.book.delete(stream, record_id, by=PEOPLE, at=at, merged_into=merged_into)
    if merged_into is not None and stream == USERS:
        give_mails(account, stored, merged_into, by=PEOPLE, at=at)
    return stored


def give_mails(account: Account, loser: Stored, winner_id: str, *, by: str, at: datetime | None) -> Stored | None:
    """Let the winner of a merge have the loser's mails as further ones."""
    winner = account.live(USERS, winner_id)
    if winner is None:
        return None
    mails = [one for one in (loser.values.get("email"), *texts(loser.values.get("other_emails"))) if one]
    others = [*texts(winner.values.get("other_emails")), *mails]
    return account.book.update(USERS, winner_id, {"other_emails": others}, by=by, at=at)


def _typed(values: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in values.items():
        group, _, key = name.partition(".")
        if group in _CUSTOM:
            inner = {key: value} if key else (value or {})
            changes[group] = {**(held.get(group) or {}), **changes.get(group, {}), **inner}
        elif name == "email" and isinstance(value, str):
            changes[name] = value.strip().lower()
        else:
            changes[name] = value
    return changes
