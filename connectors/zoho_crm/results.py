"""What one element of a write's answer means for its record.

Room: connectors/zoho_crm; pure. Codes: Zoho's pages on insert, update and upsert.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from connectors.contract import Outcome, WriteResult
from connectors.zoho_crm.metadata import MODIFIED, MODIFIED_BY
from connectors.zoho_crm.times import instant

Verdict = Literal["done", "changed", "gone", "exists", "rejected", "try_again"]
"""changed: modified since the read before. exists: another record holds a unique value of this one."""

_PASSING = frozenset(
    {"RECORD_LOCKED", "TOO_MANY_REQUESTS", "INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "DEPENDENT_SERVICE_ERROR"}
)
_CURES: Mapping[str, str] = {
    "MANDATORY_NOT_FOUND": "The layout asks for this field: map it, or make it optional in Zoho.",
    "INVALID_DATA": "Zoho does not take this value (type, length or format): correct it in the profile or the mapping.",
    "DUPLICATE_DATA": "Another record holds this unique value: the next sync pulls and resolves it.",
    "CONVERTED_RECORD": "A converted lead is read-only: its contact and account are what to change.",
    "NOT_APPROVED": "The record waits for approval in Zoho: approve it there.",
    "RECORD_IN_BLUEPRINT": "A blueprint in Zoho holds this field: move the record on there, or do not push the field.",
    "NO_PERMISSION": "Give the hub's user in Zoho the right to write this field and record.",
    "AUTHORIZATION_FAILED": "Give the hub's user in Zoho the right to write this field and record.",
    "DEPENDENT_FIELD_MISSING": "Map the field that this one depends on as well.",
    "DEPENDENT_MISMATCH": "The value does not fit the field that it depends on: correct the mapping's `values`.",
}
_LONGEST_MESSAGE = 200


Saved = tuple[datetime | None, str | None]
"""When a record was last saved, and the id of the user who did; None: not told."""


@dataclass(frozen=True, slots=True)
class Element:
    """One result, read. *record_id* is the written record, or for `exists` the one that is there; *field* its field.

    *more* holds the further collisions of a row that several unique fields refuse. *saved*: when and by whose id the
    record was saved, as Zoho answers.
    """

    verdict: Verdict
    code: str
    message: str = ""
    record_id: str | None = None
    field: str | None = None
    more: tuple[Element, ...] = ()
    saved: Saved = (None, None)


def read_element(element: Mapping[str, Any]) -> Element:
    """Read one element of `data[]`; an element that cannot be read is a refusal that says so."""
    code = str(element.get("code") or "UNREADABLE")
    details = element.get("details")
    facts: Mapping[str, Any] = details if isinstance(details, dict) else {}
    field = facts.get("api_name") if isinstance(facts.get("api_name"), str) else None
    record_id = _id(facts.get("id"))
    if code == "SUCCESS" and record_id is not None:
        return Element("done", code, record_id=record_id, saved=saved_of(facts))
    message = str(element.get("message") or "")[:_LONGEST_MESSAGE]
    if field is not None:
        message = f"{message} ({field})"
    if code == "DUPLICATE_DATA":
        other = facts.get("duplicate_record")
        existing = _id(other.get("id")) if isinstance(other, dict) else None
        return Element("exists", code, message, existing or record_id, field)
    if code == "MULTIPLE_OR_MULTI_ERRORS":
        return _first_of(facts.get("errors"), message)
    return Element(_verdict(code, facts), code, message, record_id, field)


def saved_of(row: Mapping[str, Any]) -> Saved:
    """Read when and by whom a row, or the record of an answer, was last saved."""
    user = row.get(MODIFIED_BY)
    return instant(row.get(MODIFIED)), _id(user.get("id")) if isinstance(user, dict) else None


def result_of(write_id: str, element: Element, fields: Mapping[str, Any] | None = None) -> WriteResult:
    """Return the result of a write that was not done; *fields* are those that it sent."""
    outcome: Outcome = "try_again" if element.verdict == "try_again" else "rejected"
    cure = "Nothing to do: the hub tries again." if outcome == "try_again" else _CURES.get(element.code, _LOOK_UP)
    named = {one.field for one in (element, *element.more) if one.verdict in {"rejected", "exists"}}
    refused = {name: [value] for name, value in (fields or {}).items() if name in named}
    return WriteResult(
        write_id,
        outcome,
        record_id=element.record_id,
        code=element.code,
        message=element.message,
        cure=cure,
        refused=refused if outcome == "rejected" else {},
    )


_LOOK_UP = "Look the code up in Zoho's API documentation and correct the record or the mapping."


def _verdict(code: str, facts: Mapping[str, Any]) -> Verdict:
    if code == "ALREADY_MODIFIED":
        return "changed"
    if code == "INVALID_DATA" and "id" in facts and facts.get("api_name") in {None, "id"}:
        return "gone"
    return "try_again" if code in _PASSING else "rejected"


def _first_of(errors: Any, message: str) -> Element:  # noqa: ANN401 (unchecked JSON)
    """Return the first of several collisions, the others behind it."""
    read = [read_element(error) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    if not read:
        return Element("rejected", "MULTIPLE_OR_MULTI_ERRORS", message)
    return replace(read[0], more=tuple(read[1:]))


def _id(value: Any) -> str | None:  # noqa: ANN401 (unchecked JSON)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value) else None
