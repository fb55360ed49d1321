"""Who may use the HTTP API: tokens by their keyed hash; a token itself is shown once and kept nowhere."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from ulid import ULID

from golden_record.store.tables import api_tokens as table
from golden_record.vault import Vault

PREFIX = "crmhub_"
"""What a token begins with, so that scanners of repositories know one when they see it."""
LONGEST_NAME = 120
_BYTES = 32


@dataclass(frozen=True, slots=True)
class ApiToken:
    """One token, without the token."""

    token_id: str
    name: str
    made_at: datetime
    revoked_at: datetime | None


def make(connection: sa.Connection, vault: Vault, name: str, now: datetime) -> str:
    """Make a token for *name* and return it; it cannot be shown again."""
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    connection.execute(table.insert().values(id=str(ULID()), name=name, digest=_digest(vault, token), made_at=now))
    return token


def holder(connection: sa.Connection, vault: Vault, token: str) -> str | None:
    """Return the name that a token was made for; None where it is unknown or revoked."""
    where = (table.c.digest == _digest(vault, token)) & table.c.revoked_at.is_(None)
    return connection.execute(sa.select(table.c.name).where(where)).scalar()


def every(connection: sa.Connection) -> list[ApiToken]:
    """Return all tokens in the order in which they were made."""
    rows = connection.execute(sa.select(table).order_by(table.c.id))
    return [ApiToken(row.id, row.name, row.made_at, row.revoked_at) for row in rows]


def revoke(connection: sa.Connection, token_id: str, now: datetime) -> bool:
    """Revoke a token; False where there is none of this id that still holds."""
    where = (table.c.id == token_id) & table.c.revoked_at.is_(None)
    return connection.execute(table.update().where(where).values(revoked_at=now)).rowcount == 1


def _digest(vault: Vault, token: str) -> bytes:
    return vault.digest("api token", token, size=_BYTES)
