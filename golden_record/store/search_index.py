"""The index by which profiles are found by name: keyed hashes of how names begin, and who waits to be put in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from golden_record.store.source_records import among, chunks
from golden_record.store.tables import profiles, search_keys
from golden_record.vault import Vault

SEARCH_KEY = 12
"""Bytes of a key."""


def digest(vault: Vault, key: str) -> bytes:
    """Return the keyed hash under which the store keeps a beginning."""
    return vault.digest("search", key, size=SEARCH_KEY)


def waiting(connection: sa.Connection, limit: int) -> list[str]:
    """Return ids of profiles that changed since they were put into the index."""
    statement = sa.select(profiles.c.id).where(profiles.c.to_search == 1).order_by(profiles.c.id).limit(limit)
    return list(connection.scalars(statement).all())


def any_waits(connection: sa.Connection) -> bool:
    """Whether some profile is not found by its name yet."""
    return bool(waiting(connection, 1))


def done(connection: sa.Connection, ids: Iterable[str]) -> None:
    """Note that these profiles are in the index as they are now."""
    for part in chunks(ids):
        connection.execute(profiles.update().where(among(profiles.c.id, part)).values(to_search=0))


def keys_of(connection: sa.Connection, ids: Iterable[str]) -> dict[str, set[bytes]]:
    """Return profile -> the keys that lead to it."""
    found: dict[str, set[bytes]] = {}
    for part in chunks(ids):
        where = among(search_keys.c.profile_id, part)
        for row in connection.execute(sa.select(search_keys.c.key, search_keys.c.profile_id).where(where)).all():
            found.setdefault(row.profile_id, set()).add(bytes(row.key))
    return found


def change(connection: sa.Connection, added: Sequence[tuple[bytes, str]], removed: Sequence[tuple[bytes, str]]) -> None:
    """Add and remove (key, profile id) pairs."""
    if removed:
        where = (search_keys.c.key == sa.bindparam("k")) & (search_keys.c.profile_id == sa.bindparam("p"))
        connection.execute(search_keys.delete().where(where), [{"k": key, "p": one} for key, one in removed])
    if added:
        connection.execute(search_keys.insert(), [{"key": key, "profile_id": one} for key, one in added])


def holders(connection: sa.Connection, key: bytes, after: str, limit: int) -> list[str]:
    """Return ids of profiles behind *after* that a key leads to, in order: one range of the index."""
    where = (search_keys.c.key == key) & (search_keys.c.profile_id > after)
    statement = sa.select(search_keys.c.profile_id).where(where).order_by(search_keys.c.profile_id).limit(limit)
    return list(connection.scalars(statement).all())
