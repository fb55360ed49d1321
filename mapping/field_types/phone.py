"""Phone numbers: E.164 with the extension apart, after libphonenumber and what it needs from us (reference 2.1).

Room: mapping. Pure; touches nothing. Numbers that belong to a service (400, 800, 95588) and numbers that people type to
get past a form (13800000000) are kept and pushed but are never evidence of who the customer is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, shortnumberinfo

from mapping.field_types.contract import FieldContext
from mapping.field_types.phone_text import (
    Written,
    lost_its_digits,
    several_by_blanks,
    tail_extension,
    written_numbers,
)
from mapping.field_types.placeholders import extra, is_filler, is_listed
from mapping.field_types.raw_values import each_text, invalid, part
from mapping.field_types.unicode_form import one_line
from mapping.values import FieldValue, Json

_TYPES: Final = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.TOLL_FREE: "service",
    PhoneNumberType.SHARED_COST: "service",
    PhoneNumberType.PREMIUM_RATE: "service",
    PhoneNumberType.UAN: "service",
}
_CHINA: Final = 86
_CHINA_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_NEIGHBOURS: Final = re.compile(r"85[23]\d{8}|886\d{8,9}")  # Hong Kong, Macau, Taiwan, written without +
_NANP: Final = re.compile(r"[2-9]\d{9}")
_SHORT: Final = 8  # the longest short code, as 95105105
_EQUAL_RUN: Final = re.compile(r"(\d)\1{6}")
_MADE_UP_MOBILE: Final = re.compile(r"1\d\d(?:0{6}|0000(\d)\1{3}$)")
_NO_DIGIT: Final = re.compile(r"[^0-9]+")
_FORM: Final = re.compile(r"(\+\d+|\d+)(?:;ext=(\d+))?")


class Phone:
    """Phone numbers.

    *value* is E.164 text, `+861088886666;ext=8001` with an extension (RFC 3966), `95588` for a short code.
    Parts: `e164`, `extension`, `type` (mobile, fixed, service, unknown). Issues: `no_area_code`, `digits_lost`,
    `doubtful` (a number that more than one country could mean, or that no exchange has), `placeholder`, `short_code`,
    `not_a_number`, `too_short`, `not_valid`. Option `area_code` ("010"): the area code of numbers written without one.
    """

    name = "phone"

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        """Return the numbers in *raw*: text that may hold several, or {phone, extension} (also {e164, …})."""
        region = context.region.upper() if isinstance(context.region, str) else "CN"
        area = context.options.get("area_code")
        known = (region, area if isinstance(area, str) else "", extra(context))
        if isinstance(raw, Mapping):
            number = part(raw, "e164", "phone", "number", "national")
            extension = part(raw, "extension", "ext")
            raw = f"{number} ext {extension}" if number and extension else number
        return each_text(raw, lambda text: _read(text, *known))

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key` (E.164 and extension), `line` (E.164), `type` and `extension`; empty for service numbers."""
        if not (value.valid and value.evidence and isinstance(value.value, str)):
            return {}
        e164, extension = _split(value.value)
        found = {"key": value.value, "line": e164, "type": value.parts.get("type") or _type_of(e164)}
        return {**found, "extension": extension} if extension else found

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return the number without its extension, and for landlines its last 8 digits (area codes get lost)."""
        found = self.features(value)
        if not found:
            return ()
        return (found["line"], found["line"][-8:]) if found["type"] == "fixed" else (found["line"],)

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return `+861088886666 ext 8001`; parts: `e164`, `extension`, `type`, `national` (as dialled there)."""
        if not value.valid or not isinstance(value.value, str):
            return value.raw if part is None else None
        e164, extension = _split(value.value)
        if part == "extension":
            return extension or None
        if part == "type":
            return value.parts.get("type") or _type_of(e164)
        number = _national(e164, context.region) if part == "national" else e164
        return number if part == "e164" or not extension else f"{number} ext {extension}"

    def mask(self, value: FieldValue) -> str:
        """Return 138****8000: the middle of the number hidden, or all of it where it is too short to hide a part."""
        if not value.valid or not isinstance(value.value, str) or not _FORM.fullmatch(value.value):
            return "***"  # in another form than ours (a system's own) what stands last may be the extension alone
        e164, extension = _split(value.value)
        national = e164.removeprefix("+86")
        hidden = f"{national[:-8]}****{national[-4:]}" if len(national) > _SHORT else "****"
        return f"{hidden} ext ***" if extension else hidden

    def show(self, value: FieldValue) -> str:
        """Return the number in international form."""
        if not value.valid or not isinstance(value.value, str):
            return str(value.value)
        e164, extension = _split(value.value)
        shown = _formatted(e164, PhoneNumberFormat.INTERNATIONAL)
        return f"{shown} ext {extension}" if extension else shown


def _split(value: str) -> tuple[str, str]:
    match = _FORM.fullmatch(value)
    return (match.group(1), match.group(2) or "") if match else (value, "")


@lru_cache(maxsize=32_768)
def _read(text: str, region: str, area: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    line = one_line(text)
    if is_filler(line):
        return (invalid(text, "placeholder"),)
    if lost_its_digits(line):
        return (invalid(text, "digits_lost"),)
    numbers = written_numbers(line)
    if not numbers:
        return (invalid(text, "not_a_number"),)
    alone = len(numbers) == 1
    found = (value for n in numbers for value in _values(n, text if alone else n.text, region, area))
    return tuple(_marked(value, more) for value in found)


def _values(number: Written, raw: str, region: str, area: str) -> tuple[FieldValue, ...]:
    one = _number(number, raw, region, area)
    if one.valid:
        return (one,)
    several = tuple(_number(Written(p, p, p), p, region, area) for p in several_by_blanks(number.bare))
    return several if several and all(value.valid for value in several) else (one,)


def _number(number: Written, raw: str, region: str, area: str) -> FieldValue:
    """Parse one written number, trying in turn what people may have meant."""
    short = _short_code(number, region)
    if short:
        parts = {"type": "service"}
        return FieldValue(value=short, raw=raw, parts=parts, issues=("short_code",), evidence=False)
    parsed, extension = _parsed(number, region)
    if parsed is None and area and len(_digits(number.bare)) <= _SHORT:
        parsed = _valid(area + _digits(number.bare), region)
    if parsed is None:
        return invalid(raw, _why_not(number.bare))
    if _lacks_country(parsed, number.bare):
        return invalid(raw, "doubtful")
    return _value(parsed, extension, raw)


def _parsed(number: Written, region: str) -> tuple[PhoneNumber | None, str]:
    digits = _digits(number.bare)
    parsed = _valid(number.bare, region)
    if parsed is None and not number.extension and (tail := tail_extension(number.bare)):
        parsed = _valid(tail[0], region)
        if parsed is not None:
            return parsed, tail[1]
    if parsed is None and region == "CN" and _NEIGHBOURS.fullmatch(digits):
        parsed = _valid("+" + digits, region)
    if parsed is None and region != "CN" and _CHINA_MOBILE.fullmatch(digits) and "+" not in number.bare:
        parsed = _valid("+86" + digits, region)
    if parsed is None and number.dialled != number.bare:
        parsed = _valid(number.dialled, region)
    return parsed, number.extension or (parsed.extension or "" if parsed else "")


def _valid(text: str, region: str) -> PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_valid_number(parsed) else None


def _digits(text: str) -> str:
    return _NO_DIGIT.sub("", text)


def _short_code(number: Written, region: str) -> str:
    digits = _digits(number.bare)
    if not 3 <= len(digits) <= _SHORT - 2 or digits != number.bare.strip(" :.") or number.extension:  # noqa: PLR2004 (110)
        return ""
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return ""
    return digits if shortnumberinfo.is_valid_short_number_for_region(parsed, region) else ""


def _why_not(bare: str) -> str:
    digits = _digits(bare)
    if not digits:
        return "not_a_number"
    if _EQUAL_RUN.search(digits) or is_listed("phone", digits):
        return "placeholder"
    if len(digits) in (7, 8) and digits[0] in "2345678":  # Chinese local numbers start so
        return "no_area_code"
    return "too_short" if len(digits) < 7 else "not_valid"  # noqa: PLR2004 (the shortest local number)


def _lacks_country(parsed: PhoneNumber, bare: str) -> bool:
    """A landline without its 0 that is also a North American number: 415-555-2671 is no number in Dandong."""
    digits = _digits(bare)
    return (
        parsed.country_code == _CHINA
        and _NANP.fullmatch(digits) is not None
        and "+" not in bare
        and phonenumbers.number_type(parsed) == PhoneNumberType.FIXED_LINE
        and _valid("+1" + digits, "US") is not None
    )


def _value(parsed: PhoneNumber, extension: str, raw: str) -> FieldValue:
    parsed.extension = None
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    kind = _TYPES.get(phonenumbers.number_type(parsed), "unknown")
    parts = {"e164": e164, "type": kind}
    if extension:
        parts["extension"] = extension
    issues = ("doubtful",) if _no_such_exchange(parsed, kind) else ()
    value = f"{e164};ext={extension}" if extension else e164
    return FieldValue(value=value, raw=raw, parts=parts, issues=issues, evidence=kind != "service" and not issues)


def _no_such_exchange(parsed: PhoneNumber, kind: str) -> bool:
    """Chinese local numbers start with 2-8; libphonenumber takes +86 21 1234 5678 for one."""
    if parsed.country_code != _CHINA or kind != "fixed":
        return False
    number = str(parsed.national_number)
    area = 2 if number.startswith(("10", "2")) else 3  # 10 is Beijing's, 2x the other great cities', the rest has three
    return number[area] not in "2345678"


def _marked(value: FieldValue, more: frozenset[str]) -> FieldValue:
    """Mark a well-formed number that people only type to get past a form."""
    if not value.valid or not isinstance(value.value, str):
        return value
    e164, _ = _split(value.value)
    national = e164.removeprefix("+86")
    made_up = is_listed("phone", national) or _MADE_UP_MOBILE.match(national) or _EQUAL_RUN.search(national)
    if not (made_up or national in more or e164 in more):
        return value
    issues = (*value.issues, "placeholder")
    return FieldValue(value=value.value, raw=value.raw, parts=value.parts, issues=issues, evidence=False)


@lru_cache(maxsize=32_768)
def _type_of(e164: str) -> str:
    parsed = _valid(e164, "ZZ")
    return _TYPES.get(phonenumbers.number_type(parsed), "unknown") if parsed else "service"


def _formatted(e164: str, form: int) -> str:
    parsed = _valid(e164, "ZZ")
    return str(phonenumbers.format_number(parsed, form)) if parsed else e164


def _national(e164: str, region: str) -> str:
    """Return the national form where *region* would read it back as the same number, else the international one."""
    parsed = _valid(e164, "ZZ")
    if parsed is None:
        return e164
    same = phonenumbers.region_code_for_number(parsed) == region
    form = PhoneNumberFormat.NATIONAL if same else PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, form))
