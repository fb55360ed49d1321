"""Connections to one database, and its errors as ours. Nothing of a statement or its values is ever repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, NoSuchModuleError, NoSuchTableError, OperationalError
from sqlalchemy.pool import NullPool

from connectors.errors import ConnectorError, StopSystem, TryAgain
from connectors.ports import Budget
from connectors.sql.settings import DIALECTS, Settings

CONNECT_TIMEOUT = 10
"""Seconds to a connection."""
_WRITES = "crmhub_writes"
_SIGN_IN = ("password authentication", "access denied", "login failed", "no password supplied", "does not exist")
_FORBIDDEN = ("permission denied", "command denied", "readonly", "read-only")


class Database:
    """One configured database. Connections are opened for each use and closed behind it."""

    def __init__(self, settings: Settings, budget: Budget, *, system: str = "sql") -> None:
        self.settings, self.system = settings, system
        self._budget = budget
        self._made: sa.Engine | None = None

    @property
    def engine(self) -> sa.Engine:
        """The engine, made on first use.

        Raises:
            StopSystem: its driver is not installed, or the SQLite file is not there.
        """
        if self._made is None:
            self._made = self._engine()
        return self._made

    @contextmanager
    def reading(self, stream: str | None = None) -> Iterator[sa.Connection]:
        """One short transaction that reads. Errors of the database come out as ours."""
        with self.translated(stream), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def connected(self, stream: str | None = None) -> Iterator[sa.Connection]:
        """A connection for writing; the caller begins and commits."""
        with self.translated(stream), self.engine.execution_options(**{_WRITES: True}).connect() as connection:
            yield connection

    def spend(self) -> None:
        """Count one query."""
        self._budget.spend("query")

    @contextmanager
    def translated(self, stream: str | None = None) -> Iterator[None]:
        """Turn the database's errors into ours."""
        try:
            yield
        except NoSuchTableError:
            cure = "Correct `table`, or give the user the right to see it."
            raise self._error(ConnectorError, stream, "no_table", "the table or view is not there", cure) from None
        except DBAPIError as error:
            raise self.judged(error, stream) from None

    def judged(self, error: DBAPIError, stream: str | None = None) -> ConnectorError:
        """Say what an error of the driver means for the run."""
        said, kind = str(error.orig).casefold(), type(error.orig).__name__
        if any(sign in said for sign in _FORBIDDEN):
            cure = "Give the user this right."
            return self._error(ConnectorError, stream, "permission", f"the database does not permit it ({kind})", cure)
        if isinstance(error, OperationalError | InterfaceError):
            if any(sign in said for sign in _SIGN_IN) and "column" not in said:
                cure = "Check user, password and database name in `url`."
                return self._error(StopSystem, None, "sign_in", f"the database refuses the sign-in ({kind})", cure)
            cure = "Check that host and port are right and the database up; the next run tries again."
            return self._error(TryAgain, stream, "unreachable", f"the database gave no answer ({kind})", cure)
        cure = "Check `table`, `key`, `modified` and `columns` against the database."
        return self._error(ConnectorError, stream, "query", f"the database refuses the query ({kind})", cure)

    def _engine(self) -> sa.Engine:
        url = address(self.settings)
        if url.get_backend_name() == "sqlite":
            self._must_be_there(url)
        try:
            engine = sa.create_engine(
                url,
                poolclass=NullPool,
                hide_parameters=True,
                connect_args=_options(url, self.settings.timeout),
            )
        except (NoSuchModuleError, ImportError):
            cure = f"Install {url.get_driver_name()} beside crmhub, or name another driver in `url`."
            raise self._error(StopSystem, None, "driver", "the driver of this database is not there", cure) from None
        if url.get_backend_name() == "sqlite":
            sa.event.listen(engine, "connect", _sqlite_connects)
            sa.event.listen(engine, "begin", _sqlite_begins)
        return engine

    def _must_be_there(self, url: URL) -> None:
        """SQLite would make an empty database of a misspelt path."""
        folder = self.settings.project
        if url.database and folder is not None and not (folder / url.database).is_file():
            raise self._error(StopSystem, None, "no_file", "the SQLite file is not there", "Correct `url`.")

    def _error(self, kind: type[ConnectorError], stream: str | None, code: str, what: str, cure: str) -> ConnectorError:
        return kind(what, system=self.system, stream=stream, code=code, cure=cure)


def address(settings: Settings) -> URL:
    """Return the URL with driver, password and the place of a SQLite file filled in."""
    url = make_url(settings.url.get_secret_value())
    name = url.get_backend_name()
    if "+" not in url.drivername and DIALECTS[name]:
        url = url.set(drivername=f"{name}+{DIALECTS[name]}")
    if settings.password is not None and url.password is None and name != "sqlite":
        url = url.set(password=settings.password.get_secret_value())
    if name == "sqlite" and url.database and url.database != ":memory:" and settings.project is not None:
        url = url.set(database=str(settings.project / url.database))
    return url


def _options(url: URL, timeout: int) -> dict[str, Any]:
    """Time-outs, and sessions in UTC: what a TIMESTAMP shows depends on the session's zone."""
    driver = url.get_driver_name()
    if driver == "psycopg":
        options = f"-c TimeZone=UTC -c statement_timeout={timeout * 1000}"
        return {"connect_timeout": CONNECT_TIMEOUT, "options": options}
    if driver == "pymysql":
        started = {"init_command": "SET time_zone = '+00:00'", "charset": "utf8mb4"}
        return {"connect_timeout": CONNECT_TIMEOUT, "read_timeout": timeout, **started}
    if driver == "pymssql":
        return {"login_timeout": CONNECT_TIMEOUT, "timeout": timeout}
    return {"timeout": timeout} if url.get_backend_name() == "sqlite" else {}


def _sqlite_connects(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own type)
    connection.isolation_level = None  # the driver would begin transactions where it sees fit


def _sqlite_begins(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
