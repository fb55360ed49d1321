from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.contract import Delivery, Post, PostRefused
from connectors.web_forms.senders.registry import SENDERS
from connectors.web_forms.settings import Product, Settings
from connectors.web_forms.webhook import receive
from tests.connectors.web_forms.posts import (
    JINSHUJU,
    NOW,
    STANDARD_SECRET,
    TYPEFORM,
    post,
    posted,
    settings,
    standard,
    typeform,
    with_headers,
)

TF = settings("typeform", secrets=["old", "tf"], consents={"r-news": {"purpose": "newsletter"}})
JSJ = settings("jinshuju", secrets=["k1"])
JSON = settings("json", secrets=["k1"])
HTML = settings("html", public=True, forms=["contact"], trap_field="website2")
SW = settings("standard_webhooks", secrets=[STANDARD_SECRET])
URLENCODED = "application/x-www-form-urlencoded"


def only(delivery: Delivery) -> Mapping[str, Any]:
    ((stream, record),) = delivery.records
    assert stream == "entries"
    assert delivery.problems == ()
    return record


def test_every_product_of_the_settings_has_a_sender_and_no_sender_is_out_of_reach() -> None:
    assert set(get_args(Product)) == set(SENDERS)


# ------------------------------------------------------------------------------------------- the gate


@pytest.mark.parametrize(
    ("sent", "configured", "status"),
    [
        (post(b"x" * 262_145), JSON, 413),
        (post(b"{}", "text/plain", key="k1"), JSON, 415),
        (post(b"a=b", URLENCODED, key="k1"), JSON, 415),
        (post(b"{}", ""), JSON, 415),
        (posted({"a": 1}), JSON, 401),
        (posted({"a": 1}, key="k2"), JSON, 401),
        (posted({"a": 1}, key="k1"), settings("json"), 401),
        (posted(TYPEFORM), TF, 401),
        (typeform(TYPEFORM, "wrong"), TF, 401),
        (typeform(TYPEFORM), settings("typeform"), 401),
        (posted(JINSHUJU), JSJ, 401),
        (standard({"data": {"a": "b"}}, at=NOW - timedelta(minutes=6)), SW, 401),
        (with_headers(posted({"a": 1}, key="k1"), {"content-encoding": "gzip"}), JSON, 415),
    ],
)
def test_what_cannot_be_taken_is_refused(sent: Post, configured: Settings, status: int) -> None:
    with pytest.raises(PostRefused) as refused:
        receive(sent, configured)
    assert refused.value.status == status
    assert "k1" not in str(refused.value)


def test_a_body_serialised_again_after_signing_is_refused() -> None:
    signed = typeform(TYPEFORM)
    with pytest.raises(PostRefused):
        receive(replace(signed, body=json.dumps(TYPEFORM, indent=1).encode()), TF)


def test_json_types_with_a_suffix_or_a_charset_are_taken() -> None:
    for kind in ("application/json; charset=utf-8", "application/vnd.api+json", "APPLICATION/JSON"):
        assert receive(post(b'{"a":"b"}', kind, key="k1"), JSON).records


def test_a_key_may_come_in_a_header() -> None:
    configured = settings("json", secrets=["k1"], key_header="X-Form-Key")
    assert receive(with_headers(posted({"a": "b"}), {"x-form-key": "k1"}), configured).records


def test_the_hubs_own_key_is_enough_for_senders_that_cannot_sign_and_for_no_others() -> None:
    assert receive(replace(posted({"a": "b"}), vouched=True), settings("json")).records
    with pytest.raises(PostRefused):
        receive(replace(posted(TYPEFORM), vouched=True), settings("typeform", secrets=["s"]))


@pytest.mark.parametrize("product", ["typeform", "jinshuju", "standard_webhooks"])
def test_a_sender_that_can_prove_itself_cannot_be_public(product: str) -> None:
    with pytest.raises(ValidationError, match="public"):
        settings(product, public=True)


def test_a_malformed_signing_secret_is_a_mistake_of_the_settings_and_is_not_repeated() -> None:
    with pytest.raises(ValidationError, match="base64") as mistake:
        settings("standard_webhooks", secrets=["whsec_%%secret%%"])
    assert "%%secret%%" not in str(mistake.value.errors(include_input=False))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b'"x"', b"{}", b'{"form_response":{"form_id":"F"}}'])
@pytest.mark.parametrize("product", ["json", "jinshuju"])
def test_a_verified_post_that_says_nothing_is_taken_and_named(body: bytes, product: str) -> None:
    if product == "json" and b"form_response" in body:
        body = b"[1]"
    delivery = receive(post(body, key="k1"), settings(product, secrets=["k1"]))
    assert delivery.records == ()
    assert len(delivery.problems) == 1
    assert receive(post(body, key="k1"), settings(product, secrets=["k1"])).dedupe_key == delivery.dedupe_key


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: (
            st.lists(one)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "form_response",
                        "form_id",
                        "token",
                        "answers",
                        "field",
                        "ref",
                        "type",
                        "fields",
                        "data",
                        "value",
                        "entry",
                        "form",
                        "serial_number",
                        "definition",
                        "hidden",
                        "submitted_at",
                    ]
                )
                | st.text(),
                one,
            )
        ),
    )
)
def test_no_json_of_a_verified_sender_makes_receiving_fail(body: Any) -> None:
    for sent, configured in (
        (typeform(body), TF),
        (posted(body, key="k1"), JSJ),
        (posted(body, key="k1"), JSON),
        (standard(body), SW),
    ):
        delivery = receive(sent, configured)
        for _, record in delivery.records:
            assert record["id"]
            json.dumps(record, ensure_ascii=False).encode()


# ---------------------------------------------------------------------------------------------- Typeform


def test_a_typeform_response_becomes_an_entry() -> None:
    delivery = receive(typeform(TYPEFORM), TF)
    assert delivery.dedupe_key == "typeform:01HEVENT"
    entry = only(delivery)
    assert {name: entry[name] for name in ("id", "source", "form_id", "submission_id", "submitted_at", "revision")} == {
        "id": "F1:tok1",
        "source": "typeform",
        "form_id": "F1",
        "submission_id": "tok1",
        "submitted_at": "2026-01-02T03:04:05Z",
        "revision": "2026-01-02T03:04:05Z",
    }
    assert entry["fields"] == {
        "r-mail": "a@example.com",
        "r-news": True,
        "r-tier": "Gold",
        "r-other": "Copper",
        "r-many": ["A", "B", "C"],
        "r-number": 4.5,
    }
    assert entry["hidden"] == {"cid": "42"}
    ((consent),) = entry["consent"]
    assert (consent["purpose"], consent["granted"], consent["text"]) == ("newsletter", True, "I agree to news")


def test_fields_that_the_operator_excludes_are_never_taken_in() -> None:
    entry = only(receive(typeform(TYPEFORM), settings("typeform", secrets=["tf"], skip_fields=["r-mail"])))
    assert "r-mail" not in entry["fields"]


def test_a_started_response_is_no_entry() -> None:
    assert receive(typeform({**TYPEFORM, "event_type": "form_response_partial"}), TF).records == ()


# ---------------------------------------------------------------------------------------------- Jinshuju


def test_a_jinshuju_entry_keeps_own_keys_and_hidden_parameters_apart() -> None:
    entry = only(receive(posted(JINSHUJU, key="k1"), JSJ))
    assert entry["id"] == "ABC123:59"
    assert entry["fields"]["field_1"] == "王小明"
    assert entry["fields"]["field_3"]["city"] == "西安市"
    assert entry["fields"]["mail_key"] == "w@example.com"
    assert set(entry["fields"]) == {"field_1", "field_2", "field_3", "mail_key"}
    assert entry["hidden"] == {"x_field_1": "cid-42"}
    assert entry["meta"] == {"ip": "203.0.113.5"}


def test_an_edited_jinshuju_entry_is_another_event_of_the_same_record() -> None:
    edited = {**JINSHUJU, "entry": {**JINSHUJU["entry"], "updated_at": "2026-01-03T00:00:00.000Z"}}
    first, second = receive(posted(JINSHUJU, key="k1"), JSJ), receive(posted(edited, key="k1"), JSJ)
    assert first.dedupe_key != second.dedupe_key
    assert only(first)["id"] == only(second)["id"]
    assert only(first)["revision"] < only(second)["revision"]
    assert only(first)["submitted_at"] == only(second)["submitted_at"]


# ------------------------------------------------------------------------------------ generic JSON and HTML


def test_flat_json_keeps_numbers_as_written_and_drops_empty_answers() -> None:
    body = b'{"your-name":"Wang","phone":13900000000,"topics":["a","b"],"acceptance-1":"","_url":"https://x.example"}'
    entry = only(receive(post(body, key="k1"), JSON))
    assert entry["fields"] == {"your-name": "Wang", "phone": "13900000000", "topics": ["a", "b"]}
    assert entry["meta"] == {"page_url": "https://x.example"}


@pytest.mark.parametrize("named", ["ref", "key", "name"])
def test_a_list_of_fields_is_read_by_its_stable_keys(named: str) -> None:
    fields = [{named: "mail", "label": "Your e-mail", "value": "a@b.example"}, {named: "n", "value": None}]
    body = {"form_id": "F9", "submission_id": "s1", "submitted_at": "2026-01-01T00:00:00Z", "fields": fields}
    entry = only(receive(posted(body, key="k1"), JSON))
    assert (entry["id"], entry["submitted_at"]) == ("F9:s1", "2026-01-01T00:00:00Z")
    assert entry["fields"] == {"mail": "a@b.example"}


def test_the_record_of_an_entry_is_itself_a_post_that_gives_it_again() -> None:
    entry = only(receive(posted(JINSHUJU, key="k1"), JSJ))
    again = only(receive(posted(entry, key="k1"), JSON))
    assert {**again, "source": "jinshuju"} == entry


def test_an_array_is_one_entry_per_object_and_the_rest_is_named() -> None:
    delivery = receive(
        posted([{"id": "1", "a": "x"}, {"id": "2", "a": "y"}, 7], key="k1"),
        settings("json", secrets=["k1"], id_field="id"),
    )
    assert [record["id"] for _, record in delivery.records] == ["form:1", "form:2"]
    assert delivery.problems == ("no_entry:1",)


def test_a_repeat_within_ten_minutes_is_the_same_entry_and_a_later_one_is_another() -> None:
    first = post(b"email=a%40b.example", URLENCODED)
    again = replace(first, received_at=NOW + timedelta(seconds=200))
    later = replace(first, received_at=NOW + timedelta(hours=1))
    keys = [(receive(one, HTML).dedupe_key, only(receive(one, HTML))["id"]) for one in (first, again, later)]
    assert keys[0] == keys[1] != keys[2]


def test_a_field_with_a_one_time_value_makes_a_repeat_the_same_entry_at_any_time() -> None:
    configured = settings("html", public=True, id_field="nonce")
    first = post(b"email=a%40b.example&nonce=n1", URLENCODED)
    later = replace(first, received_at=NOW + timedelta(days=1))
    assert receive(first, configured).dedupe_key == receive(later, configured).dedupe_key


def test_a_browsers_post_is_answered_with_a_page() -> None:
    delivery = receive(post("name=王伟&news=on&topic=a&topic=b".encode(), URLENCODED), HTML)
    assert delivery.answer_status == 200
    assert delivery.answer_type.startswith("text/html")
    assert only(delivery)["form_id"] == "contact"
    assert only(delivery)["fields"] == {"name": "王伟", "news": "on", "topic": ["a", "b"]}


def test_a_filled_trap_is_answered_like_any_other_post_and_gives_no_entry() -> None:
    fine, spam = (receive(post(body, URLENCODED), HTML) for body in (b"a=b&website2=", b"a=b&website2=http%3A%2F%2Fx"))
    assert (spam.answer, spam.answer_status) == (fine.answer, fine.answer_status)
    assert spam.records == ()
    assert spam.problems == ("spam",)
    assert "website2" not in only(fine)["fields"]


# -------------------------------------------------------------------------------------- Standard Webhooks


def test_a_standard_webhook_carries_the_entry_as_its_data() -> None:
    body = {"type": "form.submitted", "timestamp": "2026-01-02T03:04:05Z", "data": {"email": "a@b.example"}}
    delivery = receive(standard(body, "msg_7"), SW)
    assert delivery.dedupe_key == "standard_webhooks:msg_7"
    assert only(delivery)["id"] == "form:msg_7"
    assert only(delivery)["submitted_at"] == "2026-01-02T03:04:05Z"
    assert only(delivery)["fields"] == {"email": "a@b.example"}


def test_a_retry_of_a_standard_webhook_is_the_same_event_though_signed_anew() -> None:
    body = {"data": {"email": "a@b.example"}, "timestamp": "2026-01-02T03:04:05Z"}
    retry = replace(standard(body, at=NOW + timedelta(minutes=30)), received_at=NOW + timedelta(minutes=30))
    assert receive(retry, SW) == receive(standard(body), SW)
