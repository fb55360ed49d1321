"""Open the store: engine, key check, schema check; and say clearly what is wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from sqlalchemy.engine import URL, make_url

from golden_record.errors import KeyTrouble, SchemaMismatch, StoreReadOnly, StoreUnreachable, TransactionGivenUp
from golden_record.migrations.upgrade import head, upgrade
from golden_record.store import tables as t
from golden_record.store.whole import whole
from golden_record.vault import KeyRing, Vault

CHUNK = 500
"""Rows of a write transaction, so that nobody waits long (design, section 5)."""
BUSY_MS = 30_000
"""How long SQLite waits for another writer before it gives up."""

KEY_CHECK = "key_check"
"""The row that tells whether the key is the one that the store was made with."""
_WRITES = "crmhub_writes"
_LIBPQ = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Seconds, but the last (milliseconds), after which a PostgreSQL that says nothing any more counts as away: a minute.

libpq by itself waits for minutes on a host that is gone without a word, and for two hours on a connection at rest. What
the store's URL says goes before.
"""
_INNODB = frozenset({"mysql", "mariadb"})
_ONE_BY_ONE = _INNODB | {"sqlite"}
"""Where the threads of a process write one after the other."""
_WAITED = frozenset({1020, 1205, 1213, "40P01", "40001"})
"""What MariaDB, SQL Server and PostgreSQL call a transaction that was given up because others held what it needed.

1213 and 40P01: a deadlock. 1205: a lock waited for too long (SQL Server: a deadlock). 1020: InnoDB with
`innodb_snapshot_isolation`, the default from MariaDB 11.6 on, found a row changed since it was read. 40001: PostgreSQL
could not keep the order that was promised.
"""


class Store:
    """An open store: *engine* for transactions, *vault* for what is sealed in it.

    *within*: its transactions are steps of one that is open already.
    """

    within = False

    def __init__(self, engine: sa.Engine, vault: Vault) -> None:
        self.engine, self.vault = engine, vault
        self._writer = engine.execution_options(**{_WRITES: True})
        # InnoDB locks gaps: two threads that land records at once can each wait for the other. SQLite has one writer by
        # nature; its own waiting looks again every tenth of a second, and whoever waits holds a connection. PostgreSQL
        # locks rows alone.
        self._turn = threading.RLock() if engine.dialect.name in _ONE_BY_ONE else nullcontext()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One write transaction; database trouble comes out as our errors."""
        with whole(), self._turn, translated(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One read transaction."""
        with whole(), translated(), self.engine.connect() as connection:
            yield connection

    def check(self) -> None:
        """Say whether the store can be used now.

        Raises:
            StoreUnreachable: the database does not answer.
            SchemaMismatch: its tables are not of this program's version.
        """
        with self.read() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current != head():
            raise SchemaMismatch(
                f"the store has tables of version {current}, this program knows {head()}",
                "Restart crmhub with the version that the store was brought to",
            )

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_store(url: str, ring: KeyRing, *, base: Path, newer: Callable[[], KeyRing] | None = None) -> Store:
    """Open the store at *url*, making or upgrading its tables where needed.

    Args:
        url: a SQLAlchemy URL; a relative SQLite path is taken from *base*.
        ring: the key ring that the store was (or will be) written with.
        base: the project's folder.
        newer: reads the ring again, for keys that another process mints while this store is open.

    Raises:
        StoreUnreachable, StoreReadOnly, SchemaMismatch, KeyTrouble: see golden_record.errors.
    """
    engine = make_engine(resolve_url(url, base))
    try:
        with translated():
            _check_schema(engine)
            _check_key(engine, Vault(ring))
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, Vault(ring, newer))


def resolve_url(url: str, base: Path) -> URL:
    """Return the URL with a relative SQLite file placed in *base*."""
    try:
        made = make_url(url)
    except sa.exc.ArgumentError:
        raise StoreUnreachable(
            "the store's URL in hub.yaml cannot be read", "Write it as sqlite:///crmhub.db"
        ) from None
    if made.get_backend_name() == "sqlite" and made.database and not Path(made.database).is_absolute():
        made = made.set(database=str(base / made.database))
    if made.drivername == "mysql+pymysql":
        made = made.update_query_dict({"charset": "utf8mb4"})
    return made


def make_engine(url: URL) -> sa.Engine:
    """Make an engine with the settings that each database wants."""
    if url.get_backend_name() == "sqlite":
        # Never short of connections: whoever writes may read by another one, while many others wait to write.
        pool = {} if url.database in {None, "", ":memory:"} else {"max_overflow": -1}
        engine = sa.create_engine(url, connect_args={"timeout": BUSY_MS / 1000}, **pool)
        sa.event.listen(engine, "connect", _sqlite_settings)
        sa.event.listen(engine, "begin", _sqlite_begin)
        return engine
    options: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10, "pool_recycle": 1800}
    if url.drivername == "postgresql+psycopg":
        options["connect_args"] = {name: value for name, value in _LIBPQ.items() if name not in url.query}
    if url.get_backend_name() in _INNODB:
        options["isolation_level"] = "READ COMMITTED"
    return sa.create_engine(url, **options)


def _sqlite_settings(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own type)
    """WAL lets readers go on while one writes; NORMAL is durable against a crash of the program."""
    connection.isolation_level = None
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {setting}")


def _sqlite_begin(connection: sa.Connection) -> None:
    """Take the write lock at once where a transaction will write, so that two writers wait instead of failing."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_schema(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head():
        return
    if current is not None and current > head():
        raise SchemaMismatch(
            f"the store has tables of version {current}, this program knows {head()}",
            "Use the newer crmhub that last ran here",
        )
    upgrade(engine)


def _check_key(engine: sa.Engine, vault: Vault) -> None:
    with engine.begin() as connection:
        kept = connection.execute(sa.select(t.meta.c.value).where(t.meta.c.name == KEY_CHECK)).scalar()
        if kept is not None:
            vault.open("meta.value", KEY_CHECK, kept)
            return
        if connection.execute(sa.select(sa.func.count()).select_from(t.source_records)).scalar():
            raise KeyTrouble("the store has lost its key check", "Restore the store from your backup")
        sealed = vault.seal("meta.value", KEY_CHECK, "crmhub")
        connection.execute(t.meta.insert().values(name=KEY_CHECK, value=sealed))


_READ_ONLY = ("readonly", "read-only", "read only", "permission denied", "command denied")
_FULL = ("disk is full", "disk full", "no space left", "' is full")
"""How SQLite, MariaDB, PostgreSQL and MariaDB's tables say that there is no room left."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn the database's own errors into ours."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        text = str(error.orig).casefold()
        if any(sign in text for sign in _READ_ONLY):
            raise StoreReadOnly(
                "the store cannot be written",
                "Give this user the right to write to the database or its file and folder",
            ) from None
        if any(sign in text for sign in _FULL):
            raise StoreUnreachable(
                "the store's disk is full",
                "Make room on it; what was not kept is done again by the same command",
            ) from None
        if _WAITED & {getattr(error.orig, "sqlstate", None), *getattr(error.orig, "args", ())[:1]}:
            raise TransactionGivenUp(
                "the store gave a transaction up that waited for another one",
                "Nothing of it was kept: run the same command again, and it goes on from there",
            ) from None
        if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError)):
            raise StoreUnreachable(
                f"the store does not answer ({type(error.orig).__name__})",
                "Check `store:` in hub.yaml, that the database is up, its disk not full, and the sign-in right",
            ) from None
        raise
    except sa.exc.NoSuchModuleError:
        raise StoreUnreachable(
            "the store's URL names a database that crmhub does not speak",
            "Use sqlite:///…, postgresql+psycopg://… or mysql+pymysql://…",
        ) from None
