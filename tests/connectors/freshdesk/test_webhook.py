from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import Post, PostRefused
from connectors.freshdesk.settings import Settings
from connectors.freshdesk.webhook import receive

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BASE = {"base_url": "https://acme.freshdesk.com", "api_key": "k"}
KEYED = Settings.model_validate({**BASE, "webhook_key": "secret"})


def post(body: Any, *, key: str = "secret", at: datetime = AT, vouched: bool = False) -> Post:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Post({"x-crmhub-key": key}, {}, raw, at, vouched)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"contact_id": 5}, [("contacts", "5")]),
        ({"freshdesk_webhook": {"ticket_requester_id": "5", "ticket_id": 7}}, [("contacts", "5"), ("tickets", "7")]),
        ({"company_id": "9", "contact_id": ""}, [("companies", "9")]),
        ({"contact_id": "{{ticket.requester.id}}"}, []),
        ({}, []),
    ],
)
def test_a_post_names_the_records_to_read_again(body: Any, named: list[tuple[str, str]]) -> None:
    assert [(one.stream, one.record_id) for one in receive(post(body), KEYED).changes] == named


def test_the_same_post_is_one_event_within_a_minute_and_another_one_later() -> None:
    keys = [receive(post({"contact_id": 5}, at=AT + timedelta(seconds=n)), KEYED).dedupe_key for n in (0, 10, 90)]
    assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (post({"contact_id": 5}, key="wrong"), 401),
        (post({"contact_id": 5}, key="", vouched=True), 401),
        (post(b"x" * 1_000_001), 413),
        (post(b"not json"), 415),
        (post([1]), 415),
    ],
)
def test_what_cannot_be_taken_is_refused(sent: Post, status: int) -> None:
    with pytest.raises(PostRefused) as refused:
        receive(sent, KEYED)
    assert refused.value.status == status


def test_without_a_key_of_its_own_the_hubs_key_in_the_address_has_to_vouch() -> None:
    unkeyed = Settings.model_validate(BASE)
    assert receive(post({"contact_id": 5}, vouched=True), unkeyed).changes
    with pytest.raises(PostRefused):
        receive(post({"contact_id": 5}), unkeyed)
