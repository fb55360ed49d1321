from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from golden_record.store.engine import Store, make_engine
from golden_record.vault import KeyRing, Vault

CROWD = 20
"""Threads: more than a pool of connections has by itself."""


def asked_for(url: str) -> dict[str, Any]:
    """Return what a connection would be opened with."""
    engine, seen = make_engine(make_url(url)), {}

    @sa.event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, _arguments: Any, named: dict[str, Any]) -> Any:
        seen.update(named)
        raise ConnectionError

    try:
        engine.connect()
    except ConnectionError:
        return seen
    raise AssertionError("it was connected to")


def test_a_postgresql_that_is_gone_without_a_word_is_noticed_within_a_minute() -> None:
    asked = asked_for("postgresql+psycopg://hub@db/crmhub")
    assert asked["connect_timeout"] == 10
    assert asked["keepalives_idle"] + asked["keepalives_interval"] * asked["keepalives_count"] <= 60
    assert asked["tcp_user_timeout"] == 60_000


def test_what_the_stores_url_says_goes_before() -> None:
    asked = asked_for("postgresql+psycopg://hub@db/crmhub?connect_timeout=3&keepalives_idle=5")
    assert (str(asked["connect_timeout"]), str(asked["keepalives_idle"])) == ("3", "5")


def test_whoever_writes_can_read_by_another_connection_while_many_wait_to_write(tmp_path: Path) -> None:
    engine = make_engine(make_url(f"sqlite:///{tmp_path / 'hub.db'}"))
    store = Store(engine, Vault(KeyRing.mint()))
    with store.write() as connection:
        connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    waiting = threading.Barrier(CROWD + 1)

    def wait_and_write() -> None:
        waiting.wait(timeout=30)
        with store.write() as connection:
            connection.execute(sa.text("INSERT INTO t VALUES (1)"))

    with ThreadPoolExecutor(CROWD) as threads:
        done = [threads.submit(wait_and_write) for _ in range(CROWD)]
        with store.write():
            waiting.wait(timeout=30)
            threading.Event().wait(0.1)  # now they stand before the lock
            began = time.monotonic()
            with store.read() as reading:
                assert reading.scalar(sa.text("SELECT count(*) FROM t")) == 0
            assert time.monotonic() - began < 10  # it waited for a connection for thirty seconds
        for one in done:
            one.result(timeout=30)
    with store.read() as reading:
        assert reading.scalar(sa.text("SELECT count(*) FROM t")) == CROWD
    store.close()
