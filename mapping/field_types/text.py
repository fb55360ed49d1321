"""Free text: notes, descriptions, job titles. NFC, layout kept; never evidence of who somebody is.

Room: mapping. Pure; touches nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.placeholders import is_filler
from mapping.field_types.raw_values import invalid
from mapping.field_types.simple_type import SimpleType
from mapping.field_types.unicode_form import DAMAGE, LONGEST_NOTE, fold, notes, one_line
from mapping.values import FieldValue

_LONGEST_KEPT: Final = 4_096  # characters; longer texts are not worth a place in the cache


def _read(text: str, context: FieldContext) -> tuple[FieldValue, ...]:
    if context.options.get("one_line"):
        return _line(text)
    return _note(text) if len(text) <= _LONGEST_KEPT else _note.__wrapped__(text)


@lru_cache(maxsize=2_048)
def _note(text: str) -> tuple[FieldValue, ...]:
    value = notes(text)
    if not value:
        return ()
    return (FieldValue(value=value, raw=text, issues=("damaged",) if DAMAGE in value else (), evidence=False),)


@lru_cache(maxsize=8_192)
def _line(text: str) -> tuple[FieldValue, ...]:
    value = one_line(text)
    if is_filler(value):
        return (invalid(text, "placeholder"),)
    return (FieldValue(value=value, raw=text, evidence=False),) if value else ()


def _key(text: str) -> str:
    return fold(one_line(text))


TEXT: Final = SimpleType("text", _read, key=_key, blocks=False, longest=LONGEST_NOTE)
"""Text. Option `one_line: true`: NFKC and single blanks instead (job titles, departments), 无 and its like invalid."""
