"""How often signing in has failed lately, by account and by address; both as keyed hashes."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from golden_record.store.access_tables import sign_in_failures as table
from golden_record.vault import Vault


def key_of(vault: Vault, kind: str, name: str) -> bytes:
    """Return the key of an account's name or an address."""
    return vault.digest("sign-in", kind, name)


def lately(connection: sa.Connection, key: bytes, now: datetime, window: timedelta) -> tuple[int, datetime] | None:
    """Return how many failures there were, and when the last one; None where none lies within *window*."""
    row = connection.execute(sa.select(table).where(table.c.key == key)).first()
    return None if row is None or row.last_at + window <= now else (row.failures, row.last_at)


def note(connection: sa.Connection, key: bytes, now: datetime, window: timedelta) -> int:
    """Count one failure and return how many there are now."""
    found = lately(connection, key, now, window)
    count = found[0] + 1 if found else 1
    changed = connection.execute(table.update().where(table.c.key == key).values(failures=count, last_at=now)).rowcount
    if not changed:
        connection.execute(table.insert().values(key=key, failures=count, last_at=now))
    return count


def forget(connection: sa.Connection, key: bytes) -> None:
    """Forget the failures of a key: it signed in."""
    connection.execute(table.delete().where(table.c.key == key))


def sweep(connection: sa.Connection, before: datetime) -> None:
    """Forget what is older."""
    connection.execute(table.delete().where(table.c.last_at < before))
