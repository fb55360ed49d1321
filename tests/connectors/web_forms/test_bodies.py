from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.web_forms.clean import clean_text, clean_value
from connectors.web_forms.form_body import gathered, read_multipart, read_urlencoded
from connectors.web_forms.json_body import Unreadable, read_json

MULTIPART = "multipart/form-data; boundary=----b1"


def parts(*each: tuple[str, bytes]) -> bytes:
    return (
        b"".join(b"------b1\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n" for head, body in each)
        + b"------b1--\r\n"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff", "not_utf8"),
        (b"<html>", "not_json"),
        (b"", "not_json"),
        (b'{"a":NaN}', "not_json"),
        (b'{"a":1,"a":2}', "repeated_key"),
        (b"[" * 22 + b"]" * 22, "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (json.dumps(dict.fromkeys(map(str, range(2001)), 1)).encode(), "too_many_keys"),
        (b'{"a":' + b"9" * 5000 + b"}", "not_json"),
    ],
)
def test_json_that_is_not_as_it_should_be_is_named_by_a_code(body: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        read_json(body)
    assert unreadable.value.code == code


def test_numbers_as_text_lose_no_digit() -> None:
    assert read_json(b'\xef\xbb\xbf{"phone":13900000000000000001,"x":1.50}', "text") == {
        "phone": "13900000000000000001",
        "x": "1.50",
    }


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
    )
)
def test_what_a_browser_encodes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    assert read_urlencoded(urlencode(pairs).encode()) == pairs


def test_repeated_and_bracketed_keys_are_gathered() -> None:
    pairs = read_urlencoded(b"topic=a&topic=b&one%5B%5D=x&person%5Bname%5D=Anna+M&person%5Bmail%5D=&1.3=z")
    assert gathered(pairs) == {
        "topic": ["a", "b"],
        "one": ["x"],
        "person": {"name": "Anna M", "mail": ""},
        "1.3": "z",
    }


def test_a_key_that_contradicts_an_earlier_one_is_kept_as_written() -> None:
    assert gathered([("a", "1"), ("a[b]", "2"), ("[x]", "3"), ("c[", "4")]) == {
        "a": "1",
        "a[b]": "2",
        "[x]": "3",
        "c[": "4",
    }


def test_old_chinese_pages_are_read_where_the_source_says_so() -> None:
    body = urlencode({"name": "王伟"}, encoding="gbk").encode()
    with pytest.raises(Unreadable):
        read_urlencoded(body)
    assert read_urlencoded(body, "gb18030") == [("name", "王伟")]
    assert read_urlencoded(body + b"&_charset_=GBK") == [("name", "王伟")]
    assert read_urlencoded("name=王伟".encode()) == [("name", "王伟")]


def test_multipart_gives_fields_and_describes_files() -> None:
    body = parts(
        ('Content-Disposition: form-data; name="name"', "王\r\n伟".encode()),
        (
            'Content-Disposition: form-data; name="cv"; filename="../../x.pdf"\r\nContent-Type: application/pdf',
            b"%PDF\x00",
        ),
        ('Content-Disposition: form-data; name="none"; filename=""\r\nContent-Type: application/octet-stream', b""),
    )
    name, file = read_multipart(body, MULTIPART)
    assert name == ("name", "王\r\n伟")
    assert file[0] == "cv"
    assert file[1]["size"] == 5
    assert file[1]["type"] == "application/pdf"
    assert "x.pdf" not in str(file)


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (parts(("Content-Disposition: form-data", b"x")), MULTIPART, "broken_multipart"),
        (parts(('Content-Disposition: form-data; name="a"', b"x"))[:-8], MULTIPART, "broken_multipart"),
        (b"", MULTIPART, "broken_multipart"),
        (b"", "multipart/form-data", "no_boundary"),
        (parts(("Content-Type: multipart/mixed; boundary=z", b"x")), MULTIPART, "nested_multipart"),
        (parts(('Content-Disposition: form-data; name="a"', b"\xff")), MULTIPART, "not_utf8"),
    ],
)
def test_multipart_that_is_cut_or_nested_is_named_by_a_code(body: bytes, content_type: str, code: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        read_multipart(body, content_type)
    assert unreadable.value.code == code


@given(st.binary(max_size=300))
def test_no_bytes_make_a_reader_fail_otherwise(body: bytes) -> None:
    for read in (read_json, read_urlencoded, lambda one: read_multipart(b"------b1\r\n" + one, MULTIPART)):
        with contextlib.suppress(Unreadable):
            read(body)


def test_text_loses_what_no_store_takes() -> None:
    assert clean_text(" a\x00\x1b\ud800b\r\nc\u0301 ") == "a\ufffdb\nc\u0301".replace("c\u0301", "ć")
    assert len(clean_text("x" * 1_000_000)) == 10_000


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_cleaning_twice_is_cleaning_once_and_gives_utf8(value: Any) -> None:
    once = clean_value(value)
    assert clean_value(once) == once
    json.dumps(once, ensure_ascii=False).encode()


def test_what_lies_too_deep_is_left_out() -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    assert "x" not in json.dumps(clean_value(deep))
