from __future__ import annotations

import json
import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.cells import joined_key, split_key
from connectors.contract import Page
from connectors.errors import ConnectorError
from connectors.files import fingerprint, reader
from connectors.files.finding import find
from tests.connectors.files.deliveries import Deliveries, Read


def ids(read: Read) -> list[str]:
    return [one["id"] for one in read.records]


def test_only_new_and_changed_files_are_read(shop: Deliveries) -> None:
    shop.put("week_1.csv", "id,name\n1,Ann\n")
    first = shop.read()
    assert ids(first) == ["1"]
    assert ids(shop.read(state=first.state)) == []
    shop.put("week_2.csv", "id,name\n2,Ben\n")
    second = shop.read(state=first.state)
    assert ids(second) == ["2"]
    shop.put("week_2.csv", "id,name\n2,Bea\n")
    assert [one["name"] for one in shop.read(state=second.state).records] == ["Bea"]


def test_a_touched_file_with_the_same_content_is_not_read_again(shop: Deliveries) -> None:
    path = shop.put("a.csv", "id,name\n1,Ann\n")
    first = shop.read()
    os.utime(path, ns=(1, 1))
    second = shop.read(state=first.state)
    assert second.records == []
    assert second.state != first.state


def test_a_key_counts_as_the_newest_file_shows_it(shop: Deliveries) -> None:
    shop.put("week_9.csv", "id,name\n1,Ann\n2,Ben\n")
    shop.put("week_10.csv", "id,name\n1,Anna\n")
    assert {one["id"]: one["name"] for one in shop.read().records} == {"1": "Anna", "2": "Ben"}
    assert sorted(ids(shop.read())) == ["1", "2"]


def test_a_late_correction_to_an_old_file_does_not_bring_old_values_back(shop: Deliveries) -> None:
    shop.put("week_1.csv", "id,name\n1,Ann\n2,Ben\n")
    shop.put("week_2.csv", "id,name\n1,Anna\n")
    state = shop.read().state
    shop.put("week_1.csv", "id,name\n1,Ann\n2,Benno\n")
    again = shop.read(state=state)
    assert {one["id"]: one["name"] for one in again.records} == {"1": "Anna", "2": "Benno"}


def test_changed_settings_read_everything_again(shop: Deliveries) -> None:
    shop.put("a.csv", "id;name\n1;Ann\n")
    state = shop.read().state
    assert ids(shop.read(state=state, delimiter=";")) == ["1"]


@pytest.mark.parametrize("kept", [{"files": 3}, {"files": {"a.csv": {"size": "x"}}}, {"cursor": "2026"}])
def test_a_cursor_that_cannot_be_read_repeats_the_work(shop: Deliveries, kept: dict[str, Any]) -> None:
    shop.put("a.csv", "id,name\n1,Ann\n")
    state = {**(shop.read().state or {}), **kept}
    assert ids(shop.read(state=state)) == (["1"] if "files" in kept else [])


def test_a_key_twice_in_a_file_is_named_and_the_first_row_stands(shop: Deliveries) -> None:
    rows = "".join(f"{n},x\n" for n in range(2, 700))
    shop.put("a.csv", f"id,name\n1,Ann\n1,Bob\n{rows}1,Cid\n")
    read = shop.read()
    assert read.records[0] == {"id": "1", "name": "Ann"}
    assert len(read.records) == 699
    assert read.named == [("a.csv, line 3", "duplicate_key"), ("a.csv, line 702", "duplicate_key")]
    assert read.skipped[0].what == "its key stands already in line 2"


def test_the_last_row_of_a_key_counts_where_asked(shop: Deliveries) -> None:
    rows = "".join(f"{n},x\n" for n in range(2, 700))
    shop.put("a.csv", f"id,name\n1,Ann\n1,Bob\n{rows}1,Cid\n")
    shop.put("b.csv", "id,name\n2,y\n")
    read = shop.read(repeated="last")
    assert read.named == []
    assert {one["id"]: one["name"] for one in read.records if one["id"] in {"1", "2"}} == {"1": "Cid", "2": "y"}
    assert len(read.records) == 699


def test_of_many_bad_rows_ten_are_named_and_all_are_counted(shop: Deliveries) -> None:
    shop.put("a.csv", "id,name\n" + ",Ann\n" * 1000 + "1,Ben\n")
    read = shop.read()
    assert ids(read) == ["1"]
    assert len(read.skipped) == 11
    assert sum(one.count for one in read.skipped) == 1000
    assert read.skipped[-1].place == "a.csv, line 12 and on"


def test_no_message_holds_a_value(shop: Deliveries) -> None:
    shop.put("a.csv", "id,name,phone\n,Geheim,13812345678\n1,Geheim\n2,Geheim,13812345678\n2,Geheim,13812345678\n")
    told = json.dumps([str(one) for one in shop.read().skipped])
    assert "Geheim" not in told
    assert "138" not in told


def test_a_key_of_several_columns_is_one_key(shop: Deliveries) -> None:
    shop.put("a.csv", "shop,no,name\nA,1,Ann\nA|1,,x\nB,1,Ben\n")
    stream = shop.reader(key=["shop", "no"])
    read = Read(list(stream.read(None)))
    assert stream.primary_key == "_key"
    assert [one["_key"] for one in read.records] == ["A|1", "B|1"]
    assert [one["name"] for one in stream.fetch(["B|1"])] == ["Ben"]


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_a_joined_key_can_be_split_again(parts: list[str]) -> None:
    assert split_key(joined_key(parts)) == parts


def test_a_refused_file_is_named_at_every_read_and_tried_again_when_it_changes(shop: Deliveries) -> None:
    shop.put("a.csv", "number\n1\n")
    shop.put("b.csv", "id\n2\n")
    first = shop.read()
    second = shop.read(state=first.state)
    assert (second.records, second.named) == ([], [("a.csv", "no_header")])
    shop.put("a.csv", "id\n1\n")
    third = shop.read(state=second.state)
    assert (sorted(ids(third)), third.named) == (["1", "2"], [])


def test_a_file_that_changes_while_it_is_read_is_read_again(shop: Deliveries) -> None:
    path = shop.put("a.csv", "id,name\n" + "".join(f"{n},x\n" for n in range(1000)))
    pages: list[Page] = []
    for page in shop.reader().read(None):
        pages.append(page)
        path.write_text(path.read_text() + f"{5000 + len(pages)},late\n")
    assert ("a.csv", "being_written") in Read(pages).named
    again = shop.read(state=Read(pages).state)
    assert "late" in [one["name"] for one in again.records]


def test_a_read_cut_anywhere_resumes_without_a_gap(shop: Deliveries) -> None:
    for week in range(1, 4):
        shop.put(f"week_{week}.csv", "id,name\n" + "".join(f"{n * week},w{week}\n" for n in range(1, 700)))
    whole = {one["id"]: one["name"] for one in shop.read().records}
    pages = list(shop.reader().read(None))
    for cut in range(len(pages)):
        kept = Read(pages[:cut])
        resumed = shop.read(state=kept.state)
        landed = {one["id"]: one["name"] for one in (*kept.records, *resumed.records)}
        assert landed == whole, cut


def test_a_vanished_file_deletes_nothing(shop: Deliveries) -> None:
    path = shop.put("a.csv", "id,name\n1,Ann\n")
    state = shop.read().state
    path.unlink()
    gone = shop.read(state=state)
    assert (gone.records, gone.named) == ([], [])
    again = shop.read(state=gone.state)
    assert (again.records, again.named) == ([], []), "nor is it missed at every pull from then on"
    assert list(shop.reader().fetch(["1"])) == []


def test_no_file_at_all_is_named(shop: Deliveries) -> None:
    with pytest.raises(ConnectorError) as error:
        shop.read("nothing/*.csv")
    assert error.value.code == "no_files"


@pytest.mark.parametrize("path", ["../outside/*.csv", "{outside}/*.csv", "link.csv", "deep/../../outside/a.csv"])
def test_nothing_outside_the_project_is_read_unless_allowed(shop: Deliveries, path: str) -> None:
    outside = shop.folder.parent / "outside"
    outside.mkdir()
    (outside / "a.csv").write_text("id,name\n1,Ann\n")
    (shop.folder / "deep").mkdir()
    (shop.folder / "link.csv").symlink_to(outside / "a.csv")
    path = path.format(outside=outside)
    refused = shop.read(path)
    assert refused.records == []
    assert [code for _, code in refused.named] == ["outside"]
    assert ids(shop.read(path, allow=[str(outside)])) == ["1"]


def test_a_fetch_takes_each_record_from_the_newest_file(shop: Deliveries) -> None:
    shop.put("week_1.csv", "id,name\n1,Ann\n2,Ben\n3,Cid\n")
    shop.put("week_2.csv", "id,name\n1,Anna\n")
    found = {one["id"]: one["name"] for one in shop.reader().fetch(["1", "3", "9"])}
    assert found == {"1": "Anna", "3": "Cid"}


def test_the_schema_is_that_of_the_newest_file(shop: Deliveries) -> None:
    shop.put("a.csv", "id,old\n1,x\n")
    shop.put("b.csv", "id,new\n1,x\n")
    assert list(shop.reader().schema()["properties"]) == ["id", "new", reader.FILE, reader.DELIVERED]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(st.integers(1, 8), st.integers(0, 3), min_size=1), min_size=1, max_size=4), st.data())
def test_however_deliveries_come_the_newest_file_of_a_key_wins(
    tmp_path_factory: pytest.TempPathFactory, weeks: list[dict[int, int]], data: st.DataObject
) -> None:
    """Files arrive in any order, and a read happens after each: what landed last is what the newest name says."""
    shop = Deliveries(tmp_path_factory.mktemp("shop"))
    landed: dict[str, str] = {}
    state = None
    for number in data.draw(st.permutations(range(len(weeks)))):
        rows = "".join(f"{key},{value}\n" for key, value in weeks[number].items())
        shop.put(f"week_{number}.csv", f"id,name\n{rows}")
        read = shop.read(state=state)
        keys = ids(read)
        assert len(keys) == len(set(keys))
        landed |= {one["id"]: one["name"] for one in read.records}
        state = read.state
    newest = {str(key): str(value) for week in weeks for key, value in week.items()}
    assert landed == newest


def test_files_come_in_the_order_that_people_count_in(shop: Deliveries) -> None:
    for name in ("w10.csv", "w9.csv", "w09.csv", "w1.csv"):
        shop.put(name, f"id,name\n1,{name}\n")
    (record,) = shop.read().records
    assert record["name"] == "w10.csv"
    names = [found.name for found in find(shop.reader()._stream, shop.reader()._settings)[0]]
    assert names == ["w1.csv", "w09.csv", "w9.csv", "w10.csv"]
    assert all(a != b for a, b in pairwise(names))


def test_a_fingerprint_survives_its_cursor(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    made = fingerprint.fingerprint(tmp_path / "a")
    assert fingerprint.Fingerprint.of(json.loads(json.dumps(made.kept()))) == made
