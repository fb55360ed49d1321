"""The field types by name. The only place that lists them all.

Room: mapping. Pure; touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from mapping.field_types.address import Address
from mapping.field_types.boolean import Boolean
from mapping.field_types.choice import Choice, MultiChoice
from mapping.field_types.company_name import CompanyName
from mapping.field_types.contract import FieldType
from mapping.field_types.country import Country
from mapping.field_types.date import DATE, DATETIME
from mapping.field_types.email import Email
from mapping.field_types.identifier import IDENTIFIER
from mapping.field_types.money import Money
from mapping.field_types.number import Number
from mapping.field_types.person_name import PersonName
from mapping.field_types.phone import Phone
from mapping.field_types.resident_id import ResidentId
from mapping.field_types.social_handle import SOCIAL_HANDLE
from mapping.field_types.text import TEXT
from mapping.field_types.url import URL
from mapping.field_types.uscc import USCC


class UnknownFieldTypeError(LookupError):
    """No field type has this name. Text names the nearest one and all there are."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.suggestion = next(iter(get_close_matches(name, names(), n=1)), None)
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        super().__init__(f"there is no field type {name!r}{hint} Field types: {', '.join(names())}")


_EVERY: Final[tuple[FieldType, ...]] = (
    Address(),
    Boolean(),
    Choice(),
    CompanyName(),
    Country(),
    DATE,
    DATETIME,
    Email(),
    IDENTIFIER,
    Money(),
    MultiChoice(),
    Number(),
    PersonName(),
    Phone(),
    ResidentId(),
    SOCIAL_HANDLE,
    TEXT,
    URL,
    USCC,
)
_BY_NAME: Final[Mapping[str, FieldType]] = {field_type.name: field_type for field_type in _EVERY}


def field_type(name: str) -> FieldType:
    """Return the field type called *name*; `UnknownFieldTypeError` with a suggestion if there is none.

    >>> field_type("phone").name
    'phone'
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise UnknownFieldTypeError(name) from None


def names() -> tuple[str, ...]:
    """Return the names of all field types, sorted."""
    return tuple(sorted(_BY_NAME))
