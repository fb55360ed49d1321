"""What an account needs kept for its connector: rotating tokens, and calls spent against its limits."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

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
"""As `seconds` of a row that holds no count: `calls` is until when the bucket is held back, `window` when it was noted,
both in epoch seconds."""
LEEWAY = 60
"""Seconds by which hosts' clocks may differ; what was noted by a clock further ahead is not believed: it has jumped."""


def held_back_until(connection: sa.Connection, account: str, bucket: str, now: float) -> int:
    """Return until when (epoch seconds) the system wants no call of this bucket; 0: it has not said so."""
    noted = _notes(account, bucket) & (spent.c.window <= now + LEEWAY)
    return int(connection.execute(sa.select(sa.func.max(spent.c.calls)).where(noted)).scalar() or 0)


def hold_back(connection: sa.Connection, account: str, bucket: str, until: int, now: float) -> None:
    """Note for all processes that the system wants no call of this bucket before *until*; never shortens."""
    if held_back_until(connection, account, bucket, now) >= until:
        return
    connection.execute(spent.delete().where(_notes(account, bucket)))
    row = {"account": account, "bucket": bucket, "seconds": _HELD_BACK, "window": int(now), "calls": until}
    with suppress(sa.exc.IntegrityError), connection.begin_nested():  # another process was told so in this very second
        connection.execute(spent.insert().values(**row))


def _notes(account: str, bucket: str) -> sa.ColumnElement[bool]:
    return (spent.c.account == account) & (spent.c.bucket == bucket) & (spent.c.seconds == _HELD_BACK)
