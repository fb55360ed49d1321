"""What the tenant's description of an object means as a JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LIST = {"type": ["null", "array"], "items": {}}
_WHOLE = {"type": ["null", "integer"]}
_TEXT = {"type": ["null", "string"]}

TYPES: Mapping[str, Mapping[str, Any]] = {
    "date": _WHOLE,
    "date_time": _WHOLE,
    "time": _WHOLE,
    "true_or_false": {"type": ["null", "boolean"]},
    "select_many": _LIST,
    "employee": _LIST,
    "employee_many": _LIST,
    "department": _LIST,
    "department_many": _LIST,
    "object_reference_many": _LIST,
    "file_attachment": _LIST,
    "image": _LIST,
    "embedded_object_list": _LIST,
    "group": {},
}
"""Field types that are no text; numbers, currency and percentages are strings in this API."""

SYSTEM_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "_id": {"type": "string"},
    "name": _TEXT,
    "owner": _LIST,
    "created_by": _LIST,
    "last_modified_by": _LIST,
    "create_time": _WHOLE,
    "last_modified_time": _WHOLE,
    "life_status": _TEXT,
    "lock_status": _TEXT,
    "is_deleted": {"type": ["null", "boolean"]},
    "record_type": _TEXT,
}


def schema_of(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of an object whose description names *fields*; unknown keys may always come."""
    described = {
        str(name): {**TYPES.get(str(field.get("type")), _TEXT), **_said_of(field)}
        for name, field in fields.items()
        if isinstance(field, Mapping)
    }
    return {
        "$schema": "https://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": {
            **described,
            **{name: {**described.get(name, {}), **kind} for name, kind in SYSTEM_FIELDS.items()},
        },
    }


def _said_of(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the description says beside the type: label, choices, and whether a record needs it."""
    listed = field.get("options")
    rows = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    choices = {str(word): str(one.get("label") or word) for one in rows if (word := one.get("value")) not in (None, "")}
    return {
        **({"title": str(field["label"])} if field.get("label") else {}),
        **({"x-choices": choices} if choices else {}),
        **({"x-required": True} if field.get("is_required") is True else {}),
    }
