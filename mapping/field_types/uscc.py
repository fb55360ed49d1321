"""The Unified Social Credit Code of Chinese organisations (GB 32100-2015): 18 characters, two check characters.

Room: mapping. Pure; touches nothing. Checked by our own rule (reference 2.6): stdnum takes eighteen zeros and refuses
the first characters N, Y and A; 3 % of resident IDs would pass it, so the organisation code's check is tested as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.placeholders import extra, is_filler, is_listed
from mapping.field_types.raw_values import invalid
from mapping.field_types.simple_type import SimpleType
from mapping.field_types.unicode_form import fold, one_line
from mapping.values import FieldValue

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z
_WEIGHTS: Final = tuple(pow(3, n, 31) for n in range(17))
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
_FORM: Final = re.compile(rf"[1-9ANY][{_ALPHABET}]\d{{6}}[{_ALPHABET}]{{10}}")
_MISREAD: Final = str.maketrans("OIZSV", "01250")  # V has no likeness; 0 keeps the check from passing by chance
_LENGTH: Final = 18
_OLD_REGISTRATION: Final = 15
_ORGANISATION_CODE: Final = 9
_NOT_YET: Final = ("办理中", "申请中", "未办理", "待办")


def _read(text: str, context: FieldContext) -> tuple[FieldValue, ...]:
    return _uscc(text, extra(context))


@lru_cache(maxsize=16_384)
def _uscc(text: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    line = one_line(text)
    code = re.sub(r"[\s\-.]", "", line).upper()
    if is_filler(line) or line in _NOT_YET or is_listed("uscc", code) or fold(code) in more or len(set(code)) == 1:
        return (invalid(text, "placeholder"),)
    if is_valid_uscc(code):
        return (FieldValue(value=code, raw=text, parts={"organisation": code[8:17], "region": code[2:8]}),)
    return (_refused(code, text),)


def _refused(code: str, raw: str) -> FieldValue:
    if len(code) == _OLD_REGISTRATION and code.isdigit():
        return invalid(raw, "old_registration_number")
    if len(code) == _ORGANISATION_CODE and code.isascii() and code.isalnum():
        return invalid(raw, "organisation_code")
    meant = code.translate(_MISREAD)
    if meant != code and is_valid_uscc(meant):
        return invalid(raw, "misread_character", {"suggestion": meant})
    return invalid(raw, "wrong_length" if len(code) != _LENGTH else "check_failed")


def is_valid_uscc(code: str) -> bool:
    """Return whether *code* (upper case, no blanks) has the form and both check characters of a USCC.

    >>> is_valid_uscc("91350100M000100Y43"), is_valid_uscc("000000000000000000")
    (True, False)
    """
    if not _FORM.fullmatch(code) or not code.isascii():
        return False
    total = sum(_ALPHABET.index(c) * weight for c, weight in zip(code[:17], _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31] == code[17] and _organisation_check(code[8:16]) == code[16]


def _organisation_check(body: str) -> str:
    """Return the check character of an organisation code; its letters count from A = 10, with none left out."""
    values = (int(c, 36) for c in body)
    rest = 11 - sum(v * weight for v, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def _more(code: str) -> Mapping[str, str]:
    return {"organisation": code[8:17]}


def _key(code: str) -> str:
    return code


def _covered(code: str) -> str:
    return f"{code[:2]}************{code[-4:]}"


USCC: Final = SimpleType("uscc", _read, key=_key, covered=_covered, more=_more)
"""USCC. Issues: `check_failed`, `wrong_length`, `misread_character` (part `suggestion`), `old_registration_number`,
`organisation_code`, `placeholder`."""
