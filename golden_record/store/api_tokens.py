"""Who may use the HTTP API: tokens by their keyed hash; a token itself is shown once and kept nowhere."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from golden_record.store.tables import api_tokens as table
from golden_record.vault import Vault

PREFIX = "crmhub_"
"""What a token begins with, so that scanners of repositories know one when they see it."""
LONGEST_NAME = 120
_BYTES = 32
FORMER_SCOPES = ("read", "sync", "values")
"""What a token is good for that was made before tokens had scopes: what it could do then."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """One token, without the token."""

    token_id: str
    name: str
    made_at: datetime
    revoked_at: datetime | None
    scopes: tuple[str, ...] = FORMER_SCOPES
    ends_at: datetime | None = None


def make(  # noqa: PLR0913 (what a token begins with)
    connection: sa.Connection,
    vault: Vault,
    name: str,
    now: datetime,
    *,
    scopes: Iterable[str] = FORMER_SCOPES,
    ends_at: datetime | None = None,
) -> str:
    """Make a token for *name*, good for *scopes* until *ends_at*, and return it; it cannot be shown again."""
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    said = json.dumps(sorted(scopes))
    values = {"id": str(ULID()), "name": name, "digest": _digest(vault, token), "made_at": now}
    connection.execute(table.insert().values(**values, scopes=said, ends_at=ends_at))
    return token


def find(connection: sa.Connection, vault: Vault, token: str, now: datetime) -> ApiToken | None:
    """Return what a token is; None where it is unknown, revoked or over."""
    where = (table.c.digest == _digest(vault, token)) & table.c.revoked_at.is_(None)
    row = connection.execute(sa.select(table).where(where)).first()
    return None if row is None or (row.ends_at is not None and row.ends_at <= now) else _token(row)


def every(connection: sa.Connection) -> list[ApiToken]:
    """Return all tokens in the order in which they were made."""
    rows = connection.execute(sa.select(table).order_by(table.c.id))
    return [_token(row) for row in rows]


def revoke(connection: sa.Connection, token_id: str, now: datetime) -> bool:
    """Revoke a token; False where there is none of this id that still holds."""
    where = (table.c.id == token_id) & table.c.revoked_at.is_(None)
    return connection.execute(table.update().where(where).values(revoked_at=now)).rowcount == 1


def _digest(vault: Vault, token: str) -> bytes:
    return vault.digest("api token", token, size=_BYTES)


def _token(row: sa.Row[Any]) -> ApiToken:
    scopes = FORMER_SCOPES if row.scopes is None else tuple(json.loads(row.scopes))
    return ApiToken(row.id, row.name, row.made_at, row.revoked_at, scopes, row.ends_at)
