"""What the population hands to the sandboxes: what a department typed in, in words of no system.

Each system's `sandbox.py` renders these into its own streams and field names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["contact", "account", "lead", "user", "organization", "entry", "purchase", "case"]
"""What a department keeps: sales contacts, accounts and leads; support users and organizations; form entries; and what
customers did: purchases, cases."""


@dataclass(frozen=True, slots=True)
class TypedIn:
    """One record as people of one department left it, noise included.

    *key* is unique in the population; *refers_to* is the key of the account or organization that a contact or user
    belongs to (same system), if any. *customers* is the truth: entity -> customer id (a lead has a person and a
    company). *values* keys, each optional, each text unless noted:
    family, given, full_name, company, job_title, department, email, email_2, mobile, phone, phone_2, street, city,
    state, postcode, country, website, tier, source, birthday (date text), tags (list), description, uscc, owner,
    consent (bool), message, wechat, language. A purchase or case refers to its contact and has title, stage, day
    (date text) and, as a purchase, amount; its truth is an interaction of its own.
    """

    key: str
    system: str
    kind: Kind
    customers: Mapping[str, str]
    values: Mapping[str, str | bool | list[str]]
    created_at: datetime
    modified_at: datetime
    refers_to: str | None = None
    flags: frozenset[str] = field(default_factory=frozenset)
    """What a sandbox may act on: `deleted`, `locked`, `pool`, `invalid`, `suspended`, `under_review`."""
