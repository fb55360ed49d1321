from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from golden_record.store.engine import make_engine


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
