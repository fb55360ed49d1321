"""Numbers: counts, scores, sizes.

Room: mapping. Pure; touches nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from mapping.field_types.amount import plain, read_amount
from mapping.field_types.contract import FieldContext
from mapping.field_types.placeholders import is_filler
from mapping.field_types.raw_values import as_text, each_text, invalid
from mapping.field_types.simple_type import Values
from mapping.values import FieldValue, Json

_EXACT: Final = 2**53
"""Beyond this a JSON number loses digits in most systems: such a thing is an identifier."""


class Number:
    """Numbers. *value* is a whole number where it is one, else a float. Issues: `not_a_number`, `too_large`."""

    name = "number"

    def normalise(self, raw: Json, context: FieldContext) -> Values:
        """Return the number in *raw*, a number or a text of one."""
        del context
        return each_text(raw, _read)

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return nothing: a number says nothing about who somebody is."""
        del value
        return {}

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return nothing."""
        del value
        return ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the number; part `text`: as text."""
        del context
        if not value.valid:
            return value.raw if part is None else None
        return value.value if part is None else self.show(value) if part == "text" else None

    def mask(self, value: FieldValue) -> str:
        """Return the number of its digits, hidden."""
        return "***" if not value.valid else "*" * len(self.show(value))

    def show(self, value: FieldValue) -> str:
        """Return the number as text, without exponent."""
        return plain(Decimal(str(value.value))) if value.valid else as_text(value.value)


def _read(text: str) -> Values:
    number = read_amount(text)
    if number is None:
        return (invalid(text, "placeholder" if is_filler(text.strip()) else "not_a_number"),)
    if abs(number) >= _EXACT or not math.isfinite(float(number)):
        return (invalid(text, "too_large"),)
    value = int(number) if number == number.to_integral_value() else float(number)
    return (FieldValue(value=value, raw=text, evidence=False),)
