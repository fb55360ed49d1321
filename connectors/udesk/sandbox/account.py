"""The state of one simulated account: its book, who has a mail or a number, and its unsigned posts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.population.typed import identity_texts
from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.contract import Change, PostOut, SandboxOptions
from connectors.sandboxes.switches import Known, settled
from connectors.udesk.records import CUSTOMERS

SWITCHES: Known = {
    "missing": ("code", "empty"),
    "status": ("200", "4xx"),
    "pairs": ("replace", "add"),
    "tags": ("list", "text"),
    "updated_at": ("shown", "hidden"),
    "numbers": ("unique", "shared"),
    "created": ("customer", "id"),
}
FIRST_ID = 9_000_001
OWN = ("TextField_1", "TextField_2", "TextField_3", "TextField_4", "TextField_5", "SelectField_1")
"""Custom fields: binding id, job title, company, wechat, birthday; and the tier, whose options are numbered."""
TIERS = ("vip", "regular", "basic", "prospect")


class Account:
    """Everything that one simulated account holds; a record's values hold plain lists of numbers and mails."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options, self.switches = options, settled(SWITCHES, options.switches)
        self.book = RecordBook(options.clock, lambda _stream: str(self.number()))
        self.email, self.password = "admin@acme.example", self._secret("password")
        self.token, self.webhook_key = self._secret("token"), self._secret("hook")
        self.last_id = FIRST_ID + options.seed * 1000
        self.nonces: dict[str, float] = {}

    def number(self) -> int:
        """Return a fresh id, greater than all before."""
        self.last_id += 1
        return self.last_id

    def live(self, record_id: str) -> Stored | None:
        """Return a customer that is not deleted."""
        held = self.book.get(CUSTOMERS, record_id)
        return held if held is not None and held.deleted_at is None else None

    def listed(self) -> list[Stored]:
        """Return the live customers in order of their making."""
        return [one for one in self.book.all(CUSTOMERS) if one.deleted_at is None]

    def with_mail(self, mail: object) -> Stored | None:
        """Return the customer who has a mail."""
        wanted = str(mail).strip().lower()
        return next((one for one in self.listed() if wanted in map(str.lower, mails_of(one.values))), None)

    def with_number(self, number: object) -> Stored | None:
        """Return the customer who has a number."""
        wanted = digits(number)
        found = (one for one in self.listed() if wanted in [digits(each) for each in one.values.get("phones") or ()])
        return next(found, None) if wanted else None

    def show(self, stored: Stored) -> dict[str, Any]:
        """Return a customer as the API shows it."""
        values = stored.values
        tags = list(values.get("tag_list") or ())
        shown: dict[str, Any] = {
            "id": int(stored.record_id),
            "nick_name": values.get("nick_name"),
            "email": values.get("email"),
            "other_emails": [{"id": at + 1, "content": one} for at, one in enumerate(values.get("more_emails") or ())],
            "cellphones": [{"id": at + 1, "content": one} for at, one in enumerate(values.get("phones") or ())],
            "level": values.get("level") or "normal",
            "description": values.get("description"),
            "owner_id": None,
            "organization_id": None,
            "tags": tags if self.switches["tags"] == "list" else ",".join(tags),
            "custom_fields": {name: one for name, one in (values.get("custom_fields") or {}).items() if one},
            "open_api_token": values.get("open_api_token"),
            "is_blocked": False,
            "platform": "web",
        }
        if self.switches["updated_at"] == "shown":
            shown["updated_at"] = stored.modified_at.astimezone(UTC).isoformat(timespec="seconds")
        return shown

    def save_as_person(self, stream: str, record_id: str | None, values: Mapping[str, Any], at: datetime) -> Stored:
        """Save what an agent typed, in the names of the plain lists; custom fields change key by key."""
        held = self.book.get(stream, record_id) if record_id else None
        changes = typed(values, held.values if held else {})
        if record_id is None:
            return self.book.create(stream, changes, by="people", at=at)
        return self.book.update(stream, record_id, changes, by="people", at=at)

    def post_event(self, url: str, change: Change) -> PostOut | None:
        """Make the post of a change."""
        stored = self.book.get(change.stream, change.record_id)
        if stored is None:
            return None
        verb = {"create": "create", "delete": "destroy", "merge": "destroy"}.get(change.kind, "update")
        body = json.dumps({"action": f"Customer_{verb}", "message": self.show(stored)})
        keyed = f"{url}{'&' if '?' in url else '?'}key={self.webhook_key}"
        return PostOut(keyed, {"Content-Type": "application/json"}, body.encode())

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take back the counter of ids."""
        self.last_id = kept["last_id"]

    def _secret(self, name: str) -> str:
        return hashlib.sha256(f"udesk/{self.options.seed}/{name}".encode()).hexdigest()[:32]


def typed(values: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes with custom fields merged into those held."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        group, _, key = name.partition(".")
        if group == "custom_fields":
            inner = {key: value} if key else (value or {})
            changes[group] = {**(held.get(group) or {}), **changes.get(group, {}), **inner}
        else:
            changes[name] = value
    return changes


def mails_of(values: Mapping[str, Any]) -> list[str]:
    """Return all mails of a customer."""
    return [str(one) for one in (values.get("email"), *(values.get("more_emails") or ())) if one]


def digits(number: object) -> str:
    """Return the digits of a number, without China's code."""
    return re.sub(r"\D", "", str(number or "")).removeprefix("00").removeprefix("86")


def identity_of(_stream: str, values: Mapping[str, Any]) -> list[str]:
    """Return the texts by which a person would know whose record it is."""
    return identity_texts(tuple(mails_of(values)), tuple(values.get("phones") or ()))
