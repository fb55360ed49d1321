from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import Post, PostRefused
from connectors.udesk.settings import Settings
from connectors.udesk.webhook import receive

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BASE = {"base_url": "https://acme.udesk.cn", "email": "a@b.example", "api_token": "t"}
KEYED = Settings.model_validate({**BASE, "webhook_key": "secret"})


def post(body: Any, *, key: str = "secret", at: datetime = AT, vouched: bool = False) -> Post:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Post({}, {"key": key}, raw, at, vouched)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"action": "Customer_update", "message": {"id": 5}}, ["5"]),
        ({"action": "Customer_destroy", "message": {"id": "6"}}, ["6"]),
        ({"action": "Organization_update", "message": {"id": 7}}, []),
        ({"action": "Customer_update", "message": {}}, []),
        ({"action": 5, "message": []}, []),
        ({}, []),
    ],
)
def test_a_post_names_the_customer_to_read_again(body: Any, named: list[str]) -> None:
    assert [one.record_id for one in receive(post(body), KEYED).changes] == named


def test_the_same_post_is_one_event_within_a_minute_and_another_one_later() -> None:
    body = {"action": "Customer_update", "message": {"id": 5}}
    keys = [receive(post(body, at=AT + timedelta(seconds=n)), KEYED).dedupe_key for n in (0, 10, 90)]
    assert (keys[0] == keys[1], keys[0] == keys[2]) == (True, False)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (post({}, key="wrong"), 401),
        (post({}, key="", vouched=True), 401),
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
    body = {"action": "Customer_update", "message": {"id": 5}}
    assert receive(post(body, vouched=True), unkeyed).changes
    with pytest.raises(PostRefused):
        receive(post(body), unkeyed)
