"""What an account needs kept for its connector: rotating tokens, and calls spent against its limits."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from golden_record.store.tables import spent, tokens
from golden_record.vault import Vault

_PLACE = "tokens.sealed"


def load_tokens(connection: sa.Connection, vault: Vault, account: str) -> dict[str, str | int | float] | None:
    """Return the account's tokens."""
    kept = connection.execute(sa.select(tokens.c.sealed).where(tokens.c.account == account)).scalar()
    return None if kept is None else vault.open(_PLACE, account, kept)


def save_tokens(connection: sa.Connection, vault: Vault, account: str, value: Mapping[str, str | int | float]) -> None:
    """Keep the account's tokens."""
    sealed = vault.seal(_PLACE, account, dict(value))
    if connection.execute(tokens.update().where(tokens.c.account == account).values(sealed=sealed)).rowcount == 0:
        connection.execute(tokens.insert().values(account=account, sealed=sealed))


def calls_in(connection: sa.Connection, account: str, bucket: str, seconds: int, window: int) -> int:
    """Return the calls spent in one window."""
    where = (
        (spent.c.account == account)
        & (spent.c.bucket == bucket)
        & (spent.c.seconds == seconds)
        & (spent.c.window == window)
    )
    return int(connection.execute(sa.select(spent.c.calls).where(where)).scalar() or 0)


def add_calls(  # noqa: PLR0913 (the key of a counter)
    connection: sa.Connection, account: str, bucket: str, seconds: int, window: int, calls: int
) -> None:
    """Count *calls* in one window, and forget windows long past."""
    same = (spent.c.account == account) & (spent.c.bucket == bucket) & (spent.c.seconds == seconds)
    update = spent.update().where(same & (spent.c.window == window)).values(calls=spent.c.calls + calls)
    if connection.execute(update).rowcount == 0:
        connection.execute(spent.delete().where(same & (spent.c.window < window - 2)))
        connection.execute(
            spent.insert().values(account=account, bucket=bucket, seconds=seconds, window=window, calls=calls)
        )


_HELD_BACK = 0
"""As `seconds` and `window` of a row: it holds no count, but the time until which the bucket is held back."""


def held_back_until(connection: sa.Connection, account: str, bucket: str) -> int:
    """Return until when (epoch seconds) the system wants no call of this bucket; 0: it has not said so."""
    return calls_in(connection, account, bucket, _HELD_BACK, _HELD_BACK)


def hold_back(connection: sa.Connection, account: str, bucket: str, until: int) -> None:
    """Note for all processes that the system wants no call of this bucket before *until*; never shortens."""
    same = (spent.c.account == account) & (spent.c.bucket == bucket) & (spent.c.seconds == _HELD_BACK)
    known = held_back_until(connection, account, bucket)
    if known and until > known:
        connection.execute(spent.update().where(same).values(calls=until))
    elif not known:
        row = {"account": account, "bucket": bucket, "seconds": _HELD_BACK, "window": _HELD_BACK, "calls": until}
        connection.execute(spent.insert().values(**row))
