from __future__ import annotations

import gzip
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from tests.connectors.files.deliveries import Deliveries

MOMENT = datetime.fromisoformat("2026-01-02T03:04")
"""Without a zone, as spreadsheets hold it."""


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


# ------------------------------------------------------------------------------------------------------ CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(shop: Deliveries, delimiter: str) -> None:
    shop.put(
        "a.csv",
        "id;note;city\n1;a, b | c;x\n".replace(";", delimiter)
        if delimiter == ";"
        else f"id{delimiter}note{delimiter}city\n1{delimiter}a b{delimiter}x\n",
    )
    (record,) = shop.read().records
    assert (record["id"], record["city"]) == ("1", "x")


def test_the_header_is_found_under_titles_and_empty_lines(shop: Deliveries) -> None:
    shop.put("a.csv", '"客户名单, 11月",,\n\n制表人,王,\n id ,姓名\u3000,id\n1,李娜,x\n')
    assert shop.read().records == [{"id": "1", "姓名": "李娜", "id_2": "x"}]


def test_a_file_without_a_header_takes_the_columns_that_are_named(shop: Deliveries) -> None:
    shop.put("a.csv", "1;Ann;x\n2;Ben;y\n")
    assert shop.read(columns=["id", "name", "city"]).records[1] == {"id": "2", "name": "Ben", "city": "y"}


def test_a_file_whose_header_lacks_the_key_is_named_and_the_others_are_read(shop: Deliveries) -> None:
    shop.put("a.csv", "number,name\n1,Ann\n")
    shop.put("b.csv", "id,name\n2,Ben\n")
    read = shop.read()
    assert [one["id"] for one in read.records] == ["2"]
    assert read.named == [("a.csv", "no_header")]


def test_a_line_break_in_a_cell_is_no_new_row(shop: Deliveries) -> None:
    shop.put("a.csv", 'id,address,note\r\n1,"Main St 1\r\nBerlin","say ""hi"""\r\n2,x,y\r\n')
    first, second = shop.read().records
    assert first == {"id": "1", "address": "Main St 1\r\nBerlin", "note": 'say "hi"'}
    assert second["id"] == "2"


def test_a_quote_that_never_closes_costs_only_its_own_row(shop: Deliveries) -> None:
    rows = "".join(f"{n},Ann,x\n" for n in range(2, 5000))
    shop.put("a.csv", f'id,name,note\n1,Ann,"open\n{rows}')
    read = shop.read()
    assert read.named == [("a.csv, line 2", "quotes")]
    assert len(read.records) == 4998


def test_a_quote_that_another_rows_quote_closes_costs_only_its_own_row(shop: Deliveries) -> None:
    shop.put("a.csv", 'id,name,note\n1,Ann,"open\n2,"Ben",y\n3,Cid,z\n')
    read = shop.read()
    assert [one["id"] for one in read.records] == ["2", "3"]
    assert read.named == [("a.csv, line 2", "quotes")]


def test_rows_of_another_width_are_named(shop: Deliveries) -> None:
    shop.put("a.csv", "id,name,note\n1,Ann\n2,Ben,y,z\n3,Cid,z,,\n,,\n4,Dee,w\n")
    read = shop.read()
    assert [one["id"] for one in read.records] == ["3", "4"]
    assert read.named == [("a.csv, line 2", "cells"), ("a.csv, line 3", "cells")]
    assert [one["id"] for one in shop.read(short_rows=True).records] == ["1", "3", "4"]


def test_a_line_without_end_is_passed_over(shop: Deliveries) -> None:
    shop.put("a.csv", "id,name\n1,Ann\n2," + "x" * 1_500_000 + "\n3,Cid\n")
    read = shop.read()
    assert [one["id"] for one in read.records] == ["1", "3"]
    assert read.named == [("a.csv, line 3", "undecodable")]


def test_a_packed_file_is_read_and_a_damaged_one_named(shop: Deliveries) -> None:
    packed = gzip.compress(b"id,name\n1,Ann\n")
    shop.put("a.csv.gz", packed)
    shop.put("b.csv.gz", packed[:-12])
    read = shop.read("*.gz")
    assert ("b.csv.gz", "damaged") in read.named
    assert [one["name"] for one in read.records] == ["Ann"]


# ---------------------------------------------------------------------------------------------------- Excel


def test_a_workbook_gives_numbers_days_and_texts_as_people_see_them(shop: Deliveries) -> None:
    rows: list[list[Any]] = [
        ["VIP list"],
        [],
        ["id", "电话", "生日", "since", "note", None],
        [1001.0, 13812345678, date(1990, 5, 17), MOMENT, "#N/A", None],
        [None, None, None, None, None],
        ["A7", "0138", None, None, " x "],
    ]
    workbook(shop.folder / "a.xlsx", {"cover": [["nothing here"]], "list": rows})
    shop.put("~$a.xlsx", b"lock")
    assert shop.read("*.xlsx").records == [
        {"id": "1001", "电话": 13812345678, "生日": "1990-05-17", "since": "2026-01-02T03:04:00", "note": None},
        {"id": "A7", "电话": "0138", "生日": None, "since": None, "note": " x "},
    ]


def test_a_sheet_can_be_named(shop: Deliveries) -> None:
    workbook(shop.folder / "a.xlsx", {"one": [["id"], [1]], "two": [["id"], [2]]})
    assert [one["id"] for one in shop.read("*.xlsx", sheet="two").records] == ["2"]
    assert shop.read("*.xlsx", sheet="three").named == [("a.xlsx", "no_sheet")]


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 cut"])
def test_a_damaged_workbook_is_named(shop: Deliveries, content: bytes) -> None:
    shop.put("a.xlsx", content)
    assert shop.read("*.xlsx").named == [("a.xlsx", "damaged")]


def test_the_old_excel_format_is_named_with_its_cure(shop: Deliveries) -> None:
    shop.put("a.xls", b"\xd0\xcf\x11\xe0")
    (skipped,) = shop.read("*.xls").skipped
    assert (skipped.code, skipped.cure) == ("format", "Save it as .xlsx: the older format cannot be read.")


# ------------------------------------------------------------------------------------- JSON Lines and Parquet


def test_json_lines_keep_their_shape_and_bad_lines_are_named(shop: Deliveries) -> None:
    good = {"id": 7, "name": "王伟", "tags": ["a"], "address": {"city": "北京"}}
    shop.put("a.jsonl", "\n".join([json.dumps(good), "{", "", "[1]", '{"id": NaN}', '{"id": 8}']))
    read = shop.read("*.jsonl")
    assert read.records == [{**good, "id": "7"}, {"id": "8"}]
    assert read.named == [("a.jsonl, line 2", "json"), ("a.jsonl, line 4", "json"), ("a.jsonl, line 5", "json")]


def test_a_json_array_is_no_json_lines(shop: Deliveries) -> None:
    shop.put("a.json", '[{"id": 1}]')
    assert shop.read("*.json").named == [("a.json", "json_array")]


def test_parquet_values_become_json(shop: Deliveries) -> None:
    table = pa.table({
        "id": [1, 2], "day": [date(2026, 1, 2), None], "at": [MOMENT, None],
        "amount": [Decimal("12.50"), None], "ratio": [0.5, float("nan")], "raw": [b"\x00\x01", None],
        "tags": [["a", "b"], None], "address": [{"city": "北京"}, None],
    })  # fmt: skip
    parquet.write_table(table, shop.folder / "a.parquet")
    first, second = shop.read("*.parquet").records
    assert first == {
        "id": "1", "day": "2026-01-02", "at": "2026-01-02T03:04:00", "amount": "12.50", "ratio": 0.5, "raw": "AAE=",
        "tags": ["a", "b"], "address": {"city": "北京"},
    }  # fmt: skip
    assert set(second.values()) == {"2", None}


def test_parquet_without_the_key_or_damaged_is_named(shop: Deliveries) -> None:
    parquet.write_table(pa.table({"number": [1]}), shop.folder / "a.parquet")
    shop.put("b.parquet", b"PAR1 cut PAR1")
    assert shop.read("*.parquet").named == [("b.parquet", "damaged"), ("a.parquet", "no_header")]


def test_an_ending_that_says_nothing_asks_for_the_format(shop: Deliveries) -> None:
    shop.put("customers.dat", "id,name\n1,Ann\n")
    assert shop.read("*.dat").named == [("customers.dat", "format")]
    assert [one["id"] for one in shop.read("*.dat", format="csv").records] == ["1"]
