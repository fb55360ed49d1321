"""The JSON schema of an entry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.contract import DELETED_AT

TEXT = {"type": ["null", "string"]}
OPEN = {"type": ["null", "object"], "additionalProperties": True}
CONSENT = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("ref", "purpose", "text", "text_version", "at"), TEXT),
        "granted": {"type": "boolean"},
    },
}


def entry_schema(questions: Iterable[str]) -> dict[str, Any]:
    """Return the schema, with *questions* as the known keys of `fields`; a form may ask others tomorrow."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": True,
        "properties": {
            "id": {"type": "string"},
            **dict.fromkeys(
                ("source", "kind", "channel", "form_id", "submission_id", "submitted_at", "revision", DELETED_AT), TEXT
            ),
            "fields": {**OPEN, "properties": {ref: {} for ref in questions}},
            "hidden": OPEN,
            "meta": OPEN,
            "consent": {"type": ["null", "array"], "items": CONSENT},
        },
    }
