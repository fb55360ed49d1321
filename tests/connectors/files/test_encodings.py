from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files.encodings import UnknownEncoding, encoding_of
from tests.connectors.files.deliveries import Deliveries

LIST = "id,姓名,城市\n1,王伟,北京市朝阳区\n2,诸葛亮,重庆\n3,Müller,Köln\n"
CHINESE = "id,姓名,城市\n1,王伟,北京市朝阳区建国路八十八号\n2,张喆,上海市浦东新区世纪大道\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_list_reads_the_same_in_every_encoding_that_can_be_told(shop: Deliveries, encoding: str) -> None:
    shop.put("a.csv", LIST, encoding)
    read = shop.read()
    assert read.named == []
    assert [one["姓名"] for one in read.records] == ["王伟", "诸葛亮", "Müller"]


def test_gb18030_is_told_with_rarer_names_in_it(shop: Deliveries) -> None:
    shop.put("a.csv", CHINESE, "gb18030")
    assert [one["姓名"] for one in shop.read().records] == ["王伟", "张喆"]


def test_western_text_is_never_taken_for_chinese(shop: Deliveries) -> None:
    shop.put("a.csv", "id,name\n1,Jürgen Müller\n2,François Lefèvre\n", "cp1252")
    read = shop.read()
    assert read.records == []
    assert read.named == [("a.csv", "encoding")]
    assert "Name its `encoding`" in read.skipped[0].cure
    named = shop.read(encoding="cp1252")
    assert [one["name"] for one in named.records] == ["Jürgen Müller", "François Lefèvre"]


def test_one_broken_byte_costs_one_row(shop: Deliveries) -> None:
    rows = "".join(f"{n},王伟{n}\n" for n in range(200)).encode()
    shop.put("a.csv", "id,姓名\n".encode() + rows + b"200,\xff\xfe\n201," + "李".encode() + b"\n")
    read = shop.read()
    assert len(read.records) == 201
    assert read.named == [("a.csv, line 202", "undecodable")]


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(UnknownEncoding):
        encoding_of(io.BytesIO(bytes(range(256)) * 40))


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_whatever_is_utf8_is_told_as_utf8(text: str) -> None:
    if text.count("\ufffd") <= 0.01 * len(text) and not text.startswith("\ufeff"):
        assert encoding_of(io.BytesIO(text.encode())) == "utf-8"
