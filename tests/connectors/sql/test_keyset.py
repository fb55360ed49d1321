"""The queries as each database is asked them. SQL Server is compiled and never run here."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, postgresql, sqlite

from connectors.sql.database import address
from connectors.sql.keyset import after, is_one_of
from connectors.sql.settings import Settings

AT, NO = (sa.column(name, sa.types.NullType()) for name in ("at", "no"))
PAGE = sa.select(AT, NO).select_from(sa.table("customers", AT, NO, schema="shop")).order_by(AT, NO)


@pytest.mark.parametrize("kind", [mssql, mysql, postgresql, sqlite])
def test_a_page_begins_behind_the_last_row_and_carries_no_value_in_its_text(kind: Any) -> None:
    query = str(PAGE.where(after([AT, NO], ["2026-01-02", 7])).limit(100).compile(dialect=kind.dialect()))
    assert "2026" not in query
    assert "WHERE" in query
    assert query.count(" OR ") == 1
    assert "TOP" in query or "LIMIT" in query


def test_keys_of_several_columns_are_compared_one_by_one() -> None:
    text = str(is_one_of([AT, NO], [["a", 1], ["b", 2]]).compile())
    assert text.count(" AND ") == 2
    assert text.count(" OR ") == 1


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("mssql://sa@host/shop", "mssql+pymssql"),
        ("mysql://root@host/shop", "mysql+pymysql"),
        ("mariadb://root@host/shop", "mariadb+pymysql"),
        ("postgresql://u@host/shop", "postgresql+psycopg"),
        ("postgresql+psycopg2://u@host/shop", "postgresql+psycopg2"),
    ],
)
def test_an_address_without_a_driver_gets_one_and_its_password(url: str, driver: str) -> None:
    settings = Settings.model_validate({"url": url, "password": "p", "streams": {"a": {"table": "a", "key": "id"}}})
    made = address(settings)
    assert (made.drivername, made.password) == (driver, "p")
    assert "p@" not in repr(settings)


@pytest.mark.parametrize("url", ["nonsense", "oracle://host/x"])
def test_an_address_of_no_known_database_is_a_mistake(url: str) -> None:
    with pytest.raises(ValueError, match=r"write an address|not spoken"):
        Settings.model_validate({"url": url, "streams": {"a": {"table": "a", "key": "id"}}})
