"""What 问卷星 posts, by the vectors of its documentation's digest."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from connectors.contract import PostRefused
from connectors.web_forms.ciphers import NotDeciphered, decrypted, encrypted, push_key
from connectors.web_forms.signatures import wenjuanxing_body_signature, wenjuanxing_call, wenjuanxing_sign
from connectors.web_forms.webhook import receive
from tests.connectors.web_forms.posts import post, posted, settings, with_headers

KEY = "pushkey"
ENTRY = {
    "activity": "123456",
    "name": "调查",
    "index": "7",
    "joinid": "1014",
    "submittime": "2026-01-02 11:04:05",
    "q1": "1",
    "q2": "1,2",
    "q3": "自由文本",
    "q4_1": "5",
    "q5": "",
    "q6": "(跳过)",
    "totalvalue": "59",
    "sojumpparm": "cid-42",
    "ipaddress": "203.0.113.5",
    "sign": "0c46ef5e369ee79905d08cdeea9c767614bfc223",
}
CONFIGURED = settings("wenjuanxing", secrets=["old", KEY])
FORM = "application/x-www-form-urlencoded"


def test_the_vectors_of_the_reference_page() -> None:
    assert wenjuanxing_sign(KEY, "123456", "7") == ENTRY["sign"]
    body = b"vid=123456&jid=9"
    assert wenjuanxing_body_signature("appkey1", body) == "25de9f127a131c0c603481a16c2be73da2ba62d4"
    sealed = "MDEyMzQ1Njc4OWFiY2RlZiFeBLyGG5Pm+IQhH1/B/p0="
    assert decrypted(sealed, push_key("appkey1")) == b"1$2}2$hello"
    assert encrypted(b"1$2}2$hello", push_key("appkey1"), b"0123456789abcdef") == sealed
    values = {
        "appid": "a1",
        "ts": "1767323045",
        "action": "1001002",
        "vid": "123456",
        "page_size": "50",
        "traceid": "t1",
    }
    assert wenjuanxing_call("appkey1", values) == "423dd003c96b04c682dd2dc380c2a6116860cd93"


def test_an_entry_of_the_data_push_is_read_with_option_numbers_and_the_zone() -> None:
    ((_, record),) = receive(posted(ENTRY), CONFIGURED).records
    assert record["id"] == "123456:1014"
    assert record["fields"] == {"q1": "1", "q2": "1,2", "q3": "自由文本", "q4_1": "5"}
    assert record["revision"] == "2026-01-02T11:04:05+08:00"
    assert (record["hidden"], record["meta"]) == ({"sojumpparm": "cid-42"}, {"ip": "203.0.113.5"})


def test_questions_get_the_names_that_the_operator_gives_them_and_options_grant_a_consent() -> None:
    named = settings(
        "wenjuanxing",
        secrets=[KEY],
        names={"q3": "name", "q1": "newsletter"},
        consents={"q1": {"purpose": "newsletter", "text": "同意", "yes": ["1"], "no": ["2"]}},
    )
    ((_, record),) = receive(posted(ENTRY), named).records
    assert (record["fields"]["name"], record["consent"][0]["granted"]) == ("自由文本", True)
    no = {**ENTRY, "q1": "2"}
    assert receive(posted(no), named).records[0][1]["consent"][0]["granted"] is False
    other = {**ENTRY, "q1": "3"}
    assert receive(posted(other), named).records[0][1]["consent"] == []


@pytest.mark.parametrize(
    "change",
    [{"index": "8"}, {"activity": "1"}, {"sign": ""}, {"sign": None}, {"sign": "0" * 40}, {"activity": ""}],
)
def test_a_sign_of_another_entry_is_refused(change: dict[str, str | None]) -> None:
    with pytest.raises(PostRefused):
        receive(posted({**ENTRY, **change}), CONFIGURED)


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"content=", b"content=AAAA", b"\xff", b"A" * 64])
@pytest.mark.parametrize("kind", ["application/json", FORM, "text/plain", ""])
def test_a_body_of_nobody_is_refused_and_breaks_nothing(body: bytes, kind: str) -> None:
    with pytest.raises(PostRefused) as refused:
        receive(post(body, kind), CONFIGURED)
    assert refused.value.status == 401


def test_submitdata_is_split_between_questions_only() -> None:
    data = "1$2}2$1|3}3$自由}文本 5$ a|b}4_1$5"
    body = urlencode({"vid": "1", "jid": "9", "submitdata": data, "submittime": "2026-01-02 11:04:05"}).encode()
    signed = with_headers(post(body, FORM), {"x-wjx-signature": wenjuanxing_body_signature(KEY, body)})
    ((_, record),) = receive(signed, CONFIGURED).records
    assert record["fields"] == {"q1": "2", "q2": "1,3", "q3": "自由}文本 5$ a|b", "q4_1": "5"}


def test_a_signed_body_whose_content_no_key_opens_goes_to_the_error_queue() -> None:
    body = urlencode({"vid": "1", "jid": "9", "submitdata": "QUJD"}).encode()
    signed = with_headers(post(body, FORM), {"x-wjx-signature": wenjuanxing_body_signature(KEY, body)})
    assert receive(signed, CONFIGURED).problems == ("not_deciphered",)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "é"])
def test_what_is_no_text_of_the_key_is_not_deciphered(text: str) -> None:
    with pytest.raises(NotDeciphered):
        decrypted(text, push_key("k"))
