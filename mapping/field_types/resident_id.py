"""The resident identity number of mainland China (GB 11643): sensitive personal data (PIPL art. 28).

Room: mapping. Pure; touches nothing. Length, date and check digit are tested; an unknown region is only noted, for the
tables are never complete (stdnum raises on newer counties). It is matched, and never pushed: `render` gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.division import full_name
from mapping.field_types.placeholders import extra, is_filler, is_listed
from mapping.field_types.raw_values import each_text, invalid
from mapping.field_types.simple_type import Values
from mapping.field_types.unicode_form import fold, one_line
from mapping.values import FieldValue, Json

_WEIGHTS: Final = tuple(pow(2, 17 - n, 11) for n in range(17))
_CHECKS: Final = "10X98765432"
_FORM: Final = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_OLD: Final = re.compile(r"[1-9]\d{14}", re.ASCII)
_OLDEST: Final = 1880
_RESIDENCE_PERMITS: Final = ("81", "82", "83")  # people from Hong Kong, Macau and Taiwan


class ResidentId:
    """Resident identity numbers. *value* is the 18 characters; numbers of 15 digits (before 1999) are brought to 18.

    Issues: `unknown_region` (valid all the same), `check_failed`, `no_such_date`, `wrong_length`, `placeholder`.
    """

    name = "resident_id"

    def normalise(self, raw: Json, context: FieldContext) -> Values:
        """Return the number in *raw*, a text."""
        more = extra(context)
        return each_text(raw, lambda text: _read(text, more))

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key` (the number), `birthday` (ISO), `gender` (m, f)."""
        if not (value.valid and value.evidence and isinstance(value.value, str)):
            return {}
        number = value.value
        birthday = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        return {"key": number, "birthday": birthday, "gender": "m" if int(number[16]) % 2 else "f"}

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return the number."""
        key = self.features(value).get("key")
        return (key,) if key else ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return nothing, whatever the part: this number is never pushed."""
        del value, part, context
        return None

    def mask(self, value: FieldValue) -> str:
        """Return 110***********002X: region's first digits and the last four."""
        text = str(value.value)
        return f"{text[:3]}***********{text[-4:]}" if value.valid else "***"

    def show(self, value: FieldValue) -> str:
        """Return the masked number: whoever needs all of it looks in the system it came from."""
        return self.mask(value)


@lru_cache(maxsize=8_192)
def _read(text: str, more: frozenset[str]) -> Values:
    line = one_line(text)
    number = re.sub(r"[\s\-]", "", line).upper()
    if is_filler(line) or is_listed("uscc", number) or fold(number) in more or len(set(number)) == 1:
        return (invalid(text, "placeholder"),)
    if _OLD.fullmatch(number):
        body = f"{number[:6]}19{number[6:]}"
        number = body + check_digit(body)
    if not _FORM.fullmatch(number):
        return (invalid(text, "wrong_length"),)
    if not _is_birthday(number[6:14]):
        return (invalid(text, "no_such_date"),)
    if check_digit(number[:17]) != number[17]:
        return (invalid(text, "check_failed"),)
    known = full_name(number[:6]) or number[:2] in _RESIDENCE_PERMITS
    return (FieldValue(value=number, raw=text, issues=() if known else ("unknown_region",)),)


def check_digit(body: str) -> str:
    """Return the check character of the first 17 digits (ISO 7064, mod 11-2)."""
    return _CHECKS[sum(int(c) * weight for c, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def _is_birthday(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= _OLDEST
    except ValueError:
        return False
