"""The tables of who may come in: users, sessions, failed sign-ins. Migrations make them, as those in tables.py."""

from __future__ import annotations

import sqlalchemy as sa

from golden_record.store.columns import Encrypted, Instant, KeyBytes
from golden_record.store.tables import metadata

DIGEST = 32

_NAME = sa.String(120)
_ULID = sa.String(26)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("name", _NAME, nullable=False, unique=True),  # what they sign in with; small letters
    sa.Column("shown", _NAME, nullable=False),  # what pages call them
    sa.Column("password", sa.String(255)),  # argon2id; null: signs in elsewhere (OpenID Connect)
    sa.Column("password_at", Instant),
    sa.Column("must_change", sa.Boolean, nullable=False),  # somebody else chose the password
    sa.Column("roles", sa.Text, nullable=False),  # JSON list
    sa.Column("departments", sa.Text),  # JSON list; null: all
    sa.Column("sensitive", sa.Boolean, nullable=False),
    sa.Column("totp", Encrypted),  # the shared secret; null: no second factor
    sa.Column("totp_step", sa.BigInteger),  # the last time step that a code was taken of: none is taken twice
    sa.Column("recovery", sa.Text),  # JSON list of keyed hashes of the recovery codes that are left
    sa.Column("issuer", sa.String(255)),  # of an OpenID Connect provider
    sa.Column("subject", KeyBytes(DIGEST), unique=True),  # keyed hash of issuer and subject there
    sa.Column("language", sa.String(10)),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("seen_at", Instant),
    sa.Column("disabled_at", Instant),
)

user_sessions = sa.Table(
    "user_sessions",
    metadata,
    sa.Column("digest", KeyBytes(DIGEST), primary_key=True),  # keyed hash of the random id that the browser holds
    sa.Column("user_id", _ULID, nullable=False, index=True),
    sa.Column("state", sa.String(10), nullable=False),  # code (the second factor is awaited) open
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("browser", _NAME, nullable=False),  # what it calls itself, shortened
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("how", sa.String(20), nullable=False),  # password totp recovery oidc
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("key", KeyBytes(16), primary_key=True),  # keyed hash of an account's name or of an address
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", Instant, nullable=False),
)
