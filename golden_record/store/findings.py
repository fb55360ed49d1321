"""What a run or a report found, kept sealed for who looks later: reports on the model, effects of an edited mapping.

What was wanted may stand in it, too (a text to try, a reason): nothing of that belongs into `runs`, which is readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.store.tables import findings as table
from golden_record.vault import Vault

_PLACE = "findings.body"


@dataclass(frozen=True, slots=True)
class Finding:
    """One of them. *about*: a name within its kind (an entity, `system/stream`), never a customer's."""

    finding_id: str
    kind: str
    about: str
    at: datetime
    body: Any


def keep(connection: sa.Connection, vault: Vault, found: Finding) -> None:
    """Keep it, in place of what was kept under its id."""
    connection.execute(table.delete().where(table.c.id == found.finding_id))
    sealed = vault.seal(_PLACE, found.finding_id, found.body)
    row = {"id": found.finding_id, "kind": found.kind, "about": found.about, "at": found.at, "body": sealed}
    connection.execute(table.insert().values(row))


def get(connection: sa.Connection, vault: Vault, finding_id: str) -> Finding | None:
    """Return the one of this id."""
    row = connection.execute(sa.select(table).where(table.c.id == finding_id)).first()
    return _finding(vault, row) if row else None


def newest(connection: sa.Connection, vault: Vault, kind: str, about: str, limit: int) -> list[Finding]:
    """Return those of a kind about something, the newest first."""
    where = (table.c.kind == kind) & (table.c.about == about)
    statement = sa.select(table).where(where).order_by(table.c.id.desc()).limit(limit)
    return [_finding(vault, row) for row in connection.execute(statement)]


def forget(connection: sa.Connection, kind: str, about: str, keep_newest: int) -> None:
    """Forget all of a kind about something but the newest."""
    where = (table.c.kind == kind) & (table.c.about == about)
    ids = sa.select(table.c.id).where(where).order_by(table.c.id.desc()).offset(keep_newest).limit(1000)
    old = list(connection.scalars(ids).all())
    if old:
        connection.execute(table.delete().where(table.c.id.in_(old)))


def _finding(vault: Vault, row: Any) -> Finding:  # noqa: ANN401 (a row)
    return Finding(row.id, row.kind, row.about, row.at, vault.open(_PLACE, row.id, row.body))
