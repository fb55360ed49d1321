"""Make and change accounts, with the rules that no path may leave out: names, passwords, and never without an admin.

Room: console; the shell over the store, for the command line and the pages alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from console.access import passwords
from console.access.passwords import SHORTEST, Weak
from console.access.user import Role
from golden_record.store import user_sessions, users
from golden_record.store.engine import Store
from golden_record.store.users import Account

_NAME: Final = re.compile(r"[\w][\w.@+-]{0,119}")


class NotTaken(Exception):
    """What was asked for an account does not go; *code* names why, the text tells a person at a terminal."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


_WEAK: Final = {
    Weak.SHORT: f"a password needs at least {SHORTEST} characters; several words make a good one",
    Weak.LONG: "a password may have 256 characters at most",
    Weak.COMMON: "this password is one of those that are tried first",
    Weak.NAMED: "this password is little more than a name",
}


def name_of(written: str) -> str:
    """Return a name as it is kept.

    Raises:
        NotTaken: it has characters that no name may have.
    """
    name = written.strip().casefold()
    if not _NAME.fullmatch(name):
        raise NotTaken("name", "a name has letters, digits and . @ + - _ only, 120 at most")
    return name


def check_password(password: str, *names: str) -> None:
    """Let a password pass.

    Raises:
        NotTaken: it is weak.
    """
    weak = passwords.weakness(password, names=(*names, "crmhub"))
    if weak is not None:
        raise NotTaken(f"password_{weak}", _WEAK[weak])


def add_user(  # noqa: PLR0913 (what an account begins with)
    store: Store,
    name: str,
    *,
    password: str | None,
    roles: Iterable[Role],
    departments: Iterable[str] | None = None,
    sensitive: bool = False,
    shown: str = "",
    must_change: bool = False,
    now: datetime,
) -> str:
    """Add an account and return its id; no *password*: they sign in elsewhere.

    Raises:
        NotTaken: the name is used or unfit, or the password is weak.
    """
    kept_name = name_of(name)
    if password is not None:
        check_password(password, kept_name, shown)
    kept = passwords.kept(password) if password is not None else None
    with store.write() as connection:
        if users.by_name(connection, store.vault, kept_name) is not None:
            raise NotTaken("used", f"there is a user {kept_name} already")
        return users.add(
            connection,
            kept_name,
            shown=(shown.strip() or name.strip())[: users.LONGEST_NAME],
            roles=[*roles],
            departments=departments,
            sensitive=sensitive,
            password=kept,
            must_change=must_change,
            now=now,
        )


def set_password(store: Store, account: Account, password: str, *, must_change: bool, now: datetime) -> None:
    """Give an account another password and end its sessions.

    Raises:
        NotTaken: the password is weak.
    """
    check_password(password, account.name, account.shown)
    kept = passwords.kept(password)
    with store.write() as connection:
        users.change(connection, account.user_id, {"password": kept, "password_at": now, "must_change": must_change})
        user_sessions.end_all(connection, account.user_id)


def set_roles(store: Store, account: Account, roles: Iterable[Role]) -> None:
    """Give an account these roles and no others.

    Raises:
        NotTaken: it would leave no admin.
    """
    wanted = [*roles]
    with store.write() as connection:
        if Role.ADMIN not in wanted:
            _leave_an_admin(connection, account)
        users.keep_roles(connection, account.user_id, wanted)


def disable(store: Store, account: Account, *, now: datetime) -> None:
    """Disable an account and end its sessions; what it did stays.

    Raises:
        NotTaken: it would leave no admin.
    """
    with store.write() as connection:
        _leave_an_admin(connection, account)
        users.change(connection, account.user_id, {"disabled_at": now})
        user_sessions.end_all(connection, account.user_id)


def enable(store: Store, account: Account) -> None:
    """Let an account in again."""
    with store.write() as connection:
        users.change(connection, account.user_id, {"disabled_at": None})


def _leave_an_admin(connection: sa.Connection, account: Account) -> None:
    is_one = Role.ADMIN in account.roles and account.disabled_at is None
    if is_one and users.count_able(connection, Role.ADMIN) <= 1:
        raise NotTaken("last_admin", f"{account.name} is the only admin left; make another one first")
