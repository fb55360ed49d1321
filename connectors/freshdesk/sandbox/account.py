"""The state of one simulated account: its book, its ids, what is unique in it, and the posts of its rules."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.freshdesk.records import COMPANIES, CONTACTS, RATINGS, TICKETS
from connectors.population.typed import identity_texts
from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.contract import Change, PostOut, SandboxOptions
from connectors.sandboxes.switches import ANY_NUMBER, Known, settled

SWITCHES: Known = {
    "contact_order": ("updated", "created", "newest"),
    "deleted_filter": ("known", "ignored"),
    "merge_status": ("204", "200"),
    "autocomplete": ("wrapped", "bare"),
    "rate_numbers": ("plain", "decimal"),
    "lists": ("replace", "add"),
    "numbers": ("shared", "unique"),
    "deepest_page": ("300", ANY_NUMBER),
}
FIRST_ID = 43_000_000_001
LISTS = ("other_emails", "tags", "domains")
CUSTOM = {
    CONTACTS: ("customer_tier", "wechat", "birthday", "email_consent"),
    COMPANIES: ("crmhub_id", "uscc", "phone", "website", "address", "customer_tier"),
    TICKETS: (),
    RATINGS: (),
}
"""The account's custom fields."""


USUAL: Mapping[str, tuple[str, ...]] = {
    CONTACTS: (
        *("name", "email", "phone", "mobile", "company_id", "job_title", "address", "language", "time_zone"),
        *("twitter_id", "unique_external_id", "description"),
    ),
    COMPANIES: (
        *("name", "description", "note", "domains", "health_score", "account_tier", "renewal_date", "industry"),
    ),
}
"""The vendor's own fields, which every record shows."""


class Account:
    """Everything that one simulated account holds; one event loop uses it."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options, self.switches = options, settled(SWITCHES, options.switches)
        self.book = RecordBook(options.clock, lambda _stream: str(self.number()))
        self.api_key, self.webhook_key = self._secret("key"), self._secret("hook")
        self._last_id = FIRST_ID + options.seed * 1000
        self.purged: set[str] = set()

    def number(self) -> int:
        """Return a fresh id, greater than all before."""
        self._last_id += 1
        return self._last_id

    def live(self, stream: str, record_id: str) -> Stored | None:
        """Return a record that is not deleted."""
        held = self.book.get(stream, record_id)
        return held if held is not None and held.deleted_at is None else None

    def listed(self, stream: str, *, deleted: bool = False) -> list[Stored]:
        """Return the live or the deleted records in order of their making."""
        found = [one for one in self.book.all(stream) if (one.deleted_at is not None) == deleted]
        return [one for one in found if one.record_id not in self.purged]

    def owner(self, name: str, value: object, but: str | None) -> str | None:
        """Return the live contact, other than *but*, that has a unique value; mails count in both their fields."""
        wanted = str(value).strip().lower()
        for one in self.listed(CONTACTS):
            held = one.values.get(name)
            values = [one.values.get("email"), *(one.values.get("other_emails") or ())] if name == "email" else [held]
            if one.record_id != but and wanted in [str(each).strip().lower() for each in values if each]:
                return one.record_id
        return None

    def save_as_person(self, stream: str, record_id: str | None, values: Mapping[str, Any], at: datetime) -> Stored:
        """Save what an agent typed; custom fields change key by key."""
        held = self.book.get(stream, record_id) if record_id else None
        changes = typed(values, held.values if held else {})
        if record_id is None:
            return self.book.create(stream, changes, by="people", at=at)
        return self.book.update(stream, record_id, changes, by="people", at=at)

    def show(self, stored: Stored) -> dict[str, Any]:
        """Return a record as the API shows it."""
        values = dict(stored.values)
        custom = {name: (values.get("custom_fields") or {}).get(name) for name in CUSTOM[stored.stream]}
        shown: dict[str, Any] = {
            "id": int(stored.record_id),
            **dict.fromkeys(USUAL.get(stored.stream, ())),
            **values,
            "custom_fields": custom,
            "created_at": stamp(stored.created_at),
            "updated_at": stamp(stored.modified_at),
        }
        if stored.stream == CONTACTS:
            shown = {"active": False, "other_emails": [], "tags": [], "other_companies": [], **shown}
            shown["view_all_tickets"] = bool(shown.get("view_all_tickets"))
            shown |= {"deleted": True} if stored.deleted_at else {}
        return shown

    def post_event(self, url: str, change: Change) -> PostOut | None:
        """Make the post of an automation rule: its template names the record alone."""
        key = {CONTACTS: "contact_id", COMPANIES: "company_id", TICKETS: "ticket_id"}.get(change.stream)
        if key is None:
            return None
        headers = {"Content-Type": "application/json", "X-Crmhub-Key": self.webhook_key}
        return PostOut(url, headers, json.dumps({"freshdesk_webhook": {key: change.record_id}}).encode())

    def keep(self) -> dict[str, Any]:
        """Return what the book does not hold."""
        return {"last_id": self._last_id, "purged": sorted(self.purged)}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take it back."""
        self._last_id, self.purged = kept["last_id"], set(kept["purged"])

    def _secret(self, name: str) -> str:
        return hashlib.sha256(f"freshdesk/{self.options.seed}/{name}".encode()).hexdigest()[:20]


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


def identity_of(stream: str, values: Mapping[str, Any]) -> list[str]:
    """Return the texts by which a person would know whose record it is."""
    if stream == COMPANIES:
        phone = re.sub(r"\D", "", str((values.get("custom_fields") or {}).get("phone") or ""))
        return [one for one in (str(values.get("name") or "").strip().lower(), phone) if one]
    mails = (values.get("email"), *(values.get("other_emails") or ()))
    return identity_texts(mails, (values.get("mobile"), values.get("phone")))


def stamp(at: datetime) -> str:
    """Return a time as the vendor writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
