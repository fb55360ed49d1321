"""A shop's database, of each kind that can be had here, and readers and writers of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.contract import Page, WriteRequest
from connectors.ports import WindowBudget
from connectors.sql.database import Database
from connectors.sql.reader import TableReader
from connectors.sql.settings import Settings
from connectors.sql.writer import Writer

MARIADB = "mysql+pymysql://root@127.0.0.1"
"""Where a MariaDB for tests is looked for; without one its tests are skipped."""
ULID = "01ARZ3NDEKTSV4RRFFQ69G{:04d}"


class Shop:
    """A database with tables as its people made them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.engine = sa.create_engine(url)
        self.kind = self.engine.dialect.name

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql(query).mappings()]

    def customers(self, *rows: tuple[int | None, str, str | None]) -> None:
        """Make the table of (id, name, updated_at), and fill it."""
        time = {"postgresql": "timestamptz", "mysql": "timestamp(6) NULL"}.get(self.kind, "text")
        key = "int NOT NULL PRIMARY KEY" if all(row[0] is not None for row in rows) else "int"
        self.run(f"CREATE TABLE customers (id {key}, name varchar(80), mail varchar(80), updated_at {time})")
        self.add(*rows)

    def add(self, *rows: tuple[int | None, str, str | None]) -> None:
        for number, name, at in rows:
            told = ("NULL" if one is None else f"'{one}'" for one in (number, name, at))
            self.run(f"INSERT INTO customers (id, name, updated_at) VALUES ({', '.join(told)})")  # noqa: S608 (a test's own)

    def settings(self, stream: Mapping[str, Any] | None = None, **changed: Any) -> Settings:
        one = {"table": "customers", "key": "id", "modified": "updated_at", **(stream or {})}
        return Settings.model_validate({"url": self.url, "streams": {"customers": one}, "page_size": 3, **changed})

    def reader(self, stream: Mapping[str, Any] | None = None, **changed: Any) -> TableReader:
        settings = self.settings(stream, **changed)
        return TableReader(Database(settings, WindowBudget()), "customers", settings.streams["customers"])

    def writer(self, stream: Mapping[str, Any] | None = None) -> Writer:
        writes = {"write": {"binding": "crmhub_id", "mail": ["mail"], "phone": ["phone"]}}
        return Writer(self.settings({"modified": None, **writes, **(stream or {})}))


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Each kind of database in turn."""
    if request.param == "sqlite":
        made = Shop(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path)
    elif request.param == "postgres":
        made = Shop(str(request.getfixturevalue("postgres_url")), tmp_path)
    else:
        made = Shop(str(request.getfixturevalue("mariadb_url")), tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture
def mariadb_url() -> Iterator[str]:
    """A fresh database in the MariaDB of this machine, if it has one."""
    admin = sa.create_engine(MARIADB, connect_args={"connect_timeout": 2})
    name = f"crmhub_{uuid.uuid4().hex}"
    try:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    except sa.exc.OperationalError:
        pytest.skip("no MariaDB here")
    yield f"{MARIADB}/{name}?charset=utf8mb4"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")
    admin.dispose()


def records(pages: Sequence[Page]) -> list[dict[str, Any]]:
    return [dict(record) for page in pages for record in page.records]


def last_state(pages: Sequence[Page]) -> Mapping[str, Any] | None:
    return next((page.state for page in reversed(pages) if page.state is not None), None)


def create(number: int, **fields: Any) -> WriteRequest:
    return WriteRequest(f"w{number}", "customers", "create", fields, binding_id=ULID.format(number))


def update(record_id: str, *, expected: Mapping[str, Any], **fields: Any) -> WriteRequest:
    return WriteRequest(f"u{record_id}", "customers", "update", fields, record_id=record_id, expected=expected)
