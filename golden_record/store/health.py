"""What is wrong with a store, found without changing it: reachable, writable, its tables' version, its key.

Room: golden_record, shell.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext

from golden_record.errors import SchemaMismatch, StoreUnreachable
from golden_record.migrations.upgrade import head
from golden_record.store import tables as t
from golden_record.store.engine import KEY_CHECK, Store, make_engine, resolve_url, translated
from golden_record.vault import KeyRing, Vault


class StoreNotMade(StoreUnreachable):
    """The file of the store is not there yet."""


@contextmanager
def unopened(url: str, ring: KeyRing, *, base: Path) -> Iterator[Store]:
    """Yield the store without making or upgrading its tables; a SQLite file that is not there is not made.

    Raises:
        StoreNotMade: its file is not there.
        StoreUnreachable: the URL cannot be read.
    """
    made = resolve_url(url, base)
    if made.get_backend_name() == "sqlite" and made.database and not Path(made.database).exists():
        raise StoreNotMade("there is no store yet", "`crmhub sync` (or `crmhub migrate`) makes it")
    store = Store(make_engine(made), Vault(ring))
    try:
        yield store
    finally:
        store.close()


def version_of(store: Store) -> str | None:
    """Return the version of the store's tables; None where there are none."""
    with translated(), store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check_version(store: Store) -> str:
    """Return the version of the store's tables.

    Raises:
        SchemaMismatch: this program knows another one.
    """
    current = version_of(store)
    if current != head():
        raise SchemaMismatch(
            f"the store has tables of version {current or 'none'}, this program wants {head()}", "Run `crmhub migrate`"
        )
    return current


def check_writable(store: Store) -> None:
    """Write a row and take it back.

    Raises:
        StoreReadOnly, StoreUnreachable: it cannot be written.
    """
    with store.write() as connection:
        sealed = store.vault.seal("meta.value", "doctor", "")
        connection.execute(t.meta.insert().values(name="doctor", value=sealed))
        connection.execute(t.meta.delete().where(t.meta.c.name == "doctor"))


def check_key(store: Store) -> None:
    """Open what was sealed when the store was made.

    Raises:
        KeyTrouble: the key is not the store's.
    """
    with store.read() as connection:
        kept = connection.execute(sa.select(t.meta.c.value).where(t.meta.c.name == KEY_CHECK)).scalar()
    if kept is not None:
        store.vault.open("meta.value", KEY_CHECK, kept)
