"""The state of one simulated portal: its book, its tokens, and the signed posts of its webhooks."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors.population.typed import identity_texts
from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.consent import Codes
from connectors.sandboxes.contract import Change, PostOut, SandboxOptions
from connectors.sandboxes.switches import ANY_NUMBER, Known, settled
from connectors.zoho_desk.records import ACCOUNTS, CONTACTS, TICKETS
from connectors.zoho_desk.streams import stamp

SWITCHES: Known = {
    "search_rows": ("full", "short"),
    "search_count": ("told", "untold"),
    "search_reach": ("5000", ANY_NUMBER),
    "search_lag": ("0", ANY_NUMBER),
    "create_status": ("200", "201"),
    "trash": ("hidden", "readable"),
    "mails": ("shared", "unique"),
    "page": ("100", "50", ANY_NUMBER),
}
FIRST_ID = 400_000_000_000_001
TOKEN_SECONDS = 3600
OWN = {
    CONTACTS: ("cf_crmhub_id", "cf_customer_tier", "cf_wechat", "cf_birthday", "cf_email_consent"),
    ACCOUNTS: ("cf_crmhub_id", "cf_uscc", "cf_customer_tier"),
    TICKETS: (),
}
"""The portal's own fields."""


class Portal:
    """Everything that one simulated portal holds; one event loop uses it."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options, self.switches = options, settled(SWITCHES, options.switches)
        self.book = RecordBook(options.clock, lambda _stream: str(self.number()))
        self.client_id, self.client_secret = f"1000.{self._secret('client')[:12]}", self._secret("client secret")
        self.refresh_token = f"1000.{self._secret('refresh')}"
        self.org_id = str(60_000_000 + options.seed)
        self.tokens: dict[str, float] = {}
        self.codes = Codes(options.clock, self.client_id)
        self._issued = 0
        self._last_id = FIRST_ID + options.seed * 100_000
        self._key: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)
        public = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.public_key = public.decode()

    def number(self) -> int:
        """Return a fresh id, greater than all before."""
        self._last_id += 1
        return self._last_id

    def seconds(self) -> float:
        """Return the virtual time in epoch seconds."""
        return self.options.clock.now().timestamp()

    def issue(self) -> dict[str, Any]:
        """Return a new access token as the accounts host gives it."""
        self._issued += 1
        token = f"1000.{self._secret(f'access {self._issued}')}"
        self.tokens[token] = self.seconds() + TOKEN_SECONDS
        host = "https://www.zohoapis.com"  # the CRM's host: of no use for Desk
        return {"access_token": token, "expires_in": TOKEN_SECONDS, "api_domain": host, "token_type": "Bearer"}

    def live(self, stream: str, record_id: str) -> Stored | None:
        """Return a record that is not deleted."""
        held = self.book.get(stream, record_id)
        return held if held is not None and held.deleted_at is None else None

    def listed(self, stream: str) -> list[Stored]:
        """Return the live records in order of their making."""
        return [one for one in self.book.all(stream) if one.deleted_at is None]

    def save_as_person(self, stream: str, record_id: str | None, values: Mapping[str, Any], at: datetime) -> Stored:
        """Save what an agent typed; own fields change key by key."""
        held = self.book.get(stream, record_id) if record_id else None
        changes = typed(values, held.values if held else {})
        if record_id is None:
            return self.book.create(stream, changes, by="people", at=at)
        return self.book.update(stream, record_id, changes, by="people", at=at)

    def show(self, stored: Stored, *, short: bool = False) -> dict[str, Any]:
        """Return a record as the API shows it; a list leaves out the time of change and the own fields."""
        values = {name: value for name, value in stored.values.items() if name != "cf"}
        shown = {"id": stored.record_id, **values, "createdTime": stamp(stored.created_at)}
        if short:
            return shown
        own = {name: (stored.values.get("cf") or {}).get(name) for name in OWN[stored.stream]}
        gone = stored.deleted_at is not None
        return {**shown, "cf": own, "isTrashed": gone, "isDeleted": False, "modifiedTime": stamp(stored.modified_at)}

    def post_event(self, url: str, change: Change) -> PostOut | None:
        """Make the post of a change; the header is signed, the body is not covered by it."""
        noun = {CONTACTS: "Contact", ACCOUNTS: "Account", TICKETS: "Ticket"}.get(change.stream)
        stored = self.book.get(change.stream, change.record_id)
        if noun is None or stored is None:
            return None
        verb = {"create": "Add", "delete": "Delete", "merge": "Delete"}.get(change.kind, "Update")
        event = {
            "eventType": f"{noun}_{verb}",
            "payload": {"id": change.record_id} if verb == "Delete" else self.show(stored),
            "prevState": None,
            "eventTime": str(int(change.at.timestamp() * 1000)),
            "orgId": self.org_id,
        }
        claims = {"iss": f"orgId:{self.org_id}", "aud": "webhookId:1", "iat": int(self.seconds())}
        headers = {"Content-Type": "application/json", "X-ZDesk-JWT": self.signed(claims)}
        return PostOut(url, headers, json.dumps([event]).encode())

    def signed(self, claims: Mapping[str, Any]) -> str:
        """Return a signed header over *claims*."""
        head = _encoded(json.dumps({"alg": "RS256", "kid": "1"}).encode())
        body = _encoded(json.dumps(claims).encode())
        signature = self._key.sign(f"{head}.{body}".encode(), PKCS1v15(), SHA256())
        return f"{head}.{body}.{_encoded(signature)}"

    def keep(self) -> dict[str, Any]:
        """Return what the book does not hold."""
        return {"last_id": self._last_id, "issued": self._issued, "tokens": self.tokens}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take it back."""
        self._last_id, self._issued = kept["last_id"], kept["issued"]
        self.tokens.update(kept["tokens"])

    def _secret(self, name: str) -> str:
        return hashlib.sha256(f"zoho_desk/{self.options.seed}/{name}".encode()).hexdigest()[:32]


def typed(values: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes with own fields merged into those held."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        group, _, key = name.partition(".")
        if group == "cf":
            changes["cf"] = {
                **(held.get("cf") or {}),
                **changes.get("cf", {}),
                **({key: value} if key else value or {}),
            }
        else:
            changes[name] = value
    return changes


def identity_of(stream: str, values: Mapping[str, Any]) -> list[str]:
    """Return the texts by which a person would know whose record it is."""
    if stream == ACCOUNTS:
        phone = re.sub(r"\D", "", str(values.get("phone") or ""))
        return [one for one in (str(values.get("accountName") or "").strip().lower(), phone) if one]
    mails = (values.get("email"), values.get("secondaryEmail"))
    return identity_texts(mails, (values.get("mobile"), values.get("phone")))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
