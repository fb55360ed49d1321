"""Make and change accounts, with the rules that no path may leave out: names, passwords, and never without an admin.

Room: console; the shell over the store, for the command line and the pages alike. Each act is noted for good, with
*by*: who did it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from console.access import passwords
from console.access.passwords import SHORTEST, Weak
from console.access.user import Role, Scope
from golden_record.store import act_notes, api_tokens, user_sessions, users
from golden_record.store.act_notes import Said
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
    by: str,
    now: datetime,
) -> str:
    """Add an account and return its id; no *password*: they sign in elsewhere.

    Raises:
        NotTaken: the name is used or unfit, or the password is weak.
    """
    kept_name, wanted = name_of(name), sorted(roles)
    if password is not None:
        check_password(password, kept_name, shown)
    kept = passwords.kept(password) if password is not None else None
    with store.write() as connection:
        if users.by_name(connection, store.vault, kept_name) is not None:
            raise NotTaken("used", f"there is a user {kept_name} already")
        user_id = users.add(
            connection,
            kept_name,
            shown=(shown.strip() or name.strip())[: users.LONGEST_NAME],
            roles=wanted,
            departments=departments,
            sensitive=sensitive,
            password=kept,
            must_change=must_change,
            now=now,
        )
        act_notes.note(connection, store.vault, "user.added", who=by, at=now, user=kept_name, roles=[*wanted])
    return user_id


def set_password(  # noqa: PLR0913 (who, what, and by whom)
    store: Store, account: Account, password: str, *, must_change: bool, by: str, now: datetime
) -> None:
    """Give an account another password and end its sessions.

    Raises:
        NotTaken: the password is weak.
    """
    check_password(password, account.name, account.shown)
    kept = passwords.kept(password)
    with _changing(store, account, "user.password", by, now) as connection:
        users.change(connection, account.user_id, {"password": kept, "password_at": now, "must_change": must_change})
        user_sessions.end_all(connection, account.user_id)


def set_roles(store: Store, account: Account, roles: Iterable[Role], *, by: str, now: datetime) -> None:
    """Give an account these roles and no others.

    Raises:
        NotTaken: it would leave no admin.
    """
    wanted = sorted(roles)
    with _changing(store, account, "user.roles", by, now, roles=[*wanted]) as connection:
        if Role.ADMIN not in wanted:
            _leave_an_admin(connection, account)
        users.keep_roles(connection, account.user_id, wanted)


def set_departments(  # noqa: PLR0913 (who, what, and by whom)
    store: Store, account: Account, names: Iterable[str] | None, *, sensitive: bool, by: str, now: datetime
) -> None:
    """Say whose customers an account works on (None: all), and whether sensitive fields may be shown to it."""
    wanted = None if names is None else sorted(names)
    said: dict[str, Said] = {"departments": wanted, "sensitive": sensitive}
    with _changing(store, account, "user.departments", by, now, **said) as connection:
        users.keep_departments(connection, account.user_id, wanted)
        users.change(connection, account.user_id, {"sensitive": sensitive})


def disable(store: Store, account: Account, *, by: str, now: datetime) -> None:
    """Disable an account and end its sessions; what it did stays.

    Raises:
        NotTaken: it would leave no admin.
    """
    with _changing(store, account, "user.disabled", by, now) as connection:
        _leave_an_admin(connection, account)
        users.change(connection, account.user_id, {"disabled_at": now})
        user_sessions.end_all(connection, account.user_id)


def enable(store: Store, account: Account, *, by: str, now: datetime) -> None:
    """Let an account in again."""
    with _changing(store, account, "user.enabled", by, now) as connection:
        users.change(connection, account.user_id, {"disabled_at": None})


def set_second_factor(  # noqa: PLR0913 (who, what, and by whom)
    store: Store, account: Account, secret: str | None, recovery: Iterable[str] = (), *, by: str, now: datetime
) -> None:
    """Set an account's second factor, with the hashes of its recovery codes; None takes it away."""
    kind = "user.totp_set" if secret else "user.totp_removed"
    with _changing(store, account, kind, by, now) as connection:
        users.keep_totp(connection, store.vault, account.user_id, secret, recovery)
        if secret is None and by != account.name:
            user_sessions.end_all(connection, account.user_id)


def end_sessions(store: Store, account: Account, *, but: bytes | None = None, by: str, now: datetime) -> int:
    """End an account's sessions, all or all but one; return how many."""
    with _changing(store, account, "user.sessions_ended", by, now) as connection:
        return user_sessions.end_all(connection, account.user_id, but=but)


def make_token(  # noqa: PLR0913 (what a token begins with)
    store: Store, name: str, scopes: Iterable[Scope], ends_at: datetime | None, *, by: str, now: datetime
) -> str:
    """Make a token of the API and return it; it cannot be shown again.

    Raises:
        NotTaken: it has no name, or none that fits.
    """
    said, wanted = name.strip(), sorted(scopes)
    if not 1 <= len(said) <= api_tokens.LONGEST_NAME:
        raise NotTaken("token_name", f"give it a name of 1 to {api_tokens.LONGEST_NAME} letters")
    with store.write() as connection:
        token = api_tokens.make(connection, store.vault, said, now, scopes=wanted, ends_at=ends_at)
        act_notes.note(connection, store.vault, "token.made", who=by, at=now, token=said, scopes=[*wanted])
    return token


def revoke_token(store: Store, token_id: str, *, by: str, now: datetime) -> bool:
    """Revoke a token; False where there is none of this id that still holds."""
    with store.write() as connection:
        done = api_tokens.revoke(connection, token_id.strip().upper(), now)
        if done:
            act_notes.note(connection, store.vault, "token.revoked", who=by, at=now, token=token_id.strip().upper())
    return done


@contextmanager
def _changing(
    store: Store, account: Account, kind: str, by: str, now: datetime, **said: Said
) -> Iterator[sa.Connection]:
    """One transaction that changes an account, and its note."""
    with store.write() as connection:
        yield connection
        act_notes.note(connection, store.vault, kind, who=by, at=now, user=account.name, **said)


def _leave_an_admin(connection: sa.Connection, account: Account) -> None:
    is_one = Role.ADMIN in account.roles and account.disabled_at is None
    if is_one and users.count_able(connection, Role.ADMIN) <= 1:
        raise NotTaken("last_admin", f"{account.name} is the only admin left; make another one first")
