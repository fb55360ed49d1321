"""The steward's words on values: picks, typed values, pins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from golden_record.elements import Element
from golden_record.store.source_records import among, chunks
from golden_record.store.tables import decrees as table
from golden_record.survive import Decree
from golden_record.vault import Vault

_PLACE = "decrees.value"
_REASON = "decrees.reason"


ByField = dict[str, list[Decree]]
"""Profile field -> standing decrees."""
ByProfile = dict[str, ByField]
"""Profile id -> its decrees."""


def add(  # noqa: PLR0913 (the facts of a steward's word)
    connection: sa.Connection,
    vault: Vault,
    decree: Decree,
    *,
    profile_id: str,
    field: str,
    author: str,
    reason: str,
    now: datetime,
) -> None:
    """Keep a steward's word."""
    connection.execute(
        table.insert().values(
            id=decree.key,
            profile_id=profile_id,
            field=field,
            value=vault.seal(_PLACE, decree.key, [element.to_json() for element in decree.elements]),
            pin=decree.pin,
            until=None if decree.until is None else datetime.fromtimestamp(decree.until / 1000, now.tzinfo),
            author=author,
            reason=vault.seal(_REASON, decree.key, reason),
            at=now,
        )
    )


def of(connection: sa.Connection, vault: Vault, profile_ids: Iterable[str]) -> ByProfile:
    """Return profile id -> field -> standing decrees."""
    found: ByProfile = {}
    for part in chunks(profile_ids):
        where = among(table.c.profile_id, part) & table.c.undone_at.is_(None)
        for row in connection.execute(sa.select(table).where(where).order_by(table.c.id)).all():
            elements = tuple(map(Element.from_json, vault.open(_PLACE, row.id, row.value)))
            until = None if row.until is None else int(row.until.timestamp() * 1000)
            decree = Decree(row.id, elements, int(row.at.timestamp() * 1000), row.pin, until)
            found.setdefault(row.profile_id, {}).setdefault(row.field, []).append(decree)
    return found


def authors_of(connection: sa.Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return word -> the steward who said it."""
    found: dict[str, str] = {}
    for part in chunks(ids):
        rows = connection.execute(sa.select(table.c.id, table.c.author).where(table.c.id.in_(part))).all()
        found |= {row.id: row.author for row in rows}
    return found


def take_back(connection: sa.Connection, ids: Iterable[str], now: datetime) -> set[str]:
    """End words; they stay in the history. Return the profiles that they were about."""
    about: set[str] = set()
    for part in chunks(ids):
        where = table.c.id.in_(part) & table.c.undone_at.is_(None)
        about |= set(connection.scalars(sa.select(table.c.profile_id).where(where)).all())
        connection.execute(table.update().where(where).values(undone_at=now))
    return about
