"""Systems that a person has put on hold: nothing is pulled from them, written to them or worked off for them.

Every pause is kept, with who began and who ended it, so that a gap in the history of a system explains itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from golden_record.store.columns import Encrypted, Instant
from golden_record.store.tables import metadata
from golden_record.vault import Vault

table = sa.Table(
    "pauses",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("system", sa.String(120), nullable=False),
    sa.Column("author", sa.String(120), nullable=False),
    sa.Column("reason", Encrypted, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("until", Instant),  # ends by itself then; null: only by a person
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.String(120)),
    sa.Index(None, "system", "ended_at"),
)
_PLACE = "pauses.reason"


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause of one system; *until* is None where only a person ends it."""

    pause_id: str
    system: str
    author: str
    reason: str
    at: datetime
    until: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None


def standing(connection: sa.Connection, vault: Vault, now: datetime) -> dict[str, Pause]:
    """Return the systems that are paused now, each with its (latest) pause."""
    rows = connection.execute(sa.select(table).where(_stands(now)).order_by(table.c.id)).all()
    return {row.system: _pause(vault, row) for row in rows}


def is_paused(connection: sa.Connection, system: str, now: datetime) -> bool:
    """Whether a system is paused now; one look into an index."""
    statement = sa.select(table.c.id).where((table.c.system == system) & _stands(now)).limit(1)
    return connection.execute(statement).first() is not None


def begin(  # noqa: PLR0913 (the facts of a pause)
    connection: sa.Connection,
    vault: Vault,
    system: str,
    *,
    author: str,
    reason: str,
    now: datetime,
    until: datetime | None,
) -> Pause:
    """Pause a system; the caller has seen that it is not paused."""
    made = Pause(str(ULID()), system, author, reason, now, until)
    sealed = vault.seal(_PLACE, made.pause_id, reason)
    values = {"id": made.pause_id, "system": system, "author": author, "reason": sealed, "at": now, "until": until}
    connection.execute(table.insert().values(**values))
    return made


def end(connection: sa.Connection, system: str, author: str, now: datetime) -> bool:
    """End a system's pause; False where it is not paused."""
    where = (table.c.system == system) & _stands(now)
    return connection.execute(table.update().where(where).values(ended_at=now, ended_by=author)).rowcount > 0


def past(connection: sa.Connection, vault: Vault, system: str, limit: int) -> list[Pause]:
    """Return the pauses of a system, the newest first."""
    statement = sa.select(table).where(table.c.system == system).order_by(table.c.id.desc()).limit(limit)
    return [_pause(vault, row) for row in connection.execute(statement).all()]


def _stands(now: datetime) -> sa.ColumnElement[bool]:
    return table.c.ended_at.is_(None) & (table.c.until.is_(None) | (table.c.until > now))


def _pause(vault: Vault, row: Any) -> Pause:  # noqa: ANN401 (a row)
    reason = vault.open(_PLACE, row.id, row.reason)
    return Pause(row.id, row.system, row.author, reason, row.at, row.until, row.ended_at, row.ended_by)
