"""Database servers for tests: a MariaDB that is there, or that is started here, or the reason why there is none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import functions

THERE = "mysql+pymysql://root@127.0.0.1:3306"
PATIENCE = 60.0


@compiles(functions.min)
@compiles(functions.max)
def _ordered_by_every_server(element: functions.GenericFunction[Any], compiler: Any, **named: Any) -> str:
    """Let no test pass, on whichever store, that asks for the least or greatest of bytes.

    PostgreSQL has that since 18 only, and the one that the tests bring along is newer than most that are in use.
    """
    kinds = [getattr(one.type, "impl_instance", one.type) for one in element.clauses]
    of_bytes = any(isinstance(kind, sa.LargeBinary) for kind in kinds)
    assert not of_bytes, f"{element.name}() of bytes: PostgreSQL 15 has none"
    return str(compiler.visit_function(element, **named))


class NoServer(Exception):
    """There is no MariaDB to test on; says why."""


@contextmanager
def mariadb_server(folder: Path) -> Iterator[str]:
    """Yield the address of a MariaDB: CRMHUB_TEST_MARIADB, one on this machine without a password, or one of our own.

    Raises:
        NoServer: there is none of them.
    """
    named = os.environ.get("CRMHUB_TEST_MARIADB")
    if named is not None:
        yield named
    elif answers(THERE):
        yield THERE
    else:
        with own_server(folder) as address:
            yield address


@contextmanager
def own_server(folder: Path) -> Iterator[str]:
    """Start a MariaDB in *folder*, on a port of its own; it ends with the block."""
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or install is None:
        raise NoServer("no MariaDB answers at 127.0.0.1:3306, and mariadbd is not installed")
    user = ["--user=root"] if os.geteuid() == 0 else []
    made = [install, "--no-defaults", f"--datadir={folder}", "--auth-root-authentication-method=normal", *user]
    subprocess.run(made, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = [f"--datadir={folder}", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s"]
    process = subprocess.Popen([server, "--no-defaults", *at, *user], stderr=subprocess.DEVNULL)
    address = f"mysql+pymysql://root@127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NoServer("mariadbd was started and does not answer")
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def fresh_database(address: str) -> Iterator[str]:
    """Yield the address of a new database on a server; it is dropped afterwards."""
    name = f"crmhub_test_{uuid.uuid4().hex}"
    with statements(address) as run:
        run(f"CREATE DATABASE {name}" + ("" if address.startswith("postgresql") else " CHARACTER SET utf8mb4"))
    try:
        yield make_url(address).set(database=name).render_as_string(hide_password=False)
    finally:
        with statements(address) as run:
            run(f"DROP DATABASE {name}")


def empty(address: str) -> None:
    """Delete every row; the tables stay, and so does what says of which version they are."""
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        for name in sa.inspect(connection).get_table_names():
            if name != "alembic_version":
                connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608 (a name that the database gave)
    engine.dispose()


def answers(address: str) -> bool:
    """Say whether a server can be signed in to."""
    try:
        with statements(address) as run:
            run("SELECT 1")
    except sa.exc.OperationalError:
        return False
    return True


@contextmanager
def statements(address: str) -> Iterator[Callable[[str], object]]:
    """Yield a function that runs statements outside of transactions."""
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            yield connection.exec_driver_sql
    finally:
        engine.dispose()
