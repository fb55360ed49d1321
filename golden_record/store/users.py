"""Who may come in: accounts by name, with roles, departments and what proves that it is them. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from golden_record.store.access_tables import DIGEST
from golden_record.store.access_tables import users as table
from golden_record.vault import Vault

LONGEST_NAME = 120
_TOTP = "users.totp"


@dataclass(frozen=True, slots=True)
class Account:
    """One account. *password* is its argon2id text, *totp* the shared secret, *recovery* hashes of the codes left."""

    user_id: str
    name: str
    shown: str
    roles: tuple[str, ...]
    departments: tuple[str, ...] | None
    sensitive: bool
    password: str | None
    password_at: datetime | None
    must_change: bool
    totp: str | None
    totp_step: int | None
    recovery: tuple[str, ...]
    issuer: str | None
    language: str | None
    made_at: datetime
    seen_at: datetime | None
    disabled_at: datetime | None


def add(  # noqa: PLR0913 (what an account begins with)
    connection: sa.Connection,
    name: str,
    *,
    shown: str,
    roles: Iterable[str],
    departments: Iterable[str] | None,
    sensitive: bool,
    password: str | None,
    must_change: bool,
    now: datetime,
) -> str:
    """Add an account and return its id; the name must be free."""
    user_id = str(ULID())
    connection.execute(
        table.insert().values(
            id=user_id,
            name=name,
            shown=shown,
            roles=json.dumps(sorted(roles)),
            departments=None if departments is None else json.dumps(sorted(departments)),
            sensitive=sensitive,
            password=password,
            password_at=now if password else None,
            must_change=must_change,
            made_at=now,
        )
    )
    return user_id


def by_name(connection: sa.Connection, vault: Vault, name: str) -> Account | None:
    """Return the account of a name, disabled ones too."""
    return _one(connection, vault, table.c.name == name)


def by_id(connection: sa.Connection, vault: Vault, user_id: str) -> Account | None:
    """Return the account of an id."""
    return _one(connection, vault, table.c.id == user_id)


def by_subject(connection: sa.Connection, vault: Vault, issuer: str, subject: str) -> Account | None:
    """Return the account that signs in as *subject* at *issuer*."""
    return _one(connection, vault, table.c.subject == subject_key(vault, issuer, subject))


def every(connection: sa.Connection, vault: Vault) -> list[Account]:
    """Return all accounts in order of name."""
    return [_account(vault, row) for row in connection.execute(sa.select(table).order_by(table.c.name))]


def count_able(connection: sa.Connection, role: str) -> int:
    """Return how many accounts that are not disabled have a role."""
    rows = connection.execute(sa.select(table.c.roles).where(table.c.disabled_at.is_(None)))
    return sum(role in json.loads(roles) for (roles,) in rows)


def change(connection: sa.Connection, user_id: str, values: Mapping[str, Any]) -> None:
    """Write columns of one account."""
    connection.execute(table.update().where(table.c.id == user_id).values(**values))


def keep_roles(connection: sa.Connection, user_id: str, roles: Iterable[str]) -> None:
    """Give an account these roles and no others."""
    change(connection, user_id, {"roles": json.dumps(sorted(roles))})


def keep_departments(connection: sa.Connection, user_id: str, departments: Iterable[str] | None) -> None:
    """Give an account these departments; None: all."""
    said = None if departments is None else json.dumps(sorted(departments))
    change(connection, user_id, {"departments": said})


def keep_totp(
    connection: sa.Connection, vault: Vault, user_id: str, secret: str | None, recovery: Iterable[str] = ()
) -> None:
    """Set (or take away) the second factor, with the hashes of its recovery codes."""
    sealed = None if secret is None else vault.seal(_TOTP, user_id, secret)
    change(connection, user_id, {"totp": sealed, "totp_step": None, "recovery": json.dumps(list(recovery))})


def take_step(connection: sa.Connection, user_id: str, step: int) -> bool:
    """Use up a code's time step; False where it, or a later one, was used before. Two at once: one wins."""
    free = table.c.totp_step.is_(None) | (table.c.totp_step < step)
    where = (table.c.id == user_id) & free
    return connection.execute(table.update().where(where).values(totp_step=step)).rowcount == 1


def take_recovery(connection: sa.Connection, account: Account, digest: str) -> bool:
    """Use up a recovery code; False where it is not one of those left. Two at once: one wins."""
    if digest not in account.recovery:
        return False
    left = json.dumps([one for one in account.recovery if one != digest])
    where = (table.c.id == account.user_id) & (table.c.recovery == json.dumps(list(account.recovery)))
    return connection.execute(table.update().where(where).values(recovery=left)).rowcount == 1


def keep_subject(connection: sa.Connection, vault: Vault, user_id: str, issuer: str, subject: str) -> None:
    """Tie an account to who they are at an OpenID Connect provider."""
    change(connection, user_id, {"issuer": issuer, "subject": subject_key(vault, issuer, subject)})


def subject_key(vault: Vault, issuer: str, subject: str) -> bytes:
    """Return the keyed hash by which a provider's subject is found."""
    return vault.digest("oidc subject", issuer, subject, size=DIGEST)


def _one(connection: sa.Connection, vault: Vault, where: sa.ColumnElement[bool]) -> Account | None:
    row = connection.execute(sa.select(table).where(where)).first()
    return None if row is None else _account(vault, row)


def _account(vault: Vault, row: sa.Row[Any]) -> Account:
    return Account(
        user_id=row.id,
        name=row.name,
        shown=row.shown,
        roles=tuple(json.loads(row.roles)),
        departments=None if row.departments is None else tuple(json.loads(row.departments)),
        sensitive=row.sensitive,
        password=row.password,
        password_at=row.password_at,
        must_change=row.must_change,
        totp=None if row.totp is None else vault.open(_TOTP, row.id, row.totp),
        totp_step=row.totp_step,
        recovery=tuple(json.loads(row.recovery or "[]")),
        issuer=row.issuer,
        language=row.language,
        made_at=row.made_at,
        seen_at=row.seen_at,
        disabled_at=row.disabled_at,
    )
