"""Identifiers that a system or an office gave out: customer numbers, tax numbers, unionids.

Room: mapping. Pure; touches nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.placeholders import extra, is_filler
from mapping.field_types.raw_values import invalid
from mapping.field_types.simple_type import SimpleType
from mapping.field_types.unicode_form import fold, letters_and_digits, one_line
from mapping.values import FieldValue

_SPREADSHEET: Final = re.compile(r"^(\d+)\.0$")
_SCIENTIFIC: Final = re.compile(r"^\d\.\d+[eE]\+?\d+$")
_VISIBLE: Final = 4


def _read(text: str, context: FieldContext) -> tuple[FieldValue, ...]:
    return _identifier(text, extra(context), bool(context.options.get("case_sensitive")))


@lru_cache(maxsize=16_384)
def _identifier(text: str, more: frozenset[str], case_sensitive: bool) -> tuple[FieldValue, ...]:  # noqa: FBT001 (a cache key)
    line = one_line(text)
    if is_filler(line) or fold(line) in more:
        return (invalid(text, "placeholder"),)
    if _SCIENTIFIC.match(line):
        return (invalid(text, "digits_lost"),)
    if not letters_and_digits(line):
        return (invalid(text, "not_an_identifier"),)
    value = line if case_sensitive else _settled_upper(line)
    return (
        FieldValue(value=_SPREADSHEET.sub(r"\1", value), raw=text, evidence=len(set(letters_and_digits(value))) > 1),
    )


def _settled_upper(text: str) -> str:
    """Upper case may make new compatibility forms (ŉ becomes ʼN): normalise once more."""
    return one_line(text.upper())


def _covered(text: str) -> str:
    return f"***{text[-_VISIBLE:]}" if len(text) > 2 * _VISIBLE else "***"


def _key(text: str) -> str:
    return text


IDENTIFIER: Final = SimpleType("identifier", _read, key=_key, covered=_covered)
"""Identifiers: trimmed, NFKC, upper case (option `case_sensitive: true` keeps the case, as for WeChat's unionid)."""
