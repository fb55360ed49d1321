from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import DELETED_AT
from connectors.errors import ConnectorError, StopSystem
from tests.connectors.sql.conftest import Shop, last_state, records

DAY = "2026-01-02 03:04:{:02d}"
TEN = tuple((number, f"N{number}", DAY.format(number)) for number in range(1, 11))


def ids(pages: Any) -> list[int]:
    return [one["id"] for one in records(list(pages))]


@pytest.mark.parametrize("paging", ["keyset", "cursor"])
def test_all_rows_come_once_in_the_order_of_their_change(shop: Shop, paging: str) -> None:
    shop.customers(*TEN)
    assert ids(shop.reader({"paging": paging}).read(None)) == list(range(1, 11))
    assert ids(shop.reader({"paging": paging, "modified": None}).read(None)) == list(range(1, 11))


@pytest.mark.parametrize("paging", ["keyset", "cursor"])
def test_only_what_changed_since_the_cursor_comes(shop: Shop, paging: str) -> None:
    shop.customers(*TEN)
    reader = shop.reader({"paging": paging}, lookback=0)
    state = last_state(list(reader.read(None)))
    assert ids(reader.read(state)) == [10]
    shop.run("UPDATE customers SET name = 'X', updated_at = '2026-01-02 03:05:00' WHERE id = 4")
    assert ids(reader.read(state)) == [10, 4]


def test_a_change_stamped_before_the_cursor_and_committed_after_is_met(shop: Shop) -> None:
    shop.customers(*TEN)
    state = last_state(list(shop.reader(lookback=5).read(None)))
    shop.add((11, "late", DAY.format(6)))
    assert ids(shop.reader(lookback=5).read(state)) == [5, 6, 11, 7, 8, 9, 10]


def test_many_rows_of_one_moment_are_neither_skipped_nor_read_for_ever(shop: Shop) -> None:
    shop.customers(*((number, "N", DAY.format(7)) for number in range(1, 12)))
    pages = list(shop.reader().read(None))
    assert ids(pages) == list(range(1, 12))
    assert len(pages) == 4


def test_a_row_that_changes_during_the_read_is_met_again(shop: Shop) -> None:
    shop.customers(*TEN)
    pages = shop.reader().read(None)
    seen = [one["id"] for one in next(pages).records]
    shop.run("UPDATE customers SET name = 'X', updated_at = '2026-01-02 03:05:00' WHERE id = 2")
    rest = records(list(pages))
    assert seen == [1, 2, 3]
    assert [(one["id"], one["name"]) for one in rest][-1] == (2, "X")


def test_rows_without_a_time_of_change_come_at_every_pull(shop: Shop) -> None:
    shop.customers(*TEN[:4], (20, "old", None), (21, "old", None))
    reader = shop.reader(lookback=0)
    pages = list(reader.read(None))
    assert sorted(ids(pages)) == [1, 2, 3, 4, 20, 21]
    assert sorted(ids(reader.read(last_state(pages)))) == [4, 20, 21]


def test_a_read_cut_anywhere_resumes_without_a_gap(shop: Shop) -> None:
    shop.customers(*TEN, (20, "old", None))
    for stream in ({}, {"modified": None}):
        pages = list(shop.reader(stream).read(None))
        for cut in range(len(pages)):
            resumed = shop.reader(stream).read(last_state(pages[:cut]))
            assert {*ids(pages[:cut]), *ids(resumed)} == set(ids(pages)), (stream, cut)


def test_a_full_read_that_ended_begins_anew(shop: Shop) -> None:
    shop.customers(*TEN)
    reader = shop.reader({"modified": None})
    assert ids(reader.read(last_state(list(reader.read(None))))) == list(range(1, 11))


def test_a_key_of_several_columns_is_one_key(shop: Shop) -> None:
    shop.run("CREATE TABLE cards (shop varchar(9) NOT NULL, no int NOT NULL, name varchar(20), PRIMARY KEY (shop, no))")
    for row in ("'A', 1, 'Ann'", "'A', 2, 'Abe'", "'B|x', 1, 'Ben'", "'B|x', 2, 'Bea'"):
        shop.run(f"INSERT INTO cards VALUES ({row})")  # noqa: S608 (a test's own)
    reader = shop.reader({"table": "cards", "key": ["shop", "no"], "modified": None})
    found = {one["_key"]: one["name"] for one in records(list(reader.read(None)))}
    assert found == {"A|1": "Ann", "A|2": "Abe", "B\\|x|1": "Ben", "B\\|x|2": "Bea"}
    fetched = list(reader.fetch(["B\\|x|2", "A|9", "nonsense"]))
    assert fetched[0]["name"] == "Bea"
    assert [(one["_key"], DELETED_AT in one) for one in fetched[1:]] == [("A|9", True), ("nonsense", True)]


def test_a_fetch_names_what_is_gone_and_takes_no_row_for_another(shop: Shop) -> None:
    shop.customers((0, "zero", None), (12, "twelve", None))
    found = {str(one["id"]): one.get("name") for one in shop.reader().fetch(["12", "12abc", "abc", "13"])}
    assert found == {"12": "twelve", "12abc": None, "abc": None, "13": None}


def test_a_view_is_read_like_a_table_and_columns_can_be_chosen(shop: Shop) -> None:
    shop.customers(*TEN)
    shop.run("CREATE VIEW loyal AS SELECT id, name, updated_at AS at FROM customers WHERE id > 5")
    reader = shop.reader({"table": "loyal", "modified": "at", "columns": ["name"]})
    assert ids(reader.read(None)) == [6, 7, 8, 9, 10]
    assert list(reader.schema()["properties"]) == ["id", "name", "at", DELETED_AT]


def test_times_keep_the_zone_that_the_database_knows(shop: Shop) -> None:
    shop.customers((1, "Ann", "2026-01-02 03:04:05"))
    (record,) = records(list(shop.reader().read(None)))
    zoned = {"postgresql": "2026-01-02T03:04:05+00:00", "mysql": "2026-01-02T03:04:05+00:00"}
    assert record["updated_at"] == zoned.get(shop.kind, "2026-01-02 03:04:05")
    if shop.kind != "sqlite":
        kind = {"postgresql": "timestamp", "mysql": "datetime"}[shop.kind]
        shop.run(f"CREATE TABLE walls (id int, at {kind})", "INSERT INTO walls VALUES (1, '2026-01-02 03:04:05')")
        (record,) = records(list(shop.reader({"table": "walls", "modified": "at"}).read(None)))
        assert record["at"] == "2026-01-02T03:04:05"


def test_rows_without_a_key_are_counted_and_the_others_come(shop: Shop) -> None:
    shop.customers((1, "Ann", None), (None, "Nobody", None), (None, "None", None))
    pages = list(shop.reader().read(None))
    assert ids(pages) == [1]
    assert [(one.code, one.count) for page in pages for one in page.skipped] == [("no_key", 2)]


@pytest.mark.parametrize(
    ("stream", "code"),
    [({"table": "nowhere"}, "no_table"), ({"key": "number"}, "no_column"), ({"columns": ["x", "y"]}, "no_column")],
)
def test_what_the_settings_name_and_the_database_lacks_is_named(shop: Shop, stream: Any, code: str) -> None:
    shop.customers(*TEN)
    with pytest.raises(ConnectorError) as error:
        list(shop.reader(stream).read(None))
    assert error.value.code == code
    assert not isinstance(error.value, StopSystem)


def test_a_wrong_password_stops_the_system_and_shows_nothing(shop: Shop) -> None:
    if shop.kind != "mysql":
        pytest.skip("only MariaDB asks for a password here")
    shop.url = shop.url.replace("root@", "nobody:geheim@")
    with pytest.raises(StopSystem) as error:
        list(shop.reader().read(None))
    assert error.value.code == "sign_in"
    assert "geheim" not in str(error.value)


def test_a_misspelt_sqlite_file_is_named_and_not_made(shop: Shop) -> None:
    if shop.kind != "sqlite":
        pytest.skip("only SQLite makes databases by opening them")
    shop.url = "sqlite:///no_such.db"
    with pytest.raises(StopSystem):
        list(shop.reader(project=str(shop.folder)).read(None))
    assert not (shop.folder / "no_such.db").exists()
