"""What WordPress's form plugins post."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from connectors.web_forms.webhook import receive
from tests.connectors.web_forms.posts import post, posted, settings

GRAVITY = settings("gravity_forms", secrets=["k1"], consents={"5.1": {"purpose": "newsletter"}})
RAW: dict[str, Any] = {
    "id": "101",
    "form_id": "3",
    "date_created": "2026-01-02 03:04:05",
    "date_updated": "2026-01-02 03:04:05",
    "ip": "203.0.113.5",
    "source_url": "https://example.com/contact",
    "status": "active",
    "created_by": None,
    "currency": "EUR",
    "1.3": "Anna",
    "1.6": "Muster",
    "2": "a@example.com",
    "5.1": "1",
    "5.2": "I agree",
    "5.3": "7",
    "6.1": "first choice",
    "6.2": "",
}
CF7 = settings("contact_form_7", secrets=["k1"], consents={"acceptance-1": {"purpose": "privacy", "text": "I accept"}})
ENTRY: dict[str, Any] = {"your-name": "Wang", "your-email": "w@example.com", "topics": ["a", "b"], "acceptance-1": ""}


def test_a_raw_gravity_entry_is_read_by_field_ids_with_its_consent_evidence() -> None:
    ((_, record),) = receive(posted(RAW, key="k1"), GRAVITY).records
    assert (record["id"], record["revision"]) == ("3:101", "2026-01-02T03:04:05Z")
    assert record["fields"]["1.3"] == "Anna"
    assert "6.2" not in record["fields"]
    assert record["consent"] == [
        {
            "ref": "5.1",
            "purpose": "newsletter",
            "granted": True,
            "text": "I agree",
            "text_version": "7",
            "at": "2026-01-02T03:04:05Z",
        }
    ]


def test_a_consent_that_nobody_ticked_is_neither_given_nor_withdrawn() -> None:
    body = {**RAW, "5.1": "", "5.2": "", "5.3": ""}
    assert receive(posted(body, key="k1"), GRAVITY).records[0][1]["consent"] == []


def test_a_gravity_entry_posted_as_a_form_is_the_same_record() -> None:
    given = {key: value for key, value in RAW.items() if value is not None}
    form = post(urlencode(given).encode(), "application/x-www-form-urlencoded", key="k1")
    assert receive(form, GRAVITY).records == receive(posted(RAW, key="k1"), GRAVITY).records


def test_an_edited_gravity_entry_is_another_event_of_the_same_record() -> None:
    edited = {**RAW, "2": "b@example.com", "date_updated": "2026-01-03 00:00:00"}
    first, second = (receive(posted(body, key="k1"), GRAVITY) for body in (RAW, edited))
    assert first.dedupe_key != second.dedupe_key
    assert first.records[0][1]["id"] == second.records[0][1]["id"]
    assert second.records[0][1]["revision"] == "2026-01-03T00:00:00Z"


def test_chosen_gravity_fields_under_own_keys_are_read_like_any_json() -> None:
    ((_, record),) = receive(posted({"mail": "a@example.com", "name": "Anna"}, key="k1"), GRAVITY).records
    assert record["fields"] == {"mail": "a@example.com", "name": "Anna"}


def test_a_contact_form_7_entry_leaves_out_what_nobody_filled_in() -> None:
    extra = {
        "_remote_ip": "203.0.113.5",
        "_post_id": "7",
        "_post_title": "Kontakt",
        "_date": "2026-01-02",
        "_time": "x",
    }
    ((_, record),) = receive(posted({**ENTRY, **extra}, key="k1"), CF7).records
    assert record["fields"] == {"your-name": "Wang", "your-email": "w@example.com", "topics": ["a", "b"]}
    assert (record["form_id"], record["meta"]["page_title"], record["meta"]["ip"]) == (
        "page-7",
        "Kontakt",
        "203.0.113.5",
    )
    assert record["consent"] == []


def test_a_ticked_acceptance_is_a_consent() -> None:
    ((_, record),) = receive(posted({**ENTRY, "acceptance-1": "1"}, key="k1"), CF7).records
    assert [one["granted"] for one in record["consent"]] == [True]


def test_two_visitors_with_equal_answers_are_told_apart_by_the_random_value_only() -> None:
    keys = [receive(posted({**ENTRY, "_random": one}, key="k1"), CF7).dedupe_key for one in ("a", "b", "a")]
    assert (keys[0] == keys[2], keys[0] == keys[1]) == (True, False)


def test_json_that_a_body_template_broke_is_taken_and_shown_as_unreadable() -> None:
    broken = post(b'{"your-name": "Wang "the boss" Wei"}', "text/plain", key="k1")
    delivery = receive(broken, CF7)
    assert (delivery.records, delivery.problems) == ((), ("not_json",))
    assert b"boss" not in json.dumps(delivery.problems).encode()
