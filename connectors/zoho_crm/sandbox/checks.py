"""What Zoho accepts in a field: type, length, format; by the field's description.

Room: connectors/zoho_crm sandbox; pure but for looking lookups up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from connectors.zoho_crm.sandbox.answers import BadRow
from connectors.zoho_crm.sandbox.modules import FieldSpec

MAIL = re.compile(r"^[\w+-][^\s@,;]*@[^\s@,;]+\.[^\W\d_]{2,22}$")
PHONE = re.compile(r"^\+?[A-Za-z0-9 .()\-,;#]+$")
WEBSITE = re.compile(r"^(https?://|ftp://|www\.)\S+\.\S+$", re.IGNORECASE)
BIG = 18
SMALL = 9

Exists = Callable[[str, str], bool]


def checked(field: FieldSpec, value: Any, row: int, exists: Exists) -> Any:  # noqa: ANN401 (JSON)
    """Return *value* as it is stored, or raise BadRow with Zoho's answer."""
    if value is None or (value == "-None-" and field.data_type == "picklist"):
        return None
    check = _CHECKS.get(field.data_type)
    if check is not None:
        return check(field, value, row)
    if field.data_type in {"lookup", "ownerlookup"}:
        return _reference(field, value, row, exists)
    return _text(field, value, row)


def wrong(field: FieldSpec, row: int, **facts: Any) -> BadRow:  # noqa: ANN401 (JSON)
    """Return Zoho's refusal of a value."""
    path = f"$.data[{row}].{field.api_name}"
    return BadRow("INVALID_DATA", "invalid data", api_name=field.api_name, json_path=path, **facts)


def _text(field: FieldSpec, value: Any, row: int) -> str | None:  # noqa: ANN401
    if not isinstance(value, str):
        raise wrong(field, row, expected_data_type="string")
    if field.length and len(value) > field.length:
        raise wrong(field, row, maximum_length=field.length)
    return value or None


def _matching(pattern: re.Pattern[str], kind: str) -> Callable[[FieldSpec, Any, int], str | None]:
    def check(field: FieldSpec, value: Any, row: int) -> str | None:  # noqa: ANN401
        text = _text(field, value, row)
        if text is not None and not pattern.match(text):
            raise wrong(field, row, expected_data_type=kind)
        return text

    return check


def _boolean(field: FieldSpec, value: Any, row: int) -> bool:  # noqa: ANN401
    if not isinstance(value, bool):
        raise wrong(field, row, expected_data_type="boolean")
    return value


def _integer(field: FieldSpec, value: Any, row: int) -> int:  # noqa: ANN401
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 10**SMALL:
        raise wrong(field, row, expected_data_type="integer")
    return value


def _number(field: FieldSpec, value: Any, row: int) -> float | int:  # noqa: ANN401
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise wrong(field, row, expected_data_type="double")
    return value


def _bigint(field: FieldSpec, value: Any, row: int) -> str:  # noqa: ANN401
    if isinstance(value, bool) or not str(value).isdigit() or len(str(value)) > BIG:
        raise wrong(field, row, expected_data_type="bigint")
    return str(value)


def _date(field: FieldSpec, value: Any, row: int) -> str:  # noqa: ANN401
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise wrong(field, row, expected_data_type="date") from None


def _datetime(field: FieldSpec, value: Any, row: int) -> str:  # noqa: ANN401
    try:
        if datetime.fromisoformat(value).tzinfo is not None:
            return str(value)
    except (TypeError, ValueError):
        pass
    raise wrong(field, row, expected_data_type="datetime")


def _choices(field: FieldSpec, value: Any, row: int) -> list[str]:  # noqa: ANN401
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong(field, row, expected_data_type="jsonarray")
    return list(value)


def _tags(field: FieldSpec, value: Any, row: int) -> list[dict[str, Any]]:  # noqa: ANN401
    if not isinstance(value, list) or not all(isinstance(one, dict) and one.get("name") for one in value):
        raise wrong(field, row, expected_data_type="jsonarray")
    return [
        {"name": str(one["name"])[:25], "id": str(one.get("id") or abs(hash(one["name"]))), "color_code": None}
        for one in value
    ]


def _reference(field: FieldSpec, value: Any, row: int, exists: Exists) -> dict[str, str]:  # noqa: ANN401
    if not isinstance(value, Mapping):
        raise wrong(field, row, expected_data_type="jsonobject")
    record_id = str(value.get("id", ""))
    if not exists(field.lookup or "users", record_id):
        raise wrong(field, row, expected_data_type="bigint")
    return {"id": record_id}


_CHECKS: Mapping[str, Callable[[FieldSpec, Any, int], Any]] = {
    "email": _matching(MAIL, "email"),
    "phone": _matching(PHONE, "phone"),
    "website": _matching(WEBSITE, "website"),
    "boolean": _boolean,
    "integer": _integer,
    "double": _number,
    "currency": _number,
    "bigint": _bigint,
    "date": _date,
    "datetime": _datetime,
    "multiselectpicklist": _choices,
    "tag": _tags,
}
