"""Sessions of signed-in users, by the keyed hash of the random id that the browser holds; the id is kept nowhere."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from golden_record.store.access_tables import DIGEST
from golden_record.store.access_tables import user_sessions as table
from golden_record.vault import Vault

AWAITS_CODE, OPEN = "code", "open"
_BYTES = 32
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Session:
    """One session. *state*: `code` while the second factor is awaited, then `open`."""

    digest: bytes
    user_id: str
    state: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    browser: str
    address: str
    how: str


def begin(  # noqa: PLR0913 (what a session begins with)
    connection: sa.Connection,
    vault: Vault,
    user_id: str,
    *,
    state: str,
    how: str,
    browser: str,
    address: str,
    now: datetime,
    lasts: timedelta,
) -> str:
    """Begin a session and return its id, which only the browser keeps."""
    session_id = secrets.token_urlsafe(_BYTES)
    connection.execute(
        table.insert().values(
            digest=digest_of(vault, session_id),
            user_id=user_id,
            state=state,
            made_at=now,
            seen_at=now,
            ends_at=now + lasts,
            browser=browser[:_LONGEST],
            address=address[:64],
            how=how,
        )
    )
    return session_id


def find(connection: sa.Connection, vault: Vault, session_id: str, now: datetime, idle: timedelta) -> Session | None:
    """Return the session of an id; None where it is unknown, ended, or was idle for too long."""
    row = connection.execute(sa.select(table).where(table.c.digest == digest_of(vault, session_id))).first()
    if row is None or row.ends_at <= now or row.seen_at + idle <= now:
        return None
    return _session(row)


def seen(connection: sa.Connection, digest: bytes, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(table.update().where(table.c.digest == digest).values(seen_at=now))


def of_user(connection: sa.Connection, user_id: str, now: datetime, idle: timedelta) -> list[Session]:
    """Return a user's living sessions, the newest first."""
    where = (table.c.user_id == user_id) & (table.c.ends_at > now) & (table.c.seen_at > now - idle)
    rows = connection.execute(sa.select(table).where(where).order_by(table.c.made_at.desc()))
    return [_session(row) for row in rows]


def end(connection: sa.Connection, digest: bytes) -> None:
    """End one session."""
    connection.execute(table.delete().where(table.c.digest == digest))


def end_all(connection: sa.Connection, user_id: str, *, but: bytes | None = None) -> int:
    """End a user's sessions, all or all but one; return how many."""
    where = table.c.user_id == user_id
    if but is not None:
        where &= table.c.digest != but
    return connection.execute(table.delete().where(where)).rowcount


def sweep(connection: sa.Connection, now: datetime) -> None:
    """Forget sessions whose time is over."""
    connection.execute(table.delete().where(table.c.ends_at <= now))


def digest_of(vault: Vault, session_id: str) -> bytes:
    """Return the keyed hash of a session's id."""
    return vault.digest("user session", session_id, size=DIGEST)


def _session(row: sa.Row[Any]) -> Session:
    return Session(
        row.digest, row.user_id, row.state, row.made_at, row.seen_at, row.ends_at, row.browser, row.address, row.how
    )
