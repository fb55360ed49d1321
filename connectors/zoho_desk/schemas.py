"""The static JSON schemas of the streams: what discovery shows."""

from __future__ import annotations

from typing import Any

from connectors.contract import DELETED_AT

_TEXT = {"type": ["null", "string"]}
_STAMP = {"type": ["null", "string"], "format": "date-time"}
_FLAG = {"type": ["null", "boolean"]}
_OBJECT = {"type": ["null", "object"], "additionalProperties": True}


def _schema(names: str, **others: dict[str, Any]) -> dict[str, Any]:
    common = {"id": {"type": "string"}, "createdTime": _STAMP, "modifiedTime": _STAMP, DELETED_AT: _STAMP}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": common | dict.fromkeys(names.split(), _TEXT) | others,
        "required": ["id"],
    }


SCHEMAS: dict[str, dict[str, Any]] = {
    "contacts": _schema(
        "firstName lastName email secondaryEmail phone mobile type title street city state zip country description "
        "ownerId accountId",
        **dict.fromkeys(("isDeleted", "isTrashed", "isSpam", "isEndUser", "isAnonymous"), _FLAG),
        cf=_OBJECT,
        zohoCRMContact=_OBJECT,
    ),
    "accounts": _schema(
        "accountName email phone website industry street city state code country description ownerId",
        **dict.fromkeys(("isDeleted", "isTrashed"), _FLAG),
        cf=_OBJECT,
        zohoCRMAccount=_OBJECT,
    ),
    "tickets": _schema(
        "ticketNumber subject status statusType channel priority contactId accountId departmentId", cf=_OBJECT
    ),
}
