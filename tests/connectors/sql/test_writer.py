from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import DELETED_AT, Lookup
from connectors.sql.settings import Settings
from connectors.sql.source import Source
from tests.connectors.sql.conftest import ULID, Shop, create, update


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """The shop has a table that the hub may write to: its own numbers as keys, the hub's id beside them."""
    number = {"postgresql": "serial PRIMARY KEY", "mysql": "int AUTO_INCREMENT PRIMARY KEY"}
    key = number.get(shop.kind, "INTEGER PRIMARY KEY")
    shop.run(
        f"CREATE TABLE customers (id {key}, crmhub_id varchar(26) UNIQUE, name varchar(20), mail varchar(80) UNIQUE,"
        " phone varchar(20), level int NOT NULL DEFAULT 1)"
    )
    return shop


def test_a_new_row_carries_the_hubs_id_and_is_read_back(shop: Shop) -> None:
    (result,) = shop.writer().write([create(1, name="王伟", mail="w@a.example")])
    assert (result.outcome, result.record_id) == ("confirmed", "1")
    assert result.read_back is not None
    assert (result.read_back["name"], result.read_back["crmhub_id"]) == ("王伟", ULID.format(1))
    assert [row["name"] for row in shop.rows("SELECT * FROM customers")] == ["王伟"]


def test_a_create_sent_twice_makes_one_row(shop: Shop) -> None:
    first, second = shop.writer().write([create(1, name="Ann"), create(1, name="Anna")])
    assert first.record_id == second.record_id
    assert [row["name"] for row in shop.rows("SELECT * FROM customers")] == ["Anna"]


def test_of_a_batch_only_the_bad_rows_are_refused(shop: Shop) -> None:
    requests = [
        create(1, name="Ann", mail="a@a.example"),
        create(2, name="Bea", mail="a@a.example"),
        create(3, name="Cid", colour="red"),
        create(4, name="Dee", level=None),
        create(5, name="Eve"),
    ]
    results = {result.write_id: (result.outcome, result.code) for result in shop.writer().write(requests)}
    assert results == {
        "w1": ("confirmed", ""),
        "w2": ("rejected", "constraint"),
        "w3": ("rejected", "no_column"),
        "w4": ("rejected", "constraint"),
        "w5": ("confirmed", ""),
    }
    assert [row["name"] for row in shop.rows("SELECT * FROM customers ORDER BY id")] == ["Ann", "Eve"]


def test_an_update_changes_only_what_still_shows_the_expected_value(shop: Shop) -> None:
    writer = shop.writer()
    list(writer.write([create(1, name="Ann"), create(2, name="Ben")]))
    shop.run("UPDATE customers SET name = 'Benno' WHERE id = 2")
    changed, stale, gone = writer.write(
        [
            update("1", expected={"name": "Ann", "mail": ""}, name="Anna", mail="a@a.example"),
            update("2", expected={"name": "Ben"}, name="Bob"),
            update("9", expected={"name": "x"}, name="y"),
        ]
    )
    assert changed.outcome == "confirmed"
    assert changed.read_back is not None
    assert (changed.read_back["name"], changed.read_back["mail"]) == ("Anna", "a@a.example")
    assert stale.outcome == "stale"
    assert stale.current is not None
    assert stale.current["name"] == "Benno"
    assert gone.outcome == "stale"
    assert gone.current is not None
    assert DELETED_AT in gone.current
    assert [row["name"] for row in shop.rows("SELECT * FROM customers ORDER BY id")] == ["Anna", "Benno"]


def test_rows_are_found_by_the_hubs_id_then_mail_then_phone(shop: Shop) -> None:
    writer = shop.writer()
    list(writer.write([create(1, name="Ann"), create(2, mail="B@b.example"), create(3, phone="139")]))
    found = writer.find(
        [
            Lookup("a", "customers", ULID.format(1), {"mail": "b@B.example"}),
            Lookup("b", "customers", ULID.format(8), {"mail": "b@B.example", "phone": "139"}),
            Lookup("c", "customers", ULID.format(8), {"mail": "x@x.example", "phone": "139"}),
            Lookup("d", "customers", ULID.format(8), {"mail": "", "phone": None}),
        ]
    )
    assert [(one.write_id, one.by, one.record_id) for one in found] == [
        ("a", "binding_id", "1"),
        ("b", "mail", "2"),
        ("c", "phone", "3"),
    ]


def test_a_stream_without_write_is_never_written(shop: Shop) -> None:
    (result,) = shop.writer({"write": None}).write([create(1, name="Ann")])
    assert (result.outcome, result.code) == ("rejected", "read_only")
    assert shop.rows("SELECT * FROM customers") == []


def test_tables_that_are_only_read_are_named_where_rows_are_to_be_made(tmp_path: Path) -> None:
    streams = {"seen": {"table": "a", "key": "id"}, "made": {"table": "b", "key": "id", "write": {"binding": "hub"}}}
    settings = Settings.model_validate({"url": f"sqlite:///{tmp_path}/a.db", "streams": streams})
    (lacking,) = Source().lacking(settings)
    assert lacking.streams == ("seen",)
