"""Checks what a call wants to store, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.fxiaoke.sandbox.errors import Refused, illegal
from connectors.fxiaoke.sandbox.index import Shelves
from connectors.fxiaoke.sandbox.objects import OBJECTS, Field
from connectors.fxiaoke.sandbox.people import People

NO_RELATION = "201112011"
_TEXTS = frozenset(
    {
        "text",
        "long_text",
        "email",
        "phone_number",
        "url",
        "country",
        "number",
        "currency",
        "percentile",
        "select_one",
        "object_reference",
        "record_type",
    }
)
"""Types whose JSON is a string; numbers too."""
_LISTS = frozenset({"employee", "department", "select_many", "embedded_object_list"})
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
NOT_FIELDS = frozenset({"dataObjectApiName", "object_describe_api_name", "_id"})


class Checker:
    """Turns the fields of a call into the values to keep, or refuses them."""

    def __init__(self, shelves: Shelves, people: People, switches: Mapping[str, str]) -> None:
        self._shelves, self._people, self._switches = shelves, people, switches

    def values(self, stream: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of *given* is to be kept; None clears. System fields are passed over, as the API does."""
        fields = OBJECTS[stream].fields
        kept: dict[str, Any] = {}
        for name, value in given.items():
            field = fields.get(name)
            if field is None:
                if name not in NOT_FIELDS and self._switches["SIM_UNKNOWN_FIELD"] == "refuse":
                    raise illegal(f"the field {name} does not exist")
            elif not field.read_only:
                self._keep(kept, name, field, value)
        return kept

    def _keep(self, kept: dict[str, Any], name: str, field: Field, value: object) -> None:
        clearing = self._switches["SIM_CLEAR"]
        if value is None:
            if clearing == "refuse_null":
                raise illegal(f"the field {name} must not be null")
            if clearing in {"both", "null"}:
                kept[name] = None
        elif value in ("", []):
            if clearing in {"both", "empty", "refuse_null"}:
                kept[name] = None
        else:
            kept[name] = self._checked(name, field, value)

    def _checked(self, name: str, field: Field, value: object) -> object:
        if field.type in _TEXTS:
            return self._text(name, field, value)
        if field.type in _LISTS:
            return self._list(name, field, value)
        expected = bool if field.type == "true_or_false" else int
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise self._wrong_type(name)
        return value

    def _text(self, name: str, field: Field, value: object) -> str:
        if not isinstance(value, str):
            raise self._wrong_type(name)
        if field.type in {"number", "currency", "percentile"} and not _NUMBER.fullmatch(value):
            raise self._wrong_type(name)
        if field.options is not None and value not in field.options:
            raise Refused(self._switches["SIM_OPTION_CODE"], f"the option of {name} does not exist")
        if field.target is not None and self._shelves.row(field.target, value) is None:
            raise Refused(NO_RELATION, f"数据[…]的字段[{field.label}]关联关系不存在-{NO_RELATION}")
        if field.type == "phone_number" and self._switches["SIM_PHONES"] == "compact":
            value = re.sub(r"[\s-]", "", value)
        return value.encode(errors="replace").decode()  # half of a surrogate pair cannot be answered later

    def _list(self, name: str, field: Field, value: object) -> list[Any]:
        if not isinstance(value, list):
            raise self._wrong_type(name)
        if field.type != "employee":
            return value
        known = self._people.stored(str(one) for one in value)
        if known is None:
            raise Refused("30027", "the employee does not exist")
        return known

    def _wrong_type(self, name: str) -> Refused:
        return Refused(self._switches["SIM_BUSINESS_CODE"], f"the value of {name} has the wrong type")
