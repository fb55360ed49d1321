"""The static JSON schemas of the streams: what discovery shows. Custom fields are objects keyed by field key."""

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


def _schema(**properties: dict[str, Any]) -> dict[str, Any]:
    common = {"id": {"type": "integer"}, "created_at": _STAMP, "updated_at": _STAMP, DELETED_AT: _STAMP}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": common | properties,
        "required": ["id"],
    }


def _all(kind: dict[str, Any], names: str) -> dict[str, dict[str, Any]]:
    return dict.fromkeys(names.split(), kind)


SCHEMAS: dict[str, dict[str, Any]] = {
    "users": _schema(
        **_all(_TEXT, "name email phone role external_id alias details notes locale time_zone iana_time_zone"),
        **_all(_FLAG, "active suspended verified shared shared_phone_number"),
        **_all(_TEXTS, "tags other_emails other_phones"),
        organization_id=_ID,
        identities=_OBJECTS,
        user_fields=_OBJECT,
    ),
    "organizations": _schema(
        **_all(_TEXT, "name external_id details notes"),
        **_all(_TEXTS, "domain_names tags"),
        **_all(_FLAG, "shared_tickets shared_comments"),
        group_id=_ID,
        organization_fields=_OBJECT,
    ),
    "tickets": _schema(
        **_all(_TEXT, "subject description status external_id priority type"),
        **_all(_ID, "requester_id submitter_id assignee_id organization_id group_id brand_id generated_timestamp"),
        **_all(_OBJECT, "via satisfaction_rating"),
        tags=_TEXTS,
        custom_fields=_OBJECTS,
    ),
    "satisfaction_ratings": _schema(
        **_all(_TEXT, "score comment"),
        **_all(_ID, "assignee_id requester_id ticket_id"),
    ),
}
