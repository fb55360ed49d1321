"""What people did in the hub, noted for good in the chain `acts`: who, what, when; never a customer's value."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from golden_record.store import audit
from golden_record.store.audit import ACTS, Entry, Kept
from golden_record.store.audit_tables import audit as table
from golden_record.vault import Vault

Said = str | int | bool | list[str] | None


def note(  # noqa: PLR0913 (what an entry says)
    connection: sa.Connection, vault: Vault, kind: str, *, who: str, at: datetime, run_id: Said = None, **of: Said
) -> None:
    """Note that *who* did an act of a *kind* (sign_in, value.revealed, steward.merge, …); *of* says to what.

    Names of fields, ids of profiles, records, users and systems belong in *of*; values of customers do not.
    """
    said = {name: value for name, value in of.items() if value is not None}
    entry = Entry(at, kind, {"who": who, **said}, actor_key(vault, who), str(run_id) if run_id else None)
    audit.append(connection, vault, ACTS, [entry])


def actor_key(vault: Vault, who: str) -> bytes:
    """Return the keyed hash by which somebody's acts are found."""
    return vault.digest("actor", who)


def page(  # noqa: PLR0913 (what can be asked for)
    connection: sa.Connection,
    vault: Vault,
    *,
    who: str = "",
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Kept]:
    """Return a page of what was noted, newest first. *kind* may be its first part: `steward` of `steward.merge`."""
    where = table.c.chain == ACTS
    if who:
        where &= table.c.subject == actor_key(vault, who)
    if kind:
        where &= (table.c.kind == kind) | table.c.kind.startswith(f"{kind}.", autoescape=True)
    if since is not None:
        where &= table.c.at >= since
    if until is not None:
        where &= table.c.at < until
    if before is not None:
        where &= table.c.number < before
    numbers = connection.scalars(sa.select(table.c.number).where(where).order_by(table.c.number.desc()).limit(limit))
    return audit.numbered(connection, vault, ACTS, list(numbers.all()))
