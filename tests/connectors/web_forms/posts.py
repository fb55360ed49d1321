"""Posts as senders make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.contract import Post
from connectors.web_forms.settings import Settings
from connectors.web_forms.signatures import standard_signature, typeform_signature

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STANDARD_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

TYPEFORM: dict[str, Any] = {
    "event_id": "01HEVENT",
    "event_type": "form_response",
    "form_response": {
        "form_id": "F1",
        "token": "tok1",
        "landed_at": "2026-01-02T03:03:00Z",
        "submitted_at": "2026-01-02T03:04:05Z",
        "hidden": {"cid": "42"},
        "calculated": {"score": 0},
        "definition": {
            "id": "F1",
            "fields": [
                {"id": "q1", "ref": "r-mail", "type": "email", "title": "Mail?"},
                {"id": "q2", "ref": "r-news", "type": "legal", "title": "I agree to news"},
            ],
        },
        "answers": [
            {"type": "email", "email": "a@example.com", "field": {"id": "q1", "type": "email", "ref": "r-mail"}},
            {"type": "boolean", "boolean": True, "field": {"id": "q2", "type": "legal", "ref": "r-news"}},
            {"type": "choice", "choice": {"id": "c", "label": "Gold"}, "field": {"id": "q3", "ref": "r-tier"}},
            {"type": "choice", "choice": {"other": "Copper"}, "field": {"id": "q4", "ref": "r-other"}},
            {
                "type": "choices",
                "choices": {"labels": ["A", "B"], "other": "C"},
                "field": {"id": "q5", "ref": "r-many"},
            },
            {"type": "number", "number": 4.5, "field": {"id": "q6", "ref": "r-number"}},
        ],
    },
}
JINSHUJU: dict[str, Any] = {
    "form": "ABC123",
    "form_name": "报名",
    "entry": {
        "serial_number": 59,
        "field_1": "王小明",
        "field_2": "13900000000",
        "field_3": {"province": "陕西省", "city": "西安市", "district": "雁塔区", "street": "某路1号"},
        "mail_key": "w@example.com",
        "x_field_1": "cid-42",
        "gen_code": "6997",
        "creator_name": "",
        "created_at": "2026-01-02T03:04:05.539Z",
        "updated_at": "2026-01-02T03:04:05.539Z",
        "info_filling_duration": 13,
        "info_remote_ip": "203.0.113.5",
    },
}


def settings(product: str, **others: Any) -> Settings:
    return Settings.model_validate({"product": product, **others})


def post(body: bytes, content_type: str = "application/json", /, **query: str) -> Post:
    return Post({"content-type": content_type}, query, body, NOW)


def with_headers(made: Post, headers: Mapping[str, str]) -> Post:
    return Post({**made.headers, **headers}, made.query, made.body, made.received_at)


def posted(body: Any, **query: str) -> Post:
    return post(json.dumps(body).encode(), **query)


def typeform(body: Any, secret: str = "tf") -> Post:
    made = posted(body)
    return with_headers(made, {"typeform-signature": typeform_signature(secret, made.body)})


def standard(body: Any, message_id: str = "msg_1", at: datetime = NOW) -> Post:
    made = posted(body)
    timestamp = str(int(at.timestamp()))
    signature = standard_signature(STANDARD_SECRET, message_id, timestamp, made.body)
    return with_headers(
        made, {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    )
