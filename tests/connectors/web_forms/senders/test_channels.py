"""Subscriptions, messages and events of other channels come in through the same intake."""

from __future__ import annotations

from typing import Any

from connectors.web_forms.webhook import receive
from tests.connectors.web_forms.posts import posted, settings, standard, with_headers

JSON = settings("json", secrets=["k1"])
GOOGLE = settings("google_forms", secrets=["k1"], client_id="c", client_secret="s", refresh_token="r", forms=["F1"])


def only(body: Any, configured: Any = JSON) -> dict[str, Any]:
    ((_, record),) = receive(posted(body, key="k1"), configured).records
    return dict(record)


def test_a_subscription_keeps_its_kind_and_channel() -> None:
    body = {
        "submission_id": "s1",
        "kind": "subscription",
        "channel": "wechat_official",
        "submitted_at": "2026-01-02T03:04:05Z",
        "fields": {"openid": "o-1", "event": "subscribe", "mobile": "13900000000"},
    }
    record = only(body)
    assert (record["kind"], record["channel"], record["fields"]["event"]) == (
        "subscription",
        "wechat_official",
        "subscribe",
    )


def test_the_operator_names_kind_and_channel_of_a_source_that_names_none() -> None:
    newsletter = settings("json", secrets=["k1"], kind="subscription", channel="newsletter")
    assert (only({"email": "a@example.com"}, newsletter)["kind"], only({"a": "b"}, newsletter)["channel"]) == (
        "subscription",
        "newsletter",
    )
    assert (only({"email": "a@example.com"})["kind"], only({"a": "b"})["channel"]) == ("form", "web_form")


def test_a_field_may_name_the_channel_of_a_message() -> None:
    chat = settings("json", secrets=["k1"], kind="message", channel_field="from")
    record = only({"from": "whatsapp", "text": "请联系我"}, chat)
    assert (record["kind"], record["channel"], record["fields"]) == ("message", "whatsapp", {"text": "请联系我"})


def test_a_cloud_event_is_unwrapped_and_its_retry_is_the_same_entry() -> None:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/forms/F1",
        "type": "form.submitted",
        "data": {"email": "a@b.c"},
    }
    first, again = (receive(posted(event, key="k1"), JSON) for _ in range(2))
    assert first.records == again.records
    assert first.records[0][1]["fields"] == {"email": "a@b.c"}
    other = receive(posted({**event, "source": "/forms/F2"}, key="k1"), JSON)
    assert other.records[0][1]["id"] != first.records[0][1]["id"]


def test_a_cloud_event_in_headers_is_the_body_with_their_id() -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/f", "ce-time": "2026-01-01T00:00:00Z"}
    made = [receive(with_headers(posted({"n": n}, key="k1"), headers), JSON).records[0][1] for n in (1, 1)]
    assert made[0] == made[1]
    assert made[0]["revision"] == "2026-01-01T00:00:00Z"


def test_a_standard_webhook_may_carry_a_subscription() -> None:
    signed = standard({"type": "subscriber.created", "data": {"kind": "subscription", "fields": {"email": "a@b.c"}}})
    configured = settings("standard_webhooks", secrets=["whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"])
    assert receive(signed, configured).records[0][1]["kind"] == "subscription"


def message(**about: Any) -> dict[str, Any]:
    attributes = {"eventType": "RESPONSES", "formId": "F1", "watchId": "w", **about}
    return {"message": {"attributes": attributes, "messageId": "m1", "publishTime": "2026-01-02T03:04:05Z"}}


def test_a_watch_message_asks_for_what_is_new_in_its_form() -> None:
    delivery = receive(posted(message(), key="k1"), GOOGLE)
    assert [(one.stream, one.record_id) for one in delivery.changes] == [("entries", "F1:@2026-01-02T03:04:05Z")]
    assert delivery.dedupe_key == "google_forms:m1"


def test_a_message_about_the_questions_or_a_strangers_form_asks_for_nothing() -> None:
    for about in ({"eventType": "SCHEMA"}, {"formId": "F2"}):
        assert receive(posted(message(**about), key="k1"), GOOGLE).changes == ()
    unpulled = settings("google_forms", secrets=["k1"])
    assert receive(posted(message(), key="k1"), unpulled).changes == ()


def test_a_message_that_names_no_form_goes_to_the_error_queue() -> None:
    bodies: list[dict[str, Any]] = [{}, {"message": {}}, message(formId="")]
    for body in bodies:
        assert receive(posted(body, key="k1"), GOOGLE).problems
