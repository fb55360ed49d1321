"""Sign in: measured, counted, noted, and the same answer whether the name or the password was wrong.

Room: console; the shell over the store. Passwords are checked outside any transaction: that takes its time on purpose.
A session begins anew with each step, so that an id from before signing in is worth nothing after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from console.access import passwords, second_factor
from console.access.waiting import FREE, FREE_OF_ADDRESS, WINDOW, may_try_at
from golden_record.store import act_notes, sign_in_failures, user_sessions, users
from golden_record.store.engine import Store
from golden_record.store.user_sessions import Session
from golden_record.store.users import Account


class Failed(StrEnum):
    """Why nobody was signed in."""

    WRONG = "wrong"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Begun:
    """A session was begun: its id for the browser, and whether the second factor is still awaited."""

    session_id: str
    account: Account
    awaits_code: bool


@dataclass(frozen=True, slots=True)
class Comer:
    """From where somebody signs in."""

    address: str
    browser: str


def sign_in(  # noqa: PLR0913 (what signing in takes)
    store: Store, name: str, password: str, comer: Comer, *, now: datetime, lasts: timedelta
) -> Begun | Failed:
    """Begin a session for whoever knows the password; after failures the next try has to wait."""
    name = name.strip().casefold()[: users.LONGEST_NAME]
    keys = _keys(store, name, comer)
    if _must_wait(store, keys, now):
        return Failed.WAIT
    with store.read() as connection:
        account = users.by_name(connection, store.vault, name)
    right = passwords.is_right(account.password if account is not None else None, password)
    if account is None or not right or account.disabled_at is not None:
        known = account.name if account is not None else ""
        _count(store, keys, now, "sign_in.failed", who=known, address=comer.address)
        return Failed.WRONG
    with store.write() as connection:
        sign_in_failures.forget(connection, next(iter(keys)))
        if account.password is not None and passwords.is_old(account.password):
            users.change(connection, account.user_id, {"password": passwords.kept(password)})
        how = "password" if account.totp is None else ""
        return begin(connection, store, account, comer, how=how, now=now, lasts=lasts)


def give_code(  # noqa: PLR0913 (what signing in takes)
    store: Store, account: Account, session: Session, code: str, comer: Comer, *, now: datetime, lasts: timedelta
) -> Begun | Failed:
    """Begin the session of whoever has given the password and now gives a one-time or a recovery code."""
    keys = _keys(store, f"code {account.name}", comer)
    if account.totp is None or _must_wait(store, keys, now):
        return Failed.WAIT
    step = second_factor.step_of(account.totp, code, now)
    digest = second_factor.recovery_digest(store.vault, account.user_id, code)
    with store.write() as connection:
        by_code = step is not None and users.take_step(connection, account.user_id, step)
        by_recovery = not by_code and users.take_recovery(connection, account, digest)
        if by_code or by_recovery:
            sign_in_failures.forget(connection, next(iter(keys)))
            user_sessions.end(connection, session.digest)
            how = "totp" if by_code else "recovery"
            return begin(connection, store, account, comer, how=how, now=now, lasts=lasts)
    _count(store, keys, now, "sign_in.failed", who=account.name, address=comer.address)
    return Failed.WRONG


def begin(  # noqa: PLR0913 (what a session begins with)
    connection: sa.Connection,
    store: Store,
    account: Account,
    comer: Comer,
    *,
    how: str,
    now: datetime,
    lasts: timedelta,
) -> Begun:
    """Begin a session for an account that has shown by *how* who it is; no *how*: the code is still awaited."""
    user_sessions.sweep(connection, now)
    session_id = user_sessions.begin(
        connection,
        store.vault,
        account.user_id,
        state=user_sessions.OPEN if how else user_sessions.AWAITS_CODE,
        how=how or "password",
        browser=comer.browser,
        address=comer.address,
        now=now,
        lasts=lasts if how else min(lasts, timedelta(minutes=10)),
    )
    if how:
        users.change(connection, account.user_id, {"seen_at": now})
        act_notes.note(connection, store.vault, "sign_in", who=account.name, at=now, address=comer.address, how=how)
    return Begun(session_id, account, awaits_code=not how)


def _keys(store: Store, name: str, comer: Comer) -> dict[bytes, int]:
    """Return what is counted, with how many failures of it cost nothing; the account's comes first."""
    return {
        sign_in_failures.key_of(store.vault, "name", name): FREE,
        sign_in_failures.key_of(store.vault, "address", comer.address): FREE_OF_ADDRESS,
    }


def _must_wait(store: Store, keys: dict[bytes, int], now: datetime) -> bool:
    with store.read() as connection:
        counted = {key: sign_in_failures.lately(connection, key, now, WINDOW) for key in keys}
    return any(found is not None and may_try_at(*found, keys[key]) > now for key, found in counted.items())


def _count(  # noqa: PLR0913 (what is counted)
    store: Store, keys: dict[bytes, int], now: datetime, kind: str, *, who: str, address: str
) -> None:
    """Count and note a failure. A name that nobody has is not noted: people type passwords there by mistake."""
    with store.write() as connection:
        for key in keys:
            sign_in_failures.note(connection, key, now, WINDOW)
        act_notes.note(connection, store.vault, kind, who=who, at=now, address=address)
