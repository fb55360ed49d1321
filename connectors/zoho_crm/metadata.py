"""What Zoho's field descriptions say about a module: which fields to list, their JSON types, which are unique.

Room: connectors/zoho_crm; pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MODIFIED = "Modified_Time"
MODIFIED_BY = "Modified_By"

_NOT_LISTED = frozenset(
    {
        "subform",
        "multiselectlookup",
        "multiuserlookup",
        "fileupload",
        "imageupload",
        "profileimage",
        "multi_module_lookup",
    }
)
"""Data types that list calls never carry (only a single record's answer does)."""

_TEXT: Mapping[str, Any] = {"type": ["string", "null"]}
_JSON_TYPES: Mapping[str, Mapping[str, Any]] = {
    "string": _TEXT,
    "integer": {"type": ["integer", "null"]},
    "double": {"type": ["number", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "jsonobject": {"type": ["object", "null"], "additionalProperties": True},
    "jsonarray": {"type": ["array", "null"], "items": {}},
}
_FORMATS = {"datetime": {"format": "date-time"}, "date": {"format": "date"}}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a module, as far as the hub needs it."""

    api_name: str
    data_type: str
    json_type: str
    unique: bool
    label: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    read_only: bool = False
    longest: int | None = None


def fields_of(described: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Return the fields in *described* that can be listed, in Zoho's order; what is malformed is left out.

    So is a field under a privacy restriction: the API shows it as null whatever it holds, and that is not "empty".
    """
    found = []
    for one in described:
        name, kind = one.get("api_name"), one.get("data_type")
        if not isinstance(name, str) or not name or name == "id" or kind in _NOT_LISTED:
            continue
        if isinstance(restriction := one.get("private"), Mapping) and restriction.get("restricted") is True:
            continue
        external = one.get("external")
        unique = bool(one.get("unique")) or bool(external)
        found.append(
            Field(
                name,
                str(kind),
                str(one.get("json_type")),
                unique,
                label=str(one.get("field_label") or ""),
                choices=_choices(one.get("pick_list_values")),
                required=bool(one.get("system_mandatory")),
                read_only=_is_read_only(one),
                longest=one["length"] if kind in _COUNTED and isinstance(one.get("length"), int) else None,
            )
        )
    return tuple(found)


def _is_read_only(described: Mapping[str, Any]) -> bool:
    """Say whether the API takes no value for a field, by its operations: `Owner` is called read-only and is not."""
    operations = described.get("operation_type")
    if isinstance(operations, Mapping) and "api_update" in operations:
        return not (operations.get("api_update") or operations.get("api_create"))
    return bool(described.get("field_read_only", described.get("read_only")))


_COUNTED = frozenset({"text", "email", "phone", "website"})
"""Data types whose `length` counts characters (elsewhere it counts digits, or lines that nobody fills)."""


def _choices(listed: object) -> dict[str, str]:
    """Return the picklist's words as records hold them -> as people see them."""
    rows = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, Sequence) else []
    return {
        str(one["actual_value"]): str(one.get("display_value") or one["actual_value"])
        for one in rows
        if one.get("actual_value") not in (None, "")
    }


def schema_of(fields: Sequence[Field]) -> dict[str, Any]:
    """Return the JSON schema of a record with *fields*."""
    properties: dict[str, Any] = {"id": {"type": "string"}}
    for one in fields:
        properties[one.api_name] = {
            **_JSON_TYPES.get(one.json_type, {}),
            **_FORMATS.get(one.data_type, {}),
            **({"title": one.label} if one.label else {}),
            **({"x-choices": dict(one.choices)} if one.choices else {}),
            **({"x-required": True} if one.required else {}),
            **({"readOnly": True} if one.read_only else {}),
            **({"maxLength": one.longest} if one.longest else {}),
        }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": properties,
        "required": ["id"],
        "additionalProperties": True,
    }
