"""Sign in with name and password: measured, counted, and the same answer whether the name or the password was wrong.

Room: console; the shell over the store. Passwords are checked outside any transaction: that takes its time on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from console.access import passwords
from console.access.waiting import FREE, FREE_OF_ADDRESS, WINDOW, may_try_at
from golden_record.store import sign_in_failures, user_sessions, users
from golden_record.store.engine import Store
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
    keys = {
        sign_in_failures.key_of(store.vault, "name", name): FREE,
        sign_in_failures.key_of(store.vault, "address", comer.address): FREE_OF_ADDRESS,
    }
    with store.read() as connection:
        account = users.by_name(connection, store.vault, name)
        counted = {key: sign_in_failures.lately(connection, key, now, WINDOW) for key in keys}
    if any(found is not None and may_try_at(*found, keys[key]) > now for key, found in counted.items()):
        return Failed.WAIT
    right = passwords.is_right(account.password if account is not None else None, password)
    if account is None or not right or account.disabled_at is not None:
        with store.write() as connection:
            for key in keys:
                sign_in_failures.note(connection, key, now, WINDOW)
        return Failed.WRONG
    state = user_sessions.AWAITS_CODE if account.totp is not None else user_sessions.OPEN
    with store.write() as connection:
        sign_in_failures.forget(connection, next(iter(keys)))
        user_sessions.sweep(connection, now)
        session_id = user_sessions.begin(
            connection,
            store.vault,
            account.user_id,
            state=state,
            how="password",
            browser=comer.browser,
            address=comer.address,
            now=now,
            lasts=lasts,
        )
        changed = {"seen_at": now}
        if account.password is not None and passwords.is_old(account.password):
            changed |= {"password": passwords.kept(password)}  # type: ignore[dict-item]  # a column's value
        users.change(connection, account.user_id, changed)
    return Begun(session_id, account, awaits_code=state == user_sessions.AWAITS_CODE)
