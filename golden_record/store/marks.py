"""Small facts that the hub keeps about itself between runs, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from golden_record.store.tables import meta
from golden_record.vault import Vault

_PLACE = "meta.value"
_PREFIX = "mark:"


def load(connection: sa.Connection, vault: Vault, names: Iterable[str]) -> dict[str, str]:
    """Return the marks that are set."""
    wanted = [_PREFIX + name for name in names]
    rows = connection.execute(sa.select(meta).where(meta.c.name.in_(wanted))).all()
    return {row.name.removeprefix(_PREFIX): str(vault.open(_PLACE, row.name, row.value)) for row in rows}


def save(connection: sa.Connection, vault: Vault, values: Mapping[str, str]) -> None:
    """Set marks."""
    for name, value in values.items():
        key = _PREFIX + name
        sealed = vault.seal(_PLACE, key, value)
        if connection.execute(meta.update().where(meta.c.name == key).values(value=sealed)).rowcount == 0:
            connection.execute(meta.insert().values(name=key, value=sealed))
