"""The static JSON schemas of the streams: what discovery shows."""

from __future__ import annotations

from typing import Any

from connectors.contract import DELETED_AT

_TEXT = {"type": ["null", "string"]}
_STAMP = {"type": ["null", "string"], "format": "date-time"}
_ID = {"type": ["null", "integer"]}
_FLAG = {"type": ["null", "boolean"]}
_TEXTS = {"type": ["null", "array"], "items": {"type": "string"}}
_OBJECT = {"type": ["null", "object"], "additionalProperties": True}
_OBJECTS = {"type": ["null", "array"], "items": {"type": "object", "additionalProperties": True}}


def _schema(texts: str, **others: dict[str, Any]) -> dict[str, Any]:
    common = {"id": {"type": "integer"}, "created_at": _STAMP, "updated_at": _STAMP, DELETED_AT: _STAMP}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": common | dict.fromkeys(texts.split(), _TEXT) | others,
        "required": ["id"],
    }


SCHEMAS: dict[str, dict[str, Any]] = {
    "contacts": _schema(
        "name email phone mobile address job_title language time_zone twitter_id unique_external_id description",
        other_emails=_TEXTS,
        tags=_TEXTS,
        company_id=_ID,
        other_companies=_OBJECTS,
        active=_FLAG,
        deleted=_FLAG,
        custom_fields=_OBJECT,
    ),
    "companies": _schema(
        "name description note health_score account_tier industry renewal_date", domains=_TEXTS, custom_fields=_OBJECT
    ),
    "tickets": _schema(
        "subject description_text type",
        **dict.fromkeys(("requester_id", "responder_id", "company_id", "status", "priority", "source"), _ID),
        tags=_TEXTS,
        custom_fields=_OBJECT,
    ),
    "satisfaction_ratings": _schema(
        "feedback", **dict.fromkeys(("user_id", "agent_id", "ticket_id", "survey_id"), _ID), ratings=_OBJECT
    ),
}
